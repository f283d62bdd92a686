//! How one connection answers participation checks, and what it hears of its answers.

use std::time::Duration;

use anyhow::Result;
use hadir::wire::{AnswerOutcome, FromPage, ToPage};
use tokio::time::Instant;

use crate::{
    random::Random,
    socket::{self, Socket},
};

/// The check that a connection was asked.
#[derive(Debug, Default)]
pub(crate) struct Answering {
    /// When it is answered, and which it is.
    pub(crate) due: Option<(Instant, u64)>,
    sent: Option<Instant>,
}

impl Answering {
    /// Takes what the hub says of checks. An answer that it has taken comes back: which, and after how many microseconds.
    pub(crate) fn hear(&mut self, said: &ToPage, within_ms: Option<u32>, random: &mut Random) -> Option<(u64, u64)> {
        match said {
            ToPage::Prompt { prompt, .. } => {
                let delay = Duration::from_millis(random.between(0, u64::from(within_ms?)));
                self.due = Instant::now().checked_add(delay).map(|at| (at, *prompt));
                None
            }
            ToPage::Answered { prompt, outcome: AnswerOutcome::Accepted } => {
                let took = self.sent.take()?.elapsed().as_micros();
                Some((*prompt, u64::try_from(took).unwrap_or(u64::MAX)))
            }
            ToPage::Answered { .. }
            | ToPage::Counted { .. }
            | ToPage::Hb { .. }
            | ToPage::Lesson { .. }
            | ToPage::Status { .. } => None,
        }
    }

    /// Says that the check is shown, and confirms it.
    pub(crate) async fn answer(&mut self, socket: &mut Socket) -> Result<()> {
        let Some((_, prompt)) = self.due.take() else { return Ok(()) };
        self.sent = Some(Instant::now());
        socket::say(socket, &FromPage::Shown { prompt }).await?;
        socket::say(socket, &FromPage::Answer { prompt, choice: "here".to_owned() }).await
    }
}
