//! The spot check: persons drawn from those who count, by the final root and a nonce that is given after it, so that
//! neither the organizer nor the adjudicator chooses them.

use sha2::{Digest as _, Sha256};

use crate::domain::{
    accounts::account::{Status, persons},
    fold::attendance::Attendance,
    ids::{Digest, EntryIndex, Pseudonym},
    reviews::deed::Found,
};

/// The most persons of a draw: 299 clean openings say that less than one in a hundred is false, at 95 % confidence.
pub const DRAWN_MAX: u32 = 10_000;

/// One drawn person and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The entry that drew.
    pub draw: EntryIndex,
    /// Their place in the draw, from 1.
    pub place: u32,
    /// Who.
    pub person: Pseudonym,
    /// What was found, once it is entered.
    pub found: Option<Found>,
}

/// A draw that waits for the root under it.
#[derive(Clone, Debug)]
pub(in crate::domain) struct Asked {
    pub(in crate::domain) entry: EntryIndex,
    pub(in crate::domain) persons: u32,
    pub(super) nonce: String,
}

impl Attendance {
    /// Every person who was drawn, in order.
    #[must_use]
    pub fn sample(&self) -> &[Drawn] {
        &self.drawn
    }

    /// Draws, if a draw was asked for: `root` is that of everything up to the close.
    pub(in crate::domain) fn draw(&mut self, root: impl FnOnce() -> Digest) {
        let Some(Asked { entry, persons: most, nonce }) = self.draw_asked.take() else { return };
        let root = root();
        let lot = |person: &Pseudonym| -> [u8; 32] {
            Sha256::digest(format!("hadir sample\n{root}\n{nonce}\n{person}\n")).into()
        };
        let counting = persons(self).into_iter().filter(|account| account.status == Status::Certified);
        let mut lots: Vec<([u8; 32], Pseudonym)> =
            counting.map(|account| (lot(&account.person), account.person)).collect();
        lots.sort_unstable();
        lots.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        let drawn = (1..).zip(lots).map(|(place, (_, person))| Drawn { draw: entry, place, person, found: None });
        self.drawn.extend(drawn);
    }

    /// Whether a person was drawn in a draw.
    pub(super) fn is_drawn(&self, draw: EntryIndex, person: Pseudonym) -> bool {
        self.drawn.iter().any(|one| one.draw == draw && one.person == person)
    }

    /// What was found of a drawn person; a later word replaces an earlier one, and both acts stay.
    pub(super) fn find(&mut self, draw: EntryIndex, person: Pseudonym, found: Found) {
        for one in self.drawn.iter_mut().filter(|one| one.draw == draw && one.person == person) {
            one.found = Some(found);
        }
    }
}
