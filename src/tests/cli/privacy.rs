//! What is said of people, to whom, and what is destroyed: `hadir roster seal`, `open` and `forget`, and both grades.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
    process::Command,
};

use age::{secrecy::ExposeSecret as _, x25519::Identity};
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::{certificates::lesson, done, refused, with_rehearsal};
use crate::support::{Process, count, entries};

/// People with everything that a roster can say of them.
const PEOPLE: [[&str; 8]; 4] = [
    [
        "Siti Rahmawati",
        "A1",
        "1671014505900001",
        "siti.r@example.org",
        "081234567801",
        "SMAN 3 Palembang",
        "Kota Palembang",
        "peserta",
    ],
    [
        "Budi Hartono",
        "A2",
        "1671010101850002",
        "budi.h@example.org",
        "081234567802",
        "SMAN 3 Palembang",
        "Kota Palembang",
        "peserta",
    ],
    [
        "Citra Lestari",
        "A3",
        "1603024107880003",
        "citra.l@example.org",
        "081234567803",
        "MTsN 1 Lahat",
        "Lahat",
        "peserta",
    ],
    [
        "Dewi Anggraini",
        "A4",
        "1603025208920004",
        "dewi.a@example.org",
        "081234567804",
        "MTsN 1 Lahat",
        "Lahat",
        "panitia",
    ],
];

pub(super) fn with_roster() -> TempDir {
    let folder = with_rehearsal();
    let rows = PEOPLE.map(|row| row.join(","));
    let text = format!("nama,id,nik,email,hp,sekolah,wilayah,peran\n{}\n", rows.join("\n"));
    fs::write(folder.path().join("r.csv"), text).unwrap();
    done(folder.path(), &["roster", "import", "a", "r.csv"]);
    folder
}

/// A key pair: its file as `age-keygen` writes it, and its public part.
pub(super) fn key(folder: &Path, name: &str) -> String {
    let identity = Identity::generate();
    let public = identity.to_public().to_string();
    let secret = identity.to_string();
    let text = format!("# created: 2026-11-24T00:00:00Z\n# public key: {public}\n{}\n", secret.expose_secret());
    fs::write(folder.join(name), text).unwrap();
    public
}

fn open<'a>(bundle: &'a str, identity: &'a str, file: &'a str) -> [&'a str; 9] {
    ["roster", "open", file, "--identity", identity, "--roster", bundle, "--out", "names.csv"]
}

/// A table as a map of columns for each row.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(path).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

pub(super) fn verifies(bundle: &Path) {
    let verdict = Command::new(env!("CARGO_BIN_EXE_hadir-verify")).arg(bundle).output().unwrap();
    assert!(verdict.status.success(), "{}", String::from_utf8_lossy(&verdict.stdout));
}

pub(super) fn tallies(bundle: &Path) -> Value {
    serde_json::from_slice(&fs::read(bundle.join("tallies.json")).unwrap()).unwrap()
}

#[test]
fn a_sealed_roster_names_everybody_in_the_evidence_and_the_log_says_to_whom_it_went() {
    let folder = with_roster();
    let (dir, public) = (folder.path(), key(folder.path(), "key.txt"));
    assert_eq!(lesson(dir, &["Siti Rahmawati"], &["start"]).stop(), Some(0));

    let said = done(dir, &["roster", "seal", "a", "--to", &public, "--out", "r.age"]);
    done(dir, &["export", "a", "--out", "bundle"]);
    let opened = done(dir, &open("bundle", "key.txt", "r.age"));

    let file = fs::read(dir.join("r.age")).unwrap();
    let digest = HEXLOWER.encode(&Sha256::digest(&file));
    assert!(file.starts_with(b"age-encryption.org/v1") && said.contains(&digest), "{said}");
    assert!(said.contains("4 persons named, 0 erased"), "{said}");
    let privacy = fs::read_to_string(dir.join("bundle/privacy.csv")).unwrap();
    assert!(privacy.contains(&digest) && privacy.contains(&public), "{privacy}");
    assert!(opened.contains("4 commitments opened, none missing") && opened.contains("this very file"), "{opened}");
    let names = rows(&dir.join("names.csv"));
    let found: BTreeSet<_> = names.iter().map(|row| (row["name"].as_str(), row["nik"].as_str())).collect();
    assert_eq!(found, PEOPLE.iter().map(|person| (person[0], person[2])).collect());
    let roster = fs::read_to_string(dir.join("bundle/roster.csv")).unwrap();
    assert!(names.iter().all(|row| roster.contains(&row["person"]) && row["committed_in"] == "roster.csv"));
    verifies(&dir.join("bundle"));
}

