//! One person in the fold: who they are, their presence, and where they stand.

use std::collections::BTreeSet;

use crate::domain::{
    event::Channel,
    fold::{
        checks::Response,
        concurrency::Edges,
        hall::HallRecord,
        holds::Hold,
        intervals::Interval,
        presence::{Absence, Presence},
        profile::Profile,
        standing::{AtEdges, Evidence, Standing, Terms},
    },
    ids::{EntryIndex, Pseudonym, Tag},
    reviews::rulings::Ruled,
    rules::PresenceMode,
    time::{Millis, UnixMillis},
};

/// A person's place in the list of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::domain) struct PersonIndex(pub(in crate::domain) usize);

/// What is known of a person.
#[derive(Clone, Debug)]
pub(in crate::domain) struct Person {
    pub(in crate::domain) pseudonym: Pseudonym,
    pub(in crate::domain) role: String,
    pub(in crate::domain) group: String,
    /// Whether they came onto the roster after the opening.
    pub(in crate::domain) added_later: bool,
    /// The person for whom their connections count, where two rows were merged.
    pub(in crate::domain) stands_for: Option<PersonIndex>,
    /// Whether the declaration lets them count.
    pub(in crate::domain) countable: bool,
    /// What holds them for review.
    pub(in crate::domain) holds: BTreeSet<Hold>,
    /// What two sides have released them from.
    pub(in crate::domain) released: BTreeSet<Hold>,
    /// The device and network of their newest connection that has both.
    pub(super) tags: Option<(Tag, Tag)>,
    /// How many proposals to strike them out wait for a decision.
    pub(in crate::domain) accused: u32,
    /// The entry that proposed the strike that stands.
    pub(in crate::domain) struck: Option<EntryIndex>,
    /// Whether their details were destroyed before the close: they do not count any more.
    pub(in crate::domain) erased: bool,
    /// The rulings that apply to them.
    pub(in crate::domain) ruled: Ruled,
    /// Whether they count: the declaration lets them, and nothing holds them.
    pub(in crate::domain) eligible: bool,
    /// Whether anybody joined or was scanned under this row's own name, whomever it counts for.
    pub(in crate::domain) came: bool,
    pub(in crate::domain) first_join: Option<UnixMillis>,
    /// The latest proof among the connections that have ended.
    pub(in crate::domain) last_proof: Option<UnixMillis>,
    pub(in crate::domain) connections: u64,
    pub(in crate::domain) online: bool,
    pub(in crate::domain) gate: bool,
    pub(in crate::domain) presence: Presence,
    /// Their scans; boxed, because most take part online.
    pub(in crate::domain) hall: Option<Box<HallRecord>>,
    /// What they made of each check, in the order of all checks; shorter where they made nothing of the last ones.
    pub(in crate::domain) responses: Vec<Response>,
    pub(in crate::domain) standing: Standing,
    /// When the standing is looked at again although nothing happens.
    pub(in crate::domain) next_look: Option<UnixMillis>,
    /// What the stretches that no late leave can change any more amount to.
    settled: Profile,
    settled_stretches: usize,
}

/// The two concurrency counts, changed together.
#[derive(Clone, Debug, Default)]
pub(in crate::domain) struct Concurrency {
    /// Persons present, nothing bridged.
    pub(in crate::domain) strict: Edges,
    /// The same with interruptions within the grace bridged.
    pub(in crate::domain) bridged: Edges,
}

impl Person {
    pub(in crate::domain) fn new(pseudonym: Pseudonym, role: &str, group: &str) -> Self {
        Self {
            pseudonym,
            role: role.to_owned(),
            group: group.to_owned(),
            added_later: false,
            stands_for: None,
            countable: false,
            holds: BTreeSet::new(),
            released: BTreeSet::new(),
            tags: None,
            accused: 0,
            struck: None,
            erased: false,
            ruled: Ruled::default(),
            eligible: false,
            came: false,
            first_join: None,
            last_proof: None,
            connections: 0,
            online: false,
            gate: false,
            presence: Presence::default(),
            hall: None,
            responses: Vec::new(),
            standing: Standing::default(),
            next_look: None,
            settled: Profile::default(),
            settled_stretches: 0,
        }
    }

