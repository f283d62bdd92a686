//! Histories of an attempt: what people, nodes and staff do, turned into facts as a hub would log them.

mod asked;
mod declared;

use std::fmt;

use hadir::domain::{
    event::{
        Beat, Channel, Closed, Erased, Event, Fact, Joined, Left, NodeStarted, Opened, PersonAdded, Reading, Restarted,
        Revoked, Signal, Signalled, Via, Way, Why,
    },
    ids::{ConnectionId, Digest, EntryIndex, NodeEpoch, NodeId, Pseudonym, Tag},
    line::{Entry, Line, stamp},
    roster::{self, RosterRow},
    rules::Declaration,
    time::{BootMicros, UnixMicros, UnixMillis},
};
use sha2::Digest as _;

pub(crate) use self::declared::{declaration, full_lesson};

/// When histories begin: not at a whole second, and not at a multiple of ten seconds.
pub(crate) const BEGIN_US: i64 = 1_795_486_333_217_004;
/// The planned lesson's length.
pub(crate) const LESSON_MS: u64 = 100_000;
pub(super) const PERSONS: u8 = 8;
/// The persons from here on are not on the roster: they can be added after the opening.
pub(super) const ADDED_FROM: u8 = 6;

/// What happens next, and how long after the last thing that happened.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) wait_us: i64,
    pub(crate) what: What,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    Join {
        person: u8,
        node: u16,
        device: u8,
    },
    Leave {
        pick: u8,
        back_us: i64,
    },
    Beat {
        node: u16,
        back_us: i64,
        except: u8,
    },
    Crash {
        node: u16,
    },
    Drain {
        node: u16,
    },
    Signal(Signal),
    Add {
        person: u8,
    },
    Revoke {
        person: u8,
    },
    /// Somebody's details are destroyed.
    Erase {
        person: u8,
    },
    /// A check at will, and how long it takes answers.
    Prompt {
        lasts_ms: u64,
    },
    /// Who of those connected answers the newest check, and whether rightly.
    Answer {
        pick: u8,
        right: bool,
    },
    Scan {
        person: u8,
        /// One of two halls.
        venue: u8,
        way: Way,
        back_us: i64,
    },
    /// Facts that were logged already are logged again, as they were.
    Repeat {
        from: usize,
        count: usize,
    },
    Close,
}

/// A history: its facts in order, and what they began with.
#[derive(Clone)]
pub(crate) struct History {
    pub(crate) roster: Vec<RosterRow>,
    pub(crate) facts: Vec<Fact>,
}

impl fmt::Debug for History {
    /// A failing history is read as the log that it makes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", String::from_utf8_lossy(&self.roster_csv()))?;
        self.lines().iter().try_for_each(|line| writeln!(f, "{}", String::from_utf8_lossy(&line.bytes)))
    }
}

impl History {
    pub(crate) fn roster_csv(&self) -> Vec<u8> {
        roster::write(&self.roster).unwrap()
    }

    pub(crate) fn lines(&self) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        for fact in &self.facts {
            let previous = lines.last().map(|line| line.stamp);
            lines.push(stamp(previous, fact).unwrap());
        }
        lines
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.lines().iter().map(|line| Entry::parse(&line.bytes).unwrap()).collect()
    }
}

pub(crate) fn pseudonym(number: u8) -> Pseudonym {
    Pseudonym([number.wrapping_mul(37).wrapping_add(5); 16])
}

/// One in three roles does not count, and one row repeats another person.
pub(crate) fn roster_rows(merged: Option<(u8, u8)>) -> Vec<RosterRow> {
    let role = |number: u8| ["participant", "helper", "participant", "steward"][usize::from(number) % 4];
    let row = |number: u8| RosterRow {
        person: pseudonym(number),
        role: role(number).into(),
        group: format!("group {}", number % 2),
        commitment: Digest([number; 32]),
        merged_into: merged.filter(|(from, _)| *from == number).map(|(_, into)| pseudonym(into)),
    };
    let mut rows: Vec<RosterRow> = (0..ADDED_FROM).map(row).collect();
    rows.sort_by_key(|row| row.person);
    rows
}

/// Turns steps into facts; a step that cannot happen now is left out.
pub(crate) struct Teller {
    history: History,
    now_us: i64,
    open: Vec<(ConnectionId, Pseudonym, i64)>,
    nodes: Vec<Node>,
    started: Option<EntryIndex>,
    ended: Option<EntryIndex>,
    added: Vec<u8>,
    rehearsal: bool,
    planned_end: UnixMillis,
    closed: bool,
    prompts: u32,
    asked_until: Option<UnixMillis>,
    scans: u64,
}

