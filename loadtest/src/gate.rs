//! What the oracle compares of the hall: each scan that a door delivered, however often, is in the bundle once.

use crate::{doors::Scanned, oracle::Oracle, times::LAG_MS};

impl Oracle<'_> {
    /// Every scan is there, as its door made it and as the hub told, and no other.
    pub(crate) fn scans(&mut self) {
        for scanned in self.case.scanned {
            if let Some(what) = self.wrong(scanned) {
                self.disagree(format!("scan {} of person {}: {what}", scanned.scan, scanned.person));
            }
        }
        let (made, listed) = (self.case.scanned.len(), self.case.bundle.scans.len());
        if made != listed && !self.case.shared {
            self.disagree(format!("the doors made {made} scans, scans.csv has {listed}"));
        }
    }

    fn wrong(&self, scanned: &Scanned) -> Option<String> {
        let Some(row) = self.case.bundle.scans.get(&scanned.scan) else { return Some("not in scans.csv".to_owned()) };
        let known = self.persons.get(&scanned.person);
        if known != Some(&row.person) {
            return Some(format!("scans.csv says that it is of {}", row.person));
        }
        if row.door != scanned.door || row.way != scanned.way.name() {
            return Some(format!("made at `{}` ({}), scans.csv says {row:?}", scanned.door, scanned.way.name()));
        }
        if scanned.seq.is_some_and(|seq| seq != row.entry) {
            return Some(format!("told to be entry {:?}, scans.csv says {}", scanned.seq, row.entry));
        }
        let off = row.made.0.saturating_sub(scanned.made_ms);
        (off.abs() > LAG_MS).then(|| format!("made {off} ms away from when scans.csv says"))
    }
}
