//! What the log says of the clock that stamped it, while the lesson ran: the time source that timekeepers stand beside.

use serde::{Deserialize, Serialize};

use crate::domain::{
    event::{Clock, ClockStatus},
    fold::attendance::Attendance,
    time::UnixMillis,
};

/// A comparison of the wall clock with log time, as the log has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain) struct ClockReading {
    pub(in crate::domain) at: UnixMillis,
    pub(in crate::domain) status: ClockStatus,
    pub(in crate::domain) offset_us: i64,
    pub(in crate::domain) max_error_us: u64,
}

impl ClockReading {
    pub(in crate::domain) fn new(clock: &Clock, at: UnixMillis) -> Self {
        let Clock { status, offset_us, max_error_us, .. } = *clock;
        Self { at, status, offset_us, max_error_us }
    }
}

/// The comparisons during the lesson, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockTally {
    /// How many.
    pub readings: u64,
    /// At how many the kernel said that a time source disciplines its clock.
    pub synchronized: u64,
    /// At how many the wall clock had been stepped.
    pub stepped: u64,
    /// The largest error that the kernel allowed for, where it was synchronized.
    pub worst_error_us: Option<u64>,
    /// The farthest that the wall clock was from log time, without its sign.
    pub worst_offset_us: Option<u64>,
}

impl Attendance {
    /// What the clock said during the lesson; nothing before its start.
    pub(super) fn clock_tally(&self) -> ClockTally {
        let Some(window) = self.window() else { return ClockTally::default() };
        let during = || self.clocks.iter().filter(|reading| window.start <= reading.at && reading.at < window.end);
        let of = |status| during().filter(move |reading| reading.status == status);
        ClockTally {
            readings: during().count() as u64,
            synchronized: of(ClockStatus::Synchronized).count() as u64,
            stepped: of(ClockStatus::Stepped).count() as u64,
            worst_error_us: of(ClockStatus::Synchronized).map(|reading| reading.max_error_us).max(),
            worst_offset_us: during().map(|reading| reading.offset_us.unsigned_abs()).max(),
        }
    }
}
