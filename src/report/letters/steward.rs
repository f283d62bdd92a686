//! A statement for each steward: the persons whom they looked after, and what they counted beside the system.

use super::{Part, head, lesson_time, person, signature};
use crate::{
    domain::{fold::hall::HeadCount, ids::Pseudonym},
    report::{
        pdf::{Column, Table},
        words::{Language, said},
    },
};

pub(super) fn write(part: &mut Part<'_, '_>) {
    let stewards = stewards(part);
    if stewards.is_empty() {
        statement(part, None);
    }
    for (place, who) in stewards.into_iter().enumerate() {
        if place > 0 {
            part.flow.new_page();
        }
        statement(part, Some(&who));
    }
}

/// Everybody who looked after a group or counted, in the order of their names.
fn stewards(part: &Part<'_, '_>) -> Vec<String> {
    let attendance = part.facts.attendance;
    let groups = attendance.groups().keys().map(ToString::to_string);
    let counting = attendance.head_counts().iter().map(|head| head.counted.by.clone());
    let mut stewards: Vec<String> = groups.chain(counting).collect();
    stewards.sort_unstable();
    stewards.dedup();
    stewards
}

fn statement(part: &mut Part<'_, '_>, who: Option<&str>) {
    head(part, said("Pernyataan petugas gedung", "Steward statement"));
    person(part);
    let when = lesson_time(part);
    let told = match part.language {
        Language::Id => format!(
            "Saya mengawasi sekelompok peserta pada upaya rekor ini, {when}. Saya menghitung mereka dengan mata sendiri \
             dan menyatakan bahwa yang terhitung hadir dan mengikuti pelajaran dari tanda mulai sampai tanda selesai."
        ),
        Language::En => format!(
            "I looked after a group of participants in this record attempt, {when}. I counted them with my own eyes and \
             state that those who are counted were there and took part from the start signal to the end signal."
        ),
    };
    part.flow.paragraph(&told);
    if let Some(who) = who {
        let known = part.say(said("Di log dikenal sebagai", "Known in the log as"));
        part.flow.note(&format!("{known} {who}"));
        group(part, who);
        counted(part, who);
    }
    let own = [
        said("Gedung dan bagiannya", "Hall and part of it"),
        said("Jumlah peserta pada mulai", "Participants at the start"),
        said("Jumlah peserta pada selesai", "Participants at the end"),
        said("Yang pergi atau tidak ikut, dan mengapa", "Who left or did not take part, and why"),
        said("", ""),
    ];
    let own = own.map(|label| part.say(label));
    part.flow.blanks(&own);
    signature(part);
}

fn group(part: &mut Part<'_, '_>, who: &str) {
    let steward: Option<Pseudonym> = who.parse().ok();
    let groups = part.facts.attendance.groups();
    let Some((_, group)) = groups.iter().find(|(one, _)| Some(**one) == steward) else { return };
    let persons = part.number(group.persons.len() as u64);
    let told = match part.language {
        Language::Id => format!("Kelompok {}: {persons} orang.", group.label),
        Language::En => format!("Group {}: {persons} persons.", group.label),
    };
    part.flow.paragraph(&told);
}

fn counted(part: &mut Part<'_, '_>, who: &str) {
    let counts: Vec<&HeadCount> =
        part.facts.attendance.head_counts().iter().filter(|head| head.counted.by == who).collect();
    let mut table = Table::new(vec![
        Column::words(part.say(said("Waktu", "Time")), 2.0),
        Column::words(part.say(said("Gedung", "Hall")), 2.0),
        Column::numbers(part.say(said("Saya hitung", "Counted by me")), 1.4),
        Column::numbers(part.say(said("Menurut sistem", "By the system")), 1.4),
    ]);
    for head in counts {
        let persons = part.number(u64::from(head.counted.persons));
        table.row([part.calendar.time(head.at), head.counted.venue.clone(), persons, part.number(head.system)]);
    }
    if !table.is_empty() {
        part.flow.table(&table);
    }
}