struct Node {
    run: NodeEpoch,
    serial: u64,
    beat: Option<EntryIndex>,
    horizon_us: i64,
}

impl Teller {
    pub(crate) fn new(declaration: Declaration, roster: Vec<RosterRow>) -> Self {
        let (rehearsal, planned_end) = (declaration.rehearsal, declaration.window.planned_end);
        let digest = sha2::Sha256::digest(roster::write(&roster).unwrap()).into();
        let opened = Opened {
            origin: "hadir.example/attempt/rehearsal".into(),
            rehearsal: declaration.rehearsal,
            digest: Digest(sha2::Sha256::digest(DECLARATION_TOML).into()),
            declaration,
            roster: Digest(digest),
            earlier: Vec::new(),
            nonce: None,
            commitment: None,
        };
        let mut teller = Self {
            history: History { roster, facts: Vec::new() },
            now_us: BEGIN_US,
            open: Vec::new(),
            nodes: Vec::new(),
            started: None,
            ended: None,
            added: Vec::new(),
            rehearsal,
            planned_end,
            closed: false,
            prompts: 0,
            asked_until: None,
            scans: 0,
        };
        teller.log(Event::Opened(Box::new(opened)));
        for number in [1, 2] {
            let run = NodeEpoch { node: NodeId(number), epoch: 1 };
            teller.nodes.push(Node { run, serial: 0, beat: None, horizon_us: 0 });
            teller.log_start(run);
        }
        teller
    }

    pub(crate) fn tell(mut self, steps: &[Step]) -> History {
        for step in steps {
            self.now_us += step.wait_us;
            self.happen(&step.what);
        }
        self.history
    }

    fn log(&mut self, event: Event) -> EntryIndex {
        let at =
            Reading { wall: UnixMicros(self.now_us), boot: BootMicros((self.now_us - BEGIN_US + 9_000_000) as u64) };
        self.history.facts.push(Fact { at, event });
        EntryIndex(self.history.facts.len() as u64 - 1)
    }

    fn log_start(&mut self, run: NodeEpoch) {
        self.log(Event::NodeStarted(NodeStarted { node: run.node, epoch: run.epoch, version: "0.1.0".into() }));
    }

    fn happen(&mut self, what: &What) {
        match what {
            What::Join { person, node, device } => self.join(*person, *node, *device),
            What::Leave { pick, back_us } => self.leave(*pick, *back_us),
            What::Beat { node, back_us, except } => self.beat(*node, *back_us, *except),
            What::Crash { node } => self.crash(*node),
            What::Drain { node } => self.drain(*node),
            What::Signal(signal) => self.signal(*signal),
            What::Add { person } => self.add(*person),
            What::Revoke { person } => {
                self.log(Event::Revoked(Revoked { p: pseudonym(person % ADDED_FROM), issue: 1 }));
            }
            What::Erase { person } => {
                self.log(Event::Erased(Erased { p: pseudonym(person % ADDED_FROM), by: "organizer".into() }));
            }
            What::Prompt { lasts_ms } => self.prompt(*lasts_ms),
            What::Answer { pick, right } => self.answer(*pick, *right),
            What::Scan { person, venue, way, back_us } => self.scan(*person, *venue, *way, *back_us),
            What::Repeat { from, count } => self.repeat(*from, *count),
            What::Close if self.started.is_none() || self.is_running() => {}
            What::Close => {
                self.closed = true;
                self.log(Event::Closed(Closed { by: "organizer".into() }));
            }
        }
    }

    fn join(&mut self, person: u8, node: u16, device: u8) {
        if person >= ADDED_FROM && !self.added.contains(&person) {
            return;
        }
        // Who comes over another node comes from another network.
        let n = Some(Tag([100 + (node % 2) as u8; 10]));
        let node = &mut self.nodes[usize::from(node % 2)];
        node.serial += 1;
        let s = ConnectionId { at: node.run, serial: node.serial };
        let p = pseudonym(person);
        let channel = if device == 3 { Channel::Gate } else { Channel::Online };
        self.open.push((s, p, 0));
        self.log(Event::Joined(Joined { p, s, channel, via: Via::Ws, d: Some(Tag([device; 10])), n }));
    }

