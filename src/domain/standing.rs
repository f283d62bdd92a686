//! Where one person stands under the declared rule, and when that can change without a new event.

use super::{
    intervals::Interval,
    rules::{Declaration, Rule, RuleKind, SHARE_BP_MAX},
    time::{Millis, UnixMillis},
};

/// The rule together with the lesson to which it is applied.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    rule: Rule,
    minimum: Millis,
    share_bp: u64,
    /// From the start signal to the end signal, or to the planned end. None before the start.
    pub(super) window: Option<Interval>,
}

/// What a person's presence in the lesson amounts to, grown stretch by stretch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Profile {
    /// When they first were there.
    pub(super) first: Option<UnixMillis>,
    /// The end of their last stretch.
    pub(super) last_end: UnixMillis,
    /// The longest interruption.
    pub(super) longest_gap: Millis,
    /// Without bridging.
    pub(super) strict: Time,
    /// With every interruption of at most the declared grace bridged.
    pub(super) bridged: Time,
}

/// Time present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Time {
    /// In total.
    pub(super) total: Millis,
    /// In the longest run.
    pub(super) longest: Millis,
    /// In the run that is still going on, or was the last.
    run: Millis,
}

/// Where a person stands, as if the lesson ended now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Proved time in the lesson.
    pub present_ms: Millis,
    /// Whether they were there at all.
    pub in_lesson: bool,
    /// Whether they were there throughout, without allowances and bridging.
    pub full_lesson: bool,
    /// Whether they satisfy the declared rule with its grace.
    pub qualifies: bool,
    /// Whether they satisfy it without bridging.
    pub qualifies_strict: bool,
    /// Whether they will, if they stay from now to the end.
    pub can_qualify: bool,
}

impl Standing {
    /// The same presence of somebody whom the declaration does not let count.
    #[must_use]
    pub(super) fn of_somebody_who_does_not_count(self) -> Self {
        Self { qualifies: false, qualifies_strict: false, can_qualify: false, ..self }
    }
}

