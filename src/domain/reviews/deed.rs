//! A signed act as text: what somebody with a key says, exactly once, about this log and no other.

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::domain::{
    event::Signal,
    fold::{holds::HoldKind, prompts::is_nonce},
    ids::{Digest, EntryIndex, Pseudonym, ScanId, Tag},
    reviews::sample::DRAWN_MAX,
    time::UnixMillis,
};

/// The longest text of an act: a reason or a note of a long paragraph, and its frame.
pub const ACT_BYTES_MAX: usize = 4 * 1024;

/// The longest reason of a strike, in characters: one or two sentences.
pub const REASON_CHARS_MAX: usize = 500;
/// The longest note, in characters.
pub const NOTE_CHARS_MAX: usize = 1_000;

/// What is signed begins with this line, so that no signature of another kind can be passed off as an act.
const SIGNED_PREFIX: &str = "hadir act v1\n";

/// An act: its frame and what is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The log's origin.
    pub origin: String,
    /// Who acts.
    pub by: Pseudonym,
    /// The act's own random name: it counts once.
    pub act: ScanId,
    /// When it was signed, by the device's clock.
    pub at: UnixMillis,
    /// What is done.
    #[serde(rename = "do")]
    pub deed: Deed,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Deed {
    /// Proposes that a person is disqualified; until it is decided they are held.
    Strike {
        /// Who.
        person: Pseudonym,
        /// Why; no names.
        reason: String,
    },
    /// Proposes that a strike is taken back.
    Reverse {
        /// The entry that proposed the strike.
        strike: EntryIndex,
        /// Why.
        reason: String,
    },
    /// Proposes that a person counts although a shared device, a relay or a late scan holds them.
    Release {
        /// Who.
        person: Pseudonym,
        /// What holds them, which is what the release ends.
        holds: BTreeSet<HoldKind>,
        /// Why; no names.
        reason: String,
    },
    /// Proposes that two rows of the roster are one human.
    Merge {
        /// The row that repeats the other.
        from: Pseudonym,
        /// The row that stays.
        into: Pseudonym,
        /// Why.
        reason: String,
    },
    /// Proposes that a detected outage is bridged.
    Bridge {
        /// When it began.
        from: UnixMillis,
        /// When it was over.
        to: UnixMillis,
        /// The network that it cut off; null: everybody.
        network: Option<Tag>,
        /// Why.
        reason: String,
    },
    /// Proposes that a version of the declaration comes into force.
    Declare {
        /// The entry that handed it in.
        version: EntryIndex,
        /// Why.
        reason: String,
    },
    /// Answers a claim; it changes no count by itself.
    Answer {
        /// The claim's entry.
        claim: EntryIndex,
        /// Whether the claimant is right.
        upheld: bool,
        /// Why; the claimant reads it.
        reason: String,
    },
    /// Draws persons who count for a spot check, after the close.
    Draw {
        /// How many.
        persons: u32,
        /// A value of the adjudicator that nobody could know before the log was complete.
        nonce: String,
    },
    /// Says what was found of a drawn person.
    Outcome {
        /// The entry that drew.
        draw: EntryIndex,
        /// Who.
        person: Pseudonym,
        /// What was found.
        found: Found,
    },
    /// Proposes a signal of the lesson.
    Signal {
        /// Which.
        signal: Signal,
    },
    /// Confirms what the other side has proposed.
    Confirm {
        /// The entry that proposed it.
        of: EntryIndex,
    },
    /// Declines what the other side has proposed, or withdraws an own proposal.
    Dismiss {
        /// The entry that proposed it.
        of: EntryIndex,
    },
    /// What a timekeeper's own clock said at the start or the end of the lesson.
    Read {
        /// Of which signal.
        signal: Signal,
        /// The reading.
        reading: UnixMillis,
    },
    /// A witness signs the log book at the beginning or the end of a shift.
    Shift {
        /// Which.
        is: Shift,
    },
    /// Says something for the record.
    Note {
        /// What.
        text: String,
    },
}

/// Where a witness's shift stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shift {
    /// It begins.
    Begins,
    /// It ends.
    Ends,
}

impl Shift {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Begins => "begins",
            Self::Ends => "ends",
        }
    }
}

/// What a spot check found of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// They were there, by their own word.
    Confirmed,
    /// They were not.
    Denied,
    /// They could not be reached, or were erased.
    Unconfirmed,
}

