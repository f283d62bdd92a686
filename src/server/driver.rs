//! Carries out what a [`Session`] decides, whatever the transport: tickets, the log, the hub's notices.

use std::{
    future::Future,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio_util::sync::WaitForCancellationFutureOwned;

use super::{
    handle::{Shared, SubmitError},
    outbox::{Notice, Notices, Outbox},
    responses::{Responder, Responses, Said},
};
use crate::{
    domain::{
        event::{Channel, Event, Fact, Joined, Left, Reading, Stamp, Via},
        fold::standing::Standing,
        ids::{ConnectionId, Pseudonym, Tag},
        time::UnixMicros,
    },
    session::{Effect, Input, NotDurable, Pace, Session},
    wire::ToPage,
};

/// What the submission of a fact came to.
type Answer = Result<Stamp, SubmitError>;

/// What was found of the person; nothing when the writer has stopped.
type Report = Option<Standing>;

/// An answer on its way. Boxed, because it exists for milliseconds and the task for hours.
type Waiting<T> = Option<Pin<Box<dyn Future<Output = T> + Send>>>;

/// Something that the hub has for the session.
pub(super) enum Happening {
    /// The log has answered.
    Answer(Answer),
    /// The person's standing was looked up.
    Report(Report),
    /// What a page said of a check is durable.
    Said(Option<Said>),
    /// Notices were left.
    Notices(Notices),
    /// The hub drains.
    Cancelled,
}

/// What is left for the transport to do.
pub(super) enum Order {
    /// Send this message.
    Send(ToPage),
    /// Close with this code and reason.
    Close(u16, String),
}

/// A session and what it holds of the hub.
pub(super) struct Driver {
    session: Session,
    held: Option<Held>,
    answer: Waiting<Answer>,
    report: Waiting<Report>,
    /// Boxed, because it is there for the seconds around a check only.
    responses: Option<Box<Responses>>,
    /// Heard until the connection is held and the herald tells it; boxed, because it is let go then.
    cancelled: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    connection: ConnectionId,
    device: Option<Tag>,
    network: IpAddr,
    via: Via,
    shared: Arc<Shared>,
}

/// The place in the hub; given back when the connection ends, however it ends.
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

impl Driver {
    pub(super) fn new(shared: Arc<Shared>, network: IpAddr, via: Via) -> Self {
        let connection = shared.next_connection();
        let pace = Pace {
            challenge: shared.liveness.challenge_ms,
            proof_max_gap: shared.liveness.proof_max_gap_ms,
            reconnect: shared.reconnect,
        };
        let lesson = *shared.sequencer.lesson().borrow();
        let session = Session::new(connection, pace, lesson, connection.serial, shared.clock.now().wall);
        Self {
            session,
            held: None,
            answer: None,
            report: None,
            responses: None,
            cancelled: Some(Box::pin(shared.cancel.clone().cancelled_owned())),
            connection,
            device: None,
            network,
            via,
            shared,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.session.is_over()
    }

    pub(super) fn is_draining(&self) -> bool {
        self.shared.cancel.is_cancelled()
    }

    pub(super) fn deadline(&self) -> Option<UnixMicros> {
        self.session.deadline()
    }

    /// How long it is until a deadline.
    pub(super) fn until(&self, deadline: UnixMicros) -> Duration {
        let left = deadline.0.saturating_sub(self.shared.clock.now().wall.0);
        Duration::from_micros(left.max(0).unsigned_abs())
    }

    /// The moment that is this far from now.
    pub(super) fn in_future(&self, length: Duration) -> UnixMicros {
        let length = i64::try_from(length.as_micros()).unwrap_or(i64::MAX);
        UnixMicros(self.shared.clock.now().wall.0.saturating_add(length))
    }

    /// Gives the place in the hub back: the leave is durable, and no beat needs to speak of this connection any more.
    pub(super) fn let_go(&mut self) {
        self.held = None;
    }

    /// Waits for what the hub has.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Happening> {
        if let Poll::Ready(answer) = poll_waiting(&mut self.answer, context) {
            return Poll::Ready(Happening::Answer(answer));
        }
        if let Poll::Ready(report) = poll_waiting(&mut self.report, context) {
            return Poll::Ready(Happening::Report(report));
        }
        if let Some(responses) = &mut self.responses
            && let Poll::Ready(said) = responses.poll(&self.shared.sequencer, context)
        {
            self.responses.take_if(|responses| responses.is_empty());
            return Poll::Ready(Happening::Said(said));
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
        Poll::Pending
    }

    /// Takes what the hub had.
    pub(super) fn hear(&mut self, happening: Happening) -> Vec<Order> {
        let now = self.shared.clock.now();
        let mut orders = Vec::new();
        match happening {
            Happening::Answer(Ok(stamp)) => self.step(Input::Durable(stamp), now, &mut orders),
            Happening::Answer(Err(error)) => {
                self.step(Input::NotDurable(not_durable(&error)), now, &mut orders);
            }
            Happening::Report(Some(standing)) => {
                let state = in_one_word(&standing);
                self.step(Input::Standing { present_ms: standing.present_ms, state }, now, &mut orders);
            }
            Happening::Said(Some(Said { prompt, outcome })) => {
                self.step(Input::Answered { prompt, outcome }, now, &mut orders);
            }
            Happening::Report(None) | Happening::Said(None) => {}
            Happening::Notices(notices) => notices.iter().for_each(|notice| self.notice(notice, now, &mut orders)),
            Happening::Cancelled => self.step(Input::Drain, now, &mut orders),
        }
        orders
    }

    /// Takes what the transport had.
    pub(super) fn take(&mut self, input: Input<'_>) -> Vec<Order> {
        let mut orders = Vec::new();
        self.step(input, self.shared.clock.now(), &mut orders);
        orders
    }

    fn notice(&mut self, notice: Notice, now: Reading, orders: &mut Vec<Order>) {
        match notice {
            Notice::Lesson => {
                let lesson = *self.shared.sequencer.lesson().borrow();
                self.step(Input::Lesson(lesson), now, orders);
            }
            Notice::Prompt => {
                let newest = self.shared.sequencer.prompt().borrow().as_ref().map(|prompt| prompt.asked);
                if let Some(asked) = newest {
                    self.step(Input::Prompt(asked), now, orders);
                }
            }
            Notice::Replaced => self.step(Input::Replaced, now, orders),
            Notice::Revoked => self.step(Input::Revoked, now, orders),
            Notice::Drain => self.step(Input::Drain, now, orders),
            Notice::Shutdown => self.step(Input::Shutdown, now, orders),
        }
    }

    fn step(&mut self, input: Input<'_>, now: Reading, orders: &mut Vec<Order>) {
        for effect in self.session.step(input, now.wall) {
            self.perform(effect, now, orders);
        }
        if let (Some(held), Some(proved)) = (&self.held, self.session.proved()) {
            held.outbox.prove(proved);
        }
    }

    fn responses(&mut self) -> &mut Responses {
        self.responses.get_or_insert_default()
    }

    fn perform(&mut self, effect: Effect, now: Reading, orders: &mut Vec<Order>) {
        let connection = self.connection;
        let responder = |person| Responder { person, connection };
        match effect {
            Effect::Authenticate { ticket, device } => self.authenticate(&ticket, &device, now, orders),
            Effect::Join { person } => self.join(person, now, orders),
            Effect::Leave { person, last, why } => {
                self.submit(Event::Left(Left { p: person, s: self.connection, last, why }), now);
            }
            Effect::Shown { person, prompt } => self.responses().show(responder(person), prompt, now),
            Effect::Answer { person, prompt, choice } => {
                let newest = self.shared.sequencer.prompt().borrow().clone();
                if let Some(asked) = newest.filter(|newest| newest.asked.prompt == prompt) {
                    self.responses().answer(responder(person), &asked, &choice, now);
                }
            }
            Effect::Send(message) => orders.push(Order::Send(message)),
            Effect::Report { person } => {
                let shared = Arc::clone(&self.shared);
                self.report = Some(Box::pin(async move { shared.sequencer.standing(person).await.ok().flatten() }));
            }
            Effect::Close { code, reason } => orders.push(Order::Close(code, reason.into_owned())),
            Effect::Drop => {}
        }
    }

    fn authenticate(&mut self, ticket: &str, device: &str, now: Reading, orders: &mut Vec<Order>) {
        match self.shared.admission.admit(ticket, now.wall.floor_millis()) {
            Ok(admitted) => {
                self.device = Some(self.shared.admission.device_tag(device));
                self.step(Input::Admitted(admitted.pseudonym), now, orders);
            }
            Err(refused) => self.step(Input::Refused(refused.to_string().into()), now, orders),
        }
    }

    fn join(&mut self, person: Pseudonym, now: Reading, orders: &mut Vec<Order>) {
        let device = self.device.unwrap_or(Tag([0; 10]));
        let outbox = Arc::new(Outbox::new(self.connection, device, now.wall));
        self.shared.hub.hold(person, &outbox);
        self.held = Some(Held { person, outbox, shared: Arc::clone(&self.shared) });
        let joined = Joined {
            p: person,
            s: self.connection,
            channel: Channel::Online,
            via: self.via,
            d: Some(device),
            n: Some(self.shared.admission.network_tag(self.network)),
        };
        self.submit(Event::Joined(joined), now);
        // What was announced before this connection could hear it is caught up with.
        self.cancelled = None;
        self.notice(Notice::Lesson, now, orders);
        self.notice(Notice::Prompt, now, orders);
        if self.shared.cancel.is_cancelled() {
            self.step(Input::Drain, now, orders);
        }
    }

    fn submit(&mut self, event: Event, now: Reading) {
        let shared = Arc::clone(&self.shared);
        self.answer = Some(Box::pin(async move { shared.sequencer.submit(Fact { at: now, event }).await }));
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
