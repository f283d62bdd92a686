//! One participant's task: it drives a [`Session`] over a WebSocket and decides nothing by itself.

use std::{
    future::Future,
    net::IpAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt, future::poll_fn};
use tokio::{sync::OwnedSemaphorePermit, time::Sleep};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self, Message,
        error::ProtocolError,
        protocol::{CloseFrame, WebSocketConfig},
    },
};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::{
    farewell,
    handle::{Shared, SubmitError},
    outbox::{Notice, Notices, Outbox},
    transport::Transport,
};
use crate::{
    domain::{
        event::{Channel, Event, Fact, Joined, Left, Reading, Stamp, Via},
        ids::{ConnectionId, Pseudonym, Tag},
        standing::Standing,
        time::UnixMicros,
    },
    session::{Effect, Input, NotDurable, Pace, Session},
    wire::MESSAGE_BYTES_MAX,
};

/// Half a kibibyte holds every message but a long hello, which makes its buffer grow; the library's own default is 128 KiB.
const READ_BUFFER_BYTES: usize = 512;

/// What may wait for a peer that does not read: a few dozen messages. Then it is closed with 1013.
const WRITE_BUFFER_BYTES_MAX: usize = 8 * 1024;

/// A WebSocket that came through the upgrade.
pub(super) struct Arrival {
    pub(super) socket: WebSocketStream<Transport>,
    pub(super) network: IpAddr,
    pub(super) permit: OwnedSemaphorePermit,
}

/// Limits and buffers of a participant's socket.
pub(super) fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX))
}

/// What the submission of a fact came to.
type Answer = Result<Stamp, SubmitError>;

/// What was found of the person; nothing when the writer has stopped.
type Report = Option<Standing>;

/// An answer on its way. Boxed, because it exists for milliseconds and the task for hours.
type Waiting<T> = Option<Pin<Box<dyn Future<Output = T> + Send>>>;

/// Something that the task waits for.
enum Happening {
    Frame(Option<tungstenite::Result<Message>>),
    Answer(Answer),
    Report(Report),
    Notices(Notices),
    Cancelled,
    Time,
}

/// The task's own state; the order of the fields is the order in which they are let go.
pub(super) struct Participant {
    socket: WebSocketStream<Transport>,
    session: Session,
    held: Option<Held>,
    answer: Waiting<Answer>,
    report: Waiting<Report>,
    /// Heard until the connection is held and the herald tells it; boxed for the same reason.
    cancelled: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    farewell: Option<Box<CloseFrame>>,
    connection: ConnectionId,
    device: Option<Tag>,
    network: IpAddr,
    unflushed: bool,
    readable: bool,
    shared: Arc<Shared>,
    _permit: OwnedSemaphorePermit,
}

/// The place in the hub; given back when the task ends, however it ends.
struct Held {
    person: Pseudonym,
    outbox: Arc<Outbox>,
    shared: Arc<Shared>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.shared.hub.release(self.person, self.outbox.connection());
    }
}

impl Participant {
    pub(super) fn new(arrival: Arrival, shared: Arc<Shared>) -> Self {
        let Arrival { socket, network, permit } = arrival;
        let connection = shared.next_connection();
        let pace = Pace {
            challenge: shared.liveness.challenge_ms,
            proof_max_gap: shared.liveness.proof_max_gap_ms,
            reconnect: shared.reconnect,
        };
        let lesson = *shared.sequencer.lesson().borrow();
        let session = Session::new(connection, pace, lesson, connection.serial, shared.clock.now().wall);
        Self {
            socket,
            session,
            held: None,
            answer: None,
            report: None,
            cancelled: Some(Box::pin(shared.cancel.clone().cancelled_owned())),
            farewell: None,
            connection,
            device: None,
            network,
            unflushed: false,
            readable: true,
            shared,
            _permit: permit,
        }
    }

    /// Drives the connection to its end.
    #[expect(clippy::manual_async_fn, reason = "an async function would hold its argument twice, in every task")]
    pub(super) fn run(mut self) -> impl Future<Output = ()> + Send {
        async move {
            self.converse().await;
            // The leave is durable: from here on no beat needs to speak of this connection.
            self.held = None;
            Box::pin(farewell::say(&mut self.socket, self.farewell.take())).await;
        }
    }

    async fn converse(&mut self) {
        let mut timer = pin!(tokio::time::sleep(Duration::ZERO));
        let mut armed = None;
        while !self.session.is_over() {
            let deadline = self.session.deadline();
            if deadline != armed {
                armed = deadline;
                timer.set(tokio::time::sleep(self.until(deadline)));
            }
            let happening = poll_fn(|context| self.poll(context, armed.map(|_| timer.as_mut()))).await;
            if matches!(happening, Happening::Time) {
                armed = None;
            }
            self.take(happening);
        }
    }

