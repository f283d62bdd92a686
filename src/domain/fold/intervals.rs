//! Half-open stretches of time in whole milliseconds, and their union.

use crate::domain::time::{Millis, UnixMillis};

/// The time from `start` up to, but not including, `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Its first millisecond.
    pub start: UnixMillis,
    /// The first millisecond after it.
    pub end: UnixMillis,
}

impl Interval {
    /// How long it lasts.
    #[must_use]
    pub fn length(self) -> Millis {
        self.end.since(self.start)
    }

    /// The part of it that lies in `window`; none when they do not meet.
    #[must_use]
    pub fn clip(self, window: Self) -> Option<Self> {
        let (start, end) = (self.start.max(window.start), self.end.min(window.end));
        (start < end).then_some(Self { start, end })
    }
}

/// Disjoint intervals in order, no two of them touching.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Union(Vec<Interval>);

impl Union {
    /// Adds an interval and merges what it meets. An empty one adds nothing.
    pub fn insert(&mut self, added: Interval) {
        if added.start >= added.end {
            return;
        }
        let first = self.0.partition_point(|one| one.end < added.start);
        let after = self.0.partition_point(|one| one.start <= added.end);
        let met = self.0.get(first..after).unwrap_or_default();
        let start = met.first().map_or(added.start, |one| one.start.min(added.start));
        let end = met.last().map_or(added.end, |one| one.end.max(added.end));
        self.0.splice(first..after.max(first), [Interval { start, end }]);
    }

    /// The intervals in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Interval] {
        &self.0
    }

    /// The intervals that end after `instant`, in order.
    #[must_use]
    pub fn ending_after(&self, instant: UnixMillis) -> &[Interval] {
        self.0.get(self.0.partition_point(|one| one.end <= instant)..).unwrap_or_default()
    }

    /// The end of the last interval that ends at or before `instant`.
    #[must_use]
    pub fn last_end_up_to(&self, instant: UnixMillis) -> Option<UnixMillis> {
        let after = self.0.partition_point(|one| one.end <= instant);
        after.checked_sub(1).and_then(|place| self.0.get(place)).map(|one| one.end)
    }

    /// The end of the last interval.
    #[must_use]
    pub fn last_end(&self) -> Option<UnixMillis> {
        self.0.last().map(|one| one.end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn interval(start: i64, end: i64) -> Interval {
        Interval { start: UnixMillis(start), end: UnixMillis(end) }
    }

    proptest! {
        #[test]
        fn a_union_holds_exactly_the_milliseconds_of_its_parts(
            parts in prop::collection::vec((0_i64..60, 0_i64..12), 0..12)
        ) {
            let mut union = Union::default();
            parts.iter().for_each(|(start, length)| union.insert(interval(*start, start + length)));

            for instant in 0..80 {
                let expected = parts.iter().any(|(start, length)| (*start..start + length).contains(&instant));
                let held = union.as_slice().iter().any(|one| (one.start.0..one.end.0).contains(&instant));
                prop_assert_eq!(held, expected, "at {}", instant);
            }
            for pair in union.as_slice().windows(2) {
                prop_assert!(pair[0].end < pair[1].start, "{:?} and {:?} touch", pair[0], pair[1]);
            }
        }
    }

    #[test]
    fn clipping_keeps_nothing_of_an_interval_that_only_touches_the_window() {
        assert_eq!(interval(0, 10).clip(interval(10, 20)), None);
        assert_eq!(interval(5, 15).clip(interval(10, 20)), Some(interval(10, 15)));
    }
}
