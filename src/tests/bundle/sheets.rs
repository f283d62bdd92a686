//! The workbook of a bundle: every table as a sheet, and sentences for whoever reads it.

use std::{collections::BTreeMap, fs, path::Path};

use calamine::{Data, Reader as _, Xlsx, open_workbook};
use hadir::{domain::roster::BYTE_ORDER_MARK, report};

use super::{Simulated, contents};
use crate::model::history::{Step, What};

const WORKBOOK: &str = "tables.xlsx";

/// The rows of a workbook's sheets, in their order.
type Sheets = Vec<(String, Vec<Vec<String>>)>;

fn sheets(bundle: &Path) -> Sheets {
    let mut book: Xlsx<_> = open_workbook(bundle.join(WORKBOOK)).unwrap();
    let shown = |cell: &Data| cell.to_string();
    let rows = |range: &calamine::Range<Data>| range.rows().map(|row| row.iter().map(shown).collect()).collect();
    book.worksheets().iter().map(|(name, range)| (name.clone(), rows(range))).collect()
}

/// The rows of every CSV table of a bundle, by the sheet's name.
fn tables(bundle: &Path) -> BTreeMap<String, Vec<Vec<String>>> {
    let files = contents(bundle).into_iter();
    let evidence = files.filter(|(path, _)| path.ends_with(".csv") && path != "roster.csv");
    evidence.map(|(path, bytes)| (path.trim_end_matches(".csv").to_owned(), rows(&bytes))).collect()
}

fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn exported(attempt: &Simulated) {
    attempt.export_with(&report::documents, &attempt.notes, &attempt.path()).unwrap();
}

fn cell<'a>(sheets: &'a Sheets, sheet: &str, label: &str) -> &'a str {
    let (_, rows) = sheets.iter().find(|(name, _)| name == sheet).unwrap();
    &rows.iter().find(|row| row[0] == label).unwrap()[1]
}

#[test]
fn every_table_of_a_bundle_is_a_sheet_with_the_same_cells() {
    let attempt = Simulated::new();

    exported(&attempt);

    let (sheets, mut tables) = (sheets(&attempt.path()), tables(&attempt.path()));
    let names: Vec<&str> = sheets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((names[0], names[1], names[names.len() - 1]), ("summary", "funnel", "columns"));
    assert!(names.contains(&"people") && names.contains(&"connections") && names.contains(&"versions"));
    for (name, rows) in &sheets[2..sheets.len() - 1] {
        assert_eq!(Some(rows), tables.remove(name).as_ref(), "{name}");
    }
    assert!(tables.is_empty(), "{:?}", tables.keys());
}

#[test]
fn every_column_of_every_table_is_explained_in_both_languages() {
    let attempt = Simulated::new();

    exported(&attempt);

    let sheets = sheets(&attempt.path());
    let (_, explained) = sheets.last().unwrap();
    for (table, rows) in tables(&attempt.path()) {
        for heading in &rows[0] {
            let row = explained.iter().find(|row| row[0] == table && row[1] == *heading).unwrap();
            assert!(row[2].ends_with('.') && row[3].ends_with('.') && row[2] != row[3], "{table}.{heading}");
        }
    }
}

#[test]
fn the_funnel_closes_and_the_summary_says_the_same_number() {
    let attempt = Simulated::new();

    exported(&attempt);

    let sheets = sheets(&attempt.path());
    let funnel = &sheets[1].1;
    let (certified, difference) = (&funnel[funnel.len() - 2], &funnel[funnel.len() - 1]);
    assert_eq!((certified[0].as_str(), &certified[3]), ("certified", &certified[4]));
    assert_eq!(difference[4], "0");
    assert!(funnel[1..funnel.len() - 1].iter().all(|row| !row[1].is_empty() && !row[2].is_empty()), "{funnel:?}");
    assert_eq!(cell(&sheets, "summary", "Jumlah yang terhitung"), certified[3]);
    assert_eq!(cell(&sheets, "summary", "Gladi bersih"), "INI GLADI BERSIH, BUKAN REKOR");
    assert_eq!(cell(&sheets, "summary", "Entri log"), attempt.lines.len().to_string());
}

#[test]
fn the_same_log_gives_the_same_documents() {
    let attempt = Simulated::new();
    let again = attempt.folder.path().join("again");

    exported(&attempt);
    attempt.export_with(&report::documents, &attempt.notes, &again).unwrap();

    assert_eq!(contents(&attempt.path()), contents(&again));
}

#[test]
fn a_log_of_an_opening_alone_has_all_its_sheets() {
    let attempt = Simulated::told(&[]);

    exported(&attempt);

    let (sheets, tables) = (sheets(&attempt.path()), tables(&attempt.path()));
    assert_eq!(sheets.len(), tables.len() + 3);
    assert!(sheets.iter().find(|(name, _)| name == "connections").is_some_and(|(_, rows)| rows.len() == 1));
    assert_eq!(cell(&sheets, "summary", "Pelajaran dimulai"), "");
    assert_eq!(cell(&sheets, "summary", "Jumlah yang terhitung"), "0");
}

#[test]
fn an_attempt_without_an_end_says_that_its_count_is_provisional() {
    let step = |what| Step { wait_us: 10_000, what };
    let attempt = Simulated::told(&[
        step(What::Join { person: 0, node: 0, device: 0 }),
        step(What::Signal(hadir::domain::event::Signal::Start)),
    ]);

    exported(&attempt);

    let sheets = sheets(&attempt.path());
    assert!(cell(&sheets, "summary", "Keadaan hitungan").starts_with("Sementara: "));
    assert!(!cell(&sheets, "summary", "Pelajaran dimulai").is_empty());
    assert!(fs::metadata(attempt.path().join("report.pdf")).is_ok());
}
