//! One participant's device: follows its plan, answers challenges, comes back, and remembers what it was told.

use std::{pin::pin, sync::Arc, sync::atomic::Ordering::Relaxed, time::Duration};

use anyhow::Result;
use futures_util::{SinkExt, StreamExt};
use hadir::wire::{FromPage, Reconnect, ToPage, Visibility, close};
use tokio::{
    sync::{SetOnce, watch},
    time::{Instant, sleep, sleep_until},
};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::{
    answering::{Answering, Habit},
    clock::wall_ms,
    group::How,
    peers,
    plan::Stay,
    random::Random,
    socket::{self, Heard, Socket},
    stage::{Cue, Stage, over},
    story::{End, Story, Told},
};

/// One in so many devices measures how long the hub takes to read an answer.
const PROBES: usize = 8;

/// A device that has never been told how to come back does so within this range: the contract's own example.
const RECONNECT: Reconnect = Reconnect { min_ms: 500, max_ms: 20_000 };

/// One device of one person.
#[derive(Debug)]
pub(crate) struct Device {
    /// The stage.
    pub(crate) stage: Arc<Stage>,
    /// Whose.
    pub(crate) person: usize,
    /// Where it connects from.
    pub(crate) network: u8,
    /// The browser's own random id: that of another person where a phone is shared.
    pub(crate) id: String,
    /// The personal link's secret.
    pub(crate) ticket: Arc<str>,
    /// What to do.
    pub(crate) stays: Vec<Stay>,
    /// How long an answer takes; nothing: none is ever given.
    pub(crate) answer_after_ms: Option<u32>,
    /// How participation checks are answered.
    pub(crate) habit: Habit,
    /// What the hub gave to present after a lost connection.
    pub(crate) resume: Option<String>,
    /// For delays.
    pub(crate) random: Random,
}

/// What a device does after a connection.
enum Next {
    /// The next stay of the plan.
    Continue,
    /// Come back within this range.
    Return(Reconnect),
    /// Never again.
    Rest,
}

impl Device {
    /// Plays the plan to its end.
    pub(crate) async fn play(mut self) -> Story {
        let mut story = Story { person: self.person, ..Story::default() };
        let mut cues = self.stage.cues.clone();
        for stay in std::mem::take(&mut self.stays) {
            let reached = self.stage.reach(&mut cues, stay.after, stay.from).await;
            if !reached || !self.stay(stay, &mut cues, &mut story).await {
                break;
            }
        }
        story
    }

    /// Keeps one stay, over as many connections as it takes; false when the device rests from then on.
    async fn stay(&mut self, stay: Stay, cues: &mut watch::Receiver<Cue>, story: &mut Story) -> bool {
        self.stage.counters.wanted.fetch_add(1, Relaxed);
        let first = SetOnce::new();
        let mut leaving = cues.clone();
        let stage = Arc::clone(&self.stage);
        let mut leave = pin!(async {
            let Some((at, how)) = stay.end else {
                over(&mut leaving).await;
                return None;
            };
            let reached = if stay.exact {
                stage.outlast(&mut leaving, &first, at.saturating_sub(stay.from)).await
            } else {
                stage.reach(&mut leaving, stay.after, at).await
            };
            if !reached {
                over(&mut leaving).await;
            }
            reached.then_some(how)
        });
        let mut range = RECONNECT;
        let mut planned = true;
        let going_on = loop {
            match self.connection(&mut leave, (planned, &first), &mut range, story).await {
                Next::Continue => break true,
                Next::Rest => break false,
                Next::Return(within) => range = within,
            }
            planned = false;
            let delay = Duration::from_millis(self.random.between(range.min_ms, range.max_ms));
            tokio::select! {
                () = sleep(delay) => {}
                gone = &mut leave => break gone.is_some(),
            }
        };
        self.stage.counters.wanted.fetch_sub(1, Relaxed);
        going_on
    }

