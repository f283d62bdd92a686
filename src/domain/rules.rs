//! The declaration as data: what is promised to the record body before the lesson, and what counts.

mod contradictions;
mod words;

use serde::{Deserialize, Serialize};

pub use self::{
    contradictions::{CHECKPOINT_MS_MIN, Contradiction, DECLARATION_BYTES_MAX, prompts_for},
    words::Words,
};
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
    /// The participation checks; none where nobody is asked.
    pub prompts: Option<PromptPlan>,
    /// What is reported as exceeded.
    pub ceilings: Ceilings,
    /// The halls, in the order of the file.
    pub venues: Vec<Venue>,
    /// How scans at a hall's doors are taken.
    pub hall: Hall,
    /// How long personal data are kept.
    pub retention: Retention,
    /// How long claims are taken.
    pub claims: Claims,
    /// The spot check that has to be passed; none where none is promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spot_check: Option<SpotCheck>,
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
    /// Which clause of presence decides.
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
    /// How being there throughout is proved.
    pub presence: PresenceMode,
    /// The windows of the mode `checkpoints`.
    pub checkpoints: Checkpoints,
    /// How many participation checks a person must answer; none where answers do not decide.
    pub prompts_min: Option<u32>,
    /// Venues with fewer persons who count are flagged.
    pub venue_min: Option<u32>,
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
    /// Present at all, and the declared number of participation checks answered.
    Prompts,
}

/// How being there throughout is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PresenceMode {
    /// By proofs without a gap longer than the grace.
    Continuous,
    /// By a proof around the start, the answers to the participation checks, and a proof around the end: phones that
    /// show the lesson in another app freeze the page in between.
    Checkpoints,
}

/// Around the start and the end of the lesson: when a proof is one of that edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoints {
    /// From how long before the start.
    pub before_start_ms: Millis,
    /// To how long after the start.
    pub after_start_ms: Millis,
    /// From how long before the end.
    pub before_end_ms: Millis,
    /// To how long after the end.
    pub after_end_ms: Millis,
}

/// The participation checks that are planned. Their times are drawn from a seed that is committed before the start and
/// from the adjudicator's nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptPlan {
    /// How many.
    pub count: u32,
    /// What they ask.
    pub kind: PromptKind,
    /// How long an answer is taken.
    pub answer_ms: Millis,
}

/// What a participation check asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptKind {
    /// To confirm on the page.
    Press,
    /// To enter the word that the lesson shows.
    Word,
}

impl PromptKind {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Press => "press",
            Self::Word => "word",
        }
    }
}

/// What is reported as exceeded; whether the attempt fails is the adjudicator's decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ceilings {
    /// Of those who meet every other clause, the share who do not answer the checks, in basis points.
    pub inactive_bp: Option<u16>,
}

/// A hall where people take part together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Venue {
    /// Its short name in the log.
    pub id: String,
    /// Its name as people know it.
    pub name: String,
    /// Its doors, by their short names.
    pub doors: Vec<String>,
}

/// How scans at the doors are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hall {
    /// A scan that arrives later than this after it was made holds its person for review.
    pub delay_ms: Millis,
}

/// How long personal data are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Days after the planned end.
    pub days: u32,
}

/// How long persons can say that they were there although they are not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Days after the planned end; 0 takes none.
    pub days: u32,
}

/// When a spot check is passed: so many persons who count were reached, and no more than so many of them denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpotCheck {
    /// How many have to be reached: all who count, where these are fewer.
    pub persons: u32,
    /// How many of them may deny that they were there.
    pub denied_max: u32,
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
    /// Whether somebody whose device and network both change during the lesson is held for review.
    pub hold_relays: bool,
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
}

/// A day.
const DAY_MS: u64 = 86_400_000;

impl Declaration {
    /// Until when claims are taken; none where none are.
    #[must_use]
    pub fn claims_until(&self) -> Option<UnixMillis> {
        let days = u64::from(self.claims.days);
        (days > 0).then(|| self.window.planned_end.plus(Millis(days.saturating_mul(DAY_MS))))
    }

    /// How long personal data are kept after the end.
    #[must_use]
    pub fn retained_for(&self) -> Millis {
        Millis(u64::from(self.retention.days).saturating_mul(DAY_MS))
    }
}

impl Default for Claims {
    /// A week.
    fn default() -> Self {
        Self { days: 7 }
    }
}

impl Default for Checkpoints {
    /// Ten minutes to arrive before the start, five on the other sides of both edges.
    fn default() -> Self {
        Self {
            before_start_ms: Millis(600_000),
            after_start_ms: Millis(300_000),
            before_end_ms: Millis(300_000),
            after_end_ms: Millis(300_000),
        }
    }
}

impl Default for Hall {
    /// A door that was offline for the lesson and half an hour more.
    fn default() -> Self {
        Self { delay_ms: Millis(3_600_000) }
    }
}

impl Default for Retention {
    /// Five years, as continuing education keeps its attendance.
    fn default() -> Self {
        Self { days: 1_826 }
    }
}
