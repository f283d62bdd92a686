//! What an operator's monitoring reads: Prometheus text at `/metrics`.

use std::{fs, sync::atomic::AtomicU64};

use prometheus_client::{
    encoding::text::encode,
    metrics::{
        counter::Counter,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use crate::domain::ids::Size;

/// The first bucket of the latency histogram, in seconds: no disk answers a sync sooner.
const LATENCY_FIRST_S: f64 = 0.000_25;
/// How many buckets, each twice the one before: up to 8 s, after which pages give up.
const LATENCY_BUCKETS: u16 = 16;

/// Where the kernel counts the connections that it dropped because nobody accepted them in time.
const NETSTAT: &str = "/proc/net/netstat";

/// The hub's metrics.
pub struct Metrics {
    registry: Registry,
    joins: Counter,
    durable: Histogram,
    entries: Gauge<u64, AtomicU64>,
    connections: Gauge<u64, AtomicU64>,
    inbox: Gauge<u64, AtomicU64>,
    checkpoint_age: Gauge<f64, AtomicU64>,
    clock_offset: Gauge<f64, AtomicU64>,
    listen_overflows: Gauge<u64, AtomicU64>,
}

/// What is read at the moment of a scrape.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot {
    /// Open connections.
    pub connections: u64,
    /// Requests that wait for the writer.
    pub inbox: u64,
    /// Seconds since the newest checkpoint was signed.
    pub checkpoint_age_s: f64,
    /// Wall clock minus log time.
    pub clock_offset_s: f64,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("hadir"),
            joins: Counter::default(),
            durable: Histogram::new(exponential_buckets(LATENCY_FIRST_S, 2.0, LATENCY_BUCKETS)),
            entries: Gauge::default(),
            connections: Gauge::default(),
            inbox: Gauge::default(),
            checkpoint_age: Gauge::default(),
            clock_offset: Gauge::default(),
            listen_overflows: Gauge::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let Self { registry, .. } = self;
        registry.register("joins", "Joins that were made durable and counted", self.joins.clone());
        registry.register("join_durable_seconds", "Time from a valid hello to its durable entry", self.durable.clone());
        registry.register("entries", "Entries of the log", self.entries.clone());
        registry.register("connections", "Open connections of participants", self.connections.clone());
        registry.register("inbox", "Requests that wait for the single writer", self.inbox.clone());
        registry.register(
            "checkpoint_age_seconds",
            "Time since the newest checkpoint was signed",
            self.checkpoint_age.clone(),
        );
        registry.register("clock_offset_seconds", "Wall clock minus log time", self.clock_offset.clone());
        registry.register(
            "listen_overflows",
            "Connections that the kernel dropped because the backlog was full, since boot",
            self.listen_overflows.clone(),
        );
    }

    /// A join became durable after this time.
    pub fn durable(&self, micros: u64) {
        self.joins.inc();
        self.durable.observe(seconds(micros));
    }

    /// The log has this many entries.
    pub fn entries(&self, size: Size) {
        self.entries.set(size.0);
    }

    /// The text that Prometheus reads.
    #[must_use]
    pub fn text(&self, now: Snapshot) -> String {
        self.connections.set(now.connections);
        self.inbox.set(now.inbox);
        self.checkpoint_age.set(now.checkpoint_age_s);
        self.clock_offset.set(now.clock_offset_s);
        if let Some(overflows) = fs::read_to_string(NETSTAT).ok().as_deref().and_then(listen_overflows) {
            self.listen_overflows.set(overflows);
        }
        let mut text = String::new();
        if encode(&mut text, &self.registry).is_err() {
            // Writing to a string cannot fail; a half text is visible by its missing end mark.
            tracing::error!("the metrics cannot be written");
        }
        text
    }
}

/// Microseconds as seconds, for monitoring only: no count is ever made of floats.
#[must_use]
pub fn seconds(micros: u64) -> f64 {
    std::time::Duration::from_micros(micros).as_secs_f64()
}

/// The value below the heading `ListenOverflows` of the kernel's table.
fn listen_overflows(table: &str) -> Option<u64> {
    let mut lines = table.lines().filter(|line| line.starts_with("TcpExt:"));
    let (headings, values) = (lines.next()?, lines.next()?);
    let column = headings.split_ascii_whitespace().position(|heading| heading == "ListenOverflows")?;
    values.split_ascii_whitespace().nth(column)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_table_is_read_by_its_headings() {
        let table = "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 23 4\nIpExt: InNoRoutes\nIpExt: 0\n";

        assert_eq!(listen_overflows(table), Some(23));
        assert_eq!(listen_overflows("IpExt: 1\n"), None);
    }

    #[test]
    fn the_text_has_every_metric_and_its_end_mark() {
        let metrics = Metrics::default();
        metrics.durable(1_500);
        metrics.entries(Size(7));

        let text = metrics.text(Snapshot { connections: 3, inbox: 0, checkpoint_age_s: 0.5, clock_offset_s: 0.0 });

        for line in
            ["hadir_joins_total 1", "hadir_entries 7", "hadir_connections 3", "hadir_join_durable_seconds_count 1"]
        {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
