//! One participant's protocol as a pure machine: inputs and the time in, effects out.

mod border;
mod checks;
mod ending;
mod jitter;
mod presence;

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]
mod properties;
#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]
mod tests;

use std::borrow::Cow;

pub use self::{
    border::{Asked, Effect, Input, NotDurable, Pace},
    ending::{DRAIN_SPREAD, LAST_ANSWER_WITHIN},
};
use self::{
    checks::{Check, EarlyAnswer},
    ending::{End, Farewell},
    jitter::Jitter,
    presence::Presence,
};
use crate::{
    domain::{
        event::{Stamp, Why},
        ids::{ConnectionId, Pseudonym},
        time::{Millis, UnixMicros},
    },
    wire::{FromPage, Lesson, Phase, ToPage, close},
};

/// How long a connection may stay silent before its `hello`: a slow phone needs two seconds.
pub const HELLO_WITHIN: Millis = Millis(10_000);

/// Over what time a page's messages are counted.
const FLOOD_WINDOW: Millis = Millis(10_000);

/// How many frames a page may send within [`FLOOD_WINDOW`]: a real one sends a tenth of it at the fastest challenges.
const FLOOD_FRAMES_MAX: u16 = 100;

/// One participant's connection, from the upgrade to its end.
#[derive(Debug)]
pub struct Session {
    connection: ConnectionId,
    pace: Pace,
    lesson: Lesson,
    jitter: Jitter,
    frames: u16,
    frames_since: UnixMicros,
    /// Boxed: until the first check is opened a connection has none, and there are thousands.
    check: Option<Box<Check>>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The page has not said who it is.
    Greeting { until: UnixMicros },
    /// The ticket is being authenticated.
    Authenticating { hello: UnixMicros },
    /// The join is on its way to the log. What ended the connection meanwhile waits until it can be recorded.
    Joining { person: Pseudonym, hello: UnixMicros, end: Option<End>, early: Option<Box<EarlyAnswer>> },
    /// The person is counted by this connection.
    Present(Presence),
    /// The leave is on its way to the log.
    Leaving { farewell: Option<Farewell> },
    /// Nothing can happen any more.
    Over,
}

impl Session {
    /// A connection that was upgraded at `now`; `seed` spreads its challenges.
    #[must_use]
    pub fn new(connection: ConnectionId, pace: Pace, lesson: Lesson, seed: u64, now: UnixMicros) -> Self {
        Self {
            connection,
            pace,
            lesson,
            jitter: Jitter::new(seed),
            frames: 0,
            frames_since: now,
            check: None,
            state: State::Greeting { until: after(now, HELLO_WITHIN) },
        }
    }

    /// When [`Input::Tick`] is due at the latest, if nothing else happens.
    #[must_use]
    pub fn deadline(&self) -> Option<UnixMicros> {
        match &self.state {
            State::Greeting { until } => Some(*until),
            State::Present(presence) => Some(presence.deadline(self.pace)),
            State::Authenticating { .. } | State::Joining { .. } | State::Leaving { .. } | State::Over => None,
        }
    }

    /// When the page was last proved alive; nothing while the person is not counted by this connection.
    #[must_use]
    pub fn proved(&self) -> Option<UnixMicros> {
        match &self.state {
            State::Present(presence) => Some(presence.proved()),
            State::Greeting { .. }
            | State::Authenticating { .. }
            | State::Joining { .. }
            | State::Leaving { .. }
            | State::Over => None,
        }
    }

    /// Whether nothing can happen any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Takes one input at `now` and says what to do.
    pub fn step(&mut self, input: Input<'_>, now: UnixMicros) -> Vec<Effect> {
        let mut effects = Vec::new();
        // The declared gap is a rule, not a timer: whatever arrives after it comes too late to be presence.
        if self.is_silent(now) {
            self.end(End::silent(), now, &mut effects);
        }
        self.take(input, now, &mut effects);
        effects
    }

    fn is_silent(&self, now: UnixMicros) -> bool {
        matches!(&self.state, State::Present(presence) if presence.is_silent(self.pace, now))
    }

