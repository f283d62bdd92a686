//! The tables of what people decided, and of what they decided it on.

use std::io;

use super::{ACTS, ANOMALIES, CLAIMS, INCIDENTS, PRIVACY, SAMPLE, STEWARDS, STRIKES, VERSIONS, instant, table};
use crate::domain::{
    accounts::{
        anomalies::{Anomaly, anomalies},
        incidents::{Incident, incidents},
        tallies::Tallies,
    },
    fold::{attendance::Attendance, hall::HeadCount},
    ids::{EntryIndex, Pseudonym},
    ledger::Ledger,
    reviews::{
        acts::{Act, Decision},
        claims::Claim,
        deed::{Deed, Found},
        privacy::{Handled, PrivacyAct},
        sample::Drawn,
        versions::{Version, VersionCount},
    },
};

const STEWARD_COLUMNS: [&str; 9] =
    ["entry", "at", "steward", "venue", "counted", "system", "group", "assigned", "group_inside"];

const ACT_COLUMNS: [&str; 9] = ["entry", "at", "by", "role", "side", "act", "about", "decision", "reason"];

const STRIKE_COLUMNS: [&str; 9] =
    ["entry", "person", "reason", "proposed_by", "proposed_at", "decision", "decided_by", "decided_at", "stands"];

const SAMPLE_COLUMNS: [&str; 4] = ["draw", "place", "person", "found"];

const INCIDENT_COLUMNS: [&str; 9] =
    ["from", "to", "kind", "subject", "persons", "back_in_grace", "qualify", "lost", "there"];

const CLAIM_COLUMNS: [&str; 8] = ["entry", "at", "person", "why", "answered_at", "answered_by", "upheld", "reason"];

const PRIVACY_COLUMNS: [&str; 7] = ["entry", "at", "what", "person", "by_or_to", "persons", "sha256"];

const VERSION_COLUMNS: [&str; 5] = ["entry", "at", "digest", "state", "certifiable"];

const ANOMALY_COLUMNS: [&str; 5] = ["kind", "subject", "at", "persons", "held"];

/// These tables of a log, by file name.
pub(super) fn all(ledger: &Ledger, tallies: Option<&Tallies>) -> io::Result<Vec<(&'static str, Vec<u8>)>> {
    let attendance = ledger.attendance();
    let counts = tallies.map_or(&[][..], |tallies| &tallies.versions);
    let in_force = attendance.version_in_force();
    let versions = attendance.versions().iter().map(|version| version_row(version, in_force, counts));
    Ok(vec![
        (STEWARDS, table(&STEWARD_COLUMNS, steward_rows(attendance).into_iter())?),
        (ACTS, table(&ACT_COLUMNS, attendance.acts().map(act_row))?),
        (STRIKES, table(&STRIKE_COLUMNS, attendance.acts().filter_map(|act| strike_row(act, attendance)))?),
        (SAMPLE, table(&SAMPLE_COLUMNS, attendance.sample().iter().map(drawn_row))?),
        (INCIDENTS, table(&INCIDENT_COLUMNS, incidents(attendance).into_iter().map(incident_row))?),
        (ANOMALIES, table(&ANOMALY_COLUMNS, anomalies(attendance).into_iter().map(anomaly_row))?),
        (CLAIMS, table(&CLAIM_COLUMNS, attendance.claims().iter().map(claim_row))?),
        (PRIVACY, table(&PRIVACY_COLUMNS, attendance.privacy().iter().map(privacy_row))?),
        (VERSIONS, table(&VERSION_COLUMNS, versions)?),
    ])
}

/// One row for each head count, and one for each steward who looks after a group and has not counted.
fn steward_rows(attendance: &Attendance) -> Vec<[String; 9]> {
    let counted = attendance.head_counts();
    let silent = |steward: &Pseudonym| counted.iter().all(|head| head.counted.by != steward.to_string());
    let groups = attendance.groups().iter().filter(|(steward, _)| silent(steward));
    let uncounted = groups.map(|(steward, group)| {
        let (label, assigned) = (group.label.clone(), group.persons.len().to_string());
        let [entry, at, venue, counted, system, inside] = std::array::from_fn(|_| String::new());
        [entry, at, steward.to_string(), venue, counted, system, label, assigned, inside]
    });
    counted.iter().map(head_count_row).chain(uncounted).collect()
}

fn head_count_row(head: &HeadCount) -> [String; 9] {
    let group = head.group.as_ref();
    let number = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
    [
        head.entry.0.to_string(),
        head.at.to_string(),
        head.counted.by.clone(),
        head.counted.venue.clone(),
        head.counted.persons.to_string(),
        head.system.to_string(),
        group.map(|group| group.label.clone()).unwrap_or_default(),
        number(group.map(|group| group.assigned)),
        number(group.map(|group| group.inside)),
    ]
}

fn claim_row(claim: &Claim) -> [String; 8] {
    let answer = claim.answer.as_ref();
    let yes_or_no = |upheld| if upheld { "yes" } else { "no" }.to_owned();
    [
        claim.entry.0.to_string(),
        claim.at.to_string(),
        claim.person.to_string(),
        claim.why.name().to_owned(),
        instant(answer.map(|answer| answer.at)),
        answer.map(|answer| answer.by.to_string()).unwrap_or_default(),
        answer.map(|answer| yes_or_no(answer.upheld)).unwrap_or_default(),
        answer.map(|answer| answer.reason.clone()).unwrap_or_default(),
    ]
}

