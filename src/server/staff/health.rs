//! For machines that watch the hub: is it alive, can it record, and its metrics.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};

use super::{Desk, counts::fresh};
use crate::server::{
    handle::Health,
    problem::Problem,
    telemetry::{Snapshot, seconds},
};

/// Less free space than this is no storage: a record attempt writes about 40 MB.
const FREE_BYTES_MIN: u64 = 64 * 1024 * 1024;

/// A wall clock this far from log time was set by somebody: what pages show beside the log is wrong.
const CLOCK_OFFSET_US_MAX: u64 = 60_000_000;

/// What Prometheus expects.
const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) async fn alive() -> Response {
    fresh("alive\n")
}

pub(super) async fn ready(State(desk): State<Arc<Desk>>) -> Result<Response, Problem> {
    match desk.obstacle() {
        None => Ok(fresh("ready\n")),
        Some((detail, remedy)) => {
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not ready", detail, remedy).retry_after(1))
        }
    }
}

pub(super) async fn metrics(State(desk): State<Arc<Desk>>) -> Response {
    let text = desk.metrics.text(desk.snapshot());
    let mut response = text.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(METRICS_TYPE));
    fresh(response)
}

impl Desk {
    fn obstacle(&self) -> Option<(String, &'static str)> {
        match &*self.shared.sequencer.health().borrow() {
            Health::Recording => {}
            Health::Draining => return Some(("the hub shuts down".into(), "wait for the restart")),
            Health::Failed(reason) => return Some((reason.to_string(), "look at the server's log")),
        }
        let free = rustix::fs::statvfs(self.layout.private()).map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
        match free {
            Ok(free) if free >= FREE_BYTES_MIN => {}
            Ok(free) => return Some((format!("only {free} bytes are free on the attempt's disk"), "free some space")),
            Err(error) => return Some((error.to_string(), "look at the attempt's disk")),
        }
        let offset_us = self.shared.clock.offset_us();
        (offset_us.unsigned_abs() > CLOCK_OFFSET_US_MAX).then(|| {
            (
                format!("the wall clock is {offset_us} microseconds from log time"),
                "set the clock; log time goes on as before",
            )
        })
    }

    fn snapshot(&self) -> Snapshot {
        let clock = &self.shared.clock;
        let now = clock.now_millis();
        let age = self.certifier.signed().map_or_else(Default::default, |signed| now.since(signed.at));
        let offset_us = clock.offset_us();
        let offset = seconds(offset_us.unsigned_abs());
        Snapshot {
            connections: u64::try_from(self.shared.hub.len()).unwrap_or(u64::MAX),
            inbox: u64::try_from(self.shared.sequencer.waiting()).unwrap_or(u64::MAX),
            checkpoint_age_s: seconds(age.0.saturating_mul(1_000)),
            clock_offset_s: if offset_us < 0 { -offset } else { offset },
        }
    }
}