    fn until(&self, deadline: Option<UnixMicros>) -> Duration {
        let now = self.shared.clock.now().wall;
        let left = deadline.map_or(0, |deadline| deadline.0.saturating_sub(now.0));
        Duration::from_micros(left.max(0).unsigned_abs())
    }

    fn poll(&mut self, context: &mut Context<'_>, timer: Option<Pin<&mut Sleep>>) -> Poll<Happening> {
        if self.unflushed && self.socket.poll_flush_unpin(context).is_ready() {
            // A failed flush shows as a failed read: one place tells how the transport ended.
            self.unflushed = false;
        }
        if self.readable
            && let Poll::Ready(frame) = self.socket.poll_next_unpin(context)
        {
            return Poll::Ready(Happening::Frame(frame));
        }
        if let Poll::Ready(answer) = poll_waiting(&mut self.answer, context) {
            return Poll::Ready(Happening::Answer(answer));
        }
        if let Poll::Ready(report) = poll_waiting(&mut self.report, context) {
            return Poll::Ready(Happening::Report(report));
        }
        if let Some(held) = &self.held
            && let Poll::Ready(notices) = held.outbox.poll_take(context)
        {
            return Poll::Ready(Happening::Notices(notices));
        }
        if let Some(cancelled) = &mut self.cancelled
            && cancelled.as_mut().poll(context).is_ready()
        {
            self.cancelled = None;
            return Poll::Ready(Happening::Cancelled);
        }
        match timer {
            Some(timer) => timer.poll(context).map(|()| Happening::Time),
            None => Poll::Pending,
        }
    }

    fn take(&mut self, happening: Happening) {
        let now = self.shared.clock.now();
        match happening {
            Happening::Frame(frame) => self.frame(frame, now),
            Happening::Answer(Ok(stamp)) => self.step(Input::Durable(stamp), now),
            Happening::Answer(Err(error)) => self.step(Input::NotDurable(not_durable(&error)), now),
            Happening::Report(Some(standing)) => {
                self.step(Input::Standing { present_ms: standing.present_ms, state: in_one_word(&standing) }, now);
            }
            Happening::Report(None) => {}
            Happening::Notices(notices) => notices.iter().for_each(|notice| self.notice(notice, now)),
            Happening::Cancelled => self.step(Input::Drain, now),
            Happening::Time => self.step(Input::Tick, now),
        }
    }

    fn frame(&mut self, frame: Option<tungstenite::Result<Message>>, now: Reading) {
        match frame {
            Some(Ok(Message::Text(text))) => self.step(Input::Text(&text), now),
            Some(Ok(Message::Binary(_))) => self.step(Input::Binary, now),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => self.step(Input::Noise, now),
            Some(Ok(Message::Close(close))) => {
                self.step(Input::PeerClosed(close.map(|close| close.code.into())), now);
            }
            Some(Err(error)) => {
                self.readable = false;
                self.step(broken(&error), now);
            }
            None => {
                self.readable = false;
                self.step(Input::Lost, now);
            }
        }
    }

    fn notice(&mut self, notice: Notice, now: Reading) {
        match notice {
            Notice::Lesson => {
                let lesson = *self.shared.sequencer.lesson().borrow();
                self.step(Input::Lesson(lesson), now);
            }
            Notice::Replaced => self.step(Input::Replaced, now),
            Notice::Revoked => self.step(Input::Revoked, now),
            Notice::Drain => self.step(Input::Drain, now),
            Notice::Shutdown => self.step(Input::Shutdown, now),
        }
    }

    fn step(&mut self, input: Input<'_>, now: Reading) {
        for effect in self.session.step(input, now.wall) {
            self.perform(effect, now);
        }
        if let (Some(held), Some(proved)) = (&self.held, self.session.proved()) {
            held.outbox.prove(proved);
        }
    }

    fn perform(&mut self, effect: Effect, now: Reading) {
        match effect {
            Effect::Authenticate { ticket, device } => self.authenticate(&ticket, &device, now),
            Effect::Join { person } => self.join(person, now),
            Effect::Leave { person, last, why } => {
                self.submit(Event::Left(Left { p: person, s: self.connection, last, why }), now);
            }
            Effect::Send(message) => match message.text() {
                Ok(text) => self.send(Message::text(text), now),
                Err(_) => self.step(Input::Shutdown, now),
            },
            Effect::Report { person } => {
                let shared = Arc::clone(&self.shared);
                self.report = Some(Box::pin(async move { shared.sequencer.standing(person).await.ok().flatten() }));
            }
            Effect::Close { code, reason } => {
                self.farewell = Some(Box::new(farewell::frame(code, &reason)));
            }
            Effect::Drop => {}
        }
    }

