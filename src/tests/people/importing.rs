//! What importing does to those who are there: adds, corrects, merges by the primary identifier alone.

use hadir::roster::{Directory, IdKind, ImportOptions, Likeness, LinkOptions, normal_role, write_links};
use proptest::prelude::*;

use super::{Fixture, attempt};

#[test]
fn identical_rows_are_one_person_and_a_later_one_fills_the_gaps() {
    let file = "nama,nik,sekolah,hp\nAni,1671014101800001,SMA 1,\nANI,1671 0141 0180 0001,,081234567\n";
    let mut fixture = Fixture::new();

    let report = fixture.import(file).unwrap();

    assert_eq!(report.merged.iter().map(|rows| (rows.row, rows.into)).collect::<Vec<_>>(), [(3, 2)]);
    let person = fixture.store.person(fixture.only_person()).unwrap().details.unwrap();
    assert_eq!(person.canonical(), r#"{"name":"Ani","nik":"1671014101800001","phone":"+6281234567","school":"SMA 1"}"#);
}

#[test]
fn importing_again_adds_and_corrects_and_keeps_the_links_of_those_already_there() {
    let mut fixture = Fixture::new();
    fixture.import("nama,nik,hp,peran\nAni,1671014101800001,0812345678,panitia\nBudi,1671014101800002,,\n").unwrap();
    let before = fixture.store.people().unwrap();
    let directory = Directory::load(&fixture.store, attempt(1)).unwrap();
    let ticket = directory.ticket(before[0].id).unwrap().unwrap();

    let again = "nama,nik,hp\nCica,1671014101800003,\nAni Putri,1671014101800001,\nBudi,1671014101800002,\n";
    let report = fixture.import(again).unwrap();

    let after = fixture.store.people().unwrap();
    assert_eq!((report.added.len(), report.corrected.len(), report.unchanged), (1, 1, 1));
    assert_eq!(report.corrected, [before[0].id]);
    assert_eq!(fixture.names(), ["Ani Putri", "Budi", "Cica"]);
    assert_eq!(after[0].details.as_ref().unwrap().identifier(IdKind::Phone), Some("+62812345678"));
    assert_eq!((after[0].role.as_str(), after[1].role.as_str()), ("committee", "participant"));
    assert_eq!(after[0].reference, before[0].reference);
    assert!(report.problems.iter().any(|problem| problem.row == Some(3) && problem.message.contains("another name")));
    let reloaded = Directory::load(&fixture.store, attempt(1)).unwrap();
    assert_eq!(reloaded.admit(&ticket).unwrap().person, before[0].id);
}

#[test]
fn likenesses_are_listed_as_suspects_and_never_merged() {
    let file = "\
nama,nuptk,nik,email,hp,sekolah
Ani Putri,0000000000000011,1671014101800001,keluarga@a.id,0812345678,SMA 1
ani  putri,0000000000000012,,,,sma 1
Budi,0000000000000013,1671014101800001,keluarga@a.id,+62 812345678,SMA 2
Ani Putri,0000000000000014,1671024101800009,,,SMA 9
Siti Aminah,0000000000000015,,,,SMA 3
Siti Aminih,0000000000000016,,,,sma 3
Siti Aminuddin,0000000000000017,,,,SMA 3
Guru Tamu 1,0000000000000018,,,,SMA 3
Guru Tamu 2,0000000000000019,,,,SMA 3
";
    let mut fixture = Fixture::new();

    let report = fixture.import(file).unwrap();

    let found: Vec<(Likeness, usize)> =
        report.suspects.iter().map(|suspect| (suspect.likeness, suspect.people.len())).collect();
    assert_eq!(
        found,
        [
            (Likeness::Identifier(IdKind::Nik), 2),
            (Likeness::Identifier(IdKind::Email), 2),
            (Likeness::Identifier(IdKind::Phone), 2),
            (Likeness::NameAndSchool, 2),
            (Likeness::NameAndBirth, 2),
            (Likeness::NamesAlike, 2),
        ]
    );
    assert_eq!(fixture.names().len(), 9);
    assert_eq!(fixture.store.suspects().unwrap(), report.suspects);
}

#[test]
fn suspects_that_a_person_decided_on_are_one_row_merged_into_another() {
    let mut fixture = Fixture::new();
    let report = fixture.import("nama,id,hp\nAni,1,0812345678\nAni P.,2,0812345678\nAni Putri,3,0812345678\n").unwrap();
    let [first, second, third] = report.added[..] else { panic!() };

    fixture.store.merge(third, second).unwrap();
    fixture.store.merge(second, first).unwrap();

    let rows = fixture.store.roster_rows(&attempt(1)).unwrap();
    let kept = attempt(1).person(first);
    assert_eq!(rows.iter().filter(|row| row.merged_into == Some(kept)).count(), 2);
    assert!(hadir::domain::roster::parse(&hadir::domain::roster::write(&rows).unwrap()).is_ok());
    assert!(fixture.store.suspects().unwrap().is_empty());
    for (repeated, kept) in [(first, first), (second, first), (first, third)] {
        assert!(fixture.store.merge(repeated, kept).is_err());
    }
}

#[test]
fn names_that_a_spreadsheet_or_a_reader_would_take_for_something_else_stay_names() {
    let hostile =
        ["=Ani", "+Ani", "-Ani", "@Ani", "Ani \"Al\" O'Neil", "Ani\nPutri", "Ani\u{202e}irtuP", "\u{200f}Ani 😀"];
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["nama", "id"]).unwrap();
    for (name, id) in hostile.iter().zip(1..) {
        table.write_record([name, id.to_string().as_str()]).unwrap();
    }
    let mut fixture = Fixture::new();

    fixture.import_with(&table.into_inner().unwrap(), &ImportOptions::default()).unwrap();

    let options = LinkOptions { base_url: "https://hadir.example/".to_owned(), title: "Pelajaran".to_owned() };
    let sent = write_links(&fixture.store.links(&options).unwrap()).unwrap();
    let text = sent.strip_prefix(b"\xef\xbb\xbf").unwrap();
    let cells: Vec<String> = csv::Reader::from_reader(text).records().map(|row| row.unwrap()[1].to_owned()).collect();
    let kept = ["=Ani", "+Ani", "-Ani", "@Ani", "Ani \"Al\" O'Neil", "Ani Putri", "AniirtuP", "Ani 😀"];
    assert_eq!(fixture.names(), kept);
    assert_eq!(cells[..4], ["'=Ani", "'+Ani", "'-Ani", "'@Ani"]);
    assert_eq!(cells[4..], kept[4..]);
}

