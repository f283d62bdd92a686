//! `hadir roster`.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use super::{done, refused, with_attempt};

const ROSTER: &str = "nama,email,sekolah,peran\n\
    Siti,siti@example.org,SMA 1,peserta\n\
    Budi,budi@example.org,SMA 1,peserta\n\
    Tono,tono@example.org,SMA 2,panitia\n";

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
}

fn links(folder: &Path) -> String {
    done(folder, &["roster", "links", "a", "--out", "links.csv"]);
    fs::read_to_string(folder.join("links.csv")).unwrap()
}

#[test]
fn an_import_says_what_it_did_and_which_roles_count() {
    let folder = with_attempt();
    write(folder.path(), "r.csv", ROSTER);

    let first = done(folder.path(), &["roster", "import", "a", "r.csv"]);
    let second = done(folder.path(), &["roster", "import", "a", "r.csv"]);

    assert!(first.contains("3 rows: 3 new"), "{first}");
    assert!(first.contains("role \"participant\": 2 persons, counts"), "{first}");
    assert!(first.contains("role \"committee\": 1 persons, does not count"), "{first}");
    assert!(second.contains("0 new, 0 corrected, 3 unchanged"), "{second}");
}

#[test]
fn a_roster_with_broken_rows_is_refused_with_row_and_column_and_imports_nothing() {
    let folder = with_attempt();
    write(folder.path(), "r.csv", &format!("{ROSTER}Wati,not an address,SMA 3,peserta\n"));

    refused(folder.path(), &["roster", "import", "a", "r.csv"], &["row 5", "email", "--accept-valid"]);

    assert_eq!(links(folder.path()).lines().count(), 1);
}

#[test]
fn the_good_rows_of_a_broken_roster_can_be_taken_and_the_others_are_handed_back() {
    let folder = with_attempt();
    write(folder.path(), "r.csv", &format!("{ROSTER}Wati,not an address,SMA 3,peserta\n"));

    let said = done(folder.path(), &["roster", "import", "a", "r.csv", "--accept-valid", "--rejects", "rejects.csv"]);

    assert!(said.contains("3 new") && said.contains("1 left out"), "{said}");
    let rejects = fs::read_to_string(folder.path().join("rejects.csv")).unwrap();
    assert!(rejects.contains("Wati") && !rejects.contains("Siti"), "{rejects}");
}

#[test]
fn headings_of_ones_own_can_be_mapped() {
    let folder = with_attempt();
    write(folder.path(), "r.csv", "Who,Where to write\nSiti,siti@example.org\n");

    refused(folder.path(), &["roster", "import", "a", "r.csv"], &["--map"]);
    let map = "name=Who,email=Where to write";
    let said = done(folder.path(), &["roster", "import", "a", "r.csv", "--map", map]);

    assert!(said.contains("1 new"), "{said}");
}

#[test]
fn links_are_their_owners_secret_and_can_be_sorted_by_school() {
    let folder = with_attempt();
    write(folder.path(), "r.csv", ROSTER);
    done(folder.path(), &["roster", "import", "a", "r.csv"]);

    let all = links(folder.path());
    let said = done(folder.path(), &["roster", "links", "a", "--out", "schools", "--by", "school"]);

    assert!(all.contains("person_ref,name,url") && all.contains("http://127.0.0.1:8080/join#"), "{all}");
    assert_eq!(fs::metadata(folder.path().join("links.csv")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(said.contains("3 links written to 2 tables"), "{said}");
    assert_eq!(fs::read_dir(folder.path().join("schools")).unwrap().count(), 2);
}

#[test]
fn an_erased_person_has_no_link_and_an_unknown_one_is_named() {
    let folder = with_attempt();
    write(folder.path(), "r.csv", ROSTER);
    done(folder.path(), &["roster", "import", "a", "r.csv"]);

    done(folder.path(), &["roster", "forget", "a", "email:siti@example.org"]);
    refused(folder.path(), &["roster", "forget", "a", "email:nobody@example.org"], &["nobody on the roster"]);

    let left = links(folder.path());
    assert!(!left.contains("Siti") && left.contains("Budi"), "{left}");
}

#[test]
fn a_roster_that_is_not_there_is_named() {
    let folder = with_attempt();

    refused(folder.path(), &["roster", "import", "a", "missing.csv"], &["missing.csv cannot be read"]);
}
