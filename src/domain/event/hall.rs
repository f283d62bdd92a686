//! What happens at the doors of a hall.

use serde::{Deserialize, Serialize};

use super::names::named;
use crate::domain::{
    ids::{ConnectionId, Pseudonym, ScanId},
    time::UnixMicros,
};

/// `scan`: its own time is that of the receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scanned {
    /// The door's own name of it: one that is delivered twice is one scan.
    pub scan: ScanId,
    /// Who.
    pub p: Pseudonym,
    /// The name of the stay, if it begins one.
    pub s: ConnectionId,
    /// The venue's short name.
    pub venue: String,
    /// The door's short name.
    pub door: String,
    /// In, out, or a roll-call.
    pub way: Way,
    /// How the person was identified.
    pub method: Method,
    /// Whether an identity card was seen.
    pub card: bool,
    /// When it was made, by log time: the device's time corrected by how far its clock was off at the delivery.
    pub made: UnixMicros,
    /// What the device's clock said.
    pub device: UnixMicros,
    /// The staff side that scanned.
    pub by: String,
}

/// `headcount`: how many a steward counted with their own eyes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeadCounted {
    /// The venue's short name.
    pub venue: String,
    /// How many persons.
    pub persons: u32,
    /// The staff side that counted.
    pub by: String,
}

named! {
    /// Which way somebody went, or that their name was called.
    Way {
        /// Into the hall.
        In = "in",
        /// Out of it.
        Out = "out",
        /// Present when the names were called.
        Roll = "roll",
    }
}

named! {
    /// How a door identified a person.
    Method {
        /// A scanner that types what it reads.
        Scanner = "scanner",
        /// The device's camera.
        Camera = "camera",
        /// The short reference, typed.
        Typed = "typed",
        /// Found by name.
        Name = "name",
        /// Ticked in the register.
        Register = "register",
    }
}