    fn take(&mut self, input: Input<'_>, now: UnixMicros, effects: &mut Vec<Effect>) {
        match input {
            Input::Text(text) => self.text(text, now, effects),
            Input::Noise => self.count_frame(now, effects),
            Input::Admitted(person) => self.admitted(person, effects),
            Input::Refused(reason) => self.refused(reason, effects),
            Input::Durable(stamp) => self.durable(stamp, now, effects),
            Input::NotDurable(failure) => self.not_durable(failure, effects),
            Input::Standing { present_ms, state } => self.standing(present_ms, state, effects),
            Input::Tick => self.tick(now, effects),
            Input::Lesson(lesson) => self.lesson(lesson, now, effects),
            Input::Prompt(asked) => self.prompt(asked, now, effects),
            Input::Answered { prompt, outcome } => self.answered(prompt, outcome, effects),
            Input::Replaced => self.replaced(now, effects),
            Input::Drain => self.drain(now, effects),
            Input::Binary => self.kick(close::BINARY, "binary frames are not part of hadir.v1", now, effects),
            Input::NotUtf8 => self.kick(close::NOT_UTF8, "text frames are UTF-8", now, effects),
            Input::TooLarge => self.kick(close::TOO_LARGE, "a message has at most 4096 bytes", now, effects),
            Input::Malformed => self.kick(close::PROTOCOL, "not the WebSocket protocol", now, effects),
            Input::PeerClosed(code) => self.end(End::peer_closed(code), now, effects),
            Input::Lost => self.end(End::lost(), now, effects),
            Input::Stuck => self.end(self.come_back(Why::Kicked, close::OVERLOADED), now, effects),
            Input::Revoked => self.end(End::ours(Why::Revoked, close::POLICY, "this link was withdrawn"), now, effects),
            Input::Shutdown => self.end(self.come_back(Why::Drained, close::RESTART), now, effects),
        }
    }

    fn text(&mut self, text: &str, now: UnixMicros, effects: &mut Vec<Effect>) {
        self.count_frame(now, effects);
        if matches!(self.state, State::Leaving { .. } | State::Over) {
            return;
        }
        match FromPage::parse(text) {
            Ok(FromPage::Hello { ticket, device, resume: _ }) => self.hello(ticket, device, now, effects),
            Ok(message) => self.message(&message, now, effects),
            Err(_) => self.kick(close::POLICY, "unknown or malformed message", now, effects),
        }
    }

    fn hello(&mut self, ticket: String, device: String, now: UnixMicros, effects: &mut Vec<Effect>) {
        match self.state {
            State::Greeting { until } if now >= until => self.tick(now, effects),
            State::Greeting { .. } if self.lesson.phase == Phase::Closed => self.end(End::over(), now, effects),
            State::Greeting { .. } => {
                self.state = State::Authenticating { hello: now };
                effects.push(Effect::Authenticate { ticket, device });
            }
            State::Authenticating { .. } | State::Joining { .. } | State::Present(_) => {
                self.kick(close::POLICY, "a second hello", now, effects);
            }
            State::Leaving { .. } | State::Over => {}
        }
    }

    fn message(&mut self, message: &FromPage, now: UnixMicros, effects: &mut Vec<Effect>) {
        if matches!(self.state, State::Greeting { .. } | State::Authenticating { .. }) {
            self.kick(close::POLICY, "the first message is hello", now, effects);
            return;
        }
        match message {
            FromPage::Ack { n, vis: _ } => self.ack(*n, now, effects),
            FromPage::Answer { prompt, choice } => self.answer(*prompt, choice, now, effects),
            FromPage::Shown { prompt } => self.shown(*prompt, effects),
            FromPage::Bye => self.end(End::bye(), now, effects),
            FromPage::Hello { .. } => {}
        }
    }

    fn ack(&mut self, number: u64, now: UnixMicros, effects: &mut Vec<Effect>) {
        let State::Present(presence) = &mut self.state else { return };
        let ending = presence.acknowledge(number, now);
        if let Some(end) = ending {
            self.end(end, now, effects);
        }
    }

    fn admitted(&mut self, person: Pseudonym, effects: &mut Vec<Effect>) {
        if let State::Authenticating { hello } = self.state {
            self.state = State::Joining { person, hello, end: None, early: None };
            effects.push(Effect::Join { person });
        }
    }

    fn refused(&mut self, reason: Cow<'static, str>, effects: &mut Vec<Effect>) {
        if let State::Authenticating { .. } = self.state {
            self.finish(Some(Farewell { code: close::POLICY, reason }), effects);
        }
    }

