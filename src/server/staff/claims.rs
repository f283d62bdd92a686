//! `/api/standing`, `/api/claim`, `/api/claims`: participants read why they count or do not, and say where that is wrong.

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
    access::{self, PEOPLE},
    body,
    counts::fresh,
};
use crate::{
    domain::{
        accounts::{
            account::{self, PersonAccount, Reason, Status},
            sentences::sentence,
        },
        event::{ClaimKind, Claimed, Event},
        fold::attendance::Attendance,
        ids::{EntryIndex, Pseudonym},
        reviews::claims::{Claim, ClaimAnswer},
        rules::Words,
        time::UnixMillis,
    },
    server::problem::Problem,
};

/// What somebody can claim, in the order in which a page offers it.
const KINDS: [ClaimKind; 5] =
    [ClaimKind::Present, ClaimKind::CutOff, ClaimKind::Hall, ClaimKind::Answered, ClaimKind::Mistaken];

#[derive(Serialize)]
struct Standing {
    status: Status,
    reason: Option<Reason>,
    sentence: Words,
    #[serde(rename = "final")]
    is_final: bool,
    claims: OwnClaims,
}

#[derive(Serialize)]
struct OwnClaims {
    until: Option<UnixMillis>,
    open: bool,
    kinds: [ClaimKind; 5],
    mine: Vec<OwnClaim>,
}

#[derive(Serialize)]
struct OwnClaim {
    seq: EntryIndex,
    at: UnixMillis,
    kind: ClaimKind,
    answer: Option<OwnAnswer>,
}

#[derive(Serialize)]
struct OwnAnswer {
    at: UnixMillis,
    upheld: bool,
    reason: String,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    kind: ClaimKind,
}

#[derive(Serialize)]
struct Taken {
    seq: EntryIndex,
    at: UnixMillis,
}

#[derive(Serialize)]
struct Listed {
    until: Option<UnixMillis>,
    claims: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    seq: EntryIndex,
    at: UnixMillis,
    person: Pseudonym,
    kind: ClaimKind,
    status: Option<Status>,
    sentence: Option<Words>,
    answer: Option<ShownAnswer>,
}

#[derive(Serialize)]
struct ShownAnswer {
    seq: EntryIndex,
    by: Pseudonym,
    #[serde(flatten)]
    answer: OwnAnswer,
}

fn until(attendance: &Attendance) -> Option<UnixMillis> {
    attendance.opened().and_then(|opened| opened.declaration.claims_until())
}

fn own_answer(answer: &ClaimAnswer) -> OwnAnswer {
    OwnAnswer { at: answer.at, upheld: answer.upheld, reason: answer.reason.clone() }
}

/// Where the one who asks by a personal link stands.
pub(super) async fn standing(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Result<Response, Problem> {
    let person = desk.participant(&headers)?;
    let now = desk.shared.clock.now_millis();
    let look = move |attendance: &Attendance| look_up(attendance, person, now);
    let standing = desk.certifier.look(look).await?.ok_or_else(|| {
        Problem::absent("the log does not know this person", "open your personal link once, then ask again")
    })?;
    Ok(fresh(Json(standing)))
}

fn look_up(attendance: &Attendance, person: Pseudonym, now: UnixMillis) -> Option<Standing> {
    let account = account::person(attendance, person)?;
    let open = |kind: &ClaimKind| attendance.claim_allowed(&Claimed { p: person, why: *kind }, now).is_ok();
    let mine = attendance.claims_of(person).map(|claim| OwnClaim {
        seq: claim.entry,
        at: claim.at,
        kind: claim.why,
        answer: claim.answer.as_ref().map(own_answer),
    });
    Some(Standing {
        status: account.status,
        reason: account.reason,
        sentence: sentence(&account),
        is_final: attendance.is_closed(),
        claims: OwnClaims {
            until: until(attendance),
            open: account.status != Status::Certified && KINDS.iter().any(open),
            kinds: KINDS,
            mine: mine.collect(),
        },
    })
}

/// Takes the claim of the one who asks by a personal link.
pub(super) async fn claim(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let person = desk.participant(&headers)?;
    let remedy = r#"send {"kind":"present"}, or cut_off, hall, answered, mistaken"#;
    let Wanted { kind } = body::read(body, remedy)?;
    // A browser whose connection died sends again by itself: what is recorded is not refused.
    let made = move |attendance: &Attendance| attendance.claim_made(person, kind).map(|claim| (claim.entry, claim.at));
    if let Some((seq, at)) = desk.shared.sequencer.look(made).await? {
        return Ok(Json(Taken { seq, at }).into_response());
    }
    let stamp = desk.shared.sequencer.record(Event::Claimed(Claimed { p: person, why: kind })).await?;
    tracing::info!(%person, kind = kind.name(), seq = stamp.index.0, "somebody claims to have been there");
    Ok(Json(Taken { seq: stamp.index, at: stamp.at.wall.floor_millis() }).into_response())
}

/// Every claim, for those who answer them.
pub(super) async fn list(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Result<Response, Problem> {
    access::require(&desk, &headers, PEOPLE)?;
    let look = |attendance: &Attendance| {
        let claims = attendance.claims();
        let accounts = account::accounts_of(attendance, claims.iter().map(|claim| claim.person));
        Listed {
            until: until(attendance),
            claims: claims.iter().map(|claim| shown(claim, accounts.get(&claim.person))).collect(),
        }
    };
    Ok(fresh(Json(desk.certifier.look(look).await?)))
}

fn shown(claim: &Claim, account: Option<&PersonAccount>) -> Shown {
    let answer = |answer: &ClaimAnswer| ShownAnswer { seq: answer.entry, by: answer.by, answer: own_answer(answer) };
    Shown {
        seq: claim.entry,
        at: claim.at,
        person: claim.person,
        kind: claim.why,
        status: account.map(|account| account.status),
        sentence: account.map(sentence),
        answer: claim.answer.as_ref().map(answer),
    }
}

impl Desk {
    /// The participant who asks by their personal link.
    fn participant(&self, headers: &HeaderMap) -> Result<Pseudonym, Problem> {
        let ticket = access::bearer(headers).ok_or_else(Problem::unauthorized)?;
        let admitted = self.shared.admission.admit(ticket, self.shared.clock.now_millis()).map_err(|error| {
            let remedy = "send the ticket of your personal link as `Authorization: Bearer TICKET`";
            Problem::new(StatusCode::UNAUTHORIZED, "unknown ticket", error.to_string(), remedy)
        })?;
        Ok(admitted.pseudonym)
    }
}
