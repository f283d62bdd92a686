//! The live counts at one entry.

use serde::{Deserialize, Serialize};

use crate::domain::{
    fold::{attendance::Attendance, concurrency::Edges, intervals::Interval},
    ids::{Digest, Size},
    rules::{PromptKind, RuleKind, Words},
    time::{Millis, UnixMillis},
    tree::Head,
};

/// Where the lesson stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Before the start.
    Waiting,
    /// Between start and end.
    Running,
    /// After the end; connections may still be open.
    Ended,
    /// Attendance is complete.
    Closed,
}

/// The live counts: what `/api/tally` answers. No suffix means strict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many entries are counted.
    pub size: Size,
    /// The root hash over them.
    pub root: Digest,
    /// The last entry's time.
    pub at: UnixMillis,
    /// Where the lesson stands.
    pub phase: Phase,
    /// Whether no connection can change the lesson any more.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// Persons on the roster, merged rows once, and those who were added.
    pub registered: u64,
    /// Persons with a connection, the lobby included.
    pub ever_joined: u64,
    /// Persons who were in the lesson at all.
    pub in_lesson: u64,
    /// Accepted connections and stays between scans: a person can have several.
    pub connections: u64,
    /// Eligible persons with an open connection now, the lobby included.
    pub present: u64,
    /// Eligible persons in the lesson now, interruptions bridged.
    pub present_bridged: u64,
    /// The most eligible persons at one instant of the lesson.
    pub peak: PeakCount,
    /// Persons present throughout the lesson, nothing allowed and nothing bridged.
    pub full_lesson: u64,
    /// Eligible persons who satisfy the declared rule with its grace.
    pub certifiable: u64,
    /// The same with nothing bridged.
    pub certifiable_strict: u64,
    /// Eligible persons who satisfy it if they stay to the end.
    pub can_qualify: u64,
    /// The declared rule.
    pub rule: Words,
    /// The participation checks.
    pub prompts: PromptTally,
    /// The halls.
    pub hall: HallTally,
}

/// The halls at a glance. Somebody inside is proved by an exit or a roll-call only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HallTally {
    /// Persons who were scanned at all.
    pub scanned: u64,
    /// Persons whose last scan says that they are inside.
    pub inside: u64,
}

/// The participation checks at a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptTally {
    /// How many are planned.
    pub planned: u32,
    /// How many of the lesson were opened.
    pub opened: u64,
    /// The newest, while it takes answers.
    pub open: Option<OpenPrompt>,
}

/// A check that takes answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPrompt {
    /// Its number.
    pub prompt: u64,
    /// What it asks.
    pub kind: PromptKind,
    /// Until when.
    pub closes_at: UnixMillis,
    /// The word to show.
    pub word: Option<String>,
    /// How many persons have answered it.
    pub answered: u64,
}

/// The largest concurrency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeakCount {
    /// Persons.
    pub count: u64,
    /// The start of each maximal stretch at that count, at most 100.
    pub at: Vec<UnixMillis>,
}

impl Attendance {
    /// The live counts. None before the attempt is open.
    #[must_use]
    pub fn tally(&self, head: Head) -> Option<Tally> {
        let (opened, at) = self.opened.as_ref().zip(self.now())?;
        let seen = self.seen(at);
        let peak = peak_count(&self.concurrency.strict, seen);
        let in_lesson_now = seen.filter(|seen| at < seen.end).is_some();
        let present_bridged = if in_lesson_now { self.concurrency.bridged.at(at) } else { self.counts.present };
        let (certifiable, certifiable_strict) = match opened.declaration.rule.kind {
            RuleKind::Peak => (peak_count(&self.concurrency.bridged, seen).count, peak.count),
            RuleKind::FullLesson | RuleKind::MinimumTime | RuleKind::Share | RuleKind::Prompts => {
                (self.counts.qualify, self.counts.qualify_strict)
            }
        };
        let over = self.window().is_some_and(|lesson| at >= lesson.end);
        // Who was there at the peak is known of all together only: when nobody can come any more, it is decided.
        let decided = over && opened.declaration.rule.kind == RuleKind::Peak;
        Some(Tally {
            size: head.size,
            root: head.root,
            at,
            phase: self.phase(),
            is_final: self.is_final(),
            registered: self.counts.registered,
            ever_joined: self.counts.ever_joined,
            in_lesson: self.counts.in_lesson,
            connections: (self.connections.len() as u64).saturating_add(self.halls.stays),
            present: self.counts.present,
            present_bridged,
            peak,
            full_lesson: self.counts.full_lesson,
            certifiable,
            certifiable_strict,
            can_qualify: if decided { certifiable } else { self.counts.can_qualify },
            rule: opened.declaration.rule.words(),
            prompts: self.prompt_tally(at),
            hall: HallTally { scanned: self.halls.scanned, inside: self.halls.inside },
        })
    }

    /// The lesson as far as it was seen, its present instant included.
    pub(in crate::domain) fn seen(&self, now: UnixMillis) -> Option<Interval> {
        let window = self.window()?;
        let end = now.plus(Millis(1)).min(window.end);
        (window.start < end).then_some(Interval { start: window.start, end })
    }
}

pub(super) fn peak_count(edges: &Edges, seen: Option<Interval>) -> PeakCount {
    let peak = seen.map(|seen| edges.peak(seen)).unwrap_or_default();
    PeakCount { count: peak.count, at: peak.at }
}
