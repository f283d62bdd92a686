//! What is decided after the lesson: claims and their answers, later versions of the declaration, outages.

use std::{fs, time::Duration};

use hadir::{attempt::links::Role, server::clock::Clock};
use serde_json::{Value, json};

use super::team::{Team, act, agree, sound_bundle, team_of};
use crate::support::{Page, count, entries, rehearsal_at};

/// A rehearsal now: claims are taken for a week.
fn declaration() -> String {
    rehearsal_at(Clock::system(None).now_millis())
}

fn ticket(team: &Team) -> &str {
    team.participant["ticket"].as_str().unwrap()
}

fn standing(team: &Team) -> Value {
    team.hub.api().get_with("/api/standing", Some(ticket(team))).json()
}

/// Gives a signal, and says so where it was not taken.
fn signal(team: &Team, signal: &str) {
    let given = team.hub.api().signal(signal);
    assert_eq!(given.status, 200, "{}", given.text());
}

#[test]
fn who_is_not_counted_reads_why_claims_to_have_been_there_and_reads_the_answer() {
    let team = team_of(&declaration());
    let api = team.hub.api();
    let claim = |kind: &str| api.post_with("/api/claim", Some(ticket(&team)), &json!({ "kind": kind }));
    signal(&team, "start");
    let early = claim("present");
    signal(&team, "end");
    signal(&team, "close");

    let before = standing(&team);
    let at_once: Vec<_> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..8).map(|_| scope.spawn(|| claim("present").status)).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    let made = claim("present");
    let again = claim("present");
    let unknown = claim("because");
    let stranger = api.post_with("/api/claim", Some("nobody's"), &json!({"kind": "present"}));
    let seq = made.json()["seq"].clone();
    let listed = api.get("/api/claims", Role::Adjudicator).json();
    let reason = "the log has no connection of your link";
    let answered = act(&api, &team.adjudicator, &json!({"answer": {"claim": seq, "upheld": false, "reason": reason}}));
    let after = standing(&team);
    team.hub.stop().unwrap();

    assert_eq!((early.status, made.status, unknown.status, stranger.status), (409, 200, 400, 401));
    assert!(at_once.contains(&200) && at_once.iter().all(|status| [200, 409].contains(status)), "{at_once:?}");
    assert_eq!((again.status, &again.json()["seq"]), (200, &seq), "a browser that sends twice is not refused");
    assert_eq!(
        (&before["status"], &before["reason"], &before["final"], &before["claims"]["open"]),
        (&json!("not_certified"), &json!("never_joined"), &json!(true), &json!(true))
    );
    assert!(before["sentence"]["id"].as_str().unwrap().contains("tidak pernah dibuka"));
    assert_eq!((&listed["claims"][0]["seq"], &listed["claims"][0]["answer"]), (&seq, &Value::Null));
    assert_eq!(answered.status, 200, "{}", answered.text());
    let answer = &after["claims"]["mine"][0]["answer"];
    assert_eq!((&answer["upheld"], &answer["reason"]), (&json!(false), &json!(reason)));
    assert_eq!(count(&entries(&team.path), "claim"), 1);
    let claims = fs::read_to_string(sound_bundle(&team.path).join("claims.csv")).unwrap();
    assert!(claims.contains(",present,") && claims.contains(&format!(",no,{reason}")), "{claims}");
}