    fn leave(&mut self, pick: u8, back_us: i64) {
        if self.open.is_empty() {
            return;
        }
        let (s, p, proved_us) = self.open.remove(usize::from(pick) % self.open.len());
        let last = UnixMicros((self.now_us - back_us).max(proved_us));
        let why = [Why::Bye, Why::Closed, Why::Lost, Why::Silent, Why::Replaced][usize::from(pick) % 5];
        self.log(Event::Left(Left { p, s, last, why }));
    }

    fn beat(&mut self, node: u16, back_us: i64, except: u8) {
        let node = &mut self.nodes[usize::from(node % 2)];
        node.horizon_us = node.horizon_us.max(self.now_us - back_us);
        let (run, horizon_us) = (node.run, node.horizon_us);
        let mut excepted = Vec::new();
        for (place, (s, _, proved_us)) in self.open.iter_mut().filter(|(s, _, _)| s.at == run).enumerate() {
            if place < 8 && except & (1 << place) != 0 {
                excepted.push(*s);
            } else {
                *proved_us = horizon_us;
            }
        }
        let beat = Beat { node: run, horizon: UnixMicros(horizon_us), except: excepted };
        let index = self.log(Event::Beat(beat));
        self.nodes.iter_mut().find(|node| node.run == run).unwrap().beat = Some(index);
    }

    fn crash(&mut self, node: u16) {
        let node = usize::from(node % 2);
        let (run, beat) = (self.nodes[node].run, self.nodes[node].beat);
        self.open.retain(|(s, _, _)| s.at != run);
        self.log(Event::Restarted(Restarted { node: run, beat }));
        self.begin_again(node);
    }

    fn drain(&mut self, node: u16) {
        let node = usize::from(node % 2);
        let run = self.nodes[node].run;
        while let Some(place) = self.open.iter().position(|(s, _, _)| s.at == run) {
            let (s, p, _) = self.open.remove(place);
            self.log(Event::Left(Left { p, s, last: UnixMicros(self.now_us), why: Why::Drained }));
        }
        self.begin_again(node);
    }

    fn begin_again(&mut self, node: usize) {
        let before = self.nodes[node].run;
        let run = NodeEpoch { node: before.node, epoch: before.epoch + 1 };
        self.nodes[node] = Node { run, serial: 0, beat: None, horizon_us: 0 };
        self.log_start(run);
    }

    fn signal(&mut self, signal: Signal) {
        let voids = if signal == Signal::Void { self.ended.or(self.started) } else { None };
        let possible = match signal {
            Signal::Start => self.started.is_none(),
            Signal::End => self.started.is_some() && self.ended.is_none(),
            Signal::Void => voids.is_some(),
        };
        if !possible {
            return;
        }
        let index = self.log(Event::Signalled(Signalled { signal, by: "organizer".into(), voids, acts: None }));
        match signal {
            Signal::Start => self.started = Some(index),
            Signal::End => self.ended = Some(index),
            Signal::Void if self.ended.is_some() => self.ended = None,
            Signal::Void => self.started = None,
        }
    }

    fn add(&mut self, person: u8) {
        let person = ADDED_FROM + person % (PERSONS - ADDED_FROM);
        if self.added.contains(&person) {
            return;
        }
        self.added.push(person);
        let (role, group) = ("participant".into(), "added".into());
        self.log(Event::PersonAdded(PersonAdded { p: pseudonym(person), role, group, c: Digest([person; 32]) }));
    }

    fn repeat(&mut self, from: usize, count: usize) {
        let from = from % self.history.facts.len();
        let again: Vec<Fact> = self.history.facts.iter().skip(from).take(count).cloned().collect();
        let is_fact_of_people = |fact: &Fact| {
            matches!(
                fact.event,
                Event::Joined(_) | Event::Left(_) | Event::Beat(_) | Event::PersonAdded(_) | Event::Scanned(_)
            )
        };
        self.history.facts.extend(again.into_iter().filter(is_fact_of_people));
    }
}

/// What the declaration's file holds; the tests compare only its digest.
pub(crate) const DECLARATION_TOML: &[u8] = b"title = \"A lesson\"\n";

/// An instant of a history, in milliseconds after its beginning.
pub(crate) fn at(after_ms: i64) -> UnixMillis {
    UnixMillis(UnixMicros(BEGIN_US).floor_millis().0 + after_ms)
}
