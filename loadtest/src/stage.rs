//! The stage: what all clients of a run share, and the cues that tell them where the lesson stands.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

/// Where the lesson stands, as the clients need it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cue {
    /// When the doors opened.
    pub(crate) doors: Instant,
    /// When the start signal was given.
    pub(crate) start: Option<Instant>,
    /// Whether everybody goes home.
    pub(crate) over: bool,
}

/// What all clients share.
#[derive(Debug)]
pub(crate) struct Stage {
    /// The hub.
    pub(crate) hub: SocketAddr,
    /// From how many loopback addresses the clients come: each has its own range of ports.
    pub(crate) sources: u8,
    /// From the doors to the planned start.
    pub(crate) lobby_ms: i64,
    /// Whether the hub is killed on purpose: then a failed connection is not a failure.
    pub(crate) killing: bool,
    /// The cues.
    pub(crate) cues: watch::Receiver<Cue>,
    /// What is known at this moment.
    pub(crate) counters: Counters,
}

/// What is known of all clients at this moment.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Connections that were ever counted.
    pub(crate) counted: AtomicUsize,
    /// Connections that are counted and open.
    pub(crate) open: AtomicUsize,
    /// Connections that should be open: planned, begun, and not ended by their client.
    pub(crate) wanted: AtomicUsize,
    /// Planned connections that failed at their first attempt.
    pub(crate) failed: AtomicUsize,
    /// The longest that anything came after its planned time, in milliseconds.
    pub(crate) lag_ms: AtomicU64,
    /// The first failure, in words.
    pub(crate) first_failure: std::sync::OnceLock<String>,
}

impl Stage {
    /// Waits until a moment of the plan; false when everybody went home before it.
    pub(crate) async fn reach(&self, cues: &mut watch::Receiver<Cue>, at_ms: i64) -> bool {
        let Some(moment) = self.moment(cues, at_ms).await else { return false };
        tokio::select! {
            () = sleep_until(moment) => {}
            () = over(cues) => return false,
        }
        let lag = Instant::now().saturating_duration_since(moment).as_millis();
        self.counters.lag_ms.fetch_max(u64::try_from(lag).unwrap_or(u64::MAX), Relaxed);
        true
    }

    /// The instant of a moment of the plan, once it is known; nothing when everybody went home before it.
    async fn moment(&self, cues: &mut watch::Receiver<Cue>, at_ms: i64) -> Option<Instant> {
        if at_ms < 0 {
            let doors = cues.borrow().doors;
            return after(doors, at_ms.saturating_add(self.lobby_ms));
        }
        let cue = *cues.wait_for(|cue| cue.start.is_some() || cue.over).await.ok()?;
        cue.start.filter(|_| !cue.over).and_then(|start| after(start, at_ms))
    }

    /// Notes a planned connection that failed at its first attempt.
    pub(crate) fn failed(&self, what: impl FnOnce() -> String) {
        if !self.killing {
            self.counters.failed.fetch_add(1, Relaxed);
            self.counters.first_failure.get_or_init(what);
        }
    }
}

/// Waits until everybody goes home.
pub(crate) async fn over(cues: &mut watch::Receiver<Cue>) {
    // The conductor drops its end only when the run is abandoned: that is the end of the lesson too.
    drop(cues.wait_for(|cue| cue.over).await);
}

fn after(from: Instant, ms: i64) -> Option<Instant> {
    from.checked_add(Duration::from_millis(u64::try_from(ms).unwrap_or_default()))
}
