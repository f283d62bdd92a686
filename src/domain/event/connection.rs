//! What happens to connections, and to the node that holds them.

use serde::{Deserialize, Serialize};

use super::names::named;
use crate::domain::{
    ids::{ConnectionId, EntryIndex, NodeEpoch, NodeId, Pseudonym, Tag},
    time::UnixMicros,
};

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
