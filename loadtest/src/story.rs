//! What a client remembers of a run: what it was told, and how each of its connections ended.

use hadir::domain::ids::Pseudonym;

use crate::group::How;

/// What a device was told and did.
#[derive(Debug, Default)]
pub(crate) struct Story {
    /// Whose device.
    pub(crate) person: usize,
    /// Each connection that was counted, in order.
    pub(crate) told: Vec<Told>,
    /// How many hellos were sent that nobody answered.
    pub(crate) unanswered: usize,
    /// How long the hub took to read an answer to a challenge, in microseconds.
    pub(crate) round_trips_us: Vec<u64>,
    /// The participation checks whose answers the hub said to have taken, and how long that took, in microseconds.
    pub(crate) accepted: Vec<(u64, u64)>,
}

/// One counted connection as its client saw it. Instants are this machine's wall clock in milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// The entry's index.
    pub(crate) seq: u64,
    /// The entry's time.
    pub(crate) at_ms: i64,
    /// The person's name in the log.
    pub(crate) person: Pseudonym,
    /// From the first packet to `counted`, in microseconds.
    pub(crate) join_us: u64,
    /// When the hello was sent.
    pub(crate) hello_ms: i64,
    /// When `counted` arrived.
    pub(crate) counted_ms: i64,
    /// When the last proof of life was sent.
    pub(crate) proof_ms: i64,
    /// How it ended.
    pub(crate) end: End,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The client ended it.
    Ours(How),
    /// The hub closed with this code.
    Theirs(u16),
    /// The transport ended without a close.
    Broken,
}

impl Story {
    /// Notes how the newest connection ended, and when it was last proved.
    pub(crate) fn ended(&mut self, proof_ms: i64, end: End) {
        if let Some(told) = self.told.last_mut() {
            told.proof_ms = proof_ms;
            told.end = end;
        }
    }
}
