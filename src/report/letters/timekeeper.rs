//! A statement for each timekeeper: what their own clock said at the signals, beside the server's.

use super::{Part, head, person, signature, witness::signers};
use crate::{
    domain::{
        event::{Signal, StaffRole},
        ids::Pseudonym,
    },
    report::{
        labels,
        pdf::{Column, Table},
        words::said,
    },
};

/// How many timekeepers a record body asks for, beside the witnesses.
const TIMEKEEPERS_MIN: usize = 2;

pub(super) fn write(part: &mut Part<'_, '_>) {
    for (place, who) in signers(part, StaffRole::Timekeeper, TIMEKEEPERS_MIN).into_iter().enumerate() {
        if place > 0 {
            part.flow.new_page();
        }
        statement(part, who);
    }
}

fn statement(part: &mut Part<'_, '_>, who: Option<Pseudonym>) {
    head(part, said("Pernyataan pencatat waktu", "Timekeeper statement"));
    person(part);
    if let Some(who) = who {
        let known = part.say(said("Di log dikenal sebagai", "Known in the log as"));
        part.flow.note(&format!("{known} {who}"));
    }
    let words = part.say(said(
        "Saya membaca jam saya sendiri pada tanda mulai dan tanda selesai, terpisah dari jam server. Jam tidak dihentikan selama pelajaran.",
        "I read my own clock at the start signal and at the end signal, apart from the server's. The clock was not stopped during the lesson.",
    ));
    part.flow.paragraph(words);
    readings(part, who);
    let own = [
        said("Jam yang dipakai (jenis, nomor)", "Clock used (kind, number)"),
        said("Kapan dicocokkan, dengan apa", "When and with what it was compared"),
        said("Bacaan saya pada tanda mulai", "My reading at the start signal"),
        said("Bacaan saya pada tanda selesai", "My reading at the end signal"),
    ];
    let own = own.map(|label| part.say(label));
    part.flow.blanks(&own);
    signature(part);
}

fn readings(part: &mut Part<'_, '_>, who: Option<Pseudonym>) {
    let tallies = &part.facts.tallies;
    let mut table = Table::new(vec![
        Column::words(part.say(said("Tanda", "Signal")), 1.0),
        Column::words(part.say(said("Waktu server", "Server's time")), 3.6),
        Column::words(part.say(said("Bacaan yang tercatat", "Reading on record")), 2.4),
        Column::numbers(part.say(said("Selisih", "Difference")), 1.4),
    ]);
    for (signal, at) in [(Signal::Start, tallies.start), (Signal::End, tallies.end)] {
        let Some(at) = at else { continue };
        let reading = tallies.readings.iter().rev().find(|one| one.signal == signal && Some(one.by) == who);
        let (read, difference) = reading.map_or_else(
            || ("—".to_owned(), "—".to_owned()),
            |one| (one.reading.to_string(), part.language.difference(one.difference_ms)),
        );
        table.row([part.say(labels::signal(signal)).to_owned(), part.calendar.both(at), read, difference]);
    }
    part.flow.table(&table);
}
