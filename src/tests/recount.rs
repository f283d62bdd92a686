//! The recount that every bundle carries: it agrees with the verifier on sound bundles, and finds what was changed.

mod program;
mod story;
mod tampering;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
};

use hadir::{
    domain::{
        event::{Event, Fact, NonceGiven, Revealed},
        ids::{Digest, EntryIndex},
        ledger::Ledger,
        line::Line,
        rules::{Declaration, PresenceMode, PromptKind, PromptPlan, RuleKind},
        time::Millis,
    },
    evidence::{
        bundle::{self, Parts},
        checkpoint::SigningKey,
        documents::{self, Make},
        progress,
        verify::{self, Asked, Report, Verdict},
    },
};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::TestRunner,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use self::story::Story;
use crate::model::{history::History, random::histories};

/// The name of the logs here.
const ORIGIN: &str = "hadir.example/attempt/recount";

/// How many random logs are counted twice.
const LOGS: usize = 200;

/// How many folders one run of the recount is given: it starts once for all of them.
const FOLDERS_AT_ONCE: usize = 50;

/// The recount as every bundle carries it.
fn program() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/evidence/carried/recount.py")
}

fn run(arguments: &[&str]) -> Output {
    Command::new("python3").arg(program()).args(arguments).output().unwrap()
}

/// What the recount says of one folder.
struct Said {
    lines: Vec<String>,
    verdict: Verdict,
}

impl Said {
    /// What is printed of each claim: what the bundle says, what the recount gives, and whether that agrees.
    fn claims(&self) -> BTreeMap<String, (Value, Value, bool)> {
        let parts = self.lines.iter().map(|line| line.split("  ").collect::<Vec<_>>());
        let claims = parts.filter(|parts| parts.len() == 4 && matches!(parts[3], "ok" | "WRONG"));
        let value = |text: &str| serde_json::from_str(text).unwrap();
        claims.map(|parts| (parts[0].to_owned(), (value(parts[1]), value(parts[2]), parts[3] == "ok"))).collect()
    }
}

