//! The review after the lesson: strikes, merges and the bridging of an outage, each signed by two sides.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context, Result, bail};
use hadir::domain::{
    ids::{Pseudonym, Tag},
    reviews::deed::Deed,
    time::UnixMillis,
};
use serde::Deserialize;

use crate::{
    cast::Guest,
    group::Strike,
    plan::{Person, Plan},
    staff::Staff,
    story::Story,
    team::Team,
};

/// What each person of the plan is called in the log, as far as anybody was told.
pub(crate) type Names = BTreeMap<usize, Pseudonym>;

/// What `GET /api/incidents` answers.
#[derive(Debug, Deserialize)]
struct Incidents {
    incidents: Vec<Incident>,
}

/// What is needed of an incident.
#[derive(Debug, Deserialize)]
struct Incident {
    from: UnixMillis,
    to: UnixMillis,
    kind: String,
    network: Option<Tag>,
    bridgeable: bool,
}

/// Everybody's name: their own page was told it, or the organizer looks them up by their reference.
pub(crate) async fn names(plan: &Plan, stories: &[Story], guests: &[Guest], staff: &Staff) -> Result<Names> {
    let told = stories.iter().filter_map(|story| Some((story.person, story.told.first()?.person)));
    let mut names: Names = told.collect();
    for (row, person) in plan.persons.iter().enumerate() {
        let is_needed = !person.scans.is_empty() || is_decided(plan, person);
        if is_needed && !names.contains_key(&row) {
            let guest = guests.get(row).with_context(|| format!("person {row} has no link"))?;
            names.insert(row, staff.find(Arc::clone(&guest.reference)).await?);
        }
    }
    Ok(names)
}

fn is_decided(plan: &Plan, person: &Person) -> bool {
    person.merged_into.is_some() || plan.group_of(person).is_some_and(|group| group.strike.is_some())
}

/// Does everything that the scenario has two sides do.
pub(crate) async fn review(plan: &Plan, team: &Team, names: &Names) -> Result<()> {
    let name =
        |row: usize| names.get(&row).copied().with_context(|| format!("nobody knows what person {row} is called"));
    for (row, person) in plan.persons.iter().enumerate() {
        if let Some(strike) = plan.group_of(person).and_then(|group| group.strike) {
            decide(team, strike, name(row)?).await?;
        }
        if let Some(other) = person.merged_into {
            let reason = "one human with two links, by their identity card".to_owned();
            team.agree(Deed::Merge { from: name(row)?, into: name(other)?, reason }).await?;
        }
    }
    if plan.scenario.bridged_network.is_some() {
        bridge(team).await?;
    }
    Ok(())
}

async fn decide(team: &Team, strike: Strike, person: Pseudonym) -> Result<()> {
    let of = team.propose(Deed::Strike { person, reason: "somebody else answered for them".to_owned() }).await?;
    match strike {
        Strike::Open => {}
        Strike::Dismissed => drop(team.witness.act(Deed::Dismiss { of }).await?),
        Strike::Confirmed => drop(team.witness.act(Deed::Confirm { of }).await?),
        Strike::Reversed => {
            team.witness.act(Deed::Confirm { of }).await?;
            let reason = "they answered themselves, as the call showed".to_owned();
            team.agree(Deed::Reverse { strike: of, reason }).await?;
        }
    }
    Ok(())
}

/// Bridges the one outage of a network that the log shows, with exactly its times.
async fn bridge(team: &Team) -> Result<()> {
    let listed = team.witness.get("/api/incidents").await.context("the incidents cannot be read")?;
    let Incidents { incidents } = serde_json::from_value(listed).context("the incidents are not as documented")?;
    let outages = incidents.iter().filter(|one| one.kind == "network_drop" && one.bridgeable && one.network.is_some());
    let [outage] = outages.collect::<Vec<_>>()[..] else {
        bail!("not one outage of a network can be bridged, but of these: {incidents:?}");
    };
    let (from, to, network) = (outage.from, outage.to, outage.network);
    let reason = "the region's network failed, as its operator confirms".to_owned();
    team.agree(Deed::Bridge { from, to, network, reason }).await.map(drop)
}
