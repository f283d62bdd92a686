//! Participation checks from the commitment to the bundle: drawn, opened, answered, revealed and recomputed.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use hadir::{
    attempt::{Attempt, links::Role},
    domain::{event::Event, fold::prompts::schedule},
    evidence::verify::{Asked, Report, Verdict, verify},
    server::export,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Hub, Page, attempt, count, entries, eventually, quick_rehearsal};

/// A rehearsal of half a minute with one planned check, which one of two answers decides.
fn asking(kind: &str) -> (TempDir, PathBuf, Hub) {
    let plan = format!("\n[prompts]\ncount = 1\nkind = \"{kind}\"\nanswer_ms = 5000\n[ceilings]\ninactive_bp = 1000\n");
    let quick = quick_rehearsal();
    let end = quick.lines().find(|line| line.starts_with("planned_end")).unwrap();
    let start = quick.lines().find(|line| line.starts_with("planned_start")).unwrap();
    let short = format!("planned_end{}", start.trim_start_matches("planned_start")).replace(":00:00", ":00:14");
    let declared = quick.replace(end, &short).replace("grace_ms = 75000", "grace_ms = 5000\nprompts_min = 1");
    // A test reads one page after the other: none is silent while it waits for its turn.
    let declared = declared.replace("proof_max_gap_ms = 5000", "proof_max_gap_ms = 30000");
    let (directory, path) = attempt(&(declared.replace("tolerance_ms = 3600000", "tolerance_ms = 0") + &plan));
    let hub = Hub::start(&path);
    (directory, path, hub)
}

/// Reads on until a message of this kind.
fn until(page: &mut Page, kind: &str) -> Value {
    loop {
        let message = page.read().unwrap_or_else(|code| panic!("closed with {code:?} before {kind}"));
        if message["t"] == kind {
            return message;
        }
    }
}

fn answer(page: &mut Page, prompt: &Value, choice: &str) -> Value {
    page.send(&json!({"t": "shown", "prompt": prompt}));
    page.send(&json!({"t": "answer", "prompt": prompt, "choice": choice}));
    until(page, "answered")["outcome"].clone()
}

fn bundle(path: &Path) -> (PathBuf, Report) {
    let attempt = Attempt::open(path).unwrap();
    let key = attempt.signing_key().unwrap().verifier().clone();
    let out = path.with_file_name("bundle");
    export::export(&attempt.layout, &key, None, None, &out).unwrap();
    let report = verify(&out, &Asked { key: Some(key), noted: None });
    (out, report)
}

