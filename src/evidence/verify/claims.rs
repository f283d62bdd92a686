//! The counts that the bundle claims, one by one, and the identities that hold between counts of any log.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Audit, Claim, Unreadable};
use crate::{
    domain::{
        accounts::{
            account::{self, ConnectionAccount, PersonAccount, Status},
            funnel,
            summary::UNKNOWN_GROUP,
            tallies::{Subtotal, Tallies},
        },
        event::Channel,
        fold::concurrency::Balance,
        ids::Pseudonym,
        ledger::Ledger,
        roster::{self, RosterRow},
        rules::SHARE_BP_MAX,
    },
    evidence::{bundle::ROSTER, tables::TALLIES},
};

/// The shares at which it is checked that fewer persons have more.
const SHARES_BP: [u16; 6] = [1, 2_500, 5_000, 7_500, 9_000, SHARE_BP_MAX];

impl Audit<'_> {
    /// Puts each claimed count beside the one that the log gives, and checks the identities.
    pub(super) fn claim_counts(&mut self, ledger: &Ledger) -> Result<(), Unreadable> {
        let Some(tallies) = ledger.tallies() else { return Ok(()) };
        let recomputed = serde_json::to_value(&tallies).map_err(std::io::Error::from)?;
        if let Some(bytes) = self.read(TALLIES)? {
            match serde_json::from_slice::<Value>(&bytes) {
                Ok(claimed) => self.claim_members("", &claimed, &recomputed),
                Err(error) => self.find(TALLIES, Some(error.line() as u64), format!("not JSON: {error}")),
            }
        }
        let persons = account::persons(ledger.attendance());
        let connections = account::connections(ledger.attendance());
        self.identities(&tallies, &persons, &connections);
        self.identities_of_parts(&tallies, &persons);
        self.identities_of_edges(tallies.tally.present, ledger.attendance().balances());
        if let Some(rows) = self.read(ROSTER)?.and_then(|bytes| roster::parse(&bytes).ok()) {
            self.identities_of_the_roster(&tallies, &persons, &rows, ledger.attendance().merged());
        }
        Ok(())
    }

    /// Members by their path: `peak.count`.
    fn claim_members(&mut self, path: &str, claimed: &Value, recomputed: &Value) {
        let (Some(left), Some(right)) = (claimed.as_object(), recomputed.as_object()) else {
            self.claim(path.to_owned(), claimed.clone(), recomputed.clone());
            return;
        };
        let names: Vec<&String> = right.keys().chain(left.keys().filter(|name| !right.contains_key(*name))).collect();
        for name in names {
            let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let member = |object: &serde_json::Map<String, Value>| object.get(name).cloned().unwrap_or(Value::Null);
            self.claim_members(&below, &member(left), &member(right));
        }
    }

    fn identities(&mut self, tallies: &Tallies, persons: &[PersonAccount], connections: &[ConnectionAccount]) {
        self.identities_of_time(tallies, persons);
        self.identities_of_order(tallies, persons);
        self.identities_of_rows(tallies, persons, connections);
    }

    fn identities_of_time(&mut self, tallies: &Tallies, persons: &[PersonAccount]) {
        self.equal("sum of persons' time = area under the curve", tallies.person_ms, tallies.concurrency_ms);
        let eligible = persons.iter().filter(|row| matches!(row.status, Status::Certified | Status::NotCertified));
        let rows = eligible.fold(0_u64, |sum, row| sum.saturating_add(row.present_ms.0));
        self.equal("sum of persons' time = sum of people.csv", tallies.person_ms, rows);
    }

    fn identities_of_order(&mut self, tallies: &Tallies, persons: &[PersonAccount]) {
        let tally = &tallies.tally;
        self.at_most("full lesson <= in lesson", tally.full_lesson, tally.in_lesson);
        self.at_most("in lesson <= ever joined", tally.in_lesson, tally.ever_joined);
        self.at_most("ever joined <= registered", tally.ever_joined, tally.registered);
        self.at_most("full lesson <= share", tally.full_lesson, tallies.share.persons);
        let shares = SHARES_BP.map(|share_bp| with_share(tallies, persons, share_bp));
        let falling = shares.iter().zip(shares.iter().skip(1)).all(|(less, more)| less >= more);
        self.claims.push(Claim {
            name: "a larger share has no more persons".into(),
            claimed: SHARES_BP.to_vec().into(),
            recomputed: shares.to_vec().into(),
            ok: falling,
        });
        let whole = shares.last().copied().unwrap_or_default();
        self.at_most("full lesson <= all of the lesson", tally.full_lesson, whole);
        // Who is connected at the last entry is at the peak, but has not been in the lesson for any time yet.
        self.at_most("peak <= in lesson or present", tally.peak.count, tally.in_lesson.max(tally.present));
        let census = tallies.census.iter().map(|census| census.present).max().unwrap_or(0);
        self.at_most("census <= peak", census, tally.peak.count);
        self.at_most("sustained peak <= peak", tallies.peak_10s.strict, tally.peak.count);
    }

    fn identities_of_rows(&mut self, tallies: &Tallies, persons: &[PersonAccount], connections: &[ConnectionAccount]) {
        let names: BTreeSet<Pseudonym> = persons.iter().map(|row| row.person).collect();
        self.equal("every person has one row", persons.len() as u64, names.len() as u64);
        let certified = persons.iter().filter(|row| row.status == Status::Certified);
        self.equal("certifiable = certified rows", tallies.tally.certifiable, certified.count() as u64);
        let unexplained = persons.iter().filter(|row| (row.status == Status::Certified) != row.reason.is_none());
        let first = tallies.funnel.first().map_or(0, |step| step.count);
        self.equal("on the list = rows of people.csv", first, persons.len() as u64);
        self.relation("the funnel closes", first, tallies.tally.certifiable, funnel::closes(&tallies.funnel));
        self.equal("rows without their one reason", 0, unexplained.count() as u64);
        let rows: u64 = persons.iter().fold(0, |sum, row| sum.saturating_add(row.connections));
        self.equal("connections = connections of persons", tallies.tally.connections, rows);
        self.equal("connections = rows of connections.csv", rows, connections.len() as u64);
        let backwards = connections.iter().filter(|row| row.last_proof < row.join);
        self.equal("connections that end before they begin", 0, backwards.count() as u64);
        let (closed, left) = (tallies.tally.is_final, connections.iter().filter(|row| row.leave.is_some()).count());
        let joined_by_end = |row: &&ConnectionAccount| tallies.end.is_none_or(|end| row.join < end);
        // A stay that no exit ended is proved to its last scan and no further.
        let sockets = connections.iter().filter(|row| row.channel == Channel::Online.name());
        let open = sockets.filter(|row| row.leave.is_none()).filter(joined_by_end);
        let unproved = open.filter(|row| tallies.end.is_none_or(|end| row.last_proof < end)).count();
        self.at_most("leaves <= joins", left as u64, connections.len() as u64);
        self.at_most("unproved connections at the end", if closed { unproved as u64 } else { 0 }, 0);
    }

    /// Every arrival is one more and every departure one less: nothing is left once nobody is there.
    fn identities_of_edges(&mut self, present: u64, balances: [Balance; 2]) {
        for (curve, balance) in ["", ", interruptions bridged"].into_iter().zip(balances) {
            self.relation(&format!("the curve is never below 0{curve}"), balance.lowest, 0, balance.lowest == 0);
            let last = u64::try_from(balance.last).ok();
            self.relation(
                &format!("sum of all edges = present, 0 when all have left{curve}"),
                balance.last,
                present,
                last == Some(present),
            );
        }
    }

    /// The parts that the persons are divided into add up to all of them, those without a group among them.
    fn identities_of_parts(&mut self, tallies: &Tallies, persons: &[PersonAccount]) {
        let sum = |part: fn(&Subtotal) -> u64| tallies.groups.values().map(part).fold(0, u64::saturating_add);
        let rows = persons.len() as u64;
        let statuses = tallies.statuses.values().copied().fold(0, u64::saturating_add);
        self.equal("sum of statuses = rows of people.csv", statuses, rows);
        self.equal("sum of groups' persons = rows of people.csv", sum(|group| group.persons), rows);
        self.equal("sum of groups' joined = ever joined", sum(|group| group.joined), tallies.tally.ever_joined);
        self.equal("sum of groups' certified = certifiable", sum(|group| group.certified), tallies.tally.certifiable);
        let channels = |part: fn(&Subtotal) -> u64| tallies.channels.values().map(part).fold(0, u64::saturating_add);
        self.equal("sum of channels' persons = rows of people.csv", channels(|one| one.persons), rows);
        self.equal(
            "sum of channels' certified = certifiable",
            channels(|one| one.certified),
            tallies.tally.certifiable,
        );
        let without = persons.iter().filter(|row| row.group.is_empty()).count() as u64;
        let unknown = tallies.groups.get(UNKNOWN_GROUP).map_or(0, |group| group.persons);
        self.at_most("rows without a group <= those listed as unknown", without, unknown);
    }

    /// Everybody on the roster has one row with one status, and nobody else has who was not added later.
    fn identities_of_the_roster(
        &mut self,
        tallies: &Tallies,
        persons: &[PersonAccount],
        roster: &[RosterRow],
        merged: u64,
    ) {
        let mut rows: BTreeMap<Pseudonym, u64> = roster.iter().map(|row| (row.person, 0)).collect();
        for person in persons {
            if let Some(count) = rows.get_mut(&person.person) {
                *count = count.saturating_add(1);
            }
        }
        let once = rows.values().filter(|count| **count == 1).count();
        self.equal("persons of roster.csv with one row in people.csv", roster.len() as u64, once as u64);
        let rows = tallies.tally.registered.saturating_add(merged);
        self.equal("rows of people.csv = registered + merged", persons.len() as u64, rows);
    }

    fn equal(&mut self, name: &str, left: u64, right: u64) {
        self.relation(name, left, right, left == right);
    }

    fn at_most(&mut self, name: &str, left: u64, right: u64) {
        self.relation(name, left, right, left <= right);
    }

    fn relation(&mut self, name: &str, left: impl Into<Value>, right: impl Into<Value>, ok: bool) {
        self.claims.push(Claim { name: name.to_owned(), claimed: left.into(), recomputed: right.into(), ok });
    }
}

/// How many persons were present for a share of the lesson, by the rows alone.
fn with_share(tallies: &Tallies, persons: &[PersonAccount], share_bp: u16) -> u64 {
    let (Some(start), Some(end)) = (tallies.start, tallies.end) else { return 0 };
    let length = u128::from(end.min(tallies.tally.at).since(start).0);
    let enough = |row: &&PersonAccount| {
        let present = u128::from(row.present_ms.0);
        present > 0 && present.saturating_mul(u128::from(SHARE_BP_MAX)) >= length.saturating_mul(u128::from(share_bp))
    };
    persons.iter().filter(enough).count() as u64
}
