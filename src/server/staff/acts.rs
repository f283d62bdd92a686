//! `/api/me`, `/api/staff/key`, `/api/act`, `/api/acts`, `/api/person`: people who act, by name and with a signature.

use std::{collections::BTreeSet, sync::Arc};

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
    access::{PEOPLE, STAFF},
    body,
    counts::fresh,
};
use crate::{
    domain::{
        accounts::{
            account::{self, PersonAccount, Reason, Status},
            sentences::sentence,
        },
        event::{Acted, Event, Side, Signal, Signalled, StaffEnrolled, StaffRole},
        fold::{
            attendance::Attendance,
            holds::{HoldKind, kinds},
        },
        ids::{Digest, EntryIndex, Pseudonym},
        reviews::{
            acts::{Act, Decision},
            deed::{Deed, Found},
        },
        rules::Words,
        time::UnixMillis,
    },
    server::{people::Guest, problem::Problem},
};

#[derive(Serialize)]
struct Me {
    role: &'static str,
    side: Option<Side>,
    person: Option<Pseudonym>,
    key: Option<Digest>,
    origin: String,
    signs: bool,
    can_enrol: bool,
}

#[derive(Deserialize)]
pub(super) struct Key {
    key: Digest,
}

#[derive(Deserialize)]
pub(super) struct Signed {
    text: String,
    sig: String,
}

#[derive(Serialize)]
struct Recorded {
    seq: EntryIndex,
    at: UnixMillis,
}

#[derive(Serialize)]
struct Done {
    #[serde(flatten)]
    recorded: Recorded,
    signal: Option<GivenSignal>,
}

#[derive(Serialize)]
struct GivenSignal {
    signal: Signal,
    #[serde(flatten)]
    recorded: Recorded,
}

#[derive(Serialize)]
struct Listed {
    staff: Vec<Member>,
    acts: Vec<Shown>,
    sample: Vec<Sampled>,
}

/// A person of a spot check.
#[derive(Serialize)]
struct Sampled {
    draw: EntryIndex,
    person: Pseudonym,
    found: Option<&'static str>,
}

#[derive(Serialize)]
struct Member {
    person: Pseudonym,
    role: StaffRole,
    side: Side,
    key: Digest,
    at: UnixMillis,
    name: Option<String>,
}

#[derive(Serialize)]
struct Shown {
    seq: EntryIndex,
    at: UnixMillis,
    by: Pseudonym,
    role: StaffRole,
    side: Side,
    #[serde(rename = "do")]
    deed: Deed,
    decision: Option<&'static str>,
    stands: bool,
}

#[derive(Deserialize)]
pub(super) struct Find {
    find: String,
}

#[derive(Serialize)]
struct FoundPerson {
    person: Pseudonym,
    #[serde(flatten)]
    guest: Guest,
    status: Status,
    reason: Option<Reason>,
    sentence: Words,
    /// What holds them beside proposals: the kinds, each once.
    holds: BTreeSet<HoldKind>,
}

fn recorded(stamp: crate::domain::event::Stamp) -> Recorded {
    Recorded { seq: stamp.index, at: stamp.at.wall.floor_millis() }
}

