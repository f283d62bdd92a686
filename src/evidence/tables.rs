//! The tables of a bundle: every count and row of the fold as files that spreadsheets and `jq` open.

mod reviews;

use std::io;

use crate::domain::{
    accounts::{
        account::{self, ConnectionAccount, PersonAccount, Reason},
        check_accounts::{self, CheckAccount},
        timeline::{Second, timeline},
    },
    cell::harmless,
    fold::hall::Scan,
    ledger::Ledger,
    roster::BYTE_ORDER_MARK,
    time::UnixMillis,
};

/// One row for each person.
pub(super) const PEOPLE: &str = "people.csv";

/// One row for each connection.
pub(super) const CONNECTIONS: &str = "connections.csv";

/// One row for each second in which somebody was there.
pub(super) const TIMELINE: &str = "timeline.csv";

/// Every count.
pub(super) const TALLIES: &str = "tallies.json";

/// From everybody on the list to the certified.
pub(super) const FUNNEL: &str = "funnel.json";

/// One row for each participation check and everybody who came.
pub(super) const PROMPTS: &str = "prompts.csv";

/// One row for each scan at a door.
pub(super) const SCANS: &str = "scans.csv";

/// One row for each count that a steward made with their own eyes.
pub(super) const STEWARDS: &str = "stewards.csv";

/// One row for each signed act.
pub(super) const ACTS: &str = "acts.csv";

/// One row for each strike that was proposed.
pub(super) const STRIKES: &str = "strikes.csv";

/// One row for each thing that disturbed the lesson.
pub(super) const INCIDENTS: &str = "incidents.csv";

/// One row for each thing that looks odd.
pub(super) const ANOMALIES: &str = "anomalies.csv";

/// One row for each person who was drawn for a spot check.
pub(super) const SAMPLE: &str = "sample.csv";

/// One row for each claim.
pub(super) const CLAIMS: &str = "claims.csv";

/// One row for each time that personal data were erased, handed out or destroyed.
pub(super) const PRIVACY: &str = "privacy.csv";

/// One row for each version of the declaration.
pub(super) const VERSIONS: &str = "versions.csv";

/// The names of all tables.
pub(super) const NAMES: [&str; 16] = [
    PEOPLE,
    CONNECTIONS,
    TIMELINE,
    TALLIES,
    FUNNEL,
    PROMPTS,
    SCANS,
    STEWARDS,
    ACTS,
    STRIKES,
    INCIDENTS,
    ANOMALIES,
    SAMPLE,
    CLAIMS,
    PRIVACY,
    VERSIONS,
];

const PEOPLE_COLUMNS: [&str; 13] = [
    "person",
    "status",
    "reason",
    "channel",
    "first_join",
    "last_leave",
    "present_ms",
    "present_bridged_ms",
    "longest_ms",
    "connections",
    "role",
    "group",
    "added",
];

const CONNECTION_COLUMNS: [&str; 8] =
    ["person", "connection", "node", "channel", "join", "last_proof", "leave", "cause"];

const PROMPT_COLUMNS: [&str; 9] =
    ["prompt", "kind", "cause", "due", "opened", "closes", "person", "outcome", "answered"];

const SCAN_COLUMNS: [&str; 12] =
    ["scan", "entry", "person", "venue", "door", "way", "method", "card", "made", "device", "received", "late"];

const TIMELINE_COLUMNS: [&str; 4] = ["at", "present", "present_bridged", "connections"];

