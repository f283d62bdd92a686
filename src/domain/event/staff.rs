//! What people who act do: they enrol with a key, and each act is signed with it.

use serde::{Deserialize, Serialize};

use super::names::named;
use crate::domain::ids::{Digest, Pseudonym};

/// `staff`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StaffEnrolled {
    /// Who: a person of the roster.
    pub p: Pseudonym,
    /// As what they act.
    pub role: StaffRole,
    /// Their public Ed25519 key, 64 hexadecimal digits.
    pub key: Digest,
}

/// `act`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Acted {
    /// Who.
    pub p: Pseudonym,
    /// The act exactly as it was signed: JSON.
    pub text: String,
    /// The signature, base64url.
    pub sig: String,
}

named! {
    /// As what somebody acts.
    StaffRole {
        /// Runs the attempt.
        Organizer = "organizer",
        /// Watches it for the record body.
        Adjudicator = "adjudicator",
        /// Sees that it is what it says.
        Witness = "witness",
        /// Reads the time.
        Timekeeper = "timekeeper",
        /// Looks after a part of the hall.
        Steward = "steward",
    }
}

named! {
    /// On whose side somebody acts.
    Side {
        /// Of the organizer.
        Organizer = "organizer",
        /// Independent of the organizer.
        Independent = "independent",
    }
}

impl StaffRole {
    /// The side that goes with a role.
    #[must_use]
    pub fn side(self) -> Side {
        match self {
            Self::Organizer | Self::Steward => Side::Organizer,
            Self::Adjudicator | Self::Witness | Self::Timekeeper => Side::Independent,
        }
    }
}
