//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Plays a lesson's participants against a hub and checks what they were told against the exported bundle.
#[derive(Debug, Parser)]
#[command(name = "loadtest", version)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Plays a scenario and judges what the hub made of it. Exits with 1 on any disagreement.
    Run(Run),
    /// Echoes: the bare server that the rate of joins is measured against.
    #[command(hide = true)]
    Echo,
}

/// How to play a scenario.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("hub").required(true).args(["url", "spawn"])))]
pub(crate) struct Run {
    /// A shipped scenario (smoke, record, sumsel-2025, checks, checkpoints, day, hold) or the path of a scenario file.
    pub(crate) scenario: String,
    /// The address of a hub that serves already, with open registration, as `hadir serve --demo` does.
    #[arg(long, value_name = "URL", env = "LOADTEST_URL")]
    pub(crate) url: Option<String>,
    /// Builds the hub as this program was built, and starts it in a folder that vanishes afterwards.
    #[arg(long)]
    pub(crate) spawn: bool,
    /// The directory of the attempt that the hub at URL serves: its links are needed for the signals and the export.
    #[arg(long, value_name = "DIR", default_value = "hadir-demo", env = "LOADTEST_ATTEMPT")]
    pub(crate) attempt: PathBuf,
    /// Plays so many participants instead of the scenario's, each group in proportion.
    #[arg(long, value_name = "N", env = "LOADTEST_PARTICIPANTS")]
    pub(crate) participants: Option<usize>,
    /// Kills the hub with SIGKILL so many times at random moments and starts it again; needs --spawn.
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "url")]
    pub(crate) kill: usize,
    /// Writes the report as JSON to this file.
    #[arg(long, value_name = "FILE", env = "LOADTEST_JSON")]
    pub(crate) json: Option<PathBuf>,
    /// Keeps the exported bundle in this folder, which must not exist yet.
    #[arg(long, value_name = "DIR", env = "LOADTEST_BUNDLE")]
    pub(crate) bundle: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(arguments: &[&str]) -> bool {
        Cli::try_parse_from(["loadtest", "run"].iter().chain(arguments)).is_err()
    }

    #[test]
    fn a_run_needs_exactly_one_hub_and_only_its_own_can_be_killed() {
        assert!(!refused(&["smoke", "--spawn", "--kill", "3"]));
        assert!(!refused(&["smoke", "--url", "http://127.0.0.1:8080"]));
        assert!(refused(&["smoke"]));
        assert!(refused(&["smoke", "--spawn", "--url", "http://127.0.0.1:8080"]));
        assert!(refused(&["smoke", "--url", "http://127.0.0.1:8080", "--kill", "1"]));
    }
}
