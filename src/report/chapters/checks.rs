//! The participation checks, and the share of those who did not answer against its declared ceiling.

use super::Part;
use crate::{
    domain::rules::PromptKind,
    report::{
        pdf::{Column, Shade, Table, Weight},
        words::said,
    },
};

pub(super) fn write(part: &mut Part<'_, '_>) {
    let heading = part.say(said("Pemeriksaan kehadiran", "Participation checks"));
    part.flow.heading(heading);
    if part.facts.attendance.checks().is_empty() {
        let none = part.say(said("Tidak ada pemeriksaan yang dibuka.", "No check was opened."));
        part.flow.paragraph(none);
    } else {
        opened(part);
    }
    inactive(part);
}

fn opened(part: &mut Part<'_, '_>) {
    let mut table = Table::new(vec![
        Column::numbers(part.say(said("No.", "No.")), 0.5),
        Column::words(part.say(said("Yang diminta", "Asks for")), 1.6),
        Column::words(part.say(said("Sebab", "Cause")), 1.5),
        Column::words(part.say(said("Dibuka", "Opened")), 1.2),
        Column::words(part.say(said("Sampai", "Until")), 1.2),
        Column::numbers(part.say(said("Ditampilkan", "Shown")), 1.2),
        Column::numbers(part.say(said("Dijawab", "Answered")), 1.2),
    ]);
    for (check, number) in part.facts.attendance.checks().iter().zip(1_u64..) {
        let kind = match check.kind {
            PromptKind::Press => said("tekan tombol", "press a button"),
            PromptKind::Word => said("kata di layar", "a word that is shown"),
        };
        let cause = if check.place.is_some() { said("terencana", "planned") } else { said("oleh juri", "at will") };
        table.row([
            number.to_string(),
            part.say(kind).to_owned(),
            part.say(cause).to_owned(),
            part.calendar.time(check.at),
            part.calendar.time(check.closes),
            part.number(check.shown),
            part.number(check.answered),
        ]);
    }
    part.flow.table(&table);
    let drawn = part.say(said(
        "Waktu pemeriksaan terencana ditentukan oleh benih yang dikunci di entri pertama log dan kata acak dari juri; log menolak pemeriksaan pada waktu lain.",
        "The times of planned checks follow from a seed to which the log's first entry commits and from the adjudicator's nonce; the log refuses planned checks at other times.",
    ));
    part.flow.note(drawn);
}

fn inactive(part: &mut Part<'_, '_>) {
    let inactive = part.facts.tallies.inactive;
    let share = part.language.share(inactive.persons, inactive.of);
    let (persons, of) = (part.number(inactive.persons), part.number(inactive.of));
    let told = match part.language {
        crate::report::words::Language::Id => {
            format!("Tidak aktif: {persons} dari {of} orang yang memenuhi semua syarat lain ({share}).")
        }
        crate::report::words::Language::En => {
            format!("Inactive: {persons} of {of} persons who meet every other clause ({share}).")
        }
    };
    part.flow.text(&told, Weight::Bold, 9.5, Shade::Black);
    let against = match (inactive.ceiling_bp, inactive.exceeded) {
        (None, _) => part.say(said("Tidak ada batas yang dinyatakan.", "No ceiling was declared.")).to_owned(),
        (Some(ceiling), false) => format!(
            "{} {}.",
            part.say(said("Tidak melewati batas yang dinyatakan,", "It does not exceed the declared ceiling of")),
            part.language.basis_points(ceiling)
        ),
        (Some(ceiling), true) => format!(
            "{} {}; {}",
            part.say(said("MELEWATI batas yang dinyatakan,", "It EXCEEDS the declared ceiling of")),
            part.language.basis_points(ceiling),
            part.say(said("keputusannya pada juri.", "what follows is the adjudicator's decision."))
        ),
    };
    part.flow.paragraph(&against);
}
