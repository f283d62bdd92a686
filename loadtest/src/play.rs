//! Plays a plan at its venue: the ramp if there is one, the lesson, the kills, and what is measured meanwhile.

use std::{
    convert::Infallible,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use anyhow::Result;
use serde_json::Value;
use tokio::{
    sync::{Mutex, watch},
    time::sleep,
};

use crate::{
    cast::Guest,
    conduct::Conductor,
    doors::{Doors, Scanned},
    fleet::Fleet,
    inside,
    plan::Plan,
    process,
    progress::Progress,
    ramp,
    report::{Figures, Latency, Memory},
    review::{self, Names},
    stage::{Counters, Cue, Stage},
    story::Story,
    team::Team,
    venue::Venue,
};

/// How long a freshly started hub rests before its idle memory is read.
const SETTLE: Duration = Duration::from_secs(1);

/// How often the hub's memory is read while connections are held.
const SAMPLE: Duration = Duration::from_millis(500);

/// What playing came to, before anything is compared.
#[derive(Debug)]
pub(crate) struct Played {
    /// What every client was told.
    pub(crate) stories: Vec<Story>,
    /// What was scanned at the doors of the hall.
    pub(crate) scanned: Vec<Scanned>,
    /// What everybody is called in the log, as far as anybody was told.
    pub(crate) names: Names,
    /// When the hub was killed, by the wall clock.
    pub(crate) kills: Vec<i64>,
    /// The last tally that a screen could show.
    pub(crate) shown: Value,
    /// What was measured.
    pub(crate) figures: Figures,
    /// The first connection that failed at its first attempt, in words.
    pub(crate) first_failure: Option<String>,
}

/// The hub's process before the first connection.
#[derive(Clone, Copy)]
struct Idle {
    pid: u32,
    kib: u64,
}

/// Plays the plan.
pub(crate) async fn play(plan: &Plan, venue: &mut Venue, kill: usize, progress: &Progress) -> Result<Played> {
    let overflows = process::listen_overflows();
    let idle = idle(venue).await?;
    let disk = venue.hub.as_ref().map(|hub| inside::disk(&hub.folder())).transpose()?;
    let team = Team::enrol(&venue.staff, &venue.cast.acting, plan.scenario.seed).await?;
    let mut played = climb(plan, venue, idle, progress).await?;
    let (cues, cued) = watch::channel(Cue::opening());
    let stage = Arc::new(Stage {
        hub: venue.address,
        sources: venue.sources,
        lobby_ms: plan.lobby_ms(),
        killing: kill > 0,
        cues: cued,
        counters: Counters::default(),
    });
    let guests: Arc<[Guest]> = venue.cast.guests.as_slice().into();
    let fleet = Fleet::launch(plan, &guests, &stage)?;
    let doors = Doors::open(plan, &guests, &venue.staff, &stage);
    let following = tokio::spawn(progress.clone().follow(Arc::clone(&stage)));
    let watched = idle.filter(|_| kill == 0 && played.figures.memory.is_none());
    let lesson = lesson(plan, venue, kill, (Arc::clone(&stage), cues, doors), progress);
    let (memory, lesson) = watching(watched, &stage, lesson).await;
    ((played.shown, played.scanned), played.kills) = lesson?;
    played.stories.extend(fleet.stories().await?);
    following.abort();
    played.names = review::names(plan, &played.stories, &guests, &venue.staff).await?;
    if let Some(team) = &team {
        progress.phase("two sides review the lesson");
        review::review(plan, team, &played.names).await?;
        played.shown = venue.staff.tally().await?;
        played.figures.acts = team.acts();
    }
    played.first_failure = stage.counters.first_failure.get().cloned();
    let figures = &mut played.figures;
    figures.memory = figures.memory.or(memory);
    figures.hub_cpu_ms = idle.filter(|_| kill == 0).map(|idle| process::cpu_ms(idle.pid));
    figures.listen_overflows = process::listen_overflows().saturating_sub(overflows);
    if let (Some(disk), 0) = (disk, kill) {
        figures.inside = inside::inside(&venue.staff.metrics().await?, disk);
    }
    measure(figures, &stage, &played.stories)?;
    figures.scans = played.scanned.len();
    figures.scan_deliveries = played.scanned.iter().map(|scanned| scanned.deliveries).sum();
    Ok(played)
}

/// The hub before anybody came, where it is ours.
async fn idle(venue: &Venue) -> Result<Option<Idle>> {
    let Some(hub) = &venue.hub else { return Ok(None) };
    sleep(SETTLE).await;
    let pid = hub.pid()?;
    Ok(Some(Idle { pid, kib: process::resident_kib(pid)? }))
}

/// The ramp, if the scenario has one and the hub's process can be read.
async fn climb(plan: &Plan, venue: &Venue, idle: Option<Idle>, progress: &Progress) -> Result<Played> {
    let mut played = Played {
        stories: Vec::new(),
        scanned: Vec::new(),
        names: Names::new(),
        kills: Vec::new(),
        shown: Value::Null,
        figures: Figures::default(),
        first_failure: None,
    };
    if let (Some(terms), Some(idle)) = (plan.scenario.ramp, idle) {
        progress.phase("climbing beside a bare echo server");
        let tickets: Vec<Arc<str>> = venue.cast.guests.iter().map(|guest| Arc::clone(&guest.ticket)).collect();
        let ramped = ramp::ramp(terms, venue.address, idle.pid, venue.sources, &tickets).await?;
        played.figures.memory = Some(ramped.memory);
        played.figures.ramp = Some(ramped.figures);
        played.stories = ramped.stories;
    }
    Ok(played)
}

/// The lesson and the kills beside it; returns what the lesson does, and the moments of the kills.
async fn lesson(
    plan: &Plan,
    venue: &mut Venue,
    kill: usize,
    (stage, cues, doors): (Arc<Stage>, watch::Sender<Cue>, Doors),
    progress: &Progress,
) -> Result<((Value, Vec<Scanned>), Vec<i64>)> {
    let shared = venue.hub.is_none();
    let conductor =
        Conductor { plan, staff: &venue.staff, stage, cues, progress: progress.clone(), shared, calm: Mutex::new(()) };
    let (done, killed) = watch::channel(kill == 0);
    match &mut venue.hub {
        Some(hub) if kill > 0 => tokio::try_join!(conductor.lesson(killed, doors), conductor.kills(hub, kill, &done)),
        Some(_) | None => Ok((conductor.lesson(killed, doors).await?, Vec::new())),
    }
}

/// Lets something happen while the hub's memory is read; keeps the reading at which most connections were open.
async fn watching<T>(idle: Option<Idle>, stage: &Stage, happening: impl Future<Output = T>) -> (Option<Memory>, T) {
    let mut most: Option<Memory> = None;
    let watch = async {
        let Some(idle) = idle else { return std::future::pending::<Infallible>().await };
        loop {
            sleep(SAMPLE).await;
            let open = stage.counters.open.load(Relaxed);
            if open > 0 && most.is_none_or(|most| open >= most.connections) {
                most = process::resident_kib(idle.pid).ok().map(|held| Memory::new(idle.kib, held, open)).or(most);
            }
        }
    };
    let outcome = tokio::select! {
        outcome = happening => outcome,
        never = watch => match never {},
    };
    (most, outcome)
}

fn measure(figures: &mut Figures, stage: &Stage, stories: &[Story]) -> Result<()> {
    let told = || stories.iter().flat_map(|story| &story.told);
    let mut seconds: Vec<i64> = told().map(|told| told.counted_ms.div_euclid(1_000)).collect();
    seconds.sort_unstable();
    figures.joins_in_busiest_second = seconds.chunk_by(|a, b| a == b).map(<[i64]>::len).max().unwrap_or_default();
    figures.counted = told().count();
    figures.failed_first_attempts = stage.counters.failed.load(Relaxed);
    figures.join_ms = Latency::of(told().map(|told| told.join_us))?;
    figures.challenge_round_trip_ms =
        Latency::of(stories.iter().flat_map(|story| story.round_trips_us.iter().copied()))?;
    let answers = stories.iter().flat_map(|story| story.accepted.iter().map(|(_, took_us)| *took_us));
    figures.check_answer_ms = Latency::of(answers)?;
    figures.lag_ms = stage.counters.lag_ms.load(Relaxed);
    figures.own_cpu_ms = process::cpu_ms(std::process::id());
    Ok(())
}
