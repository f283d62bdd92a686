//! `POST /api/poll`: the participants' messages by HTTPS, for networks that block WebSockets.

use std::{collections::VecDeque, future::poll_fn, sync::Arc, time::Duration};

use axum::{Json, body::to_bytes, extract::Request};
use dashmap::DashMap;
use data_encoding::HEXLOWER;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc, oneshot},
    time::{sleep, timeout},
};

use super::{
    driver::{Driver, Order},
    http::Web,
    listener::Place,
    origin,
    problem::Problem,
};
use crate::{
    domain::{event::Via, time::UnixMicros},
    session::Input,
    wire::{MESSAGE_BYTES_MAX, ToPage},
};

/// How long a request is held while there is nothing to say: proxies give up after half a minute.
const HELD: Duration = Duration::from_secs(25);

/// How long a page may take between an answer and its next request.
const ABSENT: Duration = Duration::from_secs(30);

/// How long the end of a session waits for a page that is between two requests.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How many messages wait for a page that does not ask; it is closed with 1013 then.
const UNHEARD_MAX: usize = 64;

/// How many messages one request may bring: a page has an answer and a goodbye.
const MESSAGES_MAX: usize = 16;

/// How many requests of one session may wait for its task.
const TURNS_MAX: usize = 4;

/// The largest body: all messages of one request, at their largest.
const BODY_BYTES_MAX: usize = 80 * 1024;

/// When to try again where every place is taken.
const RETRY_AFTER_S: u32 = 30;

/// A request.
#[derive(Debug, Deserialize)]
struct Asked {
    session: Option<String>,
    #[serde(default)]
    after: u64,
    #[serde(default)]
    messages: Vec<Value>,
}

/// An answer.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    session: Option<String>,
    next: u64,
    messages: Vec<ToPage>,
    /// Where a WebSocket would be closed: the code and the reason. The session is over then.
    #[serde(skip_serializing_if = "Option::is_none")]
    close: Option<Closed>,
}

#[derive(Clone, Debug, Serialize)]
struct Closed {
    code: u16,
    reason: String,
}

/// A request on its way to its session's task.
struct Turn {
    after: u64,
    messages: Vec<Value>,
    reply: oneshot::Sender<Told>,
}

/// The open sessions; a handle.
#[derive(Clone, Debug, Default)]
pub(super) struct Pollers(Arc<DashMap<String, mpsc::Sender<Turn>>>);

/// One session's task.
struct Poller {
    driver: Driver,
    name: Name,
    turns: mpsc::Receiver<Turn>,
    waiting: Option<Held>,
    /// Told and not yet acknowledged, with their numbers: an answer that got lost is given again.
    unheard: VecDeque<(u64, ToPage)>,
    number: u64,
    closed: Option<Closed>,
    absent_at: UnixMicros,
    _permit: OwnedSemaphorePermit,
}

/// A request that is held.
struct Held {
    reply: oneshot::Sender<Told>,
    until: UnixMicros,
}

/// A session's secret name, forgotten when its task ends.
struct Name {
    text: String,
    pollers: Pollers,
}

impl Drop for Name {
    fn drop(&mut self) {
        self.pollers.0.remove(&self.text);
    }
}

/// Answers one request, after at most [`HELD`].
pub(super) async fn poll(web: Arc<Web>, request: Request) -> Result<Json<Told>, Problem> {
    let peer = web.peer(&request)?;
    if !origin::is_allowed(request.headers(), peer.secure, web.public_origin.as_deref()) {
        return Err(Problem::foreign_origin());
    }
    let place = request.extensions().get::<Place>().cloned();
    let body = to_bytes(request.into_body(), BODY_BYTES_MAX).await;
    let asked = body.ok().and_then(|body| serde_json::from_slice::<Asked>(&body).ok());
    let Some(Asked { session, after, messages }) = asked.filter(|asked| asked.messages.len() <= MESSAGES_MAX) else {
        return Err(Problem::malformed("not a poll request", "reload the page; a program sends at most 16 messages"));
    };
    let turns = match session {
        None => begin(&web, Driver::new(Arc::clone(&web.shared), peer.address, Via::Poll))?,
        Some(name) => web.pollers.0.get(&name).map(|turns| turns.value().clone()).ok_or_else(over)?,
    };
    // A held request stands for a participant: it leaves its place to those who arrive.
    if let Some(place) = place
        && let Ok(permit) = Arc::clone(&web.descriptors.polls).try_acquire_owned()
    {
        place.change(permit);
    }
    let (reply, told) = oneshot::channel();
    turns.send(Turn { after, messages, reply }).await.map_err(|_| over())?;
    told.await.map(Json).map_err(|_| over())
}

