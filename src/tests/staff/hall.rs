//! The hall: what doors deliver, in whatever order it comes, and what it proves.

use std::path::{Path, PathBuf};

use hadir::{
    attempt::{Attempt, links::Role},
    domain::event::Event,
    evidence::verify::{Asked, Verdict, verify},
    roster::{Entropy, ImportOptions, OsEntropy},
    server::{clock::Clock, export},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    signals::planned_now,
    team::{act, agree, team_of},
};
use crate::support::{Answer, Api, Hub, attempt, count, entries, quick_rehearsal};

const HALL: &str =
    "\n[[venue]]\nid = \"hall\"\nname = \"Aula\"\ndoors = [\"north\", \"south\"]\n[hall]\ndelay_ms = 600000\n";

/// Four persons of the roster, three of them expected in the hall.
const ROSTER: &str = "name,id,school,venue\n\
    =Siti Aminah,A-1,SMA 1,Aula\nBudi,A-2,SMA 1,hall\n\"O'Neil \"\"Al\"\" 😀\",A-3,SMA 2,aula\nDewi,A-4,SMA 2,\n";

struct House {
    _directory: TempDir,
    path: PathBuf,
    hub: Hub,
}

/// A rehearsal with a hall, running.
fn house() -> House {
    let (directory, path) = attempt(&(quick_rehearsal() + HALL));
    let mut store = Attempt::open(&path).unwrap().open_people().unwrap();
    store.import(ROSTER.as_bytes(), &ImportOptions::default(), &mut OsEntropy).unwrap();
    drop(store);
    let hub = Hub::start(&path);
    assert_eq!(hub.api().signal("start").status, 200);
    House { _directory: directory, path, hub }
}

fn uuid(number: u8) -> String {
    let mut bytes = [0; 16];
    OsEntropy.fill(&mut bytes).unwrap();
    format!(
        "{:02x}000000-0000-4000-8000-{}",
        number,
        bytes.iter().take(6).map(|byte| format!("{byte:02x}")).collect::<String>()
    )
}

fn instant(ago_ms: i64) -> String {
    let now = Clock::system(None).now_millis();
    hadir::domain::time::UnixMillis(now.0 - ago_ms).to_string()
}

fn scan(id: &str, way: &str, door: &str, who: &Value, ago_ms: i64) -> Value {
    json!({"scan": id, "way": way, "venue": "hall", "door": door, "who": who, "method": "typed", "card": true,
        "device_at": instant(ago_ms)})
}

fn deliver(api: &Api, scans: &[Value]) -> Answer {
    api.post("/api/scans", Role::Steward, &json!({"device_at": instant(0), "scans": scans}))
}

fn results(answer: &Answer) -> Vec<(String, Value)> {
    let body = answer.json();
    let results = body["results"].as_array().unwrap();
    results.iter().map(|one| (one["outcome"].as_str().unwrap().to_owned(), one["note"].clone())).collect()
}

/// The page's words for what was refused.
fn codes(answer: &Answer) -> Vec<Value> {
    let body = answer.json();
    body["results"].as_array().unwrap().iter().map(|one| one["code"].clone()).collect()
}

/// References of the hall's list, in the order of the roster.
fn references(api: &Api) -> Vec<String> {
    let list = api.get("/api/hall", Role::Steward).json();
    list["persons"].as_array().unwrap().iter().map(|person| person["ref"].as_str().unwrap().to_owned()).collect()
}

fn people(path: &Path) -> (Verdict, Vec<Vec<String>>) {
    let attempt = Attempt::open(path).unwrap();
    let key = attempt.signing_key().unwrap().verifier().clone();
    let out = path.with_file_name("bundle");
    export::export(&attempt.layout, &key, None, None, &out).unwrap();
    let report = verify(&out, &Asked { key: Some(key), noted: None });
    let text = std::fs::read_to_string(out.join("people.csv")).unwrap();
    (report.verdict, text.lines().skip(1).map(|row| row.split(',').map(str::to_owned).collect()).collect())
}

#[test]
fn a_door_is_given_the_halls_persons_and_nobody_else() {
    let house = house();
    let api = house.hub.api();

    let list = api.get("/api/hall", Role::Steward);

    let names: Vec<_> = list.json()["persons"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, [json!("=Siti Aminah"), json!("Budi"), json!("O'Neil \"Al\" 😀")]);
    assert_eq!(list.json()["venues"][0]["doors"], json!(["north", "south"]));
    assert!(!list.text().contains("Dewi"));
    assert_eq!(api.get("/api/hall", Role::Screen).status, 403);
}

