//! What a node says of itself while it runs: beats that vouch for its connections, and the state of its clock.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::{
    clock::Clock,
    handle::{Sequencer, SubmitError},
    hub::Hub,
    kernel,
};
use crate::{
    domain::{
        event::{self, BEAT_EXCEPTIONS_MAX, Beat, ClockStatus, Event},
        ids::{ConnectionId, EntryIndex, NodeEpoch},
        time::{Millis, UnixMicros},
    },
    wire::Phase,
};

/// How often a node vouches for its connections: after a crash nobody loses more than this and one challenge.
pub const BEAT_PERIOD: Duration = Duration::from_secs(5);

/// How often the wall clock is compared with log time.
const CLOCK_CHECK_PERIOD: Duration = Duration::from_secs(1);

/// Every how many comparisons the state of the clock is logged while something happens or the lesson runs.
const CLOCK_ENTRY_EVERY: u32 = 10;

/// From this change on the wall clock was set, not slewed: time servers slew at most 0.5 ms a second.
const STEP_MIN_US: u64 = 100_000;

/// How far a horizon stays behind the moment of the beat: a join that is being registered meanwhile lies after it.
const HORIZON_LAG_US: i64 = 1_000_000;

/// What a challenge may take beyond its period before its connection becomes an exception.
const ANSWER_ALLOWANCE_MS: u64 = 2_000;

/// What a beat can vouch for: the newest horizon that leaves few exceptions.
///
/// Everybody who answers in time proves within one challenge period, so the horizon is first put that far back and
/// whoever is older becomes an exception; with too many of these it moves back until they are few enough.
#[must_use]
pub fn vouch(
    mut proofs: Vec<(ConnectionId, UnixMicros)>,
    now: UnixMicros,
    challenge: Millis,
) -> Option<(UnixMicros, Vec<ConnectionId>)> {
    proofs.sort_unstable_by_key(|(id, proof)| (*proof, *id));
    let patience_ms = challenge.0.saturating_mul(2).saturating_add(ANSWER_ALLOWANCE_MS);
    let limit = now.0.saturating_sub_unsigned(patience_ms.saturating_mul(1_000));
    // Where everybody is late nobody is an exception: the horizon stands where the last of them was proved.
    let late_max = proofs.len().saturating_sub(1).min(BEAT_EXCEPTIONS_MAX);
    let late = proofs.partition_point(|(_, proof)| proof.0 < limit).min(late_max);
    let oldest_vouched = proofs.get(late)?.1;
    let horizon = UnixMicros(oldest_vouched.0.min(now.0.saturating_sub(HORIZON_LAG_US)));
    let except = proofs.iter().take_while(|(_, proof)| *proof < horizon).map(|(id, _)| *id).collect();
    Some((horizon, except))
}

/// Logs a beat every [`BEAT_PERIOD`] while connections are open; ends when the hub stops recording.
pub async fn beats(sequencer: Sequencer, clock: Clock, node: NodeEpoch, challenge: Millis, hub: Hub) {
    let mut ticks = interval(BEAT_PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some((horizon, except)) = vouch(hub.proofs(), clock.now().wall, challenge) else { continue };
        let beat = Event::Beat(Beat { node, horizon, except });
        if is_over(&sequencer.record(beat).await.map(|stamp| stamp.index)) {
            return;
        }
    }
}

