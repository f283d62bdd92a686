//! Rosters with broken rows: each is named by row and column, and nothing is half imported.

use hadir::roster::{IdKind, ImportError, ImportOptions, Primary, Severity};

use super::{Dry, Fixture, places, refused};

const ACCEPT: ImportOptions =
    ImportOptions { primary: Primary::Auto, mapping: hadir::roster::Mapping::NONE, accept_valid: true };

const BROKEN: &str = "\
nama,nik,email,peran
Ani,1671014101800001,ani@a.id,
,1671014101800002,,
12345,1671014101800003,,
Dedi,167101410180,,
Eka,,-,
Feri,1671014101800006,feri at a.id,
Gita,1671014101800007,,guru/staf
\"Hadi\",1671014101800008,,,surplus
Indra,1.67101E+15,,
";

#[test]
fn every_problem_is_reported_by_row_and_column_and_nothing_is_imported() {
    let mut fixture = Fixture::new();

    let problems = refused(fixture.import(BROKEN));

    assert_eq!(places(&problems), ["3 nama", "4 nama", "5 nik", "6 nik", "7 email", "8 peran", "9 ", "10 nik"]);
    assert!(problems.iter().all(|problem| !problem.remedy.is_empty()));
    assert!(fixture.names().is_empty());
    assert_eq!(fixture.store.primary().unwrap(), None);
}

#[test]
fn the_good_rows_are_taken_on_request_and_the_others_come_back_with_their_reasons() {
    let mut fixture = Fixture::new();

    let report = fixture.import_with(BROKEN.as_bytes(), &ACCEPT).unwrap();

    assert_eq!(fixture.names(), ["Ani"]);
    assert_eq!(report.rows, 9);
    let rejects = report.rejects.unwrap();
    assert_eq!(rejects.rows, 8);
    let text = String::from_utf8(rejects.csv).unwrap();
    assert!(text.starts_with("\u{feff}nama,nik,email,peran,row,reason\r\n"));
    assert!(text.contains("Dedi,167101410180,,,5,\"nik: nik must have 16 digits, and this has 12\"\r\n"), "{text}");
}

#[test]
fn corrected_rejects_can_be_imported_as_they_are() {
    let mut fixture = Fixture::new();
    let report = fixture.import_with(BROKEN.as_bytes(), &ACCEPT).unwrap();
    let rejects = String::from_utf8(report.rejects.unwrap().csv).unwrap();

    let lines: Vec<&str> = rejects.lines().filter(|line| line.contains("reason") || line.contains("Dedi")).collect();
    let corrected = lines.join("\r\n").replace("167101410180,", "1671014101800004,");
    let report = fixture.import(&corrected).unwrap();

    assert_eq!(report.added.len(), 1);
    assert_eq!(fixture.names(), ["Ani", "Dedi"]);
}

#[test]
fn a_column_that_a_spreadsheet_cut_is_refused_even_when_the_good_rows_would_do() {
    let cut = |(serial, name): (u32, char)| format!("Orang {name},167101410180{serial:03}0\n");
    let file: String = std::iter::once("nama,nik\n".to_owned()).chain((1..9).zip('A'..).map(cut)).collect();
    let mut fixture = Fixture::new();

    let problems = refused(fixture.import_with(file.as_bytes(), &ACCEPT));

    assert_eq!(places(&problems), [" nik"]);
    assert!(problems[0].remedy.contains("as text"));
    assert!(fixture.names().is_empty());
}

#[test]
fn a_tenth_of_all_numbers_may_end_in_zero() {
    let row = |serial: u32| format!("Orang,167101410180{:04}\n", serial + 1);
    let file: String = std::iter::once("nama,nik\n".to_owned()).chain((0..500).map(row)).collect();

    let report = Fixture::new().import(&file).unwrap();

    assert_eq!(report.added.len(), 500);
}

#[test]
fn a_civil_servants_number_that_lost_three_digits_is_recognised() {
    let row = |year: u32| format!("Orang,19{year}01012005011000\n");
    let file: String = std::iter::once("nama,nip\n".to_owned()).chain((60..64).map(row)).collect();

    let problems = refused(Fixture::new().import(&file));

    assert_eq!(places(&problems), [" nip"]);
}

