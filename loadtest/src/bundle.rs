//! A bundle as the oracle reads it: the tables and the log's joins, taken as they are written.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{Context, Result};
use hadir::domain::{
    ids::{Pseudonym, ScanId},
    time::{UnixMicros, UnixMillis},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// What the oracle needs of a bundle.
#[derive(Debug)]
pub(crate) struct Bundle {
    /// `people.csv`.
    pub(crate) people: BTreeMap<Pseudonym, PersonRow>,
    /// `connections.csv`, by connection.
    pub(crate) connections: BTreeMap<String, ConnectionRow>,
    /// The joins of `log/entries.jsonl`, by index.
    pub(crate) joins: BTreeMap<u64, Join>,
    /// `scans.csv`, by the door's own name of a scan.
    pub(crate) scans: BTreeMap<ScanId, ScanRow>,
    /// From when to when the outages lasted that `acts.csv` says are bridged.
    pub(crate) rulings: Vec<(UnixMillis, UnixMillis)>,
    /// `funnel.json`.
    pub(crate) funnel: Vec<Step>,
    /// The checks that `prompts.csv` says were answered, by person and number.
    pub(crate) answered: BTreeSet<(Pseudonym, u64)>,
    /// `tallies.json`.
    pub(crate) tallies: Value,
}

/// A row of `prompts.csv`.
#[derive(Debug, Deserialize)]
struct CheckRow {
    prompt: u64,
    person: Pseudonym,
    outcome: String,
}

/// A row of `scans.csv`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ScanRow {
    /// The door's own name of it.
    pub(crate) scan: ScanId,
    /// Its entry.
    pub(crate) entry: u64,
    /// Who.
    pub(crate) person: Pseudonym,
    /// The door.
    pub(crate) door: String,
    /// In or out.
    pub(crate) way: String,
    /// When it was made, by log time.
    pub(crate) made: UnixMillis,
}

/// A row of `acts.csv`.
#[derive(Debug, Deserialize)]
struct ActRow {
    act: String,
    about: String,
    decision: String,
}

/// A line of `funnel.json`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Step {
    /// What it takes away, or its first or last word.
    pub(crate) step: String,
    /// How many persons.
    pub(crate) count: usize,
}

/// A row of `people.csv`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PersonRow {
    /// Who.
    pub(crate) person: Pseudonym,
    /// Whether the person counts.
    pub(crate) status: String,
    /// Why not.
    pub(crate) reason: String,
    /// `online`, `gate`, `both` or nothing.
    pub(crate) channel: String,
}

/// A row of `connections.csv`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ConnectionRow {
    /// Whose.
    pub(crate) person: Pseudonym,
    /// Which.
    pub(crate) connection: String,
    /// `online` or `gate`.
    pub(crate) channel: String,
    /// When it began.
    pub(crate) join: UnixMillis,
    /// When it was last proved alive.
    pub(crate) last_proof: UnixMillis,
    /// Why it ended.
    pub(crate) cause: String,
}

/// A join of the log.
#[derive(Clone, Debug)]
pub(crate) struct Join {
    /// Who.
    pub(crate) person: Pseudonym,
    /// By which connection.
    pub(crate) connection: String,
    /// When.
    pub(crate) at: UnixMillis,
}

/// What the oracle needs of a line of the log.
#[derive(Debug, Deserialize)]
struct Line {
    i: u64,
    k: String,
    t: UnixMicros,
    p: Option<Pseudonym>,
    s: Option<String>,
}

impl Bundle {
    /// Reads a bundle's folder.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let people: Vec<PersonRow> = table(&folder.join("people.csv"))?;
        let checks: Vec<CheckRow> = table(&folder.join("prompts.csv"))?;
        let answered = checks.into_iter().filter(|row| row.outcome == "answered");
        let connections: Vec<ConnectionRow> = table(&folder.join("connections.csv"))?;
        let scans: Vec<ScanRow> = table(&folder.join("scans.csv"))?;
        let acts: Vec<ActRow> = table(&folder.join("acts.csv"))?;
        Ok(Self {
            scans: scans.into_iter().map(|row| (row.scan, row)).collect(),
            rulings: acts.iter().filter_map(ruling).collect(),
            funnel: json(&folder.join("funnel.json"))?,
            people: people.into_iter().map(|row| (row.person, row)).collect(),
            connections: connections.into_iter().map(|row| (row.connection.clone(), row)).collect(),
            answered: answered.map(|row| (row.person, row.prompt)).collect(),
            joins: joins(&text(&folder.join("log/entries.jsonl"))?)?,
            tallies: json(&folder.join("tallies.json"))?,
        })
    }

    /// A count of `tallies.json`, by its path of names.
    pub(crate) fn count(&self, path: &[&str]) -> Option<u64> {
        path.iter().try_fold(&self.tallies, |value, name| value.get(name)).and_then(Value::as_u64)
    }

    /// An instant of `tallies.json`.
    pub(crate) fn instant(&self, name: &str) -> Option<UnixMillis> {
        self.tallies.get(name).and_then(Value::as_str).and_then(|text| text.parse().ok())
    }
}

/// The outage that an act has bridged.
fn ruling(row: &ActRow) -> Option<(UnixMillis, UnixMillis)> {
    if row.act != "bridge" || row.decision != "confirmed" {
        return None;
    }
    let mut words = row.about.split(' ');
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_str(&text(path)?).with_context(|| format!("{} is not as documented", path.display()))
}

fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

fn table<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let text = text(path)?;
    // Spreadsheets want the mark of UTF-8; it belongs to no heading.
    let mut rows = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    rows.deserialize().collect::<Result<_, _>>().with_context(|| format!("{} is not as documented", path.display()))
}

fn joins(entries: &str) -> Result<BTreeMap<u64, Join>> {
    let mut joins = BTreeMap::new();
    for text in entries.lines() {
        let line: Line = serde_json::from_str(text).with_context(|| format!("not an entry: {text}"))?;
        if let (true, Some(person), Some(connection)) = (line.k == "join", line.p, line.s) {
            joins.insert(line.i, Join { person, connection, at: line.t.floor_millis() });
        }
    }
    Ok(joins)
}
