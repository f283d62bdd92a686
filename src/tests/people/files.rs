//! Rosters as files: encodings, delimiters, workbooks, headings.

use std::io::{Cursor, Write};

use hadir::roster::{ImportError, ImportOptions, TableError};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{Fixture, places, refused};

/// A workbook whose sheets hold these cells, each written as the sheet's XML has it.
fn workbook(sheets: &[&[&[&str]]]) -> Vec<u8> {
    let mut package = ZipWriter::new(Cursor::new(Vec::new()));
    let mut file = |name: &str, content: &str| {
        package.start_file(name, SimpleFileOptions::default()).unwrap();
        package.write_all(content.as_bytes()).unwrap();
    };
    let entry = |number: usize| {
        (
            format!(r#"<sheet name="S{number}" sheetId="{number}" r:id="rId{number}"/>"#),
            format!(
                r#"<Relationship Id="rId{number}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{number}.xml"/>"#
            ),
        )
    };
    let (list, relations): (Vec<_>, Vec<_>) = (1..=sheets.len()).map(entry).unzip();
    file(
        "_rels/.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
    );
    file(
        "xl/workbook.xml",
        &format!(
            r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{}</sheets></workbook>"#,
            list.concat()
        ),
    );
    file(
        "xl/_rels/workbook.xml.rels",
        &format!(
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>"#,
            relations.concat()
        ),
    );
    for (number, rows) in (1..).zip(sheets) {
        let row = |(row, cells): (usize, &&[&str])| format!(r#"<row r="{row}">{}</row>"#, cells.concat());
        let rows: Vec<String> = (1..).zip(rows.iter()).map(row).collect();
        file(
            &format!("xl/worksheets/sheet{number}.xml"),
            &format!(
                r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>"#,
                rows.concat()
            ),
        );
    }
    package.finish().unwrap().into_inner()
}

fn text(at: &str, value: &str) -> String {
    format!(r#"<c r="{at}" t="inlineStr"><is><t>{value}</t></is></c>"#)
}

fn number(at: &str, value: &str) -> String {
    format!(r#"<c r="{at}"><v>{value}</v></c>"#)
}

fn cells(cells: &[String]) -> Vec<&str> {
    cells.iter().map(String::as_str).collect()
}

#[test]
fn every_usual_encoding_and_delimiter_gives_the_same_people() {
    let comma = "nama,email,sekolah\nAni Putri,ani@a.id,SMA 1\n\"Budi, S.Pd.\",budi@a.id,SMA 2\n";
    let semicolon = "Nama;E-mail;Sekolah\r\nAni Putri;ani@a.id;SMA 1\r\nBudi, S.Pd.;budi@a.id;SMA 2\r\n";
    let tab = "NAMA\tEMAIL\tSEKOLAH\nAni Putri\tani@a.id\tSMA 1\nBudi, S.Pd.\tbudi@a.id\tSMA 2\n";
    let utf16 = |mark: &[u8], bytes: fn(u16) -> [u8; 2]| {
        [mark, &tab.encode_utf16().flat_map(bytes).collect::<Vec<_>>()].concat()
    };
    let files = [
        comma.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", comma.as_bytes()].concat(),
        semicolon.as_bytes().to_vec(),
        format!("sep=;\r\n{semicolon}").into_bytes(),
        tab.as_bytes().to_vec(),
        utf16(b"\xff\xfe", u16::to_le_bytes),
        utf16(b"\xfe\xff", u16::to_be_bytes),
    ];

    for file in files {
        let mut fixture = Fixture::new();
        fixture.import_with(&file, &ImportOptions::default()).unwrap();

        assert_eq!(fixture.names(), ["Ani Putri", "Budi, S.Pd."]);
    }
}

#[test]
fn a_file_that_is_no_table_is_refused_with_its_remedy() {
    let latin1 = b"nama,email\nAni,ani@a.id\nJos\xe9,jose@a.id\n".to_vec();
    let unmarked: Vec<u8> = "nama,email\nAni,ani@a.id\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut other_zip = ZipWriter::new(Cursor::new(Vec::new()));
    other_zip.start_file("mimetype", SimpleFileOptions::default()).unwrap();
    let other_zip = other_zip.finish().unwrap().into_inner();
    let mut cut = workbook(&[&[&cells(&[text("A1", "nama")])]]);
    cut.truncate(cut.len() / 2);
    let broken_half = [b"\xff\xfe".as_slice(), b"n\0a\0m\0a\0\x00\xd8"].concat();

    for (file, expected) in [
        (latin1, TableError::NotUtf8 { line: 3 }),
        (unmarked, TableError::NotText),
        (broken_half, TableError::NotText),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), TableError::OldWorkbook),
        (other_zip, TableError::NotAWorkbook),
        (cut, TableError::NotAWorkbook),
        (Vec::new(), TableError::Empty),
        (b"\n \n,,\n".to_vec(), TableError::Empty),
        (b"nama,email\n".to_vec(), TableError::Empty),
    ] {
        let mut fixture = Fixture::new();
        match fixture.import_with(&file, &ImportOptions::default()) {
            Err(ImportError::Table(error)) => {
                assert_eq!(error, expected);
                assert!(!error.remedy().is_empty());
            }
            other => panic!("{expected:?} expected, not {other:?}"),
        }
    }
}

#[test]
fn a_workbook_keeps_every_digit_of_a_text_and_of_a_short_number() {
    let title = [text("A1", "Daftar Peserta 2026")];
    let headings = [text("A2", "No"), text("B2", "Nama Lengkap"), text("C2", "NIK"), text("D2", "No. HP")];
    let ani = [number("A3", "1"), text("B3", "Ani"), text("C3", "0671014101800001"), number("D3", "81234567890")];
    let file = workbook(&[&[&cells(&title), &cells(&headings), &cells(&ani)]]);
    let mut fixture = Fixture::new();

    let report = fixture.import_with(&file, &ImportOptions::default()).unwrap();

    let person = fixture.store.person(report.added[0]).unwrap().details.unwrap();
    assert_eq!(person.canonical(), r#"{"name":"Ani","nik":"0671014101800001","phone":"+6281234567890"}"#);
}

#[test]
fn a_long_number_in_a_workbook_is_refused_because_its_last_digits_are_gone() {
    let headings = [text("A1", "Nama"), text("B1", "NIK")];
    let ani = [text("A2", "Ani"), number("B2", "1671014101800001")];
    let budi = [text("A3", "Budi"), number("B3", "1.6710141018000001E+15")];
    let file = workbook(&[&[&cells(&headings), &cells(&ani), &cells(&budi)]]);
    let mut fixture = Fixture::new();

    let problems = refused(fixture.import_with(&file, &ImportOptions::default()));

    assert_eq!(places(&problems), ["2 NIK", "3 NIK"]);
    assert!(problems[0].remedy.contains("as text"));
    assert!(fixture.names().is_empty());
}

#[test]
fn a_cell_without_a_text_is_named_by_row_and_column() {
    let headings = [text("A1", "Nama"), text("B1", "ID"), text("C1", "Sekolah")];
    let ani = [text("A2", "Ani"), text("B2", "A1"), r#"<c r="C2" t="e"><v>#N/A</v></c>"#.to_owned()];
    let budi = [text("A3", "Budi"), text("B3", "A2"), r#"<c r="C3" t="b"><v>1</v></c>"#.to_owned()];
    let file = workbook(&[&[&cells(&headings), &cells(&ani), &cells(&budi)]]);

    let problems = refused(Fixture::new().import_with(&file, &ImportOptions::default()));

    assert_eq!(places(&problems), ["2 Sekolah", "3 Sekolah"]);
}

#[test]
fn a_second_sheet_with_rows_is_not_passed_over_in_silence() {
    let headings = [text("A1", "Nama"), text("B1", "ID")];
    let ani = [text("A2", "Ani"), text("B2", "A1")];
    let other = [text("A1", "more")];
    let file = workbook(&[&[&cells(&headings), &cells(&ani)], &[&cells(&other)]]);

    let report = Fixture::new().import_with(&file, &ImportOptions::default()).unwrap();

    assert!(report.problems.iter().any(|problem| problem.message.contains("S1")));
}

#[test]
fn headings_are_understood_in_both_languages_and_by_mapping() {
    let mapping = "name=Siapa,phone=Kontak WA".parse().unwrap();
    let mapped = ImportOptions { mapping, ..ImportOptions::default() };
    for (file, options) in [
        ("name,email,phone,nik,nip,nuptk,id,school,region,role\n", ImportOptions::default()),
        ("NAMA,E-Mail,HP,Nik,N I P,NUPTK,Id,Sekolah,Kabupaten/Kota,Peran\n", ImportOptions::default()),
        ("Siapa,Surel,Kontak WA,No. KTP,NIP Baru,NUPTK,Kode Peserta,Unit Kerja,Kab./Kota,Sebagai\n", mapped),
    ] {
        let row =
            "Ani,a@b.id,0812345678,1671014101800001,198001012005011003,0133758659300013,x1,SMA 1,Palembang,Panitia\n";
        let file = file.replace("N I P", "NIP");
        let mut fixture = Fixture::new();

        fixture.import_with(format!("{file}{row}").as_bytes(), &options).unwrap();

        let person = fixture.store.person(fixture.only_person()).unwrap();
        assert_eq!(person.role, "committee");
        assert_eq!(
            person.details.unwrap().canonical(),
            concat!(
                r#"{"email":"a@b.id","id":"X1","name":"Ani","nik":"1671014101800001","nip":"198001012005011003","#,
                r#""nuptk":"0133758659300013","phone":"+62812345678","region":"Palembang","school":"SMA 1"}"#
            )
        );
    }
}

#[test]
fn headings_that_say_nothing_or_the_same_twice_are_refused() {
    let mapping = |text: &str| ImportOptions { mapping: text.parse().unwrap(), ..ImportOptions::default() };
    for (file, options, said) in [
        ("a,b\n1,2\n", ImportOptions::default(), "no row of headings"),
        ("email,id\na@b.id,1\n", ImportOptions::default(), "no column holds names"),
        ("nama,name,id\nAni,Ani,1\n", ImportOptions::default(), "two columns mean"),
        ("nama,id\nAni,1\n", mapping("email=Surel"), "no column has the heading \"Surel\""),
    ] {
        match Fixture::new().import_with(file.as_bytes(), &options) {
            Err(ImportError::Headings(problem)) => assert!(problem.message.contains(said), "{problem}"),
            other => panic!("{said} expected, not {other:?}"),
        }
    }
    assert!("nama".parse::<hadir::roster::Mapping>().is_err());
    assert!("umur=Umur".parse::<hadir::roster::Mapping>().is_err());
}
