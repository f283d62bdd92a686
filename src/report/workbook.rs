//! `tables.xlsx`: the tables of a bundle for people who read spreadsheets, made from the tables' own bytes.

mod explained;
mod sheet;
mod summary;
mod table;

use std::{error, io};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};

use self::sheet::Looks;
use super::{Source, columns::Columns, facts::Facts};

/// How many rows a sheet holds, its heading included: that of the format.
const ROWS_MAX: u32 = 1_048_576;

/// The workbook's bytes: the same tables give the same.
pub(super) fn workbook(source: &Source<'_>, facts: &Facts<'_>) -> io::Result<Vec<u8>> {
    made(source, facts, ROWS_MAX)
}

fn made(source: &Source<'_>, facts: &Facts<'_>, rows_max: u32) -> io::Result<Vec<u8>> {
    let (mut book, looks, columns) = (Workbook::new(), Looks::new(), Columns::embedded()?);
    book.set_properties(&properties(facts).map_err(defect)?);
    summary::write(&mut book, &looks, facts).map_err(defect)?;
    summary::write_funnel(&mut book, &looks, &facts.tallies.funnel).map_err(defect)?;
    let mut explained = Vec::new();
    for (file, bytes) in source.tables {
        let Some(name) = file.strip_suffix(".csv") else { continue };
        let headings = table::write(&mut book, &looks, table::Table { name, bytes, columns: &columns, rows_max })?;
        explained.push((name, headings));
    }
    explained::write(&mut book, &looks, &explained, &columns).map_err(defect)?;
    book.save_to_buffer().map_err(defect)
}

/// What the file says of itself: nothing that another export of the same log would say otherwise.
fn properties(facts: &Facts<'_>) -> Result<DocProperties, rust_xlsxwriter::XlsxError> {
    let declaration = facts.declaration();
    let created = ExcelDateTime::from_timestamp(facts.at().0.div_euclid(1_000))?;
    let properties = DocProperties::new().set_title(&declaration.title).set_author(&declaration.organizer);
    Ok(properties.set_comment(format!("{} {}", facts.opened.origin, facts.head.root)).set_creation_datetime(&created))
}

/// What cannot go wrong with tables of this program.
fn defect(error: impl error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::other(error)
}
