//! Events: the facts about connections from which everything is counted.

use serde::{Deserialize, Serialize};

use super::{
    ids::{ConnectionId, Digest, EntryIndex, NodeEpoch, NodeId, Pseudonym, Size, Tag},
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

/// `join`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Joined {
    /// Who.
    pub p: Pseudonym,
    /// By which connection.
    pub s: ConnectionId,
    /// Online or through the gate.
    pub channel: Channel,
    /// The transport.
    pub via: Via,
    /// The device's tag.
    pub d: Option<Tag>,
    /// The network's tag.
    pub n: Option<Tag>,
}

/// `leave`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// Who.
    pub p: Pseudonym,
    /// Which connection.
    pub s: ConnectionId,
    /// When it was last proved alive: the interval ends here, not at the entry's own time.
    pub last: UnixMicros,
    /// The cause.
    pub why: Why,
}

/// `beat`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Beat {
    /// Whose connections.
    pub node: NodeEpoch,
    /// The time up to which all of them are proved alive, but the exceptions.
    pub horizon: UnixMicros,
    /// Those that are not.
    pub except: Vec<ConnectionId>,
}

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
}

impl Signalled {
    /// A start or an end.
    #[must_use]
    pub fn new(signal: Signal, by: String) -> Self {
        Self { signal, by, voids: None }
    }
}

/// `clock`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The node whose clock it is.
    pub node: NodeEpoch,
    /// What the kernel says of its clock.
    pub status: ClockStatus,
    /// Wall clock minus log time.
    pub offset_us: i64,
    /// The kernel's bound of its error.
    pub max_error_us: u64,
    /// The kernel's estimate of its error.
    pub estimated_error_us: u64,
}

/// `node`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeStarted {
    /// The node.
    pub node: NodeId,
    /// The run that begins.
    pub epoch: u32,
    /// The program's version.
    pub version: String,
}

/// `restart`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Restarted {
    /// The node and the run that ended.
    pub node: NodeEpoch,
    /// Its last beat, if it had one.
    pub beat: Option<EntryIndex>,
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

/// Defines a field-less enum together with its names in the log.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Its name in the log and in tables.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

named! {
    /// How somebody takes part.
    Channel {
        /// By a browser.
        Online = "online",
        /// Through the hall's gate.
        Gate = "gate",
    }
}

named! {
    /// The transport of a connection.
    Via {
        /// A WebSocket.
        Ws = "ws",
        /// HTTPS long-poll.
        Poll = "poll",
    }
}

named! {
    /// Why a connection ended.
    Why {
        /// The page said goodbye.
        Bye = "bye",
        /// The other end closed with a close code.
        Closed = "closed",
        /// The transport ended without a close.
        Lost = "lost",
        /// No proof of life for longer than declared.
        Silent = "silent",
        /// Another tab of the same browser took over.
        Replaced = "replaced",
        /// The peer broke the protocol.
        Kicked = "kicked",
        /// The link was withdrawn.
        Revoked = "revoked",
        /// The node shut down in order.
        Drained = "drained",
        /// The lesson was over.
        Over = "over",
    }
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

named! {
    /// What the kernel says of its clock.
    ClockStatus {
        /// Disciplined by a time source.
        Synchronized = "synchronized",
        /// Running free.
        Unsynchronized = "unsynchronized",
        /// The kernel did not say.
        Unknown = "unknown",
        /// The wall clock was stepped since the last entry; the offset says how far it is now.
        Stepped = "stepped",
    }
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
            Self::Closed(_) => "close",
        }
    }
}
