//! The hub's clock: log time, which runs with the time since boot and never back. The only file that asks the system for the time.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use rustix::time::{ClockId, Timespec, clock_gettime};

use crate::domain::{
    event::Reading,
    time::{BootMicros, UnixMicros, UnixMillis},
};

/// Where the two raw times come from.
trait Source: Send + Sync {
    /// The wall clock, which others may step.
    fn wall(&self) -> UnixMicros;
    /// The time since boot, suspend included, which nobody can step.
    fn boot(&self) -> BootMicros;
}

/// Reads log time: the wall clock at the start, and from there on the time since boot.
#[derive(Clone)]
pub struct Clock {
    source: Arc<dyn Source>,
    anchor: Reading,
}

/// The system's own clocks.
struct System;

/// Both times as a test sets them.
#[derive(Clone, Debug, Default)]
pub struct ManualTime(Arc<Times>);

#[derive(Debug, Default)]
struct Times {
    wall: AtomicI64,
    boot: AtomicU64,
}

impl Clock {
    /// The system's clock, anchored no earlier than `last`, the newest entry of the log.
    #[must_use]
    pub fn system(last: Option<Reading>) -> Self {
        Self::anchored(Arc::new(System), last)
    }

    /// A clock that a test moves through `time`.
    #[must_use]
    pub fn manual(time: &ManualTime, last: Option<Reading>) -> Self {
        Self::anchored(Arc::new(time.clone()), last)
    }

    fn anchored(source: Arc<dyn Source>, last: Option<Reading>) -> Self {
        let wall = last.map_or_else(|| source.wall(), |last| source.wall().max(last.wall));
        let anchor = Reading { wall, boot: source.boot() };
        Self { source, anchor }
    }

    /// Log time and the time since boot, of the same moment.
    #[must_use]
    pub fn now(&self) -> Reading {
        let boot = self.source.boot();
        let elapsed = boot.0.saturating_sub(self.anchor.boot.0);
        Reading { wall: UnixMicros(self.anchor.wall.0.saturating_add_unsigned(elapsed)), boot }
    }

    /// Log time in the resolution of counts.
    #[must_use]
    pub fn now_millis(&self) -> UnixMillis {
        self.now().wall.floor_millis()
    }

    /// Wall clock minus log time, in microseconds: it changes only when somebody sets or slews the wall clock.
    #[must_use]
    pub fn offset_us(&self) -> i64 {
        self.source.wall().0.saturating_sub(self.now().wall.0)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("now", &self.now()).finish_non_exhaustive()
    }
}

fn micros(time: Timespec) -> i64 {
    let fraction = time.tv_nsec.div_euclid(1_000);
    time.tv_sec.saturating_mul(1_000_000).saturating_add(fraction)
}

impl Source for System {
    fn wall(&self) -> UnixMicros {
        UnixMicros(micros(clock_gettime(ClockId::Realtime)))
    }

    fn boot(&self) -> BootMicros {
        BootMicros(micros(clock_gettime(ClockId::Boottime)).max(0).unsigned_abs())
    }
}

impl ManualTime {
    /// Both clocks at these times.
    #[must_use]
    pub fn starting_at(wall: UnixMicros, boot: BootMicros) -> Self {
        let time = Self::default();
        time.0.wall.store(wall.0, Ordering::SeqCst);
        time.0.boot.store(boot.0, Ordering::SeqCst);
        time
    }

    /// Lets both clocks run on.
    pub fn advance(&self, micros: u64) {
        self.0.boot.fetch_add(micros, Ordering::SeqCst);
        self.step(i64::try_from(micros).unwrap_or(i64::MAX));
    }

    /// Sets the wall clock back or forward, as an operator or a time server may.
    pub fn step(&self, micros: i64) {
        self.0.wall.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Source for ManualTime {
    fn wall(&self) -> UnixMicros {
        UnixMicros(self.0.wall.load(Ordering::SeqCst))
    }

    fn boot(&self) -> BootMicros {
        BootMicros(self.0.boot.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_US: i64 = 3_600_000_000;

    #[test]
    fn log_time_does_not_follow_a_wall_clock_that_steps_back_an_hour_or_forward_a_day() {
        for step in [-HOUR_US, 24 * HOUR_US] {
            let time = ManualTime::starting_at(UnixMicros(1_000 * HOUR_US), BootMicros(5));
            let clock = Clock::manual(&time, None);

            time.step(step);
            time.advance(7);

            assert_eq!(clock.now(), Reading { wall: UnixMicros(1_000 * HOUR_US + 7), boot: BootMicros(12) });
            assert_eq!(clock.offset_us(), step);
        }
    }

    #[test]
    fn a_restart_with_the_wall_clock_set_back_goes_on_where_the_log_ended() {
        let last = Reading { wall: UnixMicros(1_000 * HOUR_US), boot: BootMicros(5) };
        let time = ManualTime::starting_at(UnixMicros(999 * HOUR_US), BootMicros(0));

        let clock = Clock::manual(&time, Some(last));

        assert_eq!(clock.now().wall, last.wall);
        assert_eq!(clock.offset_us(), -HOUR_US);
    }

    #[test]
    fn the_system_clock_never_runs_back() {
        let clock = Clock::system(None);
        let readings: Vec<_> = (0..1_000).map(|_| clock.now()).collect();

        assert!(readings.is_sorted_by_key(|reading| (reading.wall, reading.boot)));
    }
}
