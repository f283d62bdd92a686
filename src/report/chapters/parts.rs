//! The same persons by how they took part, by hall and by group.

use super::Part;
use crate::{
    domain::accounts::tallies::Subtotal,
    report::{
        labels,
        pdf::{Column, Table},
        words::{Said, said},
    },
};

/// How many groups are printed, two beside each other: a page and a half. `tallies.json` has all of them.
const GROUPS_MAX: usize = 120;

pub(super) fn write(part: &mut Part<'_, '_>) {
    let heading = part.say(said("Bagian-bagian dari seluruhnya", "Parts of the whole"));
    part.flow.heading(heading);
    channels(part);
    venues(part);
    groups(part);
}

fn channels(part: &mut Part<'_, '_>) {
    subheading(part, said("Menurut cara ikut", "By how they took part"));
    let mut table = Table::new(columns(part, said("Cara", "Way")));
    let mut sum = Subtotal::default();
    for (name, subtotal) in &part.facts.tallies.channels {
        let label = labels::channel(name).map_or(name.clone(), |label| part.say(label).to_owned());
        table.row(cells(part, label, subtotal));
        add(&mut sum, subtotal);
    }
    table.sum(cells(part, part.say(said("semua", "all")).to_owned(), &sum));
    part.flow.table(&table);
}

fn venues(part: &mut Part<'_, '_>) {
    let venues = &part.facts.tallies.venues;
    if venues.is_empty() {
        return;
    }
    subheading(part, said("Menurut gedung (pindaian pertama)", "By hall (first scan)"));
    let mut table = Table::new(vec![
        Column::words(part.say(said("Gedung", "Hall")), 4.0),
        Column::numbers(part.say(said("Dipindai", "Scanned")), 1.3),
        Column::numbers(part.say(said("Terhitung", "Counted")), 1.3),
        Column::words(part.say(said("Catatan", "Note")), 3.0),
    ]);
    for (id, count) in venues {
        let name = part.facts.declaration().venues.iter().find(|venue| venue.id == *id).map(|venue| &venue.name);
        let label = name.map_or(id.clone(), |name| format!("{name} ({id})"));
        let below = said("kurang dari jumlah minimum", "fewer than the declared minimum");
        let note = if count.below_minimum { part.say(below) } else { "" };
        table.row([label, part.number(count.persons), part.number(count.certified), note.to_owned()]);
    }
    part.flow.table(&table);
}

fn groups(part: &mut Part<'_, '_>) {
    let groups = &part.facts.tallies.groups;
    subheading(
        part,
        said(
            "Menurut kelompok (sekolah, atau wilayah bila sekolahnya tidak diketahui)",
            "By group (the school, or the region where no school is known)",
        ),
    );
    let mut sorted: Vec<(&String, &Subtotal)> = groups.iter().collect();
    sorted.sort_by_key(|(name, subtotal)| (std::cmp::Reverse(subtotal.certified), *name));
    let printed: Vec<[String; 4]> =
        sorted.iter().take(GROUPS_MAX).map(|(name, one)| group_cells(part, name, one)).collect();
    let mut table = Table::new(group_columns(part));
    let rows = printed.len().div_ceil(2);
    for (left, place) in printed.iter().take(rows).zip(rows..) {
        let right = printed.get(place).cloned().unwrap_or_default();
        table.row(left.clone().into_iter().chain([String::new()]).chain(right));
    }
    part.flow.table(&table);
    let mut sums = Table::new(columns(part, said("Jumlah", "Sum")));
    let (mut sum, mut rest) = (Subtotal::default(), Subtotal::default());
    for ((_, subtotal), place) in sorted.iter().zip(0..) {
        add(&mut sum, subtotal);
        if place >= GROUPS_MAX {
            add(&mut rest, subtotal);
        }
    }
    let others = sorted.len().saturating_sub(GROUPS_MAX);
    if others > 0 {
        let words = part.say(said("kelompok lain (lihat tallies.json)", "other groups (see tallies.json)"));
        sums.row(cells(part, format!("{} {words}", part.number(others as u64)), &rest));
    }
    let all = format!("{} {}", part.number(sorted.len() as u64), part.say(said("kelompok", "groups")));
    sums.sum(cells(part, all, &sum));
    part.flow.table(&sums);
    let note = part.say(said(
        "Nama kelompok di log dan di bundel adalah kode yang hanya dapat dibuka penyelenggara; kelompok yang sama selalu mendapat kode yang sama.",
        "Groups have opaque labels in the log and in this bundle, which only the organizer can read; the same group always has the same label.",
    ));
    part.flow.note(note);
}

fn subheading(part: &mut Part<'_, '_>, text: Said) {
    let text = part.say(text);
    part.flow.subheading(text);
}

fn columns(part: &Part<'_, '_>, first: Said) -> Vec<Column> {
    vec![
        Column::words(part.say(first), 4.0),
        Column::numbers(part.say(said("Orang", "Persons")), 1.4),
        Column::numbers(part.say(said("Bergabung", "Joined")), 1.4),
        Column::numbers(part.say(said("Terhitung", "Counted")), 1.4),
        Column::numbers(part.say(said("dari yang bergabung", "of those who joined")), 2.0),
    ]
}

/// Two groups beside each other, with a gap between them.
fn group_columns(part: &Part<'_, '_>) -> Vec<Column> {
    let four = || {
        [
            Column::words(part.say(said("Kelompok", "Group")), 95.0),
            Column::numbers(part.say(said("Orang", "Persons")), 41.5),
            Column::numbers(part.say(said("Bergabung", "Joined")), 54.0),
            Column::numbers(part.say(said("Terhitung", "Counted")), 49.0),
        ]
    };
    four().into_iter().chain([Column::words("", 3.0)]).chain(four()).collect()
}

fn group_cells(part: &Part<'_, '_>, name: &str, one: &Subtotal) -> [String; 4] {
    let label = labels::group(name).map_or_else(|| name.to_owned(), |label| part.say(label).to_owned());
    [label, part.number(one.persons), part.number(one.joined), part.number(one.certified)]
}

fn cells(part: &Part<'_, '_>, label: String, subtotal: &Subtotal) -> [String; 5] {
    [
        label,
        part.number(subtotal.persons),
        part.number(subtotal.joined),
        part.number(subtotal.certified),
        part.language.share(subtotal.certified, subtotal.joined),
    ]
}

fn add(sum: &mut Subtotal, one: &Subtotal) {
    sum.persons = sum.persons.saturating_add(one.persons);
    sum.joined = sum.joined.saturating_add(one.joined);
    sum.certified = sum.certified.saturating_add(one.certified);
}
