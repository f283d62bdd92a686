//! Which column of a platform's file means what: by its heading, or by place and shape where the language is another.

use std::{collections::BTreeMap, rc::Rc};

use super::{table::Row, times::Written};
use crate::roster::{IdKind, Identifier, name_key};

/// What a column can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    Name,
    Email,
    Join,
    Leave,
    Minutes,
    Waiting,
    Attended,
    FirstName,
    LastName,
}

/// The headings in English and Indonesian, as [`heading_key`] gives them, the surest first.
const HEADINGS: [(Field, &[&str]); 9] = [
    (
        Field::Name,
        &[
            "name original name",
            "user name original name",
            "nama nama asli",
            "nama pengguna nama asli",
            "user name",
            "nama pengguna",
            "display name",
            "nama tampilan",
            "name",
            "nama",
        ],
    ),
    (
        Field::Email,
        &[
            "user email",
            "email",
            "email address",
            "e mail",
            "email pengguna",
            "surel",
            "alamat email",
            "surel pengguna",
            "alamat surel",
        ],
    ),
    (
        Field::Join,
        &["join time", "waktu bergabung", "waktu gabung", "waktu masuk", "jam bergabung", "jam masuk", "bergabung"],
    ),
    (
        Field::Leave,
        &[
            "leave time",
            "waktu keluar",
            "waktu meninggalkan",
            "waktu pergi",
            "waktu meninggalkan rapat",
            "jam keluar",
            "keluar",
        ],
    ),
    (
        Field::Minutes,
        &[
            "duration minutes",
            "total duration minutes",
            "time in session minutes",
            "duration",
            "total duration",
            "time in session",
            "durasi menit",
            "total durasi menit",
            // Zoom's own Indonesian heading of the variant with unique users.
            "total durasi menit s",
            "durasi total menit",
            "waktu dalam sesi menit",
            "waktu di sesi menit",
            "waktu di dalam sesi menit",
            "durasi",
            "total durasi",
        ],
    ),
    (Field::Waiting, &["in waiting room", "di ruang tunggu", "dalam ruang tunggu", "di dalam ruang tunggu"]),
    (Field::Attended, &["attended", "hadir", "menghadiri", "dihadiri", "telah hadir"]),
    (Field::FirstName, &["first name", "nama depan"]),
    (Field::LastName, &["last name", "nama belakang"]),
];

/// The headings of a summary's number of people.
const PARTICIPANTS: [&str; 6] =
    ["participants", "peserta", "jumlah peserta", "unique viewers", "penonton unik", "pemirsa unik"];

/// Where everything stands in a block of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    fields: BTreeMap<Field, usize>,
    /// How many cells a whole row has.
    pub(super) width: usize,
}

/// A heading as it is compared: without case, punctuation and doubled spaces.
fn heading_key(heading: &str) -> String {
    let plain: String =
        heading.chars().map(|character| if character.is_alphanumeric() { character } else { ' ' }).collect();
    name_key(&plain)
}

/// What a heading means, and how sure that is.
fn understood(heading: &str) -> Option<(Field, usize)> {
    let key = heading_key(heading);
    HEADINGS.iter().find_map(|(field, names)| Some((*field, names.iter().position(|name| *name == key)?)))
}

/// Whether a heading means something.
pub(super) fn knows(heading: &str) -> bool {
    understood(heading).is_some()
}

/// The place of a summary's number of people, in its row of headings.
pub(super) fn participants(row: &Row) -> Option<usize> {
    let place = row.cells.iter().position(|cell| PARTICIPANTS.contains(&heading_key(cell).as_str()))?;
    (row.cells.len() > 2 && !has_values(row)).then_some(place)
}

/// Whether a row has times or numbers, as headings never have: a person can be called by a heading's word.
fn has_values(row: &Row) -> bool {
    row.cells.iter().any(|cell| whole_number(cell.trim()).is_some() || Written::parse(cell).is_some())
}

impl Columns {
    /// The columns of a block, if this row has its headings: a name, and times or minutes.
    pub(super) fn by_headings(row: &Row) -> Option<Self> {
        let mut surest: BTreeMap<Field, (usize, usize)> = BTreeMap::new();
        for (place, cell) in row.cells.iter().enumerate() {
            if let Some((field, rank)) = understood(cell) {
                let found = surest.entry(field).or_insert((rank, place));
                *found = (*found).min((rank, place));
            }
        }
        let fields: BTreeMap<Field, usize> = surest.into_iter().map(|(field, (_, place))| (field, place)).collect();
        let has = |field| fields.contains_key(&field);
        let is_heading = has(Field::Name) && (has(Field::Join) || has(Field::Minutes)) && !has_values(row);
        is_heading.then_some(Self { fields, width: row.cells.len() })
    }

