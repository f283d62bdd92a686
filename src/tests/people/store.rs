//! The store: what it keeps, what it destroys, and which files it refuses.

use std::{fs, net::IpAddr};

use hadir::roster::{
    Directory, FindError, GROUP_UNKNOWN, IdKind, OsEntropy, PeopleStore, Source, StoreError, TicketError, commitment,
    write_listing,
};

use super::{Fixture, attempt, keys};

const NIK: &str = "1671014101800001";

#[test]
fn no_personal_data_stand_readable_in_the_file() {
    let mut fixture = Fixture::new();
    fixture.import(&format!("nama,nik,email,sekolah\nAni Rahasia,{NIK},ani@rahasia.id,SMA Rahasia\n")).unwrap();

    let bytes = fs::read(fixture.path()).unwrap();

    for secret in ["Rahasia", "rahasia", NIK] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
    let debug = format!("{:?}", fixture.store.people().unwrap());
    assert!(!debug.contains("Rahasia") && !debug.contains(NIK), "{debug}");
}

#[test]
fn an_erased_person_cannot_be_read_found_or_let_in_any_more() {
    let mut fixture = Fixture::new();
    let added = fixture.import(&format!("nama,nik,hp\nAni,{NIK},0812345678\nBudi,1671014101800002,\n")).unwrap().added;
    let directory = Directory::load(&fixture.store, attempt(1)).unwrap();
    let ticket = directory.ticket(added[0]).unwrap().unwrap();
    let reference = fixture.store.person(added[0]).unwrap().reference;

    fixture.store.forget(added[0]).unwrap();
    directory.remove(added[0]);

    let person = fixture.store.person(added[0]).unwrap();
    assert_eq!(person.details, None);
    assert_eq!(fixture.names(), ["Budi"]);
    assert!(fixture.store.openings(added[0], &attempt(1)).unwrap().is_empty());
    assert!(matches!(fixture.store.find(&reference.to_string()), Err(FindError::Nobody)));
    assert!(matches!(fixture.store.find(&format!("nik:{NIK}")), Err(FindError::Nobody)));
    assert!(matches!(fixture.store.find("phone:0812345678"), Err(FindError::Nobody)));
    assert_eq!(fixture.store.roster_rows(&attempt(1)).unwrap().len(), 1);
    assert_eq!(directory.admit(&ticket), Err(TicketError::Unknown));
    assert_eq!(Directory::load(&fixture.store, attempt(1)).unwrap().admit(&ticket), Err(TicketError::Unknown));
}

