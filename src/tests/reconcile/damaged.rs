//! Files that are broken, cut off or something else.

use hadir::reconcile::{CELL_CHARS_MAX, FILE_BYTES_MAX, ROWS_MAX, ReadError};

use super::{MEETING, person, read, read_bytes, report};

const ROW: &str = "Siti Aminah,siti@example.org,11/24/2026 08:55:00 AM,11/24/2026 09:31:00 AM,36,Yes,OK,No\n";

fn refused(bytes: &[u8]) -> ReadError {
    let error = read_bytes(bytes).unwrap_err();
    assert!(!error.remedy().is_empty());
    error
}

#[test]
fn a_file_that_is_cut_off_is_refused_wherever_its_last_row_breaks() {
    let whole = format!("{MEETING}{ROW}{ROW}");
    let last = whole.len() - ROW.len();

    // Within the last cell, and at the end of the row, nothing is missing that is needed.
    for cut in last + 1..whole.len() - "No\n".len() {
        let cut = &whole.as_bytes()[..cut];
        assert_eq!(refused(cut), ReadError::Truncated { line: 3 }, "{}", String::from_utf8_lossy(cut));
    }
    assert_eq!(read(&whole[..last]).visits.len(), 1);
}

#[test]
fn a_file_that_is_cut_off_within_quotes_or_a_letter_is_refused() {
    let quoted = format!("{MEETING}{ROW}\"Aminah, Siti");
    let letter = format!("{MEETING}{ROW}Añ");
    let utf16: Vec<u8> = format!("{MEETING}{ROW}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe", &utf16[..utf16.len() - 1]].concat();

    assert_eq!(refused(quoted.as_bytes()), ReadError::Truncated { line: 3 });
    assert_eq!(refused(&letter.as_bytes()[..letter.len() - 1]), ReadError::Truncated { line: 3 });
    assert!(matches!(refused(&marked), ReadError::Truncated { .. }));
}

#[test]
fn a_file_of_an_unknown_language_that_is_cut_off_is_refused_too() {
    let row = "Siti,siti@example.org,11/24/2026 08:55:00 AM,11/24/2026 09:31:00 AM,36,Ja\n";
    let whole = format!("Wer,Post,Von,Bis,Minuten,Gast\n{row}{row}");

    assert_eq!(refused(&whole.as_bytes()[..whole.len() - 30]), ReadError::Truncated { line: 3 });
}

#[test]
fn a_file_that_names_fewer_people_than_its_summary_is_told() {
    let summary = "Topic,ID,Host name,Duration (minutes),Start time,End time,Participants\n\
        AI,812,Panitia,50,11/24/2026 08:50:00 AM,11/24/2026 09:40:00 AM,87\n\n";
    let report = report(vec![read(&format!("{summary}{MEETING}{ROW}"))], vec![]);

    let told = super::file(&report, "summary.txt");

    assert!(told.contains("87 participants") && told.contains("87 peserta"), "{told}");
}

#[test]
fn what_is_no_attendance_file_is_refused_with_its_reason() {
    assert_eq!(refused(b""), ReadError::Empty);
    assert_eq!(refused(b"\xef\xbb\xbf \r\n"), ReadError::Empty);
    assert_eq!(refused(b"PK\x03\x04rest"), ReadError::NotCsv);
    assert_eq!(refused(b"\xd0\xcf\x11\xe0rest"), ReadError::NotCsv);
    assert_eq!(refused(b"\x89PNG\r\n\x1a\n\x01\x02\x03\xff\xfe\xfd"), ReadError::NotText);
    assert_eq!(refused(b"nama,email,sekolah\nSiti,siti@example.org,SMA 1\n"), ReadError::Unrecognised);
    assert_eq!(refused(b"Dear all,\nplease find attached\n"), ReadError::Unrecognised);
    assert_eq!(refused(MEETING.as_bytes()), ReadError::Nobody);
}

#[test]
fn a_file_of_which_no_time_is_understood_is_refused_and_single_rows_are_told() {
    let strange = ROW.replace("11/24/2026 08:55:00 AM", "Heute früh");

    let none = refused(format!("{MEETING}{strange}").as_bytes());
    let one = read(&format!("{MEETING}{ROW}{strange}"));

    assert_eq!(none, ReadError::Times { line: 2, time: "Heute früh".to_owned() });
    assert_eq!((one.visits.len(), one.unread, one.unread_lines), (1, 1, vec![3]));
}

#[test]
fn limits_are_kept() {
    let huge = vec![b'a'; FILE_BYTES_MAX + 1];
    let long = format!(
        "{MEETING}{},siti@example.org,11/24/2026 08:55:00 AM,11/24/2026 09:31:00 AM,36,Yes,OK,No\n",
        "a".repeat(CELL_CHARS_MAX + 1)
    );
    let mut many = read(&format!("{MEETING}{ROW}"));
    many.visits = vec![many.visits[0].clone(); ROWS_MAX / 2 + 1];

    assert_eq!(refused(&huge), ReadError::TooLarge);
    assert_eq!(refused(long.as_bytes()), ReadError::LongCell { line: 2 });
    let both = hadir::reconcile::reconcile(vec![many.clone(), many], vec![person(1, "Siti", "")]);
    assert_eq!(both.unwrap_err(), ReadError::TooManyRows);
}
