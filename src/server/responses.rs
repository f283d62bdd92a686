//! What a page says of the participation checks, on its way to the log: one after the other, in its own order.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use super::handle::{Prompt, Sequencer, SubmitError};
use crate::{
    domain::{
        event::{Answered, Event, Fact, Reading, Shown, Stamp},
        ids::{ConnectionId, Pseudonym},
    },
    wire::AnswerOutcome,
};

/// How many can wait of one connection: a page shows a check, then answers it, and tries again when it has heard. What
/// comes beyond is dropped; the page, which hears nothing of it, sends it again.
const WAITING_MAX: usize = 4;

/// An answer that became durable and what the page is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) prompt: u32,
    pub(super) outcome: AnswerOutcome,
}

/// A fact on its way, and which check it answers, if it does.
struct Waiting {
    fact: Fact,
    answers: Option<(u32, bool, Arc<Prompt>)>,
}

type Flight = Pin<Box<dyn Future<Output = Result<Stamp, SubmitError>> + Send>>;

/// The responses of one connection. It exists for the seconds around a check only.
#[derive(Default)]
pub(super) struct Responses {
    waiting: VecDeque<Waiting>,
    flight: Option<Flight>,
}

/// Who responds, by which connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Responder {
    pub(super) person: Pseudonym,
    pub(super) connection: ConnectionId,
}

impl Responses {
    pub(super) fn show(&mut self, who: Responder, prompt: u32, at: Reading) {
        let event = Event::Shown(Shown { p: who.person, s: who.connection, prompt });
        self.push(Waiting { fact: Fact { at, event }, answers: None });
    }

    /// Takes an answer to the newest check. What was typed stands in the log only if it is the word.
    pub(super) fn answer(&mut self, who: Responder, asked: &Arc<Prompt>, typed: &str, at: Reading) {
        let choice = asked.choice(typed);
        let (prompt, right) = (asked.asked.prompt, choice.is_some());
        let event = Event::Answered(Answered { p: who.person, s: who.connection, prompt, choice });
        self.push(Waiting { fact: Fact { at, event }, answers: Some((prompt, right, Arc::clone(asked))) });
    }

    fn push(&mut self, waiting: Waiting) {
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back(waiting);
        }
    }

    /// Whether nothing is on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Waits until the next one is durable; says what the page is told of it, if it is told.
    pub(super) fn poll(&mut self, sequencer: &Sequencer, context: &mut Context<'_>) -> Poll<Option<Said>> {
        let Some(first) = self.waiting.front() else { return Poll::Pending };
        let flight = self.flight.get_or_insert_with(|| {
            let (sequencer, fact) = (sequencer.clone(), first.fact.clone());
            Box::pin(async move { sequencer.submit(fact).await })
        });
        let result = ready!(flight.as_mut().poll(context));
        self.flight = None;
        let done = self.waiting.pop_front();
        let said = done.and_then(|done| done.answers).zip(result.ok());
        Poll::Ready(said.map(|((prompt, right, asked), stamp)| Said { prompt, outcome: outcome(right, &asked, stamp) }))
    }
}

/// The entry's own time decides whether an answer came in time.
fn outcome(right: bool, asked: &Prompt, stamp: Stamp) -> AnswerOutcome {
    if stamp.at.wall.floor_millis() > asked.asked.closes {
        AnswerOutcome::Late
    } else if right {
        AnswerOutcome::Accepted
    } else {
        AnswerOutcome::Wrong
    }
}
