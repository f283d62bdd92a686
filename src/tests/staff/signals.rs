//! Signals: who may give which, when, and with whose word.

use std::path::PathBuf;

use hadir::{attempt::links::Role, domain::event::Event};
use serde_json::json;
use tempfile::TempDir;

use super::rehearsal;
use crate::support::{Api, Hub, Page, attempt, count, entries, quick_rehearsal};

/// A real attempt whose planned start is now; each signal needs two sides.
fn countersigned() -> (TempDir, PathBuf, Hub) {
    real("countersigned")
}

/// A real attempt whose planned start is now, so that it can be signalled.
fn real(signals: &str) -> (TempDir, PathBuf, Hub) {
    let (directory, path) = attempt(&planned_now(signals));
    let hub = Hub::start(&path);
    (directory, path, hub)
}

/// The declaration of a real attempt whose planned start is now.
pub(super) fn planned_now(signals: &str) -> String {
    let real = quick_rehearsal().replace("rehearsal = true", "rehearsal = false");
    let real = real.replace(r#"signals = "single""#, &format!("signals = \"{signals}\""));
    let now = hadir::server::clock::Clock::system(None).now_millis();
    let planned = hadir::attempt::template::attempt(hadir::domain::time::UnixMillis(now.0 - 1_800_000));
    let (start, end) = (line_of(&planned, "planned_start"), line_of(&planned, "planned_end"));
    real.replace(&line_of(&real, "planned_start"), &start).replace(&line_of(&real, "planned_end"), &end)
}

#[test]
fn a_countersigned_signal_counts_only_with_the_other_sides_word() {
    let (_directory, _path, hub) = countersigned();
    let api = hub.api();

    let pending = api.signal("start");
    let id = pending.json()["pending"].clone();
    let shown = api.tally()["pending"].clone();
    let own = api.post("/api/signal", Role::Organizer, &json!({"signal": "start", "confirm": id}));
    let other = api.post("/api/signal", Role::Adjudicator, &json!({"signal": "start", "confirm": id}));
    let repeated = api.post("/api/signal", Role::Adjudicator, &json!({"signal": "start", "confirm": id}));

    assert_eq!(pending.status, 202, "{}", pending.text());
    assert_eq!((&shown["signal"], &shown["by"]), (&json!("start"), &json!("organizer")));
    assert_eq!((own.status, other.status, repeated.status), (409, 200, 409), "{}", other.text());
    assert_eq!(other.json()["by"], "organizer+adjudicator");
}

fn line_of(text: &str, key: &str) -> String {
    text.lines().find(|line| line.starts_with(key)).unwrap().to_owned()
}

#[test]
fn a_malformed_signal_is_answered_with_what_to_send() {
    let (_directory, _path, hub) = rehearsal();
    let api = hub.api();

    for body in [json!({}), json!({"signal": "pause"}), json!("start"), json!({"signal": "start", "confirm": "x"})] {
        let refused = api.post("/api/signal", Role::Organizer, &body);
        assert_eq!((refused.status, refused.media.as_str()), (400, "application/problem+json"), "{body}");
    }
    assert_eq!(api.post("/api/signal", Role::Auditor, &json!({"signal": "start"})).status, 403);
    assert_eq!(api.get("/api/signal", Role::Organizer).status, 405);
}

/// The adjudicator's word to what the organizer has asked for; answers with the status.
fn agree(api: &Api, signal: &str, pending: &serde_json::Value) -> u16 {
    api.post("/api/signal", Role::Adjudicator, &json!({"signal": signal, "confirm": pending["pending"]})).status
}

#[test]
fn a_close_that_would_be_refused_is_not_put_before_the_other_side() {
    let (_directory, _path, hub) = countersigned();
    let api = hub.api();
    let start = api.signal("start");
    assert_eq!(agree(&api, "start", &start.json()), 200);

    let close = api.signal("close");

    assert_eq!(close.status, 409, "{}", close.text());
    assert!(close.json()["remedy"].as_str().unwrap().contains("end signal first"), "{}", close.text());
    assert!(api.tally()["pending"].is_null());
}

#[test]
fn a_mistaken_signal_is_taken_back_only_with_the_other_sides_word_even_where_one_side_gives_signals() {
    let (_directory, path, hub) = real("single");
    let api = hub.api();
    let nothing = api.signal("void");
    let start = api.signal("start");

    let void = api.signal("void");
    let running = api.tally()["phase"].clone();
    let own = api.post("/api/signal", Role::Organizer, &json!({"signal": "void", "confirm": void.json()["pending"]}));
    let agreed = agree(&api, "void", &void.json());
    let waiting = api.tally();
    let again = api.signal("start");
    hub.stop().unwrap();

    assert_eq!((nothing.status, start.status, void.status, own.status, agreed), (409, 200, 202, 409, 200));
    assert_eq!((&running, &waiting["phase"], &waiting["start"]), (&json!("running"), &json!("waiting"), &json!(null)));
    assert_eq!(again.status, 200, "{}", again.text());
    assert_eq!(count(&entries(&path), "signal"), 3);
}

#[test]
fn a_void_that_waits_does_not_take_back_a_signal_that_was_given_later() {
    let (_directory, _path, hub) = real("single");
    let api = hub.api();
    let start = api.signal("start");

    let waits = api.signal("void");
    let refused = api.signal("start");
    let still = api.tally()["pending"]["signal"].clone();
    let end = api.signal("end");
    let agreed = agree(&api, "void", &waits.json());

    assert_eq!((start.status, waits.status, refused.status, end.status, agreed), (200, 202, 409, 200, 409));
    assert_eq!(still, "void");
    let tally = api.tally();
    assert_eq!((&tally["phase"], &tally["pending"]), (&json!("ended"), &json!(null)));
}

#[test]
fn everybody_hears_of_a_void_at_once_and_is_counted_by_the_signals_that_stand() {
    let (_directory, path, hub) = rehearsal();
    let api = hub.api();
    let mut page = api.join("Sari");
    let heard = std::thread::spawn(move || told(&mut page));
    let mut pause = api.join("Budi");
    let heard_too = std::thread::spawn(move || told(&mut pause));

    // Each change is waited for: two that come together are told as one.
    let signals = ["start", "void", "start", "end", "void", "end"].map(|signal| {
        std::thread::sleep(std::time::Duration::from_millis(200));
        api.signal(signal).status
    });
    let close = api.signal("close");
    let late = api.signal("void");
    let tally = api.tally();
    let told = [heard.join().unwrap(), heard_too.join().unwrap()];
    hub.stop().unwrap();

    assert_eq!((signals, close.status, late.status), ([200; 6], 200, 409));
    assert_eq!((&tally["certifiable"], &tally["final"]), (&json!(2), &json!(true)));
    for phases in told {
        assert_eq!(phases, ["waiting", "running", "waiting", "running", "ended", "running", "ended"]);
    }
    let voids: Vec<_> = entries(&path)
        .into_iter()
        .filter_map(|entry| if let Event::Signalled(signalled) = entry.event { signalled.voids } else { None })
        .collect();
    assert_eq!(voids.len(), 2);
}

/// The phases that a page is told of, up to its close; it answers every challenge.
fn told(page: &mut Page) -> Vec<String> {
    let mut phases = Vec::new();
    while let Ok(message) = page.read() {
        if message["t"] == "lesson" {
            phases.push(message["phase"].as_str().unwrap().to_owned());
        }
    }
    phases
}
