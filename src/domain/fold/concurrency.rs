//! How many are present at each instant: ordered edges with sums and maxima, so that the past can still change.
//!
//! A leave tells when somebody was last proved, which lies before edges that are already known. A running
//! maximum would keep counting the dead; here a past peak falls when its edges are taken back.

use crate::domain::{fold::intervals::Interval, time::UnixMillis};

/// How many edges a block holds before it is split: small enough to be summed in a glance, large enough to be few.
const BLOCK_EDGES_MAX: usize = 64;

/// How many instants of a peak are listed: a screen and a report show the first, the table has them all.
pub const PEAK_INSTANTS_MAX: usize = 100;

/// A change of the count at one instant.
#[derive(Clone, Copy, Debug)]
struct Edge {
    at: UnixMillis,
    delta: i64,
}

/// Consecutive edges with what they add up to.
#[derive(Clone, Debug, Default)]
struct Block {
    edges: Vec<Edge>,
    /// The sum of all deltas.
    sum: i64,
    /// The largest sum of a non-empty run of deltas from the block's beginning.
    highest: i64,
}

/// The largest count in a window and where it was reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peak {
    /// The count.
    pub count: u64,
    /// The start of each maximal stretch at that count, at most [`PEAK_INSTANTS_MAX`].
    pub at: Vec<UnixMillis>,
}

/// What edges add up to. Edges of intervals are never below none, and end with as many as have no end yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// The lowest sum anywhere.
    pub lowest: i64,
    /// The sum of all.
    pub last: i64,
}

/// A count that changes at edges. An edge costs a search and a block; reading costs a step for each block.
#[derive(Clone, Debug, Default)]
pub struct Edges {
    blocks: Vec<Block>,
}

impl Block {
    fn add(&mut self, at: UnixMillis, delta: i64) {
        self.sum = self.sum.saturating_add(delta);
        let place = self.edges.partition_point(|edge| edge.at < at);
        match self.edges.get_mut(place) {
            Some(edge) if edge.at == at && edge.delta == delta.saturating_neg() => {
                self.edges.remove(place);
            }
            Some(edge) if edge.at == at => edge.delta = edge.delta.saturating_add(delta),
            Some(_) => self.edges.insert(place, Edge { at, delta }),
            None => {
                // The common case, an edge at the end, needs no new look at the block.
                self.highest = if self.edges.is_empty() { self.sum } else { self.highest.max(self.sum) };
                self.edges.push(Edge { at, delta });
                return;
            }
        }
        self.sum_up();
    }

    fn sum_up(&mut self) {
        let mut sum = 0_i64;
        self.highest = i64::MIN;
        for edge in &self.edges {
            sum = sum.saturating_add(edge.delta);
            self.highest = self.highest.max(sum);
        }
        self.sum = sum;
    }

    fn split(&mut self) -> Self {
        let mut right = Self { edges: self.edges.split_off(BLOCK_EDGES_MAX.div_euclid(2)), ..Self::default() };
        right.sum_up();
        self.sum_up();
        right
    }

    fn first_at(&self) -> Option<UnixMillis> {
        self.edges.first().map(|edge| edge.at)
    }

    fn last_at(&self) -> Option<UnixMillis> {
        self.edges.last().map(|edge| edge.at)
    }
}

impl Edges {
    /// Changes the count from `at` on by `delta`.
    pub fn add(&mut self, at: UnixMillis, delta: i64) {
        let after = self.blocks.partition_point(|block| block.first_at().is_some_and(|first| first <= at));
        let place = after.saturating_sub(1);
        let Some(block) = self.blocks.get_mut(place) else {
            let mut block = Block::default();
            block.add(at, delta);
            self.blocks.push(block);
            return;
        };
        block.add(at, delta);
        if block.edges.len() > BLOCK_EDGES_MAX {
            let right = block.split();
            self.blocks.insert(place.saturating_add(1), right);
        } else if block.edges.is_empty() {
            self.blocks.remove(place);
        }
    }

