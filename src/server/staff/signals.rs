//! `POST /api/signal`: the lesson's start and end, the close, and what takes a signal back, given by one or confirmed by a second side.

use std::sync::{Arc, Mutex, PoisonError};

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
    access::{self, SIGNALS},
    body,
};
use crate::{
    attempt::links::Role,
    domain::{
        event::{self, Event, Signalled, Stamp},
        ids::EntryIndex,
        rules::Signals,
        time::{BootMicros, UnixMillis},
    },
    server::problem::Problem,
};

/// How long a signal waits for its confirmation: the other side sits in the same hall.
const PENDING_US_MAX: u64 = 120_000_000;

/// What staff can signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    /// The lesson starts.
    Start,
    /// The lesson ends.
    End,
    /// The newest signal is taken back: the end if it was given, else the start.
    Void,
    /// Attendance is complete.
    Close,
}

impl Wanted {
    /// The signal as the log knows it; none for the close, which is an entry of its own kind.
    fn signal(self) -> Option<event::Signal> {
        match self {
            Self::Start => Some(event::Signal::Start),
            Self::End => Some(event::Signal::End),
            Self::Void => Some(event::Signal::Void),
            Self::Close => None,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Body {
    signal: Wanted,
    #[serde(default)]
    confirm: Option<u64>,
}

#[derive(Serialize)]
struct Given {
    signal: Wanted,
    seq: EntryIndex,
    at: UnixMillis,
    by: String,
}

#[derive(Serialize)]
struct Waiting {
    pending: u64,
}

/// A signal that waits for the other side.
#[derive(Clone, Copy, Debug)]
struct Pending {
    id: u64,
    wanted: Wanted,
    by: Role,
    since: BootMicros,
}

impl Pending {
    fn is_fresh(&self, now: BootMicros) -> bool {
        now.0.saturating_sub(self.since.0) <= PENDING_US_MAX
    }
}

/// The one signal that waits for its confirmation; a newer one takes its place.
#[derive(Debug, Default)]
pub struct Countersigning {
    /// A lock and not a message: two short reads and writes a lesson, never held over an await.
    pending: Mutex<(u64, Option<Pending>)>,
}

/// A waiting signal as pages show it.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    id: u64,
    signal: Wanted,
    by: &'static str,
}

impl Countersigning {
    /// The signal that waits now.
    pub(super) fn shown(&self, now: BootMicros) -> Option<Shown> {
        let state = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let pending = state.1.filter(|pending| pending.is_fresh(now))?;
        Some(Shown { id: pending.id, signal: pending.wanted, by: pending.by.name() })
    }

    fn propose(&self, wanted: Wanted, by: Role, now: BootMicros) -> u64 {
        let mut state = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = state.0.saturating_add(1);
        let id = state.0;
        state.1 = Some(Pending { id, wanted, by, since: now });
        id
    }

    /// Forgets what waits: the lesson that it was meant for is another one from now on.
    fn withdraw(&self) {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).1 = None;
    }

    /// Takes the pending signal out if this confirms it; else says what is wrong.
    fn confirm(&self, id: u64, wanted: Wanted, by: Role, now: BootMicros) -> Result<Role, Problem> {
        let mut state = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let known = state.1.filter(|pending| pending.id == id && pending.wanted == wanted && pending.is_fresh(now));
        let Some(pending) = known else {
            return Err(Problem::conflict(
                "no such signal waits for a confirmation",
                "give the signal again; it waits two minutes for the other side",
            ));
        };
        if pending.by == by {
            return Err(Problem::conflict(
                "a signal is confirmed by another side than the one that gave it",
                "let the adjudicator confirm what the organizer gave, or the other way round",
            ));
        }
        state.1 = None;
        Ok(pending.by)
    }
}

pub(super) async fn post(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let role = access::require(&desk, &headers, SIGNALS)?;
    let body: Body = body::read(body, r#"send {"signal":"start"}, "end", "close" or "void""#)?;
    let now = desk.shared.clock.now().boot;
    let by = match body.confirm {
        Some(id) => {
            let first = desk.countersigning.confirm(id, body.signal, role, now)?;
            format!("{}+{}", first.name(), role.name())
        }
        None if desk.needs_countersignature(body.signal) => {
            desk.may_give(body.signal).await?;
            let pending = desk.countersigning.propose(body.signal, role, now);
            return Ok((StatusCode::ACCEPTED, Json(Waiting { pending })).into_response());
        }
        None => {
            desk.may_give(body.signal).await?;
            // A void that waits was asked for while another signal was the newest.
            desk.countersigning.withdraw();
            role.name().to_owned()
        }
    };
    let stamp = desk.give(body.signal, by.clone()).await?;
    let given = Given { signal: body.signal, seq: stamp.index, at: stamp.at.wall.floor_millis(), by };
    Ok(Json(given).into_response())
}

impl Desk {
    /// Taking back always needs two sides: it changes the lesson that everybody has seen begin or end.
    fn needs_countersignature(&self, wanted: Wanted) -> bool {
        let declared = self.declaration.signals == Signals::Countersigned;
        (declared || wanted == Wanted::Void) && !self.declaration.rehearsal
    }

    /// Refuses at once what the rules do not allow, before the other side is asked.
    async fn may_give(&self, wanted: Wanted) -> Result<(), Problem> {
        match wanted.signal() {
            Some(signal) => {
                self.shared.sequencer.ask(signal).await?;
                if self.shared.sequencer.look(move |attendance| attendance.needs_agreement(signal)).await? {
                    let detail = "both sides have enrolled keys: a signal needs their signed agreement";
                    return Err(Problem::conflict(detail, "propose and confirm it on the page /staff"));
                }
                Ok(())
            }
            None => Ok(self.shared.sequencer.ask_close().await?),
        }
    }

    async fn give(self: &Arc<Self>, wanted: Wanted, by: String) -> Result<Stamp, Problem> {
        let Some(signal) = wanted.signal() else { return self.close_whatever_happens(by).await };
        let stamp = self.shared.sequencer.record(Event::Signalled(Signalled::new(signal, by.clone()))).await?;
        tracing::info!(signal = signal.name(), by, seq = stamp.index.0, "signal given");
        Ok(stamp)
    }
}

impl Desk {
    /// Closes to the end even if the one who asked has gone: half a close would leave nobody able to join.
    async fn close_whatever_happens(self: &Arc<Self>, by: String) -> Result<Stamp, Problem> {
        let desk = Arc::clone(self);
        let closing = tokio::spawn(async move { desk.close(by).await });
        Ok(closing.await.map_err(|error| Problem::failed(error.to_string()))??)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_confirmed_once_in_time_and_by_another_side() {
        let signals = Countersigning::default();
        let at = BootMicros;
        let id = signals.propose(Wanted::Start, Role::Organizer, at(0));

        assert!(signals.confirm(id, Wanted::Start, Role::Organizer, at(1)).is_err());
        assert!(signals.confirm(id, Wanted::End, Role::Adjudicator, at(1)).is_err());
        assert!(signals.confirm(id, Wanted::Start, Role::Adjudicator, at(PENDING_US_MAX + 1)).is_err());
        assert!(signals.confirm(id + 1, Wanted::Start, Role::Adjudicator, at(1)).is_err());
        assert_eq!(signals.confirm(id, Wanted::Start, Role::Adjudicator, at(1)).unwrap(), Role::Organizer);
        assert!(signals.confirm(id, Wanted::Start, Role::Adjudicator, at(1)).is_err());
    }
}
