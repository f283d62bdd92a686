//! People who act: enrolled by name, each act signed, decided by two sides, and checked by the verifier.

use hadir::attempt::links::Role;
use serde_json::{Value, json};

use super::team::{act, agree, send, sound_bundle, team, text_of};
use crate::support::{Page, count, entries};

#[test]
fn a_signal_needs_the_signatures_of_both_sides_once_both_have_enrolled() {
    let team = team();
    let api = team.hub.api();

    let shared = api.signal("start");
    let proposed = act(&api, &team.organizer, &json!({"signal": {"signal": "start"}}));
    let of = proposed.json()["seq"].clone();
    let own = act(&api, &team.organizer, &json!({"confirm": {"of": of}}));
    let same_side = act(&api, &team.steward, &json!({"confirm": {"of": of}}));
    let waiting = api.tally()["phase"].clone();
    let other = act(&api, &team.adjudicator, &json!({"confirm": {"of": of}}));
    let again = act(&api, &team.adjudicator, &json!({"confirm": {"of": of}}));
    let early = act(&api, &team.organizer, &json!({"signal": {"signal": "end"}}));
    let late_key = api.post_with("/api/staff/key", Some(&team.steward.token), &json!({"key": "11".repeat(32)}));

    assert_eq!((shared.status, proposed.status, own.status, same_side.status), (409, 200, 409, 409));
    assert_eq!((waiting, other.status, again.status), (json!("waiting"), 200, 409), "{}", other.text());
    assert_eq!(other.json()["signal"]["signal"], "start");
    assert_eq!(api.tally()["phase"], "running");
    assert_eq!((early.status, late_key.status), (409, 409), "{}", early.text());
}

#[test]
fn a_strike_holds_until_the_other_side_confirms_it_and_is_reversed_by_both() {
    let team = team();
    let api = team.hub.api();
    let mut page = Page::open(team.hub.address);
    page.hello(team.participant["ticket"].as_str().unwrap(), "d");
    page.counted();
    let keeps = std::thread::spawn(move || page.closed());
    assert_eq!(agree(&api, &team, &json!({"signal": {"signal": "start"}})).1.status, 200);
    let look = || api.post("/api/person", Role::Organizer, &json!({"find": team.participant["reference"]})).json();
    let person = look()["person"].clone();
    let by_name_in_the_log = api.post("/api/person", Role::Adjudicator, &json!({ "find": person })).json();
    assert_eq!(by_name_in_the_log["ref"], team.participant["reference"]);
    let strike = json!({"strike": {"person": person, "reason": "two phones, one human"}});

    let proposed = act(&api, &team.organizer, &strike).json()["seq"].clone();
    let (held, twice) = (look(), act(&api, &team.organizer, &strike));
    let confirmed = act(&api, &team.adjudicator, &json!({"confirm": {"of": proposed}}));
    let (struck, present) = (look(), api.tally()["present"].clone());
    let (_, reversed) = agree(&api, &team, &json!({"reverse": {"strike": proposed, "reason": "two humans"}}));
    let back = look();
    let (_, nothing) = (0, act(&api, &team.organizer, &json!({"reverse": {"strike": proposed, "reason": "again"}})));
    let listed = api.get("/api/acts", Role::Auditor).json();
    let on_the_wall = api.get("/api/acts", Role::Screen).status;
    team.hub.stop().unwrap();
    keeps.join().unwrap();

    assert_eq!(on_the_wall, 403, "the big screen's link names nobody");
    assert_eq!(
        (&held["status"], &struck["status"], &back["status"]),
        (&json!("held"), &json!("excluded"), &json!("certified"))
    );
    assert_eq!((&struck["reason"], present), (&json!("struck"), json!(0)));
    assert!(struck["sentence"]["id"].as_str().unwrap().contains("dua pihak"));
    assert_eq!((twice.status, confirmed.status, reversed.status, nothing.status), (409, 200, 200, 409));
    assert_eq!((listed["staff"].as_array().unwrap().len(), listed["acts"].as_array().unwrap().len()), (3, 6));
    assert_eq!((count(&entries(&team.path), "act"), count(&entries(&team.path), "staff")), (6, 3));
    let out = sound_bundle(&team.path);
    let strikes = std::fs::read_to_string(out.join("strikes.csv")).unwrap();
    assert!(strikes.contains("\"two phones, one human\",") && strikes.contains(",confirmed,"), "{strikes}");
    assert!(!std::fs::read_to_string(out.join("log/entries.jsonl")).unwrap().contains("Siti"));
}

