//! `hadir certificates`.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path};

use tempfile::TempDir;

use super::{done, refused, with_attempt, with_rehearsal};
use crate::support::{Page, Process};

/// Names that break what is careless; those who came are certified.
const ROSTER: &str = "nama,id,sekolah,peran\n\
    \"=SUM(1)+\"\"Siti\"\"\",A1,SMA 1,peserta\n\
    +Budi 🙂,A2,\"sma  1\",peserta\n\
    Citra,A3,,peserta\n\
    -Dewi,A4,SMA 1,panitia\n\
    @Eka,A5,SMA 2,peserta\n";

/// Who comes to the lesson.
const CAME: [&str; 4] = ["=SUM(1)+\"Siti\"", "+Budi 🙂", "Citra", "-Dewi"];

/// A table as a map of columns for each row.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(path).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

fn with_roster() -> TempDir {
    let folder = with_rehearsal();
    fs::write(folder.path().join("r.csv"), ROSTER).unwrap();
    done(folder.path(), &["roster", "import", "a", "r.csv"]);
    folder
}

/// Serves a whole lesson to which these people come, up to its close.
pub(super) fn lesson(folder: &Path, came: &[&str], signals: &[&str]) -> Process {
    done(folder, &["roster", "links", "a", "--out", "links.csv"]);
    // A cell that a spreadsheet would run begins with a mark in the file.
    let links = rows(&folder.join("links.csv"));
    let hub = Process::start(&folder.join("a"));
    let pages: Vec<Page> = links
        .iter()
        .filter(|link| came.contains(&link["name"].trim_start_matches('\'')))
        .map(|link| {
            let mut page = Page::open(hub.address);
            page.hello(link["url"].rsplit_once('#').unwrap().1, &link["person_ref"]);
            page.counted();
            page
        })
        .collect();
    assert_eq!(pages.len(), came.len());
    let answering: Vec<_> = pages.into_iter().map(|mut page| std::thread::spawn(move || page.closed())).collect();
    for signal in signals {
        assert_eq!(hub.api().signal(signal).status, 200, "{signal}");
    }
    if signals.contains(&"close") {
        answering.into_iter().for_each(|page| assert_eq!(page.join().unwrap(), Some(1000)));
    }
    hub
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn there_are_no_certificates_before_attendance_is_closed() {
    let folder = with_attempt();

    refused(folder.path(), &["certificates", "a", "--out", "c"], &["nothing is logged yet", "hadir serve"]);
    let folder = with_roster();
    let hub = lesson(folder.path(), &["Citra"], &["start", "end"]);
    refused(folder.path(), &["certificates", "a", "--out", "c"], &["not closed yet", "signal `close`"]);
    assert_eq!(hub.stop(), Some(0));
    refused(folder.path(), &["certificates", "a", "--out", "c"], &["not closed yet"]);

    let left = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(!left.map(|name| name.into_string().unwrap()).any(|name| name == "c" || name.starts_with('.')));
}

#[test]
fn everybody_gets_a_certificate_or_a_reason_whatever_they_are_called() {
    let folder = with_roster();
    let hub = lesson(folder.path(), &CAME, &["start", "end", "close"]);

    let during = done(folder.path(), &["certificates", "a", "--out", "out/during", "--quiet"]);
    assert_eq!(hub.stop(), Some(0));
    let after = done(folder.path(), &["certificates", "a", "--out", "after"]);
    // Older certificates of the same attempt are replaced.
    done(folder.path(), &["certificates", "a", "--out", "after"]);

    let files = contents(&folder.path().join("after"));
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let expected = [
        "check.html",
        "key.txt",
        "no-school.pdf",
        "reasons-sma-1.csv",
        "reasons-sma-2.csv",
        "register.csv",
        "sma-1.pdf",
    ];
    assert_eq!(names, expected);
    assert_eq!(files, contents(&folder.path().join("out/during")), "the same attempt has the same bytes");
    let register = rows(&folder.path().join("after/register.csv"));
    let told: Vec<_> = register.iter().map(|row| (&*row["name"], &*row["file"], &*row["page"])).collect();
    assert_eq!(
        told,
        [("Citra", "no-school.pdf", "1"), ("'+Budi 🙂", "sma-1.pdf", "1"), ("'=SUM(1)+\"Siti\"", "sma-1.pdf", "2")]
    );
    let reasons = rows(&folder.path().join("after/reasons-sma-1.csv"));
    assert_eq!((reasons[0]["name"].as_str(), reasons[0]["reason"].as_str()), ("'-Dewi", "role"));
    assert!(reasons[0]["sentence_id"].contains("peran Anda") && reasons[0]["sentence_en"].contains("your role"));
    assert_eq!(rows(&folder.path().join("after/reasons-sma-2.csv"))[0]["reason"], "never_joined");
    for said in [&during, &after] {
        assert!(said.contains("3 certificates in 2 files; 2 others"), "{said}");
        assert!(said.contains("this is a rehearsal") && said.contains(&register[1]["person_ref"]), "{said}");
    }
}

#[test]
fn certificates_are_their_owners_secret_and_no_number_of_theirs_stands_in_the_evidence() {
    let folder = with_roster();
    assert_eq!(lesson(folder.path(), &["Citra"], &["start", "end", "close"]).stop(), Some(0));

    done(folder.path(), &["certificates", "a", "--out", "c", "--language", "en"]);
    done(folder.path(), &["export", "a", "--out", "bundle"]);

    let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("c"), mode("c/register.csv"), mode("c/no-school.pdf")), (0o700, 0o600, 0o600));
    let number = rows(&folder.path().join("c/register.csv"))[0]["number"].clone();
    let bundle = contents_below(&folder.path().join("bundle"));
    assert!(number.starts_with("HDR-") && bundle.len() > 10, "{number}");
    assert!(bundle.iter().all(|bytes| !String::from_utf8_lossy(bytes).contains(&number)));
}

