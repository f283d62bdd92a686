//! The pseudonymous roster: who was known when the attempt opened, as the bundle's `roster.csv` holds it.

use super::{
    cell::{harmless, original},
    ids::{Digest, NotAnId, Pseudonym},
};

/// Spreadsheets take a file for UTF-8 only when it begins with this mark.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The table's columns.
const COLUMNS: [&str; 5] = ["person", "role", "group", "commitment", "merged_into"];

/// One person as the evidence knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterRow {
    /// Their name in this attempt's log.
    pub person: Pseudonym,
    /// As what they take part.
    pub role: String,
    /// The label under which subtotals list them.
    pub group: String,
    /// The salted commitment to their details.
    pub commitment: Digest,
    /// The person whose row this one repeats, where two rows were merged before the opening.
    pub merged_into: Option<Pseudonym>,
}

/// Why a roster cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// The file is not a table of the expected columns.
    #[error("not a roster: expected the columns {}", COLUMNS.join(","))]
    Columns,
    /// The file is not a well-formed table.
    #[error("the roster is not a well-formed table")]
    Table(#[from] csv::Error),
    /// A cell does not hold what its column promises.
    #[error("row {row} of the roster: {source}")]
    Cell {
        /// The row, the first after the headings being 1.
        row: usize,
        /// What is wrong.
        source: NotAnId,
    },
    /// The rows are not in the order of their persons, or one stands twice.
    #[error("row {0} of the roster is not after the one before it")]
    Order(usize),
    /// A row is merged into a person who is not on the roster, or who is merged themselves.
    #[error("row {0} of the roster is merged into nobody who counts")]
    Merge(usize),
}

/// The exact bytes of `roster.csv`; the rows are put in the order of their persons.
///
/// # Errors
/// Never for rows in memory; the caller reports it as a defect.
pub fn write(rows: &[RosterRow]) -> Result<Vec<u8>, csv::Error> {
    let mut sorted: Vec<&RosterRow> = rows.iter().collect();
    sorted.sort_by_key(|row| row.person);
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(BYTE_ORDER_MARK.to_vec());
    table.write_record(COLUMNS)?;
    for row in sorted {
        let merged = row.merged_into.map(|person| person.to_string()).unwrap_or_default();
        let (person, commitment) = (row.person.to_string(), row.commitment.to_string());
        let (role, group) = (harmless(row.role.clone()), harmless(row.group.clone()));
        table.write_record([&person, &role, &group, &commitment, &merged])?;
    }
    table.into_inner().map_err(|error| error.into_error().into())
}

/// Reads `roster.csv`.
///
/// # Errors
/// When the bytes are not a roster that [`write()`] could have written.
pub fn parse(bytes: &[u8]) -> Result<Vec<RosterRow>, RosterError> {
    let text = bytes.strip_prefix(BYTE_ORDER_MARK).ok_or(RosterError::Columns)?;
    let mut table = csv::Reader::from_reader(text);
    if table.headers()? != COLUMNS.as_slice() {
        return Err(RosterError::Columns);
    }
    let mut rows: Vec<RosterRow> = Vec::new();
    for (place, record) in table.records().enumerate() {
        let number = place.saturating_add(1);
        let row = parse_row(&record?).map_err(|source| RosterError::Cell { row: number, source })?;
        if rows.last().is_some_and(|before| before.person >= row.person) {
            return Err(RosterError::Order(number));
        }
        rows.push(row);
    }
    check_merges(&rows)?;
    Ok(rows)
}

fn parse_row(record: &csv::StringRecord) -> Result<RosterRow, NotAnId> {
    let cell = |column| record.get(column).unwrap_or_default();
    let merged_into = Some(cell(4)).filter(|text| !text.is_empty()).map(str::parse).transpose()?;
    Ok(RosterRow {
        person: cell(0).parse()?,
        role: original(cell(1)).to_owned(),
        group: original(cell(2)).to_owned(),
        commitment: cell(3).parse()?,
        merged_into,
    })
}

/// A merge has one step: the row that it names counts for itself.
fn check_merges(rows: &[RosterRow]) -> Result<(), RosterError> {
    let counts_for_itself = |person: &Pseudonym| {
        let found = rows.binary_search_by_key(person, |row| row.person).ok();
        found.and_then(|place| rows.get(place)).is_some_and(|row| row.merged_into.is_none())
    };
    let broken = rows.iter().position(|row| row.merged_into.is_some_and(|person| !counts_for_itself(&person)));
    broken.map_or(Ok(()), |place| Err(RosterError::Merge(place.saturating_add(1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: u8, merged_into: Option<u8>) -> RosterRow {
        RosterRow {
            person: Pseudonym([number; 16]),
            role: "participant".into(),
            group: "=SMA \"1\", Palembang".into(),
            commitment: Digest([number; 32]),
            merged_into: merged_into.map(|number| Pseudonym([number; 16])),
        }
    }

    #[test]
    fn a_roster_is_read_back_in_the_order_of_its_persons() {
        let bytes = write(&[row(3, Some(1)), row(1, None), row(2, None)]).unwrap();

        assert_eq!(parse(&bytes).unwrap(), [row(1, None), row(2, None), row(3, Some(1))]);
        assert!(bytes.starts_with(b"\xef\xbb\xbfperson,role,group,commitment,merged_into\r\n"));
    }

    #[test]
    fn a_roster_that_names_a_person_twice_or_merges_into_nobody_is_refused() {
        let twice = write(&[row(1, None), row(1, None)]).unwrap();
        let nobody = write(&[row(1, Some(2))]).unwrap();
        let chain = write(&[row(1, Some(2)), row(2, Some(3)), row(3, None)]).unwrap();

        assert!(matches!(parse(&twice), Err(RosterError::Order(2))));
        assert!(matches!(parse(&nobody), Err(RosterError::Merge(1))));
        assert!(matches!(parse(&chain), Err(RosterError::Merge(1))));
        assert!(matches!(parse(b"person\r\n"), Err(RosterError::Columns)));
    }
}
