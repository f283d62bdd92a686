//! What the organizer decides about people: `hadir roster list`, `merge`, `reissue` and `forget`.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use hadir::{
    attempt::Attempt,
    domain::{event::Event, ids::Pseudonym},
};
use tempfile::TempDir;

use super::{done, refused, with_rehearsal};
use crate::support::{Page, Process, entries};

/// Siti stands on the roster twice, as two schools sent her.
const ROSTER: &str = "nama,id,email,sekolah\n\
    Siti,A1,siti@example.org,SMA 1\n\
    Siti Aminah,A2,siti@example.org,SMA 2\n\
    Budi,A3,budi@example.org,SMA 1\n";

fn with_roster() -> TempDir {
    let folder = with_rehearsal();
    fs::write(folder.path().join("r.csv"), ROSTER).unwrap();
    let said = done(folder.path(), &["roster", "import", "a", "r.csv"]);
    assert!(said.contains("suspect: the same email") && said.contains("hadir roster merge"), "{said}");
    folder
}

/// A table as a map of columns for each row.
fn rows(csv: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

fn listed(folder: &Path) -> Vec<BTreeMap<String, String>> {
    rows(&done(folder, &["roster", "list", "a"]))
}

/// The ticket in each person's link, by name.
fn tickets(folder: &Path) -> BTreeMap<String, String> {
    done(folder, &["roster", "links", "a", "--out", "links.csv"]);
    let links = rows(&fs::read_to_string(folder.join("links.csv")).unwrap());
    links.into_iter().map(|mut link| (link.remove("name").unwrap(), ticket(&link["url"]))).collect()
}

fn ticket(url: &str) -> String {
    url.trim().rsplit_once('#').unwrap().1.to_owned()
}

/// Serves it for a moment, and gives what each ticket was answered: a place in the log, or a close code.
fn serve(folder: &Path, tickets: &[&str]) -> Vec<Result<u64, Option<u16>>> {
    let hub = Process::start(&folder.join("a"));
    let answers = tickets.iter().map(|ticket| {
        let mut page = Page::open(hub.address);
        page.hello(ticket, "a device");
        page.read().map(|counted| counted["seq"].as_u64().unwrap())
    });
    let answers = answers.collect();
    assert_eq!(hub.stop(), Some(0));
    answers
}

fn revoked(folder: &Path) -> Vec<(Pseudonym, u32)> {
    let revoked = entries(&folder.join("a")).into_iter().filter_map(|entry| {
        let Event::Revoked(revoked) = entry.event else { return None };
        Some((revoked.p, revoked.issue))
    });
    revoked.collect()
}

fn name_in_log(folder: &Path, reference: &str) -> Pseudonym {
    let attempt = Attempt::open(&folder.join("a")).unwrap();
    attempt.keys.pseudonyms().person(attempt.open_people().unwrap().find(reference).unwrap())
}

#[test]
fn a_row_that_repeats_another_is_never_counted_for_itself() {
    let folder = with_roster();
    let old = tickets(folder.path());

    let said = done(folder.path(), &["roster", "merge", "a", "id:A1", "id:A2"]);
    let listed = listed(folder.path());
    let left = tickets(folder.path());
    let answers = serve(folder.path(), &[&old["Siti"], &old["Siti Aminah"]]);
    done(folder.path(), &["export", "a", "--out", "bundle"]);

    let (kept, repeated) = (&listed[0], &listed[1]);
    assert!(said.contains(&format!("{} repeats {}", repeated["person_ref"], kept["person_ref"])), "{said}");
    assert_eq!((&repeated["merged_into"], kept["merged_into"].as_str()), (&kept["person_ref"], ""));
    assert_eq!(left.keys().collect::<Vec<_>>(), ["Budi", "Siti"]);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let people = rows(&fs::read_to_string(folder.path().join("bundle/people.csv")).unwrap());
    let row = |person: &str| people.iter().find(|row| row["person"] == person).unwrap();
    assert_eq!(row(&repeated["person"])["status"], "excluded");
    assert!(["merged", "never_joined"].contains(&row(&repeated["person"])["reason"].as_str()));
    assert_eq!(row(&kept["person"])["connections"], "2");
    let tallies: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("bundle/tallies.json")).unwrap()).unwrap();
    assert_eq!((&tallies["registered"], &tallies["ever_joined"]), (&2.into(), &1.into()));
    let verdict = Command::new(env!("CARGO_BIN_EXE_hadir-verify")).arg(folder.path().join("bundle")).output().unwrap();
    assert!(verdict.status.success(), "{}", String::from_utf8_lossy(&verdict.stdout));
}

