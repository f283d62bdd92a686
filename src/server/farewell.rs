//! Ends a WebSocket so that the peer sees the close code and not a reset.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use super::transport::Transport;

/// How long a peer may take to receive our close, and again to finish its own side.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// What a peer may still have on the way when we close; a kernel resets connections that are closed with unread bytes.
const DISCARD_BYTES_MAX: usize = 64 * 1024;

/// The longest reason that fits into a control frame (RFC 6455, 5.5).
const REASON_BYTES_MAX: usize = 123;

/// A close frame; a reason that does not fit is cut.
pub(super) fn frame(code: u16, reason: &str) -> CloseFrame {
    let end = reason.floor_char_boundary(REASON_BYTES_MAX);
    CloseFrame { code: CloseCode::from(code), reason: reason.get(..end).unwrap_or_default().into() }
}

/// Ends the connection: with our close frame, or by answering the peer's.
pub(super) async fn say(socket: &mut WebSocketStream<Transport>, ours: Option<Box<CloseFrame>>) {
    // Whatever fails here, the peer is gone, and the socket is dropped next.
    let said = match ours {
        Some(frame) => {
            timeout(CLOSE_WITHIN, socket.send(Message::Close(Some(*frame)))).await.is_ok_and(|sent| sent.is_ok())
        }
        None => timeout(CLOSE_WITHIN, async { while socket.next().await.is_some_and(|frame| frame.is_ok()) {} })
            .await
            .is_ok(),
    };
    let transport = socket.get_mut();
    if said && timeout(CLOSE_WITHIN, transport.shutdown()).await.is_ok_and(|shut| shut.is_ok()) {
        discard(transport).await;
    }
}

/// Reads what the peer still sends, up to its end and within limits.
async fn discard(transport: &mut Transport) {
    let rest = async {
        let mut scratch = [0; 1024];
        let mut left = DISCARD_BYTES_MAX;
        while let Ok(read @ 1..) = transport.read(&mut scratch).await {
            left = left.saturating_sub(read);
            if left == 0 {
                break;
            }
        }
    };
    // A peer that sends on and on has had its time.
    drop(timeout(CLOSE_WITHIN, rest).await);
}
