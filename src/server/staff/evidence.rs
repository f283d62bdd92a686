//! The log for whoever follows it: checkpoints and hash tiles for everybody, entries for auditors, receipts for their owners.

use std::{io, sync::Arc};

use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Deserialize;
use tokio::task::spawn_blocking;

use super::{
    Desk,
    access::{self, ENTRIES},
    counts::fresh,
};
use crate::{
    domain::ids::EntryIndex,
    evidence::tiles::TilePath,
    server::{certify::Stopped, problem::Problem},
};

/// Text of the C2SP formats.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
/// Tiles.
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
/// A full tile never changes.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// After how many seconds a receipt is asked for again: the time between two checkpoints.
const RECEIPT_RETRY_S: u32 = 1;

#[derive(Deserialize)]
pub(super) struct Wanted {
    seq: EntryIndex,
}

pub(super) async fn checkpoint(State(desk): State<Arc<Desk>>) -> Result<Response, Problem> {
    let signed = desk.certifier.signed().ok_or_else(|| {
        Problem::absent("nothing is signed yet", "ask again in a second").retry_after(RECEIPT_RETRY_S)
    })?;
    Ok(with(fresh(signed.note.to_string()), header::CONTENT_TYPE, TEXT))
}

pub(super) async fn tile(
    State(desk): State<Arc<Desk>>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let absent = || Problem::absent("there is no such tile", "tiles are named as C2SP tlog-tiles says");
    let path = format!("tile/{path}");
    // Nothing but the one path of a tile passes: no file outside the folder can be named.
    let tile = TilePath::of_url(&path).ok_or_else(absent)?;
    if !tile.is_public() {
        access::require(&desk.tokens, &headers, ENTRIES)?;
    }
    let file = desk.layout.evidence().join(tile.to_string());
    let read = spawn_blocking(move || std::fs::read(file)).await.map_err(|error| Problem::failed(error.to_string()))?;
    let bytes = read.map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound { absent() } else { Problem::failed(error.to_string()) }
    })?;
    let mut response = with(bytes.into_response(), header::CONTENT_TYPE, BYTES);
    if tile.is_full() && tile.is_public() {
        response = with(response, header::CACHE_CONTROL, FOREVER);
    }
    Ok(response)
}

pub(super) async fn receipt(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Problem> {
    let ticket = access::bearer(&headers).ok_or_else(Problem::unauthorized)?;
    let now = desk.shared.clock.now_millis();
    if access::require(&desk.tokens, &headers, ENTRIES).is_err() {
        desk.shared.admission.admit(ticket, now).map_err(|error| {
            let remedy = "send the ticket of your personal link as `Authorization: Bearer TICKET`";
            Problem::new(http::StatusCode::UNAUTHORIZED, "unknown ticket", error.to_string(), remedy)
        })?;
    }
    let Query(Wanted { seq }) =
        wanted.map_err(|error| Problem::malformed(error.body_text(), "ask for /api/receipt?seq=NUMBER"))?;
    let receipt = desk.certifier.receipt(seq).await?.ok_or_else(|| {
        Problem::absent("no checkpoint covers this entry yet", "ask again in a second").retry_after(RECEIPT_RETRY_S)
    })?;
    Ok(with(fresh(receipt), header::CONTENT_TYPE, TEXT))
}

fn with(mut response: Response, name: HeaderName, value: HeaderValue) -> Response {
    response.headers_mut().insert(name, value);
    response
}

impl From<Stopped> for Problem {
    fn from(stopped: Stopped) -> Self {
        Self::not_recording(stopped.to_string())
    }
}
