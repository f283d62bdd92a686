//! The first page: what is claimed, of what, and whether it can still change.

use super::Part;
use crate::{
    domain::accounts::tally::Phase,
    report::{
        pdf::{Column, Shade, Table, Weight},
        words::said,
    },
};

pub(super) fn write(part: &mut Part<'_, '_>) {
    title(part);
    number(part);
    essence(part);
}

fn title(part: &mut Part<'_, '_>) {
    let declaration = part.facts.declaration();
    if part.facts.opened.rehearsal {
        let words = part.say(said("GLADI BERSIH, BUKAN UPAYA REKOR", "A REHEARSAL, NOT THE RECORD ATTEMPT"));
        part.flow.text(words, Weight::Bold, 12.0, Shade::Black);
    }
    let kind = part.say(said("Laporan upaya rekor", "Report of a record attempt"));
    part.flow.text(kind, Weight::Regular, 11.0, Shade::Gray);
    part.flow.space(2.0);
    part.flow.text(&declaration.title, Weight::Bold, 20.0, Shade::Black);
    part.flow.text(&declaration.organizer, Weight::Regular, 11.0, Shade::Black);
    part.flow.space(14.0);
}

fn number(part: &mut Part<'_, '_>) {
    let counted = part.number(part.facts.certified());
    part.flow.text(&counted, Weight::Bold, 44.0, Shade::Black);
    let what =
        part.say(said("orang terhitung menurut aturan yang dinyatakan:", "persons counted by the declared rule:"));
    part.flow.text(what, Weight::Bold, 11.0, Shade::Black);
    let rule = part.language.words(&part.facts.tallies.tally.rule).to_owned();
    part.flow.paragraph(&rule);
    let tally = &part.facts.tallies.tally;
    let standing = match (tally.is_final, tally.phase) {
        (true, Phase::Closed) => said(
            "Kehadiran sudah ditutup. Angka ini hanya dapat berubah oleh keputusan dua pihak yang tercatat dan terlihat \
             (pencoretan, penggabungan, putusan).",
            "Attendance is closed. This number can change only by decisions of two sides that are logged and visible \
             (strikes, merges, rulings).",
        ),
        (true, _) => said(
            "Kehadiran sudah final: tidak ada sambungan yang masih dapat mengubah pelajaran.",
            "Attendance is final: no connection can change the lesson any more.",
        ),
        (false, _) => said(
            "SEMENTARA: kehadiran belum final ketika laporan ini dibuat.",
            "PROVISIONAL: attendance was not final when this report was made.",
        ),
    };
    let standing = part.say(standing);
    part.flow.text(standing, Weight::Bold, 9.5, Shade::Black);
    part.flow.space(8.0);
}

fn essence(part: &mut Part<'_, '_>) {
    let (facts, say) = (part.facts, |text| part.language.of(text));
    let (tally, tallies) = (&facts.tallies.tally, &facts.tallies);
    let moment = |at: Option<crate::domain::time::UnixMillis>| {
        at.map_or_else(|| say(said("tidak diberikan", "not given")).to_owned(), |at| part.calendar.both(at))
    };
    let peak = match tally.peak.at.first() {
        Some(at) => format!("{} ({})", part.number(tally.peak.count), part.calendar.moment(*at)),
        None => part.number(tally.peak.count),
    };
    let mut table = Table::new(vec![Column::words("", 2.0), Column::words("", 5.0)]);
    let mut row = |label, value: String| table.row([say(label).to_owned(), value]);
    row(said("Pelajaran mulai", "Lesson started"), moment(tallies.start));
    row(said("Pelajaran selesai", "Lesson ended"), moment(tallies.end));
    row(said("Terdaftar", "Registered"), part.number(tally.registered));
    row(said("Pernah bergabung", "Ever joined"), part.number(tally.ever_joined));
    row(said("Ada dalam pelajaran", "In the lesson"), part.number(tally.in_lesson));
    row(said("Sambungan", "Connections"), part.number(tally.connections));
    row(said("Terbanyak pada satu saat", "Most at one moment"), peak);
    row(said("Log", "Log"), facts.opened.origin.clone());
    row(said("Jumlah entri", "Entries"), part.number(facts.head.size.0));
    row(said("Akar (SHA-256)", "Root (SHA-256)"), facts.head.root.to_string());
    row(said("Entri terakhir", "Last entry"), part.calendar.both(facts.at()));
    part.flow.table(&table);
    let note = say(said(
        "Semua angka dihitung dari log bertanda tangan oleh satu fungsi, dan dapat dihitung ulang tanpa penyelenggara: lihat bagian terakhir. Waktu di dalam kurung adalah UTC.",
        "Every number follows from the signed log by one function, and can be recomputed without the organizer: see the last chapter. Times in brackets are UTC.",
    ));
    part.flow.note(note);
}
