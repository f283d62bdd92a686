//! Tampering with tables, counts and the files that are no part of the log.

use super::Kind;

const BYTE_ORDER_MARK: &str = "\u{feff}";

pub(super) const KINDS: &[Kind] = &[
    ("somebody is certified who is not", |files| {
        files.cell("people.csv", "status", |row| row.contains(",not_certified,"), "certified");
    }),
    ("a person's reason is another", |files| {
        files.cell("people.csv", "reason", |row| row.contains(",left_early,"), "late");
    }),
    ("a person's row is dropped", |files| files.rows("people.csv", |rows| drop(rows.remove(3)))),
    ("two persons' rows change places", |files| files.rows("people.csv", |rows| rows.swap(2, 3))),
    ("a person's row stands twice", |files| files.rows("people.csv", |rows| rows.insert(2, rows[2].clone()))),
    ("somebody was present a millisecond longer", |files| {
        files.cell("people.csv", "present_ms", |row| row.contains(",certified,"), "1");
    }),
    ("somebody came earlier", |files| {
        files.cell("people.csv", "first_join", |row| row.contains(",certified,"), "2026-11-24T00:00:00.000Z");
    }),
    ("somebody took part in the hall", |files| {
        files.cell("people.csv", "channel", |row| row.contains(",online,"), "gate");
    }),
    ("somebody is of another role", |files| {
        files.cell("people.csv", "role", |row| row.contains(",committee,"), "participant");
    }),
    ("a guard before a formula is dropped", |files| files.replace("people.csv", "'=1+1", "=1+1")),
    ("a cell is quoted without need", |files| files.replace("people.csv", ",certified,", ",\"certified\",")),
    ("a column is added", |files| files.replace("people.csv", ",added\r\n", ",added,note\r\n")),
    ("the byte order mark is dropped", |files| files.replace("people.csv", BYTE_ORDER_MARK, "")),
    ("line ends are changed", |files| {
        let text = files.text("people.csv").replace("\r\n", "\n");
        files.files.insert("people.csv".into(), text.into_bytes());
    }),
    ("the last line end is dropped", |files| drop(files.files.get_mut("people.csv").unwrap().pop())),
    ("a connection is added", |files| files.rows("connections.csv", |rows| rows.push(rows[1].clone()))),
    ("a connection is dropped", |files| files.rows("connections.csv", |rows| drop(rows.pop()))),
    ("a connection was proved longer", |files| {
        files.cell("connections.csv", "last_proof", |row| row.contains(",restart"), "2026-11-24T09:00:00.000Z");
    }),
    ("a connection ended for another cause", |files| {
        files.cell("connections.csv", "cause", |row| row.contains(",silent"), "bye");
    }),
    ("one more is present for a second", |files| {
        files.cell("timeline.csv", "present", |row| row.contains("Z,2,"), "3");
    }),
    ("a second is dropped", |files| files.rows("timeline.csv", |rows| drop(rows.remove(20)))),
    ("a failed answer is called right", |files| {
        files.cell("prompts.csv", "outcome", |row| row.contains(",failed,"), "answered");
    }),
    ("an answer is dropped", |files| files.rows("prompts.csv", |rows| drop(rows.remove(1)))),
    ("a check was opened later", |files| {
        files.cell("prompts.csv", "opened", |_| true, "2026-11-24T09:00:00.000Z");
    }),
    ("a scan was made earlier", |files| {
        files.cell("scans.csv", "made", |_| true, "2026-11-24T00:00:00.000Z");
    }),
    ("a late scan is in time", |files| files.cell("scans.csv", "late", |row| row.ends_with(",yes\r\n"), "")),
    ("a scan is dropped", |files| files.rows("scans.csv", |rows| drop(rows.remove(2)))),
    ("a steward counted more", |files| files.cell("stewards.csv", "counted", |_| true, "300")),
    ("a steward's group was fuller", |files| files.cell("stewards.csv", "group_inside", |_| true, "2")),
    ("a dismissed proposal was confirmed", |files| {
        files.cell("acts.csv", "decision", |row| row.contains(",dismissed,"), "confirmed");
    }),
    ("an act is dropped", |files| files.rows("acts.csv", |rows| drop(rows.remove(1)))),
    ("an act has another reason", |files| files.replace("acts.csv", "one human", "two humans")),
    ("a strike does not stand", |files| {
        files.cell("strikes.csv", "stands", |row| row.ends_with(",yes\r\n"), "");
    }),
    ("a strike is dropped", |files| files.rows("strikes.csv", |rows| drop(rows.remove(1)))),
    ("an outage cut off fewer", |files| files.cell("incidents.csv", "persons", |row| row.contains(",restart,"), "1")),
    ("an incident is dropped", |files| files.rows("incidents.csv", |rows| drop(rows.pop()))),
    ("an anomaly is dropped", |files| files.rows("anomalies.csv", |rows| drop(rows.remove(1)))),
    ("a spot check found something else", |files| {
        files.cell("sample.csv", "found", |row| row.contains(",confirmed"), "denied");
    }),
    ("another person was drawn", |files| files.rows("sample.csv", |rows| rows.swap(1, 2))),
    ("a claim was not upheld", |files| files.cell("claims.csv", "upheld", |_| true, "no")),
    ("another version is in force", |files| {
        files.cell("versions.csv", "state", |row| row.contains(",superseded,"), "in_force");
    }),
    ("a version counts more", |files| files.cell("versions.csv", "certifiable", |_| true, "99")),
    ("one more is certifiable", |files| number(files, "certifiable", 1)),
    ("one more was there at the peak", |files| number(files, "registered", 1)),
    ("a count is dropped", |files| tallies(files, |tallies| drop(tallies.remove("peak_bridged")))),
    ("a count is added", |files| tallies(files, |tallies| drop(tallies.insert("audience".into(), 9.into())))),
    ("true is written as 1", |files| tallies(files, |tallies| drop(tallies.insert("final".into(), 1.into())))),
    ("the spot check is passed", |files| files.replace("tallies.json", "\"passed\": false", "\"passed\": true")),
    ("the counts are of another root", |files| {
        let root = "0".repeat(64);
        tallies(files, |tallies| drop(tallies.insert("root".into(), root.into())));
    }),
    ("the counts are no JSON", |files| files.replace("tallies.json", "{", "[")),
    ("spaces are dropped from the counts", |files| files.replace("tallies.json", "  ", "")),
    ("the funnel is another", |files| files.replace("funnel.json", "\"count\": 4", "\"count\": 3")),
    ("a role of the roster is another", |files| files.replace("roster.csv", "committee", "participant")),
    ("a row of the roster is dropped", |files| files.rows("roster.csv", |rows| drop(rows.remove(1)))),
    ("the declaration is more lenient", |files| files.replace("declaration.toml", "late_ms = 0", "late_ms = 9")),
    ("a comment is added to the declaration", |files| files.replace("declaration.toml", "\n", "\n# filed\n")),
    ("the description of the format is another", |files| files.replace("SPEC.md", "16,384", "16,385")),
    ("the carried recount is another", |files| files.replace("recount.py", "return NOT_SOUND", "return SOUND")),
    ("a table is missing", |files| drop(files.files.remove("anomalies.csv"))),
    ("the description of the format is missing", |files| drop(files.files.remove("SPEC.md"))),
    ("a file is added", |files| drop(files.files.insert("notes.txt".into(), b"trust us".to_vec()))),
    ("a file is added beside the letters", |files| drop(files.files.insert("letters/x.txt".into(), b"x".to_vec()))),
    ("a workbook is added that says something else", |files| {
        files.files.insert("tables.xlsx".into(), b"PK".to_vec());
    }),
    ("the list says another size", |files| files.replace("manifest.json", "\"size\": ", "\"size\": 1")),
    ("the list says another program", |files| files.replace("manifest.json", "0.1.1", "0.1.2")),
    ("a digest of the list is another", |files| {
        files.keeps_list = true;
        files.replace("manifest.json", "\"sha256\": \"", "\"sha256\": \"0");
    }),
    ("a file is not listed", |files| {
        files.list();
        let mut manifest: super::Manifest = serde_json::from_str(&files.text("manifest.json")).unwrap();
        manifest.files.retain(|listed| listed.path != "people.csv");
        files.put_manifest(&manifest);
        files.keeps_list = true;
    }),
];

fn tallies(
    files: &mut super::Tampered,
    change: impl FnOnce(&mut std::collections::BTreeMap<String, serde_json::Value>),
) {
    let mut members = serde_json::from_str(&files.text("tallies.json")).unwrap();
    change(&mut members);
    files.files.insert("tallies.json".into(), serde_json::to_vec_pretty(&members).unwrap());
}

/// Adds to one count and changes nothing else of the file.
fn number(files: &mut super::Tampered, name: &str, more: u64) {
    let text = files.text("tallies.json");
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let before = value[name].as_u64().unwrap();
    files.replace("tallies.json", &format!("\"{name}\": {before},"), &format!("\"{name}\": {},", before + more));
}
