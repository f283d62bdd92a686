//! One client socket: how it is opened, what it says first, and what it hears.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use hadir::wire::{self, FromPage, ToPage};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        ClientRequestBuilder, Message,
        protocol::{CloseFrame, WebSocketConfig, frame::coding::CloseCode},
    },
};

/// A client's WebSocket.
pub(crate) type Socket = WebSocketStream<TcpStream>;

/// How long opening a socket may take: a thundering start queues behind everybody else.
const OPEN_MAX: Duration = Duration::from_secs(40);

/// How long the answer to `hello` may take, for the same reason.
const COUNTED_MAX: Duration = Duration::from_secs(40);

/// How long a client waits for the hub to finish a close.
const CLOSE_MAX: Duration = Duration::from_secs(5);

/// How long a frozen page's socket stays at the most: the hub closes it after the declared silence.
const FROZEN_MAX: Duration = Duration::from_secs(120);

/// Buffers of the size of the contract's messages: 15,000 clients share this process.
pub(crate) fn tiny() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(1024)
        .write_buffer_size(0)
        .max_message_size(Some(wire::MESSAGE_BYTES_MAX))
        .max_frame_size(Some(wire::MESSAGE_BYTES_MAX))
}

/// Opens a socket from the given source address.
pub(crate) async fn open(source: Ipv4Addr, hub: SocketAddr) -> Result<Socket> {
    let opening = async {
        let socket = TcpSocket::new_v4().context("no socket left")?;
        socket.bind((source, 0).into()).with_context(|| format!("cannot send from {source}"))?;
        let stream = socket.connect(hub).await.context("the connection was not accepted")?;
        stream.set_nodelay(true)?;
        let uri = format!("ws://{hub}/ws").parse()?;
        let request = ClientRequestBuilder::new(uri).with_sub_protocol(wire::SUBPROTOCOL);
        let (socket, _) =
            client_async_with_config(request, stream, Some(tiny())).await.context("the upgrade was refused")?;
        Ok(socket)
    };
    timeout(OPEN_MAX, opening).await.context("the connection took too long to open")?
}

/// Says one message.
pub(crate) async fn say(socket: &mut Socket, message: &FromPage) -> Result<()> {
    socket.send(Message::text(serde_json::to_string(message)?)).await?;
    Ok(())
}

/// Waits for the answer to `hello`; what the hub says before it is of no interest.
pub(crate) async fn counted(socket: &mut Socket) -> Result<ToPage> {
    let waiting = async {
        loop {
            match heard(socket.next().await) {
                Heard::Said(message @ ToPage::Counted { .. }) => return Ok(message),
                Heard::Said(_) | Heard::Ping | Heard::Pong => {}
                Heard::Closed { code, reason } => bail!("instead of `counted` came a close with {code} ({reason})"),
                Heard::Broken(what) => bail!("instead of `counted` the connection ended: {what}"),
            }
        }
    };
    timeout(COUNTED_MAX, waiting).await.context("`counted` did not come")?
}

/// What came out of a socket.
pub(crate) enum Heard {
    /// A message of the contract.
    Said(ToPage),
    /// The answer to our own ping.
    Pong,
    /// A ping of the hub: the library has answered it.
    Ping,
    /// The hub closed.
    Closed {
        /// With this code.
        code: u16,
        /// And this reason.
        reason: String,
    },
    /// The transport ended, or something came that the contract does not know.
    Broken(String),
}

/// Reads what came out of a socket.
pub(crate) fn heard(item: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>) -> Heard {
    match item {
        None => Heard::Broken("the transport ended".to_owned()),
        Some(Err(error)) => Heard::Broken(error.to_string()),
        Some(Ok(Message::Text(text))) => match serde_json::from_str(text.as_str()) {
            Ok(message) => Heard::Said(message),
            Err(error) => Heard::Broken(format!("a message that the contract does not know ({error}): {text}")),
        },
        Some(Ok(Message::Close(frame))) => {
            let (code, reason) = frame
                .map_or((1005, String::new()), |CloseFrame { code, reason }| (code.into(), reason.as_str().to_owned()));
            Heard::Closed { code, reason }
        }
        Some(Ok(Message::Ping(_))) => Heard::Ping,
        Some(Ok(Message::Pong(_))) => Heard::Pong,
        Some(Ok(Message::Binary(_) | Message::Frame(_))) => Heard::Broken("a binary message".to_owned()),
    }
}

/// Closes with a code and waits until the hub has closed too.
pub(crate) async fn close(mut socket: Socket, code: u16) {
    let frame = CloseFrame { code: CloseCode::from(code), reason: "".into() };
    let closing = async {
        if socket.close(Some(frame)).await.is_ok() {
            finish(&mut socket).await;
        }
    };
    // A hub that does not finish the close has nothing more to say to this client.
    drop(timeout(CLOSE_MAX, closing).await);
}

/// Reads to the end, so that the other side sees an orderly close.
async fn finish(socket: &mut Socket) {
    while let Some(Ok(_)) = socket.next().await {}
}

/// Stays open as a frozen page does, whose network stack goes on answering pings, until the hub gives up on it.
pub(crate) async fn frozen(mut socket: Socket) {
    drop(timeout(FROZEN_MAX, finish(&mut socket)).await);
}

/// Completes a close that the hub began.
pub(crate) async fn closed(mut socket: Socket) {
    drop(timeout(CLOSE_MAX, finish(&mut socket)).await);
}