fn contents_below(folder: &Path) -> Vec<Vec<u8>> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { contents_below(&path) } else { vec![fs::read(path).unwrap()] }).collect()
}

#[test]
fn a_lesson_in_which_nobody_counts_has_reasons_alone() {
    let folder = with_roster();
    assert_eq!(lesson(folder.path(), &[], &["start", "end", "close"]).stop(), Some(0));

    let said = done(folder.path(), &["certificates", "a", "--out", "c"]);

    assert!(said.contains("0 certificates in 0 files; 5 others"), "{said}");
    assert!(contents(&folder.path().join("c")).keys().all(|name| !name.ends_with(".pdf")));
    assert!(rows(&folder.path().join("c/register.csv")).is_empty());
}

#[test]
fn a_folder_that_holds_something_else_is_left_alone() {
    let folder = with_roster();
    assert_eq!(lesson(folder.path(), &["Citra"], &["start", "end", "close"]).stop(), Some(0));
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/letter.pdf"), "dear").unwrap();
    done(folder.path(), &["certificates", "a", "--out", "c"]);
    fs::write(folder.path().join("c/notes.txt"), "mine").unwrap();

    for out in ["mine", "c"] {
        refused(folder.path(), &["certificates", "a", "--out", out], &["holds something else", "does not exist yet"]);
    }

    assert_eq!(contents(&folder.path().join("mine")).len(), 1);
    assert!(contents(&folder.path().join("c")).contains_key("notes.txt"));
}

#[test]
fn somebody_who_is_erased_gets_none_and_nobody_elses_number_changes() {
    let folder = with_roster();
    assert_eq!(lesson(folder.path(), &CAME, &["start", "end", "close"]).stop(), Some(0));
    done(folder.path(), &["certificates", "a", "--out", "before"]);

    done(folder.path(), &["roster", "forget", "a", "id:A3"]);
    let said = done(folder.path(), &["certificates", "a", "--out", "after"]);

    assert!(said.contains("1 persons who count are erased"), "{said}");
    let numbers = |out: &str| -> Vec<String> {
        rows(&folder.path().join(out).join("register.csv")).iter().map(|row| row["number"].clone()).collect()
    };
    assert_eq!(numbers("before")[1..], numbers("after")[..]);
}
