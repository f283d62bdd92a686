//! Which column of a file means what: English and Indonesian headings, or a mapping by the organizer.

use std::{collections::BTreeMap, fmt, str::FromStr};

use super::{
    details::key,
    identifiers::IdKind,
    problem::Problem,
    table::{Row, Table},
};

/// How far down the headings may stand: letterheads and titles come first in many workbooks.
pub(super) const HEADING_ROWS_MAX: usize = 15;

/// What a column can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The person's name.
    Name,
    /// One of their identifiers.
    Id(IdKind),
    /// Their school or unit.
    School,
    /// Their regency or region.
    Region,
    /// The hall where they are expected.
    Venue,
    /// The group of a steward to which they belong.
    Steward,
    /// As what they take part.
    Role,
}

/// The headings that are understood by themselves, in the form that [`heading_key`] gives.
const HEADINGS: [(Field, &[&str]); 12] = [
    (
        Field::Name,
        &[
            "name",
            "nama",
            "nama lengkap",
            "full name",
            "nama peserta",
            "nama guru",
            "nama siswa",
            "participant",
            "peserta",
        ],
    ),
    (Field::Id(IdKind::Email), &["email", "e mail", "surel", "alamat email", "email address", "mail", "alamat surel"]),
    (
        Field::Id(IdKind::Phone),
        &[
            "phone",
            "hp",
            "telepon",
            "telp",
            "no hp",
            "nomor hp",
            "no telepon",
            "no telp",
            "nomor telepon",
            "wa",
            "no wa",
            "nomor wa",
            "whatsapp",
            "no whatsapp",
            "nomor whatsapp",
            "hp wa",
            "no hp wa",
            "handphone",
            "no handphone",
            "nomor handphone",
            "mobile",
            "phone number",
            "telephone",
            "ponsel",
            "no ponsel",
        ],
    ),
    (Field::Id(IdKind::Nik), &["nik", "no nik", "nomor nik", "no ktp", "nomor ktp", "ktp", "nomor induk kependudukan"]),
    (Field::Id(IdKind::Nip), &["nip", "no nip", "nomor nip", "nip baru", "nomor induk pegawai"]),
    (Field::Id(IdKind::Nuptk), &["nuptk", "no nuptk", "nomor nuptk"]),
    (
        Field::Id(IdKind::Id),
        &[
            "id",
            "person id",
            "participant id",
            "no peserta",
            "nomor peserta",
            "id peserta",
            "kode peserta",
            "kode",
            "code",
        ],
    ),
    (
        Field::School,
        &[
            "school",
            "sekolah",
            "nama sekolah",
            "asal sekolah",
            "school name",
            "unit kerja",
            "instansi",
            "asal instansi",
            "satuan pendidikan",
            "unit",
            "institution",
            "lembaga",
            "nama satuan pendidikan",
        ],
    ),
    (
        Field::Region,
        &[
            "region",
            "kabupaten",
            "kabupaten kota",
            "kab kota",
            "kota kabupaten",
            "kab",
            "kota",
            "wilayah",
            "daerah",
            "regency",
            "district",
            "city",
            "asal daerah",
            "asal kabupaten",
        ],
    ),
    (Field::Venue, &["venue", "hall", "gedung", "aula", "lokasi", "tempat", "location"]),
    (Field::Steward, &["steward", "steward group", "group steward", "kelompok", "kelompok pendamping"]),
    (Field::Role, &["role", "peran", "sebagai", "status peserta"]),
];

impl Field {
    /// Its name in `--map` and in the table of headings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Id(kind) => kind.name(),
            Self::School => "school",
            Self::Region => "region",
            Self::Venue => "venue",
            Self::Steward => "steward",
            Self::Role => "role",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a `--map` is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// Write each part as `field=Heading of the file`.
    #[error("`{0}` is not of the form field=Heading")]
    Form(String),
    /// Use one of the fields that exist.
    #[error("`{0}` is not a field (name, email, phone, nik, nip, nuptk, id, school, region, venue, steward, role)")]
    Field(String),
}

/// The organizer's own mapping: which heading of the file holds which field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping(Vec<(Field, String)>);

impl FromStr for Mapping {
    type Err = MapError;

    /// Reads `name=Nama Lengkap,phone=Nomor WA`.
    fn from_str(text: &str) -> Result<Self, MapError> {
        let parts = text.split(',').filter(|part| !part.trim().is_empty());
        parts.map(parse_pair).collect::<Result<_, _>>().map(Self)
    }
}

impl Mapping {
    /// No mapping: the headings speak for themselves.
    pub const NONE: Self = Self(Vec::new());

