//! Signals: who may give which, when, and with whose word.

use std::path::PathBuf;

use hadir::attempt::links::Role;
use serde_json::json;
use tempfile::TempDir;

use super::rehearsal;
use crate::support::{Api, Hub, attempt, quick_rehearsal};

/// A real attempt whose planned start is now, so that it can be signalled; each signal needs two sides.
fn countersigned() -> (TempDir, PathBuf, Hub) {
    let real = quick_rehearsal().replace("rehearsal = true", "rehearsal = false");
    let real = real.replace(r#"signals = "single""#, r#"signals = "countersigned""#);
    let now = hadir::server::clock::Clock::system(None).now_millis();
    let planned = hadir::attempt::template::attempt(hadir::domain::time::UnixMillis(now.0 - 1_800_000));
    let (start, end) = (line_of(&planned, "planned_start"), line_of(&planned, "planned_end"));
    let real = real.replace(&line_of(&real, "planned_start"), &start).replace(&line_of(&real, "planned_end"), &end);
    let (directory, path) = attempt(&real);
    let hub = Hub::start(&path);
    (directory, path, hub)
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