#[test]
fn a_stay_counts_only_when_a_later_scan_proves_it_and_however_often_and_late_it_is_delivered() {
    let house = house();
    let api = house.hub.api();
    let refs = references(&api);
    let [siti, budi, neil] = [0, 1, 2].map(|place: usize| json!({"ref": refs[place]}));
    // Some of the lesson has to pass before a scan can prove any of it.
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    let (enter, leave) = (scan(&uuid(1), "in", "north", &siti, 4_000), scan(&uuid(2), "out", "south", &siti, 100));

    // The exit's door delivers first, then everything comes again.
    let first = results(&deliver(&api, std::slice::from_ref(&leave)));
    let second = results(&deliver(&api, &[enter.clone(), leave.clone()]));
    let third = results(&deliver(&api, &[enter.clone(), enter]));
    let alone = results(&deliver(&api, &[scan(&uuid(3), "in", "north", &budi, 3_000)]));
    let twice = results(&deliver(&api, &[scan(&uuid(4), "in", "south", &budi, 2_000)]));
    let roll = results(&deliver(
        &api,
        &[scan(&uuid(5), "in", "north", &neil, 5_000), scan(&uuid(6), "roll", "north", &neil, 100)],
    ));
    let tally = api.tally();
    let counted = api.post("/api/headcount", Role::Steward, &json!({"venue": "hall", "persons": 3})).json();
    assert_eq!(api.signal("end").status, 200);
    house.hub.stop().unwrap();

    assert_eq!(first, [("recorded".into(), json!("not_inside"))]);
    assert_eq!(second, [("recorded".into(), Value::Null), ("repeated".into(), Value::Null)]);
    assert_eq!(third, [("repeated".into(), Value::Null), ("repeated".into(), Value::Null)]);
    assert_eq!(
        (alone, twice),
        (vec![("recorded".into(), Value::Null)], vec![("recorded".into(), json!("already_inside"))])
    );
    assert_eq!(roll.len(), 2);
    assert_eq!((&tally["hall"]["scanned"], &tally["hall"]["inside"]), (&json!(3), &json!(2)));
    assert_eq!(counted["system"], 2);
    assert_eq!((count(&entries(&house.path), "scan"), count(&entries(&house.path), "headcount")), (6, 1));
    let (verdict, rows) = people(&house.path);
    assert_eq!(verdict, Verdict::Sound);
    let mut present: Vec<u64> = rows.iter().filter(|row| row[3] == "gate").map(|row| row[6].parse().unwrap()).collect();
    present.sort_unstable();
    // An entry alone proves an instant; a roll-call proves up to it; each within what the lesson has of it.
    assert_eq!((present.len(), present[0]), (3, 0));
    assert!(present[1] > 0 && present[2] > 0, "{present:?}");
}

#[test]
fn somebody_online_and_in_the_hall_is_one_person_and_a_scan_that_comes_too_late_holds_its_person() {
    let house = house();
    let api = house.hub.api();
    let refs = references(&api);
    let link = api.post("/api/link", Role::Organizer, &json!({"person_ref": refs[0]})).json();
    let mut page = crate::support::Page::open(house.hub.address);
    page.hello(link["ticket"].as_str().unwrap(), "d");
    page.counted();

    // The same device reads the QR while its clock is hours off: the offset is known at the delivery.
    let off = |seconds: i64| instant(7_200_000 + seconds * 1_000);
    let qr = json!({"qr": link["url"]});
    let mut entry = scan(&uuid(1), "in", "north", &qr, 0);
    entry["device_at"] = json!(off(2));
    let body = json!({"device_at": off(0), "scans": [entry]});
    let delivered = results(&api.post("/api/scans", Role::Steward, &body));
    let late = results(&deliver(&api, &[scan(&uuid(2), "in", "north", &json!({"ref": refs[1]}), 700_000)]));
    let tally = api.tally();
    house.hub.stop().unwrap();

    assert_eq!(delivered, [("recorded".into(), Value::Null)]);
    assert_eq!(late, [("recorded".into(), json!("too_late"))]);
    assert_eq!((&tally["ever_joined"], &tally["present"]), (&json!(2), &json!(1)));
    let (verdict, rows) = people(&house.path);
    assert_eq!(verdict, Verdict::Sound);
    assert_eq!(rows.iter().filter(|row| row[3] == "both").count(), 1);
    assert_eq!(rows.iter().filter(|row| row[1] == "held").count(), 1);
}

