//! How a connection ends: with a leave where there is a join, and with a close where somebody can hear it.

use std::borrow::Cow;

use super::{Effect, Session, State, after};
use crate::{
    domain::{
        event::Why,
        time::{Millis, UnixMicros},
    },
    wire::{Reconnect, close},
};

/// How long a connection that another tab replaces is given to prove itself once more, so that no gap opens between the two.
const LAST_PROOF_WITHIN: Millis = Millis(1_000);

/// How long the close waits for a person's answer at the end of the lesson: a phone that was asleep needs this long,
/// and without that answer nobody is proved to have stayed to the end.
pub const LAST_ANSWER_WITHIN: Millis = Millis(30_000);

/// The time over which a drain spreads its closes: thousands of pages shall not come back in the same moment.
pub const DRAIN_SPREAD: Millis = Millis(2_000);

/// Why a connection ends and what the peer is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) why: Why,
    /// The end itself is proof of life.
    pub(super) proved: bool,
    /// Nothing where the transport is gone.
    pub(super) farewell: Option<Farewell>,
}

/// A close frame of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Farewell {
    pub(super) code: u16,
    pub(super) reason: Cow<'static, str>,
}

impl Session {
    pub(super) fn replaced(&mut self, now: UnixMicros, effects: &mut Vec<Effect>) {
        let end = End::ours(Why::Replaced, close::REPLACED, "opened in another tab of this browser");
        self.end_after_proof(end, true, LAST_PROOF_WITHIN, now, effects);
    }

    pub(super) fn drain(&mut self, now: UnixMicros, effects: &mut Vec<Effect>) {
        let within = self.jitter.up_to(DRAIN_SPREAD);
        let end = self.come_back(Why::Drained, close::RESTART);
        self.end_after_proof(end, false, within, now, effects);
    }

    /// Ends the connection after one more challenge: at its answer, or when the time is up.
    pub(super) fn end_after_proof(
        &mut self,
        end: End,
        at_answer: bool,
        within: Millis,
        now: UnixMicros,
        effects: &mut Vec<Effect>,
    ) {
        match &mut self.state {
            State::Present(presence) => {
                if presence.end_by(after(now, within), at_answer, end) {
                    self.challenge(now, effects);
                }
            }
            State::Greeting { .. }
            | State::Authenticating { .. }
            | State::Joining { .. }
            | State::Leaving { .. }
            | State::Over => self.end(end, now, effects),
        }
    }

    /// The lesson is over: whoever is not yet proved up to its end is given the time for one more answer.
    ///
    /// `challenged` says that everybody was challenged at the end: an answer that is on its way then is not lost.
    pub(super) fn over(&mut self, challenged: bool, now: UnixMicros, effects: &mut Vec<Effect>) {
        let lesson_end = self.lesson.end;
        match &mut self.state {
            // It is told when its join is durable.
            State::Joining { .. } => {}
            State::Present(presence) if lesson_end.is_some_and(|end| presence.proved().floor_millis() < end) => {
                let is_asked = challenged && presence.is_asked();
                if presence.end_by(after(now, LAST_ANSWER_WITHIN), true, End::over()) && !is_asked {
                    effects.push(self.lesson_message());
                    self.challenge(now, effects);
                }
            }
            State::Greeting { .. }
            | State::Authenticating { .. }
            | State::Present(_)
            | State::Leaving { .. }
            | State::Over => self.end(End::over(), now, effects),
        }
    }

    pub(super) fn kick(&mut self, code: u16, reason: &'static str, now: UnixMicros, effects: &mut Vec<Effect>) {
        self.end(End::ours(Why::Kicked, code, reason), now, effects);
    }

    /// Our own close after which the page returns.
    pub(super) fn come_back(&self, why: Why, code: u16) -> End {
        let Reconnect { min_ms, max_ms } = self.pace.reconnect;
        let reason = format!(r#"{{"min_ms":{min_ms},"max_ms":{max_ms}}}"#).into();
        End { why, proved: false, farewell: Some(Farewell { code, reason }) }
    }

    /// Ends the connection: with a leave where there is a join, and with a close where somebody can hear it.
    pub(super) fn end(&mut self, end: End, now: UnixMicros, effects: &mut Vec<Effect>) {
        match &mut self.state {
            State::Greeting { .. } | State::Authenticating { .. } => self.finish(end.farewell, effects),
            State::Joining { hello, end: waiting, .. } => {
                if end.proved && waiting.is_none() {
                    *hello = now;
                }
                match waiting {
                    // The first cause stands; what the transport can still carry may have changed.
                    Some(first) if end.farewell.is_none() => first.farewell = None,
                    Some(_) => {}
                    None => *waiting = Some(end),
                }
            }
            State::Present(presence) => {
                if end.proved {
                    presence.prove(now);
                }
                effects.push(Effect::Leave { person: presence.person(), last: presence.proved(), why: end.why });
                self.state = State::Leaving { farewell: end.farewell };
            }
            State::Leaving { farewell } if end.farewell.is_none() => *farewell = None,
            State::Leaving { .. } | State::Over => {}
        }
    }

    pub(super) fn finish(&mut self, farewell: Option<Farewell>, effects: &mut Vec<Effect>) {
        self.state = State::Over;
        effects.push(match farewell {
            Some(Farewell { code, reason }) => Effect::Close { code, reason },
            None => Effect::Drop,
        });
    }
}

impl End {
    pub(super) fn ours(why: Why, code: u16, reason: &'static str) -> Self {
        Self { why, proved: false, farewell: Some(Farewell { code, reason: reason.into() }) }
    }

    pub(super) fn silent() -> Self {
        Self::ours(Why::Silent, close::SILENT, "no answer for too long")
    }

    pub(super) fn over() -> Self {
        Self::ours(Why::Over, close::OVER, "the lesson is over")
    }

    pub(super) fn bye() -> Self {
        Self { proved: true, ..Self::ours(Why::Bye, close::OVER, "goodbye") }
    }

    pub(super) fn lost() -> Self {
        Self { why: Why::Lost, proved: false, farewell: None }
    }

    /// Only the page's own code is proof: a browser sends 1001 for pages that were frozen for minutes.
    pub(super) fn peer_closed(code: Option<u16>) -> Self {
        Self { why: Why::Closed, proved: code == Some(close::LEAVING), farewell: None }
    }
}
