//! The ramp: hub and bare echo server climbed by turns with the same connections, before the doors open.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use hadir::wire::{FromPage, ToPage, close};
use tokio::task::JoinSet;

use crate::{
    clock::wall_ms,
    group::How,
    peers::{self, Climb, Echo, Held},
    process,
    report::{Memory, RampFigures, median},
    scenario::Ramp,
    socket,
    story::{End, Story, Told},
};

/// How long a side rests before its memory is read, so that the queues of the climb are empty.
const SETTLE: Duration = Duration::from_secs(2);

/// What the ramps came to.
#[derive(Debug)]
pub(crate) struct Ramped {
    /// The rates.
    pub(crate) figures: RampFigures,
    /// The hub's memory at the top of the first climb.
    pub(crate) memory: Memory,
    /// What the hub told its clients: the oracle compares these joins like all others.
    pub(crate) stories: Vec<Story>,
}

/// Climbs both by turns. One connection for each ticket; the hub's process is read for its memory.
pub(crate) async fn ramp(ramp: Ramp, hub: SocketAddr, pid: u32, sources: u8, tickets: &[Arc<str>]) -> Result<Ramped> {
    let hellos: Arc<[String]> = tickets.iter().enumerate().map(hello).collect::<Result<_>>()?;
    let echo = Echo::spawn().await?;
    let idle_kib = process::resident_kib(pid)?;
    let (mut hub_rates, mut echo_rates, mut stories, mut memory) = (Vec::new(), Vec::new(), Vec::new(), None);
    for _ in 0..ramp.rounds {
        let climb = peers::climb(echo.address, sources, Arc::clone(&hellos), ramp.in_flight).await?;
        echo_rates.push(climb.joins_per_s);
        go(climb).await;
        let climb = peers::climb(hub, sources, Arc::clone(&hellos), ramp.in_flight).await?;
        hub_rates.push(climb.joins_per_s);
        if memory.is_none() {
            tokio::time::sleep(SETTLE).await;
            memory = Some(Memory::new(idle_kib, process::resident_kib(pid)?, climb.held.len()));
        }
        stories.extend(leave(climb).await?);
    }
    let ratio = median(&hub_rates) / median(&echo_rates);
    let figures = RampFigures {
        connections: tickets.len(),
        in_flight: ramp.in_flight,
        hub_joins_per_s: hub_rates,
        echo_joins_per_s: echo_rates,
        ratio,
    };
    Ok(Ramped { figures, memory: memory.context("a ramp has at least one round")?, stories })
}

fn hello((person, ticket): (usize, &Arc<str>)) -> Result<String> {
    let device = format!("00000000-0000-4000-9000-{person:012x}");
    Ok(serde_json::to_string(&FromPage::Hello { ticket: ticket.to_string(), device, resume: None })?)
}

/// Everybody drops without a word.
async fn go(climb: Climb) {
    drop(climb);
    tokio::time::sleep(SETTLE).await;
}

/// Everybody says goodbye, and remembers what the hub had told them.
async fn leave(climb: Climb) -> Result<Vec<Story>> {
    let mut leaving = JoinSet::new();
    climb.held.into_iter().for_each(|held| drop(leaving.spawn(goodbye(held))));
    let mut stories = Vec::new();
    while let Some(story) = leaving.join_next().await {
        stories.push(story??);
    }
    Ok(stories)
}

async fn goodbye(held: Held) -> Result<Story> {
    let Held { index, socket, answer, hello_ms, answered_ms, join_us } = held;
    let proof_ms = wall_ms();
    socket::close(socket, close::LEAVING).await;
    let Ok(ToPage::Counted { seq, at, person, .. }) = serde_json::from_str(&answer) else {
        bail!("person {index} was told {answer} instead of `counted`");
    };
    let told = Told {
        seq: seq.0,
        at_ms: at.0,
        person,
        join_us,
        hello_ms,
        counted_ms: answered_ms,
        proof_ms,
        end: End::Ours(How::Close),
    };
    Ok(Story { person: index, told: vec![told], ..Story::default() })
}
