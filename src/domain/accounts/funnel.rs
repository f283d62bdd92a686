//! From everybody on the list to those who are certified: an equation in which each person stands once.

use serde::{Deserialize, Serialize};

use crate::domain::{
    accounts::account::{PersonAccount, Reason, Status},
    rules::SHARE_BP_MAX,
};

/// The first step: everybody on the roster at the opening, and everybody who was added since.
pub const ON_THE_LIST: &str = "on_the_list";
/// The last step: what is left when everybody who does not count is taken away.
pub const CERTIFIED: &str = "certified";

/// One line of the funnel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// [`ON_THE_LIST`], a reason, or [`CERTIFIED`].
    pub step: String,
    /// How many persons.
    pub count: u64,
}

/// The funnel of these accounts: who is on the list, without those of each reason in the order in which reasons apply,
/// are the certified.
#[must_use]
pub fn funnel(accounts: &[PersonAccount]) -> Vec<Step> {
    let step = |name: &str, count: usize| Step { step: name.to_owned(), count: count as u64 };
    let mut steps = vec![step(ON_THE_LIST, accounts.len())];
    for reason in Reason::ALL {
        let of_it = accounts.iter().filter(|account| account.reason == Some(reason)).count();
        steps.push(step(reason.name(), of_it));
    }
    steps.push(step(CERTIFIED, accounts.iter().filter(|account| account.status == Status::Certified).count()));
    steps
}

/// Whether the first step without all the ones between is the last.
#[must_use]
pub fn closes(steps: &[Step]) -> bool {
    let Some((first, rest)) = steps.split_first() else { return false };
    let Some((last, between)) = rest.split_last() else { return false };
    let away: u64 = between.iter().map(|step| step.count).fold(0, u64::saturating_add);
    first.step == ON_THE_LIST && last.step == CERTIFIED && first.count == away.saturating_add(last.count)
}

impl Step {
    /// Whether it is the first or the last step; all others take persons away.
    #[must_use]
    pub fn is_edge(&self) -> bool {
        self.step == ON_THE_LIST || self.step == CERTIFIED
    }
}

/// Each step with how many persons are left after it.
pub fn left_after(steps: &[Step]) -> impl Iterator<Item = (&Step, u64)> {
    let mut left = steps.first().map_or(0, |step| step.count);
    steps.iter().map(move |step| {
        if !step.is_edge() {
            left = left.saturating_sub(step.count);
        }
        (step, left)
    })
}

/// Of those who meet every other clause of the rule, how many do not answer the participation checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inactive {
    /// Persons who meet every other clause and fail that of the checks.
    pub persons: u64,
    /// Persons who meet every other clause.
    pub of: u64,
    /// The declared ceiling in basis points; none where the declaration names none.
    pub ceiling_bp: Option<u16>,
    /// Whether the share is strictly more than the ceiling; what follows from it is the adjudicator's decision.
    pub exceeded: bool,
}

impl Inactive {
    /// The share against its ceiling, by cross-multiplication.
    #[must_use]
    pub fn new(persons: u64, of: u64, ceiling_bp: Option<u16>) -> Self {
        let exceeded = ceiling_bp.is_some_and(|ceiling| {
            u128::from(persons).saturating_mul(u128::from(SHARE_BP_MAX))
                > u128::from(of).saturating_mul(u128::from(ceiling))
        });
        Self { persons, of, ceiling_bp, exceeded }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ceiling_is_exceeded_by_strictly_more_than_its_share() {
        assert!(!Inactive::new(10, 100, Some(1_000)).exceeded);
        assert!(Inactive::new(11, 100, Some(1_000)).exceeded);
        assert!(!Inactive::new(100, 100, None).exceeded);
    }

    #[test]
    fn a_funnel_that_loses_somebody_does_not_close() {
        let step = |name: &str, count| Step { step: name.into(), count };
        let sound = [step(ON_THE_LIST, 5), step("late", 2), step(CERTIFIED, 3)];
        let lossy = [step(ON_THE_LIST, 5), step("late", 1), step(CERTIFIED, 3)];

        assert!(closes(&sound) && closes(&funnel(&[])));
        assert!(!closes(&lossy) && !closes(&[]));
    }
}