#[test]
fn a_sealed_roster_opened_with_the_wrong_key_says_so_and_writes_nothing() {
    let folder = with_roster();
    let (dir, public) = (folder.path(), key(folder.path(), "key.txt"));
    key(dir, "other.txt");
    assert_eq!(Process::start(&dir.join("a")).stop(), Some(0));
    done(dir, &["roster", "seal", "a", "--to", &public, "--out", "r.age"]);
    done(dir, &["export", "a", "--out", "bundle"]);
    fs::write(dir.join("no.txt"), "AGE-SECRET-KEY-1NOT\n").unwrap();
    fs::write(dir.join("empty.txt"), "# created: never\n").unwrap();

    refused(dir, &open("bundle", "other.txt", "r.age"), &["none of these keys", "privacy.csv", "age-keygen -y"]);
    refused(dir, &open("bundle", "no.txt", "r.age"), &["it holds no key", "age-keygen -o"]);
    refused(dir, &open("bundle", "empty.txt", "r.age"), &["it holds no key"]);

    assert!(!dir.join("names.csv").exists());
}

#[test]
fn a_sealed_roster_that_is_damaged_or_of_another_attempt_is_refused() {
    let folder = with_roster();
    let (dir, public) = (folder.path(), key(folder.path(), "key.txt"));
    done(dir, &["init", "b", "--config", "declared.toml", "--from", "a"]);
    for attempt in ["a", "b"] {
        assert_eq!(Process::start(&dir.join(attempt)).stop(), Some(0));
        done(dir, &["roster", "seal", attempt, "--to", &public, "--out", &format!("{attempt}.age")]);
        done(dir, &["export", attempt, "--out", &format!("bundle-{attempt}")]);
    }
    let whole = fs::read(dir.join("a.age")).unwrap();
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(dir.join("changed.age"), changed).unwrap();
    fs::write(dir.join("short.age"), &whole[..whole.len() - 100]).unwrap();
    fs::write(dir.join("no.age"), "hello").unwrap();

    for damaged in ["changed.age", "short.age", "no.age"] {
        refused(dir, &open("bundle-a", "key.txt", damaged), &["damaged", "SHA-256"]);
    }
    refused(dir, &open("bundle-b", "key.txt", "a.age"), &["it belongs to the log", "the same attempt"]);
    refused(dir, &open("a", "key.txt", "a.age"), &["cannot be read", "auditor's bundle"]);
    done(dir, &["export", "a", "--out", "public", "--grade", "public"]);
    refused(dir, &open("public", "key.txt", "a.age"), &["roster.csv cannot be read", "public grade"]);

    assert!(!dir.join("names.csv").exists());
}

#[test]
fn a_roster_is_sealed_only_where_it_can_be_logged() {
    let folder = with_roster();
    let (dir, public) = (folder.path(), key(folder.path(), "key.txt"));
    let seal = ["roster", "seal", "a", "--to", &public, "--out", "r.age"];

    refused(dir, &seal, &["never served", "hadir serve"]);
    refused(dir, &["roster", "seal", "a", "--to", "age1nobody", "--out", "r.age"], &["no public key", "age-keygen"]);
    let hub = Process::start(&dir.join("a"));
    refused(dir, &seal, &["held by another process", "stop the other one"]);
    assert_eq!(hub.stop(), Some(0));
    fs::write(dir.join("r.age"), "mine").unwrap();
    refused(dir, &seal, &["exists already", "nothing is"]);

    assert_eq!(fs::read_to_string(dir.join("r.age")).unwrap(), "mine");
    assert_eq!(count(&entries(&dir.join("a")), "disclose"), 0);
}

