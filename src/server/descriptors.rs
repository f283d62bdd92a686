//! How many sockets this process may hold, and what each kind of socket gets of them.

use std::sync::Arc;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::Semaphore;

/// What the log, the files, the libraries and the runtime need.
const FILES: u64 = 256;

/// Pages, staff and connections that are not upgraded yet. One more waits in the backlog, not in memory.
const HTTP_MAX: u64 = 512;

/// Participants' sockets beyond the limit that are told so at the same time.
const REFUSALS_MAX: u64 = 128;

/// The part of the limit that participants on networks without WebSockets can take, and the most that one process needs.
const POLLS_SHARE: u64 = 8;
const POLLS_MAX: u64 = 4_096;

/// With fewer participants than this the hub would be of no use.
const PARTICIPANTS_MIN: u64 = 64;

/// The largest budget that makes sense: one process was never measured beyond it.
const PARTICIPANTS_MAX: u64 = 1_000_000;

/// The permits of one process; a handle.
#[derive(Clone, Debug)]
pub struct Descriptors {
    pub(super) http: Arc<Semaphore>,
    pub(super) participants: Arc<Semaphore>,
    pub(super) refusals: Arc<Semaphore>,
    /// Connections that carry a held request.
    pub(super) polls: Arc<Semaphore>,
    /// Sessions that are carried by requests; they need no descriptor, but memory.
    pub(super) pollers: Arc<Semaphore>,
    limit: u64,
    capacity: usize,
}

/// The process may not open enough descriptors: raise its limit (`ulimit -n`, or `LimitNOFILE` of its unit).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this process may open {limit} descriptors and needs at least {least}")]
pub struct TooFewDescriptors {
    limit: u64,
    least: u64,
}

/// Raises this process's limit of open descriptors as far as it may, and says how far that is.
#[must_use]
pub fn raise_limit() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // A refusal leaves the limit where it is, and the budget follows from what is read back.
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    let limit = if raised { maximum } else { current };
    limit.unwrap_or(u64::MAX)
}

impl Descriptors {
    /// Divides a limit.
    ///
    /// # Errors
    /// When the limit leaves too few participants.
    pub fn within(limit: u64) -> Result<Self, TooFewDescriptors> {
        let polls = limit.div_euclid(POLLS_SHARE).min(POLLS_MAX);
        let others = FILES.saturating_add(HTTP_MAX).saturating_add(REFUSALS_MAX).saturating_add(polls);
        let participants = limit.saturating_sub(others).min(PARTICIPANTS_MAX);
        if participants < PARTICIPANTS_MIN {
            return Err(TooFewDescriptors { limit, least: others.saturating_add(PARTICIPANTS_MIN) });
        }
        Ok(Self::of(limit, participants, polls))
    }

    /// A budget with this many participants, for tests of what lies beyond it.
    #[must_use]
    pub fn of_participants(participants: u32) -> Self {
        let participants = u64::from(participants);
        Self::of(participants, participants, participants)
    }

    fn of(limit: u64, participants: u64, polls: u64) -> Self {
        let permits = |count: u64| Arc::new(Semaphore::new(usize::try_from(count).unwrap_or(Semaphore::MAX_PERMITS)));
        let sockets = permits(participants);
        Self {
            http: permits(HTTP_MAX),
            capacity: sockets.available_permits(),
            participants: sockets,
            refusals: permits(REFUSALS_MAX),
            polls: permits(polls),
            pollers: permits(polls),
            limit,
        }
    }

    /// The process's limit.
    #[must_use]
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// How many participants' sockets can be held.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_thousand_descriptors_hold_more_than_sixteen_thousand_participants() {
        assert_eq!(Descriptors::within(20_000).unwrap().capacity(), 20_000 - 256 - 512 - 128 - 2_500);
    }

    #[test]
    fn a_limit_that_leaves_nobody_is_refused_with_the_number_that_is_needed() {
        let refused = Descriptors::within(512).unwrap_err();

        assert_eq!(refused.to_string(), "this process may open 512 descriptors and needs at least 1024");
    }
}
