//! Timekeepers: what their own clocks said at the signals, beside the server's.

use serde::{Deserialize, Serialize};

use crate::domain::{
    event::{Signal, StaffRole},
    fold::attendance::{Attendance, Given},
    ids::Pseudonym,
    reviews::{
        acts::{Act, ActRefusal, Staff},
        deed::Deed,
    },
    time::UnixMillis,
};

/// A timekeeper's reading beside the server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadingBeside {
    /// Of which signal.
    pub signal: Signal,
    /// Who read.
    pub by: Pseudonym,
    /// What they read.
    pub reading: UnixMillis,
    /// The server's time of the signal that stands.
    pub server: UnixMillis,
    /// The reading minus the server's time.
    pub difference_ms: i64,
}

impl Attendance {
    /// A signal that stands.
    fn given(&self, signal: Signal) -> Option<Given> {
        match signal {
            Signal::Start => self.start,
            Signal::End => self.end,
            Signal::Void => None,
        }
    }

    pub(super) fn reading_allowed(&self, signal: Signal, staff: &Staff) -> Result<(), ActRefusal> {
        if staff.role != StaffRole::Timekeeper {
            return Err(ActRefusal::Timekeeper);
        }
        self.given(signal).map(|_| ()).ok_or(ActRefusal::NoSignal)
    }

    /// Every reading of a signal that stands, in order.
    #[must_use]
    pub fn readings(&self) -> Vec<ReadingBeside> {
        let beside = |act: &Act| {
            let Deed::Read { signal, reading } = act.deed else { return None };
            // What was read of a signal that was taken back is no reading of the one that followed.
            let server = self.given(signal).filter(|given| act.entry > given.entry)?.at;
            let difference_ms = reading.0.saturating_sub(server.0);
            Some(ReadingBeside { signal, by: act.by, reading, server, difference_ms })
        };
        self.acts().filter_map(beside).collect()
    }
}
