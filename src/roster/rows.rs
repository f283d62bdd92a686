//! From cells to people: each row's details in normal form, or what is wrong with it.

use std::collections::BTreeMap;

use super::{
    columns::{Columns, Field},
    details::{Details, clean_name},
    digits,
    identifiers::{IdKind, Identifier},
    problem::{Problem, Severity},
    roles,
    table::{CELL_CHARS_MAX, Cell, Row, Table},
};
use crate::domain::reviews::groups::GROUP_PERSONS_MAX;

/// A row that is sound by itself.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// Its row number.
    pub(super) row: u32,
    /// Who it describes.
    pub(super) details: Details,
    /// Their role, where the row says one.
    pub(super) role: Option<String>,
}

/// Reads all rows below the headings; what is wrong is added to `problems`.
pub(super) fn read(table: &Table, columns: &Columns, problems: &mut Vec<Problem>) -> Vec<Draft> {
    let mut destroyed: BTreeMap<IdKind, digits::Column> = BTreeMap::new();
    let mut drafts = Vec::new();
    for row in columns.body(table) {
        let mut reading = Reading { row, columns, found: Vec::new() };
        let draft = reading.draft();
        for (kind, value) in &draft.details.identifiers {
            destroyed.entry(*kind).or_default().add(*kind, value);
        }
        let sound = reading.found.iter().all(|problem| problem.severity == Severity::Warning);
        problems.append(&mut reading.found);
        drafts.extend(sound.then_some(draft));
    }
    problems.extend(destroyed_columns(&destroyed, columns));
    problems.extend(large_groups(&drafts, columns));
    drafts
}

/// Groups with more persons than one steward may look after.
fn large_groups(drafts: &[Draft], columns: &Columns) -> Vec<Problem> {
    let Some((_, heading)) = columns.fields.get(&Field::Steward) else { return Vec::new() };
    let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
    for label in drafts.iter().filter_map(|draft| draft.details.steward.as_deref()) {
        let count = groups.entry(label).or_default();
        *count = count.saturating_add(1);
    }
    let large = groups.into_iter().filter(|(_, persons)| *persons > GROUP_PERSONS_MAX);
    large
        .map(|(label, persons)| {
            let message = format!(
                "the group \"{label}\" has {persons} persons; a steward looks after at most {GROUP_PERSONS_MAX}"
            );
            Problem::error(message, "divide it among several stewards").in_column(heading)
        })
        .collect()
}

/// A whole column whose numbers were cut: no row of it can be trusted, so this is an error of the file.
fn destroyed_columns(counts: &BTreeMap<IdKind, digits::Column>, columns: &Columns) -> Vec<Problem> {
    let cut = counts.iter().filter(|(kind, _)| **kind != IdKind::Phone);
    let cut = cut.filter_map(|(kind, column)| Some((columns.fields.get(&Field::Id(*kind))?, column.destroyed()?)));
    cut.map(|((_, heading), count)| {
        let message = format!(
            "{count} numbers have nothing but zeros after the {}th digit: a spreadsheet has destroyed the last digits",
            digits::DIGITS_KEPT
        );
        Problem::error(message, digits::REMEDY).in_column(heading)
    })
    .collect()
}

/// One row while it is read.
struct Reading<'a> {
    row: &'a Row,
    columns: &'a Columns,
    found: Vec<Problem>,
}

impl Reading<'_> {
    fn draft(&mut self) -> Draft {
        self.check_width();
        let name = self.name();
        let mut details = Details { name, ..Details::default() };
        for kind in IdKind::ALL {
            details.identifiers.extend(self.identifier(kind).map(|value| (kind, value)));
        }
        details.school = self.place(Field::School);
        details.region = self.place(Field::Region);
        details.venue = self.place(Field::Venue);
        details.steward = self.place(Field::Steward);
        Draft { row: self.row.number, details, role: self.role() }
    }

    /// More cells than headings: a name or a school holds the delimiter and is not in quotation marks.
    fn check_width(&mut self) {
        let surplus = self.row.cells.iter().skip(self.columns.headings.len());
        if surplus.into_iter().any(|cell| !cell.shown().trim().is_empty()) {
            let (cells, headings) = (self.row.cells.len(), self.columns.headings.len());
            let message = format!("this row has {cells} cells, and there are {headings} headings");
            let remedy = "put cells that contain the delimiter into quotation marks";
            self.found.push(Problem::error(message, remedy).in_row(self.row.number));
        }
    }

    fn name(&mut self) -> String {
        let before = self.found.len();
        let Some(written) = self.text(Field::Name) else {
            if self.found.len() == before {
                self.error(Field::Name, "there is no name", "write the person's name");
            }
            return String::new();
        };
        let name = clean_name(&written);
        if name.is_none() {
            self.error(
                Field::Name,
                "this is not a name",
                "write the person's name; a name has letters and at most 200 characters",
            );
        }
        name.unwrap_or_default()
    }

    fn identifier(&mut self, kind: IdKind) -> Option<String> {
        let field = Field::Id(kind);
        let written = self.text(field)?;
        match Identifier::parse(kind, &written) {
            Ok(identifier) => {
                if let Some(oddity) = identifier.oddity() {
                    let problem = Problem::warning(oddity, "compare with the identity card; it is taken as it stands");
                    self.push(field, problem);
                }
                Some(identifier.value().to_owned())
            }
            Err(error) => {
                self.error(field, &error.to_string(), error.remedy());
                None
            }
        }
    }

    fn place(&mut self, field: Field) -> Option<String> {
        let written = self.text(field)?;
        let place = clean_name(&written);
        if place.is_none() {
            self.error(
                field,
                "this is not the name of a place",
                "write its name; it has letters and at most 200 characters",
            );
        }
        place
    }

    fn role(&mut self) -> Option<String> {
        let written = self.text(Field::Role)?;
        let role = roles::normal(&written);
        if role.is_none() {
            self.error(Field::Role, "this is not a role", "write a word such as peserta, panitia or narasumber");
        }
        role
    }

    /// The cell's text; none where it is blank, or where its text cannot be trusted, which is then a problem.
    fn text(&mut self, field: Field) -> Option<String> {
        let (place, _) = self.columns.fields.get(&field)?;
        match self.row.cells.get(*place)? {
            Cell::Text(text) if is_blank(text) => None,
            Cell::Text(text) if text.chars().count() > CELL_CHARS_MAX => {
                let message = "this cell is very long: a quotation mark before it may never be closed";
                self.error(field, message, "close the quotation mark, or shorten the cell");
                None
            }
            Cell::Text(text) => Some(text.clone()),
            Cell::Destroyed(_) => {
                let message =
                    "this cell is a number of more than 15 digits: the spreadsheet does not keep the last ones";
                self.error(field, message, digits::REMEDY);
                None
            }
            Cell::NotText(what) => {
                self.error(field, &format!("this cell holds {what}"), "format the cell as text and enter it again");
                None
            }
        }
    }

    fn error(&mut self, field: Field, message: &str, remedy: &str) {
        self.push(field, Problem::error(message, remedy));
    }

    fn push(&mut self, field: Field, problem: Problem) {
        let heading = self.columns.fields.get(&field).map_or_else(|| field.name(), |(_, heading)| heading.as_str());
        self.found.push(problem.in_row(self.row.number).in_column(heading));
    }
}

/// Blank, or one of the dashes that people write for "none".
fn is_blank(text: &str) -> bool {
    text.chars().all(|character| character.is_whitespace() || matches!(character, '-' | '\u{2013}' | '\u{2014}'))
        || text.chars().all(super::identifiers::is_invisible)
}