/// The tables of a log, by file name: the same log gives the same bytes.
///
/// # Errors
/// Never for these tables; the caller reports it as a defect.
pub(super) fn all(ledger: &Ledger) -> io::Result<Vec<(&'static str, Vec<u8>)>> {
    let attendance = ledger.attendance();
    let tallies = ledger.tallies();
    let people = account::persons(attendance).into_iter().map(person_row);
    let connections = account::connections(attendance).into_iter().map(connection_row);
    let timeline = timeline(attendance).into_iter().map(second_row);
    let mut files = vec![
        (PEOPLE, table(&PEOPLE_COLUMNS, people)?),
        (CONNECTIONS, table(&CONNECTION_COLUMNS, connections)?),
        (TIMELINE, table(&TIMELINE_COLUMNS, timeline)?),
        (TALLIES, json(&tallies)?),
        (FUNNEL, json(&tallies.as_ref().map_or(&[][..], |tallies| &tallies.funnel))?),
        (SCANS, table(&SCAN_COLUMNS, attendance.scans().iter().map(scan_row))?),
        (PROMPTS, table(&PROMPT_COLUMNS, check_accounts::checks(attendance).map(check_row))?),
    ];
    files.extend(reviews::all(ledger, tallies.as_ref())?);
    Ok(files)
}

/// A value as a file that people read too.
pub(super) fn json(value: &impl serde::Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// A table as spreadsheets expect it: UTF-8 with its mark, CRLF, quoted where needed (RFC 4180), free of formulas.
pub(super) fn table<const N: usize>(
    columns: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> io::Result<Vec<u8>> {
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(BYTE_ORDER_MARK.to_vec());
    table.write_record(columns).map_err(io::Error::other)?;
    for row in rows {
        table.write_record(row.map(harmless)).map_err(io::Error::other)?;
    }
    table.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

fn person_row(account: PersonAccount) -> [String; 13] {
    [
        account.person.to_string(),
        account.status.name().to_owned(),
        account.reason.map_or("", Reason::name).to_owned(),
        account.channel.to_owned(),
        instant(account.first_join),
        instant(account.last_leave),
        account.present_ms.0.to_string(),
        account.present_bridged_ms.0.to_string(),
        account.longest_ms.0.to_string(),
        account.connections.to_string(),
        account.role,
        account.group,
        if account.added { "yes" } else { "" }.to_owned(),
    ]
}

fn connection_row(account: ConnectionAccount) -> [String; 8] {
    [
        account.person.to_string(),
        account.connection.to_string(),
        account.connection.at.to_string(),
        account.channel.to_owned(),
        account.join.to_string(),
        account.last_proof.to_string(),
        instant(account.leave),
        account.cause.to_owned(),
    ]
}

fn check_row(account: CheckAccount) -> [String; 9] {
    [
        account.prompt.to_string(),
        account.kind.name().to_owned(),
        if account.planned { "planned" } else { "extra" }.to_owned(),
        instant(account.due),
        account.opened.to_string(),
        account.closes.to_string(),
        account.person.to_string(),
        account.outcome.name().to_owned(),
        instant(account.answered),
    ]
}

fn scan_row(scan: &Scan) -> [String; 12] {
    let yes = |is: bool| if is { "yes" } else { "" }.to_owned();
    [
        scan.scan.to_string(),
        scan.entry.0.to_string(),
        scan.person.to_string(),
        scan.venue.clone(),
        scan.door.clone(),
        scan.way.name().to_owned(),
        scan.method.to_owned(),
        yes(scan.card),
        scan.made.to_string(),
        scan.device.to_string(),
        scan.received.to_string(),
        yes(scan.late),
    ]
}

fn second_row(second: Second) -> [String; 4] {
    [
        second.at.to_string(),
        second.present.to_string(),
        second.present_bridged.to_string(),
        second.connections.to_string(),
    ]
}

fn instant(instant: Option<UnixMillis>) -> String {
    instant.map(|instant| instant.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_taken_for_a_formula_and_every_cell_is_quoted_as_the_standard_says() {
        let rows = ["=1+1", "+6281", "-5", "@sum", "\ttab", "\rreturn", "SMA \"1\", Palembang", "plain"];

        let bytes = table(&["text"], rows.iter().map(|cell| [(*cell).to_owned()])).unwrap();

        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "\u{feff}text\r\n'=1+1\r\n'+6281\r\n'-5\r\n'@sum\r\n'\ttab\r\n\"'\rreturn\"\r\n\"SMA \"\"1\"\", Palembang\"\r\nplain\r\n"
        );
    }
}