    /// Changes the count by `delta` within the interval.
    pub fn add_interval(&mut self, interval: Interval, delta: i64) {
        self.add(interval.start, delta);
        self.add(interval.end, delta.saturating_neg());
    }

    /// The count at an instant.
    #[must_use]
    pub fn at(&self, instant: UnixMillis) -> u64 {
        let (place, before) = self.sum_of_blocks_before(instant);
        let edges = self.blocks.get(place).map(|block| block.edges.as_slice()).unwrap_or_default();
        let within = edges.iter().take_while(|edge| edge.at <= instant).map(|edge| edge.delta).sum::<i64>();
        to_count(before.saturating_add(within))
    }

    /// The largest count in the window. Nothing in an empty one.
    #[must_use]
    pub fn peak(&self, window: Interval) -> Peak {
        if window.start >= window.end {
            return Peak::default();
        }
        let count = self.highest_in(window);
        let mut at = Vec::new();
        if count > 0 {
            self.for_each_stretch_at(count, window, |start| {
                at.push(start);
                at.len() < PEAK_INSTANTS_MAX
            });
        }
        Peak { count: to_count(count), at }
    }

    /// Calls with each stretch of equal count in the window: its interval and its count, in order.
    pub fn for_each_step(&self, window: Interval, mut each: impl FnMut(Interval, u64)) {
        let (mut from, mut count) = (window.start, self.at(window.start));
        for edge in self.edges_after(window.start) {
            if edge.at >= window.end {
                break;
            }
            each(Interval { start: from, end: edge.at }, count);
            (from, count) = (edge.at, to_count(signed(count).saturating_add(edge.delta)));
        }
        if from < window.end {
            each(Interval { start: from, end: window.end }, count);
        }
    }

    /// The sum of the count over every millisecond of the window.
    #[must_use]
    pub fn integral(&self, window: Interval) -> u128 {
        let mut sum = 0_u128;
        self.for_each_step(window, |stretch, count| {
            let area = u128::from(stretch.length().0).saturating_mul(u128::from(count));
            sum = sum.saturating_add(area);
        });
        sum
    }

    /// The lowest sum of the edges so far, none at the beginning, and the sum of them all.
    #[must_use]
    pub fn balance(&self) -> Balance {
        let mut balance = Balance::default();
        for edge in self.blocks.iter().flat_map(|block| &block.edges) {
            balance.last = balance.last.saturating_add(edge.delta);
            balance.lowest = balance.lowest.min(balance.last);
        }
        balance
    }

    /// The block in which `instant` lies, and the sum of all blocks before it.
    fn sum_of_blocks_before(&self, instant: UnixMillis) -> (usize, i64) {
        let after = self.blocks.partition_point(|block| block.first_at().is_some_and(|first| first <= instant));
        let place = after.saturating_sub(1);
        let sum = self.blocks.iter().take(place).map(|block| block.sum).sum();
        (place, sum)
    }

    fn edges_after(&self, instant: UnixMillis) -> impl Iterator<Item = &Edge> {
        let (place, _) = self.sum_of_blocks_before(instant);
        let blocks = self.blocks.get(place..).unwrap_or_default();
        blocks.iter().flat_map(|block| &block.edges).skip_while(move |edge| edge.at <= instant)
    }

    fn highest_in(&self, window: Interval) -> i64 {
        let mut highest = signed(self.at(window.start));
        let (place, mut sum) = self.sum_of_blocks_before(window.start);
        for block in self.blocks.get(place..).unwrap_or_default() {
            let whole = block.first_at() > Some(window.start) && block.last_at() < Some(window.end);
            if whole {
                highest = highest.max(sum.saturating_add(block.highest));
            } else if block.first_at() >= Some(window.end) {
                break;
            } else {
                highest = highest.max(highest_of_part(block, sum, window));
            }
            sum = sum.saturating_add(block.sum);
        }
        highest
    }