#[test]
fn an_erased_persons_key_is_nowhere_in_the_file() {
    let mut fixture = Fixture::new();
    let person = fixture.import("nama,id\nAni,1\n").unwrap().added[0];
    let connection = rusqlite::Connection::open(fixture.path()).unwrap();
    let (key, details): (Vec<u8>, Vec<u8>) =
        connection.query_row("SELECT key, details FROM person", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let path = fixture.path();
    let holds = |needle: &[u8]| fs::read(&path).unwrap().windows(needle.len()).any(|part| part == needle);
    assert!(holds(&key) && holds(&details));

    fixture.store.forget(person).unwrap();

    assert!(!holds(&key) && !holds(&details));
}

#[test]
fn details_that_are_moved_to_another_persons_row_do_not_open() {
    let mut fixture = Fixture::new();
    fixture.import("nama,id\nAni,1\nBudi,2\n").unwrap();
    let connection = rusqlite::Connection::open(fixture.path()).unwrap();
    let swap = "UPDATE person SET (key, details) = (SELECT key, details FROM person WHERE serial = 2) WHERE serial = 1";

    connection.execute(swap, []).unwrap();

    assert!(matches!(fixture.store.people(), Err(StoreError::Damaged(_))));
}

#[test]
fn a_commitment_is_opened_by_its_salt_and_details_even_after_a_correction() {
    let mut fixture = Fixture::new();
    let person = fixture.import("nama,id\nAni,1\n").unwrap().added[0];
    let names = attempt(1);
    let opened = fixture.store.roster_rows(&names).unwrap()[0].clone();

    fixture.import("nama,id,sekolah\nAni,1,SMA 1\n").unwrap();

    let corrected = fixture.store.roster_row(person, &names).unwrap().unwrap();
    assert_ne!(corrected.commitment, opened.commitment);
    let openings = fixture.store.openings(person, &names).unwrap();
    let hashes: Vec<_> = openings.iter().map(|opening| commitment(&opening.salt, &opening.details)).collect();
    assert_eq!(hashes, [corrected.commitment, opened.commitment]);
    assert_eq!(openings[1].details, r#"{"id":"1","name":"Ani"}"#);
}

#[test]
fn groups_are_opaque_labels_that_are_equal_for_equal_schools_of_one_attempt() {
    let mut fixture = Fixture::new();
    let file = "nama,id,sekolah,kabupaten\nA,1,SMA 1,X\nB,2,sma 1,Y\nC,3,,X\nD,4,,\n";
    let added = fixture.import(file).unwrap().added;
    let group = |number: usize, key| fixture.store.roster_row(added[number], &attempt(key)).unwrap().unwrap().group;

    assert_eq!(group(0, 1), group(1, 1));
    assert_ne!(group(0, 1), group(2, 1));
    assert_ne!(group(0, 1), group(0, 2));
    assert_eq!(group(3, 1), "unknown");
    assert!(group(0, 1).starts_with('g'));
}

#[test]
fn no_school_gets_the_label_of_those_without_one() {
    let mut fixture = Fixture::new();
    let added = fixture.import("nama,id,sekolah\nA,1,unknown\nB,2,Unknown\nC,3,\nD,4,gunknown\n").unwrap().added;
    let group = |number: usize| fixture.store.roster_row(added[number], &attempt(1)).unwrap().unwrap().group;

    assert_eq!(group(2), GROUP_UNKNOWN);
    assert_eq!(group(0), group(1));
    for number in [0, 1, 3] {
        assert!(group(number).starts_with('g') && group(number).len() > 9, "{}", group(number));
    }
}

#[test]
fn addresses_of_one_network_share_a_tag_and_others_do_not() {
    let tag = |address: &str| attempt(1).network(address.parse::<IpAddr>().unwrap());

    assert_eq!(tag("10.1.2.3"), tag("10.1.2.200"));
    assert_eq!(tag("10.1.2.3"), tag("::ffff:10.1.2.9"));
    assert_ne!(tag("10.1.2.3"), tag("10.1.3.3"));
    assert_eq!(tag("2001:db8:7:1::1"), tag("2001:db8:7:ffff::2"));
    assert_ne!(tag("2001:db8:7::1"), tag("2001:db8:8::1"));
    assert_ne!(attempt(1).device("a"), attempt(2).device("a"));
}

#[test]
fn registering_a_known_identifier_gives_the_same_person() {
    let mut fixture = Fixture::new();
    let imported = fixture.import(&format!("nama,nik\nAni,{NIK}\n")).unwrap().added[0];

    let known = fixture.store.register("Someone", IdKind::Nik, "1671 0141 0180 0001", &mut OsEntropy).unwrap();
    let new = fixture.store.register("  Budi  Santoso ", IdKind::Email, "B@A.id", &mut OsEntropy).unwrap();
    let again = fixture.store.register("Budi", IdKind::Email, "b@a.ID", &mut OsEntropy).unwrap();

    assert_eq!((known.person, known.created), (imported, false));
    assert!(new.created && !again.created);
    assert_eq!(new.person, again.person);
    assert_eq!(fixture.names(), ["Ani", "Budi Santoso"]);
    assert_eq!(fixture.store.person(new.person).unwrap().source, Source::Registration);
    assert!(fixture.store.register("1234", IdKind::Id, "1", &mut OsEntropy).is_err());
    assert!(fixture.store.register("Ani", IdKind::Nik, "12", &mut OsEntropy).is_err());
}

#[test]
fn somebody_who_registered_before_the_first_import_is_found_by_it() {
    let mut fixture = Fixture::new();
    let registered = fixture.store.register("Ani", IdKind::Email, "ani@a.id", &mut OsEntropy).unwrap();

    let report = fixture.import("nama,email,sekolah\nAni,ani@a.id,SMA 1\n").unwrap();

    assert_eq!(report.corrected, [registered.person]);
    assert_eq!(fixture.only_person(), registered.person);
}

#[test]
fn who_only_registered_is_not_on_the_roster_with_which_an_attempt_opens() {
    let mut fixture = Fixture::new();
    let alone = fixture.store.register("Ani", IdKind::Email, "ani@a.id", &mut OsEntropy).unwrap().person;
    let matched = fixture.store.register("Budi", IdKind::Email, "budi@a.id", &mut OsEntropy).unwrap().person;
    let same = fixture.store.register("Budi S.", IdKind::Phone, "0812345678", &mut OsEntropy).unwrap().person;
    fixture.import("nama,email\nBudi,budi@a.id\n").unwrap();
    fixture.store.merge(same, matched).unwrap();
    let names = attempt(1);

    let official = fixture.store.official_rows(&names).unwrap();

    let mut expected = [names.person(matched), names.person(same)];
    expected.sort();
    let bytes = hadir::domain::roster::write(&official).unwrap();
    let persons: Vec<_> = hadir::domain::roster::parse(&bytes).unwrap().into_iter().map(|row| row.person).collect();
    assert_eq!(persons, expected);
    assert_eq!(fixture.store.roster_rows(&names).unwrap().len(), 3);
    assert!(matches!(fixture.store.merge(matched, alone), Err(StoreError::CannotMerge)));
}

#[test]
fn the_private_listing_says_which_label_is_which_school() {
    let mut fixture = Fixture::new();
    fixture.import("nama,id,sekolah,hp\n@Ani,1,SMA 1,0812345678\nBudi,2,,\n").unwrap();
    let people = fixture.store.people().unwrap();

    let text = String::from_utf8(write_listing(&people, &attempt(1)).unwrap()).unwrap();

    let rows = fixture.store.roster_rows(&attempt(1)).unwrap();
    let ani = &rows[0];
    let expected = format!(
        "{},{},'@Ani,participant,{},SMA 1,,,62 812-3456-78,import,\r\n",
        people[0].reference, ani.person, ani.group
    );
    assert!(text.contains(&expected), "{text}");
    assert_eq!(text.lines().count(), 3);
}

#[test]
fn a_person_is_found_by_reference_and_by_any_identifier_with_its_type() {
    let mut fixture = Fixture::new();
    let added = fixture.import("nama,id,hp\nAni,1,0812345678\nBudi,2,0812345678\n").unwrap().added;
    let reference = fixture.store.person(added[0]).unwrap().reference.to_string();
    let typed = reference.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");

    assert_eq!(fixture.store.find(&typed).unwrap(), added[0]);
    assert_eq!(fixture.store.find("id: 2").unwrap(), added[1]);
    assert!(matches!(fixture.store.find("hp:1"), Err(FindError::Form(_))));
    assert!(matches!(fixture.store.find("Ani"), Err(FindError::Form(_))));
    assert!(matches!(fixture.store.find("phone:0812345678"), Err(FindError::Several(people)) if people.len() == 2));
}

#[test]
fn a_store_that_is_missing_foreign_newer_or_locked_with_other_keys_is_refused_with_the_remedy() {
    let fixture = Fixture::new();
    let (path, folder) = (fixture.path(), fixture.folder.path());
    let foreign = folder.join("foreign.db");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    let noise = folder.join("noise.db");
    fs::write(&noise, [7; 4_096]).unwrap();
    let newer = folder.join("newer.db");
    fixture.store.copy_to(&newer).unwrap();
    rusqlite::Connection::open(&newer).unwrap().pragma_update(None, "user_version", 99).unwrap();

    let refusal = |path: &std::path::Path, key| PeopleStore::open(path, keys(key)).unwrap_err();
    let said = [
        refusal(&folder.join("none.db"), 1),
        refusal(&foreign, 1),
        refusal(&noise, 1),
        refusal(&newer, 1),
        refusal(&path, 2),
        PeopleStore::create(&path, keys(1)).unwrap_err(),
        fixture.store.copy_to(&path).unwrap_err(),
    ];

    let remedies: Vec<&str> = said.iter().map(StoreError::remedy).collect();
    let same = |wanted: &str, times: usize| assert_eq!(remedies.iter().filter(|said| **said == wanted).count(), times);
    same(StoreError::Missing(path.clone()).remedy(), 1);
    same(StoreError::Foreign(path.clone()).remedy(), 1);
    same(StoreError::Damaged(String::new()).remedy(), 1);
    same(StoreError::Version { found: 99, known: 1 }.remedy(), 1);
    same(StoreError::OtherKeys.remedy(), 1);
    same(StoreError::Exists(path).remedy(), 2);
    assert!(!folder.join("none.db").exists());
}
