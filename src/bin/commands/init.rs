//! `hadir init`.

use std::path::PathBuf;

use hadir::{
    attempt::{
        init::{self, InitError, NewAttempt},
        template,
    },
    config::DEFAULT_LISTEN,
    server::clock::Clock,
};

use super::{Failure, LOOPBACK_ONLY, print, with_remedy};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Names the new attempt's directory.
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// Uses this declaration instead of the one that is written otherwise.
    #[arg(long, env = "HADIR_INIT_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    /// Continues the event of this attempt or rehearsal: its people and their links stay valid.
    #[arg(long, env = "HADIR_INIT_FROM", value_name = "OTHER")]
    from: Option<PathBuf>,
}

with_remedy!(InitError);

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let declaration = match &arguments.config {
        Some(path) => std::fs::read(path).map_err(|error| {
            let error = anyhow::Error::new(error).context(format!("{} cannot be read", path.display()));
            Failure::new(error, "check the path given with `--config`")
        })?,
        None => template::attempt(Clock::system(None).now_millis()).into_bytes(),
    };
    let local_url = format!("http://{DEFAULT_LISTEN}");
    let new = NewAttempt { declaration, from: arguments.from.as_deref(), local_url: &local_url };
    let attempt = init::create(&arguments.directory, new)?;
    let (directory, layout) = (arguments.directory.display(), &attempt.layout);
    print(format!(
        "created      {directory}\n\
         declaration  {}: edit it, then explain it with `hadir declaration check {directory}`\n\
         links        {}: the staff's secret links\n\
         next         `hadir roster import {directory} FILE`, then `hadir serve {directory}`",
        layout.declaration().display(),
        layout.links().display(),
    ))?;
    if attempt.is_loopback_only() { print(LOOPBACK_ONLY) } else { Ok(()) }
}