    /// Both mappings together, for a flag that is given several times.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

fn parse_pair(part: &str) -> Result<(Field, String), MapError> {
    let (field, heading) = part.split_once('=').ok_or_else(|| MapError::Form(part.to_owned()))?;
    let meant = understood(&heading_key(field)).ok_or_else(|| MapError::Field(field.trim().to_owned()))?;
    let wanted = heading_key(heading);
    if wanted.is_empty() { Err(MapError::Form(part.to_owned())) } else { Ok((meant, heading.trim().to_owned())) }
}

/// A heading as it is compared: without case, punctuation and doubled spaces.
fn heading_key(heading: &str) -> String {
    let plain: String =
        heading.chars().map(|character| if character.is_alphanumeric() { character } else { ' ' }).collect();
    key(&plain)
}

fn understood(heading: &str) -> Option<Field> {
    HEADINGS.iter().find(|(_, names)| names.contains(&heading)).map(|(field, _)| *field)
}

/// The headings that mean something in this import.
#[derive(Clone, Debug, Default)]
pub(super) struct Vocabulary {
    mapped: Vec<(Field, String)>,
}

impl Vocabulary {
    /// The known headings, with the organizer's mapping before them.
    pub(super) fn new(mapping: &Mapping) -> Self {
        Self { mapped: mapping.0.iter().map(|(field, heading)| (*field, heading_key(heading))).collect() }
    }

    /// Whether a heading means something.
    pub(super) fn knows(&self, heading: &str) -> bool {
        self.field(heading).is_some()
    }

    fn field(&self, heading: &str) -> Option<Field> {
        let key = heading_key(heading);
        if let Some((field, _)) = self.mapped.iter().find(|(_, mapped)| *mapped == key) {
            return Some(*field);
        }
        // A field that the organizer mapped is not taken from any other column.
        understood(&key).filter(|field| !self.mapped.iter().any(|(mapped, _)| mapped == field))
    }
}

/// Where each field stands in a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    /// The place and the heading of each field's column.
    pub(super) fields: BTreeMap<Field, (usize, String)>,
    /// All headings as written.
    pub(super) headings: Vec<String>,
    /// The place of the heading row among the table's rows.
    heading_row: usize,
}

/// Finds the heading row and what its columns mean; warnings are added to `problems`.
pub(super) fn find(table: &Table, mapping: &Mapping, problems: &mut Vec<Problem>) -> Result<Columns, Problem> {
    let vocabulary = Vocabulary::new(mapping);
    let known = |row: &Row| row.cells.iter().filter(|cell| vocabulary.knows(cell.shown())).count();
    let rows = table.rows.iter().take(HEADING_ROWS_MAX).enumerate();
    // The first of the best: data rows below could repeat a heading's word.
    let (heading_row, row) = rows.rev().max_by_key(|(_, row)| known(row)).ok_or_else(no_headings)?;
    let mut columns = Columns { heading_row, ..Columns::default() };
    for (place, cell) in row.cells.iter().enumerate() {
        let heading = cell.shown().trim().to_owned();
        columns.headings.push(heading.clone());
        match vocabulary.field(&heading) {
            Some(field) => take(&mut columns, field, place, heading, row.number)?,
            None if heading.is_empty() => {}
            None => problems.push(ignored(&heading, row.number)),
        }
    }
    check(&columns, mapping, row.number)?;
    Ok(columns)
}

fn take(columns: &mut Columns, field: Field, place: usize, heading: String, row: u32) -> Result<(), Problem> {
    if let Some((_, first)) = columns.fields.get(&field) {
        let message = format!("two columns mean `{field}`: \"{first}\" and \"{heading}\"");
        let remedy = format!("choose one with --map \"{field}={heading}\", after renaming them if they are alike");
        return Err(Problem::error(message, remedy).in_row(row));
    }
    columns.fields.insert(field, (place, heading));
    Ok(())
}

fn ignored(heading: &str, row: u32) -> Problem {
    let remedy = "nothing to do if that is right; else map it with --map";
    Problem::warning("this column is not understood and is left out", remedy).in_row(row).in_column(heading)
}

fn check(columns: &Columns, mapping: &Mapping, row: u32) -> Result<(), Problem> {
    for (field, heading) in &mapping.0 {
        if !columns.fields.contains_key(field) {
            let message = format!("no column has the heading \"{heading}\" that --map names for `{field}`");
            return Err(Problem::error(message, "write the heading as it stands in the file"));
        }
    }
    if columns.fields.is_empty() {
        return Err(no_headings());
    }
    if columns.fields.contains_key(&Field::Name) {
        return Ok(());
    }
    let message = "no column holds names";
    Err(Problem::error(message, "give it the heading `name` or `nama`, or use --map \"name=HEADING\"").in_row(row))
}

fn no_headings() -> Problem {
    let message = "no row of headings was found at the beginning of the file";
    Problem::error(message, "put headings such as nama, nik, email, sekolah above the columns, or use --map")
}

impl Columns {
    /// The rows below the headings.
    pub(super) fn body<'a>(&self, table: &'a Table) -> &'a [Row] {
        table.rows.get(self.heading_row.saturating_add(1)..).unwrap_or_default()
    }
}
