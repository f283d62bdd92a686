//! What disturbed the lesson, with its effect: restarts, mass drops, steps of the clock, checks that came late
//! or never.

use std::collections::BTreeSet;

use crate::domain::{
    accounts::drops::drops,
    event::ClockStatus,
    fold::{
        attendance::Attendance,
        checks::PROMPT_LATE,
        connections::{Connection, Ended},
        person::PersonIndex,
    },
    ids::NodeEpoch,
    time::{Millis, UnixMillis},
};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IncidentKind {
    /// A run of the hub ended without a drain.
    Restart,
    /// Many connections were lost together.
    MassDrop,
    /// Most connections behind one network were lost together.
    NetworkDrop,
    /// The wall clock was stepped.
    ClockStep,
    /// A participation check was opened later than planned.
    LateCheck,
    /// A planned participation check was not opened.
    MissedCheck,
}

impl IncidentKind {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Restart => "restart",
            Self::MassDrop => "mass_drop",
            Self::NetworkDrop => "network_drop",
            Self::ClockStep => "clock_step",
            Self::LateCheck => "late_check",
            Self::MissedCheck => "missed_check",
        }
    }
}

/// One row of `incidents.csv`. The subject is the node's run, the network, the step in microseconds, the check's
/// number, or the place in the plan of one that was missed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Incident {
    /// From when on.
    pub from: UnixMillis,
    /// To when: the next start of the hub, or until half of those who came back were back; the same for what has one
    /// moment.
    pub to: UnixMillis,
    /// What happened.
    pub kind: IncidentKind,
    /// What it happened to.
    pub subject: String,
    /// Whose connections it ended.
    pub persons: usize,
    /// How many of them were back within the declared grace.
    pub back_in_grace: usize,
    /// How many of them satisfy the declared rule all the same.
    pub qualify: usize,
    /// How many connections it ended.
    pub lost: usize,
    /// How many there were.
    pub there: usize,
}

/// A run that ended without a drain, as the log has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain) struct CutRun {
    pub(in crate::domain) run: NodeEpoch,
    pub(in crate::domain) at: UnixMillis,
}

/// An incident that ended connections.
#[derive(Clone, Debug)]
pub(in crate::domain) struct Outage {
    pub(in crate::domain) incident: Incident,
    /// The latest last proof of the connections that it ended: nobody went with it who was proved later.
    pub(in crate::domain) cut_off_by: UnixMillis,
}

/// Every incident that ended connections: restarts and drops.
pub(in crate::domain) fn outages(attendance: &Attendance) -> Vec<Outage> {
    let mut found: Vec<Outage> = attendance.cut_runs.iter().map(|cut| restart(attendance, cut)).collect();
    drops(attendance, &mut found);
    found
}

/// Every incident, in the order of time.
#[must_use]
pub fn incidents(attendance: &Attendance) -> Vec<Incident> {
    let mut found: Vec<Incident> = outages(attendance).into_iter().map(|outage| outage.incident).collect();
    let stepped = attendance.clocks.iter().filter(|clock| clock.status == ClockStatus::Stepped);
    found.extend(stepped.map(|step| at_once(IncidentKind::ClockStep, step.offset_us.to_string(), (step.at, step.at))));
    late_checks(attendance, &mut found);
    missed_checks(attendance, &mut found);
    found.sort();
    found
}

fn restart(attendance: &Attendance, cut: &CutRun) -> Outage {
    let of_run = |one: &&Connection| one.id.at == cut.run && one.ended.is_some_and(|ended| ended.cause == "restart");
    let ended: Vec<(&Connection, Ended)> =
        attendance.connections.iter().filter(of_run).filter_map(|one| Some((one, one.ended?))).collect();
    let from = ended.iter().map(|(_, ended)| ended.last_proof).min().unwrap_or(cut.at);
    effect(attendance, IncidentKind::Restart, cut.run.to_string(), (from, cut.at), &ended)
}

/// What the end of these connections did.
pub(super) fn effect(
    attendance: &Attendance,
    kind: IncidentKind,
    subject: String,
    (from, to): (UnixMillis, UnixMillis),
    ended: &[(&Connection, Ended)],
) -> Outage {
    let grace = attendance.terms.as_ref().map_or(Millis(0), crate::domain::fold::standing::Terms::grace);
    let persons: BTreeSet<PersonIndex> = ended.iter().map(|(one, _)| one.person).collect();
    let back: BTreeSet<PersonIndex> = ended
        .iter()
        .filter(|(one, ended)| {
            let person = attendance.persons.get(one.person.0);
            let until = ended.last_proof.plus(grace);
            person.is_some_and(|person| person.presence.is_proved_within(ended.last_proof.plus(Millis(1)), until))
        })
        .map(|(one, _)| one.person)
        .collect();
    let qualifies = |index: &&PersonIndex| attendance.persons.get(index.0).is_some_and(|one| one.standing.qualifies);
    let qualify = persons.iter().filter(qualifies).count();
    let (persons, back_in_grace, lost) = (persons.len(), back.len(), ended.len());
    let cut_off_by = ended.iter().map(|(_, ended)| ended.last_proof).max().unwrap_or(from);
    Outage {
        incident: Incident { from, to, kind, subject, persons, back_in_grace, qualify, lost, there: lost },
        cut_off_by,
    }
}

fn late_checks(attendance: &Attendance, found: &mut Vec<Incident>) {
    for (check, number) in attendance.checks().iter().zip(1_u32..) {
        let Some(due) = check.due.filter(|due| check.at.since(*due) > PROMPT_LATE) else { continue };
        found.push(at_once(IncidentKind::LateCheck, number.to_string(), (due, check.at)));
    }
}

fn missed_checks(attendance: &Attendance, found: &mut Vec<Incident>) {
    let Some(lesson) = attendance.window() else { return };
    for (place, due) in attendance.missed_checks() {
        // Until the seed is revealed nobody knows when it was due.
        let time = due.map_or((lesson.start, lesson.end), |due| (due, due));
        found.push(at_once(IncidentKind::MissedCheck, place.to_string(), time));
    }
}

/// An incident that ended no connection.
fn at_once(kind: IncidentKind, subject: String, (from, to): (UnixMillis, UnixMillis)) -> Incident {
    Incident { from, to, kind, subject, persons: 0, back_in_grace: 0, qualify: 0, lost: 0, there: 0 }
}
