//! Plays a lesson's participants against a hub and checks what they were told against the bundle.

mod answering;
mod bounds;
mod bundle;
mod cast;
mod clauses;
mod cli;
mod client;
#[cfg(test)]
mod client_tests;
mod clock;
mod conduct;
mod declare;
mod doors;
#[cfg(test)]
mod fake;
mod fleet;
mod gate;
mod group;
mod hub;
mod inside;
mod oracle;
#[cfg(test)]
mod oracle_tests;
mod peers;
#[cfg(test)]
mod perfect;
mod plan;
mod play;
mod process;
mod program;
mod progress;
mod ramp;
mod random;
mod report;
mod review;
mod run;
mod scenario;
mod socket;
mod staff;
mod stage;
mod story;
mod team;
mod terms;
mod times;
mod truth;
mod venue;
mod verdicts;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    cli::{Cli, Command, Run},
    run::Options,
};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime does not start")
        .and_then(|runtime| runtime.block_on(command(cli.command)));
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "this is the command line's last word")]
            {
                eprintln!("loadtest: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Does what was asked; false when the run showed a disagreement.
async fn command(command: Command) -> Result<bool> {
    match command {
        Command::Echo => peers::serve_echo().await.map(|()| true),
        Command::Run(run) => {
            // Whatever ends the run ends the hub with it: its handle is dropped, not forgotten.
            tokio::select! {
                done = play(run) => done,
                () = asked_to_stop() => bail!("stopped before the lesson was over"),
            }
        }
    }
}

async fn play(run: Run) -> Result<bool> {
    let json = run.json;
    let options = Options {
        scenario: run.scenario,
        url: run.url,
        attempt: run.attempt,
        participants: run.participants,
        kill: run.kill,
        bundle: run.bundle,
    };
    let report = run::run(&options).await?;
    report.print(&mut std::io::stdout().lock())?;
    if let Some(path) = json {
        report.write_json(&path)?;
    }
    Ok(report.holds())
}

/// Waits for an interrupt or a request to end.
async fn asked_to_stop() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
