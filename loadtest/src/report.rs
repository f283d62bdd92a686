//! The report: what a run came to, for people on the terminal and for machines as JSON.

use std::{io::Write, path::Path};

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use serde::Serialize;

/// How many disagreements are printed; the JSON report has them all.
const SHOWN_MAX: usize = 20;

/// What a run came to.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// The scenario's name.
    pub(crate) scenario: String,
    /// How many persons joined by the plan.
    pub(crate) participants: usize,
    /// How many persons are on the roster, by the bundle.
    pub(crate) registered: Option<u64>,
    /// How many persons satisfy the declared rule, by the bundle.
    pub(crate) certifiable: Option<u64>,
    /// Whether the bundle agrees with the truth and with every client.
    pub(crate) oracle_ok: bool,
    /// What the auditor's program says of the bundle.
    pub(crate) verdict: String,
    /// What the bundle's own recount says of it; nothing where this machine has no Python.
    pub(crate) recount: Option<String>,
    /// How often the hub was killed.
    pub(crate) kills: usize,
    /// Every disagreement, in words.
    pub(crate) disagreements: Vec<String>,
    /// What was measured.
    pub(crate) figures: Figures,
}

/// What was measured.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Figures {
    /// Connections that were counted.
    pub(crate) counted: usize,
    /// Planned connections that failed at their first attempt.
    pub(crate) failed_first_attempts: usize,
    /// Joins whose answer came in the busiest second.
    pub(crate) joins_in_busiest_second: usize,
    /// From a client's first packet to `counted`.
    pub(crate) join_ms: Latency,
    /// From an answer to a challenge leaving its client until the hub has read it and says so.
    pub(crate) challenge_round_trip_ms: Latency,
    /// From an answer to a participation check leaving its client until the hub says that it is durable.
    pub(crate) check_answer_ms: Latency,
    /// Scans at the doors of the hall.
    pub(crate) scans: usize,
    /// How often they were delivered, all of them together.
    pub(crate) scan_deliveries: usize,
    /// Acts that were signed after the lesson.
    pub(crate) acts: u64,
    /// The longest that a client acted after its planned time.
    pub(crate) lag_ms: u64,
    /// Connections that full accept queues refused during the run, on the whole machine.
    pub(crate) listen_overflows: u64,
    /// The hub's processor time.
    pub(crate) hub_cpu_ms: Option<u64>,
    /// This program's own processor time.
    pub(crate) own_cpu_ms: u64,
    /// The hub's memory.
    pub(crate) memory: Option<Memory>,
    /// What happens inside the hub.
    pub(crate) inside: Option<Inside>,
    /// The rate of joins beside a bare echo server.
    pub(crate) ramp: Option<RampFigures>,
}

/// From a valid hello to its durable entry, as the hub's own histogram has it, beside the disk.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Inside {
    /// Half of the joins are below this.
    pub(crate) p50_ms: f64,
    /// Ninety-nine of a hundred.
    pub(crate) p99_ms: f64,
    /// What the disk takes for a write and its sync, measured before the doors open.
    pub(crate) disk_sync_ms: Latency,
}

/// The hub's resident memory.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Memory {
    /// Before the first connection.
    pub(crate) idle_kib: u64,
    /// While the connections were held.
    pub(crate) held_kib: u64,
    /// How many were.
    pub(crate) connections: usize,
    /// Above the idle hub, for each connection.
    pub(crate) kib_per_connection: f64,
}

/// Joins in a ramp, hub and echo server by turns.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RampFigures {
    /// Connections in each ramp.
    pub(crate) connections: usize,
    /// How many were under way at once.
    pub(crate) in_flight: usize,
    /// The hub's joins a second, each durable before its answer.
    pub(crate) hub_joins_per_s: Vec<f64>,
    /// The bare echo server's.
    pub(crate) echo_joins_per_s: Vec<f64>,
    /// The hub's median by the echo server's.
    pub(crate) ratio: f64,
}

/// A distribution in milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Latency {
    /// How many values.
    pub(crate) count: u64,
    /// The median.
    pub(crate) p50: f64,
    /// Nine of ten are below it.
    pub(crate) p90: f64,
    /// Ninety-nine of a hundred.
    pub(crate) p99: f64,
    /// All but one of a thousand.
    pub(crate) p999: f64,
    /// The longest.
    pub(crate) max: f64,
}

impl Memory {
    /// The figure from its two readings.
    pub(crate) fn new(idle_kib: u64, held_kib: u64, connections: usize) -> Self {
        let grown = number(held_kib.saturating_sub(idle_kib));
        let kib_per_connection = grown / number(u64::try_from(connections).unwrap_or(u64::MAX).max(1));
        Self { idle_kib, held_kib, connections, kib_per_connection }
    }
}

impl Latency {
    /// The distribution of microseconds.
    pub(crate) fn of(microseconds: impl Iterator<Item = u64>) -> Result<Self> {
        // Three digits are more than two shared processors can reproduce; it grows to what it is given.
        let mut histogram = Histogram::<u64>::new(3).context("no histogram")?;
        for value in microseconds {
            histogram.record(value.max(1)).context("a latency beyond all bounds")?;
        }
        let at = |quantile| number(histogram.value_at_quantile(quantile)) / 1_000.0;
        Ok(Self {
            count: histogram.len(),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: number(histogram.max()) / 1_000.0,
        })
    }
}

