//! The staff's API, the evidence routes and the registration: who may ask, and what is answered.

mod acts;
mod checks;
mod closing;
mod description;
mod hall;
mod reviews;
mod signals;
mod team;

use hadir::{
    attempt::links::{ROLES, Role},
    domain::ids::EntryIndex,
    evidence::{
        checkpoint::VerifierKey,
        receipt::Receipt,
        verify::{Asked, Verdict, verify},
    },
};
use serde_json::{Value, json};

use crate::support::{Api, Hub, Page, attempt, count, entries, eventually, quick_rehearsal};

const STAFF_ROUTES: [&str; 3] = ["/api/tally", "/api/timeline", "/api/live"];

fn rehearsal() -> (tempfile::TempDir, std::path::PathBuf, Hub) {
    let (directory, path) = attempt(&quick_rehearsal());
    let hub = Hub::start(&path);
    (directory, path, hub)
}

/// The size of the newest checkpoint that anybody can read.
fn published(api: &Api) -> u64 {
    let note = api.get_with("/checkpoint", None);
    note.text().lines().nth(1).and_then(|size| size.parse().ok()).unwrap_or_default()
}

#[test]
fn nobody_without_a_token_of_their_role_reads_counts_or_persons() {
    let (_directory, _path, hub) = rehearsal();
    let api = hub.api();

    for path in STAFF_ROUTES.iter().chain(&["/api/people", "/tile/entries/000.p/1"]) {
        for token in [None, Some(""), Some("wrong"), Some("Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFy")] {
            let refused = api.get_with(path, token);
            assert_eq!((refused.status, refused.media.as_str()), (401, "application/problem+json"), "{path}");
            assert_eq!(refused.headers["www-authenticate"], "Bearer");
        }
    }
    for role in [Role::Screen, Role::Steward, Role::Adjudicator] {
        assert_eq!(api.get("/api/people", role).status, 403);
        assert_eq!(api.get("/tile/entries/000.p/1", role).status, 403);
        assert_eq!(api.post("/api/link", role, &json!({"person_ref": "K7M-29QX"})).status, 403);
    }
    for role in ROLES {
        assert_eq!(api.get("/api/tally", role).status, 200);
    }
}

