//! The log for whoever follows it: checkpoints and hash tiles for everybody, entries for auditors, receipts for their owners.

use std::{
    fs::File,
    io::{self, Read},
    path::PathBuf,
    sync::Arc,
};

use axum::{
    body::Body,
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
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
    server::{
        certify::Stopped,
        export::{self, ExportError, Exported},
        handle::reason,
        problem::Problem,
    },
};

/// Text of the C2SP formats.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
/// Tiles.
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
/// A full tile never changes.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Packed bundles.
const ZIP: HeaderValue = HeaderValue::from_static("application/zip");
/// How much of a bundle is read at once.
const PIECE_BYTES: usize = 256 * 1024;
/// After how many seconds another bundle can be asked for.
const BUNDLE_RETRY_S: u32 = 10;
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
        access::require(&desk, &headers, ENTRIES)?;
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
    if access::require(&desk, &headers, ENTRIES).is_err() {
        desk.shared.admission.admit(ticket, now).map_err(|error| {
            let remedy = "send the ticket of your personal link as `Authorization: Bearer TICKET`";
            Problem::new(StatusCode::UNAUTHORIZED, "unknown ticket", error.to_string(), remedy)
        })?;
    }
    let Query(Wanted { seq }) =
        wanted.map_err(|error| Problem::malformed(error.body_text(), "ask for /api/receipt?seq=NUMBER"))?;
    let receipt = desk.certifier.receipt(seq).await?.ok_or_else(|| {
        Problem::absent("no checkpoint covers this entry yet", "ask again in a second").retry_after(RECEIPT_RETRY_S)
    })?;
    Ok(with(fresh(receipt), header::CONTENT_TYPE, TEXT))
}

/// The bundle up to a checkpoint that is signed now.
pub(super) async fn bundle(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Result<Response, Problem> {
    access::require(&desk, &headers, ENTRIES)?;
    // One at a time: an export reads the whole log, and the lesson goes on meanwhile.
    let _turn = desk.exporting.try_acquire().map_err(|_| {
        let detail = "another bundle is being written";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail, "ask again soon").retry_after(BUNDLE_RETRY_S)
    })?;
    desk.certifier.sign_now().await?;
    let asked = Arc::clone(&desk);
    let (file, exported) = spawn_blocking(move || asked.write_bundle())
        .await
        .map_err(|error| Problem::failed(error.to_string()))?
        .map_err(|error| Problem::failed(reason(&error)).with_remedy(error.remedy()))?;
    let name = format!("attachment; filename=\"hadir-{}.zip\"", exported.head.size.0);
    let name = HeaderValue::from_str(&name).map_err(|error| Problem::failed(error.to_string()))?;
    let response = with(fresh(Body::from_stream(pieces(file))), header::CONTENT_TYPE, ZIP);
    Ok(with(response, header::CONTENT_DISPOSITION, name))
}

impl Desk {
    /// Writes a packed bundle whose file vanishes from the folder at once and from the disk with its last reader.
    fn write_bundle(&self) -> Result<(File, Exported), ExportError> {
        let path: PathBuf = self.layout.private().join("download.zip");
        let exported = export::export(&self.layout, &self.verifier_key, None, None, &path)?;
        let file = File::open(&path).and_then(|file| std::fs::remove_file(&path).map(|()| file));
        Ok((file.map_err(|error| ExportError::Read(path, error))?, exported))
    }
}

/// A file's content, read where blocking is allowed as fast as it is taken.
fn pieces(file: File) -> impl futures_util::Stream<Item = io::Result<Bytes>> {
    stream::try_unfold(file, |mut file| async move {
        spawn_blocking(move || {
            let mut piece = Vec::with_capacity(PIECE_BYTES);
            let read = (&mut file).take(PIECE_BYTES as u64).read_to_end(&mut piece)?;
            Ok((read > 0).then(|| (Bytes::from(piece), file)))
        })
        .await?
    })
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
