//! Rosters as text: which encoding, which delimiter, which cells.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use super::{
    columns::{HEADING_ROWS_MAX, Vocabulary},
    table::{Cell, ROWS_MAX, Row, TableError},
};

/// What separates cells; Indonesian spreadsheets write semicolons, "Unicode text" has tabs.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// The rows of a text file.
pub(super) fn read(bytes: &[u8], vocabulary: &Vocabulary) -> Result<Vec<Row>, TableError> {
    let text = decode(bytes)?;
    let mut rows = Vec::new();
    let mut reader = reader(&text, delimiter(&text, vocabulary));
    for record in reader.records() {
        // Text that is UTF-8 and rows of any length leave nothing that could fail.
        let record = record.map_err(|_| TableError::NotText)?;
        let line = record.position().map_or(0, csv::Position::line);
        let number = u32::try_from(line).map_err(|_| TableError::TooManyRows)?;
        let cells = record.iter().map(|cell| Cell::Text(cell.to_owned())).collect();
        rows.extend(Row::unless_blank(number, cells));
        if rows.len() > ROWS_MAX {
            return Err(TableError::TooManyRows);
        }
    }
    Ok(rows)
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes())
}

/// The text of the file: UTF-8, or UTF-16 where its mark says so. Anything else would be a guess about names.
fn decode(bytes: &[u8]) -> Result<String, TableError> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let body = bytes.get(mark..).unwrap_or_default();
        if encoding == UTF_16LE || encoding == UTF_16BE {
            let text = encoding.decode_without_bom_handling_and_without_replacement(body);
            return text.map(std::borrow::Cow::into_owned).ok_or(TableError::NotText);
        }
        return utf8(body);
    }
    utf8(bytes)
}

fn utf8(bytes: &[u8]) -> Result<String, TableError> {
    // A NUL is valid UTF-8 but in no roster: every second byte of unmarked UTF-16 is one.
    if bytes.contains(&0) {
        return Err(TableError::NotText);
    }
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let lines = before.iter().filter(|byte| **byte == b'\n').count();
        TableError::NotUtf8 { line: lines.saturating_add(1) }
    })
}

/// The delimiter under which one of the first rows has the most known headings, then the most cells.
fn delimiter(text: &str, vocabulary: &Vocabulary) -> u8 {
    let said = text.strip_prefix("sep=").and_then(|rest| rest.bytes().next());
    if let Some(delimiter) = said.filter(|delimiter| DELIMITERS.contains(delimiter)) {
        return delimiter;
    }
    let mut best = (b',', (0, 0));
    for delimiter in DELIMITERS {
        let score = score(text, delimiter, vocabulary);
        if score > best.1 {
            best = (delimiter, score);
        }
    }
    best.0
}

fn score(text: &str, delimiter: u8, vocabulary: &Vocabulary) -> (usize, usize) {
    let mut reader = reader(text, delimiter);
    let rows = reader.records().take(HEADING_ROWS_MAX).filter_map(Result::ok);
    let scores = rows.map(|row| (row.iter().filter(|cell| vocabulary.knows(cell)).count(), row.len()));
    scores.max().unwrap_or_default()
}