/// What the recount says of each folder, in their order.
fn recount(folders: &[PathBuf], key: Option<&str>) -> Vec<Said> {
    let chunks: Vec<_> = folders.chunks(FOLDERS_AT_ONCE).collect();
    let said = thread::scope(|scope| {
        let runs: Vec<_> = chunks.iter().map(|chunk| scope.spawn(|| recount_some(chunk, key))).collect();
        runs.into_iter().flat_map(|run| run.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(said.len(), folders.len());
    said
}

fn recount_some(folders: &[PathBuf], key: Option<&str>) -> Vec<Said> {
    let mut arguments: Vec<&str> = folders.iter().map(|folder| folder.to_str().unwrap()).collect();
    arguments.extend(key.into_iter().flat_map(|key| ["--key", key]));
    let output = run(&arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let parts: Vec<&str> = if folders.len() == 1 { vec![text.as_str()] } else { text.split("== ").skip(1).collect() };
    let said: Vec<Said> = parts.into_iter().map(said).collect();
    let worst = said.iter().map(|one| exit_code(one.verdict)).max();
    assert_eq!(output.status.code(), worst);
    said
}

fn said(text: &str) -> Said {
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let last = lines.last().unwrap();
    let verdict = match last.split(':').next().unwrap() {
        "SOUND" | "CONSISTENT, NOT ANCHORED" => Verdict::Sound,
        "NOT SOUND" => Verdict::NotSound,
        _ => Verdict::CannotTell,
    };
    Said { lines, verdict }
}

fn exit_code(verdict: Verdict) -> i32 {
    match verdict {
        Verdict::Sound => 0,
        Verdict::NotSound => 1,
        Verdict::CannotTell => 2,
    }
}

fn signing_key() -> SigningKey {
    SigningKey::from_seed(ORIGIN.parse().unwrap(), &[7; 32])
}

/// The declaration's file that gives this object.
fn declaration_toml(declared: &Declaration) -> Vec<u8> {
    let Value::Object(mut members) = serde_json::to_value(declared).unwrap() else { unreachable!() };
    let venues = members.remove("venues").unwrap();
    members.insert("venue".into(), venues);
    let written = without_null(Value::Object(members));
    toml::to_string(&written).unwrap().into_bytes()
}

fn without_null(value: Value) -> Value {
    let Value::Object(members) = value else { return value };
    let given = members.into_iter().filter(|(_, member)| !member.is_null());
    Value::Object(given.map(|(name, member)| (name, without_null(member))).collect())
}

/// What a bundle is written from.
struct Attempt {
    declaration: Vec<u8>,
    roster: Vec<u8>,
    lines: Vec<Line>,
}

impl Attempt {
    fn of_story(story: Story) -> Self {
        Self { declaration: story.declaration, roster: story.roster, lines: story.lines }
    }

    /// A random history, opened with a file that says what it declares.
    fn of_history(mut history: History) -> Self {
        let Event::Opened(opened) = &mut history.facts[0].event else { panic!("the opening") };
        let declaration = declaration_toml(consistent(&mut opened.declaration));
        opened.commitment = opened.declaration.prompts.as_ref().map(|_| story::SEED.commitment());
        opened.origin = ORIGIN.into();
        opened.digest = Digest(Sha256::digest(&declaration).into());
        if opened.commitment.is_some() {
            promise_checks(&mut history.facts);
        }
        Self { declaration, roster: history.roster_csv(), lines: history.lines() }
    }

    /// Checkpoints at every so many entries and at the end.
    fn notes(&self, key: &SigningKey, every: u64) -> Vec<String> {
        let (mut ledger, mut notes) = (Ledger::new(&self.roster).unwrap(), Vec::new());
        for line in &self.lines {
            ledger.accept(&line.bytes).unwrap();
            let head = ledger.head();
            if head.size.0 % every == 0 || head.size.0 == self.lines.len() as u64 {
                notes.push(key.sign(&head));
            }
        }
        notes
    }

    /// Writes the bundle.
    fn export(&self, documents: &Make<'_>, out: &Path) {
        self.export_as(&signing_key(), documents, out);
    }

    fn export_as(&self, key: &SigningKey, documents: &Make<'_>, out: &Path) {
        let notes = self.notes(key, 40);
        let parts = Parts {
            declaration: &self.declaration,
            roster: &self.roster,
            key: key.verifier(),
            notes: &notes,
            documents,
            watch: &progress::unseen,
        };
        let mut read = |from: EntryIndex, max| -> io::Result<Vec<Line>> {
            Ok(self.lines.iter().skip(usize::try_from(from.0).unwrap()).take(max).cloned().collect())
        };
        bundle::write(parts, None, &mut read, out).unwrap();
    }
}

/// Leaves out of a random declaration what contradicts the rest of it: no bundle is written of such a log.
fn consistent(declared: &mut Declaration) -> &mut Declaration {
    let rule = &mut declared.rule;
    rule.presence = PresenceMode::Continuous;
    rule.continuous &= rule.kind == RuleKind::MinimumTime;
    if rule.kind != RuleKind::FullLesson {
        (rule.late_ms, rule.early_ms) = (Millis(0), Millis(0));
    }
    if rule.kind == RuleKind::Prompts {
        rule.prompts_min = rule.prompts_min.or(Some(1));
    }
    let plan = PromptPlan { count: 3, kind: PromptKind::Press, answer_ms: Millis(30_000) };
    declared.prompts = rule.prompts_min.map(|_| plan);
    declared
}

/// A nonce after the opening, and the seed before the close.
fn promise_checks(facts: &mut Vec<Fact>) {
    insert(facts, 1, Event::NonceGiven(NonceGiven { nonce: "on camera".into(), by: "adjudicator".into() }));
    if let Some(close) = facts.iter().position(|fact| matches!(fact.event, Event::Closed(_))) {
        insert(facts, close, Event::Revealed(Revealed { seed: story::SEED }));
    }
}

/// Puts an event between others, at the time of the one that it comes before, whose names follow.
fn insert(facts: &mut Vec<Fact>, place: usize, event: Event) {
    let moved = |index: EntryIndex| if index.0 >= place as u64 { EntryIndex(index.0 + 1) } else { index };
    for fact in facts.iter_mut() {
        if let Event::Signalled(signalled) = &mut fact.event {
            signalled.voids = signalled.voids.map(moved);
        } else if let Event::Restarted(restarted) = &mut fact.event {
            restarted.beat = restarted.beat.map(moved);
        }
    }
    let at = facts[place].at;
    facts.insert(place, Fact { at, event });
}

/// Both say the same, claim by claim.
fn assert_agreed(report: &Report, said: &Said, of: &dyn std::fmt::Debug) {
    assert_eq!(report.verdict, said.verdict, "{:?}\n{}\n{of:?}", report.findings.first(), said.lines.join("\n"));
    let printed = said.claims();
    for claim in &report.claims {
        let (claimed, recomputed, ok) = printed.get(&claim.name).expect(&claim.name);
        assert_eq!((claimed, recomputed, *ok), (&claim.claimed, &claim.recomputed, claim.ok), "{}\n{of:?}", claim.name);
    }
}

#[test]
fn an_attempt_in_which_everything_happens_is_sound_for_both_and_every_claim_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    Attempt::of_story(Story::told()).export(&hadir::report::documents, &bundle);
    let key = signing_key().verifier().to_string();

    let report = verify::verify(&bundle, &Asked { key: Some(signing_key().verifier().clone()), noted: None });
    let [said] = recount(&[bundle], Some(&key)).try_into().ok().unwrap();

    assert_agreed(&report, &said, &"the story");
    assert!(said.lines.last().unwrap().starts_with("SOUND: "));
    for told in ["file tables.xlsx: every cell of the tables", "file report.pdf: made for people"] {
        assert!(said.lines.iter().any(|line| line.starts_with(told)), "{}", said.lines.join("\n"));
    }
}

#[test]
fn the_recount_agrees_with_the_verifier_on_random_logs() {
    let (folder, mut runner) = (tempfile::tempdir().unwrap(), TestRunner::deterministic());
    let attempts: Vec<Attempt> =
        (0..LOGS).map(|_| Attempt::of_history(histories(2).new_tree(&mut runner).unwrap().current())).collect();
    let paths: Vec<PathBuf> = (0..LOGS).map(|number| folder.path().join(number.to_string())).collect();
    for (attempt, path) in attempts.iter().zip(&paths) {
        attempt.export(&documents::none, path);
    }

    let all = recount(&paths, None);

    for ((path, attempt), said) in paths.iter().zip(&attempts).zip(&all) {
        let lines: Vec<_> = attempt.lines.iter().map(|line| String::from_utf8_lossy(&line.bytes)).collect();
        assert_agreed(&verify::verify(path, &Asked::default()), said, &lines);
    }
}
