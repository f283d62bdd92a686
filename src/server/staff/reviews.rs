//! `/api/incidents`: what disturbed the lesson, for those who review it.

use std::sync::Arc;

use axum::{Json, extract::State, response::Response};
use http::HeaderMap;
use serde::Serialize;

use super::{
    Desk,
    access::{self, STAFF},
    counts::fresh,
};
use crate::{
    domain::{
        accounts::incidents::{Incident, incidents},
        fold::attendance::Attendance,
        ids::Tag,
        time::UnixMillis,
    },
    server::problem::Problem,
};

#[derive(Serialize)]
struct Incidents {
    incidents: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    from: UnixMillis,
    to: UnixMillis,
    kind: &'static str,
    subject: String,
    network: Option<Tag>,
    persons: usize,
    back_in_grace: usize,
    qualify: usize,
    lost: usize,
    there: usize,
    bridgeable: bool,
}

/// Everything that disturbed the lesson; what can be bridged is bridged with exactly these times.
pub(super) async fn list(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Result<Response, Problem> {
    access::require(&desk, &headers, STAFF)?;
    let look = |attendance: &Attendance| {
        incidents(attendance).into_iter().map(|incident| shown(attendance, incident)).collect()
    };
    Ok(fresh(Json(Incidents { incidents: desk.certifier.look(look).await? })))
}

fn shown(attendance: &Attendance, incident: Incident) -> Shown {
    let cut_off = attendance.bridgeable(&incident);
    let Incident { from, to, kind, subject, persons, back_in_grace, qualify, lost, there } = incident;
    Shown {
        from,
        to,
        kind: kind.name(),
        subject,
        network: cut_off.flatten(),
        persons,
        back_in_grace,
        qualify,
        lost,
        there,
        bridgeable: cut_off.is_some(),
    }
}
