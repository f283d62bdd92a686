//! The fold: one entry after another becomes attendance. Screen, recovery, export and verifier all count with it.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
};

use crate::domain::{
    accounts::{clocks::ClockReading, incidents::CutRun},
    event::{Event, Opened, PersonAdded, Revoked, Signal, Signalled, Stamp},
    fold::{
        checks::Checks,
        connections::Connection,
        hall::Halls,
        nodes::Run,
        person::{Concurrency, Person, PersonIndex},
        refusal::{Refusal, Subject},
        standing::{Standing, Terms},
    },
    ids::{Digest, EntryIndex, NodeEpoch, Pseudonym, Tag},
    line::Entry,
    reviews::{
        acts::Acts,
        claims::Claims,
        groups::Group,
        privacy::{Handled, PrivacyAct},
        sample::{Asked, Drawn},
        versions::{Version, may_count_under},
    },
    roster::RosterRow,
    time::UnixMillis,
};

/// A signal that stands.
#[derive(Clone, Copy, Debug)]
pub(in crate::domain) struct Given {
    /// When.
    pub(in crate::domain) at: UnixMillis,
    /// The entry that says so.
    pub(in crate::domain) entry: EntryIndex,
}

/// How many persons satisfy what, at the last entry.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::domain) struct Counts {
    pub(in crate::domain) registered: u64,
    pub(in crate::domain) ever_joined: u64,
    pub(in crate::domain) in_lesson: u64,
    pub(in crate::domain) full_lesson: u64,
    pub(in crate::domain) active_or_not: u64,
    pub(in crate::domain) qualify: u64,
    pub(in crate::domain) qualify_strict: u64,
    pub(in crate::domain) can_qualify: u64,
    pub(in crate::domain) present: u64,
}

/// Attendance after some entries of a log.
#[derive(Clone, Debug)]
pub struct Attendance {
    pub(super) roster: Digest,
    pub(in crate::domain) opened: Option<Opened>,
    pub(in crate::domain) terms: Option<Terms>,
    pub(in crate::domain) start: Option<Given>,
    pub(in crate::domain) end: Option<Given>,
    pub(in crate::domain) closed: Option<UnixMillis>,
    pub(in crate::domain) persons: Vec<Person>,
    pub(in crate::domain) by_name: BTreeMap<Pseudonym, PersonIndex>,
    pub(in crate::domain) connections: Vec<Connection>,
    /// Who joined from which device.
    pub(in crate::domain) devices: BTreeMap<Tag, BTreeSet<PersonIndex>>,
    pub(in crate::domain) runs: BTreeMap<NodeEpoch, Run>,
    pub(in crate::domain) concurrency: Concurrency,
    pub(in crate::domain) counts: Counts,
    /// How many links of a person are withdrawn, for those of whom any is.
    pub(super) revoked: BTreeMap<Pseudonym, u32>,
    looks: BinaryHeap<Reverse<(UnixMillis, PersonIndex)>>,
    /// The version of the program that started last.
    pub(super) program: Option<String>,
    /// The participation checks.
    pub(in crate::domain) checks: Checks,
    /// The halls.
    pub(in crate::domain) halls: Halls,
    /// Runs that ended without a drain.
    pub(in crate::domain) cut_runs: Vec<CutRun>,
    /// What the clock said of itself.
    pub(in crate::domain) clocks: Vec<ClockReading>,
    /// A spot check that waits for the root under it.
    pub(in crate::domain) draw_asked: Option<Asked>,
    /// The newest signal, whether it stands or took one back.
    pub(in crate::domain) last_signalled: Option<EntryIndex>,
    /// Who was drawn for spot checks.
    pub(in crate::domain) drawn: Vec<Drawn>,
    /// Who acts, and what they did.
    pub(in crate::domain) acts: Acts,
    /// Every version of the declaration, the first one first.
    pub(in crate::domain) versions: Vec<Version>,
    /// The entry of the version that is in force.
    pub(in crate::domain) in_force: EntryIndex,
    /// Who claims to have been there.
    pub(in crate::domain) claims: Claims,
    /// What happened to personal data.
    pub(in crate::domain) privacy: Vec<PrivacyAct>,
    /// Whom each steward looks after.
    pub(in crate::domain) groups: BTreeMap<Pseudonym, Group>,
    pub(super) last: Option<Stamp>,
}

impl Attendance {
    /// Attendance before the first entry, for the roster with this SHA-256.
    #[must_use]
    pub fn new(rows: &[RosterRow], digest: Digest) -> Self {
        let by_name: BTreeMap<_, _> =
            rows.iter().enumerate().map(|(place, row)| (row.person, PersonIndex(place))).collect();
        let person = |row: &RosterRow| {
            let mut person = Person::new(row.person, &row.role, &row.group);
            person.stands_for = row.merged_into.and_then(|other| by_name.get(&other).copied());
            person
        };
        let registered = rows.iter().filter(|row| row.merged_into.is_none()).count() as u64;
        Self {
            roster: digest,
            opened: None,
            terms: None,
            start: None,
            end: None,
            closed: None,
            persons: rows.iter().map(person).collect(),
            by_name,
            connections: Vec::new(),
            devices: BTreeMap::new(),
            runs: BTreeMap::new(),
            concurrency: Concurrency::default(),
            counts: Counts { registered, ..Counts::default() },
            revoked: BTreeMap::new(),
            looks: BinaryHeap::new(),
            program: None,
            checks: Checks::default(),
            halls: Halls::default(),
            cut_runs: Vec::new(),
            clocks: Vec::new(),
            draw_asked: None,
            last_signalled: None,
            drawn: Vec::new(),
            acts: Acts::default(),
            versions: Vec::new(),
            in_force: EntryIndex(0),
            claims: Claims::default(),
            privacy: Vec::new(),
            groups: BTreeMap::new(),
            last: None,
        }
    }

