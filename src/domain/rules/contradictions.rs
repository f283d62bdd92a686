//! What a declaration cannot promise at once.

use super::{Declaration, Liveness, PresenceMode, RuleKind, SHARE_BP_MAX, SpotCheck, Window};
use crate::domain::{
    line::LINE_BYTES_MAX,
    reviews::sample::DRAWN_MAX,
    time::{Millis, UnixMillis},
};

/// Why a declaration cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// Give the field a value.
    #[error("`{0}` is empty")]
    Empty(&'static str),
    /// Put the end after the start.
    #[error("`window.planned_end` ({end}) is not after `window.planned_start` ({start})")]
    EndBeforeStart {
        /// The planned start.
        start: UnixMillis,
        /// The planned end.
        end: UnixMillis,
    },
    /// Shorten the clause, or plan a longer lesson.
    #[error("`{what}` ({length} ms) does not fit into the planned lesson of {lesson} ms")]
    LongerThanLesson {
        /// The clause.
        what: &'static str,
        /// Its length.
        length: u64,
        /// The lesson's length.
        lesson: u64,
    },
    /// Add the clause that the other one needs.
    #[error("{what} needs `{clause}`")]
    ClauseMissing {
        /// What needs it.
        what: &'static str,
        /// The clause.
        clause: &'static str,
    },
    /// Remove the clause, or choose the kind of rule that it belongs to.
    #[error("`{clause}` says nothing in a rule of another kind than `{kind}`")]
    Unused {
        /// The clause.
        clause: &'static str,
        /// The kind of rule that it belongs to.
        kind: &'static str,
    },
    /// Keep one of the two.
    #[error("`{one}` and `{other}` cannot both decide")]
    Together {
        /// One clause.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// Use a value in the range.
    #[error("`{what}` is {value}, which is not between {least} and {most}")]
    OutOfRange {
        /// The field.
        what: &'static str,
        /// What it is.
        value: u64,
        /// The smallest allowed.
        least: u64,
        /// The largest allowed.
        most: u64,
    },
    /// Shorten the names, or declare fewer venues: the log takes the whole declaration as one entry.
    #[error("the declaration has {0} bytes as the log writes it, more than {DECLARATION_BYTES_MAX}")]
    TooLong(usize),
    /// Give each its own name, in small letters, digits and dashes.
    #[error("`{what}` is \"{name}\", which is no short name or stands twice")]
    Name {
        /// The field.
        what: &'static str,
        /// The name.
        name: String,
    },
}

/// The fastest challenge: below it the challenges themselves would be the load.
const CHALLENGE_MS_MIN: u64 = 1_000;
/// The slowest challenge: proxies close sockets that say nothing for a minute.
const CHALLENGE_MS_MAX: u64 = 55_000;
/// The longest silence that can be called presence.
const PROOF_MAX_GAP_MS_MAX: u64 = 600_000;
/// The most participation checks: one a minute for a day.
const PROMPTS_MAX: u64 = 1_440;
/// The shortest time to answer: below it slow phones and slow readers lose.
const ANSWER_MS_MIN: u64 = 5_000;
/// The shortest time to answer in a real attempt, so that everybody can reach the page.
const ANSWER_MS_MIN_REAL: u64 = 30_000;
/// The shortest window in which somebody who follows on another screen must show up.
pub const CHECKPOINT_MS_MIN: u64 = 180_000;
/// The longest declaration as JSON: an entry of the log, less room for its frame.
pub const DECLARATION_BYTES_MAX: usize = LINE_BYTES_MAX - FRAME_BYTES;
/// What an entry that opens a log says beside the declaration: digests, the nonce, and a dozen earlier attempts.
const FRAME_BYTES: usize = 4 * 1_024;
/// The most venues, and the most doors of one.
const VENUES_MAX: usize = 200;
/// The longest short name of a venue or a door.
const NAME_BYTES_MAX: usize = 32;
/// The longest retention: a century.
const RETENTION_DAYS_MAX: u64 = 36_525;
/// The longest time in which claims are taken: a year.
const CLAIMS_DAYS_MAX: u64 = 366;

/// How many checks keep a lesson of this length honest: three in fifty minutes (NASBA Standard 16), and at least two.
#[must_use]
pub fn prompts_for(lesson: Millis) -> u32 {
    let by_length = lesson.0.saturating_mul(3).div_ceil(50 * 60_000);
    u32::try_from(by_length.clamp(2, PROMPTS_MAX)).unwrap_or(2)
}

impl Declaration {
    /// Every contradiction in the declaration; none means that it can be kept.
    #[must_use]
    pub fn contradictions(&self) -> Vec<Contradiction> {
        let mut found = Vec::new();
        self.check_texts(&mut found);
        self.check_window(&mut found);
        self.check_rule(&mut found);
        self.check_kind(&mut found);
        self.check_prompts(&mut found);
        self.check_presence(&mut found);
        self.check_venues(&mut found);
        self.check_liveness(&mut found);
        let bytes = serde_json::to_vec(self).map_or(usize::MAX, |json| json.len());
        if bytes > DECLARATION_BYTES_MAX {
            found.push(Contradiction::TooLong(bytes));
        }
        must_be_between("claims.days", u64::from(self.claims.days), 0, CLAIMS_DAYS_MAX, &mut found);
        if let Some(SpotCheck { persons, denied_max }) = self.spot_check {
            must_be_between("spot_check.persons", u64::from(persons), 1, u64::from(DRAWN_MAX), &mut found);
            let least_denied = u64::from(persons.saturating_sub(1));
            must_be_between("spot_check.denied_max", u64::from(denied_max), 0, least_denied, &mut found);
        }
        must_be_between("retention.days", u64::from(self.retention.days), 1, RETENTION_DAYS_MAX, &mut found);
        found
    }

    fn check_texts(&self, found: &mut Vec<Contradiction>) {
        let texts = [("title", &self.title), ("organizer", &self.organizer), ("zone", &self.zone)];
        found.extend(
            texts.into_iter().filter(|(_, text)| text.trim().is_empty()).map(|(what, _)| Contradiction::Empty(what)),
        );
        if self.people.roles.is_empty() {
            found.push(Contradiction::Empty("people.roles"));
        }
    }

    fn check_window(&self, found: &mut Vec<Contradiction>) {
        let Window { planned_start: start, planned_end: end, minimum_ms, .. } = self.window;
        if end <= start {
            found.push(Contradiction::EndBeforeStart { start, end });
        } else if !self.rehearsal {
            self.must_fit("window.minimum_ms", minimum_ms, found);
        }
    }

    fn check_rule(&self, found: &mut Vec<Contradiction>) {
        self.must_fit("rule.grace_ms", self.rule.grace_ms, found);
        self.must_fit("rule.late_ms + rule.early_ms", self.rule.late_ms.plus(self.rule.early_ms), found);
        if let Some(minimum) = self.rule.minimum_ms {
            self.must_fit("rule.minimum_ms", minimum, found);
        }
        if let Some(share) = self.rule.share_bp {
            must_be_between("rule.share_bp", u64::from(share), 1, u64::from(SHARE_BP_MAX), found);
        }
    }

    /// A clause of another kind would be a promise that nobody keeps.
    fn check_kind(&self, found: &mut Vec<Contradiction>) {
        let rule = &self.rule;
        let missing = |what, clause| Contradiction::ClauseMissing { what, clause };
        match rule.kind {
            RuleKind::MinimumTime if rule.minimum_ms.is_none() => {
                found.push(missing("a rule of kind `minimum_time`", "rule.minimum_ms"));
            }
            RuleKind::Share if rule.share_bp.is_none() => {
                found.push(missing("a rule of kind `share`", "rule.share_bp"));
            }
            RuleKind::Prompts if rule.prompts_min.is_none() => {
                found.push(missing("a rule of kind `prompts`", "rule.prompts_min"));
            }
            RuleKind::FullLesson | RuleKind::MinimumTime | RuleKind::Share | RuleKind::Peak | RuleKind::Prompts => {}
        }
        if rule.prompts_min.is_some() && rule.kind == RuleKind::Peak {
            found.push(Contradiction::Together { one: "rule.prompts_min", other: "rule.kind = \"peak\"" });
        }
        if rule.continuous && rule.kind != RuleKind::MinimumTime {
            found.push(Contradiction::Unused { clause: "rule.continuous", kind: "minimum_time" });
        }
        let edges = [("rule.late_ms", rule.late_ms), ("rule.early_ms", rule.early_ms)];
        for (clause, _) in edges.into_iter().filter(|(_, length)| *length > Millis(0)) {
            if rule.kind != RuleKind::FullLesson {
                found.push(Contradiction::Unused { clause, kind: "full_lesson" });
            }
        }
    }

    fn check_prompts(&self, found: &mut Vec<Contradiction>) {
        let Some(plan) = self.prompts else {
            let needed = [
                ("`rule.prompts_min`", self.rule.prompts_min.is_some()),
                ("`ceilings.inactive_bp`", self.ceilings.inactive_bp.is_some()),
            ];
            let missing = |(what, _)| Contradiction::ClauseMissing { what, clause: "prompts" };
            found.extend(needed.into_iter().filter(|(_, declared)| *declared).map(missing));
            return;
        };
        must_be_between("prompts.count", u64::from(plan.count), 1, PROMPTS_MAX, found);
        let shortest = if self.rehearsal { ANSWER_MS_MIN } else { ANSWER_MS_MIN_REAL };
        must_be_between("prompts.answer_ms", plan.answer_ms.0, shortest, self.planned_length().0.max(shortest), found);
        // Each has its own part of the lesson: two that are open at once would be one.
        let all = Millis(plan.answer_ms.0.saturating_mul(u64::from(plan.count)));
        self.must_fit("prompts.count x prompts.answer_ms", all, found);
        if let Some(least) = self.rule.prompts_min {
            must_be_between("rule.prompts_min", u64::from(least), 1, u64::from(plan.count), found);
        }
        match (self.ceilings.inactive_bp, self.rule.prompts_min) {
            (Some(_), None) => {
                found.push(Contradiction::ClauseMissing { what: "`ceilings.inactive_bp`", clause: "rule.prompts_min" });
            }
            (Some(ceiling), Some(_)) => {
                must_be_between("ceilings.inactive_bp", u64::from(ceiling), 0, u64::from(SHARE_BP_MAX), found);
            }
            (None, _) => {}
        }
    }

    fn check_presence(&self, found: &mut Vec<Contradiction>) {
        if self.rule.presence == PresenceMode::Continuous {
            return;
        }
        let what = "`rule.presence = \"checkpoints\"`";
        if self.rule.kind != RuleKind::FullLesson {
            found.push(Contradiction::Unused { clause: "rule.presence", kind: "full_lesson" });
        }
        if self.rule.prompts_min.is_none() {
            found.push(Contradiction::ClauseMissing { what, clause: "rule.prompts_min" });
        }
        let around = &self.rule.checkpoints;
        let most = u64::MAX;
        let start = around.before_start_ms.plus(around.after_start_ms).0;
        let end = around.before_end_ms.plus(around.after_end_ms).0;
        must_be_between("rule.checkpoints around the start", start, CHECKPOINT_MS_MIN, most, found);
        must_be_between("rule.checkpoints around the end", end, CHECKPOINT_MS_MIN, most, found);
        if let Some(plan) = self.prompts {
            must_be_between("prompts.answer_ms", plan.answer_ms.0, CHECKPOINT_MS_MIN, most, found);
        }
    }

    fn check_venues(&self, found: &mut Vec<Contradiction>) {
        let count = self.venues.len().max(self.venues.iter().map(|venue| venue.doors.len()).max().unwrap_or(0));
        must_be_between("venue", count as u64, 0, VENUES_MAX as u64, found);
        if self.rule.venue_min.is_some() && self.venues.is_empty() {
            found.push(Contradiction::ClauseMissing { what: "`rule.venue_min`", clause: "venue" });
        }
        must_be_names("venue.id", self.venues.iter().map(|venue| &venue.id), found);
        for venue in &self.venues {
            must_be_names("venue.doors", venue.doors.iter(), found);
            if venue.name.trim().is_empty() {
                found.push(Contradiction::Empty("venue.name"));
            }
            if venue.doors.is_empty() {
                found.push(Contradiction::Empty("venue.doors"));
            }
        }
    }

    fn check_liveness(&self, found: &mut Vec<Contradiction>) {
        let Liveness { challenge_ms: Millis(challenge), proof_max_gap_ms: Millis(gap) } = self.liveness;
        must_be_between("liveness.challenge_ms", challenge, CHALLENGE_MS_MIN, CHALLENGE_MS_MAX, found);
        // A gap that one lost answer exceeds would end the presence of everybody at the first hiccup.
        let least = challenge.saturating_mul(2);
        must_be_between("liveness.proof_max_gap_ms", gap, least, PROOF_MAX_GAP_MS_MAX, found);
    }

    fn must_fit(&self, what: &'static str, length: Millis, found: &mut Vec<Contradiction>) {
        let lesson = self.planned_length();
        // A lesson without length is reported once, as such.
        if lesson > Millis(0) && length > lesson {
            found.push(Contradiction::LongerThanLesson { what, length: length.0, lesson: lesson.0 });
        }
    }
}

fn must_be_between(what: &'static str, value: u64, least: u64, most: u64, found: &mut Vec<Contradiction>) {
    if !(least..=most).contains(&value) {
        found.push(Contradiction::OutOfRange { what, value, least, most });
    }
}

/// Short names stand in the log, in addresses and in tables: small letters, digits and dashes, each once.
fn must_be_names<'n>(what: &'static str, names: impl Iterator<Item = &'n String>, found: &mut Vec<Contradiction>) {
    let mut seen: Vec<&String> = Vec::new();
    for name in names {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let short = !name.is_empty() && name.len() <= NAME_BYTES_MAX && name.bytes().all(plain);
        if !short || seen.contains(&name) {
            found.push(Contradiction::Name { what, name: name.chars().take(NAME_BYTES_MAX).collect() });
        }
        seen.push(name);
    }
}
