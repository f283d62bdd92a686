//! Where one person stands under the declared rule.

use crate::domain::{
    fold::{
        checks::Responses,
        intervals::Interval,
        profile::{Bridging, Profile},
    },
    reviews::rulings::{Ruled, Ruling},
    rules::{Checkpoints, Declaration, PresenceMode, Rule, RuleKind, SHARE_BP_MAX},
    time::{Millis, UnixMillis},
};

/// The rule together with the lesson to which it is applied.
#[derive(Clone, Debug)]
pub(in crate::domain) struct Terms {
    pub(in crate::domain) rule: Rule,
    pub(in crate::domain) minimum: Millis,
    pub(in crate::domain) share_bp: u64,
    /// From the start signal to the end signal, or to the planned end. None before the start.
    pub(in crate::domain) window: Option<Interval>,
    /// Whether attendance is closed: nobody comes, is scanned or answers any more.
    pub(in crate::domain) closed: bool,
    /// The lesson's participation checks, in the order in which they were opened.
    pub(in crate::domain) checks: Vec<CheckTerms>,
    /// How many planned checks are still to come.
    pub(in crate::domain) checks_to_come: u32,
    /// The outages that two sides have agreed to bridge.
    pub(in crate::domain) rulings: Vec<Ruling>,
}

/// A check of the lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain) struct CheckTerms {
    /// Its place among all checks that were ever opened.
    pub(super) place: usize,
    /// Until when an answer counts, this instant included.
    pub(super) closes: UnixMillis,
}

/// What is known of a person at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::domain) struct Evidence {
    /// Their presence in the lesson so far.
    pub(in crate::domain) profile: Profile,
    /// Their proofs around its start and its end.
    pub(in crate::domain) edges: AtEdges,
    /// Their answers to its checks.
    pub(in crate::domain) responses: Responses,
    /// Whether a connection of theirs is open.
    pub(in crate::domain) is_open: bool,
    /// What their presence will be in the whole lesson if they are inside the hall, where an exit proves all since: none
    /// once no exit can come.
    pub(in crate::domain) inside: Option<Profile>,
    /// The rulings that apply to them.
    pub(in crate::domain) ruled: Ruled,
}

/// Whether somebody was proved around the edges of the lesson, as the mode `checkpoints` asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::domain) struct AtEdges {
    /// Around the start.
    pub(in crate::domain) at_start: bool,
    /// Around the end, which is now while the lesson runs.
    pub(in crate::domain) at_end: bool,
    /// The last proof among the connections that have ended.
    pub(in crate::domain) last_proof: Option<UnixMillis>,
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
    /// Whether they meet every clause of the rule but that of the participation checks.
    pub active_or_not: bool,
    /// Whether they satisfy the declared rule with its grace.
    pub qualifies: bool,
    /// Whether they satisfy it without bridging.
    pub qualifies_strict: bool,
    /// Whether they will, if they stay from now to the end and answer every check to come.
    pub can_qualify: bool,
}

impl Standing {
    /// The same presence of somebody whom the declaration does not let count.
    #[must_use]
    pub(in crate::domain) fn of_somebody_who_does_not_count(self) -> Self {
        Self { active_or_not: false, qualifies: false, qualifies_strict: false, can_qualify: false, ..self }
    }
}

impl Terms {
    pub(in crate::domain) fn new(declaration: &Declaration) -> Self {
        Self {
            rule: declaration.rule.clone(),
            minimum: declaration.minimum_time(),
            share_bp: u64::from(declaration.share_bp()),
            window: None,
            closed: false,
            checks: Vec::new(),
            checks_to_come: 0,
            rulings: Vec::new(),
        }
    }

    pub(in crate::domain) fn grace(&self) -> Millis {
        self.rule.grace_ms
    }

    pub(in crate::domain) fn kind(&self) -> RuleKind {
        self.rule.kind
    }

    pub(in crate::domain) fn presence(&self) -> PresenceMode {
        self.rule.presence
    }