fn over() -> Problem {
    Problem::absent("this session is over", "begin again with `session` null")
}

/// Starts a session's task.
fn begin(web: &Web, driver: Driver) -> Result<mpsc::Sender<Turn>, Problem> {
    let permit = Arc::clone(&web.descriptors.pollers).try_acquire_owned().map_err(|_| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "full", "every place is taken", "try again in half a minute")
            .retry_after(RETRY_AFTER_S)
    })?;
    let mut secret = [0; 16];
    getrandom::fill(&mut secret).map_err(|_| Problem::failed("the system gives no random bytes"))?;
    let name = Name { text: HEXLOWER.encode(&secret), pollers: web.pollers.clone() };
    let (turns_tx, turns) = mpsc::channel(TURNS_MAX);
    web.pollers.0.insert(name.text.clone(), turns_tx.clone());
    let absent_at = driver.in_future(ABSENT);
    let poller = Poller {
        driver,
        name,
        turns,
        waiting: None,
        unheard: VecDeque::new(),
        number: 0,
        closed: None,
        absent_at,
        _permit: permit,
    };
    web.shared.tracker.spawn(poller.run());
    Ok(turns_tx)
}

impl Poller {
    async fn run(mut self) {
        while !self.driver.is_over() {
            let pause = self.driver.until(self.deadline());
            tokio::select! {
                turn = self.turns.recv() => self.turn(turn),
                happening = poll_fn(|context| self.driver.poll(context)) => {
                    let orders = self.driver.hear(happening);
                    self.obey(orders);
                }
                () = sleep(pause) => self.time(),
            }
            if !self.unheard.is_empty() {
                self.tell();
            }
        }
        self.driver.let_go();
        self.last_words().await;
    }

    fn deadline(&self) -> UnixMicros {
        let transport = self.waiting.as_ref().map_or(self.absent_at, |held| held.until);
        self.driver.deadline().map_or(transport, |session| session.min(transport))
    }

    fn turn(&mut self, turn: Option<Turn>) {
        // The table holds one sender for as long as this task lives.
        let Some(Turn { after, messages, reply }) = turn else { return };
        self.tell();
        self.unheard.retain(|(number, _)| *number > after);
        self.waiting = Some(Held { reply, until: self.driver.in_future(HELD) });
        for message in messages {
            let text = message.to_string();
            self.take(if text.len() > MESSAGE_BYTES_MAX { Input::TooLarge } else { Input::Text(&text) });
        }
    }

    fn time(&mut self) {
        self.take(Input::Tick);
        match &self.waiting {
            Some(held) if self.driver.until(held.until).is_zero() => self.tell(),
            None if self.driver.until(self.absent_at).is_zero() => self.take(Input::Lost),
            Some(_) | None => {}
        }
    }

    fn take(&mut self, input: Input<'_>) {
        let orders = self.driver.take(input);
        self.obey(orders);
    }

    fn obey(&mut self, orders: Vec<Order>) {
        for order in orders {
            match order {
                Order::Send(message) => {
                    self.number = self.number.saturating_add(1);
                    self.unheard.push_back((self.number, message));
                }
                Order::Close(code, reason) => self.closed = Some(Closed { code, reason }),
            }
        }
        if self.unheard.len() > UNHEARD_MAX {
            self.unheard.clear();
            self.take(Input::Stuck);
        }
    }

    /// Answers the held request, if there is one, with everything unheard.
    fn tell(&mut self) {
        let Some(held) = self.waiting.take() else { return };
        let messages = self.unheard.iter().map(|(_, message)| message.clone()).collect();
        let session = self.closed.is_none().then(|| self.name.text.clone());
        // Where the page is gone already, the messages stay unheard and the next request gets them.
        drop(held.reply.send(Told { session, next: self.number, messages, close: self.closed.clone() }));
        self.absent_at = self.driver.in_future(ABSENT);
    }

    /// The page hears of the end with the request that is held, or with its next one.
    async fn last_words(&mut self) {
        // A hub that drains takes no requests any more.
        if self.waiting.is_none()
            && !self.driver.is_draining()
            && let Ok(Some(Turn { after, reply, .. })) = timeout(LAST_WORDS, self.turns.recv()).await
        {
            self.unheard.retain(|(number, _)| *number > after);
            self.waiting = Some(Held { reply, until: self.absent_at });
        }
        self.tell();
    }
}