#[test]
fn the_tally_says_who_is_there_under_which_rule_and_on_what_evidence() {
    let (_directory, _path, hub) = rehearsal();
    let api = hub.api();
    let _page = api.join("Sari");

    let tally = api.tally();

    assert_eq!((&tally["present"], &tally["ever_joined"], &tally["connections"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!(
        (&tally["phase"], &tally["final"], &tally["health"]),
        (&json!("waiting"), &json!(false), &json!("recording"))
    );
    assert_eq!(tally["root"].as_str().unwrap().len(), 64);
    assert!(tally["rule"]["en"].as_str().unwrap().contains("present throughout"), "{tally}");
    assert!(tally["age_ms"].is_u64() && tally["at"].is_string() && tally["peak"]["at"].is_array());
}

#[test]
fn a_lesson_runs_from_start_to_close_and_everybody_is_sent_home() {
    let (_directory, path, hub) = rehearsal();
    let api = hub.api();
    let mut page = api.join("Sari");

    let before = api.signal("end");
    let start = api.signal("start");
    let twice = api.signal("start");
    let early_close = api.signal("close");
    let reading = std::thread::spawn(move || {
        let mut phases = Vec::new();
        loop {
            match page.read() {
                Ok(message) if message["t"] == "lesson" => phases.push(message["phase"].clone()),
                Ok(_) => {}
                Err(code) => return (phases, code),
            }
        }
    });
    let end = api.signal("end");
    let close = api.signal("close");
    let (phases, code) = reading.join().unwrap();

    assert_eq!((before.status, start.status, twice.status, early_close.status), (409, 200, 409, 409));
    assert!(before.json()["remedy"].as_str().unwrap().contains("start signal first"), "{}", before.text());
    assert_eq!((end.status, close.status), (200, 200), "{}", close.text());
    assert_eq!(code, Some(1000));
    assert!(phases.ends_with(&[json!("running"), json!("ended")]), "{phases:?}");
    let tally = api.tally();
    assert_eq!((&tally["phase"], &tally["final"], &tally["full_lesson"]), (&json!("closed"), &json!(true), &json!(1)));
    assert_eq!(published(&api), tally["size"].as_u64().unwrap());
    let mut late = Page::open(hub.address);
    late.hello(&api.register("Sari"), "another device");
    assert_eq!(late.closed(), Some(1000));
    hub.stop().unwrap();
    let entries = entries(&path);
    assert_eq!((count(&entries, "join"), count(&entries, "leave"), count(&entries, "close")), (1, 1, 1));
    assert_eq!(entries.last().unwrap().event.kind(), "close");
}

#[test]
fn a_closed_attempt_is_served_again_without_a_new_entry() {
    let (_directory, path, hub) = rehearsal();
    let api = hub.api();
    for signal in ["start", "end", "close"] {
        assert_eq!(api.signal(signal).status, 200);
    }
    hub.stop().unwrap();
    let closed = entries(&path);

    let hub = Hub::start(&path);
    let tally = hub.api().tally();
    let again = hub.api().signal("start");
    hub.stop().unwrap();

    assert_eq!((&tally["phase"], again.status), (&json!("closed"), 409));
    assert_eq!(entries(&path), closed);
}

#[test]
fn a_body_is_read_as_json_whatever_its_media_type_says() {
    let (_directory, _path, hub) = rehearsal();
    let api = hub.api();
    let organizer = Some(api.tokens.token(Role::Organizer));
    let person = r#"{"name":"Sari","id":{"type":"email","value":"sari@example.org"}}"#;
    let form = "application/x-www-form-urlencoded";

    let registered = api.post_text("/api/register", None, form, person);
    let linked = api.post_text("/api/link", organizer, form, r#"{"person_ref":"email:sari@example.org"}"#);
    let signalled = api.post_text("/api/signal", organizer, form, r#"{"signal":"start"}"#);
    let broken = api.post_text("/api/signal", organizer, form, "signal=end");
    let endless = api.post_text("/api/signal", organizer, form, &"x".repeat(100_000));

    assert_eq!((registered.status, linked.status, signalled.status), (200, 200, 200), "{}", registered.text());
    assert_eq!((broken.status, broken.media.as_str()), (400, "application/problem+json"));
    assert!(broken.json()["detail"].as_str().unwrap().contains("line 1 column 1"), "{}", broken.text());
    assert_eq!((endless.status, endless.media.as_str()), (413, "application/problem+json"));
}

#[test]
fn a_route_that_there_is_not_is_a_problem_with_a_remedy() {
    let (_directory, _path, hub) = rehearsal();
    let api = hub.api();

    let absent = ["/api/nothing", "/api/", "/api/signal/x"].map(|path| api.get_with(path, None));
    let wrong = ["/api/signal", "/api/poll"].map(|path| api.get_with(path, None));

    for (answers, status) in [(&absent[..], 404), (&wrong[..], 405)] {
        for answer in answers {
            assert_eq!((answer.status, answer.media.as_str()), (status, "application/problem+json"));
            assert!(!answer.json()["remedy"].as_str().unwrap().is_empty());
        }
    }
    assert!(wrong.iter().all(|answer| answer.headers["allow"] == "POST"));
}

#[test]
fn a_receipt_proves_the_join_once_a_checkpoint_covers_it() {
    let (_directory, path, hub) = rehearsal();
    let api = hub.api();
    let ticket = api.register("Sari");
    let mut page = Page::open(hub.address);
    page.hello(&ticket, "a");
    let seq = page.counted()["seq"].as_u64().unwrap();

    let far = api.get_with("/api/receipt?seq=1000000", Some(&ticket));
    let receipt = eventually("the receipt", || {
        let answer = api.get_with(&format!("/api/receipt?seq={seq}"), Some(&ticket));
        (answer.status == 200).then(|| answer.text())
    });
    let stranger = api.get_with(&format!("/api/receipt?seq={seq}"), Some("nobody"));
    let unasked = api.get_with("/api/receipt", Some(&ticket));

    assert_eq!((far.status, far.headers["retry-after"].to_str().unwrap()), (404, "1"));
    assert_eq!((stranger.status, unasked.status), (401, 400));
    drop(page);
    hub.stop().unwrap();
    let key: VerifierKey = std::fs::read_to_string(path.join("log/log.vkey")).unwrap().parse().unwrap();
    let journal = hadir::log::Journal::reader(&path.join("private/journal.db")).unwrap();
    let line = journal.entries(EntryIndex(seq), 1).unwrap().remove(0);
    let receipt: Receipt = receipt.parse().unwrap();
    assert!(receipt.verify(&line.bytes, &key).unwrap().size.0 > seq);
}

#[test]
fn hash_tiles_are_for_everybody_and_entries_for_the_auditor() {
    let (_directory, _path, hub) = rehearsal();
    let api = hub.api();
    let size = eventually("a checkpoint", || Some(published(&api)).filter(|size| *size > 0));

    let hashes = api.get_with(&format!("/tile/0/000.p/{size}"), None);
    let entries = api.get(&format!("/tile/entries/000.p/{size}"), Role::Auditor);
    let strange = api.get_with("/tile/../private/keys/log.key", None);
    let encoded = api.get_with("/tile/%2e%2e/%2e%2e/private/keys/log.key", None);

    assert_eq!((hashes.status, hashes.bytes.len() as u64), (200, 32 * size));
    assert_eq!(entries.status, 200);
    assert!(entries.text().contains(r#""k":"open""#));
    assert_eq!((strange.status, encoded.status), (404, 404));
}

#[test]
fn a_new_link_withdraws_the_old_one_and_closes_what_it_opened() {
    let (_directory, path, hub) = rehearsal();
    let api = hub.api();
    let old = api.register("Sari");
    let mut page = Page::open(hub.address);
    page.hello(&old, "a");
    page.counted();

    let reissued = api.post("/api/link", Role::Organizer, &json!({"person": "email:sari@example.org"}));
    let code = page.closed();
    let mut by_old = Page::open(hub.address);
    by_old.hello(&old, "a");
    let refused = by_old.closed();
    let mut by_new = Page::open(hub.address);
    by_new.hello(reissued.json()["ticket"].as_str().unwrap(), "a");
    by_new.counted();
    let nobody = api.post("/api/link", Role::Organizer, &json!({"person_ref": "email:nobody@example.org"}));

    assert_eq!(reissued.status, 200, "{}", reissued.text());
    assert!(code == Some(1008) || code.is_some_and(|code| code >= 4500), "{code:?}");
    assert_eq!((refused, nobody.status), (Some(1008), 404));
    hub.stop().unwrap();
    assert_eq!(count(&entries(&path), "revoke"), 1);
}

#[test]
fn a_known_identifier_registers_the_same_person_and_nonsense_registers_nobody() {
    let (_directory, path, hub) = rehearsal();
    let api = hub.api();
    let body = |name: &str, kind: &str, value: &str| json!({"name": name, "id": {"type": kind, "value": value}});

    let first = api.post_with("/api/register", None, &body("Sari", "email", "sari@example.org"));
    let again = api.post_with("/api/register", None, &body("Sari Dewi", "email", "SARI@example.org"));

    assert_eq!(first.json()["person"], again.json()["person"]);
    assert!(first.json()["url"].as_str().unwrap().contains("/join#"));
    for refused in
        [body("", "email", "x@example.org"), body("Budi", "email", "x"), body("Budi", "shoe", "42"), json!([])]
    {
        let answer = api.post_with("/api/register", None, &refused);
        assert_eq!(answer.status, 400, "{refused}");
        assert!(answer.json()["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()));
    }
    hub.stop().unwrap();
    assert_eq!(count(&entries(&path), "person"), 1);
}

#[test]
fn a_closed_roster_registers_nobody() {
    let (_directory, path) =
        attempt(&quick_rehearsal().replace("open_registration = true", "open_registration = false"));
    let hub = Hub::start(&path);

    let refused = hub.api().post_with(
        "/api/register",
        None,
        &json!({"name": "Sari", "id": {"type": "email", "value": "s@example.org"}}),
    );

    assert_eq!(refused.status, 403);
}

#[test]
fn the_stream_brings_the_newest_tally_and_again_within_seconds() {
    use std::io::{BufRead, BufReader};

    let (_directory, _path, hub) = rehearsal();
    let api = hub.api();
    let token = api.tokens.token(Role::Screen).to_owned();
    let response = ureq::get(format!("http://{}/api/live", api.address))
        .header("authorization", format!("Bearer {token}"))
        .call()
        .unwrap();
    let mut lines = BufReader::new(response.into_body().into_reader()).lines().map_while(Result::ok);
    let mut next = || -> Value {
        let line = lines.find(|line| line.starts_with("data:")).unwrap();
        serde_json::from_str(line.trim_start_matches("data:")).unwrap()
    };

    let before = next();
    let quiet: Vec<_> = (0..4).map(|_| next()).collect();
    let _page = api.join("Sari");
    let after = (0..40).map(|_| next()).find(|tally| tally["present"] == 1);

    let aged =
        |two: &[Value]| two[0]["size"] == two[1]["size"] && two[0]["age_ms"].as_u64() < two[1]["age_ms"].as_u64();
    assert_eq!(before["present"], 0);
    assert!(quiet.windows(2).any(aged), "it speaks although nothing changes: {quiet:?}");
    assert!(after.is_some());
}

#[test]
fn the_tables_show_each_person_and_each_second() {
    let (_directory, _path, hub) = rehearsal();
    let api = hub.api();
    let _page = api.join("Sari");

    let people = api.get("/api/people", Role::Auditor).json();
    let timeline = api.get("/api/timeline", Role::Screen).json();

    assert_eq!(people.as_array().unwrap().len(), 1);
    assert_eq!((&people[0]["status"], &people[0]["reason"]), (&json!("not_certified"), &json!("no_start")));
    assert!(timeline.as_array().unwrap().iter().any(|second| second["connections"].is_u64()));
}

#[test]
fn machines_see_whether_the_hub_lives_records_and_how_fast() {
    let (_directory, _path, hub) = rehearsal();
    let api = hub.api();
    let _page = api.join("Sari");

    let (alive, ready, metrics) =
        (api.get_with("/healthz", None), api.get_with("/readyz", None), api.get_with("/metrics", None));

    assert_eq!((alive.status, ready.status, metrics.status), (200, 200, 200), "{}", ready.text());
    assert!(metrics.text().contains("hadir_joins_total 1\n") && metrics.text().contains("hadir_connections 1\n"));
}

#[test]
fn anybody_may_know_what_the_attempt_is_before_it_begins() {
    let (_directory, _path, hub) = rehearsal();

    let about = hub.api().get_with("/api/about", None).json();

    assert_eq!((&about["rehearsal"], &about["open_registration"]), (&json!(true), &json!(true)));
    assert!(about["rule"]["id"].is_string() && about["planned_start"].is_string());
}

#[test]
fn the_bundle_that_staff_download_during_the_lesson_is_sound() {
    let (_directory, path, hub) = rehearsal();
    let api = hub.api();
    let _page = api.join("Sari");
    assert_eq!(api.signal("start").status, 200);

    let refused = api.get("/api/bundle", Role::Screen);
    let bundle = api.get("/api/bundle", Role::Organizer);

    assert_eq!((refused.status, bundle.status, bundle.media.as_str()), (403, 200, "application/zip"));
    assert!(bundle.headers["content-disposition"].to_str().unwrap().contains(".zip"));
    assert!(!path.join("private/download.zip").exists());
    let unpacked = tempfile::tempdir().unwrap();
    zip::ZipArchive::new(std::io::Cursor::new(bundle.bytes)).unwrap().extract(unpacked.path()).unwrap();
    let key = std::fs::read_to_string(path.join("log/log.vkey")).unwrap().parse().unwrap();
    let asked = Asked { key: Some(key), noted: None };
    let report = verify(unpacked.path(), &asked);
    assert_eq!(report.verdict, Verdict::Sound, "{:?}", report.findings);
}
