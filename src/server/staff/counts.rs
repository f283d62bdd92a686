//! The counts: what the log says, as the fold counted it; nothing is counted here.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;

use super::{
    Desk,
    access::{self, ENTRIES, STAFF},
    signals::Shown,
};
use crate::{
    domain::{
        accounts::{account, tally::Tally, timeline},
        ids::{Digest, Size},
        rules::Words,
        time::{Millis, UnixMillis},
    },
    server::{handle::Health, problem::Problem},
};

/// What anybody may know of an attempt before it begins.
#[derive(Serialize)]
struct About<'a> {
    title: &'a str,
    organizer: &'a str,
    zone: &'a str,
    rehearsal: bool,
    open_registration: bool,
    planned_start: UnixMillis,
    planned_end: UnixMillis,
    rule: Words,
    /// SHA-256 of the declaration's file, as it was filed and stands in the log's first entry.
    declaration: Digest,
    /// The public key that checks the codes on certificates, in hexadecimal digits.
    certificate_key: &'a str,
}

/// The newest counts with their age and what they rest on.
#[derive(Serialize)]
pub(super) struct View {
    #[serde(flatten)]
    tally: Tally,
    /// `recording`, `draining` or `failed`.
    health: &'static str,
    reason: Option<String>,
    /// Log time now.
    now: UnixMillis,
    /// How old the newest entry is.
    age_ms: Millis,
    checkpoint: Option<Checkpoint>,
    /// A signal that waits for the other side.
    pending: Option<Shown>,
    /// Wall clock minus log time.
    clock_offset_ms: i64,
}

#[derive(Serialize)]
struct Checkpoint {
    size: Size,
    at: UnixMillis,
}

impl Desk {
    pub(super) fn view(&self) -> View {
        let tally = Tally::clone(&self.shared.sequencer.tally().borrow());
        let now = self.shared.clock.now_millis();
        let (health, reason) = match &*self.shared.sequencer.health().borrow() {
            Health::Recording => ("recording", None),
            Health::Draining => ("draining", None),
            Health::Failed(reason) => ("failed", Some(reason.to_string())),
        };
        let checkpoint = self.certifier.signed().map(|signed| Checkpoint { size: signed.size, at: signed.at });
        let clock_offset_ms = self.shared.clock.offset_us().div_euclid(1_000);
        let pending = self.countersigning.shown(self.shared.clock.now().boot);
        View { age_ms: now.since(tally.at), tally, health, reason, now, checkpoint, pending, clock_offset_ms }
    }
}

/// An answer that no cache keeps.
pub(super) fn fresh(body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub(super) async fn about(State(desk): State<Arc<Desk>>) -> Response {
    let declared = &desk.declaration;
    fresh(Json(About {
        title: &declared.title,
        organizer: &declared.organizer,
        zone: &declared.zone,
        rehearsal: declared.rehearsal,
        open_registration: declared.people.open_registration,
        planned_start: declared.window.planned_start,
        planned_end: declared.window.planned_end,
        // A later version of the declaration may be in force.
        rule: desk.shared.sequencer.tally().borrow().rule.clone(),
        declaration: desk.digest,
        certificate_key: &desk.certificate_key,
    }))
}

pub(super) async fn tally(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Result<Response, Problem> {
    access::require(&desk, &headers, STAFF)?;
    Ok(fresh(Json(desk.view())))
}

pub(super) async fn timeline(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Result<Response, Problem> {
    access::require(&desk, &headers, STAFF)?;
    Ok(fresh(Json(desk.certifier.look(timeline::timeline).await?)))
}

pub(super) async fn people(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Result<Response, Problem> {
    access::require(&desk, &headers, ENTRIES)?;
    Ok(fresh(Json(desk.certifier.look(account::persons).await?)))
}
