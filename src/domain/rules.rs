//! The declaration as data: what is promised to the record body before the lesson, and what counts.

use serde::{Deserialize, Serialize};

use super::time::{Millis, UnixMillis};

/// Everything that is declared before an attempt opens; hashed and logged first, fixed from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// The attempt's public title.
    pub title: String,
    /// Who organizes it.
    pub organizer: String,
    /// The IANA time zone that pages and reports show beside UTC.
    pub zone: String,
    /// Where participants reach the hub; loopback links are made without it.
    pub public_url: Option<String>,
    /// A rehearsal is marked on every page and file and is never exported as the real attempt.
    pub rehearsal: bool,
    /// The planned lesson.
    pub window: Window,
    /// What makes a person count.
    pub rule: Rule,
    /// How presence is proved.
    pub liveness: Liveness,
    /// Who may count.
    pub people: People,
    /// Who has to agree to a start or end signal.
    pub signals: Signals,
}

/// The planned lesson and what may differ from the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// When the lesson is planned to start.
    pub planned_start: UnixMillis,
    /// When it is planned to end; it does so when no end signal is given.
    pub planned_end: UnixMillis,
    /// The shortest lesson that the record allows; an earlier end signal is refused. Zero in a rehearsal.
    pub minimum_ms: Millis,
    /// How far the start signal may lie from the plan. Not applied in a rehearsal.
    pub tolerance_ms: Millis,
}

/// The declared condition for counting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which clause decides.
    pub kind: RuleKind,
    /// Full lesson: how long after the start a person may arrive.
    pub late_ms: Millis,
    /// Full lesson: how long before the end a person may leave.
    pub early_ms: Millis,
    /// The longest interruption that is bridged.
    pub grace_ms: Millis,
    /// Minimum time: how long a person must be present.
    pub minimum_ms: Option<Millis>,
    /// Minimum time: in one run instead of in total.
    pub continuous: bool,
    /// Share: the part of the lesson that a person must be present, in basis points (8500 = 85 %).
    pub share_bp: Option<u16>,
}

/// The clause of a rule that decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// Present from the start to the end.
    FullLesson,
    /// Present for a minimum time.
    MinimumTime,
    /// Present for a share of the lesson.
    Share,
    /// Present at the moment at which most were.
    Peak,
}

/// How presence is proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Liveness {
    /// The time between two challenges.
    pub challenge_ms: Millis,
    /// The longest silence that still counts as presence.
    pub proof_max_gap_ms: Millis,
}

/// Who may count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// The identifier that merges two rows; `auto` takes the best one of the first import.
    pub primary_id: String,
    /// How many persons one device may stand for; 0 does not look.
    pub persons_per_device: u32,
    /// Whether anybody can register on the join page.
    pub open_registration: bool,
    /// Whether persons count who registered there or were added after the opening.
    pub open_registration_counts: bool,
    /// The roles that count.
    pub roles: Vec<String>,
}

/// Who has to agree to a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signals {
    /// One member of staff gives it.
    Single,
    /// Staff of another side confirms it.
    Countersigned,
}

/// A text in both languages of the pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Indonesian.
    pub id: String,
    /// English.
    pub en: String,
}

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
    /// Add the clause that the kind of rule needs.
    #[error("a rule of kind `{kind}` needs `{clause}`")]
    ClauseMissing {
        /// The kind.
        kind: &'static str,
        /// The clause.
        clause: &'static str,
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
}

/// The fastest challenge: below it the challenges themselves would be the load.
const CHALLENGE_MS_MIN: u64 = 1_000;
/// The slowest challenge: proxies close sockets that say nothing for a minute.
const CHALLENGE_MS_MAX: u64 = 55_000;
/// The longest silence that can be called presence.
const PROOF_MAX_GAP_MS_MAX: u64 = 600_000;
/// All of a lesson, in basis points.
pub const SHARE_BP_MAX: u16 = 10_000;

impl Declaration {
    /// The planned length of the lesson.
    #[must_use]
    pub fn planned_length(&self) -> Millis {
        self.window.planned_end.since(self.window.planned_start)
    }

    /// The minimum time of the rule, or the record's shortest lesson where the rule names none.
    #[must_use]
    pub fn minimum_time(&self) -> Millis {
        self.rule.minimum_ms.unwrap_or(self.window.minimum_ms)
    }

    /// The share of the rule, or all of the lesson where the rule names none.
    #[must_use]
    pub fn share_bp(&self) -> u16 {
        self.rule.share_bp.unwrap_or(SHARE_BP_MAX)
    }

    /// Every contradiction in the declaration; none means that it can be kept.
    #[must_use]
    pub fn contradictions(&self) -> Vec<Contradiction> {
        let mut found = Vec::new();
        self.check_texts(&mut found);
        self.check_window(&mut found);
        self.check_rule(&mut found);
        self.check_liveness(&mut found);
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
        match self.rule.kind {
            RuleKind::MinimumTime if self.rule.minimum_ms.is_none() => {
                found.push(Contradiction::ClauseMissing { kind: "minimum_time", clause: "rule.minimum_ms" });
            }
            RuleKind::Share if self.rule.share_bp.is_none() => {
                found.push(Contradiction::ClauseMissing { kind: "share", clause: "rule.share_bp" });
            }
            RuleKind::FullLesson | RuleKind::MinimumTime | RuleKind::Share | RuleKind::Peak => {}
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

impl Rule {
    /// The rule as staff and auditors read it.
    #[must_use]
    pub fn words(&self) -> Words {
        let (id, en) = match self.kind {
            RuleKind::FullLesson => self.full_lesson_words(),
            RuleKind::MinimumTime => self.minimum_time_words(),
            RuleKind::Share => self.share_words(),
            RuleKind::Peak => (
                "jumlah orang yang hadir bersamaan pada saat teramai".to_owned(),
                "the number of persons present at the same moment, when most were".to_owned(),
            ),
        };
        let grace = seconds(self.grace_ms);
        Words {
            id: format!("{id}; jeda sampai {grace} detik dijembatani; satu orang satu hitungan"),
            en: format!("{en}; interruptions of up to {grace} s are bridged; each person counts once"),
        }
    }

    fn full_lesson_words(&self) -> (String, String) {
        let (late, early) = (seconds(self.late_ms), seconds(self.early_ms));
        (
            format!(
                "hadir penuh: paling lambat {late} detik setelah mulai, paling cepat pulang {early} detik sebelum selesai"
            ),
            format!("present throughout: from at most {late} s after the start to at most {early} s before the end"),
        )
    }

    fn minimum_time_words(&self) -> (String, String) {
        let minimum = seconds(self.minimum_ms.unwrap_or_default());
        if self.continuous {
            (
                format!("hadir terus-menerus paling sedikit {minimum} detik"),
                format!("present for at least {minimum} s in one run"),
            )
        } else {
            (
                format!("hadir paling sedikit {minimum} detik secara total"),
                format!("present for at least {minimum} s in total"),
            )
        }
    }

    fn share_words(&self) -> (String, String) {
        let share = self.share_bp.unwrap_or(SHARE_BP_MAX);
        let (whole, part) = (share.div_euclid(100), share.rem_euclid(100));
        (
            format!("hadir paling sedikit {whole},{part:02} % dari pelajaran"),
            format!("present for at least {whole}.{part:02} % of the lesson"),
        )
    }
}

/// Seconds as text, with the milliseconds where there are any.
fn seconds(length: Millis) -> String {
    let (whole, rest) = (length.0.div_euclid(1_000), length.0.rem_euclid(1_000));
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:03}") }
}