#[test]
fn roles_are_words_with_one_meaning() {
    for (written, expected) in [
        ("", Some("participant")),
        (" Peserta ", Some("participant")),
        ("NARASUMBER", Some("speaker")),
        ("Guru  Kelas", Some("guru kelas")),
        ("=1+1", None),
        ("0812345678", None),
    ] {
        assert_eq!(normal_role(written).as_deref(), expected, "{written}");
    }
    let mut fixture = Fixture::new();
    let report = fixture.import("nama,id,peran\nAni,1,Peserta\nBudi,2,guru\nCica,3,guru\n").unwrap();
    assert_eq!(report.roles.into_iter().collect::<Vec<_>>(), [("guru".to_owned(), 2), ("participant".to_owned(), 1)]);
}

#[test]
fn a_roster_of_25000_is_imported_and_imported_again_without_changing_anybody() {
    let row = |number: u32| {
        let (day, serial) = (number % 28 + 1, number / 28 + 1);
        format!("Guru ke {number},167101{day:02}0180{serial:04},guru{number}@a.id,SMA {},Palembang\n", number % 800)
    };
    let rows: Vec<String> = (0..25_000).map(row).collect();
    let file = format!("nama,nik,email,sekolah,kabupaten\n{}", rows.concat());
    let mut fixture = Fixture::new();

    let first = fixture.import(&file).unwrap();
    let again = fixture.import(&file).unwrap();

    assert_eq!((first.added.len(), first.suspects.len()), (25_000, 0));
    assert_eq!((again.added.len(), again.corrected.len(), again.unchanged), (0, 0, 25_000));
    let roster = fixture.store.roster_rows(&attempt(1)).unwrap();
    let bytes = hadir::domain::roster::write(&roster).unwrap();
    assert_eq!(hadir::domain::roster::parse(&bytes).unwrap().len(), 25_000);
    let groups: std::collections::BTreeSet<_> = roster.iter().map(|row| &row.group).collect();
    assert_eq!(groups.len(), 800);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_file_breaks_the_import(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut fixture = Fixture::new();

        let result = fixture.import_with(&bytes, &Default::default());

        prop_assert!(result.is_ok() || fixture.names().is_empty());
    }

    #[test]
    fn no_cell_breaks_the_import(name in "\\PC{0,20}", id in "\\PC{0,20}", email in "\\PC{0,20}") {
        let mut table = csv::Writer::from_writer(Vec::new());
        table.write_record(["nama", "id", "email"]).unwrap();
        table.write_record([&name, &id, &email]).unwrap();
        let mut fixture = Fixture::new();

        let result = fixture.import_with(&table.into_inner().unwrap(), &Default::default());

        prop_assert_eq!(fixture.names().len(), usize::from(result.is_ok()));
    }
}
