//! What was declared beforehand, and the signals that were given.

use super::Part;
use crate::{
    attempt::words::explain,
    report::{
        labels,
        pdf::{Column, Table},
        words::said,
    },
};

pub(super) fn write(part: &mut Part<'_, '_>) {
    declared(part);
    signals(part);
}

fn declared(part: &mut Part<'_, '_>) {
    let heading = part.say(said("Pernyataan", "Declaration"));
    part.flow.heading(heading);
    let words = explain(part.facts.declaration());
    for sentence in part.language.words(&words).lines() {
        part.flow.point(sentence);
    }
    part.flow.space(4.0);
    let first = part.facts.attendance.versions().first().map_or(part.facts.opened.digest, |version| version.digest);
    let digest = part.say(said("SHA-256 dari pernyataan yang diajukan", "SHA-256 of the declaration that was filed"));
    part.flow.note(&format!("{digest}: {first}"));
    if part.facts.attendance.versions().len() > 1 {
        let later = part.say(said(
            "Ada versi pernyataan yang diajukan kemudian; hitungan menurut masing-masing ada di bawah.",
            "Later versions of the declaration were handed in; the count under each of them is given below.",
        ));
        part.flow.note(later);
    }
}

fn signals(part: &mut Part<'_, '_>) {
    let heading = part.say(said("Tanda mulai dan selesai", "Start and end signals"));
    part.flow.heading(heading);
    let tallies = &part.facts.tallies;
    let Some(start) = tallies.start else {
        let none = part.say(said(
            "Tanda mulai tidak pernah diberikan: jendela pelajaran kosong dan tidak seorang pun terhitung.",
            "The start signal was never given: the lesson's window is empty and nobody counts.",
        ));
        part.flow.paragraph(none);
        return;
    };
    let mut table = Table::new(vec![
        Column::words(part.say(said("Tanda", "Signal")), 1.2),
        Column::words(part.say(said("Waktu server", "Server's time")), 4.0),
        Column::words(part.say(said("Dibaca oleh", "Read by")), 3.2),
        Column::numbers(part.say(said("Selisih", "Difference")), 1.6),
    ]);
    let end = tallies.end.map(|end| (crate::domain::event::Signal::End, end));
    for (signal, at) in std::iter::once((crate::domain::event::Signal::Start, start)).chain(end) {
        let label = part.say(labels::signal(signal)).to_owned();
        let readings: Vec<_> = tallies.readings.iter().filter(|reading| reading.signal == signal).collect();
        if readings.is_empty() {
            table.row([label, part.calendar.both(at), "—".to_owned(), "—".to_owned()]);
            continue;
        }
        for reading in readings {
            let difference = part.language.difference(reading.difference_ms);
            table.row([label.clone(), part.calendar.both(at), reading.by.to_string(), difference]);
        }
    }
    part.flow.table(&table);
    let note = part.say(said(
        "Selisih: bacaan pencatat waktu dikurangi waktu server.",
        "Difference: the timekeeper's reading minus the server's time.",
    ));
    part.flow.note(note);
}
