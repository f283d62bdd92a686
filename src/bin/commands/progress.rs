//! The progress of a long command on a terminal.

use std::{
    cell::Cell,
    io::{IsTerminal as _, stderr},
};

use hadir::evidence::progress::{Progress, Step};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line on stderr that says what is done and how far it has come. Where stderr is no terminal there is none.
pub(crate) struct Bar {
    bar: ProgressBar,
    step: Cell<Option<Step>>,
}

impl Bar {
    pub(crate) fn new(quiet: bool) -> Self {
        let is_seen = !quiet && stderr().is_terminal();
        let target = if is_seen { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { bar: ProgressBar::with_draw_target(None, target), step: Cell::new(None) }
    }

    pub(crate) fn show(&self, progress: Progress) {
        let Progress { step, done, total } = progress;
        if self.step.replace(Some(step)) != Some(step) {
            self.bar.set_style(style(total > 0));
            self.bar.set_message(words(step));
            self.bar.tick();
        }
        if total > 0 {
            self.bar.set_length(total);
            self.bar.set_position(done);
        }
    }

    /// Takes the line away: the result takes its place.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// A failed export takes the line away too.
impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}

fn style(is_measured: bool) -> ProgressStyle {
    let template = if is_measured { "{msg} [{bar:30}] {pos} of {len}" } else { "{msg}" };
    // A template that cannot be read would be a defect of this line only: the default one shows the numbers too.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")
}

fn words(step: Step) -> &'static str {
    match step {
        Step::Counting => "counting entries",
        Step::Writing => "writing entries",
        Step::Documents => "making documents",
        Step::Certificates => "making certificates, schools",
        Step::Checking => "checking entries",
    }
}
