//! `/api/declarations`, `/api/declaration`: the declaration's versions, and how another one is handed in.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::{
    Desk,
    access::{self, STAFF},
    body,
    counts::fresh,
};
use crate::{
    attempt::{declaration::DeclarationFile, words::explain},
    domain::{
        event::{Declared, Event, Side},
        fold::attendance::Attendance,
        ids::{Digest, EntryIndex},
        reviews::versions::{Version, VersionCount},
        rules::Words,
        time::UnixMillis,
    },
    server::problem::Problem,
};

#[derive(Serialize)]
struct Versions {
    versions: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    seq: EntryIndex,
    at: UnixMillis,
    digest: Digest,
    words: Sentences,
    state: &'static str,
    certifiable: Option<u64>,
}

/// One sentence an item.
#[derive(Serialize)]
struct Sentences {
    id: Vec<String>,
    en: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct HandedIn {
    toml: String,
}

#[derive(Serialize)]
struct Taken {
    seq: EntryIndex,
    at: UnixMillis,
    digest: Digest,
}

/// Every version, what it says in words, and how many count under it.
pub(super) async fn list(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Result<Response, Problem> {
    access::require(&desk, &headers, STAFF)?;
    let look = |attendance: &Attendance| {
        let counts = attendance.counts_now();
        attendance.versions().iter().map(|version| shown(attendance, version, &counts)).collect()
    };
    Ok(fresh(Json(Versions { versions: desk.certifier.look(look).await? })))
}

fn shown(attendance: &Attendance, version: &Version, counts: &[VersionCount]) -> Shown {
    let in_force = attendance.version_in_force();
    let state = match version.adopted {
        false => "proposed",
        true if version.entry != in_force => "superseded",
        true if version.entry == EntryIndex(0) => "first",
        true => "in_force",
    };
    let Words { id, en } = explain(&version.declaration);
    let lines = |text: String| text.lines().map(str::to_owned).collect();
    let count = counts.iter().find(|count| count.entry == version.entry);
    Shown {
        seq: version.entry,
        at: version.at,
        digest: version.digest,
        words: Sentences { id: lines(id), en: lines(en) },
        state,
        certifiable: count.map(|count| count.certifiable),
    }
}

/// Takes another version of the declaration; it changes nothing until two sides put it into force.
pub(super) async fn hand_in(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let (p, role) = desk.personally(&headers)?;
    if role.side() != Side::Organizer {
        return Err(Problem::forbidden("organizer, steward"));
    }
    let HandedIn { toml } = body::read(body, r#"send {"toml":"the whole declaration"}"#)?;
    let read = DeclarationFile::from_bytes(toml.clone().into_bytes()).map_err(|mistakes| {
        let remedy = "correct the file: `hadir declaration check` reads it in the same way";
        let detail = format!("the declaration is not valid:{mistakes}");
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "not a declaration", detail, remedy)
    })?;
    let digest = read.digest;
    let declared = Event::Declared(Box::new(Declared { p, toml, declaration: read.declaration }));
    let stamp = desk.shared.sequencer.record(declared).await?;
    tracing::info!(%p, seq = stamp.index.0, %digest, "a version of the declaration was handed in");
    Ok(Json(Taken { seq: stamp.index, at: stamp.at.wall.floor_millis(), digest }).into_response())
}
