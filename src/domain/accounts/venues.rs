//! Each hall's part of the whole, and whether it has the declared minimum.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    accounts::account::{Status, persons},
    fold::attendance::Attendance,
    ids::Pseudonym,
};

/// A hall's part of the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VenueCount {
    /// Persons whose first scan was at one of its doors.
    pub persons: u64,
    /// Those of them who are certified.
    pub certified: u64,
    /// Whether these are fewer than declared. It is reported; what follows is the adjudicator's decision.
    pub below_minimum: bool,
}

impl Attendance {
    /// Each declared hall's part, by its short name.
    pub(super) fn venue_counts(&self) -> BTreeMap<String, VenueCount> {
        let Some(declaration) = self.opened.as_ref().map(|opened| &opened.declaration) else { return BTreeMap::new() };
        let mut counts: BTreeMap<String, VenueCount> =
            declaration.venues.iter().map(|venue| (venue.id.clone(), VenueCount::default())).collect();
        if counts.is_empty() {
            return counts;
        }
        let venues = self.first_venues();
        for account in persons(self) {
            let Some(count) = venues.get(&account.person).and_then(|venue| counts.get_mut(*venue)) else { continue };
            count.persons = count.persons.saturating_add(1);
            count.certified = count.certified.saturating_add(u64::from(account.status == Status::Certified));
        }
        let least = u64::from(declaration.rule.venue_min.unwrap_or(0));
        counts.values_mut().for_each(|count| count.below_minimum = count.certified < least);
        counts
    }

    /// Where each person was scanned first.
    fn first_venues(&self) -> BTreeMap<Pseudonym, &str> {
        let mut scans: Vec<_> = self.scans().iter().collect();
        scans.sort_by_key(|scan| (scan.made, scan.entry));
        let mut venues = BTreeMap::new();
        for scan in scans {
            if let Some(person) = self.counted(scan.person) {
                venues.entry(person.pseudonym).or_insert(scan.venue.as_str());
            }
        }
        venues
    }
}