    fn authenticate(&mut self, ticket: &str, device: &str, now: Reading) {
        match self.shared.admission.admit(ticket, now.wall.floor_millis()) {
            Ok(admitted) => {
                self.device = Some(self.shared.admission.device_tag(device));
                self.step(Input::Admitted(admitted.pseudonym), now);
            }
            Err(refused) => self.step(Input::Refused(refused.to_string().into()), now),
        }
    }

    fn join(&mut self, person: Pseudonym, now: Reading) {
        let device = self.device.unwrap_or(Tag([0; 10]));
        let outbox = Arc::new(Outbox::new(self.connection, device, now.wall));
        self.shared.hub.hold(person, &outbox);
        self.held = Some(Held { person, outbox, shared: Arc::clone(&self.shared) });
        let network = self.shared.admission.network_tag(self.network);
        self.submit(
            Event::Joined(Joined {
                p: person,
                s: self.connection,
                channel: Channel::Online,
                via: Via::Ws,
                d: Some(device),
                n: Some(network),
            }),
            now,
        );
        // What was announced before this connection could hear it is caught up with.
        self.cancelled = None;
        self.notice(Notice::Lesson, now);
        if self.shared.cancel.is_cancelled() {
            self.step(Input::Drain, now);
        }
    }

    fn submit(&mut self, event: Event, now: Reading) {
        let shared = Arc::clone(&self.shared);
        self.answer = Some(Box::pin(async move { shared.sequencer.submit(Fact { at: now, event }).await }));
    }

    fn send(&mut self, message: Message, now: Reading) {
        self.unflushed = true;
        match self.socket.start_send_unpin(message) {
            Ok(()) => {}
            Err(tungstenite::Error::WriteBufferFull(_)) => self.step(Input::Stuck, now),
            // The transport is gone: the next read says how.
            Err(_) if self.readable => {}
            Err(_) => self.step(Input::Lost, now),
        }
    }
}

fn poll_waiting<T>(waiting: &mut Waiting<T>, context: &mut Context<'_>) -> Poll<T> {
    let Some(future) = waiting else { return Poll::Pending };
    let result = ready!(future.as_mut().poll(context));
    *waiting = None;
    Poll::Ready(result)
}

fn not_durable(error: &SubmitError) -> NotDurable {
    match error {
        SubmitError::Over => NotDurable::Over,
        SubmitError::Refused(_) => NotDurable::Unknown,
        SubmitError::Fact(_) | SubmitError::Stopped => NotDurable::Fault,
    }
}

/// What the page shows of a standing.
fn in_one_word(standing: &Standing) -> &'static str {
    match standing {
        Standing { qualifies: true, .. } => "qualifies",
        Standing { can_qualify: true, .. } => "can_qualify",
        Standing { .. } => "cannot_qualify",
    }
}

/// What a failed read says about the peer.
fn broken(error: &tungstenite::Error) -> Input<'static> {
    match error {
        tungstenite::Error::Capacity(_) => Input::TooLarge,
        tungstenite::Error::Utf8(_) => Input::NotUtf8,
        tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Input::Lost,
        tungstenite::Error::Protocol(_) | tungstenite::Error::AttackAttempt => Input::Malformed,
        tungstenite::Error::WriteBufferFull(_) => Input::Stuck,
        tungstenite::Error::ConnectionClosed
        | tungstenite::Error::AlreadyClosed
        | tungstenite::Error::Io(_)
        | tungstenite::Error::Tls(_)
        | tungstenite::Error::Url(_)
        | tungstenite::Error::Http(_)
        | tungstenite::Error::HttpFormat(_) => Input::Lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What one participant's task may take, without its buffers: there are thousands.
    const TASK_BYTES_MAX: usize = 1_280;

    /// The size of the future that a function makes, without making one.
    fn size<A, F: Future>(_make: impl Fn(A) -> F) -> usize {
        std::mem::size_of::<F>()
    }

    #[test]
    fn a_participants_task_stays_small_because_there_are_thousands() {
        let task = size(Participant::run);

        assert!(task <= TASK_BYTES_MAX, "{task} bytes, of which {} are its state", std::mem::size_of::<Participant>());
    }
}