    /// Whether the rule asks for presence that an interruption could break.
    pub(in crate::domain) fn asks_for_unbroken_presence(&self) -> bool {
        let measured = match self.rule.kind {
            RuleKind::FullLesson | RuleKind::MinimumTime | RuleKind::Share => true,
            RuleKind::Peak | RuleKind::Prompts => false,
        };
        measured && self.rule.presence == PresenceMode::Continuous
    }

    /// The part of the lesson that has taken place at `now`; empty at its first instant, none before.
    pub(in crate::domain) fn elapsed(&self, now: UnixMillis) -> Option<Interval> {
        let window = self.window?;
        (now >= window.start).then(|| Interval { start: window.start, end: now.min(window.end) })
    }

    /// Around the start of a lesson: first and last instant.
    pub(super) fn around_start(&self, lesson: Interval) -> (UnixMillis, UnixMillis) {
        let Checkpoints { before_start_ms, after_start_ms, .. } = self.rule.checkpoints;
        (lesson.start.minus(before_start_ms), lesson.start.plus(after_start_ms))
    }

    /// Around the end of a lesson: first and last instant.
    pub(super) fn around_end(&self, lesson: Interval) -> (UnixMillis, UnixMillis) {
        let Checkpoints { before_end_ms, after_end_ms, .. } = self.rule.checkpoints;
        (lesson.end.minus(before_end_ms), lesson.end.plus(after_end_ms))
    }

    /// Whether an absence from `last_proof` to `until` is bridged: it lies within the lesson, on both sides of it
    /// somebody was there, and it is no longer than the grace.
    pub(in crate::domain) fn bridges(&self, last_proof: UnixMillis, until: UnixMillis) -> bool {
        self.window.is_some_and(|lesson| {
            last_proof > lesson.start && until < lesson.end && until.since(last_proof) <= self.grace()
        })
    }

    /// Present by the latest arrival.
    pub(in crate::domain) fn in_time(&self, profile: &Profile, lesson: Interval) -> bool {
        profile.first.is_some_and(|first| first <= lesson.start.plus(self.rule.late_ms))
    }

    /// Present until the earliest departure.
    pub(in crate::domain) fn to_the_end(&self, profile: &Profile, lesson: Interval) -> bool {
        profile.first.is_some() && profile.last_end >= lesson.end.minus(self.rule.early_ms)
    }

    /// Without an interruption that is not bridged.
    pub(in crate::domain) fn unbroken(&self, profile: &Profile, bridging: Bridging) -> bool {
        match bridging {
            Bridging::Strict => profile.longest_gap == Millis(0),
            Bridging::Bridged => !profile.broken,
        }
    }

    pub(in crate::domain) fn full_lesson(&self, profile: &Profile, lesson: Interval, bridging: Bridging) -> bool {
        self.in_time(profile, lesson) && self.to_the_end(profile, lesson) && self.unbroken(profile, bridging)
    }

    pub(in crate::domain) fn minimum_time(&self, profile: &Profile, continuous: bool, bridging: Bridging) -> bool {
        let time = profile.time(bridging);
        profile.first.is_some() && if continuous { time.longest } else { time.total } >= self.minimum
    }

    /// Integer cross-multiplication: equality passes, nothing is rounded.
    pub(in crate::domain) fn share(&self, profile: &Profile, lesson: Interval, bridging: Bridging) -> bool {
        let present = u128::from(profile.time(bridging).total.0).saturating_mul(u128::from(SHARE_BP_MAX));
        profile.first.is_some() && present >= u128::from(lesson.length().0).saturating_mul(u128::from(self.share_bp))
    }

    /// The clause of presence by proofs without a gap. Who was there at the peak is not a matter of one person.
    pub(in crate::domain) fn holds_continuously(
        &self,
        profile: &Profile,
        lesson: Interval,
        bridging: Bridging,
    ) -> bool {
        match self.rule.kind {
            RuleKind::FullLesson => self.full_lesson(profile, lesson, bridging),
            RuleKind::MinimumTime => self.minimum_time(profile, self.rule.continuous, bridging),
            RuleKind::Share => self.share(profile, lesson, bridging),
            RuleKind::Prompts => profile.first.is_some(),
            RuleKind::Peak => false,
        }
    }