impl Found {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Denied => "denied",
            Self::Unconfirmed => "unconfirmed",
        }
    }
}

/// Why a signed act is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Send the text that the page makes.
    #[error("not an act: {0}")]
    Malformed(String),
    /// Shorten it.
    #[error(
        "an act has at most {ACT_BYTES_MAX} bytes, a reason {REASON_CHARS_MAX} and a note {NOTE_CHARS_MAX} characters"
    )]
    TooLong,
    /// Sign it with the key that was enrolled.
    #[error("the signature is not of the enrolled key")]
    Signature,
}

impl Deed {
    /// Its name in tables.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Strike { .. } => "strike",
            Self::Reverse { .. } => "reverse",
            Self::Release { .. } => "release",
            Self::Merge { .. } => "merge",
            Self::Bridge { .. } => "bridge",
            Self::Declare { .. } => "declare",
            Self::Answer { .. } => "answer",
            Self::Draw { .. } => "draw",
            Self::Outcome { .. } => "outcome",
            Self::Signal { .. } => "signal",
            Self::Confirm { .. } => "confirm",
            Self::Dismiss { .. } => "dismiss",
            Self::Read { .. } => "read",
            Self::Shift { .. } => "shift",
            Self::Note { .. } => "note",
        }
    }

    /// Why it is done, where it says so.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Strike { reason, .. }
            | Self::Reverse { reason, .. }
            | Self::Release { reason, .. }
            | Self::Merge { reason, .. }
            | Self::Bridge { reason, .. }
            | Self::Declare { reason, .. }
            | Self::Answer { reason, .. } => Some(reason),
            Self::Note { .. }
            | Self::Draw { .. }
            | Self::Outcome { .. }
            | Self::Read { .. }
            | Self::Shift { .. }
            | Self::Signal { .. }
            | Self::Confirm { .. }
            | Self::Dismiss { .. } => None,
        }
    }

    /// Whether it waits for the other side.
    #[must_use]
    pub fn is_proposal(&self) -> bool {
        match self {
            Self::Strike { .. }
            | Self::Reverse { .. }
            | Self::Release { .. }
            | Self::Merge { .. }
            | Self::Bridge { .. }
            | Self::Declare { .. }
            | Self::Signal { .. } => true,
            Self::Answer { .. }
            | Self::Draw { .. }
            | Self::Outcome { .. }
            | Self::Confirm { .. }
            | Self::Dismiss { .. }
            | Self::Read { .. }
            | Self::Shift { .. }
            | Self::Note { .. } => false,
        }
    }

    fn is_short(&self) -> bool {
        let at_most = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
        if let Self::Draw { nonce, persons } = self {
            return is_nonce(nonce) && (1..=DRAWN_MAX).contains(persons);
        }
        if let Self::Note { text } = self {
            return at_most(text, NOTE_CHARS_MAX);
        }
        self.reason().is_none_or(|reason| at_most(reason, REASON_CHARS_MAX))
    }
}

impl Statement {
    /// Reads an act's text.
    ///
    /// # Errors
    /// When it is not one that this program writes.
    pub fn parse(text: &str) -> Result<Self, StatementError> {
        if text.len() > ACT_BYTES_MAX {
            return Err(StatementError::TooLong);
        }
        let statement: Self =
            serde_json::from_str(text).map_err(|error| StatementError::Malformed(error.to_string()))?;
        if statement.deed.is_short() { Ok(statement) } else { Err(StatementError::TooLong) }
    }
}

/// Whether a text was signed with this key.
///
/// # Errors
/// When it was not, or the key or the signature is none.
pub fn check_signature(key: Digest, text: &str, signature: &str) -> Result<(), StatementError> {
    let key = VerifyingKey::from_bytes(&key.0).map_err(|_| StatementError::Signature)?;
    let bytes = BASE64URL_NOPAD.decode(signature.as_bytes()).map_err(|_| StatementError::Signature)?;
    let signature = Signature::from_slice(&bytes).map_err(|_| StatementError::Signature)?;
    key.verify_strict(&signed(text), &signature).map_err(|_| StatementError::Signature)
}

/// The bytes that are signed.
#[must_use]
pub fn signed(text: &str) -> Vec<u8> {
    [SIGNED_PREFIX.as_bytes(), text.as_bytes()].concat()
}
