//! What happens around the counting: the declaration's later versions, claims, and who looks after whom.

use serde::{Deserialize, Serialize};

use super::names::named;
use crate::domain::{ids::Pseudonym, rules::Declaration};

/// `version`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Declared {
    /// Who handed it in.
    pub p: Pseudonym,
    /// The declaration's file.
    pub toml: String,
    /// What it declares.
    pub declaration: Declaration,
}

/// `claim`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claimed {
    /// Who claims to have been there.
    pub p: Pseudonym,
    /// Why.
    pub why: ClaimKind,
}

/// `group`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grouped {
    /// The steward.
    pub p: Pseudonym,
    /// The group's label.
    pub label: String,
    /// Whom they look after.
    pub persons: Vec<Pseudonym>,
}

named! {
    /// Why somebody says that they are not counted by mistake. No free text: it could name persons.
    ClaimKind {
        /// They were there the whole time.
        Present = "present",
        /// Their connection failed although they stayed.
        CutOff = "cut_off",
        /// They were in the hall.
        Hall = "hall",
        /// They answered the checks.
        Answered = "answered",
        /// They are not who the log says.
        Mistaken = "mistaken",
    }
}
