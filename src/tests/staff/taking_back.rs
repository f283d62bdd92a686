//! A signal given by mistake is taken back.

use hadir::{
    attempt::{links::Role, template},
    domain::time::UnixMillis,
    server::clock::Clock,
};
use serde_json::json;

use crate::support::{Hub, attempt, quick_rehearsal};

#[test]
fn a_signal_is_taken_back_by_both_sides_even_where_one_may_give_it() {
    let real = quick_rehearsal().replace("rehearsal = true", "rehearsal = false");
    let (_directory, path) = attempt(&around_now(&real));
    let hub = Hub::start(&path);
    let api = hub.api();
    let void = json!({"signal": "void"});

    let nothing = api.post("/api/signal", Role::Organizer, &void);
    let start = api.signal("start");
    let pending = api.post("/api/signal", Role::Adjudicator, &void);
    let before = api.tally();
    let confirm = json!({"signal": "void", "confirm": pending.json()["pending"]});
    let given = api.post("/api/signal", Role::Organizer, &confirm);
    let after = api.tally();

    assert_eq!((nothing.status, start.status, pending.status, given.status), (409, 200, 202, 200), "{}", given.text());
    assert_eq!((&before["phase"], &after["phase"]), (&json!("running"), &json!("waiting")));
    assert_eq!(given.json()["by"], "adjudicator+organizer");
}

/// The declaration with its lesson planned for now.
fn around_now(declaration: &str) -> String {
    let now = Clock::system(None).now_millis();
    let planned = template::attempt(UnixMillis(now.0 - 1_800_000));
    ["planned_start", "planned_end"].iter().fold(declaration.to_owned(), |text, key| {
        let line = line_of(&text, key);
        text.replace(&line, &line_of(&planned, key))
    })
}

fn line_of(text: &str, key: &str) -> String {
    text.lines().find(|line| line.starts_with(key)).unwrap().to_owned()
}
