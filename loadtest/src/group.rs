//! Groups as scenarios write them: persons who behave alike, and what each of them must be judged to be.

use serde::Deserialize;

/// Persons who behave alike.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    /// What they have in common, in a few words.
    pub(crate) name: String,
    /// How many.
    pub(crate) persons: usize,
    /// As what they are on the roster.
    #[serde(default = "participant")]
    pub(crate) role: String,
    /// When they arrive online.
    pub(crate) arrive: Option<Arrive>,
    /// How many devices each uses at once.
    #[serde(default = "one")]
    pub(crate) devices: u8,
    /// An interruption.
    pub(crate) drop: Option<Drop>,
    /// When they go; without it they stay until the lesson is over.
    pub(crate) leave: Option<Leave>,
    /// Single visits, beside or instead of the above.
    #[serde(default)]
    pub(crate) visits: Vec<Visit>,
    /// What happens at the doors of the hall.
    #[serde(default)]
    pub(crate) scans: Vec<Scan>,
    /// How long the doors keep these scans back.
    #[serde(default)]
    pub(crate) scans_kept_s: u32,
    /// The network that they are behind: it goes down for all of them at once.
    #[serde(default)]
    pub(crate) network: u8,
    /// The group whose devices they use, the nth the nth's.
    pub(crate) device_of: Option<String>,
    /// The group whose rows they repeat, the nth the nth's: two sides merge them after the lesson.
    pub(crate) merged_into: Option<String>,
    /// What two sides decide of them after the lesson.
    pub(crate) strike: Option<Strike>,
    /// How long they take to answer a challenge: hidden tabs and slow phones.
    #[serde(default)]
    pub(crate) answer_after_ms: [u32; 2],
    /// Whether they never answer any challenge.
    #[serde(default)]
    pub(crate) never_answers: bool,
    /// Which participation checks they answer.
    #[serde(default)]
    pub(crate) answers: Answers,
    /// Within what time they answer one, if not within the scenario's.
    pub(crate) answers_within_ms: Option<u32>,
    /// What each of them must be judged to be.
    pub(crate) expect: Fate,
}

/// When a group arrives.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arrive {
    /// The first of them.
    pub(crate) from_s: i32,
    /// The last of them.
    pub(crate) to_s: i32,
    /// How they spread over that time.
    pub(crate) curve: Curve,
}

/// How arrivals spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Curve {
    /// At equal distances.
    Even,
    /// More and more towards the end, as before a lesson.
    Rush,
    /// All at the first moment.
    Burst,
}

/// An interruption: the connection is lost and the person returns.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Drop {
    /// The first moment at which it may happen.
    pub(crate) from_s: i32,
    /// The last.
    pub(crate) to_s: i32,
    /// The shortest and the longest absence.
    pub(crate) away_s: [u32; 2],
    /// How the connection ends.
    pub(crate) how: How,
}

/// When a group goes.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Leave {
    /// The first of them.
    pub(crate) from_s: i32,
    /// The last of them.
    pub(crate) to_s: i32,
    /// How the connection ends.
    pub(crate) how: How,
}

/// The page is opened, and closed again after so long: the time runs from the moment at which the person is counted.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Visit {
    /// From when on its times run.
    #[serde(default)]
    pub(crate) after: Anchor,
    /// The first moment at which it may begin.
    pub(crate) from_s: i32,
    /// The last.
    pub(crate) to_s: i32,
    /// The shortest and the longest stay.
    pub(crate) stay_ms: [u32; 2],
    /// How the connection ends.
    pub(crate) how: How,
    /// On which of the person's devices.
    #[serde(default)]
    pub(crate) device: u8,
}

/// A scan at a door of the hall.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scan {
    /// In or out.
    pub(crate) way: Way,
    /// From when on its times run.
    #[serde(default)]
    pub(crate) after: Anchor,
    /// The first moment at which it may be made.
    pub(crate) from_s: i32,
    /// The last.
    pub(crate) to_s: i32,
}

/// Which way somebody passes a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// Into the hall.
    In,
    /// Out of it.
    Out,
}

impl Way {
    /// Its name in requests and tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// What times run from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Anchor {
    /// The start signal; before it, the opening of the doors.
    #[default]
    Start,
    /// The first participation check: the lesson shows that it is open.
    FirstCheck,
    /// The second one.
    SecondCheck,
    /// The end signal.
    End,
}

/// How a client ends its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    /// It says `bye`.
    Bye,
    /// It closes with 4001, as a page does that goes away.
    Close,
    /// The transport ends without a word.
    Lost,
    /// The page is frozen: its socket stays open and nobody answers any more.
    Freeze,
}

/// Which participation checks somebody answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answers {
    /// Each that they are asked.
    #[default]
    All,
    /// None.
    None,
    /// Each, with another word than the one that is shown.
    Wrong,
    /// The first one only.
    First,
    /// All but the first one.
    Later,
}

impl Answers {
    /// Whether the check with this number, from 1, is answered as it should be.
    pub(crate) fn are_right(self, number: u64) -> bool {
        match self {
            Self::All => true,
            Self::None | Self::Wrong => false,
            Self::First => number == 1,
            Self::Later => number > 1,
        }
    }

    /// Whether it is answered at all.
    pub(crate) fn are_given(self, number: u64) -> bool {
        self == Self::Wrong || self.are_right(number)
    }
}

/// What becomes of a strike against somebody: the organizer proposes it, the independent side decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Strike {
    /// It is confirmed.
    Confirmed,
    /// It is declined.
    Dismissed,
    /// It is confirmed, and taken back by both.
    Reversed,
    /// Nobody decides it.
    Open,
}

/// What a person must be judged to be, in the words of `people.csv`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fate {
    /// `certified`, `not_certified`, `excluded` or `held`.
    pub(crate) status: String,
    /// Why not; empty for the certified.
    #[serde(default)]
    pub(crate) reason: String,
}

impl Fate {
    /// A fate in its two words.
    pub(crate) fn of(status: &str, reason: &str) -> Self {
        Self { status: status.to_owned(), reason: reason.to_owned() }
    }
}

impl Group {
    /// Whether its persons ever come, online or through a door.
    pub(crate) fn comes(&self) -> bool {
        self.arrive.is_some() || !self.visits.is_empty() || !self.scans.is_empty()
    }

    /// Whether it needs more than a hub with open registration has: doors, or two sides who act.
    pub(crate) fn needs_staff(&self) -> bool {
        !self.scans.is_empty() || self.strike.is_some() || self.merged_into.is_some() || self.device_of.is_some()
    }
}

fn participant() -> String {
    "participant".to_owned()
}

fn one() -> u8 {
    1
}
