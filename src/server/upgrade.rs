//! `GET /ws`: from an HTTP request to a participant's task.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::{sync::OwnedSemaphorePermit, time::timeout};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{handshake::derive_accept_key, protocol::Role},
};

use super::{
    farewell,
    handle::Shared,
    http::Web,
    origin,
    participant::{self, Arrival, Participant},
    problem::Problem,
    transport::Transport,
};
use crate::wire::{Reconnect, SUBPROTOCOL, close};

/// The only version of the WebSocket protocol (RFC 6455).
const VERSION: &str = "13";

/// How long the answer to an upgrade may take to leave.
const UPGRADE_WITHIN: Duration = Duration::from_secs(10);

/// How pages come back to a full hub: later than to any other, because places become free slowly.
const WHEN_FULL: Reconnect = Reconnect { min_ms: 5_000, max_ms: 30_000 };

/// When to try again where not even a refusal finds a place.
const RETRY_AFTER_S: u32 = 30;

/// What a socket gets.
enum Seat {
    /// A place among the participants.
    Taken(OwnedSemaphorePermit),
    /// A close with 1013, so that the page knows when to come back.
    Refused(OwnedSemaphorePermit),
}

/// Answers the request; the socket's own task waits for the answer to leave.
pub(super) fn ws(web: &Web, mut request: Request) -> Result<Response, Problem> {
    let peer = web.peer(&request)?;
    let accepted = handshake(request.method(), request.headers())?;
    if !origin::is_allowed(request.headers(), peer.secure, web.public_origin.as_deref()) {
        return Err(Problem::foreign_origin());
    }
    let seat = seat(web)?;
    let upgrade = hyper::upgrade::on(&mut request);
    web.shared.tracker.spawn(arrive(upgrade, seat, peer.address, Arc::clone(&web.shared)));
    switching_protocols(&accepted)
}

/// What the answer says to a request that is a WebSocket's.
struct Accepted {
    key: String,
    /// Whether the subprotocol is named back: a client that offered none would refuse it.
    named: bool,
}

/// Whether the request is a WebSocket's of our subprotocol, or of a program that names none.
fn handshake(method: &Method, headers: &HeaderMap) -> Result<Accepted, Problem> {
    let upgrades = method == Method::GET
        && has_token(headers, &header::CONNECTION, "upgrade")
        && has_token(headers, &header::UPGRADE, "websocket")
        && headers.get(header::SEC_WEBSOCKET_VERSION).is_some_and(|version| version == VERSION);
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| upgrades).ok_or_else(|| {
        Problem::new(
            StatusCode::UPGRADE_REQUIRED,
            "not a WebSocket",
            "this address speaks WebSocket, version 13",
            "open it with a WebSocket client; a proxy in between has to pass `Upgrade` and `Connection` on",
        )
    })?;
    let named = headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL);
    if named && !has_token(headers, &header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        let detail = format!("the subprotocol {SUBPROTOCOL} is not among those offered");
        return Err(Problem::malformed(detail, "reload the page; a program offers it, or none"));
    }
    Ok(Accepted { key: derive_accept_key(key.as_bytes()), named })
}

fn has_token(headers: &HeaderMap, name: &header::HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|found| found.trim().eq_ignore_ascii_case(token))
}

fn seat(web: &Web) -> Result<Seat, Problem> {
    if let Ok(permit) = Arc::clone(&web.descriptors.participants).try_acquire_owned() {
        return Ok(Seat::Taken(permit));
    }
    tracing::warn!(capacity = web.descriptors.capacity(), "the hub is full: raise its limit of open descriptors");
    let refusals = Arc::clone(&web.descriptors.refusals);
    refusals.try_acquire_owned().map(Seat::Refused).map_err(|_| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "full", "every place is taken", "try again in half a minute")
            .retry_after(RETRY_AFTER_S)
    })
}

fn switching_protocols(accepted: &Accepted) -> Result<Response, Problem> {
    let accept =
        HeaderValue::from_str(&accepted.key).map_err(|_| Problem::failed("the WebSocket key cannot be answered"))?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    if accepted.named {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    }
    Ok(response)
}

/// Waits for the answer to leave, then hands the bare transport over, so that every buffer of the HTTP side is freed.
async fn arrive(upgrade: OnUpgrade, seat: Seat, network: IpAddr, shared: Arc<Shared>) {
    let Ok(Ok(upgraded)) = timeout(UPGRADE_WITHIN, upgrade).await else {
        tracing::debug!("a peer went away during its upgrade");
        return;
    };
    let Ok(parts) = upgraded.downcast::<TokioIo<Transport>>() else {
        tracing::error!("an upgraded connection is not one of the listener's: this is a defect");
        return;
    };
    let transport = parts.io.into_inner();
    // Bytes that came early are copied: a slice of them would keep the HTTP side's whole buffer.
    let mut socket = if parts.read_buf.is_empty() {
        WebSocketStream::from_raw_socket(transport, Role::Server, Some(participant::config())).await
    } else {
        let early = parts.read_buf.to_vec();
        WebSocketStream::from_partially_read(transport, early, Role::Server, Some(participant::config())).await
    };
    match seat {
        Seat::Taken(permit) => {
            let participant = Participant::new(Arrival { socket, network, permit }, Arc::clone(&shared));
            shared.tracker.spawn(participant.run());
        }
        Seat::Refused(_until_closed) => {
            let Reconnect { min_ms, max_ms } = WHEN_FULL;
            let reason = format!(r#"{{"min_ms":{min_ms},"max_ms":{max_ms}}}"#);
            farewell::say(&mut socket, Some(Box::new(farewell::frame(close::OVERLOADED, &reason)))).await;
        }
    }
}