#[test]
fn rows_that_cannot_be_merged_are_refused_and_an_open_attempt_merges_none() {
    let folder = with_roster();

    refused(folder.path(), &["roster", "merge", "a", "id:A1", "id:A1"], &["cannot be merged", "choose two"]);
    refused(folder.path(), &["roster", "merge", "a", "id:A1", "id:A9"], &["nobody on the roster"]);
    refused(folder.path(), &["roster", "merge", "a", "id:A1", "email:siti@example.org"], &["several persons"]);
    serve(folder.path(), &[]);
    refused(folder.path(), &["roster", "merge", "a", "id:A1", "id:A2"], &["the attempt is open", "--from"]);

    assert!(listed(folder.path()).iter().all(|row| row["merged_into"].is_empty()));
}

#[test]
fn the_listing_says_who_is_who_and_is_its_owners_secret() {
    let folder = with_roster();

    let said = done(folder.path(), &["roster", "list", "a", "--out", "who.csv"]);

    let path = folder.path().join("who.csv");
    assert!(said.contains("never publish it"), "{said}");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(rows(&fs::read_to_string(&path).unwrap()), listed(folder.path()));
    let budi = &listed(folder.path())[2];
    assert_eq!((budi["name"].as_str(), budi["email"].as_str()), ("Budi", "budi@example.org"));
    assert_eq!(budi["person"], name_in_log(folder.path(), &budi["person_ref"]).to_string());
}

#[test]
fn a_lost_link_is_withdrawn_when_a_new_one_is_given_and_logged_once_at_the_next_start() {
    let folder = with_roster();
    let old = tickets(folder.path());
    serve(folder.path(), &[]);

    let said = done(folder.path(), &["roster", "reissue", "a", "id:A3"]);
    let new = ticket(said.lines().next().unwrap());
    let answers = serve(folder.path(), &[&old["Budi"], &new, &tickets(folder.path())["Budi"]]);
    serve(folder.path(), &[]);

    assert_eq!(answers[0], Err(Some(1008)));
    assert!(answers[1..].iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(revoked(folder.path()), [(name_in_log(folder.path(), "id:A3"), 1)]);
}

#[test]
fn a_link_is_not_given_anew_beside_a_hub_that_would_still_take_the_old_one() {
    let folder = with_roster();
    let old = tickets(folder.path());
    let hub = Process::start(&folder.path().join("a"));

    let parts = ["is held by another process", "use the organizer's page"];
    refused(folder.path(), &["roster", "reissue", "a", "id:A3"], &parts);

    assert_eq!(hub.stop(), Some(0));
    assert!(serve(folder.path(), &[&old["Budi"]])[0].is_ok());
}

#[test]
fn an_erasure_after_the_opening_is_logged_once_at_the_next_start() {
    let folder = with_roster();
    let (budi, siti) = (name_in_log(folder.path(), "id:A3"), name_in_log(folder.path(), "id:A1"));
    // Whoever is erased before the opening is not in the log at all.
    done(folder.path(), &["roster", "forget", "a", "id:A1"]);
    let old = tickets(folder.path());
    serve(folder.path(), &[&old["Budi"]]);

    let said = done(folder.path(), &["roster", "forget", "a", "id:A3"]);
    let answers = serve(folder.path(), &[&old["Budi"]]);
    serve(folder.path(), &[]);
    done(folder.path(), &["export", "a", "--out", "bundle"]);

    assert!(said.contains("logged at the next start"), "{said}");
    assert_eq!(answers, [Err(Some(1008))]);
    assert_eq!(revoked(folder.path()), [(budi, 1)]);
    let people = fs::read_to_string(folder.path().join("bundle/people.csv")).unwrap();
    assert!(people.contains(&budi.to_string()) && !people.contains(&siti.to_string()), "{people}");
}
