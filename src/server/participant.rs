//! One participant's task: it carries a session over a WebSocket and decides nothing by itself.

use std::{
    future::Future,
    net::IpAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
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

use super::{
    driver::{Driver, Happening, Order},
    farewell,
    handle::Shared,
    transport::Transport,
};
use crate::{domain::event::Via, session::Input, wire::MESSAGE_BYTES_MAX};

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

/// Something that the task waits for.
enum Event {
    Frame(Option<tungstenite::Result<Message>>),
    Hub(Happening),
    Time,
}

/// The task's own state; the order of the fields is the order in which they are let go.
pub(super) struct Participant {
    socket: WebSocketStream<Transport>,
    driver: Driver,
    farewell: Option<Box<CloseFrame>>,
    unflushed: bool,
    readable: bool,
    _permit: OwnedSemaphorePermit,
}

impl Participant {
    pub(super) fn new(arrival: Arrival, shared: Arc<Shared>) -> Self {
        let Arrival { socket, network, permit } = arrival;
        let driver = Driver::new(shared, network, Via::Ws);
        Self { socket, driver, farewell: None, unflushed: false, readable: true, _permit: permit }
    }

    /// Carries the connection to its end.
    #[expect(clippy::manual_async_fn, reason = "an async function would hold its argument twice, in every task")]
    pub(super) fn run(mut self) -> impl Future<Output = ()> + Send {
        async move {
            self.converse().await;
            self.driver.let_go();
            Box::pin(farewell::say(&mut self.socket, self.farewell.take())).await;
        }
    }

    async fn converse(&mut self) {
        let mut timer = pin!(tokio::time::sleep(Duration::ZERO));
        let mut armed = None;
        while !self.driver.is_over() {
            let deadline = self.driver.deadline();
            if let Some(due) = deadline.filter(|_| deadline != armed) {
                timer.set(tokio::time::sleep(self.driver.until(due)));
            }
            armed = deadline;
            match poll_fn(|context| self.poll(context, armed.map(|_| timer.as_mut()))).await {
                Event::Frame(frame) => self.frame(frame),
                Event::Hub(happening) => {
                    let orders = self.driver.hear(happening);
                    self.obey(orders);
                }
                Event::Time => {
                    armed = None;
                    self.take(Input::Tick);
                }
            }
        }
    }

    fn poll(&mut self, context: &mut Context<'_>, timer: Option<Pin<&mut Sleep>>) -> Poll<Event> {
        if self.unflushed && self.socket.poll_flush_unpin(context).is_ready() {
            // A failed flush shows as a failed read: one place tells how the transport ended.
            self.unflushed = false;
        }
        if self.readable
            && let Poll::Ready(frame) = self.socket.poll_next_unpin(context)
        {
            return Poll::Ready(Event::Frame(frame));
        }
        if let Poll::Ready(happening) = self.driver.poll(context) {
            return Poll::Ready(Event::Hub(happening));
        }
        match timer {
            Some(timer) => timer.poll(context).map(|()| Event::Time),
            None => Poll::Pending,
        }
    }

    fn frame(&mut self, frame: Option<tungstenite::Result<Message>>) {
        match frame {
            Some(Ok(Message::Text(text))) => self.take(Input::Text(&text)),
            Some(Ok(Message::Binary(_))) => self.take(Input::Binary),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => self.take(Input::Noise),
            Some(Ok(Message::Close(close))) => self.take(Input::PeerClosed(close.map(|close| close.code.into()))),
            Some(Err(error)) => {
                self.readable = false;
                self.take(broken(&error));
            }
            None => {
                self.readable = false;
                self.take(Input::Lost);
            }
        }
    }

    fn take(&mut self, input: Input<'_>) {
        let orders = self.driver.take(input);
        self.obey(orders);
    }

    fn obey(&mut self, orders: Vec<Order>) {
        for order in orders {
            match order {
                Order::Send(message) => match message.text() {
                    Ok(text) => self.send(Message::text(text)),
                    Err(error) => tracing::error!(%error, "a message cannot be written: this is a defect"),
                },
                Order::Close(code, reason) => self.farewell = Some(Box::new(farewell::frame(code, &reason))),
            }
        }
    }

    fn send(&mut self, message: Message) {
        self.unflushed = true;
        match self.socket.start_send_unpin(message) {
            Ok(()) => {}
            Err(tungstenite::Error::WriteBufferFull(_)) => self.take(Input::Stuck),
            // The transport is gone: the next read says how.
            Err(_) if self.readable => {}
            Err(_) => self.take(Input::Lost),
        }
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
    const TASK_BYTES_MAX: usize = 896;

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