    /// Calls with the start of each maximal stretch at exactly `count`, until told to stop.
    fn for_each_stretch_at(&self, count: i64, window: Interval, mut each: impl FnMut(UnixMillis) -> bool) {
        let mut current = signed(self.at(window.start));
        if current == count && !each(window.start) {
            return;
        }
        let (place, mut sum) = self.sum_of_blocks_before(window.start);
        for block in self.blocks.get(place..).unwrap_or_default() {
            // A block that does not reach the count holds no start of such a stretch.
            if sum.saturating_add(block.highest) >= count {
                let mut within = sum;
                for edge in &block.edges {
                    within = within.saturating_add(edge.delta);
                    if edge.at >= window.end {
                        return;
                    }
                    if edge.at > window.start {
                        if within == count && current != count && !each(edge.at) {
                            return;
                        }
                        current = within;
                    }
                }
            } else {
                current = sum.saturating_add(block.sum);
            }
            sum = sum.saturating_add(block.sum);
        }
    }
}

/// The highest count after an edge of the block that lies within the window.
fn highest_of_part(block: &Block, before: i64, window: Interval) -> i64 {
    let mut count = before;
    let mut highest = i64::MIN;
    for edge in &block.edges {
        count = count.saturating_add(edge.delta);
        if edge.at > window.start && edge.at < window.end {
            highest = highest.max(count);
        }
    }
    highest
}

/// A count of persons; the edges of intervals never add up to less than none.
fn to_count(sum: i64) -> u64 {
    sum.max(0).unsigned_abs()
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn interval(start: i64, end: i64) -> Interval {
        Interval { start: UnixMillis(start), end: UnixMillis(end) }
    }

    /// The count at every millisecond, by looking at every interval.
    fn counts(intervals: &[(i64, i64)], window: Interval) -> Vec<u64> {
        let present = |t: i64| intervals.iter().filter(|(start, length)| (*start..start + length).contains(&t)).count();
        (window.start.0..window.end.0).map(|t| present(t) as u64).collect()
    }

    proptest! {
        #[test]
        fn peaks_counts_and_integrals_equal_those_of_looking_at_every_millisecond(
            intervals in prop::collection::vec((0_i64..400, 1_i64..60), 0..300),
            taken_back in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
            (from, length) in (0_i64..420, 1_i64..200),
        ) {
            let mut edges = Edges::default();
            let mut kept = intervals.clone();
            intervals.iter().for_each(|(start, length)| edges.add_interval(interval(*start, start + length), 1));
            for index in taken_back {
                if !kept.is_empty() {
                    let (start, length) = kept.swap_remove(index.index(kept.len()));
                    edges.add_interval(interval(start, start + length), -1);
                }
            }
            let window = interval(from, from + length);
            let expected = counts(&kept, window);
            let most = expected.iter().copied().max().unwrap_or(0);
            let starts: Vec<_> = (0..expected.len())
                .filter(|t| most > 0 && expected[*t] == most && (*t == 0 || expected[t - 1] != most))
                .map(|t| UnixMillis(from + t as i64)).take(PEAK_INSTANTS_MAX).collect();

            prop_assert_eq!(edges.peak(window), Peak { count: most, at: starts });
            prop_assert_eq!(edges.integral(window), expected.iter().map(|count| u128::from(*count)).sum::<u128>());
            prop_assert!(expected.iter().zip(from..).all(|(count, t)| edges.at(UnixMillis(t)) == *count));
            prop_assert_eq!(edges.balance(), Balance::default());
        }
    }

    #[test]
    fn a_close_and_an_open_at_the_same_instant_do_not_dip() {
        let mut edges = Edges::default();
        edges.add_interval(interval(0, 10), 1);
        edges.add_interval(interval(10, 20), 1);

        assert_eq!(edges.peak(interval(0, 20)), Peak { count: 1, at: vec![UnixMillis(0)] });
    }
}
