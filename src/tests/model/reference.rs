//! The counts in the rules' plainest words: whole lists are scanned again for each question, nothing is kept.

use hadir::domain::{
    event::{Channel, Event, Opened, Signal},
    ids::{ConnectionId, Pseudonym},
    line::Entry,
    roster::RosterRow,
    rules::{Declaration, Rule, RuleKind},
};

/// A stretch of time in whole milliseconds: its first instant belongs to it, its last does not.
pub(crate) type Stretch = (i64, i64);

/// One connection from its join on.
#[derive(Clone, Debug)]
pub(crate) struct Stay {
    pub(crate) connection: ConnectionId,
    pub(crate) person: Pseudonym,
    /// The person whom the stay counts for: the one that the roster merged them into.
    pub(crate) counts_for: Pseudonym,
    pub(crate) channel: Channel,
    pub(crate) joined: i64,
    /// The latest instant at which beats vouched for it.
    pub(crate) vouched: i64,
    pub(crate) ended: Option<End>,
}

/// How a stay ended.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) last: i64,
    /// When that was logged.
    pub(crate) logged: i64,
    pub(crate) why: &'static str,
}

/// Somebody who has a row in the tables.
#[derive(Clone, Debug)]
pub(crate) struct Somebody {
    pub(crate) person: Pseudonym,
    pub(crate) role: String,
    pub(crate) group: String,
    pub(crate) merged: bool,
    pub(crate) added_late: bool,
}

/// A log and the roster that it began with.
pub(crate) struct Record<'a> {
    pub(crate) roster: &'a [RosterRow],
    pub(crate) entries: &'a [Entry],
}

