//! The fleet: all devices of a plan, played at once.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use tokio::task::JoinSet;

use crate::{
    answering::Habit,
    cast::Guest,
    client::Device,
    plan::{Person, Plan},
    random::Random,
    stage::Stage,
    story::Story,
};

/// The devices under way.
#[derive(Debug)]
pub(crate) struct Fleet {
    tasks: JoinSet<Story>,
}

impl Fleet {
    /// Lets every device of the plan wait for its first cue. Links stand in the order of the plan's persons.
    pub(crate) fn launch(plan: &Plan, guests: &[Guest], stage: &Arc<Stage>) -> Result<Self> {
        let mut tasks = JoinSet::new();
        for (person, planned) in plan.persons.iter().enumerate() {
            for (nth, stays) in (0_u8..).zip(&planned.devices) {
                let guest = guests.get(person).with_context(|| format!("person {person} has no link"))?;
                let device = Device {
                    stage: Arc::clone(stage),
                    person,
                    network: plan.group_of(planned).map_or(0, |group| group.network),
                    id: device_id(planned.device_of.unwrap_or(person), nth),
                    ticket: Arc::clone(&guest.ticket),
                    stays: stays.clone(),
                    answer_after_ms: planned.answer_after_ms,
                    habit: habit(plan, planned),
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

fn habit(plan: &Plan, person: &Person) -> Habit {
    let answers = plan.group_of(person).map(|group| group.answers).unwrap_or_default();
    Habit { within_ms: person.checks_within_ms, answers }
}

/// The random id that a browser keeps: the same for whoever opens a link in it.
fn device_id(owner: usize, nth: u8) -> String {
    format!("00000000-0000-4000-8000-{owner:010x}{nth:02x}")
}

/// A stream of its own for each device, apart from those of the groups.
fn stream(person: usize, nth: u8) -> u64 {
    u64::try_from(person).unwrap_or(u64::MAX).saturating_mul(256).saturating_add(u64::from(nth)) ^ (1 << 60)
}