    /// A connection of theirs began.
    pub(super) fn join(&mut self, at: UnixMillis, channel: Channel) {
        self.first_join.get_or_insert(at);
        self.connections = self.connections.saturating_add(1);
        match channel {
            Channel::Online => self.online = true,
            Channel::Gate => self.gate = true,
        }
    }

    /// Whether the declaration lets them count, and nothing holds them.
    pub(in crate::domain) fn may_count(&self) -> bool {
        self.countable && self.is_free()
    }

    /// Whether nothing holds them or has struck them out.
    pub(in crate::domain) fn is_free(&self) -> bool {
        self.holds.is_subset(&self.released) && self.accused == 0 && self.struck.is_none()
    }

    /// Forgets what was settled: the lesson that it was measured by has changed.
    pub(in crate::domain) fn unsettle(&mut self) {
        (self.settled, self.settled_stretches) = (Profile::default(), 0);
    }

    /// What their presence in the lesson up to `now` amounts to.
    pub(in crate::domain) fn profile(&self, terms: &Terms, now: UnixMillis) -> Profile {
        let Some(elapsed) = terms.elapsed(now) else { return Profile::default() };
        let mut profile = self.settled;
        self.presence.for_each_stretch(self.settled_stretches, elapsed.end, |stretch| {
            push(&mut profile, stretch, elapsed, (terms, self.ruled));
        });
        profile
    }

    /// The same under other terms than those that they are kept up to date with.
    pub(in crate::domain) fn evidence_anew(&self, terms: &Terms, now: UnixMillis) -> Evidence {
        let mut anew = self.clone();
        anew.unsettle();
        anew.evidence(terms, now)
    }

    /// Everything that the rule asks of them, as of `now`.
    pub(in crate::domain) fn evidence(&self, terms: &Terms, now: UnixMillis) -> Evidence {
        let asked = terms.presence() == PresenceMode::Checkpoints;
        Evidence {
            profile: self.profile(terms, now),
            // Looked at with every entry: what the declared mode does not ask for is not looked for.
            edges: if asked { self.edge_proofs(terms, now) } else { AtEdges::default() },
            responses: terms.responses(&self.responses, now),
            is_open: self.presence.is_open(),
            inside: self.profile_if_they_stay_inside(terms),
            ruled: self.ruled,
        }
    }

    fn profile_if_they_stay_inside(&self, terms: &Terms) -> Option<Profile> {
        let inside = self.hall.as_ref().and_then(|hall| hall.inside).filter(|_| !terms.closed);
        let (since, window) = inside.zip(terms.window)?;
        let mut presence = self.presence.clone();
        presence.add(Interval { start: since, end: window.end });
        let mut profile = Profile::default();
        presence.for_each_stretch(0, window.end, |stretch| {
            push(&mut profile, stretch, window, (terms, self.ruled));
        });
        Some(profile)
    }

    /// Their proofs around the edges of the lesson, whichever mode is declared.
    pub(in crate::domain) fn edge_proofs(&self, terms: &Terms, now: UnixMillis) -> AtEdges {
        let Some(elapsed) = terms.elapsed(now) else { return AtEdges::default() };
        let (from, to) = terms.around_start(elapsed);
        let (end_from, end_to) = terms.around_end(elapsed);
        AtEdges {
            at_start: self.presence.is_proved_within(from, to),
            at_end: self.presence.is_proved_within(end_from, end_to),
            last_proof: self.presence.last_proof(),
        }
    }

    /// Their stretches in the lesson, interruptions of at most `grace` bridged.
    pub(in crate::domain) fn stretches(&self, lesson: Interval, grace: Millis) -> Vec<Interval> {
        let mut bridged: Vec<Interval> = Vec::new();
        self.presence.for_each_stretch(0, lesson.end, |stretch| {
            let Some(clipped) = stretch.clip(lesson) else { return };
            match bridged.last_mut() {
                Some(before) if clipped.start.since(before.end) <= grace => before.end = clipped.end,
                Some(_) | None => bridged.push(clipped),
            }
        });
        bridged
    }

