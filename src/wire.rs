//! The participants' messages on `/ws` and `/api/poll`, in and out: JSON text of at most 4 KiB.

use serde::{Deserialize, Serialize};

pub use crate::domain::accounts::tally::Phase;
use crate::domain::{
    ids::{EntryIndex, Pseudonym},
    rules::{PromptKind, Words},
    time::{Millis, UnixMillis},
};

/// The subprotocol that both ends name.
pub const SUBPROTOCOL: &str = "hadir.v1";

/// The largest message in either direction: the longest valid one has a tenth of it.
pub const MESSAGE_BYTES_MAX: usize = 4 * 1024;

/// The longest device id or resume token: a UUID has 36 characters.
const TOKEN_BYTES_MAX: usize = 128;

/// A message of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum FromPage {
    /// Who is here; the first message, and only the first.
    Hello {
        /// The personal link's secret.
        ticket: String,
        /// This browser's own random id.
        device: String,
        /// What `counted` gave before the connection was lost.
        #[serde(default)]
        resume: Option<String>,
    },
    /// The page lives: it answers the challenge with this number.
    Ack {
        /// The challenge's number.
        n: u64,
        /// Whether the page is in sight; information, never absence.
        #[serde(default)]
        vis: Option<Visibility>,
    },
    /// An answer to a participation check.
    Answer {
        /// The prompt.
        prompt: u64,
        /// What was chosen or typed.
        choice: String,
    },
    /// The page shows a participation check.
    Shown {
        /// The prompt.
        prompt: u64,
    },
    /// The page leaves.
    Bye,
}

/// Whether a page is in sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// In the foreground.
    Visible,
    /// In another tab or behind another app.
    Hidden,
}

/// A message of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ToPage {
    /// The join is durable: this person is counted.
    Counted {
        /// The entry's index.
        seq: EntryIndex,
        /// The entry's time.
        at: UnixMillis,
        /// The person's name in the log.
        person: Pseudonym,
        /// What to present after a lost connection.
        resume: String,
        /// How to come back.
        reconnect: Reconnect,
    },
    /// A challenge, to be answered with the same number.
    Hb {
        /// Its number.
        n: u64,
    },
    /// Where the lesson stands.
    Lesson {
        /// Its phase.
        phase: Phase,
        /// The start signal's time.
        start: Option<UnixMillis>,
        /// The end signal's time, or the planned one.
        end: Option<UnixMillis>,
    },
    /// A participation check.
    Prompt {
        /// Its number.
        prompt: u64,
        /// Whether it asks to confirm or to enter a word.
        kind: PromptKind,
        /// What it asks.
        text: Words,
        /// Until when an answer counts.
        closes_at: UnixMillis,
    },
    /// What became of an answer; sent once that is durable.
    Answered {
        /// The prompt.
        prompt: u64,
        /// What became of it.
        outcome: AnswerOutcome,
    },
    /// What is recorded of this person so far.
    Status {
        /// Proved time in the lesson.
        present_ms: Millis,
        /// Whether they can still qualify.
        state: String,
    },
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerOutcome {
    /// It counts.
    Accepted,
    /// It is not the word that was asked for.
    Wrong,
    /// It came after the check had closed.
    Late,
    /// There is no such check.
    Unknown,
}

/// The range from which a page draws its delay before it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconnect {
    /// The shortest.
    pub min_ms: u64,
    /// The longest.
    pub max_ms: u64,
}

/// Where the lesson stands; changes at signals, at the planned end and at the close, when everybody is challenged at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lesson {
    /// The phase.
    pub phase: Phase,
    /// The start signal's time.
    pub start: Option<UnixMillis>,
    /// The end signal's time, or the planned one.
    pub end: Option<UnixMillis>,
}

/// The close codes of the contract.
pub mod close {
    /// The lesson is over: do not come back.
    pub const OVER: u16 = 1000;
    /// Protocol error.
    pub const PROTOCOL: u16 = 1002;
    /// Binary where text is expected.
    pub const BINARY: u16 = 1003;
    /// Text that is not UTF-8.
    pub const NOT_UTF8: u16 = 1007;
    /// A bad ticket, hello or message: stop and show help.
    pub const POLICY: u16 = 1008;
    /// A message over the limit.
    pub const TOO_LARGE: u16 = 1009;
    /// Our fault: come back.
    pub const FAULT: u16 = 1011;
    /// The server restarts: come back.
    pub const RESTART: u16 = 1012;
    /// The server is full: come back later.
    pub const OVERLOADED: u16 = 1013;
    /// The page leaves.
    pub const LEAVING: u16 = 4001;
    /// The same person opened another tab of this browser.
    pub const REPLACED: u16 = 4002;
    /// No proof of life for longer than declared.
    pub const SILENT: u16 = 4008;
}

/// Why a message of the page is refused; the socket closes with 1008 and this text.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The page is broken or of another version.
    #[error("unknown or malformed message: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The page sends more than any real one does.
    #[error("`{0}` is longer than {TOKEN_BYTES_MAX} bytes")]
    FieldTooLong(&'static str),
}

impl FromPage {
    /// Reads one message.
    ///
    /// # Errors
    /// When it is not one of the contract's.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let message: Self = serde_json::from_str(text)?;
        message.limits()?;
        Ok(message)
    }

    fn limits(&self) -> Result<(), WireError> {
        let too_long = |text: &str| text.len() > TOKEN_BYTES_MAX;
        match self {
            Self::Hello { device, .. } if too_long(device) => Err(WireError::FieldTooLong("device")),
            Self::Hello { resume: Some(resume), .. } if too_long(resume) => Err(WireError::FieldTooLong("resume")),
            Self::Answer { choice, .. } if too_long(choice) => Err(WireError::FieldTooLong("choice")),
            Self::Hello { .. } | Self::Ack { .. } | Self::Answer { .. } | Self::Shown { .. } | Self::Bye => Ok(()),
        }
    }
}

impl ToPage {
    /// The message's text.
    ///
    /// # Errors
    /// Never for these types; the caller reports it as a defect.
    pub fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_a_later_page_is_ignored() {
        let message = FromPage::parse(r#"{"t":"ack","n":42,"vis":"hidden","battery":3}"#).unwrap();

        assert_eq!(message, FromPage::Ack { n: 42, vis: Some(Visibility::Hidden) });
    }

    #[test]
    fn a_message_that_the_contract_does_not_know_is_refused() {
        for text in
            [r#"{"t":"shout"}"#, r#"{"n":1}"#, "[]", "", r#"{"t":"ack","n":-1}"#, r#"{"t":"hello","ticket":"x"}"#]
        {
            assert!(FromPage::parse(text).is_err(), "{text}");
        }
        let device = "d".repeat(TOKEN_BYTES_MAX + 1);
        assert!(FromPage::parse(&format!(r#"{{"t":"hello","ticket":"x","device":"{device}"}}"#)).is_err());
    }

    #[test]
    fn counted_reads_as_the_contract_says() {
        let counted = ToPage::Counted {
            seq: EntryIndex(123),
            at: UnixMillis(1_795_486_330_123),
            person: Pseudonym([1; 16]),
            resume: "r".into(),
            reconnect: Reconnect { min_ms: 500, max_ms: 20_000 },
        };

        assert_eq!(
            counted.text().unwrap(),
            concat!(
                r#"{"t":"counted","seq":123,"at":"2026-11-24T02:12:10.123Z","person":"paeaqcaibaeaqcaibaeaqcaibae","#,
                r#""resume":"r","reconnect":{"min_ms":500,"max_ms":20000}}"#
            )
        );
    }
}
