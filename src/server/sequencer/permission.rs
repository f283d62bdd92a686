//! What the rules allow now: asked where nothing can come between the question and the entry.

use super::{
    Writer,
    remedies::{act_refused, claim_refused, prompt_refused, refused, version_refused},
};
use crate::{
    domain::{
        acts::ActRefusal,
        check_refusal::PromptRefusal,
        event::{Event, Fact, Reading, Signal},
        time::UnixMillis,
    },
    server::handle::{Refused, SubmitError},
    wire::Phase,
};

impl<L> Writer<L> {
    /// What only the place in the log says: which signal a void takes back, and which number a check has.
    pub(super) fn complete(&self, event: &mut Event) {
        let attendance = self.ledger.attendance();
        if let Event::Signalled(signalled) = event
            && signalled.signal == Signal::Void
        {
            signalled.voids = attendance.newest_signal();
        }
        if let Event::Prompted(prompted) = event {
            prompted.prompt = attendance.next_prompt();
        }
    }

    /// Whether the rules allow the fact now: asked here, where nothing can come between the question and the entry.
    pub(super) fn allowed(&self, fact: &Fact) -> Result<(), SubmitError> {
        // The close freezes attendance; what is decided about it goes on.
        if let Event::Acted(acted) = &fact.event {
            return act_checked(self.ledger.attendance().act_allowed(acted, self.entry_time(fact.at)).map(drop));
        }
        if let Event::Claimed(claimed) = &fact.event {
            let allowed = self.ledger.attendance().claim_allowed(claimed, self.entry_time(fact.at));
            return allowed.map_err(|refusal| SubmitError::Refused(claim_refused(refusal)));
        }
        if let Event::Declared(declared) = &fact.event {
            let allowed = self.ledger.attendance().version_allowed(declared);
            return allowed.map_err(|refusal| SubmitError::Refused(version_refused(refusal)));
        }
        let over = self.closing && matches!(fact.event, Event::Joined(_) | Event::Signalled(_));
        if over || self.ledger.attendance().is_closed() {
            return Err(SubmitError::Over);
        }
        match &fact.event {
            Event::Joined(joined) if !self.ledger.attendance().knows(joined.p) => Err(SubmitError::Refused(Refused {
                reason: "the log does not know this person".into(),
                remedy: "start the hub again: it adds who is new on the roster".into(),
            })),
            Event::Signalled(signalled) => {
                self.signal_allowed(signalled.signal, fact.at)?;
                act_checked(self.ledger.attendance().agreement(
                    signalled.signal,
                    signalled.acts,
                    self.entry_time(fact.at),
                ))
            }
            Event::StaffEnrolled(enrolled) => {
                act_checked(self.ledger.attendance().enrolment_allowed(enrolled.p, enrolled.role))
            }
            Event::NonceGiven(_) => checked(self.ledger.attendance().nonce_allowed()),
            Event::Prompted(prompted) => {
                checked(self.ledger.attendance().prompt_allowed(prompted.place, self.entry_time(fact.at)))
            }
            Event::Revealed(revealed) => {
                checked(self.ledger.attendance().reveal_allowed(revealed, self.entry_time(fact.at)))
            }
            Event::Opened(_)
            | Event::PersonAdded(_)
            | Event::Joined(_)
            | Event::Left(_)
            | Event::Beat(_)
            | Event::Clock(_)
            | Event::NodeStarted(_)
            | Event::Restarted(_)
            | Event::Revoked(_)
            | Event::Shown(_)
            | Event::Answered(_)
            | Event::Scanned(_)
            | Event::HeadCounted(_)
            | Event::Acted(_)
            | Event::Declared(_)
            | Event::Claimed(_)
            | Event::Grouped(_)
            | Event::Closed(_) => self.possible(fact),
        }
    }

    /// What the fold would refuse never becomes durable: a log with such an entry cannot be read again.
    fn possible(&self, fact: &Fact) -> Result<(), SubmitError> {
        let now = self.ledger.attendance().last().map_or(fact.at.wall, |last| last.at.wall.max(fact.at.wall));
        self.ledger.attendance().possible(&fact.event, now).map_err(|refusal| {
            SubmitError::Refused(Refused {
                reason: refusal.to_string(),
                remedy: "load the page again; where that does not help, report it as a defect".into(),
            })
        })
    }

    /// The time that an entry gets: no earlier than that of the last one.
    fn entry_time(&self, at: Reading) -> UnixMillis {
        self.ledger.attendance().last().map_or(at.wall, |last| last.at.wall.max(at.wall)).floor_millis()
    }

    pub(super) fn signal_allowed(&self, signal: Signal, at: Reading) -> Result<(), SubmitError> {
        let attendance = self.ledger.attendance();
        if self.closing || attendance.is_closed() {
            return Err(SubmitError::Over);
        }
        attendance.signal_allowed(signal, self.entry_time(at)).map_err(|refusal| SubmitError::Refused(refused(refusal)))
    }

    pub(super) fn close_allowed(&self) -> Result<(), SubmitError> {
        let attendance = self.ledger.attendance();
        // The phase is that of the last entry; a planned end may have passed since.
        let ended = attendance.window().is_some_and(|window| self.clock.now_millis() >= window.end);
        match attendance.phase() {
            Phase::Closed => Err(SubmitError::Over),
            Phase::Waiting | Phase::Running if !ended => Err(SubmitError::Refused(Refused {
                reason: "the lesson is not over".into(),
                remedy: "give the end signal first: a closed attempt cannot be opened again".into(),
            })),
            Phase::Waiting | Phase::Running | Phase::Ended => Ok(()),
        }
    }
}

fn act_checked(asked: Result<(), ActRefusal>) -> Result<(), SubmitError> {
    asked.map_err(|refusal| SubmitError::Refused(act_refused(&refusal)))
}

fn checked(asked: Result<(), PromptRefusal>) -> Result<(), SubmitError> {
    asked.map_err(|refusal| SubmitError::Refused(prompt_refused(refusal)))
}