fn rows(out: &Path, table: &str) -> Vec<String> {
    std::fs::read_to_string(out.join(table)).unwrap().lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn a_planned_check_comes_at_the_time_that_seed_and_nonce_give_and_decides_who_counts() {
    let (_directory, path, hub) = asking("word");
    let api = hub.api();
    let (mut active, mut idle) = (api.join("Sari"), api.join("Budi"));
    let before = api.get("/api/prompts", Role::Adjudicator).json();
    let nonce = json!({"nonce": "said on camera"});
    let given = api.post("/api/nonce", Role::Adjudicator, &nonce);
    let twice = api.post("/api/nonce", Role::Adjudicator, &nonce);

    assert_eq!(api.signal("start").status, 200);
    let asked = until(&mut active, "prompt");
    let open = api.tally()["prompts"]["open"].clone();
    let number = asked["prompt"].clone();
    let wrong = answer(&mut active, &number, "Sari binti Ahmad");
    let right = answer(&mut active, &number, &format!(" {} ", open["word"].as_str().unwrap().to_lowercase()));
    until(&mut idle, "prompt");
    // From here on both only answer challenges, up to the close.
    let pages = [active, idle].map(|mut page| std::thread::spawn(move || page.closed()));
    eventually("the planned end", || (api.tally()["phase"] == "ended").then_some(()));
    assert_eq!(api.signal("close").status, 200);
    hub.stop().unwrap();
    assert_eq!(pages.map(|page| page.join().unwrap()), [Some(1000); 2]);

    assert_eq!((given.status, twice.status), (200, 409));
    assert!(before["commitment"].is_string() && before["seed"].is_null() && before["nonce"].is_null());
    assert_eq!((wrong, right), (json!("wrong"), json!("accepted")));
    let entries = entries(&path);
    assert!(!format!("{entries:?}").contains("binti"), "what somebody types freely stands in no log");
    recompute(&path, &entries);
    let (out, report) = bundle(&path);
    assert_eq!((report.verdict, report.findings.first()), (Verdict::Sound, None));
    let tallies: Value = serde_json::from_slice(&std::fs::read(out.join("tallies.json")).unwrap()).unwrap();
    assert_eq!((&tallies["certifiable"], &tallies["inactive"]["persons"]), (&json!(1), &json!(1)));
    assert_eq!(tallies["inactive"]["exceeded"], true);
    let outcomes: Vec<_> =
        rows(&out, "prompts.csv").iter().map(|row| row.split(',').nth(7).unwrap().to_owned()).collect();
    assert!(outcomes.contains(&"answered".to_owned()) && outcomes.contains(&"undelivered".to_owned()), "{outcomes:?}");
    assert_eq!(rows(&out, "people.csv").iter().filter(|row| row.contains(",not_certified,prompts,")).count(), 1);
}

/// As an auditor does it: from the revealed seed, the nonce and the first start alone.
fn recompute(path: &Path, entries: &[hadir::domain::line::Entry]) {
    let declared = Attempt::open(path).unwrap().declaration.declaration;
    let (mut seed, mut nonce, mut start, mut prompted) = (None, None, None, None);
    for entry in entries {
        let at = entry.stamp.at.wall;
        if let Event::Revealed(revealed) = &entry.event {
            seed = Some(revealed.seed);
        } else if let Event::NonceGiven(given) = &entry.event {
            nonce = Some(given.nonce.clone());
        } else if let Event::Signalled(_) = &entry.event {
            start = start.or(Some(at.floor_millis()));
        } else if let Event::Prompted(check) = &entry.event {
            prompted = prompted.or(Some((check.clone(), at)));
        }
    }
    let (start, (check, opened)) = (start.unwrap(), prompted.unwrap());
    let lesson = hadir::domain::fold::intervals::Interval { start, end: start.plus(declared.planned_length()) };
    let planned = schedule(&declared.prompts.unwrap(), &seed.unwrap(), &nonce.unwrap(), 1, lesson);
    assert_eq!(planned[0].due.to_micros(), check.due.unwrap());
    assert_eq!(planned[0].word, check.word);
    assert!(opened >= check.due.unwrap());
}

#[test]
fn the_adjudicator_alone_opens_a_check_at_will_and_one_at_a_time() {
    let (_directory, path, hub) = asking("press");
    let api = hub.api();
    let mut page = api.join("Sari");
    let early = api.post("/api/prompt", Role::Adjudicator, &json!({"kind": "press"}));
    assert_eq!(api.signal("start").status, 200);

    let organizer = api.post("/api/prompt", Role::Organizer, &json!({"kind": "press"}));
    let wordless = api.post("/api/prompt", Role::Adjudicator, &json!({"kind": "word"}));
    let named = api.post("/api/prompt", Role::Adjudicator, &json!({"kind": "word", "word": "Siti Aminah"}));
    let opened = api.post("/api/prompt", Role::Adjudicator, &json!({"kind": "word", "word": "k7qf2"}));
    let second = api.post("/api/prompt", Role::Adjudicator, &json!({"kind": "press"}));
    let asked = until(&mut page, "prompt");
    let accepted = answer(&mut page, &asked["prompt"], "K7QF2");
    let listed = api.get("/api/prompts", Role::Organizer).json();
    hub.stop().unwrap();

    assert_eq!((early.status, organizer.status, wordless.status, named.status), (409, 403, 400, 400));
    assert_eq!((opened.status, second.status), (200, 409), "{} {}", opened.text(), second.text());
    assert_eq!((&asked["kind"], accepted), (&json!("word"), json!("accepted")));
    let check = &listed["opened"][0];
    assert_eq!((&check["cause"], &check["word"], &check["answered"]), (&json!("extra"), &json!("K7QF2"), &json!(1)));
    assert_eq!(count(&entries(&path), "answer"), 1);
}

#[test]
fn an_answer_that_comes_twice_for_an_unknown_check_or_after_the_closing_adds_nobody() {
    let (_directory, path, hub) = asking("press");
    let api = hub.api();
    let (mut sari, mut budi) = (api.join("Sari"), api.join("Budi"));
    assert_eq!(api.signal("start").status, 200);

    let asked = until(&mut sari, "prompt")["prompt"].clone();
    let outcomes = [1, 2].map(|_| answer(&mut sari, &asked, "present"));
    until(&mut budi, "prompt");
    let unknown = answer(&mut budi, &json!(99), "present");
    std::thread::sleep(Duration::from_millis(5_500));
    let late = answer(&mut budi, &asked, "present");
    let listed = api.get("/api/prompts", Role::Organizer).json();
    hub.stop().unwrap();

    assert_eq!(outcomes, ["accepted", "accepted"]);
    assert_eq!((unknown, late), (json!("unknown"), json!("late")));
    assert_eq!(listed["opened"][0]["answered"], 1);
    assert_eq!(bundle(&path).1.verdict, Verdict::Sound);
}

#[test]
fn a_check_that_was_due_while_the_hub_was_down_is_opened_late_and_stays_sound() {
    let (_directory, path, hub) = asking("press");
    assert_eq!(hub.api().signal("start").status, 200);
    hub.stop().unwrap();
    std::thread::sleep(Duration::from_millis(8_000));

    let hub = Hub::start(&path);
    let mut page = hub.api().join("Sari");
    until(&mut page, "prompt");
    hub.stop().unwrap();

    let entries = entries(&path);
    let late = entries.iter().filter_map(|entry| {
        let Event::Prompted(check) = &entry.event else { return None };
        Some(entry.stamp.at.wall.0 - check.due.unwrap().0)
    });
    assert!(late.collect::<Vec<_>>()[0] > 0);
    assert_eq!(bundle(&path).1.verdict, Verdict::Sound);
}
