//! When each person is there, said from the plan alone: the earliest and the latest moment of every beginning and end.

use crate::{
    group::{Anchor, How, Way},
    plan::{Passage, Person, Plan, Stay},
    scenario::Liveness,
    terms::Terms,
};

/// How late anything that the plan says may really happen: clients and hub share two processors.
pub(crate) const LAG_MS: i64 = 1_400;

/// How much longer a stay may become that is timed from the moment at which its person is counted.
pub(crate) const EXACT_LAG_MS: i64 = 900;

/// The earliest and the latest moment, in milliseconds from the start signal.
pub(crate) type Between = (i64, i64);

/// Separate stretches of presence.
pub(crate) type Spans = Vec<(i64, i64)>;

/// Which end of the uncertainty is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// Present only where nothing that may go slowly could take it away.
    Surely,
    /// Present wherever it may be.
    Possibly,
}

/// What is proved by one connection or one stay in the hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proved {
    /// Its beginning.
    pub(crate) begin: Between,
    /// Its last proof.
    pub(crate) end: Between,
    /// Its length, where that is planned and not its end.
    pub(crate) length: Option<i64>,
}

impl Proved {
    /// The stretch as a view sees it.
    pub(crate) fn span(&self, view: View) -> (i64, i64) {
        match view {
            View::Surely => (self.begin.1, self.end.0),
            View::Possibly => (self.begin.0, self.end.1),
        }
    }
}

/// The times of a plan under some terms.
#[derive(Clone, Debug)]
pub(crate) struct Times<'a> {
    /// The plan.
    pub(crate) plan: &'a Plan,
    /// The terms.
    pub(crate) terms: &'a Terms,
    anchors: [(Anchor, Between); 4],
}

impl<'a> Times<'a> {
    /// The times of a plan under these terms.
    pub(crate) fn new(plan: &'a Plan, terms: &'a Terms) -> Self {
        let anchors = [Anchor::Start, Anchor::FirstCheck, Anchor::SecondCheck, Anchor::End];
        Self { plan, terms, anchors: anchors.map(|anchor| (anchor, plan.anchor(anchor))) }
    }

    fn anchor(&self, anchor: Anchor) -> Between {
        self.anchors.into_iter().find(|(one, _)| *one == anchor).map(|(_, between)| between).unwrap_or_default()
    }

    /// Everything that these rows of one person prove, online and in the hall.
    pub(crate) fn proved(&self, rows: &[&Person]) -> Vec<Proved> {
        let online = rows.iter().flat_map(|person| self.online(person));
        online.chain(rows.iter().flat_map(|person| self.hall(person))).collect()
    }

    /// What a person's connections prove, one by one.
    pub(crate) fn online(&self, person: &Person) -> Vec<Proved> {
        person.devices.iter().flatten().map(|stay| self.connection(person, stay)).collect()
    }

    fn connection(&self, person: &Person, stay: &Stay) -> Proved {
        let (early, late) = self.anchor(stay.after);
        let begin = (early.saturating_add(stay.from), late.saturating_add(stay.from).saturating_add(LAG_MS));
        let Some(slow) = person.answer_after_ms else {
            // Somebody who never answers is proved by the hello alone.
            return Proved { begin, end: begin, length: None };
        };
        let Some((at, how)) = stay.end else {
            return Proved { begin, end: (i64::MAX, i64::MAX), length: None };
        };
        if stay.exact {
            return timed(begin, at.saturating_sub(stay.from), how);
        }
        let last = match how {
            How::Bye | How::Close => early.saturating_add(at),
            How::Lost | How::Freeze => last_proof_before(early.saturating_add(at), begin.1, self.terms.liveness, slow),
        };
        Proved { begin, end: (last, late.saturating_add(at).saturating_add(LAG_MS)), length: None }
    }

    /// What a person's scans prove: between an entry and the exit after it, and an instant where no exit follows.
    pub(crate) fn hall(&self, person: &Person) -> Vec<Proved> {
        let mut proved: Vec<Proved> = Vec::new();
        let mut inside = false;
        for passage in &person.scans {
            let at = self.passage(passage);
            match (passage.way, proved.last_mut().filter(|_| inside)) {
                (Way::Out, Some(stay)) => stay.end = at,
                (Way::In | Way::Out, _) => proved.push(Proved { begin: at, end: at, length: None }),
            }
            inside = passage.way == Way::In;
        }
        proved
    }

    /// When a scan is made.
    pub(crate) fn passage(&self, passage: &Passage) -> Between {
        let (early, late) = self.anchor(passage.after);
        (early.saturating_add(passage.at), late.saturating_add(passage.at).saturating_add(LAG_MS))
    }

    /// When somebody is present during the lesson: separate times in order.
    pub(crate) fn spans(&self, proved: &[Proved], view: View) -> Spans {
        let length = self.terms.length_ms;
        let clipped = proved.iter().map(|one| one.span(view)).map(|(from, to)| (from.max(0), to.min(length)));
        union(clipped.filter(|(from, to)| from < to).collect())
    }
}

/// A stay of planned length. Only a goodbye proves that it lasted so long.
fn timed(begin: Between, length: i64, how: How) -> Proved {
    let last = begin.1.saturating_add(length).saturating_add(EXACT_LAG_MS);
    match how {
        How::Bye | How::Close => Proved { begin, end: (begin.0.saturating_add(length), last), length: Some(length) },
        How::Lost | How::Freeze => Proved { begin, end: (begin.0, last), length: None },
    }
}

/// The union of stretches, in order.
pub(crate) fn union(mut times: Spans) -> Spans {
    times.sort_unstable();
    let mut union: Spans = Vec::new();
    for (from, to) in times {
        match union.last_mut() {
            Some((_, end)) if from <= *end => *end = to.max(*end),
            _ => union.push((from, to)),
        }
    }
    union
}

/// Up to when somebody is surely proved whose connection is lost without a word.
fn last_proof_before(at: i64, from: i64, liveness: Liveness, slow_ms: u32) -> i64 {
    let routine = at.saturating_sub(silence(liveness, slow_ms));
    // Everybody is challenged at the start signal: whoever could answer it in time is proved past it.
    let answered_start = from < 0 && at > LAG_MS.saturating_add(i64::from(slow_ms));
    if answered_start { routine.max(1) } else { routine }
}

/// How old the last answer can be when a connection is lost: a challenge period with its jitter, and a slow answer.
fn silence(liveness: Liveness, slow_ms: u32) -> i64 {
    let period = i64::from(liveness.challenge_ms).saturating_mul(3).div_euclid(2);
    period.saturating_add(i64::from(slow_ms)).saturating_add(LAG_MS)
}
