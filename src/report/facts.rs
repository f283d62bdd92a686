//! What a counted log says, gathered once for all documents.

use super::{
    Source,
    words::{Calendar, Language},
};
use crate::domain::{
    accounts::{
        funnel::CERTIFIED,
        incidents::{Incident, incidents},
        tallies::Tallies,
        timeline::{Second, timeline},
    },
    event::Opened,
    fold::attendance::Attendance,
    rules::Declaration,
    time::UnixMillis,
    tree::Head,
};

/// What a counted log says.
pub(super) struct Facts<'a> {
    pub(super) attendance: &'a Attendance,
    /// The first entry.
    pub(super) opened: &'a Opened,
    /// What its root is over.
    pub(super) head: Head,
    /// The log's public key, as it was filed.
    pub(super) key: String,
    pub(super) tallies: Tallies,
    pub(super) incidents: Vec<Incident>,
    pub(super) timeline: Vec<Second>,
}

impl<'a> Facts<'a> {
    /// None before the log was opened, which no bundle shows.
    pub(super) fn of(source: &Source<'a>) -> Option<Self> {
        let attendance = source.ledger.attendance();
        Some(Self {
            attendance,
            opened: source.opened,
            head: source.ledger.head(),
            key: source.key.to_string(),
            tallies: source.ledger.tallies()?,
            incidents: incidents(attendance),
            timeline: timeline(attendance),
        })
    }

    /// The declaration in force.
    pub(super) fn declaration(&self) -> &'a Declaration {
        &self.opened.declaration
    }

    pub(super) fn calendar(&self, language: Language) -> Calendar {
        Calendar::new(language, &self.declaration().zone)
    }

    /// The number that is claimed.
    pub(super) fn certified(&self) -> u64 {
        let last = self.tallies.funnel.iter().find(|step| step.step == CERTIFIED);
        last.map_or(0, |step| step.count)
    }

    /// The time of the newest entry: what the documents tell of ends there.
    pub(super) fn at(&self) -> UnixMillis {
        self.tallies.tally.at
    }
}