#[test]
fn an_erasure_before_the_close_is_logged_and_takes_the_person_out_of_the_count() {
    let folder = with_roster();
    let dir = folder.path();
    assert_eq!(lesson(dir, &["Siti Rahmawati", "Budi Hartono"], &["start", "end"]).stop(), Some(0));
    done(dir, &["export", "a", "--out", "before"]);

    let said = done(dir, &["roster", "forget", "a", "nik:1671014505900001"]);
    done(dir, &["export", "a", "--out", "after"]);

    assert!(said.contains("they count no longer"), "{said}");
    let [before, after] = ["before", "after"].map(|bundle| tallies(&dir.join(bundle)));
    let certified = |tallies: &Value| tallies["certifiable"].as_u64().unwrap();
    assert_eq!(certified(&before), certified(&after) + 1);
    assert_eq!((&before["erased"], &after["erased"]), (&0.into(), &1.into()));
    verifies(&dir.join("after"));
}

#[test]
fn an_erasure_after_the_close_is_logged_and_the_totals_stay() {
    let folder = with_roster();
    let (dir, public) = (folder.path(), key(folder.path(), "key.txt"));
    let came = ["Siti Rahmawati", "Budi Hartono"];
    assert_eq!(lesson(dir, &came, &["start", "end", "close"]).stop(), Some(0));
    done(dir, &["export", "a", "--out", "before"]);

    let said = done(dir, &["roster", "forget", "a", "id:A1"]);
    refused(dir, &["roster", "forget", "a", "id:A1"], &["nobody on the roster"]);
    let sealed = done(dir, &["roster", "seal", "a", "--to", &public, "--out", "r.age"]);
    done(dir, &["export", "a", "--out", "after"]);
    let opened = done(dir, &open("after", "key.txt", "r.age"));

    assert!(said.contains("the count stays"), "{said}");
    let [before, after] = ["before", "after"].map(|bundle| tallies(&dir.join(bundle)));
    assert_eq!(before["certifiable"], after["certifiable"]);
    assert_eq!(after["erased"], 1);
    assert!(
        sealed.contains("3 persons named, 1 erased") && opened.contains("1 persons are erased"),
        "{sealed}{opened}"
    );
    assert!(!fs::read_to_string(dir.join("names.csv")).unwrap().contains("Siti"));
    verifies(&dir.join("after"));
}

#[test]
fn an_erasure_that_was_cut_off_after_its_entry_is_finished_by_the_same_command() {
    let folder = with_roster();
    let dir = folder.path();
    assert_eq!(Process::start(&dir.join("a")).stop(), Some(0));
    // The store as it was before: as if the process had died between the log and the keys.
    let store = fs::read(dir.join("a/private/people.db")).unwrap();
    done(dir, &["roster", "forget", "a", "id:A1"]);
    fs::write(dir.join("a/private/people.db"), store).unwrap();

    done(dir, &["roster", "forget", "a", "id:A1"]);

    assert_eq!(count(&entries(&dir.join("a")), "erase"), 1);
    refused(dir, &["roster", "forget", "a", "id:A1"], &["nobody on the roster"]);
}

/// Every file of a folder, and what is packed in its workbooks.
fn files(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for path in hadir::evidence::bundle::paths(root).unwrap() {
        let bytes = fs::read(root.join(&path)).unwrap();
        if path.ends_with(".xlsx") {
            let mut archive = zip::ZipArchive::new(io::Cursor::new(&bytes)).unwrap();
            for place in 0..archive.len() {
                let mut part = Vec::new();
                io::Read::read_to_end(&mut archive.by_index(place).unwrap(), &mut part).unwrap();
                found.push((format!("{path}/{place}"), part));
            }
        }
        found.push((path, bytes));
    }
    found
}

