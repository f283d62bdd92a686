//! The conductor: opens the doors, gives the signals, kills the hub if it should, and sends everybody home.

use std::{
    convert::Infallible,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;
use tokio::{
    sync::{Mutex, watch},
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::{
    clock::wall_ms,
    doors::{Doors, Scanned},
    group::Anchor,
    hub::Hub,
    plan::Plan,
    progress::Progress,
    random::Random,
    staff::Staff,
    stage::{Cue, Shown, Stage},
};

/// How long the conductor waits until everybody who should be there is counted.
const ALL_THERE_MAX: Duration = Duration::from_secs(120);

/// How long the hub may take until everybody is proved past the end: it waits 30 s for answers.
const FINAL_MAX: Duration = Duration::from_secs(60);

/// How long the hub may take to close everybody once attendance is complete.
const HOME_MAX: Duration = Duration::from_secs(15);

/// How long the doors may take to deliver their last scans.
const DOORS_MAX: Duration = Duration::from_secs(120);

/// How often the lesson's screen is looked at for a new check.
const SCREEN: Duration = Duration::from_millis(250);

/// How often the conductor looks.
const LOOK: Duration = Duration::from_millis(100);

/// How often the tally is asked for.
const ASK: Duration = Duration::from_millis(500);

/// The first kill comes when somebody is there.
const QUIET_BEFORE_KILLS_MS: u64 = 2_000;

/// The longest that a killed hub stays down before it is started again.
const DOWN_MS_MAX: u64 = 1_000;

/// What is needed of a tally's checks.
#[derive(Debug, Default, Deserialize)]
struct Prompts {
    open: Option<Open>,
}

/// The check that is open.
#[derive(Debug, Deserialize)]
struct Open {
    prompt: usize,
    word: Option<String>,
}

/// Leads one lesson.
#[derive(Debug)]
pub(crate) struct Conductor<'a> {
    /// What is played.
    pub(crate) plan: &'a Plan,
    /// Gives the signals.
    pub(crate) staff: &'a Staff,
    /// What the clients share.
    pub(crate) stage: Arc<Stage>,
    /// Tells the clients where the lesson stands.
    pub(crate) cues: watch::Sender<Cue>,
    /// For the person in front of the terminal.
    pub(crate) progress: Progress,
    /// Whether others take part in the attempt, which is therefore not closed.
    pub(crate) shared: bool,
    /// Held while the hub is down and while a signal is given: a signal that nobody heard could not be told apart
    /// from one whose answer was lost.
    pub(crate) calm: Mutex<()>,
}

impl Conductor<'_> {
    /// The whole lesson; returns the last tally of attendance, and what was scanned at the doors of the hall.
    pub(crate) async fn lesson(
        &self,
        mut killed: watch::Receiver<bool>,
        doors: Doors,
    ) -> Result<(Value, Vec<Scanned>)> {
        let opened = self.cues.borrow().doors;
        self.progress.phase("the doors are open");
        self.nonce().await?;
        sleep_until(after(opened, self.plan.lobby_ms())).await;
        self.all_there().await.context("the lesson cannot start")?;
        self.signal("start").await?;
        let start = Instant::now();
        self.cues.send_modify(|cue| cue.start = Some(start));
        self.progress.phase("the lesson runs");
        let running = async {
            self.checks(start).await?;
            sleep_until(after(start, self.plan.length_ms())).await;
            killed.wait_for(|done| *done).await.context("the kills were abandoned")?;
            self.all_there().await.context("the lesson cannot end")
        };
        tokio::select! {
            done = running => done?,
            failed = self.screen() => match failed? {},
        }
        self.signal("end").await?;
        let end = Instant::now();
        self.cues.send_modify(|cue| cue.end = Some(end));
        self.progress.phase("the lesson is over: everybody proves that they were there to the end");
        let scanned = timeout(DOORS_MAX, doors.close()).await.context("the doors do not come to an end")??;
        let last = self.closing(end).await?;
        self.progress.phase("everybody goes home");
        self.cues.send_modify(|cue| cue.over = true);
        Ok((last, scanned))
    }

    /// From the end signal to the last tally: the attempt is closed once nothing can change the lesson any more, or
    /// when the scenario says so.
    async fn closing(&self, end: Instant) -> Result<Value> {
        match self.plan.scenario.lesson.close_after_s {
            Some(seconds) => sleep_until(after(end, i64::from(seconds).saturating_mul(1_000))).await,
            None => {
                let last = self.settled().await?;
                if self.shared {
                    return Ok(last);
                }
            }
        }
        self.signal("close").await?;
        // Only what the hub itself does not close in time is closed by the clients.
        drop(timeout(HOME_MAX, self.until(|open, _| open == 0)).await);
        self.settled().await
    }

    /// The adjudicator's part of the drawn times, where any are drawn.
    async fn nonce(&self) -> Result<()> {
        let checks = self.plan.scenario.checks.as_ref();
        if checks.is_none_or(|checks| checks.planned.is_none()) {
            return Ok(());
        }
        let calm = self.calm.lock().await;
        let given = self.staff.nonce(format!("load test {}", self.plan.scenario.seed)).await;
        drop(calm);
        given
    }

    /// Opens the scenario's participation checks at will.
    async fn checks(&self, start: Instant) -> Result<()> {
        let Some(checks) = &self.plan.scenario.checks else { return Ok(()) };
        for at_s in &checks.at_s {
            sleep_until(after(start, i64::from(*at_s).saturating_mul(1_000))).await;
            let calm = self.calm.lock().await;
            self.staff.check(checks.kind).await?;
            drop(calm);
        }
        Ok(())
    }

    /// What the lesson's screen shows of checks, for those who follow it without their page. It goes on for ever.
    async fn screen(&self) -> Result<Infallible> {
        if self.plan.scenario.checks.is_none() {
            return std::future::pending().await;
        }
        loop {
            let calm = self.calm.lock().await;
            let tally = self.staff.tally().await?;
            drop(calm);
            let Prompts { open } = tally.get("prompts").map(Prompts::deserialize).transpose()?.unwrap_or_default();
            let shown = self.cues.borrow().checks.len();
            if let Some(Open { word, .. }) = open.filter(|open| open.prompt > shown) {
                let check = Shown { at: Instant::now(), word: word.map(Into::into) };
                self.cues.send_modify(|cue| cue.checks.push(check));
                self.progress.phase("a participation check is open");
            }
            sleep(SCREEN).await;
        }
    }

    /// Kills the hub so many times at random moments of the lesson, and starts it again each time.
    pub(crate) async fn kills(&self, hub: &mut Hub, times: usize, done: &watch::Sender<bool>) -> Result<Vec<i64>> {
        let mut random = Random::new(self.plan.scenario.seed, u64::MAX);
        let mut cues = self.cues.subscribe();
        let mut kills = Vec::new();
        for moment in self.kill_moments(times, &mut random) {
            self.stage.reach(&mut cues, Anchor::Start, moment).await;
            let calm = self.calm.lock().await;
            hub.kill().await?;
            kills.push(wall_ms());
            self.progress.phase(&format!("kill {} of {times}", kills.len()));
            sleep(Duration::from_millis(random.between(0, DOWN_MS_MAX))).await;
            hub.restart().await?;
            drop(calm);
        }
        done.send_replace(true);
        Ok(kills)
    }

    /// Random moments of the plan, in the lobby and in the lesson alike.
    fn kill_moments(&self, times: usize, random: &mut Random) -> Vec<i64> {
        let doors = self.plan.lobby_ms().saturating_neg();
        let whole = self.plan.lobby_ms().saturating_add(self.plan.length_ms());
        let last = u64::try_from(whole).unwrap_or_default();
        let moment = |_| doors.saturating_add_unsigned(random.between(QUIET_BEFORE_KILLS_MS, last));
        let mut moments: Vec<i64> = (0..times).map(moment).collect();
        moments.sort_unstable();
        moments
    }

    async fn signal(&self, signal: &'static str) -> Result<()> {
        let calm = self.calm.lock().await;
        let given = self.staff.signal(signal).await;
        drop(calm);
        given
    }

    /// Waits until every connection that should be open is counted.
    async fn all_there(&self) -> Result<()> {
        let counters = &self.stage.counters;
        if timeout(ALL_THERE_MAX, self.until(|open, wanted| open >= wanted)).await.is_err() {
            let (open, wanted) = (counters.open.load(Relaxed), counters.wanted.load(Relaxed));
            let first = counters.first_failure.get().map_or("none", String::as_str);
            bail!(
                "{open} of {wanted} connections are counted after {} s; first failure: {first}",
                ALL_THERE_MAX.as_secs()
            );
        }
        Ok(())
    }

    async fn until(&self, reached: impl Fn(usize, usize) -> bool) {
        let counters = &self.stage.counters;
        while !reached(counters.open.load(Relaxed), counters.wanted.load(Relaxed)) {
            sleep(LOOK).await;
        }
    }

    /// Waits until no connection can change the lesson any more.
    async fn settled(&self) -> Result<Value> {
        let asking = async {
            loop {
                let tally = self.staff.tally().await?;
                if tally.get("final") == Some(&Value::Bool(true)) {
                    return anyhow::Ok(tally);
                }
                sleep(ASK).await;
            }
        };
        timeout(FINAL_MAX, asking).await.context("the tally does not become final after the end signal")?
    }
}

fn after(from: Instant, ms: i64) -> Instant {
    let length = Duration::from_millis(u64::try_from(ms).unwrap_or_default());
    from.checked_add(length).unwrap_or(from)
}
