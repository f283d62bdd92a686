//! What the rules allow now: asked where nothing can come between the question and the entry.

use super::{
    Writer,
    remedies::{refused, signal_refused},
};
use crate::{
    domain::{
        event::{Event, Fact, Reading, Signal},
        fold::refusal::SignalRefusal,
        time::UnixMicros,
    },
    server::handle::SubmitError,
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

    /// Whether the fact can become an entry now: asked here, where nothing can come between the question and the entry.
    /// What the fold would refuse never becomes durable: a log with such an entry cannot be read again.
    pub(super) fn allowed(&self, fact: &Fact) -> Result<(), SubmitError> {
        let attendance = self.ledger.attendance();
        // The close freezes attendance; what is decided about it goes on.
        let goes_on = matches!(fact.event, Event::Acted(_) | Event::Claimed(_) | Event::Declared(_));
        let over = self.closing && matches!(fact.event, Event::Joined(_) | Event::Signalled(_));
        if !goes_on && (over || attendance.is_closed()) {
            return Err(SubmitError::Over);
        }
        // A log may repeat a signal, which then changes nothing; who gives it is told.
        if let Event::Signalled(signalled) = &fact.event {
            self.signal_allowed(signalled.signal, fact.at)?;
        }
        let asked = attendance.possible(&fact.event, self.entry_time(fact.at));
        asked.map_err(|refusal| SubmitError::Refused(refused(&refusal)))
    }

    /// The time that an entry gets: no earlier than that of the last one.
    fn entry_time(&self, at: Reading) -> UnixMicros {
        self.ledger.attendance().last().map_or(at.wall, |last| last.at.wall.max(at.wall))
    }

    pub(super) fn signal_allowed(&self, signal: Signal, at: Reading) -> Result<(), SubmitError> {
        let attendance = self.ledger.attendance();
        if self.closing || attendance.is_closed() {
            return Err(SubmitError::Over);
        }
        let asked = attendance.signal_allowed(signal, self.entry_time(at).floor_millis());
        asked.map_err(|refusal| SubmitError::Refused(signal_refused(refusal)))
    }

    pub(super) fn close_allowed(&self) -> Result<(), SubmitError> {
        match self.ledger.attendance().close_allowed(self.clock.now_millis()) {
            Ok(()) => Ok(()),
            Err(SignalRefusal::Closed) => Err(SubmitError::Over),
            Err(refusal) => Err(SubmitError::Refused(signal_refused(refusal))),
        }
    }
}
