//! `POST /api/register` and `POST /api/link`: new personal links.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::{
    Desk,
    access::{self, LINKS},
    body,
    counts::fresh,
};
use crate::{
    domain::ids::Pseudonym,
    roster::{FindError, IdKind},
    server::{
        people::{NewTicket, PeopleError},
        problem::Problem,
    },
    wire::Phase,
};

#[derive(Deserialize)]
pub(super) struct Registration {
    name: String,
    id: Identifier,
}

#[derive(Deserialize)]
struct Identifier {
    #[serde(rename = "type")]
    kind: String,
    value: String,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(alias = "person")]
    person_ref: String,
}

/// A personal link as it is handed out: once, over the connection that asked for it.
#[derive(Serialize)]
struct Issued {
    ticket: String,
    url: String,
    person: Pseudonym,
}

pub(super) async fn register(
    State(desk): State<Arc<Desk>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    if !desk.declaration.people.open_registration {
        let detail = "this attempt has no open registration";
        return Err(Problem::new(StatusCode::FORBIDDEN, "closed roster", detail, "open your personal link"));
    }
    let remedy = r#"send {"name":"...","id":{"type":"nik","value":"..."}}"#;
    let Registration { name, id } = body::read(body, remedy)?;
    let kind: IdKind = id.kind.parse().map_err(|_| {
        let known: Vec<_> = IdKind::ALL.iter().map(|kind| kind.name()).collect();
        Problem::malformed("this type of identifier is not known", format!("use one of: {}", known.join(", ")))
    })?;
    let issued = desk.people.register(name, kind, id.value, &desk.shared.sequencer).await?;
    Ok(desk.hand_out(issued))
}

pub(super) async fn link(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    access::require(&desk, &headers, LINKS)?;
    let remedy = r#"send {"person_ref":"K7M-29QX"}, as links.csv names the person"#;
    let wanted: Wanted = body::read(body, remedy)?;
    if desk.shared.sequencer.lesson().borrow().phase == Phase::Closed {
        return Err(Problem::conflict("the attempt is closed", "nobody needs a link any more"));
    }
    let (person, _) = desk.people.find(wanted.person_ref.clone()).await?;
    if desk.staff.contains_key(&person) {
        let remedy =
            "issue it with `hadir roster reissue` where the attempt's directory is, and hand it to them yourself";
        return Err(Problem::conflict("this person acts, and who holds their link signs for them", remedy));
    }
    let asked = Arc::clone(&desk);
    // To the end even if the one who asked has gone: a link that is withdrawn has to be logged.
    let reissuing = tokio::spawn(async move {
        let issued = asked.people.reissue(wanted.person_ref, &asked.shared.sequencer).await?;
        // The old link admits nobody from here on: whoever is still connected by it is let go.
        asked.shared.hub.revoke(issued.person);
        Ok::<_, PeopleError>(issued)
    });
    Ok(desk.hand_out(reissuing.await.map_err(PeopleError::from)??))
}

impl Desk {
    fn hand_out(&self, issued: NewTicket) -> Response {
        let url = format!("{}/join#{}", self.base_url, issued.ticket);
        fresh(Json(Issued { ticket: issued.ticket, url, person: issued.person }))
    }
}

impl From<PeopleError> for Problem {
    fn from(error: PeopleError) -> Self {
        let detail = error.to_string();
        match error {
            PeopleError::Register(cause) => Self::malformed(detail, cause.remedy()),
            PeopleError::Find(FindError::Store(cause)) => Self::failed(detail).with_remedy(cause.remedy()),
            PeopleError::Find(_) => Self::absent(detail, "look the person up in links.csv"),
            PeopleError::Store(cause) => Self::failed(detail).with_remedy(cause.remedy()),
            PeopleError::Submit(cause) => cause.into(),
            PeopleError::Seal(_) | PeopleError::Broken(_) => Self::failed(detail),
            PeopleError::Erased => Self::absent(detail, "ask the organizer"),
        }
    }
}
