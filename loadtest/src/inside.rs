//! What happens inside the hub: from a valid hello to its durable entry, beside what the disk itself takes for a sync.

use std::{fs::File, io::Write, path::Path};

use anyhow::{Context, Result};
use tokio::time::Instant;

use crate::report::{Inside, Latency};

/// How many syncs are measured: enough for a 99th percentile that is not the worst one.
const SYNCS: usize = 300;

/// What is written before each sync: about a batch of joins.
const BLOCK: [u8; 4096] = [0x5a; 4096];

/// The hub's histogram of durable joins, by its name at `/metrics`.
const BUCKET: &str = "hadir_join_durable_seconds_bucket{le=\"";

/// Appends and syncs in a folder on the same disk as the journal.
pub(crate) fn disk(folder: &Path) -> Result<Latency> {
    let path = folder.join("sync");
    let mut file = File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?;
    let mut took = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let begun = Instant::now();
        file.write_all(&BLOCK)?;
        file.sync_data()?;
        took.push(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
    Latency::of(took.into_iter())
}

/// Reads the hub's own histogram: the upper bounds of the buckets in which its middle and its 99th percentile lie.
pub(crate) fn inside(metrics: &str, disk: Latency) -> Option<Inside> {
    let buckets: Vec<(f64, f64)> = metrics.lines().filter_map(bucket).collect();
    let (_, all) = buckets.last().copied().filter(|(_, all)| *all > 0.0)?;
    let bound = |share: f64| buckets.iter().find(|(_, below)| *below >= share * all).map(|(bound, _)| bound * 1_000.0);
    Some(Inside { p50_ms: bound(0.5)?, p99_ms: bound(0.99)?, disk_sync_ms: disk })
}

/// The bound and the count of a bucket's line.
fn bucket(line: &str) -> Option<(f64, f64)> {
    let (bound, count) = line.strip_prefix(BUCKET)?.split_once("\"} ")?;
    let bound = if bound == "+Inf" { f64::MAX } else { bound.parse().ok()? };
    Some((bound, count.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hubs_histogram_is_read_as_the_bounds_of_its_buckets() {
        let metrics = "# TYPE hadir_join_durable_seconds histogram\n\
            hadir_join_durable_seconds_sum 1.5\n\
            hadir_join_durable_seconds_bucket{le=\"0.001\"} 40\n\
            hadir_join_durable_seconds_bucket{le=\"0.002\"} 90\n\
            hadir_join_durable_seconds_bucket{le=\"0.004\"} 100\n\
            hadir_join_durable_seconds_bucket{le=\"+Inf\"} 100\n";

        let inside = inside(metrics, Latency::default()).unwrap();

        assert_eq!((inside.p50_ms, inside.p99_ms), (2.0, 4.0));
    }

    #[test]
    fn a_hub_that_counted_nobody_has_no_histogram() {
        assert!(inside("", Latency::default()).is_none());
    }
}