impl Record<'_> {
    pub(crate) fn opened(&self) -> &Opened {
        let Event::Opened(opened) = &self.entries[0].event else { panic!("entry 0 opens the attempt") };
        opened
    }

    pub(crate) fn declared(&self) -> &Declaration {
        &self.opened().declaration
    }

    pub(crate) fn rule(&self) -> &Rule {
        &self.declared().rule
    }

    pub(crate) fn grace(&self) -> i64 {
        self.rule().grace_ms.0 as i64
    }

    /// The time of the last entry.
    pub(crate) fn now(&self) -> i64 {
        time_of(self.entries.last().unwrap())
    }

    /// A close freezes who is there: what is signalled and who joins after it changes nothing.
    pub(crate) fn before_the_close(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().take_while(|entry| !matches!(entry.event, Event::Closed(_)))
    }

    /// The start and the end that stand. A void takes the one back that it names, the end before the start.
    fn signals(&self) -> (Option<&Entry>, Option<&Entry>) {
        let (mut start, mut end): (Option<&Entry>, Option<&Entry>) = (None, None);
        for entry in self.before_the_close() {
            let Event::Signalled(signalled) = &entry.event else { continue };
            let names = |given: Option<&Entry>| given.map(|given| given.stamp.index) == signalled.voids;
            match signalled.signal {
                Signal::Start => start = start.or(Some(entry)),
                Signal::End => end = end.or(Some(entry)),
                Signal::Void if end.is_some() && names(end) => end = None,
                Signal::Void if end.is_none() && names(start) => start = None,
                Signal::Void => {}
            }
        }
        (start, end)
    }

    pub(crate) fn started(&self) -> Option<i64> {
        self.signals().0.map(time_of)
    }

    pub(crate) fn end_signalled(&self) -> Option<i64> {
        self.signals().1.map(time_of)
    }

    pub(crate) fn closed(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.event, Event::Closed(_)))
    }

    /// The lesson; empty when no start was signalled.
    pub(crate) fn lesson(&self) -> Stretch {
        let Some(start) = self.started() else { return (0, 0) };
        let window = &self.declared().window;
        let planned = if self.opened().rehearsal {
            start + (window.planned_end.0 - window.planned_start.0)
        } else {
            window.planned_end.0
        };
        (start, self.end_signalled().unwrap_or(planned).max(start))
    }

    /// The lesson as far as it has come.
    pub(crate) fn lesson_so_far(&self) -> Stretch {
        let (start, end) = self.lesson();
        let end = end.min(self.now());
        if end > start { (start, end) } else { (0, 0) }
    }

    /// The same, the present instant included.
    pub(crate) fn lesson_seen(&self) -> Stretch {
        let (start, end) = self.lesson();
        let end = end.min(self.now() + 1);
        if end > start { (start, end) } else { (0, 0) }
    }

    /// Everybody with a row: the roster, and those added after the opening.
    pub(crate) fn everybody(&self) -> Vec<Somebody> {
        let mut found: Vec<Somebody> = Vec::new();
        for row in self.roster {
            found.push(Somebody {
                person: row.person,
                role: row.role.clone(),
                group: row.group.clone(),
                merged: row.merged_into.is_some(),
                added_late: false,
            });
        }
        for entry in self.entries {
            let Event::PersonAdded(added) = &entry.event else { continue };
            if found.iter().all(|known| known.person != added.p) {
                found.push(Somebody {
                    person: added.p,
                    role: added.role.clone(),
                    group: added.group.clone(),
                    merged: false,
                    added_late: true,
                });
            }
        }
        found.sort_by_key(|somebody| somebody.person);
        found
    }

    pub(crate) fn has_a_role_that_counts(&self, somebody: &Somebody) -> bool {
        let people = &self.declared().people;
        people.roles.contains(&somebody.role) && (!somebody.added_late || people.open_registration_counts)
    }

    pub(crate) fn is_eligible(&self, somebody: &Somebody) -> bool {
        let relays = self.declared().people.hold_relays && self.relays(somebody.person);
        let held = self.shares_a_device(somebody.person) || self.scanned_late(somebody.person) || relays;
        !somebody.merged && self.has_a_role_that_counts(somebody) && !self.is_erased(somebody.person) && !held
    }

    /// Whether somebody, or a row that counts for them, was erased before the close.
    pub(crate) fn is_erased(&self, person: Pseudonym) -> bool {
        self.before_the_close().any(|entry| match &entry.event {
            Event::Erased(erased) => self.counts_for(erased.p) == person,
            _ => false,
        })
    }

    pub(crate) fn counts_for(&self, person: Pseudonym) -> Pseudonym {
        let row = self.roster.iter().find(|row| row.person == person);
        row.and_then(|row| row.merged_into).unwrap_or(person)
    }

    /// Every connection. A connection joins once and ends once: what repeats it changes nothing.
    pub(crate) fn stays(&self) -> Vec<Stay> {
        let mut stays: Vec<Stay> = Vec::new();
        let frozen_from = self.before_the_close().count();
        for (index, entry) in self.entries.iter().enumerate() {
            match &entry.event {
                Event::Joined(joined) if index < frozen_from && is_new(&stays, joined.s) => stays.push(Stay {
                    connection: joined.s,
                    person: joined.p,
                    counts_for: self.counts_for(joined.p),
                    channel: joined.channel,
                    joined: time_of(entry),
                    vouched: time_of(entry),
                    ended: None,
                }),
                Event::Left(left) => {
                    for stay in stays.iter_mut().filter(|stay| stay.connection == left.s && stay.ended.is_none()) {
                        let last = left.last.0.div_euclid(1_000).max(stay.joined);
                        stay.ended = Some(End { last, logged: time_of(entry), why: left.why.name() });
                    }
                }
                Event::Beat(beat) => {
                    let horizon = beat.horizon.0.div_euclid(1_000);
                    for stay in stays.iter_mut().filter(|stay| stay.connection.at == beat.node) {
                        if !beat.except.contains(&stay.connection) {
                            stay.vouched = stay.vouched.max(horizon);
                        }
                    }
                }
                Event::Restarted(restarted) => {
                    let of_that_run = |stay: &&mut Stay| stay.connection.at == restarted.node && stay.ended.is_none();
                    for stay in stays.iter_mut().filter(of_that_run) {
                        stay.ended = Some(End { last: stay.vouched, logged: time_of(entry), why: "restart" });
                    }
                }
                Event::Joined(_)
                | Event::Opened(_)
                | Event::PersonAdded(_)
                | Event::Signalled(_)
                | Event::Clock(_)
                | Event::NodeStarted(_)
                | Event::Revoked(_)
                | Event::NonceGiven(_)
                | Event::Prompted(_)
                | Event::Shown(_)
                | Event::Answered(_)
                | Event::Revealed(_)
                | Event::Scanned(_)
                | Event::HeadCounted(_)
                | Event::StaffEnrolled(_)
                | Event::Acted(_)
                | Event::Declared(_)
                | Event::Claimed(_)
                | Event::Grouped(_)
                | Event::Erased(_)
                | Event::Disclosed(_)
                | Event::Retired(_)
                | Event::Closed(_) => {}
            }
        }
        stays
    }

    /// When a person's connections were there within a window; those that are open still are there until `until`.
    fn runs(&self, person: Pseudonym, window: Stretch, grace: i64, until: i64) -> Vec<Stretch> {
        let mut there: Vec<Stretch> = Vec::new();
        for stay in self.stays() {
            if stay.counts_for == person {
                there.push((stay.joined, stay.ended.map_or(until, |end| end.last)));
            }
        }
        there.extend(self.hall_stays(person).iter().map(|stay| (stay.from, stay.to)));
        bridged(&united(&there, window), grace)
    }

    /// When a person will have been there if the exit of who is inside the hall comes at the end of the window.
    pub(crate) fn presence_to_come(&self, person: Pseudonym, window: Stretch, grace: i64) -> Vec<Stretch> {
        let mut there = self.runs(person, window, 0, self.now());
        there.push((self.last_scan(person).unwrap(), window.1));
        bridged(&united(&there, window), grace)
    }

    /// The time that a person has been there up to now.
    pub(crate) fn presence(&self, person: Pseudonym, window: Stretch, grace: i64) -> Vec<Stretch> {
        self.runs(person, window, grace, self.now())
    }

    pub(crate) fn eligible(&self) -> Vec<Pseudonym> {
        let everybody = self.everybody().into_iter();
        everybody.filter(|somebody| self.is_eligible(somebody)).map(|somebody| somebody.person).collect()
    }

    /// The runs of each eligible person, the present instant included: who is connected now is there now.
    pub(crate) fn seen(&self, window: Stretch, grace: i64) -> Vec<(Pseudonym, Vec<Stretch>)> {
        self.eligible().into_iter().map(|person| (person, self.seen_of(person, window, grace))).collect()
    }

    pub(crate) fn seen_of(&self, person: Pseudonym, window: Stretch, grace: i64) -> Vec<Stretch> {
        self.runs(person, window, grace, self.now() + 1)
    }
}

