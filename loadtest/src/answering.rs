//! How one connection answers participation checks, and what it hears of its answers.

use std::{sync::Arc, time::Duration};

use hadir::{
    domain::rules::PromptKind,
    wire::{AnswerOutcome, FromPage, ToPage},
};
use tokio::time::Instant;

use crate::{
    group::Answers,
    random::Random,
    socket::{self, Socket},
};

/// What is typed by somebody who has not seen the word; letters that no drawn word has.
const NO_WORD: &str = "OIOIO";

/// How long somebody waits who looks for the word before the lesson shows it.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// How somebody answers checks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Habit {
    /// Within what time; nothing: all of them pass.
    pub(crate) within_ms: Option<u32>,
    /// Which of them, and how.
    pub(crate) answers: Answers,
}

/// The check that a connection was asked.
#[derive(Debug)]
pub(crate) struct Answering {
    /// When it is answered, and which it is.
    pub(crate) due: Option<(Instant, u64)>,
    kind: PromptKind,
    is_wrong: bool,
    sent: Option<Instant>,
}

impl Answering {
    /// Nothing is asked yet.
    pub(crate) fn new() -> Self {
        Self { due: None, kind: PromptKind::Press, is_wrong: false, sent: None }
    }

    /// Takes what the hub says of checks. An answer that it has taken comes back: which, and after how many microseconds.
    pub(crate) fn hear(&mut self, said: &ToPage, habit: Habit, random: &mut Random) -> Option<(u64, u64)> {
        match said {
            ToPage::Prompt { prompt, kind, .. } if habit.answers.are_given(*prompt) => {
                let delay = Duration::from_millis(random.between(0, u64::from(habit.within_ms?)));
                (self.kind, self.is_wrong) = (*kind, habit.answers == Answers::Wrong);
                self.due = Instant::now().checked_add(delay).map(|at| (at, *prompt));
                None
            }
            ToPage::Answered { prompt, outcome: AnswerOutcome::Accepted } => {
                let took = self.sent.take()?.elapsed().as_micros();
                Some((*prompt, u64::try_from(took).unwrap_or(u64::MAX)))
            }
            ToPage::Prompt { .. }
            | ToPage::Answered { .. }
            | ToPage::Counted { .. }
            | ToPage::Hb { .. }
            | ToPage::Lesson { .. }
            | ToPage::Status { .. } => None,
        }
    }

    /// Says that the check is shown, and confirms it or types the word that the lesson shows; false while that is not
    /// to be seen yet, or when nobody hears it.
    pub(crate) async fn answer(&mut self, socket: &mut Socket, word: impl Fn(u64) -> Option<Arc<str>>) -> bool {
        let Some((_, prompt)) = self.due.take() else { return false };
        let choice = match self.kind {
            PromptKind::Press => "here".into(),
            PromptKind::Word if self.is_wrong => NO_WORD.into(),
            PromptKind::Word => match word(prompt) {
                Some(word) => word,
                None => {
                    self.due = Instant::now().checked_add(LOOK_AGAIN).map(|at| (at, prompt));
                    return false;
                }
            },
        };
        self.sent = Some(Instant::now());
        let answer = FromPage::Answer { prompt, choice: choice.to_string() };
        let shown = socket::say(socket, &FromPage::Shown { prompt }).await;
        shown.is_ok() && socket::say(socket, &answer).await.is_ok()
    }
}