    fn cell<'a>(&self, row: &'a Row, field: Field) -> &'a str {
        self.fields.get(&field).map_or("", |place| row.cell(*place))
    }

    /// The name as it was shown.
    pub(super) fn name<'a>(&self, row: &'a Row) -> &'a str {
        self.cell(row, Field::Name)
    }

    /// The name given at the registration; empty where there was none.
    pub(super) fn registered_name(&self, row: &Row) -> String {
        format!("{} {}", self.cell(row, Field::FirstName), self.cell(row, Field::LastName)).trim().to_owned()
    }

    /// The e-mail address; empty for guests.
    pub(super) fn email<'a>(&self, row: &'a Row) -> &'a str {
        self.cell(row, Field::Email)
    }

    /// When they came and went, as written; none where the file has only totals.
    pub(super) fn times<'a>(&self, row: &'a Row) -> Option<(&'a str, &'a str)> {
        self.fields.get(&Field::Join).map(|place| (row.cell(*place), self.cell(row, Field::Leave)))
    }

    /// How many minutes, where the cell is a number.
    pub(super) fn minutes(&self, row: &Row) -> Option<u64> {
        whole_number(self.cell(row, Field::Minutes))
    }

    /// Whether the row is of the time in the waiting room.
    pub(super) fn is_waiting(&self, row: &Row) -> bool {
        is_one_of(self.cell(row, Field::Waiting), &["yes", "ya", "true"])
    }

    /// Whether the row is of somebody who registered and did not come.
    pub(super) fn is_absent(&self, row: &Row) -> bool {
        is_one_of(self.cell(row, Field::Attended), &["no", "tidak", "false"])
    }
}

fn is_one_of(cell: &str, words: &[&str]) -> bool {
    words.contains(&name_key(cell).as_str())
}

fn whole_number(cell: &str) -> Option<u64> {
    cell.parse().ok()
}

fn is_email(cell: &str) -> bool {
    Identifier::parse(IdKind::Email, cell).is_ok()
}

/// The place of the first of three cells that only a person's row has: when they came, when they went, how many minutes.
fn place_of_times(row: &Row) -> Option<usize> {
    let place = row.cells.windows(3).position(|cells| match cells {
        [join, leave, minutes] => {
            let is_time = |cell: &str| Written::parse(cell).is_some();
            is_time(join) && is_time(leave) && whole_number(minutes.trim()).is_some()
        }
        _ => false,
    })?;
    // In front of it stand the name, and mostly the e-mail address.
    (place > 0).then_some(place)
}

/// Columns found by what their cells look like, one layout for each place of the times: a webinar's hosts and attendees
/// have different ones.
pub(super) struct Shapes(BTreeMap<Option<usize>, Rc<Columns>>);

impl Shapes {
    /// The layouts of a file in a language that is not known; none where no row looks like a person's.
    pub(super) fn find(rows: &[Row]) -> Option<Self> {
        let mut places: BTreeMap<usize, Vec<&Row>> = BTreeMap::new();
        for row in rows {
            if let Some(place) = place_of_times(row) {
                places.entry(place).or_default().push(row);
            }
        }
        let timed = places.iter().map(|(place, rows)| (Some(*place), Rc::new(timed(*place, rows))));
        let mut shapes: BTreeMap<_, _> = timed.collect();
        if shapes.is_empty()
            && let Some(totals) = totals(rows)
        {
            shapes.insert(None, Rc::new(totals));
        }
        (!shapes.is_empty()).then_some(Self(shapes))
    }

    /// The layout of this row; none where it is of no person.
    pub(super) fn of(&self, row: &Row) -> Option<&Rc<Columns>> {
        let place = place_of_times(row);
        let columns = self.0.get(&place)?;
        let is_person = match place {
            // A meeting's rows: name, address, times.
            Some(0..=2) => true,
            // A summary has such times too, with a meeting's number in front of them.
            Some(_) => columns.name(row).chars().any(char::is_alphabetic),
            None => is_total(row),
        };
        is_person.then_some(columns)
    }
}

fn timed(place: usize, rows: &[&Row]) -> Columns {
    // A webinar's rows begin with whether the person came.
    let name = usize::from(place > 2);
    let addresses = |column: usize| rows.iter().filter(|row| is_email(row.cell(column))).count();
    let email = (name.saturating_add(1)..place).max_by_key(|column| addresses(*column));
    let email = email.filter(|column| addresses(*column) > 0 || place == 2);
    let mut fields = BTreeMap::from([
        (Field::Name, name),
        (Field::Join, place),
        (Field::Leave, place.saturating_add(1)),
        (Field::Minutes, place.saturating_add(2)),
    ]);
    fields.extend(email.map(|column| (Field::Email, column)));
    Columns { fields, width: rows.first().map_or(0, |row| row.cells.len()) }
}

/// The layout of totals: name, address, minutes, and whether they were a guest. One address at least has to be there.
fn totals(rows: &[Row]) -> Option<Columns> {
    let people: Vec<&Row> = rows.iter().filter(|row| is_total(row)).collect();
    let first = people.iter().find(|row| is_email(row.cell(1)))?;
    let fields = BTreeMap::from([(Field::Name, 0), (Field::Email, 1), (Field::Minutes, 2)]);
    Some(Columns { fields, width: first.cells.len() })
}

fn is_total(row: &Row) -> bool {
    let address = row.cell(1);
    (3..=5).contains(&row.cells.len())
        && (address.is_empty() || is_email(address))
        && whole_number(row.cell(2)).is_some()
}
