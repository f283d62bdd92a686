//! What goes into a session and what comes out of it.

use std::borrow::Cow;

use crate::{
    domain::{
        event::{Stamp, Why},
        ids::Pseudonym,
        rules::PromptKind,
        time::{Millis, UnixMicros, UnixMillis},
    },
    wire::{AnswerOutcome, Lesson, Reconnect, ToPage},
};

/// How presence is proved, and how pages come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The time between two challenges.
    pub challenge: Millis,
    /// The longest silence that still counts as presence.
    pub proof_max_gap: Millis,
    /// How a page comes back after a lost connection, a restart or a fault.
    pub reconnect: Reconnect,
}

/// Something that happened to the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input<'a> {
    /// A text frame arrived.
    Text(&'a str),
    /// A binary frame arrived.
    Binary,
    /// A text frame that is not UTF-8 arrived.
    NotUtf8,
    /// A frame over the limit arrived.
    TooLarge,
    /// The peer broke the WebSocket protocol.
    Malformed,
    /// A ping or a pong arrived: it proves a network stack, not a page.
    Noise,
    /// The ticket is good: it belongs to this person.
    Admitted(Pseudonym),
    /// The ticket is not good, for this reason.
    Refused(Cow<'static, str>),
    /// What was submitted is durable.
    Durable(Stamp),
    /// What was submitted will not become durable.
    NotDurable(NotDurable),
    /// What is recorded of the person so far.
    Standing {
        /// Proved time in the lesson.
        present_ms: Millis,
        /// Whether they can still qualify, in one word.
        state: &'static str,
    },
    /// Nothing but time has passed.
    Tick,
    /// The lesson's phase or times changed.
    Lesson(Lesson),
    /// A participation check was opened.
    Prompt(Asked),
    /// What an answer came to.
    Answered {
        /// The check.
        prompt: u32,
        /// What became of it.
        outcome: AnswerOutcome,
    },
    /// The peer closed, with this code.
    PeerClosed(Option<u16>),
    /// The transport ended without a close.
    Lost,
    /// The peer does not take what is sent.
    Stuck,
    /// Another tab of the same browser took over.
    Replaced,
    /// The person's link was withdrawn.
    Revoked,
    /// The hub shuts down in order.
    Drain,
    /// The hub shuts down now.
    Shutdown,
}

/// A participation check that takes answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its number.
    pub prompt: u32,
    /// What it asks.
    pub kind: PromptKind,
    /// Until when an answer counts.
    pub closes: UnixMillis,
}

/// Why a submission failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDurable {
    /// The attempt is closed.
    Over,
    /// The opened roster does not have the person.
    Unknown,
    /// The hub cannot record it.
    Fault,
}

/// Something to do, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Authenticate the ticket, then answer with [`Input::Admitted`] or [`Input::Refused`].
    Authenticate {
        /// The personal link's secret.
        ticket: String,
        /// The browser's own random id.
        device: String,
    },
    /// Submit the join of this person, then answer with [`Input::Durable`] or [`Input::NotDurable`].
    Join {
        /// Who.
        person: Pseudonym,
    },
    /// Submit the leave, then answer with [`Input::Durable`] or [`Input::NotDurable`].
    Leave {
        /// Who.
        person: Pseudonym,
        /// When the page was last proved alive.
        last: UnixMicros,
        /// The cause.
        why: Why,
    },
    /// Submit that a page of this person shows a check. Nothing is answered.
    Shown {
        /// Who.
        person: Pseudonym,
        /// Which.
        prompt: u32,
    },
    /// Submit an answer, then answer with [`Input::Answered`]; or not, and the page tries again.
    Answer {
        /// Who.
        person: Pseudonym,
        /// Which check.
        prompt: u32,
        /// What was chosen or typed.
        choice: String,
    },
    /// Send this message.
    Send(ToPage),
    /// Look up what is recorded of this person so far; [`Input::Standing`] may follow, or not.
    Report {
        /// Who.
        person: Pseudonym,
    },
    /// Close with this code and reason; the connection is over.
    Close {
        /// The contract's code.
        code: u16,
        /// The reason, which the page shows or obeys.
        reason: Cow<'static, str>,
    },
    /// Let go of the transport, which is closed already; the connection is over.
    Drop,
}