    /// Takes in the stretches before the last one and before any open connection: no leave reaches behind them.
    pub(super) fn settle(&mut self, terms: &Terms, now: UnixMillis) {
        let Some(elapsed) = terms.elapsed(now) else { return };
        let (closed, open_since) = self.presence.visible();
        while let Some([stretch, _, ..]) = closed.get(self.settled_stretches..) {
            if open_since.is_some_and(|since| stretch.end >= since) {
                return;
            }
            push(&mut self.settled, *stretch, elapsed, (terms, self.ruled));
            self.settled_stretches = self.settled_stretches.saturating_add(1);
        }
    }
}

fn push(profile: &mut Profile, stretch: Interval, elapsed: Interval, (terms, ruled): (&Terms, Ruled)) {
    if let Some(clipped) = stretch.clip(elapsed) {
        profile.push(clipped, |last, back| terms.bridges_for(ruled, last, back));
    }
}

impl Concurrency {
    /// Somebody is there again after `last_proof`, or for the first time.
    pub(super) fn arrive(&mut self, at: UnixMillis, last_proof: Option<UnixMillis>, terms: &Terms) {
        self.strict.add(at, 1);
        match last_proof.filter(|last| terms.bridges(*last, at)) {
            Some(last) => self.bridged.add(last, 1),
            None => self.bridged.add(at, 1),
        }
    }

    /// Somebody turns out to have been absent.
    pub(super) fn depart(&mut self, absence: Absence, terms: &Terms) {
        let Absence { from, until, last_proof } = absence;
        self.strict.add(from, -1);
        // Where an absence that was bridged goes on, the bridge falls with it.
        let bridged_before = last_proof.is_some_and(|last| last < from && terms.bridges(last, from));
        let falls_at = if bridged_before { last_proof.unwrap_or(from) } else { from };
        self.bridged.add(falls_at, -1);
        let Some(back) = until else { return };
        self.strict.add(back, 1);
        match last_proof.filter(|last| terms.bridges(*last, back)) {
            Some(last) => self.bridged.add(last, 1),
            None => self.bridged.add(back, 1),
        }
    }

    /// Takes one person's whole presence back.
    pub(in crate::domain) fn withdraw(&mut self, presence: &Presence, terms: &Terms) {
        self.count(presence, -1);
        self.bridge(presence, terms, -1);
    }

    /// Counts one person's whole presence.
    pub(in crate::domain) fn restore(&mut self, presence: &Presence, terms: &Terms) {
        self.count(presence, 1);
        self.bridge(presence, terms, 1);
    }

    fn count(&mut self, presence: &Presence, delta: i64) {
        presence.for_each_stretch(0, UnixMillis(i64::MAX), |stretch| {
            self.strict.add(stretch.start, delta);
            if stretch.end < UnixMillis(i64::MAX) {
                self.strict.add(stretch.end, delta.saturating_neg());
            }
        });
    }

    /// Counts one person's whole presence with bridges, from the beginning.
    pub(super) fn rebridge(&mut self, presence: &Presence, terms: &Terms) {
        self.bridge(presence, terms, 1);
    }

    fn bridge(&mut self, presence: &Presence, terms: &Terms, delta: i64) {
        let mut last_proof: Option<UnixMillis> = None;
        presence.for_each_stretch(0, UnixMillis(i64::MAX), |stretch| {
            let bridge = last_proof.filter(|last| terms.bridges(*last, stretch.start));
            self.bridged.add(bridge.unwrap_or(stretch.start), delta);
            if stretch.end < UnixMillis(i64::MAX) {
                self.bridged.add(stretch.end, delta.saturating_neg());
            }
            last_proof = Some(stretch.end);
        });
    }
}
