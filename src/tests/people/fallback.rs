//! Rows without the primary identifier: the e-mail address merges them, where there is no other key.

use std::collections::BTreeSet;

use hadir::roster::{Directory, FindError, IdKind, ImportReport, Likeness, Severity};
use proptest::prelude::*;

use super::{Fixture, attempt, places, refused};

const ANI: &str = "nama,nik,email\nAni,,a@x.id\n";
const ANI_WITH_NIK: &str = "nama,nik,email\nAni,1671014101800001,a@x.id\n";

fn did(report: &ImportReport) -> (usize, usize, usize) {
    (report.added.len(), report.corrected.len(), report.unchanged)
}

/// The row of each warning that a row was taken for somebody.
fn taken(report: &ImportReport) -> Vec<u32> {
    let taken = report.problems.iter().filter(|problem| problem.message.contains("the same email and name"));
    taken.filter_map(|problem| problem.row).collect()
}

#[test]
fn somebody_known_by_email_alone_gets_the_primary_identifier_and_keeps_the_link() {
    let mut fixture = Fixture::new();
    let person = fixture.import(ANI).unwrap().added[0];
    let directory = Directory::load(&fixture.store, attempt(1)).unwrap();
    let ticket = directory.ticket(person).unwrap().unwrap();

    let report = fixture.import(ANI_WITH_NIK).unwrap();
    let again = fixture.import(ANI_WITH_NIK).unwrap();
    let by_email = fixture.import(ANI).unwrap();

    assert_eq!((did(&report), taken(&report)), ((0, 1, 0), vec![2]));
    assert!(report.problems.iter().all(|problem| problem.severity == Severity::Warning));
    assert_eq!((did(&again), taken(&again)), ((0, 0, 1), vec![]));
    assert_eq!((did(&by_email), taken(&by_email)), ((0, 0, 1), vec![2]));
    assert_eq!(fixture.only_person(), person);
    assert_eq!(fixture.store.find("nik:1671014101800001").unwrap(), person);
    let reloaded = Directory::load(&fixture.store, attempt(1)).unwrap();
    assert_eq!(reloaded.admit(&ticket).unwrap().person, person);
}

#[test]
fn importing_people_by_email_alone_again_changes_nobody_and_corrects_by_the_address() {
    let mut fixture = Fixture::new();
    let first = fixture.import("nama,nuptk,email\nAni,,a@x.id\nBudi,0133758659300013,b@x.id\n").unwrap();

    let again = fixture.import("nama,nuptk,email\nAni,,A@X.id\nBudi,0133758659300013,b@x.id\n").unwrap();
    let married = fixture.import("nama,nuptk,email,sekolah\nAni Putri,,a@x.id,SMA 1\n").unwrap();

    assert_eq!(first.primary, IdKind::Nuptk);
    assert_eq!((did(&first), did(&again), did(&married)), ((2, 0, 0), (0, 0, 2), (0, 1, 0)));
    assert_eq!(fixture.names(), ["Ani Putri", "Budi"]);
    assert_eq!(fixture.store.primary().unwrap(), Some(IdKind::Nuptk));
}

#[test]
fn a_row_with_neither_is_a_problem() {
    let mut fixture = Fixture::new();

    let problems = refused(fixture.import("nama,nuptk,email,hp\nAni,,,0812345678\nBudi,,b@x.id,\n"));

    assert_eq!(places(&problems), ["2 nuptk"]);
    assert!(problems[0].message.contains("neither nuptk") && problems[0].message.contains("nor an email"));
    assert!(fixture.names().is_empty());
}

#[test]
fn a_shared_address_alone_makes_nobody_one_person() {
    let mut fixture = Fixture::new();
    fixture.import("nama,nik,email\nAni,,keluarga@x.id\n").unwrap();

    let report = fixture
        .import("nama,nik,email\nBudi,1671014101800002,keluarga@x.id\nCica,1671014101800003,keluarga@x.id\n")
        .unwrap();

    assert_eq!((did(&report), taken(&report)), ((2, 0, 0), vec![]));
    assert_eq!(fixture.names(), ["Ani", "Budi", "Cica"]);
    let found: Vec<_> = report.suspects.iter().map(|suspect| (suspect.likeness, suspect.people.len())).collect();
    assert_eq!(found, [(Likeness::Identifier(IdKind::Email), 3)]);
    assert!(matches!(fixture.store.find("email:keluarga@x.id"), Err(FindError::Several(people)) if people.len() == 3));
}

#[test]
fn an_address_that_two_persons_of_one_name_share_names_neither() {
    let mut fixture = Fixture::new();
    fixture.import(ANI).unwrap();
    let two = "nama,nik,email\nAni,1671014101800001,a@x.id\nAni,1671014101800002,a@x.id\n";

    let report = fixture.import(two).unwrap();
    let again = fixture.import(&format!("{two}Ani,,a@x.id\n")).unwrap();

    assert_eq!((did(&report), taken(&report)), ((2, 0, 0), vec![]));
    assert_eq!(did(&again), (0, 0, 3));
    assert_eq!(report.suspects[0].people.len(), 3);
}

#[test]
fn an_address_goes_on_to_the_next_who_has_no_other_key() {
    let mut fixture = Fixture::new();
    let ani = fixture.import(ANI).unwrap().added[0];

    // In this order the second row would rename Ani, if the first had not told who she is.
    let report = fixture.import("nama,nik,email\nBudi,,a@x.id\nAni,1671014101800001,a@x.id\n").unwrap();
    let again = fixture.import("nama,nik,email\nBudi,,a@x.id\nAni,1671014101800001,a@x.id\n").unwrap();

    assert_eq!((did(&report), report.corrected.as_slice()), ((1, 1, 0), [ani].as_slice()));
    assert_eq!(did(&again), (0, 0, 2));
    assert_eq!(fixture.names(), ["Ani", "Budi"]);
    assert_eq!(fixture.store.find("nik:1671014101800001").unwrap(), ani);
}

