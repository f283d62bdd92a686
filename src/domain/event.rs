//! Events: the facts about connections from which everything is counted.

mod connection;
mod hall;
mod lesson;
pub(in crate::domain) mod names;
mod privacy;
mod reviews;
mod staff;

use serde::{Deserialize, Serialize};

pub use self::{
    connection::{Beat, Channel, Clock, ClockStatus, Joined, Left, NodeStarted, Restarted, Via, Why},
    hall::{HeadCounted, Method, Scanned, Way},
    lesson::{Answered, NonceGiven, Prompted, Revealed, Shown, Signal, Signalled},
    privacy::{Disclosed, Erased, RECIPIENT_BYTES_MAX, RECIPIENTS_MAX, Retired},
    reviews::{ClaimKind, Claimed, Declared, Grouped},
    staff::{Acted, Side, StaffEnrolled, StaffRole},
};

use super::{
    ids::{Digest, EntryIndex, Pseudonym, Size},
    rules::Declaration,
    time::{BootMicros, UnixMicros},
};

/// How many connections a beat can except before its horizon has to move back instead.
pub const BEAT_EXCEPTIONS_MAX: usize = 500;

/// Something that happened, in the past tense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The attempt was opened: entry 0.
    Opened(Box<Opened>),
    /// Somebody was added to the roster after the opening.
    PersonAdded(PersonAdded),
    /// A connection was accepted and authenticated.
    Joined(Joined),
    /// A connection ended.
    Left(Left),
    /// A node vouched for all of its connections at once.
    Beat(Beat),
    /// The lesson's start or end was signalled.
    Signalled(Signalled),
    /// The node's clock was compared with the kernel's discipline.
    Clock(Clock),
    /// A run of a node began.
    NodeStarted(NodeStarted),
    /// A run of a node ended without a drain.
    Restarted(Restarted),
    /// A personal link was withdrawn.
    Revoked(Revoked),
    /// The adjudicator gave the value that the checks' times are drawn with.
    NonceGiven(NonceGiven),
    /// A participation check was opened.
    Prompted(Box<Prompted>),
    /// A page has shown a check.
    Shown(Shown),
    /// A check was answered.
    Answered(Answered),
    /// The seed of the checks' times was revealed.
    Revealed(Revealed),
    /// Somebody was scanned at a door of a hall.
    Scanned(Box<Scanned>),
    /// A steward counted the persons in a hall.
    HeadCounted(HeadCounted),
    /// Somebody enrolled to act.
    StaffEnrolled(StaffEnrolled),
    /// Somebody acted, and signed it.
    Acted(Acted),
    /// A version of the declaration was handed in.
    Declared(Box<Declared>),
    /// Somebody who is not counted claims to have been there.
    Claimed(Claimed),
    /// A steward looks after some persons.
    Grouped(Box<Grouped>),
    /// A person's details were destroyed.
    Erased(Erased),
    /// A sealed roster was handed out.
    Disclosed(Disclosed),
    /// The keys of all personal data were destroyed.
    Retired(Retired),
    /// Attendance is complete.
    Closed(Closed),
}

/// `open`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The log's origin: the first line of each of its checkpoints.
    pub origin: String,
    /// What was declared.
    pub declaration: Declaration,
    /// SHA-256 of the declaration's file, as filed with the record body.
    pub digest: Digest,
    /// Whether this is a rehearsal.
    pub rehearsal: bool,
    /// SHA-256 of the bundle's `roster.csv`.
    pub roster: Digest,
    /// The last heads of earlier attempts and rehearsals of the same event.
    pub earlier: Vec<EarlierHead>,
    /// A value of the adjudicator that nobody could know before, if one was given.
    pub nonce: Option<String>,
    /// The commitment to the seed from which the checks' times are drawn, where any are planned.
    pub commitment: Option<Digest>,
}

/// The last signed head of an earlier log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierHead {
    /// That log's origin.
    pub origin: String,
    /// Its size.
    pub size: Size,
    /// Its root hash.
    pub root: Digest,
}

/// `person`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonAdded {
    /// Who.
    pub p: Pseudonym,
    /// As what.
    pub role: String,
    /// Their group: the school or unit under which subtotals list them, as an opaque label.
    pub group: String,
    /// The salted commitment to their details.
    pub c: Digest,
}

/// `revoke`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Revoked {
    /// Whose link.
    pub p: Pseudonym,
    /// How many of their links are withdrawn with this entry: all up to this issue number.
    pub issue: u32,
}

/// `close`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Closed {
    /// The staff sides that closed.
    pub by: String,
}

/// A reading of the node's clock: log time and the monotonic time beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Log time.
    pub wall: UnixMicros,
    /// Time since boot.
    pub boot: BootMicros,
}

/// An event and when it was observed, before the log gives it a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// When.
    pub at: Reading,
    /// What.
    pub event: Event,
}

/// Where an entry stands: fixed by the log, in the order of its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Its index.
    pub index: EntryIndex,
    /// Its time, which never runs back.
    pub at: Reading,
}

impl Event {
    /// Its kind, as the log names it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opened(_) => "open",
            Self::PersonAdded(_) => "person",
            Self::Joined(_) => "join",
            Self::Left(_) => "leave",
            Self::Beat(_) => "beat",
            Self::Signalled(_) => "signal",
            Self::Clock(_) => "clock",
            Self::NodeStarted(_) => "node",
            Self::Restarted(_) => "restart",
            Self::Revoked(_) => "revoke",
            Self::NonceGiven(_) => "nonce",
            Self::Prompted(_) => "prompt",
            Self::Shown(_) => "shown",
            Self::Answered(_) => "answer",
            Self::Revealed(_) => "reveal",
            Self::Scanned(_) => "scan",
            Self::HeadCounted(_) => "headcount",
            Self::StaffEnrolled(_) => "staff",
            Self::Acted(_) => "act",
            Self::Declared(_) => "version",
            Self::Claimed(_) => "claim",
            Self::Grouped(_) => "group",
            Self::Erased(_) => "erase",
            Self::Disclosed(_) => "disclose",
            Self::Retired(_) => "retire",
            Self::Closed(_) => "close",
        }
    }
}
