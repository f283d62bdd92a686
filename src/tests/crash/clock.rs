//! Somebody sets the wall clock: the log says so, and no duration changes.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{sleep, spawn},
    time::Duration,
};

use hadir::{
    attempt::links::Role,
    domain::{
        event::{ClockStatus, Event},
        line::Entry,
        time::{BootMicros, UnixMicros, UnixMillis},
    },
    server::clock::{Clock, ManualTime},
};
use tempfile::TempDir;

use super::connections;
use crate::support::{Api, Hub, attempt, entries, eventually, quick_rehearsal};

const HOUR_US: i64 = 3_600_000_000;
const NOON: UnixMicros = UnixMicros(1_795_500_000_000_000);

/// A hub on a clock that can be set.
struct OnManualClock {
    _directory: TempDir,
    path: PathBuf,
    time: ManualTime,
    stop: Arc<AtomicBool>,
    ticking: Option<std::thread::JoinHandle<()>>,
}

impl OnManualClock {
    fn new() -> Self {
        let (directory, path) = attempt(&quick_rehearsal());
        let time = ManualTime::starting_at(NOON, BootMicros(1_000_000));
        let stop = Arc::new(AtomicBool::new(false));
        let ticking = spawn({
            let (time, stop) = (time.clone(), Arc::clone(&stop));
            move || {
                while !stop.load(Ordering::Relaxed) {
                    sleep(Duration::from_millis(5));
                    time.advance(5_000);
                }
            }
        });
        Self { _directory: directory, path, time, stop, ticking: Some(ticking) }
    }

    fn start(&self) -> Hub {
        let time = self.time.clone();
        Hub::try_start(&self.path, move |last| Clock::manual(&time, last)).unwrap()
    }
}

impl Drop for OnManualClock {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.ticking.take().unwrap().join().unwrap();
    }
}

/// Waits until the log says that the clock was stepped.
fn until_stepped(api: &Api) {
    eventually("the clock's entry", || {
        let note = api.get_with("/checkpoint", None).text();
        let size = note.lines().nth(1).map(str::to_owned)?;
        let tile = api.get(&format!("/tile/entries/000.p/{size}"), Role::Auditor);
        tile.text().contains(r#""status":"stepped""#).then_some(())
    });
}

#[test]
fn a_step_of_the_wall_clock_is_logged_and_changes_no_duration() {
    for step in [-HOUR_US, 24 * HOUR_US] {
        let bench = OnManualClock::new();
        let hub = bench.start();
        let page = hub.api().join("Sari");

        bench.time.step(step);
        // Something has to happen for a checkpoint to be signed soon: beats and clocks alone wait a minute.
        let _second = hub.api().join("Budi");
        until_stepped_or_joined(&hub.api());
        drop(page);
        hub.stop().unwrap();

        let entries = entries(&bench.path);
        let stepped = entries.iter().find_map(|entry| {
            let Event::Clock(clock) = &entry.event else { return None };
            (clock.status == ClockStatus::Stepped).then_some(clock.offset_us)
        });
        assert_eq!(stepped, Some(step));
        assert!(entries.is_sorted_by_key(|entry| entry.stamp.at.wall));
        let drift = |entry: &Entry| entry.stamp.at.wall.0 - i64::try_from(entry.stamp.at.boot.0).unwrap();
        assert!(entries.iter().all(|entry| drift(entry) == drift(&entries[0])));
        let connection = &connections(&bench.path)[0];
        assert!(connection.last_proof.since(connection.join).0 < 120_000, "{connection:?}");
    }
}

/// New people come until the log says that the clock was stepped, so that checkpoints go on.
fn until_stepped_or_joined(api: &Api) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0.. {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                drop(api.join(&format!("Guest{number}")));
                sleep(Duration::from_millis(200));
            }
        });
        until_stepped(api);
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn log_time_goes_on_after_a_restart_with_the_wall_clock_set_back() {
    let bench = OnManualClock::new();
    bench.start().stop().unwrap();
    let before = entries(&bench.path).last().unwrap().stamp.at.wall;

    bench.time.step(-HOUR_US);
    let hub = bench.start();
    let tally = hub.api().tally();
    hub.stop().unwrap();

    let entries = entries(&bench.path);
    assert!(entries.is_sorted_by_key(|entry| entry.stamp.at.wall));
    let at: UnixMillis = tally["at"].as_str().unwrap().parse().unwrap();
    assert!(at >= before.floor_millis());
    assert!(tally["clock_offset_ms"].as_i64().unwrap() <= -3_590_000, "{tally}");
}

#[test]
fn a_lesson_ends_by_its_plan_when_nobody_signals_the_end() {
    let bench = OnManualClock::new();
    let hub = bench.start();
    let api = hub.api();
    assert_eq!(api.signal("start").status, 200);
    assert_eq!(api.tally()["phase"], "running");

    bench.time.advance(30 * 60 * 1_000_000);

    eventually("the planned end", || (api.tally()["phase"] == "ended").then_some(()));
}
