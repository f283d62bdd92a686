//! Opens the planned participation checks at the times that seed and nonce give.

use std::time::Duration;

use tokio::time::sleep;

use super::{
    clock::Clock,
    handle::{Sequencer, SubmitError, reason},
};
use crate::domain::{
    event::{Event, Fact, Prompted},
    fold::{
        attendance::Attendance,
        prompts::{Planned, Seed},
    },
    rules::PromptKind,
    time::{Millis, UnixMillis},
};

/// How long to wait after a check could not be opened, before looking again.
const RETRY: Duration = Duration::from_secs(1);

/// The longest sleep: the wall clock may be stepped meanwhile, and a look costs microseconds.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// What is to be opened next.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Next {
    planned: Planned,
    /// Not before: its own time, or the end of a check that is open until then.
    at: UnixMillis,
    kind: PromptKind,
    answer: Millis,
}

/// Opens each planned check when it is due; after a restart those that were missed, late and visibly so. Ends when the
/// hub stops recording.
pub async fn open_when_due(sequencer: Sequencer, clock: Clock, seed: Seed) {
    let mut lesson = sequencer.lesson();
    let mut prompt = sequencer.prompt();
    loop {
        // Marked as seen before the look: whatever changes after it ends the wait.
        lesson.mark_unchanged();
        prompt.mark_unchanged();
        let Ok(next) = sequencer.look(move |attendance| next(attendance, &seed)).await else { return };
        let wait = next.as_ref().map(|next| until(next.at, &clock));
        match (next, wait) {
            (Some(next), Some(Duration::ZERO)) => match open(&sequencer, &clock, next).await {
                Ok(()) => {}
                Err(SubmitError::Stopped | SubmitError::Over) => return,
                Err(error) => {
                    tracing::error!(reason = reason(&error), "a participation check cannot be opened");
                    sleep(RETRY).await;
                }
            },
            (_, wait) => {
                tokio::select! {
                    changed = lesson.changed() => if changed.is_err() { return },
                    changed = prompt.changed() => if changed.is_err() { return },
                    () = sleep(wait.unwrap_or(LOOK_EVERY).min(LOOK_EVERY)) => {}
                }
            }
        }
    }
}

fn until(at: UnixMillis, clock: &Clock) -> Duration {
    Duration::from_millis(at.since(clock.now_millis()).0)
}

/// The first planned check of the running lesson that was not opened.
fn next(attendance: &Attendance, seed: &Seed) -> Option<Next> {
    let plan = attendance.opened()?.declaration.prompts?;
    let lesson = attendance.window()?;
    let opened = |planned: &Planned| {
        let mut of_the_lesson = attendance.checks().iter().filter(|check| check.start == lesson.start);
        of_the_lesson.any(|check| check.place == Some(planned.place))
    };
    let planned = attendance.planned_checks(seed).into_iter().find(|planned| !opened(planned))?;
    let free = attendance.checks().last().map(|check| check.closes.plus(Millis(1)));
    let at = free.map_or(planned.due, |free| free.max(planned.due));
    (attendance.is_running() && at < lesson.end).then_some(Next {
        planned,
        at,
        kind: plan.kind,
        answer: plan.answer_ms,
    })
}

async fn open(sequencer: &Sequencer, clock: &Clock, next: Next) -> Result<(), SubmitError> {
    let at = clock.now();
    let Planned { place, due, word } = next.planned;
    let closes = at.wall.floor_millis().plus(next.answer).to_micros();
    let event = Event::Prompted(Box::new(Prompted {
        // The writer numbers it.
        prompt: 0,
        kind: next.kind,
        place: Some(place),
        due: Some(due.to_micros()),
        closes,
        word,
        by: "plan".to_owned(),
    }));
    let stamp = sequencer.submit(Fact { at, event }).await?;
    tracing::info!(place, seq = stamp.index.0, "a planned participation check is open");
    Ok(())
}
