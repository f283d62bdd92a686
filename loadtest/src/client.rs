//! One participant's device: follows its plan, answers challenges, comes back, and remembers what it was told.

use std::{pin::pin, sync::Arc, sync::atomic::Ordering::Relaxed, time::Duration};

use anyhow::Result;
use futures_util::{SinkExt, StreamExt};
use hadir::{
    domain::ids::Pseudonym,
    wire::{FromPage, Reconnect, ToPage, Visibility, close},
};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::{
    answering::Answering,
    clock::wall_ms,
    peers,
    plan::Stay,
    random::Random,
    scenario::How,
    socket::{self, Heard, Socket},
    stage::{Cue, Stage, over},
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
    /// Which of theirs.
    pub(crate) nth: u8,
    /// The personal link's secret.
    pub(crate) ticket: Arc<str>,
    /// What to do.
    pub(crate) stays: Vec<Stay>,
    /// How long an answer takes; nothing: none is ever given.
    pub(crate) answer_after_ms: Option<u32>,
    /// Within what time a participation check is answered; nothing: it passes.
    pub(crate) checks_within_ms: Option<u32>,
    /// What the hub gave to present after a lost connection.
    pub(crate) resume: Option<String>,
    /// For delays.
    pub(crate) random: Random,
}

/// What a device was told and did.
#[derive(Debug, Default)]
pub(crate) struct Story {
    /// Whose device.
    pub(crate) person: usize,
    /// Each connection that was counted, in order.
    pub(crate) told: Vec<Told>,
    /// How many hellos were sent that nobody answered.
    pub(crate) unanswered: usize,
    /// How long the hub took to read an answer to a challenge, in microseconds.
    pub(crate) round_trips_us: Vec<u64>,
    /// The participation checks whose answers the hub said to have taken, and how long that took, in microseconds.
    pub(crate) accepted: Vec<(u64, u64)>,
}

/// One counted connection as its client saw it. Instants are this machine's wall clock in milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// The entry's index.
    pub(crate) seq: u64,
    /// The entry's time.
    pub(crate) at_ms: i64,
    /// The person's name in the log.
    pub(crate) person: Pseudonym,
    /// From the first packet to `counted`, in microseconds.
    pub(crate) join_us: u64,
    /// When the hello was sent.
    pub(crate) hello_ms: i64,
    /// When `counted` arrived.
    pub(crate) counted_ms: i64,
    /// When the last proof of life was sent.
    pub(crate) proof_ms: i64,
    /// How it ended.
    pub(crate) end: End,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The client ended it.
    Ours(How),
    /// The hub closed with this code.
    Theirs(u16),
    /// The transport ended without a close.
    Broken,
}

impl Story {
    /// Notes how the newest connection ended, and when it was last proved.
    fn ended(&mut self, proof_ms: i64, end: End) {
        if let Some(told) = self.told.last_mut() {
            told.proof_ms = proof_ms;
            told.end = end;
        }
    }
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
            if !self.stage.reach(&mut cues, stay.from).await || !self.stay(stay, &mut cues, &mut story).await {
                break;
            }
        }
        story
    }

    /// Keeps one stay, over as many connections as it takes; false when the device rests from then on.
    async fn stay(&mut self, stay: Stay, cues: &mut watch::Receiver<Cue>, story: &mut Story) -> bool {
        self.stage.counters.wanted.fetch_add(1, Relaxed);
        let mut leaving = cues.clone();
        let stage = Arc::clone(&self.stage);
        let mut leave = pin!(async {
            match stay.end {
                Some((at, how)) if stage.reach(&mut leaving, at).await => Some(how),
                Some(_) | None => {
                    over(&mut leaving).await;
                    None
                }
            }
        });
        let mut range = RECONNECT;
        let mut planned = true;
        let going_on = loop {
            match self.connection(&mut leave, planned, &mut range, story).await {
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
        planned: bool,
        range: &mut Reconnect,
        story: &mut Story,
    ) -> Next {
        let begun = Instant::now();
        let opened = match socket::open(peers::source(self.person, self.stage.sources), self.stage.hub).await {
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
        let hello = FromPage::Hello {
            ticket: self.ticket.to_string(),
            device: format!("00000000-0000-4000-8000-{:010x}{:02x}", self.person, self.nth),
            resume: self.resume.clone(),
        };
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
        let mut checks = Answering::default();
        let (end, next) = loop {
            tokio::select! {
                item = socket.next() => match socket::heard(item) {
                    Heard::Said(ToPage::Hb { n }) => due = self.answer_at().map(|at| (at, n)),
                    Heard::Said(said) => {
                        story.accepted.extend(checks.hear(&said, self.checks_within_ms, &mut self.random));
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
                    if checks.answer(&mut socket).await.is_ok() {
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

fn micros_since(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX)
}
