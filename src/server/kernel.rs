//! What the kernel says of its clock's discipline: the one unsafe call of this program, read only.

use crate::domain::event::ClockStatus;

/// The kernel's view of its clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discipline {
    /// Whether a time source disciplines it.
    pub status: ClockStatus,
    /// The bound of its error, in microseconds.
    pub max_error_us: u64,
    /// The estimate of its error, in microseconds.
    pub estimated_error_us: u64,
}

/// Asks the kernel.
#[must_use]
pub fn discipline() -> Discipline {
    let Some(state) = read() else {
        return Discipline { status: ClockStatus::Unknown, max_error_us: 0, estimated_error_us: 0 };
    };
    let free = state.status & libc::STA_UNSYNC != 0;
    Discipline {
        status: if free { ClockStatus::Unsynchronized } else { ClockStatus::Synchronized },
        max_error_us: state.maxerror.max(0).unsigned_abs(),
        estimated_error_us: state.esterror.max(0).unsigned_abs(),
    }
}

#[expect(unsafe_code, reason = "no safe wrapper reads the kernel's NTP state")]
fn read() -> Option<libc::timex> {
    let mut state = std::mem::MaybeUninit::<libc::timex>::zeroed();
    // SAFETY: the pointer is valid for writes of one `timex` and lives through the call, which keeps no copy of it;
    // `timex` is made of integers only, for which all bits zero is a value, so it is initialised even if the call
    // fails; zero `modes` asks the kernel to change nothing.
    let (code, state) = unsafe { (libc::ntp_adjtime(state.as_mut_ptr()), state.assume_init()) };
    (code >= 0).then_some(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_running_clock_is_not_called_synchronized() {
        let discipline = discipline();

        // Kernels give up on an undisciplined clock at 16 s of possible error.
        let hopeless = discipline.max_error_us >= 16_000_000;
        assert!(!(hopeless && discipline.status == ClockStatus::Synchronized), "{discipline:?}");
    }
}