    /// The clause of presence by checkpoints, without that of the checks.
    pub(in crate::domain) fn holds_at_checkpoints(edges: &AtEdges) -> bool {
        edges.at_start && edges.at_end
    }

    /// The declared clause of presence.
    fn presence_holds(&self, evidence: &Evidence, lesson: Interval, bridging: Bridging) -> bool {
        match self.rule.presence {
            PresenceMode::Continuous => self.holds_continuously(&evidence.profile, lesson, bridging),
            PresenceMode::Checkpoints => Self::holds_at_checkpoints(&evidence.edges),
        }
    }

    /// The clause of the participation checks, as far as they are decided.
    pub(in crate::domain) fn checks_hold(&self, responses: &Responses, mode: PresenceMode) -> bool {
        let enough = responses.answered >= self.rule.prompts_min.unwrap_or(0);
        enough && (mode == PresenceMode::Continuous || !responses.missed_last)
    }

    /// Whether the clause of the checks will hold if everything that can be answered is.
    fn checks_can_hold(&self, responses: &Responses, none_comes: bool) -> bool {
        let planned = if none_comes { 0 } else { self.checks_to_come };
        let to_come = responses.open.saturating_add(planned);
        let enough = responses.answered.saturating_add(to_come) >= self.rule.prompts_min.unwrap_or(0);
        enough && (self.rule.presence == PresenceMode::Continuous || !responses.missed_last || to_come > 0)
    }

    /// Where a person stands at `now`, as this evidence says that was gathered then.
    pub(in crate::domain) fn standing(&self, evidence: &Evidence, now: UnixMillis) -> Standing {
        let Some((window, elapsed)) = self.window.zip(self.elapsed(now)) else {
            return Standing { can_qualify: true, ..Standing::default() };
        };
        let Evidence { profile, responses, .. } = evidence;
        let active_or_not = self.presence_holds(evidence, elapsed, Bridging::Bridged);
        let checks = self.checks_hold(responses, self.rule.presence);
        let is_over = now >= window.end;
        let can_hold = || self.presence_can_hold(evidence, window, now) && self.checks_can_hold(responses, is_over);
        Standing {
            present_ms: profile.strict.total,
            in_lesson: profile.first.is_some(),
            // Without allowances and bridges, throughout means every millisecond.
            full_lesson: profile.first.is_some() && profile.strict.total == elapsed.length(),
            active_or_not,
            qualifies: active_or_not && checks,
            qualifies_strict: checks && self.presence_holds(evidence, elapsed, Bridging::Strict),
            // After the close nobody comes back or answers.
            can_qualify: if self.closed { active_or_not && checks } else { can_hold() },
        }
    }

    /// Whether the clause of presence will hold for somebody who is there from `now` to the end, or who has enough
    /// already: after the earliest departure nobody has to come back.
    fn presence_can_hold(&self, evidence: &Evidence, window: Interval, now: UnixMillis) -> bool {
        if self.rule.presence == PresenceMode::Checkpoints {
            let edges = &evidence.edges;
            let at_start = edges.at_start || now <= self.around_start(window).1;
            let at_end = now < window.end || edges.at_end || now <= self.around_end(window).1;
            return at_start && (at_end || evidence.inside.is_some());
        }
        let holds = |profile| self.holds_continuously(profile, window, Bridging::Bridged);
        let mut hoped = evidence.inside.unwrap_or(evidence.profile);
        if now < window.end && evidence.inside.is_none() {
            let bridges = |last, back| self.bridges_for(evidence.ruled, last, back);
            hoped.push(Interval { start: now.max(window.start), end: window.end }, bridges);
        }
        (self.rule.kind == RuleKind::Peak && now < window.end) || holds(&hoped) || holds(&evidence.profile)
    }
}