/// Whom a link belongs to, and what they can do with it.
pub(super) async fn me(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Result<Response, Problem> {
    let actor = desk.require_actor(&headers, STAFF)?;
    let (acting, person) = (actor.person, actor.person.map(|(person, _)| person));
    let look = move |attendance: &Attendance| {
        let key = attendance.staff().find(|staff| Some(staff.person) == person).map(|staff| staff.key);
        let can_enrol = acting.is_some_and(|(person, role)| attendance.enrolment_allowed(person, role).is_ok());
        let origin = attendance.opened().map(|opened| opened.origin.clone()).unwrap_or_default();
        (key, can_enrol, origin, attendance.signs())
    };
    let (key, can_enrol, origin, signs) = desk.shared.sequencer.look(look).await?;
    let role = actor.person.map_or(actor.role.name(), |(_, role)| role.name());
    let side = actor.person.map(|(_, role)| role.side());
    Ok(fresh(Json(Me { role, side, person, key, origin, signs, can_enrol })))
}

/// The public half of a key that a browser has made: from now on it signs for this person.
pub(super) async fn enrol(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let (person, role) = desk.personally(&headers)?;
    let Key { key } = body::read(body, r#"send {"key":"64 hexadecimal digits"}"#)?;
    let enrolled = Event::StaffEnrolled(StaffEnrolled { p: person, role, key });
    let stamp = desk.shared.sequencer.record(enrolled).await?;
    tracing::info!(%person, role = role.name(), seq = stamp.index.0, "somebody enrolled to act");
    Ok(Json(recorded(stamp)).into_response())
}

/// An act exactly as it was signed. A signal that both sides have agreed on is given at once.
pub(super) async fn act(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let (p, _) = desk.personally(&headers)?;
    let Signed { text, sig } = body::read(body, r#"send {"text":"the signed act","sig":"..."}"#)?;
    // To the end even if the one who asked has gone: what both sides have agreed on is given, or nobody would know why not.
    let both = tokio::spawn(async move {
        let stamp = desk.shared.sequencer.record(Event::Acted(Acted { p, text, sig })).await?;
        let signal = desk.signal_agreed_by(stamp.index).await?;
        Ok::<_, Problem>(Done { recorded: recorded(stamp), signal })
    });
    let done = both.await.map_err(|error| Problem::failed(error.to_string()))??;
    Ok(Json(done).into_response())
}

/// Everybody who is enrolled, and everything that was signed.
pub(super) async fn list(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Result<Response, Problem> {
    let actor = desk.require_reader_of_acts(&headers)?;
    let look = |attendance: &Attendance| {
        let staff = attendance.staff().map(|staff| Member {
            person: staff.person,
            role: staff.role,
            side: staff.role.side(),
            key: staff.key,
            at: staff.at,
            name: None,
        });
        let acts = attendance.acts().map(|act| shown(act, attendance));
        let sample = attendance.sample().iter().map(|one| Sampled {
            draw: one.draw,
            person: one.person,
            found: one.found.map(Found::name),
        });
        Listed { staff: staff.collect(), acts: acts.collect(), sample: sample.collect() }
    };
    let mut listed = desk.shared.sequencer.look(look).await?;
    if PEOPLE.contains(&actor.role) {
        for member in &mut listed.staff {
            member.name = desk.staff.get(&member.person).map(|acting| acting.name.clone());
        }
    }
    Ok(fresh(Json(listed)))
}

fn shown(act: &Act, attendance: &Attendance) -> Shown {
    let decision = act.decision.map(|decision| match decision {
        Decision::Open => "open",
        Decision::Confirmed(_) => "confirmed",
        Decision::Dismissed(_) => "dismissed",
    });
    Shown {
        seq: act.entry,
        at: act.at,
        by: act.by,
        role: act.role,
        side: act.role.side(),
        deed: act.deed.clone(),
        decision,
        stands: matches!(act.deed, Deed::Strike { .. }) && attendance.strike_stands(act.entry),
    }
}

/// One person, and in a sentence why they count or do not.
pub(super) async fn person(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    desk.require_actor(&headers, PEOPLE)?;
    let Find { find } = body::read(body, r#"send {"find":"K7M-29QX"} or {"find":"nik:1671..."}"#)?;
    let (person, guest) = desk.people.find(find).await?;
    let look =
        move |attendance: &Attendance| (account::person(attendance, person), kinds(&attendance.held_for(person)));
    let (account, holds) = desk.shared.sequencer.look(look).await?;
    let account: PersonAccount = account.ok_or_else(|| {
        Problem::absent("the log does not know this person", "start the hub again: it adds who is new on the roster")
    })?;
    let sentence = sentence(&account);
    Ok(fresh(Json(FoundPerson { person, guest, status: account.status, reason: account.reason, sentence, holds })))
}

impl Desk {
    /// The person who asks by a link of their own.
    pub(super) fn personally(&self, headers: &HeaderMap) -> Result<(Pseudonym, StaffRole), Problem> {
        let actor = self.require_actor(headers, STAFF)?;
        actor.person.ok_or_else(|| {
            let detail = "a shared link names nobody, and nobody can sign with it";
            let remedy = "open your personal link; `hadir staff add` makes one";
            Problem::new(StatusCode::FORBIDDEN, "not a personal link", detail, remedy)
        })
    }

    /// Gives the signal that this entry has confirmed, if it has confirmed one.
    async fn signal_agreed_by(&self, confirmation: EntryIndex) -> Result<Option<GivenSignal>, Problem> {
        let look = move |attendance: &Attendance| {
            let Deed::Confirm { of } = attendance.act(confirmation)?.deed else { return None };
            let proposal = attendance.act(of)?;
            let Deed::Signal { signal } = proposal.deed else { return None };
            let first = proposal.role.name();
            let second = attendance.act(confirmation)?.role.name();
            Some((signal, of, format!("{first}+{second}")))
        };
        let Some((signal, of, by)) = self.shared.sequencer.look(look).await? else { return Ok(None) };
        let mut signalled = Signalled::new(signal, by);
        signalled.acts = Some([of, confirmation]);
        let stamp = self.shared.sequencer.record(Event::Signalled(signalled)).await?;
        tracing::info!(signal = signal.name(), seq = stamp.index.0, "a signed signal is given");
        Ok(Some(GivenSignal { signal, recorded: recorded(stamp) }))
    }
}