    fn durable(&mut self, stamp: Stamp, now: UnixMicros, effects: &mut Vec<Effect>) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Joining { person, hello, end, early } => {
                self.joined(person, hello.max(stamp.at.wall), end, stamp, now, effects);
                if let Some(early) = early {
                    self.answer(early.prompt, &early.choice, now, effects);
                }
            }
            State::Leaving { farewell } => self.finish(farewell, effects),
            state @ (State::Greeting { .. } | State::Authenticating { .. } | State::Present(_) | State::Over) => {
                self.state = state;
            }
        }
    }

    /// The join is in the log: the person is counted, unless the connection has ended meanwhile.
    fn joined(
        &mut self,
        person: Pseudonym,
        proved: UnixMicros,
        end: Option<End>,
        stamp: Stamp,
        now: UnixMicros,
        effects: &mut Vec<Effect>,
    ) {
        let first = after(now, self.jitter.up_to(self.pace.challenge));
        self.state = State::Present(Presence::new(person, proved, first));
        if let Some(end) = end {
            return self.end(end, now, effects);
        }
        effects.push(Effect::Send(ToPage::Counted {
            seq: stamp.index,
            at: stamp.at.wall.floor_millis(),
            person,
            resume: self.connection.to_string(),
            reconnect: self.pace.reconnect,
        }));
        effects.push(self.lesson_message());
        if self.lesson.phase == Phase::Closed {
            return self.over(false, now, effects);
        }
        self.ask(now, effects);
    }

    fn not_durable(&mut self, failure: NotDurable, effects: &mut Vec<Effect>) {
        let heard = match &self.state {
            State::Joining { end: Some(End { farewell, .. }), .. } | State::Leaving { farewell } => farewell.is_some(),
            State::Joining { end: None, .. } => true,
            State::Greeting { .. } | State::Authenticating { .. } | State::Present(_) | State::Over => return,
        };
        let end = match failure {
            NotDurable::Over => End::over(),
            NotDurable::Unknown => End::ours(Why::Kicked, close::POLICY, "this link belongs to nobody on the roster"),
            NotDurable::Fault => self.come_back(Why::Lost, close::FAULT),
        };
        self.finish(end.farewell.filter(|_| heard), effects);
    }

    fn tick(&mut self, now: UnixMicros, effects: &mut Vec<Effect>) {
        match &mut self.state {
            State::Greeting { until } if now >= *until => {
                self.finish(
                    Some(Farewell { code: close::POLICY, reason: "no hello within 10 seconds".into() }),
                    effects,
                );
            }
            State::Present(presence) => match presence.overdue(now) {
                Some(end) => self.end(end, now, effects),
                None if presence.challenge_is_due(now) => {
                    let report = presence.report_is_due(now).then_some(Effect::Report { person: presence.person() });
                    self.challenge(now, effects);
                    effects.extend(report);
                }
                None => {}
            },
            State::Greeting { .. }
            | State::Authenticating { .. }
            | State::Joining { .. }
            | State::Leaving { .. }
            | State::Over => {}
        }
    }

    fn standing(&self, present_ms: Millis, state: &str, effects: &mut Vec<Effect>) {
        if matches!(self.state, State::Present(_)) {
            effects.push(Effect::Send(ToPage::Status { present_ms, state: state.to_owned() }));
        }
    }

    fn challenge(&mut self, now: UnixMicros, effects: &mut Vec<Effect>) {
        // Early by up to a fifth, never late: the declared interval is an upper bound.
        let early = self.jitter.up_to(Millis(self.pace.challenge.0.div_euclid(5)));
        if let State::Present(presence) = &mut self.state {
            let number = presence.challenge(after(now, self.pace.challenge.minus(early)));
            effects.push(Effect::Send(ToPage::Hb { n: number }));
        }
    }

    fn lesson(&mut self, lesson: Lesson, now: UnixMicros, effects: &mut Vec<Effect>) {
        let before = std::mem::replace(&mut self.lesson, lesson);
        if before == lesson {
            return;
        }
        if lesson.phase == Phase::Closed {
            return self.over(before.phase == Phase::Ended, now, effects);
        }
        if matches!(self.state, State::Present(_)) {
            effects.push(self.lesson_message());
            // Everybody proves themselves at the start and at the end, or an early allowance of 0 would cost everybody.
            if before.phase != lesson.phase {
                self.challenge(now, effects);
            }
        }
    }

    fn lesson_message(&self) -> Effect {
        let Lesson { phase, start, end } = self.lesson;
        // Of the close a page hears by its own close: while its last answer is awaited, the lesson has ended.
        let phase = if phase == Phase::Closed { Phase::Ended } else { phase };
        Effect::Send(ToPage::Lesson { phase, start, end })
    }

    fn count_frame(&mut self, now: UnixMicros, effects: &mut Vec<Effect>) {
        if now > after(self.frames_since, FLOOD_WINDOW) {
            self.frames_since = now;
            self.frames = 0;
        }
        self.frames = self.frames.saturating_add(1);
        if self.frames > FLOOD_FRAMES_MAX {
            self.kick(close::POLICY, "too many messages", now, effects);
        }
    }
}

fn after(now: UnixMicros, length: Millis) -> UnixMicros {
    UnixMicros(now.0.saturating_add_unsigned(length.0.saturating_mul(1_000)))
}