#[test]
fn a_later_version_of_the_declaration_is_visible_at_once_and_in_force_when_both_sides_agree() {
    let team = team_of(&declaration());
    let api = team.hub.api();
    let hand_in = |toml: &str| {
        let answer = api.post_with("/api/declaration", Some(&team.organizer.token), &json!({ "toml": toml }));
        (answer.status, answer.json())
    };
    let versions = || api.get("/api/declarations", Role::Screen).json()["versions"].clone();
    let mut page = Page::open(team.hub.address);
    signal(&team, "start");
    // Somebody who comes after the start is late by the first version: in a later millisecond.
    std::thread::sleep(Duration::from_millis(5));
    page.hello(ticket(&team), "d");
    page.counted();
    let keeps = std::thread::spawn(move || page.closed());

    let lenient = declaration().replace("late_ms = 0", "late_ms = 600000");
    let (moved, problem) = hand_in(&declaration().replace("challenge_ms = 1000", "challenge_ms = 2000"));
    let (broken, mistakes) = hand_in("title = ");
    let shared = api.post("/api/declaration", Role::Organizer, &json!({"toml": lenient}));
    let other_side = api.post_with("/api/declaration", Some(&team.adjudicator.token), &json!({"toml": lenient})).status;
    let (status, taken) = hand_in(&lenient);
    let proposed = versions();
    let (_, agreed) = agree(&api, &team, &json!({"declare": {"version": taken["seq"], "reason": "a flood"}}));
    let in_force = versions();
    let rule = api.get_with("/api/about", None).json()["rule"]["en"].clone();
    signal(&team, "end");
    team.hub.stop().unwrap();
    keeps.join().unwrap();

    assert_eq!((moved, broken, shared.status, other_side, status), (409, 422, 403, 403, 200), "{taken}");
    assert!(problem["detail"].as_str().unwrap().contains("`liveness` cannot be changed"), "{problem}");
    assert!(mistakes["detail"].as_str().unwrap().contains("not valid"), "{mistakes}");
    assert_eq!((&proposed[0]["state"], &proposed[1]["state"]), (&json!("first"), &json!("proposed")));
    assert_eq!(agreed.status, 200, "{}", agreed.text());
    assert_eq!((&in_force[0]["state"], &in_force[1]["state"]), (&json!("superseded"), &json!("in_force")));
    assert_eq!((&in_force[0]["certifiable"], &in_force[1]["certifiable"]), (&json!(0), &json!(1)));
    assert!(rule.as_str().unwrap().contains("600 s after the start"), "{rule}");
    let bundle = sound_bundle(&team.path);
    let table = fs::read_to_string(bundle.join("versions.csv")).unwrap();
    assert!(table.contains(",superseded,0") && table.contains(",in_force,1"), "{table}");
    // The log holds the version's file byte for byte.
    assert!(fs::read_to_string(bundle.join("log/entries.jsonl")).unwrap().contains("late_ms = 600000"));
}

#[test]
fn a_door_is_told_who_was_struck_out_although_the_scan_is_kept() {
    let hall = "\n[[venue]]\nid = \"hall\"\nname = \"Aula\"\ndoors = [\"north\"]\n";
    let team = team_of(&(declaration() + hall));
    let api = team.hub.api();
    signal(&team, "start");
    let person = api.post("/api/person", Role::Organizer, &json!({"find": team.participant["reference"]})).json();
    let (_, struck) = agree(&api, &team, &json!({"strike": {"person": person["person"], "reason": "a bot"}}));
    // A door's clock that is three hours fast says both times by itself.
    let fast = |ago_ms: i64| {
        let now = Clock::system(None).now_millis();
        hadir::domain::time::UnixMillis(now.0 + 3 * 3_600_000 - ago_ms).to_string()
    };
    let scan = json!({"scan": "01000000-0000-4000-8000-000000000000", "way": "in", "venue": "hall", "door": "north",
        "who": {"ref": team.participant["reference"]}, "method": "typed", "card": true, "device_at": fast(2_000)});

    let answer = api.post("/api/scans", Role::Steward, &json!({"device_at": fast(0), "scans": [scan]})).json();
    team.hub.stop().unwrap();

    assert_eq!(struck.status, 200, "{}", struck.text());
    assert_eq!(
        (&answer["results"][0]["outcome"], &answer["results"][0]["note"]),
        (&json!("recorded"), &json!("struck"))
    );
    let scans = fs::read_to_string(sound_bundle(&team.path).join("scans.csv")).unwrap();
    let row: Vec<_> = scans.lines().nth(1).unwrap().split(',').collect();
    let instant = |column: usize| row[column].parse::<hadir::domain::time::UnixMillis>().unwrap().0;
    // Made, device, received: the device's clock is kept as it was, and the time is corrected by its offset.
    assert!((0..3_000).contains(&(instant(10) - instant(8) - 1_900)), "{row:?}");
    assert!((instant(9) - instant(8) - 3 * 3_600_000).abs() < 1_000, "{row:?}");
    assert_eq!(row[11], "");
}

#[test]
fn an_outage_that_nobody_detected_is_not_bridged() {
    let team = team_of(&declaration());
    let api = team.hub.api();
    signal(&team, "start");

    let listed = api.get("/api/incidents", Role::Screen).json();
    let bridge = json!({"bridge": {"from": "2026-11-24T02:05:06.123Z", "to": "2026-11-24T02:06:06.123Z",
        "network": null, "reason": "friends were away"}});
    let refused = act(&api, &team.organizer, &bridge);

    assert_eq!(listed["incidents"], json!([]));
    assert_eq!(refused.status, 409);
    assert!(refused.json()["detail"].as_str().unwrap().contains("no outage"), "{}", refused.text());
    team.hub.stop().unwrap();
}
