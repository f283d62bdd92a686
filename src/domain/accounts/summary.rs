//! Everybody's account, counted: statuses, reasons, the funnel, and the parts into which the persons are divided.

use std::collections::BTreeMap;

use crate::domain::{
    accounts::{
        account::{PersonAccount, Status, persons},
        funnel::{Step, funnel},
        tallies::Subtotal,
    },
    fold::attendance::Attendance,
};

/// Under this name subtotals list persons without a group: whose label is empty, and whose label is this. Both say the
/// same. A hub labels a person without a known school or region so, and any place, whatever it is called, by a keyed tag
/// behind a `g`; a group that is really called this is therefore never among them.
pub const UNKNOWN_GROUP: &str = "unknown";

/// Under this name subtotals list persons who never came.
pub const NO_CHANNEL: &str = "none";

impl Subtotal {
    fn add(&mut self, account: &PersonAccount) {
        count_one(&mut self.persons);
        if account.first_join.is_some() {
            count_one(&mut self.joined);
        }
        if account.status == Status::Certified {
            count_one(&mut self.certified);
        }
    }
}

/// Everybody's status, reason, group and channel, counted.
#[derive(Default)]
pub(super) struct Summary {
    pub(super) statuses: BTreeMap<String, u64>,
    pub(super) reasons: BTreeMap<String, u64>,
    pub(in crate::domain) groups: BTreeMap<String, Subtotal>,
    pub(super) channels: BTreeMap<String, Subtotal>,
    pub(super) funnel: Vec<Step>,
}

impl Attendance {
    /// Everybody's status, reason and group, counted.
    pub(super) fn summary(&self) -> Summary {
        let accounts = persons(self);
        let mut summary = Summary { funnel: funnel(&accounts), ..Summary::default() };
        for account in accounts {
            count_one(summary.statuses.entry(account.status.name().to_owned()).or_default());
            if let Some(reason) = account.reason {
                count_one(summary.reasons.entry(reason.name().to_owned()).or_default());
            }
            let channel = if account.channel.is_empty() { NO_CHANNEL } else { account.channel };
            summary.channels.entry(channel.to_owned()).or_default().add(&account);
            let group = if account.group.is_empty() { UNKNOWN_GROUP } else { &account.group };
            summary.groups.entry(group.to_owned()).or_default().add(&account);
        }
        summary
    }
}

fn count_one(count: &mut u64) {
    *count = count.saturating_add(1);
}
