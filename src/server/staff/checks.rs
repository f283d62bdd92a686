//! `/api/nonce`, `/api/prompt`, `/api/prompts`: the participation checks as staff see and give them.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::{
    Desk,
    access::{self, CHECKS, STAFF},
    body,
    counts::fresh,
};
use crate::{
    domain::{
        event::{Event, Fact, NonceGiven, Prompted, Stamp},
        fold::{
            attendance::Attendance,
            prompts::{NONCE_BYTES_MAX, NONCE_BYTES_MIN, Seed, WORD_BYTES_MAX, is_nonce, is_word, normal_word},
        },
        ids::{Digest, EntryIndex},
        rules::PromptKind,
        time::{Millis, UnixMillis},
    },
    server::problem::Problem,
};

#[derive(Deserialize)]
pub(super) struct Nonce {
    nonce: String,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    kind: PromptKind,
    #[serde(default)]
    word: Option<String>,
}

#[derive(Serialize)]
struct Recorded {
    seq: EntryIndex,
    at: UnixMillis,
}

#[derive(Serialize)]
struct Opened {
    prompt: u32,
    #[serde(flatten)]
    recorded: Recorded,
    closes_at: UnixMillis,
}

/// What `/api/prompts` answers.
#[derive(Serialize)]
struct Checks {
    planned: u32,
    answer_ms: Option<Millis>,
    commitment: Option<Digest>,
    nonce: Option<String>,
    seed: Option<Seed>,
    opened: Vec<Check>,
}

#[derive(Serialize)]
struct Check {
    prompt: u32,
    kind: PromptKind,
    cause: &'static str,
    due: Option<UnixMillis>,
    at: UnixMillis,
    closes_at: UnixMillis,
    word: Option<String>,
    shown: u64,
    answered: u64,
}

fn recorded(stamp: Stamp) -> Recorded {
    Recorded { seq: stamp.index, at: stamp.at.wall.floor_millis() }
}

/// The value that the adjudicator chooses after the organizer has committed to a seed.
pub(super) async fn nonce(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let actor = desk.require_actor(&headers, CHECKS)?;
    let Nonce { nonce } = body::read(body, r#"send {"nonce":"8 to 64 printable characters"}"#)?;
    if !is_nonce(&nonce) {
        let remedy = format!("choose {NONCE_BYTES_MIN} to {NONCE_BYTES_MAX} letters, digits, signs and spaces");
        return Err(Problem::malformed("this is not a nonce", remedy));
    }
    let by = actor.name();
    let stamp = desk.shared.sequencer.record(Event::NonceGiven(NonceGiven { nonce, by })).await?;
    Ok(Json(recorded(stamp)).into_response())
}

/// A check at the adjudicator's will: neither its time nor its word was known to anybody before.
pub(super) async fn prompt(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let actor = desk.require_actor(&headers, CHECKS)?;
    let wanted: Wanted = body::read(body, r#"send {"kind":"press"} or {"kind":"word","word":"K7QF2"}"#)?;
    let word = wanted.word()?;
    let kind = wanted.kind;
    let answer = desk.shared.sequencer.look(move |attendance| attendance.answer_time(kind, false)).await?;
    let at = desk.shared.clock.now();
    let closes = at.wall.floor_millis().plus(answer);
    let event = Event::Prompted(Box::new(Prompted {
        // The writer numbers it.
        prompt: 0,
        kind,
        place: None,
        due: None,
        closes: closes.to_micros(),
        word,
        by: actor.name(),
    }));
    let stamp = desk.shared.sequencer.submit(Fact { at, event }).await?;
    let prompt = desk.shared.sequencer.look(|attendance| attendance.next_prompt().saturating_sub(1)).await?;
    tracing::info!(prompt, seq = stamp.index.0, "a participation check is open");
    Ok(Json(Opened { prompt, recorded: recorded(stamp), closes_at: closes }).into_response())
}

impl Wanted {
    fn word(&self) -> Result<Option<String>, Problem> {
        match (self.kind, &self.word) {
            (PromptKind::Press, None) => Ok(None),
            (PromptKind::Word, Some(word)) if is_word(word) => Ok(Some(normal_word(word))),
            (PromptKind::Word, _) => {
                let remedy = format!("send a word of 1 to {WORD_BYTES_MAX} letters and digits");
                Err(Problem::malformed("this check asks for a word", remedy))
            }
            (PromptKind::Press, Some(_)) => {
                Err(Problem::malformed("a check that is confirmed has no word", "leave the word out"))
            }
        }
    }
}

/// What is committed, given, opened and answered.
pub(super) async fn prompts(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Result<Response, Problem> {
    access::require(&desk, &headers, STAFF)?;
    let checks = desk.shared.sequencer.look(checks).await?;
    Ok(fresh(Json(checks)))
}

fn checks(attendance: &Attendance) -> Checks {
    let plan = attendance.opened().and_then(|opened| opened.declaration.prompts);
    let opened = attendance.checks().iter().zip(1..).map(|(check, prompt)| Check {
        prompt,
        kind: check.kind,
        cause: if check.place.is_some() { "planned" } else { "extra" },
        due: check.due,
        at: check.at,
        closes_at: check.closes,
        word: check.word.clone(),
        shown: check.shown,
        answered: check.answered,
    });
    Checks {
        planned: plan.map_or(0, |plan| plan.count),
        answer_ms: plan.map(|plan| plan.answer_ms),
        commitment: attendance.commitment(),
        nonce: attendance.nonce().map(str::to_owned),
        seed: attendance.seed(),
        opened: opened.collect(),
    }
}
