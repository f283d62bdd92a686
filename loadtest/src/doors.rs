//! The doors of the hall: each has a device that scans, queues while it has no network, and delivers some scans twice.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use hadir::domain::{ids::ScanId, time::UnixMillis};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::sleep,
};

use crate::{
    cast::Guest,
    clock::wall_ms,
    group::{Anchor, Way},
    plan::{Passage, Plan},
    random::Random,
    scenario::Offline,
    staff::Staff,
    stage::{Cue, Stage},
};

/// How many scans a door delivers in one request; the hub takes no more than twice as many.
const BATCH: usize = 50;

/// How many scans a door's device can hold.
const QUEUE_MAX: usize = 4_096;

/// How long a door collects scans before it delivers them.
const COLLECT: Duration = Duration::from_millis(500);

/// How often a delivery is tried: a hub that was killed is back within seconds.
const TRIES_MAX: usize = 60;

/// The pause before a delivery is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// A scan as its door remembers it.
#[derive(Clone, Debug)]
pub(crate) struct Scanned {
    /// The door's own name of it.
    pub(crate) scan: ScanId,
    /// Who.
    pub(crate) person: usize,
    /// The door's short name.
    pub(crate) door: String,
    /// In or out.
    pub(crate) way: Way,
    /// When it was made, by the wall clock.
    pub(crate) made_ms: i64,
    /// The entry that the hub gave to it, if an answer with one was ever heard.
    pub(crate) seq: Option<u64>,
    /// How often it was delivered.
    pub(crate) deliveries: usize,
}

/// The doors under way.
#[derive(Debug, Default)]
pub(crate) struct Doors {
    tasks: JoinSet<Result<Vec<Scanned>>>,
}

/// One door's device.
struct Door {
    staff: Staff,
    stage: Arc<Stage>,
    venue: String,
    offline: Option<Offline>,
    twice_every: usize,
    guests: Arc<[Guest]>,
    queue: mpsc::Receiver<Scanned>,
    done: BTreeMap<ScanId, Scanned>,
}

/// What the hub says of one scan.
#[derive(Debug, Deserialize)]
struct Outcome {
    scan: ScanId,
    outcome: String,
    seq: Option<u64>,
    detail: Option<String>,
}

impl Doors {
    /// Opens the hall's doors: each waits for the persons whom the plan sends through it.
    pub(crate) fn open(plan: &Plan, guests: &Arc<[Guest]>, staff: &Staff, stage: &Arc<Stage>) -> Self {
        let mut doors = Self::default();
        let Some(hall) = &plan.scenario.hall else { return doors };
        for (place, name) in hall.doors.iter().enumerate() {
            let (sender, queue) = mpsc::channel(QUEUE_MAX);
            send_through(plan, (place, name), stage, &sender);
            let door = Door {
                staff: staff.clone(),
                stage: Arc::clone(stage),
                venue: hall.venue.clone(),
                offline: hall.offline.clone().filter(|offline| offline.door == *name),
                twice_every: hall.twice_every,
                guests: Arc::clone(guests),
                queue,
                done: BTreeMap::new(),
            };
            doors.tasks.spawn(door.serve());
        }
        doors
    }

    /// Everything that was scanned, once the last scan is delivered.
    pub(crate) async fn close(mut self) -> Result<Vec<Scanned>> {
        let mut scanned = Vec::new();
        while let Some(door) = self.tasks.join_next().await {
            scanned.extend(door.context("a door broke")??);
        }
        Ok(scanned)
    }
}

/// Lets each planned scan of one door be made at its moment.
fn send_through(plan: &Plan, (place, name): (usize, &str), stage: &Arc<Stage>, door: &mpsc::Sender<Scanned>) {
    for (person, planned) in plan.persons.iter().enumerate() {
        let kept = plan.group_of(planned).map_or(0, |group| group.scans_kept_s);
        for (nth, passage) in planned.scans.iter().enumerate().filter(|(_, passage)| passage.door == place) {
            let scanned = Scanned {
                scan: scan_id(plan.scenario.seed, person, nth),
                person,
                door: name.to_owned(),
                way: passage.way,
                made_ms: 0,
                seq: None,
                deliveries: 0,
            };
            let kept = Duration::from_secs(u64::from(kept));
            tokio::spawn(pass(*passage, scanned, kept, Arc::clone(stage), door.clone()));
        }
    }
}

