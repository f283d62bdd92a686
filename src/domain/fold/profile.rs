//! What one person's presence in the lesson amounts to.

use crate::domain::{
    fold::intervals::Interval,
    time::{Millis, UnixMillis},
};

/// What a person's presence in the lesson amounts to, grown stretch by stretch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::domain) struct Profile {
    /// When they first were there.
    pub(super) first: Option<UnixMillis>,
    /// The end of their last stretch.
    pub(super) last_end: UnixMillis,
    /// The longest interruption.
    pub(super) longest_gap: Millis,
    /// Whether any interruption is not bridged.
    pub(super) broken: bool,
    /// Without bridging.
    pub(in crate::domain) strict: Time,
    /// With every interruption of at most the declared grace bridged, and those that a ruling bridges.
    pub(in crate::domain) bridged: Time,
}

/// Time present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::domain) struct Time {
    /// In total.
    pub(in crate::domain) total: Millis,
    /// In the longest run.
    pub(in crate::domain) longest: Millis,
    /// In the run that is still going on, or was the last.
    pub(in crate::domain) run: Millis,
}

/// Whether interruptions within the declared grace are bridged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain) enum Bridging {
    Strict,
    Bridged,
}

impl Time {
    fn grow(&mut self, length: Millis) {
        self.total = self.total.plus(length);
        self.run = self.run.plus(length);
        self.longest = self.longest.max(self.run);
    }

    fn interrupt(&mut self) {
        self.run = Millis(0);
    }
}

impl Profile {
    /// Adds the next stretch, which begins at or after the end of the one before.
    pub(super) fn push(&mut self, stretch: Interval, bridges: impl Fn(UnixMillis, UnixMillis) -> bool) {
        if stretch.start >= stretch.end {
            return;
        }
        if self.first.is_none() {
            self.first = Some(stretch.start);
        } else {
            let gap = stretch.start.since(self.last_end);
            self.longest_gap = self.longest_gap.max(gap);
            if gap > Millis(0) {
                self.strict.interrupt();
            }
            if gap == Millis(0) || bridges(self.last_end, stretch.start) {
                self.bridged.grow(gap);
            } else {
                self.bridged.interrupt();
                self.broken = true;
            }
        }
        self.strict.grow(stretch.length());
        self.bridged.grow(stretch.length());
        self.last_end = stretch.end;
    }

    pub(super) fn time(&self, bridging: Bridging) -> Time {
        match bridging {
            Bridging::Strict => self.strict,
            Bridging::Bridged => self.bridged,
        }
    }
}
