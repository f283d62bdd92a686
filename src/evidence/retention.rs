//! Which checkpoints stay as files of their own: a function of the log alone, so that a rebuild keeps the same ones.

use serde::Deserialize;

use crate::domain::{ids::Size, line::Line};

/// The kinds of entries whose checkpoint stays: what people will ask for by name.
const MILESTONES: [&str; 4] = ["open", "signal", "restart", "close"];

/// Microseconds in a minute: of each minute, the last checkpoint stays.
const MINUTE_MICROS: i64 = 60_000_000;

/// The one member of a line that matters here.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow)]
    k: std::borrow::Cow<'a, str>,
}

/// A published checkpoint, as far as its staying depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Published {
    /// Its size.
    pub(super) size: Size,
    /// The minute of its last entry.
    minute: Option<i64>,
    /// Whether it stays whatever comes.
    stays: bool,
}

impl Published {
    /// A checkpoint that is published once more, with further signatures, stays if it stayed before.
    pub(super) fn or_as(self, previous: Option<Self>) -> Self {
        let stayed = previous.is_some_and(|previous| previous.size == self.size && previous.stays);
        Self { stays: self.stays || stayed, ..self }
    }

    /// Whether its own file goes when `next` is published.
    pub(super) fn is_superseded_by(&self, next: &Self) -> bool {
        self.size != next.size && !self.stays && self.minute == next.minute
    }
}

/// Follows the log's lines from one checkpoint to the next.
#[derive(Debug, Default)]
pub(super) struct Follower {
    minute: Option<i64>,
    milestone: bool,
}

impl Follower {
    /// Takes the next line.
    pub(super) fn see(&mut self, line: &Line) {
        self.minute = Some(line.stamp.at.wall.0.div_euclid(MINUTE_MICROS));
        // A line without a kind cannot be in the log; if it were, it would be no milestone.
        let kind = serde_json::from_slice::<Kind<'_>>(&line.bytes);
        self.milestone |= kind.is_ok_and(|Kind { k }| MILESTONES.contains(&&*k));
    }

    /// A checkpoint after the lines seen so far.
    pub(super) fn publish(&mut self, size: Size, note: &str) -> Published {
        let witnessed = note.lines().filter(|line| line.starts_with('\u{2014}')).count() > 1;
        let stays = std::mem::take(&mut self.milestone) || witnessed;
        Published { size, minute: self.minute, stays }
    }
}