#[test]
fn an_open_quotation_mark_is_found_where_it_swallows_the_rows_after_it() {
    let tail: String = (0..60).map(|number| format!("Orang Lain,X{number},SMA Negeri Satu\n")).collect();
    let file = format!("nama,id,sekolah\nAni,A1,\"SMA 1\n{tail}");

    let problems = refused(Fixture::new().import(&file));

    assert_eq!(places(&problems), ["2 sekolah"]);
    assert!(problems[0].message.contains("quotation mark"));
}

#[test]
fn rows_that_contradict_each_other_are_both_named_and_neither_is_taken() {
    let file =
        "nama,nik,sekolah\nAni,1671014101800001,SMA 1\nBudi,1671014101800002,SMA 1\nTuti,1671014101800001,SMA 1\n";
    let mut fixture = Fixture::new();

    let problems = refused(fixture.import(file));
    fixture.import_with(file.as_bytes(), &ACCEPT).unwrap();

    assert_eq!(places(&problems), ["2 ", "4 "]);
    assert!(problems[0].message.contains("different name"));
    assert_eq!(fixture.names(), ["Budi"]);
}

#[test]
fn the_primary_identifier_must_be_in_the_file_and_stays_what_it_was() {
    let named = |kind| ImportOptions { primary: Primary::Named(kind), ..ImportOptions::default() };
    let mut fixture = Fixture::new();

    let absent = fixture.import_with(b"nama,email\nAni,a@b.id\n", &named(IdKind::Nik));
    let nothing = fixture.import("nama,hp\nAni,0812345678\n");
    fixture.import("nama,email,nik\nAni,a@b.id,1671014101800001\n").unwrap();
    let without = fixture.import("nama,email\nAni,a@b.id\n");
    let other = fixture.import_with(b"nama,email\nAni,a@b.id\n", &named(IdKind::Email));

    assert!(matches!(absent, Err(ImportError::PrimaryAbsent(IdKind::Nik))));
    assert!(matches!(nothing, Err(ImportError::NoIdentifier)));
    assert!(matches!(without, Err(ImportError::PrimaryAbsent(IdKind::Nik))));
    assert!(matches!(other, Err(ImportError::PrimaryFixed { fixed: IdKind::Nik, declared: IdKind::Email })));
    for error in [absent.unwrap_err(), nothing.unwrap_err(), without.unwrap_err(), other.unwrap_err()] {
        assert!(!error.remedy().is_empty());
    }
    assert_eq!(fixture.names(), ["Ani"]);
    assert!("phone".parse::<Primary>().is_err());
}

#[test]
fn the_best_identifier_of_the_headings_is_the_primary_one() {
    for (headings, expected) in [
        ("nama,email,id,nik,nip,nuptk", IdKind::Nuptk),
        ("nama,email,id,nik,nip", IdKind::Nip),
        ("nama,email,id,nik", IdKind::Nik),
        ("nama,email,id", IdKind::Id),
        ("nama,email", IdKind::Email),
    ] {
        let file = format!("{headings}\nAni,a@b.id,1,1671014101800001,198001012005011003,0133758659300013\n");
        let width = headings.split(',').count();
        let file: String =
            file.lines().map(|line| line.split(',').take(width).collect::<Vec<_>>().join(",") + "\n").collect();

        assert_eq!(Fixture::new().import(&file).unwrap().primary, expected);
    }
}

#[test]
fn oddities_are_warnings_that_keep_nobody_out() {
    let file = "no,nama,nik\n1,Ani,9971014101800001\n";

    let report = Fixture::new().import(file).unwrap();

    assert_eq!(report.added.len(), 1);
    let warned: Vec<_> = report.problems.iter().filter_map(|problem| problem.column.as_deref()).collect();
    assert_eq!(warned, ["no", "nik"]);
    assert!(report.problems.iter().all(|problem| problem.severity == Severity::Warning));
}

#[test]
fn nothing_is_imported_when_the_random_source_fails() {
    let mut fixture = Fixture::new();

    let result = fixture.store.import(b"nama,email\nAni,a@b.id\n", &ImportOptions::default(), &mut Dry);

    assert!(result.is_err());
    assert!(fixture.names().is_empty());
    assert_eq!(fixture.store.primary().unwrap(), None);
}
