//! What an auditor is handed, and what they find when it was changed.

mod commands;
mod damage;
mod documented;
mod packed;
mod program;
mod public;
#[cfg(feature = "report")]
mod sheets;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use hadir::{
    domain::{
        event::{Fact, Signal, Way},
        ids::{EntryIndex, Size},
        ledger::Ledger,
        line::Line,
        rules::Declaration,
        tree::Head,
    },
    evidence::{
        bundle::{self, BundleError, Parts},
        checkpoint::SigningKey,
        documents::{self, Make},
        progress::{self, Watch},
        verify::{self, Asked, Notebook, Report, Verdict},
    },
};
use tempfile::TempDir;

use crate::model::history::{DECLARATION_TOML, Step, Teller, What, declaration, full_lesson, roster_rows};

/// A small attempt that has ended: more than one tile of entries, with a checkpoint every hundred of them.
pub(crate) struct Simulated {
    key: SigningKey,
    roster: Vec<u8>,
    facts: Vec<Fact>,
    lines: Vec<Line>,
    notes: Vec<String>,
    folder: TempDir,
}

impl Simulated {
    pub(crate) fn new() -> Self {
        Self::with(7, 0)
    }

    /// Another attempt of the same name: another key, or another history.
    fn with(seed: u8, extra_wait_us: i64) -> Self {
        Self::declared(seed, extra_wait_us, declaration(full_lesson(0, 0, 5_000), true, true))
    }

    /// An attempt of these steps alone.
    fn told(steps: &[Step]) -> Self {
        Self::of(7, declaration(full_lesson(0, 0, 5_000), true, true), steps)
    }

    fn declared(seed: u8, extra_wait_us: i64, declaration: Declaration) -> Self {
        Self::of(seed, declaration, &lesson(extra_wait_us))
    }