/// The middle of some measurements.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().div_euclid(2)).copied().unwrap_or_default()
}

/// A whole number among real ones.
pub(crate) fn number(value: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "measurements have far fewer than 53 bits")]
    {
        value as f64
    }
}

impl Report {
    /// Whether the run showed what it had to.
    pub(crate) fn holds(&self) -> bool {
        self.oracle_ok && self.verdict == "sound"
    }

    /// Writes the report for machines.
    pub(crate) fn write_json(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(path, text + "\n").with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Prints the report for people.
    pub(crate) fn print(&self, out: &mut impl Write) -> Result<()> {
        let figures = &self.figures;
        let said = |count: Option<u64>| count.map_or("unknown".to_owned(), |count| count.to_string());
        let (scenario, participants, registered) = (&self.scenario, self.participants, said(self.registered));
        writeln!(out, "scenario      {scenario} ({participants} participants of {registered} registered)")?;
        writeln!(out, "certifiable   {}", said(self.certifiable))?;
        writeln!(out, "connections   {} counted, {} failed at first", figures.counted, figures.failed_first_attempts)?;
        writeln!(out, "joins         {} in the busiest second", figures.joins_in_busiest_second)?;
        latency(out, "to counted", figures.join_ms)?;
        latency(out, "challenge", figures.challenge_round_trip_ms)?;
        if figures.check_answer_ms.count > 0 {
            latency(out, "check answer", figures.check_answer_ms)?;
        }
        if figures.scans > 0 {
            writeln!(out, "hall          {} scans in {} deliveries", figures.scans, figures.scan_deliveries)?;
        }
        if figures.acts > 0 {
            writeln!(out, "review        {} signed acts", figures.acts)?;
        }
        writeln!(out, "client lag    {} ms at most", figures.lag_ms)?;
        writeln!(out, "overflows     {} of accept queues", figures.listen_overflows)?;
        let hub = figures.hub_cpu_ms.map_or("unknown".to_owned(), |ms| format!("{ms} ms"));
        writeln!(out, "processor     hub {hub}, clients {} ms", figures.own_cpu_ms)?;
        if let Some(memory) = figures.memory {
            let Memory { idle_kib, held_kib, connections, kib_per_connection } = memory;
            writeln!(
                out,
                "memory        {kib_per_connection:.2} KiB for each of {connections} ({idle_kib} KiB idle, {held_kib} KiB held)"
            )?;
        }
        if let Some(Inside { p50_ms, p99_ms, disk_sync_ms: Latency { p50, p99, .. } }) = figures.inside {
            writeln!(
                out,
                "durable       p50 {p50_ms:.1} p99 {p99_ms:.1} ms; a sync of the disk p50 {p50:.1} p99 {p99:.1} ms"
            )?;
        }
        if let Some(ramp) = &figures.ramp {
            let (hub, echo) = (median(&ramp.hub_joins_per_s), median(&ramp.echo_joins_per_s));
            writeln!(out, "ramp          {hub:.0} durable joins/s, bare echo {echo:.0}/s, ratio {:.2}", ramp.ratio)?;
        }
        if self.kills > 0 {
            writeln!(out, "kills         {}", self.kills)?;
        }
        writeln!(out, "verdict       {}", self.verdict)?;
        writeln!(out, "recount       {}", self.recount.as_deref().unwrap_or("not run: there is no python3 here"))?;
        writeln!(out, "oracle        {}", if self.oracle_ok { "agrees" } else { "DISAGREES" })?;
        for what in self.disagreements.iter().take(SHOWN_MAX) {
            writeln!(out, "  - {what}")?;
        }
        let hidden = self.disagreements.len().saturating_sub(SHOWN_MAX);
        if hidden > 0 {
            writeln!(out, "  - and {hidden} more")?;
        }
        Ok(())
    }
}

fn latency(out: &mut impl Write, name: &str, latency: Latency) -> Result<()> {
    let Latency { count, p50, p90, p99, p999, max } = latency;
    writeln!(out, "{name:<13} p50 {p50:.1} p90 {p90:.1} p99 {p99:.1} p99.9 {p999:.1} max {max:.1} ms ({count})")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_for_machines_has_the_names_of_the_contract_at_its_top() {
        let report = Report {
            scenario: "smoke".into(),
            participants: 500,
            registered: Some(525),
            certifiable: Some(430),
            oracle_ok: true,
            verdict: "sound".into(),
            recount: Some("sound".into()),
            kills: 0,
            disagreements: Vec::new(),
            figures: Figures::default(),
        };

        let json = serde_json::to_value(&report).unwrap();

        assert_eq!(json["scenario"], "smoke");
        assert_eq!(json["participants"], 500);
        assert_eq!(json["certifiable"], 430);
        assert_eq!(json["oracle_ok"], true);
        assert_eq!(json["verdict"], "sound");
        assert!(report.holds());
    }

    #[test]
    fn a_distribution_names_its_middle_and_its_longest_value() {
        let latency = Latency::of((1..=1_000).map(|ms| ms * 1_000)).unwrap();

        assert!((latency.p50 - 500.0).abs() < 2.0 && (latency.max - 1_000.0).abs() < 2.0, "{latency:?}");
        assert_eq!(latency.count, 1_000);
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }
}