fn is_new(stays: &[Stay], connection: ConnectionId) -> bool {
    stays.iter().all(|stay| stay.connection != connection)
}

pub(crate) fn time_of(entry: &Entry) -> i64 {
    entry.stamp.at.wall.0.div_euclid(1_000)
}

/// The parts of the window in which at least one of the stretches is, found by asking for each smallest part.
fn united(stretches: &[Stretch], window: Stretch) -> Vec<Stretch> {
    let mut parts: Vec<Stretch> = Vec::new();
    for (from, to) in smallest_parts(stretches.iter().copied(), window) {
        if !stretches.iter().any(|(start, end)| *start <= from && from < *end) {
            continue;
        }
        match parts.last_mut() {
            Some(before) if before.1 == from => before.1 = to,
            _ => parts.push((from, to)),
        }
    }
    parts
}

/// The window, cut wherever a stretch begins or ends.
pub(crate) fn smallest_parts(stretches: impl Iterator<Item = Stretch>, window: Stretch) -> Vec<Stretch> {
    let mut cuts = vec![window.0, window.1];
    for (start, end) in stretches {
        cuts.push(start);
        cuts.push(end);
    }
    cuts.retain(|cut| window.0 <= *cut && *cut <= window.1);
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

/// Closes every gap of at most `grace`; what lies before the first and after the last is no gap.
fn bridged(parts: &[Stretch], grace: i64) -> Vec<Stretch> {
    let mut runs: Vec<Stretch> = Vec::new();
    for (start, end) in parts.iter().copied() {
        match runs.last_mut() {
            Some(before) if start - before.1 <= grace => before.1 = end,
            _ => runs.push((start, end)),
        }
    }
    runs
}

pub(crate) fn length(runs: &[Stretch]) -> i64 {
    runs.iter().map(|(start, end)| end - start).sum()
}

pub(crate) fn longest(runs: &[Stretch]) -> i64 {
    runs.iter().map(|(start, end)| end - start).max().unwrap_or(0)
}

/// Why somebody with these runs does not meet a rule; none when they do.
pub(crate) fn missed(rule: &Rule, runs: &[Stretch], window: Stretch) -> Option<&'static str> {
    let (start, end) = window;
    match rule.kind {
        RuleKind::FullLesson => {
            let first = runs.first().map_or(i64::MAX, |run| run.0);
            let last = runs.last().map_or(i64::MIN, |run| run.1);
            if first > start + rule.late_ms.0 as i64 {
                Some("late")
            } else if last < end - rule.early_ms.0 as i64 {
                Some("left_early")
            } else if runs.len() > 1 {
                Some("gap")
            } else {
                None
            }
        }
        RuleKind::MinimumTime => {
            let time = if rule.continuous { longest(runs) } else { length(runs) };
            (runs.is_empty() || time < rule.minimum_ms.unwrap_or_default().0 as i64).then_some("too_short")
        }
        RuleKind::Share => {
            let share = i128::from(rule.share_bp.unwrap_or(10_000));
            let enough = i128::from(length(runs)) * 10_000 >= share * i128::from(end - start);
            (runs.is_empty() || !enough).then_some("too_short")
        }
        RuleKind::Prompts => runs.is_empty().then_some("too_short"),
        RuleKind::Peak => panic!("a peak is no property of one person"),
    }
}