/// Everything in a text that could be a name, a tag, a label or a digest.
fn words(files: &[(String, Vec<u8>)]) -> BTreeSet<String> {
    let texts = files.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned());
    let split =
        |text: String| text.split(|one: char| !one.is_ascii_alphanumeric()).map(str::to_owned).collect::<Vec<_>>();
    texts.flat_map(split).filter(|word| word.len() >= 12).collect()
}

/// What somebody would try who has the roster and knows the program, but no key.
fn guesses(origin: &str) -> Vec<Vec<u8>> {
    let mut inputs: Vec<Vec<u8>> = Vec::new();
    let forms = |text: &str| [text.to_owned(), text.to_lowercase(), text.to_uppercase(), text.replace(' ', "")];
    let texts: BTreeSet<String> = PEOPLE.iter().flatten().flat_map(|text| forms(text)).collect();
    for text in &texts {
        for before in ["", "p\0", "g\0", "c\0", "d\0", "nik\0", "email\0", "id\0", "phone\0"] {
            inputs.push([before.as_bytes(), text.as_bytes()].concat());
        }
    }
    for [name, id, nik, email, phone, school, region, _] in PEOPLE {
        let details = serde_json::json!({"email": email, "id": id, "name": name, "nik": nik, "phone": phone, "region": region, "school": school});
        inputs.push([b"c\0".as_slice(), &[0; 16], details.to_string().as_bytes()].concat());
        inputs.push(details.to_string().into_bytes());
    }
    let keys = [b"".as_slice(), &[0; 32], origin.as_bytes(), b"hadir", b"hadir.people.v1\0"];
    let keyed = |key: &[u8], input: &[u8]| {
        let mut hash = Hmac::<Sha256>::new_from_slice(key).unwrap();
        hash.update(input);
        hash.finalize().into_bytes().to_vec()
    };
    inputs
        .iter()
        .flat_map(|input| {
            let plain = Sha256::digest(input).to_vec();
            keys.iter().map(|key| keyed(key, input)).chain([plain]).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn neither_grade_holds_anything_of_the_roster_and_no_dictionary_finds_anybody_without_the_key() {
    let folder = with_roster();
    let dir = folder.path();
    assert_eq!(lesson(dir, &["Siti Rahmawati", "Citra Lestari"], &["start", "end", "close"]).stop(), Some(0));
    done(dir, &["export", "a", "--out", "auditor"]);
    done(dir, &["export", "a", "--out", "public", "--grade", "public"]);
    let listing = done(dir, &["roster", "list", "a"]);

    let found: Vec<_> = ["auditor", "public"].iter().flat_map(|grade| files(&dir.join(grade))).collect();

    for needle in PEOPLE.iter().flat_map(|person| &person[..7]).filter(|text| text.len() > 2) {
        let holds = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_lowercase().contains(&needle.to_lowercase());
        let naming = found.iter().find(|(_, bytes)| holds(bytes)).map(|(path, _)| path);
        assert!(naming.is_none(), "{needle} is in {naming:?}");
    }
    let words = words(&found);
    let origin = fs::read_to_string(dir.join("auditor/log/log.vkey")).unwrap();
    let guesses = guesses(origin.split('+').next().unwrap());
    let base32 = |bytes: &[u8]| BASE32_NOPAD.encode(bytes).to_ascii_lowercase();
    for guess in &guesses {
        for length in [8, 10, 16, 20, 32] {
            for text in [base32(&guess[..length]), HEXLOWER.encode(&guess[..length])] {
                let hit = ["", "p", "g", "d", "n"].iter().find(|mark| words.contains(&format!("{mark}{text}")));
                assert!(hit.is_none(), "{text} is in a bundle");
            }
        }
    }
    // Whoever has the key finds everybody: the search above looks where the names are.
    let known: Vec<&str> = listing.lines().skip(1).filter_map(|line| line.split(',').nth(1)).collect();
    assert!(known.len() == 4 && known.iter().all(|name| words.contains(*name)), "{known:?}");
    assert!(guesses.len() > 1_000);
}