#[test]
fn rows_of_one_file_are_merged_by_the_address_only_where_one_has_no_other_key() {
    let file = "nama,nik,email,hp\nAni,,a@x.id,0812345678\nani,1671014101800001,a@x.id,\nBudi,,a@x.id,\n";
    let mut fixture = Fixture::new();

    let report = fixture.import(file).unwrap();

    assert_eq!(report.merged.iter().map(|rows| (rows.row, rows.into)).collect::<Vec<_>>(), [(2, 3)]);
    let people = fixture.store.people().unwrap();
    let phones: Vec<_> =
        people.iter().map(|person| person.details.as_ref().unwrap().identifier(IdKind::Phone)).collect();
    assert_eq!(phones, [Some("+62812345678"), None]);
    assert_eq!(fixture.names(), ["ani", "Budi"]);
}

#[test]
fn two_rows_by_one_address_that_contradict_each_other_are_both_named() {
    let problems = refused(Fixture::new().import("nama,nik,email\nAni,,a@x.id\nBudi,,a@x.id\n"));

    assert_eq!(places(&problems), ["2 ", "3 "]);
    assert!(problems[0].message.contains("the same email and a different name"), "{}", problems[0]);
}

#[test]
fn who_registered_by_email_becomes_official_with_the_primary_identifier() {
    let mut fixture = Fixture::new();
    let mut entropy = hadir::roster::OsEntropy;
    let registered = fixture.store.register("Ani", IdKind::Email, "a@x.id", &mut entropy).unwrap().person;

    let report = fixture.import(ANI_WITH_NIK).unwrap();

    assert_eq!((did(&report), report.corrected.as_slice()), ((0, 1, 0), [registered].as_slice()));
    assert_eq!(fixture.store.official_rows(&attempt(1)).unwrap().len(), 1);
    assert_eq!(fixture.store.register("Ani", IdKind::Email, "a@x.id", &mut entropy).unwrap().person, registered);
}

/// What a file tells of a person: nothing, their e-mail address, their number, or both.
#[derive(Clone, Copy, Debug)]
struct Told {
    number: bool,
    email: bool,
}

fn file(told: &[(usize, Told)]) -> String {
    let row = |(person, told): &(usize, Told)| {
        let number = if told.number { format!("16710141018000{:02}", person + 1) } else { String::new() };
        let email = if told.email { format!("p{person}@x.id") } else { String::new() };
        format!("Orang {},{number},{email}\n", char::from(b'A' + u8::try_from(*person).unwrap()))
    };
    std::iter::once("nama,nik,email\n".to_owned()).chain(told.iter().map(row)).collect()
}

/// Some rows about six persons; each with at least one key.
fn rows() -> impl Strategy<Value = Vec<(usize, Told)>> {
    let told = prop_oneof![Just((true, true)), Just((true, false)), Just((false, true))];
    let row = (0_usize..6, told).prop_map(|(person, (number, email))| (person, Told { number, email }));
    proptest::collection::vec(row, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn importing_the_same_files_again_adds_nobody(files in proptest::collection::vec(rows(), 1..4)) {
        let mut fixture = Fixture::new();
        for told in &files {
            fixture.import(&file(told)).unwrap();
        }
        let people = fixture.store.people().unwrap().len();

        for told in &files {
            prop_assert_eq!(fixture.import(&file(told)).unwrap().added.len(), 0);
        }

        prop_assert_eq!(fixture.store.people().unwrap().len(), people);
    }

    #[test]
    fn nobody_is_two_once_a_row_had_both_keys(told in rows(), cut in any::<prop::sample::Index>()) {
        let both = |person| (person, Told { number: true, email: true });
        let named: BTreeSet<usize> = told.iter().map(|(person, _)| *person).collect();
        let mut fixture = Fixture::new();
        // A row with both keys first: whatever comes later, alone or together, is recognised.
        fixture.import(&file(&named.iter().copied().map(both).collect::<Vec<_>>())).unwrap();
        let ids: BTreeSet<_> = fixture.store.people().unwrap().iter().map(|person| person.id).collect();

        let (before, after) = told.split_at(cut.index(told.len()));
        for part in [before, after].into_iter().filter(|part| !part.is_empty()) {
            fixture.import(&file(part)).unwrap();
        }

        let people = fixture.store.people().unwrap();
        prop_assert_eq!(people.iter().map(|person| person.id).collect::<BTreeSet<_>>(), ids);
        prop_assert!(people.iter().all(|person| person.details.as_ref().unwrap().identifiers.len() == 2));
    }

    #[test]
    fn somebody_known_by_email_stays_one_person_in_any_order_of_files(first in any::<bool>(), second in any::<bool>()) {
        let email = Told { number: false, email: true };
        let kind = |both: bool| if both { Told { number: true, email: true } } else { email };
        let mut fixture = Fixture::new();
        let person = fixture.import(&file(&[(0, kind(first))])).unwrap().added[0];

        fixture.import(&file(&[(0, kind(second)), (1, email)])).unwrap();

        let people = fixture.store.people().unwrap();
        prop_assert_eq!((people.len(), people[0].id), (2, person));
    }
}
