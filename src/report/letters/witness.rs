//! A statement for each witness: what they saw, in their own hand.

use super::{Part, head, lesson_time, person, signature};
use crate::{
    domain::{
        event::StaffRole,
        ids::Pseudonym,
        reviews::deed::{Deed, Shift},
    },
    report::words::{Language, said},
};

/// How many witnesses a record body asks for at least.
const WITNESSES_MIN: usize = 2;

pub(super) fn write(part: &mut Part<'_, '_>) {
    for (place, who) in signers(part, StaffRole::Witness, WITNESSES_MIN).into_iter().enumerate() {
        if place > 0 {
            part.flow.new_page();
        }
        statement(part, who);
    }
}

/// Everybody who is enrolled in a role, and as many empty places as are missing.
pub(super) fn signers(part: &Part<'_, '_>, role: StaffRole, least: usize) -> Vec<Option<Pseudonym>> {
    let enrolled = part.facts.attendance.staff().filter(|staff| staff.role == role);
    let mut signers: Vec<Option<Pseudonym>> = enrolled.map(|staff| Some(staff.person)).collect();
    signers.resize(signers.len().max(least), None);
    signers
}

fn statement(part: &mut Part<'_, '_>, who: Option<Pseudonym>) {
    head(part, said("Pernyataan saksi", "Witness statement"));
    person(part);
    if let Some(who) = who {
        let known = part.say(said("Di log dikenal sebagai", "Known in the log as"));
        part.flow.note(&format!("{known} {who}"));
    }
    let when = lesson_time(part);
    let told = match part.language {
        Language::Id => format!("Saya menjadi saksi upaya rekor ini pada {when} dan menyatakan:"),
        Language::En => format!("I witnessed this record attempt, {when}, and state:"),
    };
    part.flow.paragraph(&told);
    let points = [
        said(
            "Saya berusia 18 tahun ke atas, tidak berkerabat dengan peserta, dan tidak berkepentingan pada hasilnya.",
            "I am 18 or older, not related to the participants, and have no interest in the result.",
        ),
        said(
            "Saya hadir selama jam jaga saya, dan aturan yang dinyatakan dipatuhi.",
            "I was present throughout my shift, and the declared rules were kept.",
        ),
        said(
            "Tanda mulai dan selesai terdengar dan terlihat oleh semua, pada waktu yang tercatat.",
            "The start and end signals were heard and seen by all, at the times on record.",
        ),
        said(
            "Hitungan di layar terlihat sepanjang pelajaran; ukuran log dan akarnya saya catat sebagai berikut.",
            "The count on the screen was visible throughout; I noted the log's size and root as follows.",
        ),
    ];
    for point in points {
        let text = part.say(point);
        part.flow.point(text);
    }
    if let Some(who) = who {
        shifts(part, who);
    }
    let noted = [
        said("Jam jaga (mulai – selesai)", "Shift (from – to)"),
        said("Ukuran log dan akar pada mulai", "Log size and root at the start"),
        said("Ukuran log dan akar pada selesai", "Log size and root at the end"),
        said("Yang saya lihat berbeda dari aturan", "What I saw that differed from the rules"),
        said("", ""),
    ];
    let noted = noted.map(|label| part.say(label));
    part.flow.blanks(&noted);
    signature(part);
}

/// What the log has of a witness's shifts.
fn shifts(part: &mut Part<'_, '_>, who: Pseudonym) {
    let acts: Vec<String> = part
        .facts
        .attendance
        .acts()
        .filter(|act| act.by == who)
        .filter_map(|act| {
            let Deed::Shift { is } = act.deed else { return None };
            let word = match is {
                Shift::Begins => said("mulai jaga", "shift begins"),
                Shift::Ends => said("selesai jaga", "shift ends"),
            };
            Some(format!("{}: {}", part.say(word), part.calendar.moment(act.at)))
        })
        .collect();
    for act in acts {
        part.flow.point(&act);
    }
}