fn privacy_row(act: &PrivacyAct) -> [String; 7] {
    let [mut person, mut persons, mut sha256] = std::array::from_fn(|_| String::new());
    let (what, whom) = match &act.what {
        Handled::Erased(erased) => {
            person = erased.p.to_string();
            ("erased", erased.by.clone())
        }
        Handled::Disclosed(disclosed) => {
            persons = disclosed.persons.to_string();
            sha256 = disclosed.sha256.to_string();
            ("disclosed", disclosed.to.join(" "))
        }
        Handled::Retired(retired) => ("retired", retired.by.clone()),
    };
    [act.entry.0.to_string(), act.at.to_string(), what.to_owned(), person, whom, persons, sha256]
}

fn version_row(version: &Version, in_force: EntryIndex, counts: &[VersionCount]) -> [String; 5] {
    let count = counts.iter().find(|count| count.entry == version.entry);
    let state = match version.adopted {
        true if version.entry == in_force => "in_force",
        true => "superseded",
        false => "proposed",
    };
    [
        version.entry.0.to_string(),
        version.at.to_string(),
        version.digest.to_string(),
        state.to_owned(),
        count.map(|count| count.certifiable.to_string()).unwrap_or_default(),
    ]
}

fn act_row(act: &Act) -> [String; 9] {
    let about = match &act.deed {
        Deed::Strike { person, .. } => person.to_string(),
        Deed::Release { person, holds, .. } => {
            let holds: Vec<&str> = holds.iter().map(|kind| kind.name()).collect();
            format!("{person} {}", holds.join(" "))
        }
        Deed::Reverse { strike, .. } => strike.0.to_string(),
        Deed::Merge { from, into, .. } => format!("{from} {into}"),
        Deed::Signal { signal } => signal.name().to_owned(),
        Deed::Confirm { of } | Deed::Dismiss { of } => of.0.to_string(),
        Deed::Bridge { from, to, network, .. } => {
            format!("{from} {to} {}", network.map_or("everybody".to_owned(), |network| network.to_string()))
        }
        Deed::Declare { version, .. } => version.0.to_string(),
        Deed::Answer { claim, upheld, .. } => format!("{} {}", claim.0, if *upheld { "upheld" } else { "not_upheld" }),
        Deed::Draw { persons, nonce } => format!("{persons} {nonce}"),
        Deed::Outcome { person, found, .. } => format!("{person} {}", found.name()),
        Deed::Read { signal, reading } => format!("{} {reading}", signal.name()),
        Deed::Shift { is } => is.name().to_owned(),
        Deed::Note { text } => text.clone(),
    };
    [
        act.entry.0.to_string(),
        act.at.to_string(),
        act.by.to_string(),
        act.role.name().to_owned(),
        act.role.side().name().to_owned(),
        act.deed.name().to_owned(),
        about,
        decision(act).0.to_owned(),
        act.deed.reason().unwrap_or_default().to_owned(),
    ]
}

/// What became of a proposal, and the entry that decided it.
fn decision(act: &Act) -> (&'static str, Option<EntryIndex>) {
    match act.decision {
        None => ("", None),
        Some(Decision::Open) => ("open", None),
        Some(Decision::Confirmed(entry)) => ("confirmed", Some(entry)),
        Some(Decision::Dismissed(entry)) => ("dismissed", Some(entry)),
    }
}

fn strike_row(act: &Act, attendance: &Attendance) -> Option<[String; 9]> {
    let Deed::Strike { person, reason } = &act.deed else { return None };
    let (decision, decided) = decision(act);
    let decided = decided.and_then(|entry| attendance.act(entry));
    Some([
        act.entry.0.to_string(),
        person.to_string(),
        reason.clone(),
        act.by.to_string(),
        act.at.to_string(),
        decision.to_owned(),
        decided.map(|act| act.by.to_string()).unwrap_or_default(),
        instant(decided.map(|act| act.at)),
        if attendance.strike_stands(act.entry) { "yes" } else { "" }.to_owned(),
    ])
}

fn drawn_row(drawn: &Drawn) -> [String; 4] {
    [
        drawn.draw.0.to_string(),
        drawn.place.to_string(),
        drawn.person.to_string(),
        drawn.found.map_or("", Found::name).to_owned(),
    ]
}

fn incident_row(incident: Incident) -> [String; 9] {
    [
        incident.from.to_string(),
        incident.to.to_string(),
        incident.kind.name().to_owned(),
        incident.subject,
        incident.persons.to_string(),
        incident.back_in_grace.to_string(),
        incident.qualify.to_string(),
        incident.lost.to_string(),
        incident.there.to_string(),
    ]
}

fn anomaly_row(anomaly: Anomaly) -> [String; 5] {
    [
        anomaly.kind.name().to_owned(),
        anomaly.subject,
        instant(anomaly.at),
        anomaly.persons.to_string(),
        if anomaly.held { "yes" } else { "" }.to_owned(),
    ]
}