/// One person passes a door; the device may keep the scan for a while.
async fn pass(passage: Passage, mut scanned: Scanned, kept: Duration, stage: Arc<Stage>, door: mpsc::Sender<Scanned>) {
    let mut cues: watch::Receiver<Cue> = stage.cues.clone();
    if stage.reach(&mut cues, passage.after, passage.at).await {
        scanned.made_ms = wall_ms();
        sleep(kept).await;
        // A door that broke says so itself.
        drop(door.send(scanned).await);
    }
}

/// A random name, the same for the same scan of the same plan.
fn scan_id(seed: u64, person: usize, nth: usize) -> ScanId {
    let stream = u64::try_from(person)
        .unwrap_or(u64::MAX)
        .saturating_mul(256)
        .saturating_add(u64::try_from(nth).unwrap_or(u64::MAX));
    let mut random = Random::new(seed, stream ^ (1 << 61));
    ScanId(random.sixteen())
}

impl Door {
    /// Delivers what is scanned until nobody passes any more.
    async fn serve(mut self) -> Result<Vec<Scanned>> {
        let mut again: Vec<Scanned> = Vec::new();
        let mut batch = Vec::with_capacity(BATCH);
        while self.queue.recv_many(&mut batch, BATCH).await > 0 {
            sleep(COLLECT).await;
            while batch.len() < BATCH
                && let Ok(next) = self.queue.try_recv()
            {
                batch.push(next);
            }
            self.until_online().await;
            let repeated = std::mem::take(&mut again);
            again = batch.iter().filter(|one| self.comes_twice(one)).cloned().collect();
            batch.extend(repeated);
            self.deliver(std::mem::take(&mut batch)).await?;
        }
        self.deliver(again).await?;
        Ok(self.done.into_values().collect())
    }

    fn comes_twice(&self, scanned: &Scanned) -> bool {
        scanned.person.checked_rem(self.twice_every) == Some(0)
    }

    /// Waits while this door has no network.
    async fn until_online(&self) {
        let Some(offline) = &self.offline else { return };
        let mut cues = self.stage.cues.clone();
        let ms = |seconds: i32| i64::from(seconds).saturating_mul(1_000);
        if self.stage.is_past(ms(offline.from_s)) && !self.stage.is_past(ms(offline.to_s)) {
            // The end of the lesson puts an end to this as well.
            self.stage.reach(&mut cues, Anchor::Start, ms(offline.to_s)).await;
        }
    }

    /// Delivers until the hub answers, as a device does that keeps its queue.
    async fn deliver(&mut self, batch: Vec<Scanned>) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        for attempt in 1.. {
            match self.staff.scans(self.delivery(&batch)).await {
                Ok(answer) => return self.answered(batch, answer),
                Err(error) if attempt == TRIES_MAX => return Err(error),
                Err(_) => sleep(PAUSE).await,
            }
        }
        Ok(())
    }

    fn delivery(&self, batch: &[Scanned]) -> Value {
        let scans: Vec<Value> = batch.iter().map(|scanned| self.scan(scanned)).collect();
        json!({ "device_at": UnixMillis(wall_ms()), "scans": scans })
    }

    /// A QR is read as the whole link; somebody without one says their reference.
    fn scan(&self, scanned: &Scanned) -> Value {
        let guest = self.guests.get(scanned.person).cloned().unwrap_or_default();
        let by_qr = scanned.person.is_multiple_of(2);
        let who = if by_qr {
            json!({ "qr": format!("https://hadir.example/join#{}", guest.ticket) })
        } else {
            json!({ "ref": guest.reference.as_ref() })
        };
        json!({
            "scan": scanned.scan, "way": scanned.way.name(), "venue": self.venue, "door": scanned.door, "who": who,
            "method": if by_qr { "scanner" } else { "typed" }, "card": !by_qr, "device_at": UnixMillis(scanned.made_ms),
        })
    }

    fn answered(&mut self, batch: Vec<Scanned>, mut answer: Value) -> Result<()> {
        let outcomes: Vec<Outcome> =
            serde_json::from_value(answer.get_mut("results").map(Value::take).unwrap_or_default())?;
        if outcomes.len() != batch.len() {
            bail!("{} scans were delivered, and {} are answered", batch.len(), outcomes.len());
        }
        for (scanned, outcome) in batch.into_iter().zip(outcomes) {
            if outcome.scan != scanned.scan || outcome.outcome == "refused" {
                let Outcome { outcome, detail, .. } = outcome;
                bail!("a scan of person {} is {outcome}: {}", scanned.person, detail.unwrap_or_default());
            }
            let known = self.done.entry(scanned.scan).or_insert(scanned);
            known.deliveries = known.deliveries.saturating_add(1);
            known.seq = known.seq.or(outcome.seq);
        }
        Ok(())
    }
}