/// Compares the clocks every second and logs their state; ends when the hub stops recording.
pub async fn clocks(sequencer: Sequencer, clock: Clock, node: NodeEpoch) {
    let mut ticks = interval(CLOCK_CHECK_PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut watch = ClockWatch::new(clock.offset_us());
    loop {
        ticks.tick().await;
        let size = EntryIndex(sequencer.tally().borrow().size.0);
        let running = sequencer.lesson().borrow().phase == Phase::Running;
        let due = watch.due(clock.offset_us(), size, running);
        // An entry after the planned end ends the lesson for everybody, who are then challenged at once.
        let Some(status) = due.or_else(|| is_overdue(&sequencer, &clock).then_some(None)) else { continue };
        let state = kernel::discipline();
        let entry = Event::Clock(event::Clock {
            node,
            status: status.unwrap_or(state.status),
            offset_us: clock.offset_us(),
            max_error_us: state.max_error_us,
            estimated_error_us: state.estimated_error_us,
        });
        let logged = sequencer.record(entry).await.map(|stamp| stamp.index);
        if is_over(&logged) {
            return;
        }
        watch.logged(logged.ok());
    }
}

/// Whether the planned end has passed and the log does not say so yet.
fn is_overdue(sequencer: &Sequencer, clock: &Clock) -> bool {
    let lesson = *sequencer.lesson().borrow();
    lesson.phase == Phase::Running && lesson.end.is_some_and(|end| clock.now_millis() >= end)
}

fn is_over(logged: &Result<EntryIndex, SubmitError>) -> bool {
    matches!(logged, Err(SubmitError::Stopped | SubmitError::Over))
}

/// Decides when the state of the clock is worth an entry.
#[derive(Debug)]
struct ClockWatch {
    offset_us: i64,
    checks: u32,
    /// How far the log was after this node's own last clock entry.
    quiet_at: EntryIndex,
}

impl ClockWatch {
    fn new(offset_us: i64) -> Self {
        // The first state is logged with the first comparison.
        Self { offset_us, checks: CLOCK_ENTRY_EVERY, quiet_at: EntryIndex(0) }
    }

    /// Whether an entry is due: with `Some(Stepped)` at a step, else with what the kernel says.
    ///
    /// While the lesson runs one is always due in its turn: a log that stands still then is a fault that pages show.
    fn due(&mut self, offset_us: i64, next: EntryIndex, running: bool) -> Option<Option<ClockStatus>> {
        let stepped = offset_us.abs_diff(self.offset_us) > STEP_MIN_US;
        self.offset_us = offset_us;
        if stepped {
            return Some(Some(ClockStatus::Stepped));
        }
        self.checks = self.checks.saturating_add(1);
        (self.checks >= CLOCK_ENTRY_EVERY && (running || next > self.quiet_at)).then_some(None)
    }

    fn logged(&mut self, index: Option<EntryIndex>) {
        self.checks = 0;
        self.quiet_at = index.map_or(self.quiet_at, EntryIndex::next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;
    const NOW: UnixMicros = UnixMicros(1_000 * SECOND);
    const CHALLENGE: Millis = Millis(25_000);

    fn connection(serial: u64) -> ConnectionId {
        ConnectionId { at: "n1.1".parse().unwrap(), serial }
    }

    fn ago(serial: u64, seconds: i64) -> (ConnectionId, UnixMicros) {
        (connection(serial), UnixMicros(NOW.0 - seconds * SECOND))
    }

    #[test]
    fn a_beat_vouches_up_to_the_oldest_proof_of_those_who_answer() {
        let beat = vouch(vec![ago(1, 3), ago(2, 24), ago(3, 9)], NOW, CHALLENGE);

        assert_eq!(beat, Some((ago(2, 24).1, vec![])));
    }

    #[test]
    fn one_silent_connection_does_not_hold_the_horizon_back() {
        let beat = vouch(vec![ago(1, 3), ago(2, 58), ago(3, 9)], NOW, CHALLENGE);

        assert_eq!(beat, Some((ago(3, 9).1, vec![connection(2)])));
    }

    #[test]
    fn the_horizon_moves_back_until_the_exceptions_fit() {
        let silent = 600;
        let proofs = (0..silent).map(|serial| ago(serial, 59)).chain([ago(silent, 1)]).collect();

        let (horizon, except) = vouch(proofs, NOW, CHALLENGE).unwrap();

        assert_eq!(horizon, ago(0, 59).1);
        assert!(except.len() <= BEAT_EXCEPTIONS_MAX);
    }

    #[test]
    fn nobody_is_vouched_for_beyond_their_last_proof() {
        let proofs: Vec<_> = (0..2_000).map(|serial| ago(serial, i64::try_from(serial * 7 % 61).unwrap())).collect();

        let (horizon, except) = vouch(proofs.clone(), NOW, CHALLENGE).unwrap();

        for (id, proof) in proofs {
            assert!(proof >= horizon || except.contains(&id), "{id}");
        }
    }

    #[test]
    fn an_idle_node_with_no_connections_logs_no_beat() {
        assert_eq!(vouch(vec![], NOW, CHALLENGE), None);
    }

    #[test]
    fn a_step_of_the_wall_clock_is_logged_at_once_and_only_once() {
        let mut watch = ClockWatch::new(0);
        watch.logged(Some(EntryIndex(4)));

        assert_eq!(watch.due(-3_600 * SECOND, EntryIndex(5), false), Some(Some(ClockStatus::Stepped)));
        watch.logged(Some(EntryIndex(5)));
        assert_eq!(watch.due(-3_600 * SECOND, EntryIndex(6), false), None);
    }

    #[test]
    fn the_clocks_state_is_logged_every_ten_seconds_while_something_happens_or_the_lesson_runs() {
        let mut watch = ClockWatch::new(0);
        watch.logged(Some(EntryIndex(4)));

        let quiet: Vec<_> = (0..30).filter_map(|_| watch.due(0, EntryIndex(5), false)).collect();

        assert_eq!(quiet, []);
        assert_eq!(watch.due(0, EntryIndex(5), true), Some(None));
        assert_eq!(watch.due(0, EntryIndex(6), false), Some(None));
    }
}