#[test]
fn an_act_with_a_wrong_or_replayed_signature_for_another_log_or_by_another_person_is_none() {
    let team = team();
    let api = team.hub.api();
    let note = |text: &str| json!({"note": {"text": text}});
    let good = text_of(&team.organizer, &note("the hall is open"));
    let another_log = good.replace(&team.organizer.origin, "hadir/elsewhere");
    let named = text_of(&team.adjudicator, &note("I am somebody else"));

    let forged = send(&api, &team.organizer, &good, &team.adjudicator.key);
    let first = send(&api, &team.organizer, &good, &team.organizer.key);
    let replayed = send(&api, &team.organizer, &good, &team.organizer.key);
    let elsewhere = send(&api, &team.organizer, &another_log, &team.organizer.key);
    let borrowed = send(&api, &team.organizer, &named, &team.organizer.key);
    let endless = act(&api, &team.organizer, &note(&"x".repeat(40_000)));
    let megabyte = json!({"text": text_of(&team.organizer, &note(&"x".repeat(1_000_000))), "sig": "00".repeat(64)});
    assert!(api.refuses_the_size_of("/api/act", &team.organizer.token, &megabyte));
    let long = act(&api, &team.organizer, &note(&"x".repeat(1_001)));
    let odd = act(&api, &team.organizer, &note("=HYPERLINK(\"x\"),\r\n\u{202e}😀"));
    let unsigned = api.post_with("/api/act", Some(&team.organizer.token), &json!({"text": good}));
    let shared = api.post("/api/act", Role::Organizer, &json!({"text": good, "sig": ""}));
    team.hub.stop().unwrap();

    let refused = [&forged, &replayed, &elsewhere, &borrowed, &long].map(|answer| answer.status);
    assert_eq!((first.status, odd.status, refused), (200, 200, [409; 5]));
    assert_eq!((endless.status, unsigned.status, shared.status), (413, 400, 403));
    assert_eq!(count(&entries(&team.path), "act"), 2);
}

#[test]
fn two_rows_that_turn_out_to_be_one_human_count_once_after_both_sides_agree() {
    let team = team();
    let api = team.hub.api();
    let late = api.post("/api/link", Role::Organizer, &json!({"person_ref": team.participant["reference"]}));
    let name = |id: &str| api.post("/api/person", Role::Organizer, &json!({ "find": id })).json()["person"].clone();
    let names: Vec<Value> = ["id:A-2", "id:A-1"].map(name).to_vec();
    let before = api.tally()["registered"].as_u64().unwrap();
    let merge = json!({"merge": {"from": names[0], "into": names[1], "reason": "registered twice"}});
    let itself = json!({"merge": {"from": names[0], "into": names[0], "reason": "registered twice"}});

    let (of, agreed) = agree(&api, &team, &merge);
    let twice = act(&api, &team.organizer, &merge);
    let alone = act(&api, &team.organizer, &itself);
    let after = api.tally()["registered"].as_u64().unwrap();
    team.hub.stop().unwrap();

    assert_eq!((late.status, agreed.status, twice.status, alone.status), (200, 200, 409, 409), "{}", agreed.text());
    assert_eq!(after, before - 1);
    let out = sound_bundle(&team.path);
    let acts = std::fs::read_to_string(out.join("acts.csv")).unwrap();
    assert!(acts.contains(&format!("\n{of},")) && acts.contains(",merge,"), "{acts}");
}

#[test]
fn the_link_of_somebody_who_acts_is_never_made_anew_over_the_network() {
    let team = team();
    let api = team.hub.api();
    let of = |role: &str| {
        let find = json!({"find": format!("email:{role}@example.org")});
        api.post("/api/person", Role::Organizer, &find).json()["ref"].clone()
    };

    let adjudicators = api.post("/api/link", Role::Organizer, &json!({"person_ref": of("adjudicator")}));
    let participants = api.post("/api/link", Role::Organizer, &json!({"person_ref": team.participant["reference"]}));

    assert_eq!((adjudicators.status, participants.status), (409, 200), "{}", adjudicators.text());
    assert!(adjudicators.json()["remedy"].as_str().unwrap().contains("hadir roster reissue"));
}
