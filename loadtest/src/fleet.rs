//! The fleet: all devices of a plan, played at once.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use tokio::task::JoinSet;

use crate::{
    client::{Device, Story},
    plan::Plan,
    random::Random,
    stage::Stage,
};

/// The devices under way.
#[derive(Debug)]
pub(crate) struct Fleet {
    tasks: JoinSet<Story>,
}

impl Fleet {
    /// Lets every device of the plan wait for its first cue. Tickets stand in the order of the plan's persons.
    pub(crate) fn launch(plan: &Plan, tickets: &[Arc<str>], stage: &Arc<Stage>) -> Result<Self> {
        let mut tasks = JoinSet::new();
        for (person, planned) in plan.persons.iter().enumerate() {
            for (nth, stays) in (0_u8..).zip(&planned.devices) {
                let ticket = tickets.get(person).with_context(|| format!("person {person} has no ticket"))?;
                let device = Device {
                    stage: Arc::clone(stage),
                    person,
                    nth,
                    ticket: Arc::clone(ticket),
                    stays: stays.clone(),
                    answer_after_ms: planned.answer_after_ms,
                    checks_within_ms: planned.checks_within_ms,
                    resume: None,
                    random: Random::new(plan.scenario.seed, stream(person, nth)),
                };
                tasks.spawn(device.play());
            }
        }
        Ok(Self { tasks })
    }

    /// What every device was told, once all have gone home.
    pub(crate) async fn stories(mut self) -> Result<Vec<Story>> {
        let mut stories = Vec::new();
        while let Some(story) = self.tasks.join_next().await {
            match story {
                Ok(story) => stories.push(story),
                Err(error) => bail!("a client of the fleet broke: {error}"),
            }
        }
        stories.sort_by_key(|story| story.person);
        Ok(stories)
    }
}

/// A stream of its own for each device, apart from those of the groups.
fn stream(person: usize, nth: u8) -> u64 {
    u64::try_from(person).unwrap_or(u64::MAX).saturating_mul(256).saturating_add(u64::from(nth)) ^ (1 << 60)
}