/// Whether interruptions within the declared grace are bridged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bridging {
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
    pub(super) fn push(&mut self, stretch: Interval, grace: Millis) {
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
            if gap > grace {
                self.bridged.interrupt();
            } else {
                self.bridged.grow(gap);
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

impl Terms {
    pub(super) fn new(declaration: &Declaration) -> Self {
        Self {
            rule: declaration.rule.clone(),
            minimum: declaration.minimum_time(),
            share_bp: u64::from(declaration.share_bp()),
            window: None,
        }
    }

    pub(super) fn grace(&self) -> Millis {
        self.rule.grace_ms
    }

    pub(super) fn kind(&self) -> RuleKind {
        self.rule.kind
    }

    /// The part of the lesson that has taken place at `now`; empty at its first instant, none before.
    pub(super) fn elapsed(&self, now: UnixMillis) -> Option<Interval> {
        let window = self.window?;
        (now >= window.start).then(|| Interval { start: window.start, end: now.min(window.end) })
    }

    /// Whether an absence from `last_proof` to `until` is bridged: it lies within the lesson, on both sides of it
    /// somebody was there, and it is no longer than the grace.
    pub(super) fn bridges(&self, last_proof: UnixMillis, until: UnixMillis) -> bool {
        self.window.is_some_and(|lesson| {
            last_proof > lesson.start && until < lesson.end && until.since(last_proof) <= self.grace()
        })
    }

    /// Present by the latest arrival.
    pub(super) fn in_time(&self, profile: &Profile, lesson: Interval) -> bool {
        profile.first.is_some_and(|first| first <= lesson.start.plus(self.rule.late_ms))
    }

    /// Present until the earliest departure.
    pub(super) fn to_the_end(&self, profile: &Profile, lesson: Interval) -> bool {
        profile.first.is_some() && profile.last_end >= lesson.end.minus(self.rule.early_ms)
    }

    /// Without an interruption that is not bridged.
    pub(super) fn unbroken(&self, profile: &Profile, bridging: Bridging) -> bool {
        match bridging {
            Bridging::Strict => profile.longest_gap == Millis(0),
            Bridging::Bridged => profile.longest_gap <= self.grace(),
        }
    }

    pub(super) fn full_lesson(&self, profile: &Profile, lesson: Interval, bridging: Bridging) -> bool {
        self.in_time(profile, lesson) && self.to_the_end(profile, lesson) && self.unbroken(profile, bridging)
    }

    pub(super) fn minimum_time(&self, profile: &Profile, continuous: bool, bridging: Bridging) -> bool {
        let time = profile.time(bridging);
        profile.first.is_some() && if continuous { time.longest } else { time.total } >= self.minimum
    }

    /// Integer cross-multiplication: equality passes, nothing is rounded.
    pub(super) fn share(&self, profile: &Profile, lesson: Interval, bridging: Bridging) -> bool {
        let present = u128::from(profile.time(bridging).total.0).saturating_mul(u128::from(SHARE_BP_MAX));
        profile.first.is_some() && present >= u128::from(lesson.length().0).saturating_mul(u128::from(self.share_bp))
    }

    /// The declared rule. Who was there at the peak is not a matter of one person's profile.
    pub(super) fn holds(&self, profile: &Profile, lesson: Interval, bridging: Bridging) -> bool {
        match self.rule.kind {
            RuleKind::FullLesson => self.full_lesson(profile, lesson, bridging),
            RuleKind::MinimumTime => self.minimum_time(profile, self.rule.continuous, bridging),
            RuleKind::Share => self.share(profile, lesson, bridging),
            RuleKind::Peak => false,
        }
    }

    /// Where a person with this profile stands at `now`. The profile covers the lesson up to `now`.
    pub(super) fn standing(&self, profile: &Profile, now: UnixMillis) -> Standing {
        let Some((window, elapsed)) = self.window.zip(self.elapsed(now)) else {
            return Standing { can_qualify: true, ..Standing::default() };
        };
        let qualifies = self.holds(profile, elapsed, Bridging::Bridged);
        let can_qualify = if now >= window.end { qualifies } else { self.can_still_hold(profile, window, now) };
        Standing {
            present_ms: profile.strict.total,
            in_lesson: profile.first.is_some(),
            // Without allowances and bridges, throughout means every millisecond.
            full_lesson: profile.first.is_some() && profile.strict.total == elapsed.length(),
            qualifies,
            qualifies_strict: self.holds(profile, elapsed, Bridging::Strict),
            can_qualify,
        }
    }

    /// Whether the rule will hold for somebody who is there from `now` to the end, or who has enough already: after
    /// the earliest departure nobody has to come back.
    fn can_still_hold(&self, profile: &Profile, window: Interval, now: UnixMillis) -> bool {
        let mut hoped = *profile;
        hoped.push(Interval { start: now.max(window.start), end: window.end }, self.grace());
        let holds = |profile| self.holds(profile, window, Bridging::Bridged);
        self.rule.kind == RuleKind::Peak || holds(&hoped) || holds(profile)
    }

    /// The first instant after `now` at which the standing can change although nothing happens.
    pub(super) fn next_change(&self, profile: &Profile, is_open: bool, now: UnixMillis) -> Option<UnixMillis> {
        let window = self.window.filter(|window| now < window.end)?;
        let elapsed = self.elapsed(now)?;
        let mut next = Next { now, first: window.end };
        if is_open {
            self.changes_while_present(profile, elapsed, &mut next);
        } else {
            self.changes_while_absent(profile, window, &mut next);
        }
        Some(next.first)
    }

    fn changes_while_present(&self, profile: &Profile, elapsed: Interval, next: &mut Next) {
        // Somebody who came at this very instant has been there for no time yet.
        next.consider(elapsed.end.plus(Millis(1)), profile.first.is_none() || profile.last_end < elapsed.end);
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
                RuleKind::FullLesson | RuleKind::Peak => {}
            }
        }
    }

    /// After how long a lesson this much lost time is no more than the share allows.
    fn share_is_regained(&self, lost: Millis) -> Option<Millis> {
        let allowed = u64::from(SHARE_BP_MAX).checked_sub(self.share_bp).filter(|allowed| *allowed > 0)?;
        Some(Millis(lost.0.saturating_mul(u64::from(SHARE_BP_MAX)).div_ceil(allowed)))
    }

    fn changes_while_absent(&self, profile: &Profile, window: Interval, next: &mut Next) {
        let millisecond = Millis(1);
        let Rule { late_ms, early_ms, .. } = self.rule;
        next.consider(window.start.plus(late_ms).plus(millisecond), profile.first.is_none());
        next.consider(profile.last_end.plus(millisecond), profile.first.is_some());
        next.consider(profile.last_end.plus(early_ms).plus(millisecond), profile.first.is_some());
        next.consider(profile.last_end.plus(self.grace()).plus(millisecond), profile.first.is_some());
        let needed = match self.rule.kind {
            RuleKind::MinimumTime => self.minimum,
            RuleKind::Share => self.share_of(window.length()),
            RuleKind::FullLesson | RuleKind::Peak => return,
        };
        for time in [profile.strict, profile.bridged] {
            // The latest return after which the rest of the lesson is enough, alone or with what was gathered before.
            next.consider(window.end.minus(needed).plus(millisecond), true);
            next.consider(window.end.minus(needed.minus(time.total)).plus(millisecond), true);
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
}

/// The earliest of several instants after now.
struct Next {
    now: UnixMillis,
    first: UnixMillis,
}

impl Next {
    fn consider(&mut self, instant: UnixMillis, applies: bool) {
        if applies && instant > self.now {
            self.first = self.first.min(instant);
        }
    }

    fn consider_option(&mut self, instant: Option<UnixMillis>) {
        if let Some(instant) = instant {
            self.consider(instant, true);
        }
    }
}
