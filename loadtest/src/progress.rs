//! What the person in front of the terminal sees while a lesson is played.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::stage::Stage;

/// How often the bar moves.
const TICK: Duration = Duration::from_millis(250);

/// A bar that shows how many of the plan's connections have been counted.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar for so many connections. Where there is no terminal, only the phases are written.
    pub(crate) fn new(connections: usize) -> Self {
        let bar = ProgressBar::new(u64::try_from(connections).unwrap_or(u64::MAX));
        let style = ProgressStyle::with_template("{elapsed_precise} {bar:30} {pos}/{len} counted  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(TICK);
        Self { bar }
    }

    /// A new phase of the run.
    pub(crate) fn phase(&self, what: &str) {
        self.bar.set_message(what.to_owned());
        if self.bar.is_hidden() {
            #[expect(clippy::print_stderr, reason = "without a terminal the phases are the progress")]
            {
                eprintln!("loadtest: {what}");
            }
        }
    }

    /// Follows the clients until it is dropped.
    pub(crate) async fn follow(self, stage: Arc<Stage>) {
        loop {
            self.bar.set_position(u64::try_from(stage.counters.counted.load(Relaxed)).unwrap_or(u64::MAX));
            tokio::time::sleep(TICK).await;
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
