//! Stored bytes become tree and attendance together: the one way to a count.

use sha2::{Digest as _, Sha256};

use super::{
    ids::Digest,
    line::Entry,
    roster::{self, RosterError},
    tree::{Head, Tree},
};
use crate::domain::{
    accounts::{tallies::Tallies, tally::Tally},
    fold::{attendance::Attendance, refusal::Refusal},
};

/// A log, read so far.
#[derive(Clone, Debug)]
pub struct Ledger {
    tree: Tree,
    attendance: Attendance,
    /// The root of everything up to the close, once it is there.
    closing_root: Option<Digest>,
}

impl Ledger {
    /// A ledger before its first line, for the exact bytes of `roster.csv`.
    ///
    /// # Errors
    /// When they are not a roster.
    pub fn new(roster_csv: &[u8]) -> Result<Self, RosterError> {
        let digest = Digest(Sha256::digest(roster_csv).into());
        Ok(Self {
            tree: Tree::new(),
            attendance: Attendance::new(&roster::parse(roster_csv)?, digest),
            closing_root: None,
        })
    }

    /// Accepts the next stored line, or refuses it and changes nothing.
    ///
    /// # Errors
    /// When no log that this program wrote could go on with this line.
    pub fn accept(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let entry = Entry::parse(line)?;
        self.attendance.apply(&entry)?;
        // Fixed at the close: whoever writes the log could else add entries until the lots suit them.
        self.attendance.draw(|| self.closing_root.unwrap_or_else(|| self.tree.root()));
        self.tree.append(line);
        if self.closing_root.is_none() && self.attendance.is_closed() {
            self.closing_root = Some(self.tree.root());
        }
        Ok(())
    }

    /// The live counts. None before the attempt is open.
    #[must_use]
    pub fn tally(&self) -> Option<Tally> {
        self.attendance.tally(self.head())
    }

    /// Every count. None before the attempt is open.
    #[must_use]
    pub fn tallies(&self) -> Option<Tallies> {
        self.attendance.tallies(self.head())
    }

    /// How many lines were accepted, and the root hash over them.
    #[must_use]
    pub fn head(&self) -> Head {
        Head { size: self.tree.size(), root: self.tree.root() }
    }

    /// Who was there when.
    #[must_use]
    pub fn attendance(&self) -> &Attendance {
        &self.attendance
    }

    /// The tree over the lines.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }
}
