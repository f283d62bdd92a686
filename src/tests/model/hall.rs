//! The hall in the rules' plainest words.

use hadir::domain::{
    event::{Event, Scanned, Way},
    ids::{ConnectionId, Pseudonym},
};

use super::reference::{Record, time_of};

/// A stay between scans.
pub(crate) struct HallStay {
    pub(crate) connection: ConnectionId,
    pub(crate) person: Pseudonym,
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) left: Option<i64>,
    pub(crate) cause: &'static str,
}

fn made(scan: &Scanned) -> i64 {
    scan.made.0.div_euclid(1_000)
}

impl Record<'_> {
    /// A person's scans in the order in which they were made; one that is delivered twice is one.
    pub(crate) fn scans_of(&self, person: Pseudonym) -> Vec<&Scanned> {
        let mut found: Vec<&Scanned> = Vec::new();
        for entry in self.before_the_close() {
            let Event::Scanned(scan) = &entry.event else { continue };
            if self.counts_for(scan.p) == person && found.iter().all(|known| known.scan != scan.scan) {
                found.push(scan);
            }
        }
        found.sort_by_key(|scan| made(scan));
        found
    }

    pub(crate) fn first_scan(&self, person: Pseudonym) -> Option<i64> {
        self.scans_of(person).first().map(|scan| made(scan))
    }

    pub(crate) fn last_scan(&self, person: Pseudonym) -> Option<i64> {
        self.scans_of(person).last().map(|scan| made(scan))
    }

    pub(crate) fn is_inside(&self, person: Pseudonym) -> bool {
        self.scans_of(person).last().is_some_and(|scan| scan.way != Way::Out)
    }

    /// What lies between two scans is proved if the first left them inside and the second, at the same venue, did not
    /// begin anew.
    pub(crate) fn hall_stays(&self, person: Pseudonym) -> Vec<HallStay> {
        let mut stays: Vec<HallStay> = Vec::new();
        let mut before: Option<&Scanned> = None;
        for scan in self.scans_of(person) {
            let was_inside_here = before.is_some_and(|one| one.way != Way::Out && one.venue == scan.venue);
            let goes_on = was_inside_here && scan.way != Way::In;
            if !goes_on {
                stays.push(HallStay {
                    connection: scan.s,
                    person: scan.p,
                    from: made(scan),
                    to: made(scan),
                    left: None,
                    cause: "",
                });
            }
            let stay = stays.last_mut().unwrap();
            stay.to = made(scan);
            match scan.way {
                Way::In => {}
                Way::Roll => stay.cause = "roll_call",
                Way::Out => (stay.left, stay.cause) = (Some(made(scan)), "exit"),
            }
            before = Some(scan);
        }
        stays
    }

    /// Whether a scan of theirs arrived later than declared; what arrives again was there before.
    pub(crate) fn scanned_late(&self, person: Pseudonym) -> bool {
        let delay = self.declared().hall.delay_ms.0 as i64;
        let mut delivered = Vec::new();
        self.before_the_close().any(|entry| {
            let Event::Scanned(scan) = &entry.event else { return false };
            let is_new = !delivered.contains(&scan.scan);
            delivered.push(scan.scan);
            is_new && self.counts_for(scan.p) == person && time_of(entry) - made(scan) > delay
        })
    }
}
