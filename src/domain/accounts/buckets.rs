//! The sustained peaks: the most persons over ten seconds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    fold::{attendance::Attendance, intervals::Interval},
    time::Millis,
};

/// The length of a bucket; buckets are aligned to the epoch.
const BUCKET_MS: i64 = 10_000;

/// The most persons over ten seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SustainedPeak {
    /// Present throughout a bucket.
    pub strict: u64,
    /// Present at any time in a bucket.
    pub loose: u64,
}

impl Attendance {
    pub(super) fn sustained_peak(&self, elapsed: Option<Interval>, grace: Millis) -> SustainedPeak {
        let Some(lesson) = elapsed else { return SustainedPeak::default() };
        let (mut throughout, mut at_any_time) = (BTreeMap::new(), BTreeMap::new());
        for person in self.persons.iter().filter(|person| person.eligible) {
            let mut counted_to = i64::MIN;
            for stretch in person.stretches(lesson, grace) {
                let (start, end) = (stretch.start.0, stretch.end.0);
                count_buckets(&mut throughout, div_ceil(start), end.div_euclid(BUCKET_MS));
                // Two stretches in one bucket are one person in it.
                count_buckets(&mut at_any_time, start.div_euclid(BUCKET_MS).max(counted_to), div_ceil(end));
                counted_to = div_ceil(end);
            }
        }
        SustainedPeak { strict: highest(&throughout), loose: highest(&at_any_time) }
    }
}

/// The first bucket that begins at or after an instant.
fn div_ceil(instant: i64) -> i64 {
    instant.saturating_add(BUCKET_MS.saturating_sub(1)).div_euclid(BUCKET_MS)
}

/// Counts one more in the buckets from `first` to before `after`.
fn count_buckets(deltas: &mut BTreeMap<i64, i64>, first: i64, after: i64) {
    if first < after {
        for (bucket, delta) in [(first, 1), (after, -1)] {
            let sum = deltas.entry(bucket).or_default();
            *sum = sum.saturating_add(delta);
        }
    }
}

fn highest(deltas: &BTreeMap<i64, i64>) -> u64 {
    let sums = deltas.values().scan(0_i64, |sum, delta| {
        *sum = sum.saturating_add(*delta);
        Some(*sum)
    });
    sums.max().unwrap_or(0).max(0).unsigned_abs()
}
