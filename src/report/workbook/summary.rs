//! The first sheets: what was claimed and how it can be checked, and the way from the list to those who count.

use rust_xlsxwriter::{Workbook, XlsxError};

use super::sheet::{self, Cell, Looks};
use crate::{
    domain::{
        accounts::funnel::{Step, left_after},
        time::UnixMillis,
    },
    report::{
        facts::Facts,
        labels,
        words::{Language, Said, said},
    },
};

/// How wide labels and their values are set.
const LABEL: usize = 26;
const VALUE: usize = 50;

/// What a row says in each language.
struct Row {
    label: Said,
    value: [Cell; 2],
    is_strong: bool,
}

/// Writes `summary`: Indonesian on the left, English on the right.
pub(super) fn write(book: &mut Workbook, looks: &Looks, facts: &Facts<'_>) -> Result<(), XlsxError> {
    let [id, en] = Language::ALL.map(Language::name);
    let headings = [(id, LABEL), ("nilai", VALUE), (en, LABEL), ("value", VALUE)];
    let sheet = sheet::add(book, looks, "summary", &headings)?;
    for (place, Row { label, value: [id, en], is_strong }) in (1_u32..).zip(rows(facts)) {
        let [label_id, label_en] = Language::ALL.map(|language| Cell::Text(language.of(label).to_owned()));
        let look = if is_strong { &looks.strong } else { &looks.wrapped };
        sheet::row(sheet, place, [label_id, id, label_en, en], look)?;
    }
    Ok(())
}

fn rows(facts: &Facts<'_>) -> Vec<Row> {
    let declaration = facts.declaration();
    let tally = &facts.tallies.tally;
    let mut rows = Vec::new();
    if facts.opened.rehearsal {
        rows.push(strong(text(
            said("Gladi bersih", "Rehearsal"),
            said("INI GLADI BERSIH, BUKAN REKOR", "THIS IS A REHEARSAL, NOT A RECORD"),
        )));
    }
    rows.extend([
        strong(same(said("Judul", "Title"), &declaration.title)),
        same(said("Penyelenggara", "Organizer"), &declaration.organizer),
        each(said("Aturan yang dinyatakan", "Declared rule"), |language| language.words(&tally.rule).to_owned()),
        time(facts, said("Pelajaran dimulai", "Lesson started"), facts.tallies.start),
        time(facts, said("Pelajaran selesai", "Lesson ended"), facts.tallies.end),
        strong(count(said("Jumlah yang terhitung", "Certified number"), facts.certified())),
        text(said("Keadaan hitungan", "State of the count"), if tally.is_final { FINAL } else { PROVISIONAL }),
        count(said("Terdaftar", "Registered"), tally.registered),
        count(said("Pernah bergabung", "Ever joined"), tally.ever_joined),
        count(said("Hadir dalam pelajaran", "In the lesson"), tally.in_lesson),
        count(said("Terbanyak pada satu saat", "Most at one moment"), tally.peak.count),
        time(facts, said("Saat itu pertama kali", "That moment, the first time"), tally.peak.at.first().copied()),
        same(said("Log", "Log"), &facts.opened.origin),
        count(said("Entri log", "Entries of the log"), facts.head.size.0),
        same(said("Akar log (SHA-256)", "Root of the log (SHA-256)"), &facts.head.root.to_string()),
        same(said("SHA-256 pernyataan", "SHA-256 of the declaration"), &facts.opened.digest.to_string()),
        text(said("Dasar lembar ini", "What these sheets are"), BASIS),
        text(said("Cara memeriksa bukti", "How to check the evidence"), CHECK_EVIDENCE),
        text(said("Cara memeriksa lembar ini", "How to check these sheets"), CHECK_SHEETS),
    ]);
    rows
}

const FINAL: Said =
    said("Tetap: tidak ada lagi yang dapat mengubah pelajaran ini.", "Final: nothing can change the lesson any more.");
const PROVISIONAL: Said = said(
    "Sementara: masih ada sambungan yang terbuka, atau pelajaran belum selesai.",
    "Provisional: a connection is still open, or the lesson is not over.",
);
const BASIS: Said = said(
    "Setiap lembar berasal dari berkas CSV yang bernama sama, sel demi sel. Yang menjadi bukti adalah lognya. Waktu di lembar tabel ditulis dalam UTC sampai milidetik.",
    "Each sheet is made from the CSV file of the same name, cell by cell. The evidence is the log. Times on the sheets of tables are in UTC to the millisecond.",
);
const CHECK_EVIDENCE: Said = said(
    "Di folder bukti: hadir-verify . --key KUNCI --noted CATATAN (KUNCI: kunci yang diajukan sebelumnya; CATATAN: checkpoint yang dicatat juri).",
    "In the bundle's folder: hadir-verify . --key KEY --noted NOTEBOOK (KEY: as it was filed beforehand; NOTEBOOK: the checkpoints that the adjudicator noted).",
);
const CHECK_SHEETS: Said = said(
    "Di folder bukti: hadir documents . membuat ulang berkas ini dari log dan membandingkan setiap bita.",
    "In the bundle's folder: hadir documents . makes this file again from the log and compares every byte.",
);

fn strong(row: Row) -> Row {
    Row { is_strong: true, ..row }
}

fn each(label: Said, value: impl Fn(Language) -> String) -> Row {
    Row { label, value: Language::ALL.map(|language| Cell::Text(value(language))), is_strong: false }
}

fn text(label: Said, value: Said) -> Row {
    each(label, |language| language.of(value).to_owned())
}

fn same(label: Said, value: &str) -> Row {
    each(label, |_| value.to_owned())
}

fn count(label: Said, count: u64) -> Row {
    Row { label, value: [Cell::Count(count), Cell::Count(count)], is_strong: false }
}

fn time(facts: &Facts<'_>, label: Said, at: Option<UnixMillis>) -> Row {
    each(label, |language| at.map(|at| facts.calendar(language).both(at)).unwrap_or_default())
}

/// Writes `funnel`: each step, how many persons it takes away, and how many are left.
pub(super) fn write_funnel(book: &mut Workbook, looks: &Looks, steps: &[Step]) -> Result<(), XlsxError> {
    let [id, en] = Language::ALL.map(Language::name);
    let headings = [("step", 16), (id, VALUE), (en, VALUE), ("orang / persons", 16), ("tersisa / left", 16)];
    let sheet = sheet::add(book, looks, "funnel", &headings)?;
    let (mut place, mut rest) = (0_u32, 0_u64);
    for (step, left) in left_after(steps) {
        (place, rest) = (place.saturating_add(1), left);
        let [id, en] =
            Language::ALL.map(|language| labels::step(&step.step).map_or("", |label| language.of(label)).to_owned());
        let names = [step.step.clone(), id, en].map(Cell::Text);
        let [name, id, en] = names;
        let look = if step.is_edge() { &looks.strong } else { &looks.wrapped };
        sheet::row(sheet, place, [name, id, en, Cell::Count(step.count), Cell::Count(left)], look)?;
    }
    let certified = steps.last().map_or(0, |step| step.count);
    let [id, en] = Language::ALL.map(|language| Cell::Text(language.of(DIFFERENCE).to_owned()));
    let difference = Cell::Count(rest.abs_diff(certified));
    let cells = [Cell::Text(String::new()), id, en, Cell::Text(String::new()), difference];
    sheet::row(sheet, place.saturating_add(1), cells, &looks.strong)
}

const DIFFERENCE: Said = said(
    "Selisih antara yang tersisa dan yang terhitung (harus 0)",
    "Difference between those left and those certified (has to be 0)",
);
