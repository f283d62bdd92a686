//! The rows of the tables, each computed from the whole list by itself.

use hadir::domain::{event::Event, line::Entry};

use super::{
    counts::is_within,
    reference::{Record, Somebody, Stretch, length, longest},
};

impl Record<'_> {
    /// `person,status,reason,channel,first_join,last_leave,present_ms,present_bridged_ms,longest_ms,connections`.
    pub(crate) fn person_rows(&self) -> Vec<String> {
        self.everybody().iter().map(|somebody| self.person_row(somebody)).collect()
    }

    fn person_row(&self, somebody: &Somebody) -> String {
        let (status, reason) = self.status(somebody);
        let mut stays = self.stays();
        stays.retain(|stay| stay.counts_for == somebody.person);
        let hall = self.hall_stays(somebody.person);
        let mut channels: Vec<&str> = stays.iter().map(|stay| stay.channel.name()).collect();
        channels.extend(hall.first().map(|_| "gate"));
        channels.sort_unstable();
        channels.dedup();
        let channel = match channels.as_slice() {
            [] => "",
            [one] => one,
            _ => "both",
        };
        let first_join = stays.iter().map(|stay| stay.joined).chain(self.first_scan(somebody.person)).min();
        let all_ended = stays.iter().all(|stay| stay.ended.is_some());
        let last_leave = stays
            .iter()
            .filter_map(|stay| stay.ended.as_ref())
            .map(|end| end.last)
            .chain(self.last_scan(somebody.person))
            .max();
        let runs = |grace| self.presence(somebody.person, self.lesson_so_far(), grace);
        format!(
            "{} {status} {reason} {channel} {first_join:?} {:?} {} {} {} {} {} {}",
            somebody.person,
            last_leave.filter(|_| all_ended && !self.is_inside(somebody.person)),
            length(&runs(0)),
            length(&runs(self.grace())),
            longest(&runs(0)),
            stays.len() + hall.len(),
            somebody.role,
            somebody.group,
        )
    }

    /// Whether somebody counts, and the first reason that applies if not.
    pub(crate) fn status(&self, somebody: &Somebody) -> (&'static str, &'static str) {
        let theirs = |name, counts_for| name == somebody.person || counts_for == somebody.person;
        let scanned = self.before_the_close().any(|entry| {
            let Event::Scanned(scan) = &entry.event else { return false };
            theirs(scan.p, self.counts_for(scan.p))
        });
        let joined = scanned || self.stays().iter().any(|stay| theirs(stay.person, stay.counts_for));
        let role_counts = self.has_a_role_that_counts(somebody);
        let erased = self.is_erased(somebody.person);
        let status = if somebody.merged || !role_counts || erased {
            "excluded"
        } else if !self.is_eligible(somebody) {
            "held"
        } else if self.certified(self.grace()).contains(&somebody.person) {
            "certified"
        } else {
            "not_certified"
        };
        let reason = if !joined {
            "never_joined"
        } else if !self.declared().people.roles.contains(&somebody.role) {
            "role"
        } else if somebody.merged {
            "merged"
        } else if !role_counts {
            "role"
        } else if erased {
            "erased"
        } else if self.started().is_none() {
            "no_start"
        } else {
            self.missed_so_far(somebody.person, self.grace()).unwrap_or(if status == "held" { "held" } else { "" })
        };
        (status, reason)
    }

    /// `person,connection,channel,join,last_proof,leave,cause`.
    pub(crate) fn connection_rows(&self) -> Vec<String> {
        let rows = self.stays().into_iter().map(|stay| {
            let (last, leave, cause) = match &stay.ended {
                Some(end) => (end.last, Some(end.logged), end.why),
                None => (stay.vouched, None, ""),
            };
            let (person, connection, channel) = (stay.person, stay.connection, stay.channel.name());
            format!("{person} {connection} {channel} {} {last} {leave:?} {cause}", stay.joined)
        });
        let mut rows: Vec<String> = rows.collect();
        for somebody in self.everybody_in_the_order_of_the_fold() {
            rows.extend(self.hall_stays(somebody.person).iter().map(|stay| {
                let (person, connection, left, cause) = (stay.person, stay.connection, stay.left, stay.cause);
                format!("{person} {connection} gate {} {} {left:?} {cause}", stay.from, stay.to)
            }));
        }
        rows
    }

    /// The roster in its own order, then who was added, in the order of the log.
    fn everybody_in_the_order_of_the_fold(&self) -> Vec<Somebody> {
        let mut everybody = self.everybody();
        everybody.sort_by_key(|somebody| {
            let added = |entry: &Entry| matches!(&entry.event, Event::PersonAdded(added) if added.p == somebody.person);
            (somebody.added_late.then(|| self.entries.iter().position(added)), somebody.person)
        });
        everybody
    }

    /// `at,present,present_bridged,connections` for each whole second from the first join on, of empty ones in a row
    /// the first.
    pub(crate) fn second_rows(&self) -> Vec<String> {
        let stays = self.stays();
        let Some(first) = stays.iter().map(|stay| stay.joined).min() else { return Vec::new() };
        let until = self.now() + 1;
        let span = |stay: &super::reference::Stay| (stay.joined, stay.ended.as_ref().map_or(until, |end| end.last));
        let spans: Vec<Stretch> = stays.iter().map(span).collect();
        let always = self.seen((i64::MIN, i64::MAX), 0);
        let (start, end) = self.lesson();
        let in_lesson = self.seen((start, end), self.grace());
        let mut rows = Vec::new();
        let mut was_empty = false;
        for second in first.div_euclid(1_000)..=self.now().div_euclid(1_000) {
            let at = second * 1_000;
            let count = |runs: &[(_, Vec<Stretch>)]| runs.iter().filter(|(_, runs)| is_within(at, runs)).count();
            let present = count(&always);
            let bridged = if start <= at && at < end { count(&in_lesson) } else { present };
            let open = spans.iter().filter(|(from, to)| *from <= at && at < *to).count();
            let is_empty = present == 0 && bridged == 0 && open == 0;
            if !(is_empty && was_empty) {
                rows.push(format!("{at} {present} {bridged} {open}"));
            }
            was_empty = is_empty;
        }
        rows
    }
}