    /// Takes in the next entry, or refuses an impossible one and changes nothing. A repeated fact changes no count.
    ///
    /// # Errors
    /// When no log that this program wrote could go on with this entry.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), Refusal> {
        let now = entry.stamp.at.wall.floor_millis();
        let subject = self.check(entry)?;
        self.look_at_the_due(now);
        match &entry.event {
            Event::Opened(opened) => self.open(opened, now),
            Event::PersonAdded(added) => self.add(added, now),
            Event::Joined(joined) => self.join(joined, subject, now),
            Event::Left(left) => self.leave(left, subject, now),
            Event::Beat(beat) => self.beat(entry.stamp.index, beat),
            Event::Signalled(signalled) => self.signal(signalled, Given { at: now, entry: entry.stamp.index }),
            Event::NodeStarted(started) => self.start_node(started),
            Event::Restarted(restarted) => self.restart(restarted, now),
            Event::Closed(_) => self.close(now),
            Event::Revoked(revoked) => self.revoke(revoked),
            Event::NonceGiven(given) => self.give_nonce(&given.nonce, entry.stamp.index),
            Event::Prompted(prompted) => self.prompt(prompted, now),
            Event::Shown(shown) => self.with_subject(subject, |all, index| all.show(shown, index)),
            Event::Answered(answered) => self.with_subject(subject, |all, index| all.answer(answered, index, now)),
            Event::Revealed(revealed) => self.reveal(revealed),
            Event::Scanned(scanned) => {
                self.with_subject(subject, |all, index| all.scan(scanned, index, now, entry.stamp.index));
            }
            Event::HeadCounted(counted) => self.head_count(counted, now, entry.stamp.index),
            Event::StaffEnrolled(enrolled) => self.enrol(enrolled, now),
            Event::Acted(acted) => self.take_act(acted, entry.stamp.index, now),
            Event::Declared(declared) => self.hand_in(declared, entry.stamp.index, now),
            Event::Claimed(claimed) => self.claim(claimed, entry.stamp.index, now),
            Event::Grouped(grouped) => self.group(grouped),
            Event::Erased(erased) => self.erase(erased, entry.stamp.index, now),
            Event::Disclosed(disclosed) => {
                self.note_privacy(entry.stamp.index, now, Handled::Disclosed(disclosed.clone()));
            }
            Event::Retired(retired) => self.note_privacy(entry.stamp.index, now, Handled::Retired(retired.clone())),
            Event::Clock(clock) => self.clocks.push(ClockReading::new(clock, now)),
        }
        self.last = Some(entry.stamp);
        Ok(())
    }

    fn open(&mut self, opened: &Opened, at: UnixMillis) {
        for person in &mut self.persons {
            person.countable = may_count_under(person, &opened.declaration);
            person.eligible = person.countable;
            if person.eligible {
                person.standing.can_qualify = true;
                self.counts.can_qualify = self.counts.can_qualify.saturating_add(1);
            }
        }
        self.terms = Some(Terms::new(&opened.declaration));
        self.checks.plan = opened.declaration.prompts;
        self.checks.commitment = opened.commitment;
        self.versions.push(Version {
            entry: EntryIndex(0),
            at,
            digest: opened.digest,
            toml: None,
            declaration: opened.declaration.clone(),
            adopted: true,
        });
        self.opened = Some(opened.clone());
    }

    /// Attendance is frozen: whoever could still qualify by what can come no more is judged anew, once.
    fn close(&mut self, now: UnixMillis) {
        if self.closed.is_some() {
            return;
        }
        self.closed = Some(now);
        if let Some(terms) = &mut self.terms {
            terms.closed = true;
        }
        self.look_at_everybody(now);
    }

    fn revoke(&mut self, revoked: &Revoked) {
        let issue = self.revoked.entry(revoked.p).or_default();
        *issue = revoked.issue.max(*issue);
    }

    fn add(&mut self, added: &PersonAdded, now: UnixMillis) {
        let Some(opened) = &self.opened else { return };
        if self.by_name.contains_key(&added.p) {
            return;
        }
        let mut person = Person::new(added.p, &added.role, &added.group);
        person.added_later = true;
        person.countable = may_count_under(&person, &opened.declaration);
        person.eligible = person.countable;
        let index = PersonIndex(self.persons.len());
        self.persons.push(person);
        self.by_name.insert(added.p, index);
        self.counts.registered = self.counts.registered.saturating_add(1);
        self.look(index, now);
    }

    /// Takes a person out of everything that counts eligible persons only, or back into it.
    pub(in crate::domain) fn reconsider(&mut self, index: PersonIndex, now: UnixMillis) {
        let Some((person, terms)) = self.persons.get_mut(index.0).zip(self.terms.as_ref()) else { return };
        let counts = person.may_count();
        if counts == person.eligible {
            return;
        }
        person.eligible = counts;
        let open = u64::from(person.presence.is_open());
        if counts {
            self.concurrency.restore(&person.presence, terms);
            self.counts.present = self.counts.present.saturating_add(open);
        } else {
            self.concurrency.withdraw(&person.presence, terms);
            self.counts.present = self.counts.present.saturating_sub(open);
        }
        self.look(index, now);
    }

    /// A signal fixes an edge of the lesson, or takes one back: everybody is measured anew, once.
    fn signal(&mut self, signalled: &Signalled, given: Given) {
        if self.closed.is_some() || !self.move_edge(signalled, given) {
            return;
        }
        self.last_signalled = Some(given.entry);
        if signalled.signal == Signal::Start {
            self.checks.starts.push(given.at);
        }
        self.use_agreement(signalled.acts);
        let window = self.window();
        if let Some(terms) = &mut self.terms {
            terms.window = window;
            terms.take_checks(&self.checks);
            self.concurrency.bridged = Default::default();
            for person in &mut self.persons {
                person.unsettle();
                if person.eligible {
                    self.concurrency.rebridge(&person.presence, terms);
                }
            }
        }
        self.hold_relays(given.at);
        self.look_at_everybody(given.at);
    }

    /// Whether the signal changes the lesson: one that stands already, or is taken back already, does not.
    fn move_edge(&mut self, signalled: &Signalled, given: Given) -> bool {
        let edge = match signalled.signal {
            Signal::Start => &mut self.start,
            Signal::End => &mut self.end,
            Signal::Void => {
                let newest = if self.end.is_some() { &mut self.end } else { &mut self.start };
                return newest.take_if(|newest| Some(newest.entry) == signalled.voids).is_some();
            }
        };
        edge.is_none() && edge.replace(given).is_none()
    }

    /// Does something for the person whom an entry speaks of.
    fn with_subject(&mut self, subject: Subject, act: impl FnOnce(&mut Self, PersonIndex)) {
        if let Some(named) = subject.person {
            act(self, self.counted_as(named));
        }
    }

    pub(in crate::domain) fn look_at_everybody(&mut self, now: UnixMillis) {
        for index in 0..self.persons.len() {
            self.look(PersonIndex(index), now);
        }
    }

    /// Looks at everybody whose standing may have changed by the passing of time.
    fn look_at_the_due(&mut self, now: UnixMillis) {
        while let Some(Reverse((due, index))) = self.looks.peek().copied().filter(|Reverse((due, _))| *due <= now) {
            self.looks.pop();
            if self.persons.get(index.0).is_some_and(|person| person.next_look == Some(due)) {
                self.look(index, now);
            }
        }
    }

    /// Judges one person anew and counts the difference.
    pub(in crate::domain) fn look(&mut self, index: PersonIndex, now: UnixMillis) {
        let Some((person, terms)) = self.persons.get_mut(index.0).zip(self.terms.as_ref()) else { return };
        if person.stands_for.is_some() {
            return;
        }
        person.settle(terms, now);
        let evidence = person.evidence(terms, now);
        let judged = terms.standing(&evidence, now);
        let standing = if person.eligible { judged } else { judged.of_somebody_who_does_not_count() };
        self.counts.replace(person.standing, standing);
        person.standing = standing;
        let next = terms.next_change(&evidence, now);
        if next != person.next_look {
            person.next_look = next;
            self.looks.extend(next.map(|due| Reverse((due, index))));
        }
    }

    /// The place of the person for whom a name counts.
    pub(in crate::domain) fn counted_index(&self, name: Pseudonym) -> Option<PersonIndex> {
        self.by_name.get(&name).map(|named| self.counted_as(*named))
    }

    /// The person for whom a row counts.
    pub(in crate::domain) fn counted_as(&self, named: PersonIndex) -> PersonIndex {
        self.persons.get(named.0).and_then(|person| person.stands_for).unwrap_or(named)
    }
}

impl Counts {
    pub(in crate::domain) fn replace(&mut self, old: Standing, new: Standing) {
        count(&mut self.in_lesson, old.in_lesson, new.in_lesson);
        count(&mut self.full_lesson, old.full_lesson, new.full_lesson);
        count(&mut self.active_or_not, old.active_or_not, new.active_or_not);
        count(&mut self.qualify, old.qualifies, new.qualifies);
        count(&mut self.qualify_strict, old.qualifies_strict, new.qualifies_strict);
        count(&mut self.can_qualify, old.can_qualify, new.can_qualify);
    }
}

/// Counts the difference that one person makes.
fn count(counter: &mut u64, before: bool, after: bool) {
    *counter = counter.saturating_add(u64::from(after)).saturating_sub(u64::from(before));
}
