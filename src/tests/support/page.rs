//! A participant's page as a program: it answers challenges as pages do.

use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{
    self, Message, WebSocket,
    client::IntoClientRequest,
    http::{HeaderValue, header},
    stream::MaybeTlsStream,
};

use super::PATIENCE;

/// A participant's socket.
pub(crate) struct Page {
    pub(crate) socket: WebSocket<MaybeTlsStream<TcpStream>>,
}

impl Page {
    pub(crate) fn open(address: SocketAddr) -> Self {
        Self::try_open(address).unwrap()
    }

    pub(crate) fn try_open(address: SocketAddr) -> Result<Self, tungstenite::Error> {
        let mut request = format!("ws://{address}/ws").into_client_request()?;
        request.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("hadir.v1"));
        let (socket, _) = tungstenite::connect(request)?;
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            stream.set_read_timeout(Some(PATIENCE))?;
        }
        Ok(Self { socket })
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.socket.send(Message::text(message.to_string())).unwrap();
    }

    pub(crate) fn hello(&mut self, ticket: &str, device: &str) {
        self.send(&json!({"t": "hello", "ticket": ticket, "device": device, "resume": null}));
    }

    /// The next message; challenges are answered, as pages do. None at a close, whose code is then known.
    pub(crate) fn read(&mut self) -> Result<Value, Option<u16>> {
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if message["t"] != "hb" {
                        return Ok(message);
                    }
                    self.socket.send(Message::text(json!({"t": "ack", "n": message["n"]}).to_string())).ok();
                }
                Ok(Message::Close(frame)) => return Err(frame.map(|frame| frame.code.into())),
                Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
                Err(_) => return Err(None),
            }
        }
    }

    /// Reads on until `counted`.
    pub(crate) fn counted(&mut self) -> Value {
        loop {
            let message = self.read().unwrap_or_else(|code| panic!("closed with {code:?} before counted"));
            if message["t"] == "counted" {
                return message;
            }
        }
    }

    /// Reads on until the close, and says its code.
    pub(crate) fn closed(&mut self) -> Option<u16> {
        loop {
            if let Err(code) = self.read() {
                return code;
            }
        }
    }
}
