//! What happens to the lesson: its signals and its participation checks.

use serde::{Deserialize, Serialize};

use super::names::named;
use crate::domain::{
    fold::prompts::Seed,
    ids::{ConnectionId, EntryIndex, Pseudonym},
    rules::PromptKind,
    time::UnixMicros,
};

/// `signal`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Signalled {
    /// Which.
    pub signal: Signal,
    /// The staff sides that gave it.
    pub by: String,
    /// The signal that a void takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voids: Option<EntryIndex>,
    /// The signed acts by which both sides agreed on it: the proposal and its confirmation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acts: Option<[EntryIndex; 2]>,
}

impl Signalled {
    /// A start or an end.
    #[must_use]
    pub fn new(signal: Signal, by: String) -> Self {
        Self { signal, by, voids: None, acts: None }
    }
}

/// `nonce`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NonceGiven {
    /// The value: 8 to 64 printable characters.
    pub nonce: String,
    /// The staff side that gave it.
    pub by: String,
}

/// `prompt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Prompted {
    /// Its number, from 1 for the whole attempt.
    pub prompt: u32,
    /// What it asks.
    pub kind: PromptKind,
    /// Its place in the plan; null for one that was opened at will.
    pub place: Option<u32>,
    /// When the plan has it; null for one that was opened at will.
    pub due: Option<UnixMicros>,
    /// Until when an answer counts.
    pub closes: UnixMicros,
    /// The word that it asks for; the lesson shows it from now on.
    pub word: Option<String>,
    /// `plan`, or the staff side that opened it.
    pub by: String,
}

/// `shown`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Who.
    pub p: Pseudonym,
    /// By which connection.
    pub s: ConnectionId,
    /// Which check.
    pub prompt: u32,
}

/// `answer`: its own time is that of the receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// Who.
    pub p: Pseudonym,
    /// By which connection.
    pub s: ConnectionId,
    /// Which check.
    pub prompt: u32,
    /// The right answer; null for any other, which may be anything that a person typed.
    pub choice: Option<String>,
}

/// `reveal`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Revealed {
    /// The seed.
    pub seed: Seed,
}

named! {
    /// A signal of the lesson.
    Signal {
        /// The lesson starts.
        Start = "start",
        /// The lesson ends.
        End = "end",
        /// A mistaken signal is taken back; both stay visible.
        Void = "void",
    }
}