    fn of(seed: u8, declaration: Declaration, steps: &[Step]) -> Self {
        let key = SigningKey::from_seed("hadir.example/attempt/rehearsal".parse().unwrap(), &[seed; 32]);
        let teller = Teller::new(declaration, roster_rows(Some((5, 0))));
        let history = teller.tell(steps);
        let (roster, lines) = (history.roster_csv(), history.lines());
        let notes = signed(&key, &roster, &lines);
        Self { key, roster, facts: history.facts, lines, notes, folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("bundle")
    }

    /// Writes the bundle of everything.
    pub(crate) fn export(&self) -> PathBuf {
        self.export_notes(&self.notes, &self.path()).unwrap();
        self.path()
    }

    fn export_notes(&self, notes: &[String], out: &Path) -> Result<Head, BundleError> {
        self.export_with(&documents::none, notes, out)
    }

    fn export_with(&self, documents: &Make<'_>, notes: &[String], out: &Path) -> Result<Head, BundleError> {
        self.export_watched(documents, notes, out, &progress::unseen)
    }

    fn export_watched(
        &self,
        documents: &Make<'_>,
        notes: &[String],
        out: &Path,
        watch: &Watch<'_>,
    ) -> Result<Head, BundleError> {
        let (declaration, key) = (DECLARATION_TOML, self.key.verifier());
        let parts = Parts { declaration, roster: &self.roster, key, notes, documents, watch };
        bundle::write(parts, None, &mut |from, max| read(&self.lines, from, max), out)
    }

    fn asked(&self) -> Asked {
        Asked { key: Some(self.key.verifier().clone()), noted: None }
    }

    fn notebook(&self) -> Notebook {
        Notebook::parse("noted.txt", &self.notes.join("\n")).unwrap()
    }
}

fn read(lines: &[Line], from: EntryIndex, max: usize) -> io::Result<Vec<Line>> {
    Ok(lines.iter().skip(usize::try_from(from.0).unwrap()).take(max).cloned().collect())
}

/// A lobby, a lesson with comings and goings on two nodes and at a hall's door, a crash, an end and a close, after
/// which some still come.
fn lesson(extra_wait_us: i64) -> Vec<Step> {
    let step = |wait_us, what| Step { wait_us, what };
    let join = |person, node| step(11_003, What::Join { person, node, device: person });
    let mut steps = vec![step(extra_wait_us, What::Add { person: 0 })];
    steps.extend((0..6).map(|person| join(person, u16::from(person))));
    steps.push(step(2_000_000, What::Signal(Signal::Start)));
    for round in 0..100_u8 {
        steps.push(step(700_000, What::Beat { node: u16::from(round), back_us: 90_000, except: round % 4 }));
        steps.push(step(1_000, What::Leave { pick: round % 5, back_us: 400_000 }));
        steps.push(join(round % 7, u16::from(round)));
    }
    let scan = |person, way| step(900_000, What::Scan { person, venue: 0, way, back_us: 5_000 });
    steps.extend([scan(4, Way::In), scan(2, Way::In), scan(4, Way::Out), scan(2, Way::Roll), scan(3, Way::Out)]);
    steps.push(step(1_000_000, What::Crash { node: 1 }));
    steps.push(step(3_000_000, What::Signal(Signal::End)));
    steps.extend((0..2).map(|node| step(20_000, What::Drain { node })));
    steps.push(step(1_000, What::Close));
    steps.extend([join(1, 0), join(2, 1)]);
    steps
}

/// Checkpoints at every hundredth entry and at the end.
fn signed(key: &SigningKey, roster: &[u8], lines: &[Line]) -> Vec<String> {
    let mut ledger = Ledger::new(roster).unwrap();
    let mut notes = Vec::new();
    for line in lines {
        ledger.accept(&line.bytes).unwrap();
        let Head { size, .. } = ledger.head();
        if size.0 % 100 == 0 || size.0 == lines.len() as u64 {
            notes.push(key.sign(&ledger.head()));
        }
    }
    notes
}

/// Every file of a folder with its bytes.
fn contents(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let paths = bundle::paths(root).unwrap().into_iter();
    paths.map(|path| (path.clone(), fs::read(root.join(path)).unwrap())).collect()
}

fn first_finding(report: &Report) -> String {
    report.findings.first().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn a_bundle_is_sound_and_every_claim_in_it_is_recomputed() {
    let attempt = Simulated::new();

    let report = verify::verify(&attempt.export(), &attempt.asked());

    assert_eq!((report.verdict, report.anchored, first_finding(&report)), (Verdict::Sound, true, String::new()));
    assert_eq!(report.head.unwrap().size, Size(attempt.lines.len() as u64));
    assert!(attempt.lines.len() > 300);
    for name in ["certifiable", "peak.count", "full_lesson", "minimum_time.cumulative", "checkpoint.root"] {
        assert!(report.claims.iter().any(|claim| claim.name == name && claim.ok), "{name}");
    }
}

#[test]
fn a_bundle_holds_what_the_contract_lists() {
    let attempt = Simulated::new();

    let files = contents(&attempt.export());

    for path in [
        "README.txt",
        "SPEC.md",
        "recount.py",
        "manifest.json",
        "declaration.toml",
        "roster.csv",
        "people.csv",
        "connections.csv",
        "timeline.csv",
        "tallies.json",
        "funnel.json",
        "prompts.csv",
        "scans.csv",
        "stewards.csv",
        "acts.csv",
        "strikes.csv",
        "incidents.csv",
        "anomalies.csv",
        "sample.csv",
        "log/log.vkey",
        "log/policy",
        "log/checkpoint",
        "log/entries.jsonl",
        "log/tile/0/000",
        "log/tile/1/000.p/1",
        "log/tile/entries/000",
    ] {
        assert!(files.contains_key(path), "{path}");
    }
    let heading = |path: &str| String::from_utf8_lossy(&files[path]).lines().next().unwrap().to_owned();
    assert!(heading("people.csv").starts_with(
        "\u{feff}person,status,reason,channel,first_join,last_leave,present_ms,present_bridged_ms,longest_ms,connections"
    ));
    assert_eq!(heading("connections.csv"), "\u{feff}person,connection,node,channel,join,last_proof,leave,cause");
    assert_eq!(heading("timeline.csv"), "\u{feff}at,present,present_bridged,connections");
    assert!(files["people.csv"].windows(2).any(|pair| pair == b"\r\n"));
}

#[test]
fn exporting_again_gives_the_same_bytes_also_at_an_earlier_size() {
    let attempt = Simulated::new();
    let again = attempt.folder.path().join("again");
    let earlier = attempt.folder.path().join("earlier");

    let whole = contents(&attempt.export());
    attempt.export_notes(&attempt.notes, &again).unwrap();
    let head = attempt.export_notes(&attempt.notes[..2], &earlier).unwrap();

    assert_eq!(whole, contents(&again));
    assert_eq!(head.size, Size(200));
    assert_eq!(verify::verify(&earlier, &attempt.asked()).verdict, Verdict::Sound);
    let before = contents(&earlier);
    // Over an earlier bundle of the same log a new one may be written.
    attempt.export_notes(&attempt.notes[..2], &again).unwrap();
    assert_eq!(before, contents(&again));
}

#[test]
fn a_folder_that_holds_something_else_is_left_alone() {
    let attempt = Simulated::new();
    fs::create_dir(attempt.path()).unwrap();
    fs::write(attempt.path().join("thesis.txt"), "irreplaceable").unwrap();

    let refused = attempt.export_notes(&attempt.notes, &attempt.path());

    assert!(matches!(refused, Err(BundleError::Foreign(_))));
    assert_eq!(contents(&attempt.path()).len(), 1);
    assert_eq!(fs::read_dir(attempt.folder.path()).unwrap().count(), 1);
}

#[test]
fn no_bundle_is_written_of_lines_that_were_not_signed() {
    let mut attempt = Simulated::new();
    let text = String::from_utf8(attempt.lines[150].bytes.clone()).unwrap();
    attempt.lines[150].bytes = text.replacen("\"m\":", "\"m\":1", 1).into_bytes();

    let refused = attempt.export_notes(&attempt.notes, &attempt.path());

    assert!(matches!(refused, Err(BundleError::Disagrees { .. })));
    assert_eq!(fs::read_dir(attempt.folder.path()).unwrap().count(), 0);
}

#[test]
fn noted_checkpoints_anchor_the_history_and_those_of_another_one_are_found() {
    let (attempt, resigned, other) = (Simulated::new(), Simulated::with(8, 0), Simulated::with(7, 5));
    let noted = |book: Notebook| Asked { key: None, noted: Some(book) };

    let own = verify::verify(&attempt.export(), &noted(attempt.notebook()));
    let signed_anew = verify::verify(&resigned.export(), &noted(attempt.notebook()));
    let begun_again = verify::verify(&other.export(), &noted(attempt.notebook()));
    let unanchored = verify::verify(&attempt.path(), &Asked::default());

    assert_eq!((own.verdict, own.anchored), (Verdict::Sound, true));
    assert_eq!((signed_anew.verdict, signed_anew.anchored), (Verdict::NotSound, false));
    assert_eq!((begun_again.verdict, begun_again.anchored), (Verdict::NotSound, false));
    assert!(first_finding(&begun_again).starts_with("noted.txt line 1: another history"), "{begun_again:?}");
    assert_eq!((unanchored.verdict, unanchored.anchored), (Verdict::Sound, false));
}

#[test]
fn a_log_that_was_cut_short_of_what_was_noted_is_found() {
    let attempt = Simulated::new();
    let earlier = attempt.folder.path().join("earlier");
    attempt.export_notes(&attempt.notes[..2], &earlier).unwrap();

    let report = verify::verify(&earlier, &Asked { key: None, noted: Some(attempt.notebook()) });

    assert_eq!(report.verdict, Verdict::NotSound);
    assert!(first_finding(&report).ends_with("300 entries were noted, but the bundle ends after 200"));
}

#[test]
fn a_wrong_key_is_not_sound() {
    let (attempt, other) = (Simulated::new(), Simulated::with(8, 0));

    let report = verify::verify(&attempt.export(), &other.asked());

    assert_eq!((report.verdict, report.anchored), (Verdict::NotSound, false));
    assert!(first_finding(&report).starts_with("log/log.vkey line 1: the bundle's key is"));
}
