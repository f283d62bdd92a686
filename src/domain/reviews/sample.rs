//! The spot check: persons drawn from those who count, by the final root and a nonce that is given after it, so that
//! neither the organizer nor the adjudicator chooses them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::domain::{
    accounts::account::{Status, persons},
    fold::attendance::Attendance,
    ids::{Digest, EntryIndex, Pseudonym},
    reviews::deed::Found,
    rules::SpotCheck,
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

/// What the spot check found of the persons who were drawn, each of them once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpotCheckTally {
    /// Persons who were drawn.
    pub drawn: u64,
    /// Those who said that they were there.
    pub confirmed: u64,
    /// Those who said that they were not.
    pub denied: u64,
    /// Those who could not be reached.
    pub unconfirmed: u64,
    /// Those of whom nothing is entered yet.
    pub open: u64,
    /// How many have to be reached; none where no spot check is promised.
    pub persons: Option<u32>,
    /// How many of them may deny.
    pub denied_max: Option<u32>,
    /// Whether as many were reached as promised, or everybody who counts, and no more denied.
    pub passed: Option<bool>,
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
        let erased = self.erased_persons();
        let drawn = (1..).zip(lots).map(|(place, (_, person))| Drawn {
            draw: entry,
            place,
            person,
            found: erased.contains(&person).then_some(Found::Unconfirmed),
        });
        self.drawn.extend(drawn);
    }

    /// What the spot check found. Of somebody who was drawn twice the worse word counts.
    pub(in crate::domain) fn spot_check_tally(&self, certifiable: u64) -> SpotCheckTally {
        let mut found: BTreeMap<Pseudonym, Option<Found>> = BTreeMap::new();
        for drawn in &self.drawn {
            let word = found.entry(drawn.person).or_default();
            *word = [*word, drawn.found].into_iter().flatten().max_by_key(|word| gravity(*word));
        }
        let many = |word| found.values().filter(|found| **found == word).count() as u64;
        let [confirmed, denied] = [Found::Confirmed, Found::Denied].map(|word| many(Some(word)));
        let promised = self.opened.as_ref().and_then(|opened| opened.declaration.spot_check);
        let is_passed = |promised: SpotCheck| {
            let needed = u64::from(promised.persons).min(certifiable);
            confirmed.saturating_add(denied) >= needed && denied <= u64::from(promised.denied_max)
        };
        SpotCheckTally {
            drawn: found.len() as u64,
            confirmed,
            denied,
            unconfirmed: many(Some(Found::Unconfirmed)),
            open: many(None),
            persons: promised.map(|promised| promised.persons),
            denied_max: promised.map(|promised| promised.denied_max),
            passed: promised.map(is_passed),
        }
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

/// A denial weighs most: it is what a spot check is for.
fn gravity(found: Found) -> u8 {
    match found {
        Found::Unconfirmed => 0,
        Found::Confirmed => 1,
        Found::Denied => 2,
    }
}
