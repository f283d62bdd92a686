//! The spot-check sheet: whom the draw chose, what was found of them, and when that passes.

use super::{Part, head, signature};
use crate::{
    domain::reviews::deed::Deed,
    report::{
        labels,
        pdf::{Column, Table},
        words::{Language, said},
    },
};

pub(super) fn write(part: &mut Part<'_, '_>) {
    head(part, said("Lembar pemeriksaan acak", "Spot-check sheet"));
    rule(part);
    draws(part);
    persons(part);
    result(part);
    signature(part);
}

fn rule(part: &mut Part<'_, '_>) {
    let words = part.say(said(
        "Orang yang diperiksa diundi dari semua yang terhitung, dengan akar log pada penutupan dan kata acak yang diberikan \
         juri sesudahnya: baik penyelenggara maupun juri tidak dapat memilih mereka. Kontak diambil dari sumber yang tidak \
         dikuasai penyelenggara. Orang yang datanya dihapus dianggap tidak terhubung.",
        "The persons are drawn from all who count, by the log's root at its close and a nonce that the adjudicator gives \
         after it: neither the organizer nor the adjudicator can choose them. Contacts come from a source that the \
         organizer does not control. Somebody who was erased counts as not reached.",
    ));
    part.flow.paragraph(words);
    let tally = part.facts.tallies.spot_check;
    let Some((persons, denied)) = tally.persons.zip(tally.denied_max) else {
        let none = part.say(said(
            "Pernyataan tidak menjanjikan syarat kelulusan: juri menetapkannya sebelum mengundi. Tanpa satu pun sangkalan dari 299 orang, kurang dari 1 % yang salah pada tingkat kepercayaan 95 %.",
            "The declaration promises no pass rule: the adjudicator sets it before drawing. Without any denial of 299 persons, less than 1 % is false at 95 % confidence.",
        ));
        part.flow.paragraph(none);
        let own = [said("Syarat kelulusan", "Pass rule")];
        let own = own.map(|label| part.say(label));
        part.flow.blanks(&own);
        return;
    };
    let (persons, denied) = (part.number(u64::from(persons)), part.number(u64::from(denied)));
    let told = match part.language {
        Language::Id => format!(
            "Syarat kelulusan yang dinyatakan: sedikitnya {persons} orang terhubung (atau semua yang terhitung), paling banyak {denied} menyangkal."
        ),
        Language::En => format!(
            "Declared pass rule: at least {persons} persons are reached (or all who count), at most {denied} deny."
        ),
    };
    part.flow.paragraph(&told);
}

fn draws(part: &mut Part<'_, '_>) {
    let draws: Vec<String> = part
        .facts
        .attendance
        .acts()
        .filter_map(|act| {
            let Deed::Draw { persons, nonce } = &act.deed else { return None };
            let (entry, persons) = (part.number(act.entry.0), part.number(u64::from(*persons)));
            let at = part.calendar.moment(act.at);
            Some(match part.language {
                Language::Id => {
                    format!("Undian di entri {entry}, {at}: {persons} orang, kata acak \u{201c}{nonce}\u{201d}.")
                }
                Language::En => {
                    format!("Draw in entry {entry}, {at}: {persons} persons, nonce \u{201c}{nonce}\u{201d}.")
                }
            })
        })
        .collect();
    for draw in draws {
        part.flow.point(&draw);
    }
    part.flow.space(4.0);
}

fn persons(part: &mut Part<'_, '_>) {
    let sample = part.facts.attendance.sample();
    if sample.is_empty() {
        let none = part.say(said(
            "Belum ada yang diundi. Undian dilakukan juri di halaman /live setelah kehadiran ditutup.",
            "Nobody was drawn yet. The adjudicator draws on the page /live after attendance is closed.",
        ));
        part.flow.paragraph(none);
        return;
    }
    let mut table = Table::new(vec![
        Column::numbers(part.say(said("No.", "No.")), 0.6),
        Column::words(part.say(said("Orang (kode di log)", "Person (name in the log)")), 3.6),
        Column::words(part.say(said("Hasil yang tercatat", "Found, on record")), 1.8),
        Column::words(part.say(said("Dihubungi pada, oleh", "Reached at, by")), 2.6),
        Column::words(part.say(said("Paraf", "Initials")), 1.0),
    ]);
    for drawn in sample {
        let found = drawn.found.map_or("", |found| part.say(labels::found(found)));
        let [empty, initials] = [String::new(), String::new()];
        table.row([part.number(u64::from(drawn.place)), drawn.person.to_string(), found.to_owned(), empty, initials]);
    }
    part.flow.table(&table);
}

fn result(part: &mut Part<'_, '_>) {
    let tally = part.facts.tallies.spot_check;
    if tally.drawn == 0 {
        return;
    }
    let (confirmed, denied) = (part.number(tally.confirmed), part.number(tally.denied));
    let (unconfirmed, open) = (part.number(tally.unconfirmed), part.number(tally.open));
    let told = match part.language {
        Language::Id => format!(
            "Membenarkan: {confirmed}. Menyangkal: {denied}. Tidak terhubung: {unconfirmed}. Belum ada hasil: {open}."
        ),
        Language::En => format!(
            "Confirmed: {confirmed}. Denied: {denied}. Not reached: {unconfirmed}. Nothing entered yet: {open}."
        ),
    };
    part.flow.paragraph(&told);
    let verdict = match tally.passed {
        None => return,
        Some(true) => said("Lulus menurut syarat yang dinyatakan.", "Passed by the declared rule."),
        Some(false) => said("Belum lulus menurut syarat yang dinyatakan.", "Not passed by the declared rule."),
    };
    let verdict = part.say(verdict);
    part.flow.paragraph(verdict);
}