    /// One connection from its first packet to its end.
    async fn connection(
        &mut self,
        leave: &mut (impl Future<Output = Option<How>> + Unpin),
        (planned, first): (bool, &SetOnce<Instant>),
        range: &mut Reconnect,
        story: &mut Story,
    ) -> Next {
        let begun = Instant::now();
        let source = peers::source(self.person, self.network, self.stage.sources);
        let opened = match socket::open(source, self.stage.hub).await {
            Ok(socket) => self.hello(socket, story).await,
            Err(error) => Err(error),
        };
        let (socket, counted, hello_ms) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                if planned {
                    self.stage.failed(|| format!("person {}: {error:#}", self.person));
                }
                return Next::Return(*range);
            }
        };
        let ToPage::Counted { seq, at, person, reconnect, resume } = counted else { return Next::Return(*range) };
        let join_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        *range = reconnect;
        self.resume = Some(resume);
        let now = wall_ms();
        // A connection that was lost begins no new stay: only the first one sets its beginning.
        drop(first.set(counted_at(at.0, now)));
        story.told.push(Told {
            seq: seq.0,
            at_ms: at.0,
            person,
            join_us,
            hello_ms,
            counted_ms: now,
            proof_ms: hello_ms,
            end: End::Broken,
        });
        self.stage.counters.counted.fetch_add(1, Relaxed);
        self.stage.counters.open.fetch_add(1, Relaxed);
        let next = self.hold(socket, leave, reconnect, story).await;
        self.stage.counters.open.fetch_sub(1, Relaxed);
        next
    }

    /// Says who is here and waits until that counts.
    async fn hello(&self, mut socket: Socket, story: &mut Story) -> Result<(Socket, ToPage, i64)> {
        let hello_ms = wall_ms();
        let hello =
            FromPage::Hello { ticket: self.ticket.to_string(), device: self.id.clone(), resume: self.resume.clone() };
        socket::say(&mut socket, &hello).await?;
        match socket::counted(&mut socket).await {
            Ok(counted) => Ok((socket, counted, hello_ms)),
            Err(error) => {
                story.unanswered = story.unanswered.saturating_add(1);
                Err(error)
            }
        }
    }

    /// Holds a counted connection until either side ends it.
    async fn hold(
        &mut self,
        mut socket: Socket,
        leave: &mut (impl Future<Output = Option<How>> + Unpin),
        reconnect: Reconnect,
        story: &mut Story,
    ) -> Next {
        let mut proof_ms = story.told.last().map_or_else(wall_ms, |told| told.proof_ms);
        let mut due: Option<(Instant, u64)> = None;
        let mut probe: Option<Instant> = None;
        let mut checks = Answering::new();
        let (end, next) = loop {
            tokio::select! {
                item = socket.next() => match socket::heard(item) {
                    Heard::Said(ToPage::Hb { n }) => due = self.answer_at().map(|at| (at, n)),
                    Heard::Said(said) => {
                        story.accepted.extend(checks.hear(&said, self.habit, &mut self.random));
                    }
                    Heard::Ping => {}
                    Heard::Pong => story.round_trips_us.extend(probe.take().map(micros_since)),
                    Heard::Closed { code, reason } => {
                        socket::closed(socket).await;
                        break (End::Theirs(code), self.after(code, &reason, reconnect));
                    }
                    Heard::Broken(_) => break (End::Broken, Next::Return(reconnect)),
                },
                () = until(due) => {
                    let sent_ms = wall_ms();
                    if let Some((_, n)) = due.take() && self.answer(&mut socket, n, &mut probe).await.is_ok() {
                        proof_ms = sent_ms;
                    }
                }
                () = until(checks.due) => {
                    let sent_ms = wall_ms();
                    let shown = |number| self.stage.word(number);
                    if checks.answer(&mut socket, shown).await {
                        proof_ms = sent_ms;
                    }
                }
                how = &mut *leave => {
                    let (how, next) = how.map_or((self.going_home(), Next::Rest), |how| (how, Next::Continue));
                    let sent_ms = wall_ms();
                    if part(socket, how).await {
                        proof_ms = sent_ms;
                    }
                    break (End::Ours(how), next);
                }
            }
        };
        story.ended(proof_ms, end);
        next
    }

    /// How the connection ends when the lesson is over and the hub has not closed it.
    fn going_home(&self) -> How {
        // A page that never answers does not say goodbye either: that would prove it alive.
        if self.answer_after_ms.is_some() { How::Close } else { How::Lost }
    }

    /// When a challenge that came now is answered.
    fn answer_at(&self) -> Option<Instant> {
        self.answer_after_ms.and_then(|ms| Instant::now().checked_add(Duration::from_millis(u64::from(ms))))
    }

    /// Answers a challenge; some devices ping right behind it, and the pong says that the answer was read.
    async fn answer(&self, socket: &mut Socket, n: u64, probe: &mut Option<Instant>) -> Result<()> {
        let vis = if self.answer_after_ms == Some(0) { Visibility::Visible } else { Visibility::Hidden };
        let now = Instant::now();
        socket::say(socket, &FromPage::Ack { n, vis: Some(vis) }).await?;
        if self.person.checked_rem(PROBES) == Some(0) && probe.is_none() {
            socket.send(Message::Ping(Bytes::new())).await?;
            *probe = Some(now);
        }
        Ok(())
    }

    /// What the page does after a close of the hub.
    fn after(&self, code: u16, reason: &str, reconnect: Reconnect) -> Next {
        match code {
            close::FAULT | close::RESTART | close::OVERLOADED => {
                Next::Return(serde_json::from_str(reason).unwrap_or(reconnect))
            }
            // Somebody who never answers would only be closed again.
            close::SILENT if self.answer_after_ms.is_some() => Next::Return(reconnect),
            _ => Next::Rest,
        }
    }
}

/// Ends a connection; true when that was itself a proof of life.
async fn part(mut socket: Socket, how: How) -> bool {
    match how {
        How::Lost => false,
        How::Freeze => {
            socket::frozen(socket).await;
            false
        }
        How::Close => {
            socket::close(socket, close::LEAVING).await;
            true
        }
        How::Bye => {
            let said = socket::say(&mut socket, &FromPage::Bye).await.is_ok();
            socket::close(socket, close::LEAVING).await;
            said
        }
    }
}

/// Waits until an answer is due.
async fn until(due: Option<(Instant, u64)>) {
    match due {
        Some((at, _)) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The moment at which the log counted somebody, by the clock of timers.
fn counted_at(at_ms: i64, now_ms: i64) -> Instant {
    let ago = Duration::from_millis(u64::try_from(now_ms.saturating_sub(at_ms)).unwrap_or_default());
    let now = Instant::now();
    now.checked_sub(ago).unwrap_or(now)
}

fn micros_since(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX)
}
