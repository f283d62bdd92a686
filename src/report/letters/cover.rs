//! The cover letter: who, what, where, when, how it was measured, and what went wrong.

use super::{Part, head, lesson_time, signature};
use crate::report::{
    labels,
    pdf::{Column, Table},
    words::{Language, said},
};

pub(super) fn write(part: &mut Part<'_, '_>) {
    head(part, said("Surat pengantar", "Cover letter"));
    let to = [said("Kepada (badan rekor)", "To (record body)"), said("Nomor permohonan", "Application number")];
    let to = to.map(|label| part.say(label));
    part.flow.blanks(&to);
    claim(part);
    measured(part);
    incidents(part);
    enclosed(part);
    signature(part);
}

fn claim(part: &mut Part<'_, '_>) {
    let declaration = part.facts.declaration();
    let (organizer, title) = (&declaration.organizer, &declaration.title);
    let (counted, when) = (part.number(part.facts.certified()), lesson_time(part));
    let rule = part.language.words(&part.facts.tallies.tally.rule);
    let told = match part.language {
        Language::Id => format!(
            "{organizer} mengajukan hasil upaya rekor \u{201c}{title}\u{201d}, yang dilaksanakan {when}. Menurut aturan \
             yang dinyatakan sebelumnya ({rule}), terhitung {counted} orang."
        ),
        Language::En => format!(
            "{organizer} submits the result of the record attempt \u{201c}{title}\u{201d}, held {when}. By the rule that \
             was declared beforehand ({rule}), {counted} persons count."
        ),
    };
    part.flow.paragraph(&told);
    let venues: Vec<String> = declaration.venues.iter().map(|venue| venue.name.clone()).collect();
    let place = if venues.is_empty() {
        part.say(said("Pelajaran diikuti secara daring.", "The lesson was taken online.")).to_owned()
    } else {
        let places = part.say(said("Pelajaran diikuti secara daring dan di:", "The lesson was taken online and at:"));
        format!("{places} {}.", venues.join("; "))
    };
    part.flow.paragraph(&place);
}

fn measured(part: &mut Part<'_, '_>) {
    let heading = part.say(said("Cara pengukuran", "How it was measured"));
    part.flow.heading(heading);
    let words = part.say(said(
        "Setiap peserta tersambung lewat tautan pribadi dan dihitung satu kali, berapa pun sambungan dan perangkatnya; \
         peserta di gedung dipindai di pintu dan digabungkan dengan yang daring. Setiap sambungan, jawaban, pindaian dan \
         tindakan petugas dicatat dengan waktu dalam log yang hanya dapat ditambah dan ditandatangani. Waktu yang tidak \
         terbukti tidak pernah dihitung. Semua angka dihitung ulang dari log itu.",
        "Each participant connects by a personal link and is counted once, however many connections and devices; \
         participants in a hall are scanned at its doors and merged with those online. Every connection, answer, scan and \
         act of staff is logged with its time in a signed log that can only grow. Time that is not proved is never \
         counted. Every number is recomputed from that log.",
    ));
    part.flow.paragraph(words);
    let tally = &part.facts.tallies.tally;
    let mut table = Table::new(vec![Column::words("", 3.0), Column::numbers("", 1.2)]);
    let rows = [
        (said("Terdaftar", "Registered"), tally.registered),
        (said("Pernah bergabung", "Ever joined"), tally.ever_joined),
        (said("Ada dalam pelajaran", "In the lesson"), tally.in_lesson),
        (said("Terbanyak pada satu saat", "Most at one moment"), tally.peak.count),
    ];
    for (label, count) in rows {
        table.row([part.say(label).to_owned(), part.number(count)]);
    }
    table.sum([part.say(said("Terhitung", "Counted")).to_owned(), part.number(part.facts.certified())]);
    part.flow.table(&table);
}

fn incidents(part: &mut Part<'_, '_>) {
    let heading = part.say(said("Gangguan", "Incidents"));
    part.flow.heading(heading);
    if part.facts.incidents.is_empty() {
        let none = part.say(said("Log tidak mencatat gangguan.", "The log has no incident."));
        part.flow.paragraph(none);
    }
    for incident in &part.facts.incidents {
        let (from, what) = (part.calendar.time(incident.from), part.say(labels::incident(incident.kind)));
        let (persons, qualify) = (part.number(incident.persons as u64), part.number(incident.qualify as u64));
        let told = match part.language {
            Language::Id => {
                format!("{from}: {what}; mengenai {persons} orang, {qualify} di antaranya tetap terhitung.")
            }
            Language::En => {
                format!("{from}: {what}; it concerned {persons} persons, of whom {qualify} count all the same.")
            }
        };
        part.flow.point(&told);
    }
    let more = [said("Gangguan lain (listrik, ruang, suara)", "Other incidents (power, room, sound)"), said("", "")];
    let more = more.map(|label| part.say(label));
    part.flow.blanks(&more);
}

fn enclosed(part: &mut Part<'_, '_>) {
    let heading = part.say(said("Lampiran", "Enclosed"));
    part.flow.heading(heading);
    let points = [
        said(
            "Folder bukti dengan report.pdf, tables.xlsx, log bertanda tangan, SPEC.md dan recount.py",
            "The folder of evidence with report.pdf, tables.xlsx, the signed log, SPEC.md and recount.py",
        ),
        said(
            "Pernyataan dua saksi, dua pencatat waktu, dan petugas gedung",
            "Statements of two witnesses, two timekeepers, and the stewards",
        ),
        said(
            "Rekaman video tanpa suntingan, yang memperlihatkan layar hitungan dan jam UTC",
            "Unedited video footage that shows the counting screen and the UTC clock",
        ),
        said("Lembar pemeriksaan acak dengan hasilnya", "The spot-check sheet with what was found"),
    ];
    for point in points {
        let text = part.say(point);
        part.flow.point(text);
    }
    let root = part.facts.head.root.to_string();
    let (size, label) =
        (part.number(part.facts.head.size.0), part.say(said("Log: jumlah entri dan akar", "Log: entries and root")));
    part.flow.note(&format!("{label}: {size}, {root}"));
}
