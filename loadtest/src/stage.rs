//! The stage: what all clients of a run share, and the cues that tell them where the lesson stands.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    sync::{SetOnce, watch},
    time::{Instant, sleep_until},
};

use crate::group::Anchor;

/// Where the lesson stands, as the clients need it.
#[derive(Clone, Debug)]
pub(crate) struct Cue {
    /// When the doors opened.
    pub(crate) doors: Instant,
    /// When the start signal was given.
    pub(crate) start: Option<Instant>,
    /// The participation checks that the lesson has shown so far.
    pub(crate) checks: Vec<Shown>,
    /// When the end signal was given.
    pub(crate) end: Option<Instant>,
    /// Whether everybody goes home.
    pub(crate) over: bool,
}

/// A participation check on the lesson's screen.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    /// Since when.
    pub(crate) at: Instant,
    /// The word to type.
    pub(crate) word: Option<Arc<str>>,
}

impl Cue {
    /// The doors open now.
    pub(crate) fn opening() -> Self {
        Self { doors: Instant::now(), start: None, checks: Vec::new(), end: None, over: false }
    }

    /// When times after an anchor run from, once that is known.
    fn anchor(&self, anchor: Anchor) -> Option<Instant> {
        match anchor {
            Anchor::Start => self.start,
            Anchor::FirstCheck => self.checks.first().map(|shown| shown.at),
            Anchor::SecondCheck => self.checks.get(1).map(|shown| shown.at),
            Anchor::End => self.end,
        }
    }
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
    pub(crate) async fn reach(&self, cues: &mut watch::Receiver<Cue>, after: Anchor, at_ms: i64) -> bool {
        match self.moment(cues, after, at_ms).await {
            Some(moment) => self.until(cues, moment).await,
            None => false,
        }
    }

    /// Waits until a stay has lasted for so long since it was first counted; false when everybody went home before.
    pub(crate) async fn outlast(
        &self,
        cues: &mut watch::Receiver<Cue>,
        counted: &SetOnce<Instant>,
        length_ms: i64,
    ) -> bool {
        let since = tokio::select! {
            since = counted.wait() => *since,
            () = over(cues) => return false,
        };
        match plus(since, length_ms) {
            Some(moment) => self.until(cues, moment).await,
            None => false,
        }
    }

    /// Waits for a moment, and notes how late it is then.
    async fn until(&self, cues: &mut watch::Receiver<Cue>, moment: Instant) -> bool {
        tokio::select! {
            () = sleep_until(moment) => {}
            () = over(cues) => return false,
        }
        let lag = Instant::now().saturating_duration_since(moment).as_millis();
        self.counters.lag_ms.fetch_max(u64::try_from(lag).unwrap_or(u64::MAX), Relaxed);
        true
    }

    /// The instant of a moment of the plan, once it is known; nothing when everybody went home before it.
    async fn moment(&self, cues: &mut watch::Receiver<Cue>, after: Anchor, at_ms: i64) -> Option<Instant> {
        if after == Anchor::Start && at_ms < 0 {
            let doors = cues.borrow().doors;
            return plus(doors, at_ms.saturating_add(self.lobby_ms));
        }
        let cue = cues.wait_for(|cue| cue.anchor(after).is_some() || cue.over).await.ok()?;
        let from = cue.anchor(after).filter(|_| !cue.over)?;
        plus(from, at_ms)
    }

    /// Whether a moment of the plan has come.
    pub(crate) fn is_past(&self, at_ms: i64) -> bool {
        let cue = self.cues.borrow();
        let moment = match cue.start {
            Some(start) if at_ms >= 0 => plus(start, at_ms),
            Some(_) | None if at_ms < 0 => plus(cue.doors, at_ms.saturating_add(self.lobby_ms)),
            Some(_) | None => None,
        };
        moment.is_some_and(|moment| Instant::now() >= moment)
    }

    /// The word of the check with this number, from 1, once the lesson shows it.
    pub(crate) fn word(&self, number: u64) -> Option<Arc<str>> {
        let place = usize::try_from(number.checked_sub(1)?).ok()?;
        self.cues.borrow().checks.get(place)?.word.clone()
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

fn plus(from: Instant, ms: i64) -> Option<Instant> {
    from.checked_add(Duration::from_millis(u64::try_from(ms).unwrap_or_default()))
}
