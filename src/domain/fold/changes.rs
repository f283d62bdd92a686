//! When a person's standing can change although nothing happens.

use crate::domain::{
    fold::{
        intervals::Interval,
        profile::Profile,
        standing::{Evidence, Terms},
    },
    rules::{PresenceMode, Rule, RuleKind, SHARE_BP_MAX},
    time::{Millis, UnixMillis},
};

/// The next instant after the last one of a span.
const MILLISECOND: Millis = Millis(1);

impl Terms {
    /// The first instant after `now` at which the standing can change although nothing happens.
    pub(super) fn next_change(&self, evidence: &Evidence, now: UnixMillis) -> Option<UnixMillis> {
        let (window, elapsed) = self.window.zip(self.elapsed(now))?;
        let mut next = Next { now, first: None };
        if now < window.end {
            next.consider(window.end, true);
            if evidence.is_open {
                self.changes_while_present(&evidence.profile, elapsed, &mut next);
            } else {
                self.changes_while_absent(&evidence.profile, window, &mut next);
                for ruling in self.rulings_for(evidence.ruled) {
                    next.consider(ruling.back_by().plus(MILLISECOND), true);
                }
            }
        }
        for check in &self.checks {
            next.consider(check.closes.plus(MILLISECOND), evidence.responses.open > 0);
        }
        if self.rule.presence == PresenceMode::Checkpoints {
            self.changes_at_checkpoints(evidence, window, &mut next);
        }
        next.first
    }

    /// Whether at `now` an answer or a proof can still come that counts although the lesson is over.
    pub(super) fn can_change_after(&self, lesson: Interval, now: UnixMillis) -> bool {
        let checkpoint = self.rule.presence == PresenceMode::Checkpoints && now <= self.around_end(lesson).1;
        checkpoint || self.checks.iter().any(|check| now <= check.closes)
    }

    fn changes_while_present(&self, profile: &Profile, elapsed: Interval, next: &mut Next) {
        // Somebody who came at this very instant has been there for no time yet.
        next.consider(elapsed.end.plus(MILLISECOND), profile.first.is_none() || profile.last_end < elapsed.end);
        for time in [profile.strict, profile.bridged] {
            match self.rule.kind {
                RuleKind::MinimumTime => {
                    let so_far = if self.rule.continuous { time.run } else { time.total };
                    next.consider(elapsed.end.plus(self.minimum.minus(so_far)), true);
                }
                RuleKind::Share => {
                    let lost = elapsed.length().minus(time.total);
                    next.consider_option(self.share_is_regained(lost).map(|length| elapsed.start.plus(length)));
                }
                RuleKind::FullLesson | RuleKind::Peak | RuleKind::Prompts => {}
            }
        }
    }

    /// After how long a lesson this much lost time is no more than the share allows.
    fn share_is_regained(&self, lost: Millis) -> Option<Millis> {
        let allowed = u64::from(SHARE_BP_MAX).checked_sub(self.share_bp).filter(|allowed| *allowed > 0)?;
        Some(Millis(lost.0.saturating_mul(u64::from(SHARE_BP_MAX)).div_ceil(allowed)))
    }

    fn changes_while_absent(&self, profile: &Profile, window: Interval, next: &mut Next) {
        let Rule { late_ms, early_ms, .. } = self.rule;
        next.consider(window.start.plus(late_ms).plus(MILLISECOND), profile.first.is_none());
        next.consider(profile.last_end.plus(MILLISECOND), profile.first.is_some());
        next.consider(profile.last_end.plus(early_ms).plus(MILLISECOND), profile.first.is_some());
        next.consider(profile.last_end.plus(self.grace()).plus(MILLISECOND), profile.first.is_some());
        let needed = match self.rule.kind {
            RuleKind::MinimumTime => self.minimum,
            RuleKind::Share => self.share_of(window.length()),
            RuleKind::FullLesson | RuleKind::Peak | RuleKind::Prompts => return,
        };
        for time in [profile.strict, profile.bridged] {
            // The latest return after which the rest of the lesson is enough, alone or with what was gathered before.
            next.consider(window.end.minus(needed).plus(MILLISECOND), true);
            next.consider(window.end.minus(needed.minus(time.total)).plus(MILLISECOND), true);
            next.consider_option(self.share_is_lost(time.total).map(|length| window.start.plus(length)));
        }
    }

    /// The least time that is at least the share of `length`.
    fn share_of(&self, length: Millis) -> Millis {
        Millis(length.0.saturating_mul(self.share_bp).div_ceil(u64::from(SHARE_BP_MAX)))
    }

    /// After how long a lesson this much presence is less than the share.
    fn share_is_lost(&self, present: Millis) -> Option<Millis> {
        let length = present.0.saturating_mul(u64::from(SHARE_BP_MAX)).checked_div(self.share_bp)?;
        (self.rule.kind == RuleKind::Share).then(|| Millis(length.saturating_add(1)))
    }

    fn changes_at_checkpoints(&self, evidence: &Evidence, window: Interval, next: &mut Next) {
        let edges = &evidence.edges;
        next.consider(self.around_start(window).1.plus(MILLISECOND), !edges.at_start);
        next.consider(self.around_end(window).1.plus(MILLISECOND), true);
        if let Some(last) = edges.last_proof {
            next.consider(last.plus(self.rule.checkpoints.before_end_ms).plus(MILLISECOND), true);
        }
    }
}

/// The earliest of several instants after now.
struct Next {
    now: UnixMillis,
    first: Option<UnixMillis>,
}

impl Next {
    fn consider(&mut self, instant: UnixMillis, applies: bool) {
        if applies && instant > self.now {
            self.first = Some(self.first.map_or(instant, |first| first.min(instant)));
        }
    }

    fn consider_option(&mut self, instant: Option<UnixMillis>) {
        if let Some(instant) = instant {
            self.consider(instant, true);
        }
    }
}