#[test]
fn a_foreign_withdrawn_or_unknown_qr_and_an_undeclared_door_are_refused_one_by_one() {
    let house = house();
    let api = house.hub.api();
    let refs = references(&api);
    let old = api.post("/api/link", Role::Organizer, &json!({"person_ref": refs[0]})).json()["url"].clone();
    api.post("/api/link", Role::Organizer, &json!({"person_ref": refs[0]}));
    let mut nowhere = scan(&uuid(5), "in", "east", &json!({"ref": refs[1]}), 0);
    nowhere["venue"] = json!("hall");

    let answer = deliver(
        &api,
        &[
            scan(&uuid(1), "in", "north", &json!({"qr": "https://example.org/menu"}), 0),
            scan(&uuid(2), "in", "north", &json!({"qr": old}), 0),
            scan(&uuid(3), "in", "north", &json!({"ref": "K7M-29QX"}), 0),
            scan(&uuid(4), "in", "north", &json!({"ref": refs[1]}), 0),
            nowhere,
        ],
    );
    let malformed = api.post("/api/scans", Role::Steward, &json!({"device_at": "yesterday", "scans": []}));
    let many: Vec<_> = (0..101).map(|_| scan(&uuid(9), "in", "north", &json!({"ref": refs[1]}), 0)).collect();
    let too_many = deliver(&api, &many);

    let outcomes: Vec<_> = results(&answer).into_iter().map(|(outcome, _)| outcome).collect();
    assert_eq!(outcomes, ["refused", "refused", "refused", "recorded", "refused"], "{}", answer.text());
    assert_eq!(codes(&answer), [json!("link"), json!("link"), json!("unknown"), json!(null), json!("door")]);
    assert!(answer.json()["results"][1]["detail"].as_str().unwrap().contains("replaced"));
    assert_eq!((malformed.status, too_many.status), (400, 400));
    assert_eq!(deliver(&api, &[]).status, 200);
    house.hub.stop().unwrap();
    assert_eq!(count(&entries(&house.path), "scan"), 1);
}

#[test]
fn a_door_looks_nobody_up_by_an_identifier() {
    let house = house();
    let api = house.hub.api();

    let found = deliver(&api, &[scan(&uuid(1), "in", "north", &json!({"ref": "id:A-1"}), 0)]);

    assert_eq!(codes(&found), [json!("unknown")], "{}", found.text());
    house.hub.stop().unwrap();
    assert_eq!(count(&entries(&house.path), "scan"), 0);
}

#[test]
fn a_scan_lies_where_the_page_measured_it_although_the_devices_clock_was_corrected_meanwhile() {
    let house = house();
    let api = house.hub.api();
    let mut corrected = scan(&uuid(1), "in", "north", &json!({"ref": references(&api)[0]}), 7_200_000);
    corrected["ago_ms"] = json!(5_000);

    let delivered = results(&deliver(&api, &[corrected]));

    house.hub.stop().unwrap();
    assert_eq!(delivered, [("recorded".into(), Value::Null)], "nobody is held for a device's clock");
    let entries = entries(&house.path);
    let ago = entries.iter().find_map(|entry| {
        let Event::Scanned(scanned) = &entry.event else { return None };
        Some((entry.stamp.at.wall.0 - scanned.made.0).div_euclid(1_000))
    });
    assert!((5_000..7_000).contains(&ago.unwrap()), "{ago:?}");
}

#[test]
fn a_queue_that_arrives_after_the_close_is_told_so_scan_by_scan() {
    let house = house();
    let api = house.hub.api();
    let known = scan(&uuid(1), "in", "north", &json!({"ref": references(&api)[0]}), 0);
    assert_eq!(results(&deliver(&api, std::slice::from_ref(&known)))[0].0, "recorded");
    let queued = scan(&uuid(2), "out", "north", &known["who"], 0);
    assert_eq!(["end", "close"].map(|signal| api.signal(signal).status), [200, 200]);

    let late = deliver(&api, &[known, queued]);

    assert_eq!(results(&late).iter().map(|one| one.0.as_str()).collect::<Vec<_>>(), ["repeated", "refused"]);
    assert_eq!((&codes(&late)[1], &late.json()["closed"]), (&json!("over"), &json!(true)));
    house.hub.stop().unwrap();
    assert_eq!(count(&entries(&house.path), "scan"), 1);
}

#[test]
fn the_qr_of_somebody_who_is_struck_out_is_recorded_and_the_steward_is_told() {
    let team = team_of(&(planned_now("countersigned") + HALL));
    let api = team.hub.api();
    let find = json!({"find": team.participant["reference"]});
    let person = api.post("/api/person", Role::Organizer, &find).json()["person"].clone();
    let strike = json!({"strike": {"person": person, "reason": "a bot"}});
    let proposed = act(&api, &team.organizer, &strike).json()["seq"].clone();
    let same_side = act(&api, &team.steward, &json!({"confirm": {"of": proposed}}));
    assert_eq!(act(&api, &team.adjudicator, &json!({"confirm": {"of": proposed}})).status, 200);
    let link = format!("https://hadir.example/join#{}", team.participant["ticket"].as_str().unwrap());

    let scanned = deliver(&api, &[scan(&uuid(1), "in", "north", &json!({"qr": link}), 0)]);

    assert_eq!(results(&scanned), [("recorded".into(), json!("struck"))], "{}", scanned.text());
    assert_eq!(same_side.status, 409, "{}", same_side.text());
    let (_, reversed) = agree(&api, &team, &json!({"reverse": {"strike": proposed, "reason": "no bot"}}));
    assert_eq!(reversed.status, 200, "{}", reversed.text());
}
