//! From everybody on the list to those who count, and the counts beside the claimed one.

use super::Part;
use crate::{
    domain::accounts::funnel::left_after,
    report::{
        labels,
        pdf::{Column, Table},
        words::{Said, said},
    },
};

pub(super) fn write(part: &mut Part<'_, '_>) {
    funnel(part);
    counts(part);
}

fn funnel(part: &mut Part<'_, '_>) {
    let heading = part.say(said("Dari yang terdaftar sampai yang terhitung", "From the list to those who count"));
    part.flow.heading(heading);
    let mut table = Table::new(vec![
        Column::words(part.say(said("Langkah", "Step")), 4.5),
        Column::words(part.say(said("nama di tabel", "name in the tables")), 2.0),
        Column::numbers(part.say(said("Orang", "Persons")), 1.2),
        Column::numbers(part.say(said("Tersisa", "Left")), 1.2),
        Column::numbers(part.say(said("dari semua", "of all")), 1.2),
    ]);
    let steps = &part.facts.tallies.funnel;
    let all = steps.first().map_or(0, |step| step.count);
    for (step, left) in left_after(steps) {
        let label = labels::step(&step.step).map_or(step.step.clone(), |label| part.say(label).to_owned());
        let count = if step.is_edge() { part.number(step.count) } else { format!("− {}", part.number(step.count)) };
        let cells = [label, step.step.clone(), count, part.number(left), part.language.share(left, all)];
        if step.is_edge() {
            table.sum(cells);
        } else if step.count > 0 {
            table.row(cells);
        }
    }
    part.flow.table(&table);
    let note = part.say(said(
        "Setiap orang berdiri di satu langkah saja: yang terdaftar dikurangi semua langkah adalah yang terhitung. Langkah tanpa orang tidak dicetak.",
        "Each person stands in one step only: those on the list without all steps are those who count. Steps without anybody are not printed.",
    ));
    part.flow.note(note);
}

fn counts(part: &mut Part<'_, '_>) {
    let heading = part.say(said("Hitungan lain dari log yang sama", "Other counts of the same log"));
    part.flow.heading(heading);
    let tallies = &part.facts.tallies;
    let tally = &tallies.tally;
    let mut table = Table::new(vec![
        Column::words(part.say(said("Hitungan", "Count")), 6.0),
        Column::numbers(part.say(said("Ketat", "Strict")), 1.3),
        Column::numbers(part.say(said("Jeda dijembatani", "Bridged")), 1.6),
    ]);
    let pairs: [(Said, u64, u64); 6] = [
        (
            said("Memenuhi aturan yang dinyatakan", "Satisfy the declared rule"),
            tally.certifiable_strict,
            tally.certifiable,
        ),
        (
            said("Hadir penuh dengan kelonggaran yang dinyatakan", "Present throughout, with the declared allowances"),
            tallies.full_lesson_declared,
            tallies.full_lesson_bridged,
        ),
        (
            said("Hadir selama waktu minimum, dijumlahkan", "Present for the minimum time, in total"),
            tallies.minimum_time.cumulative,
            tallies.minimum_time.cumulative_bridged,
        ),
        (
            said("Hadir selama waktu minimum tanpa putus", "Present for the minimum time, in one run"),
            tallies.minimum_time.continuous,
            tallies.minimum_time.continuous_bridged,
        ),
        (said("Terbanyak pada satu saat", "Most at one moment"), tally.peak.count, tallies.peak_bridged.count),
        (
            said("Terbanyak sepanjang 10 detik penuh", "Most throughout ten seconds"),
            tallies.peak_10s.strict,
            tallies.peak_10s_bridged.strict,
        ),
    ];
    for (label, strict, bridged) in pairs {
        table.row([part.say(label).to_owned(), part.number(strict), part.number(bridged)]);
    }
    for (census, place) in
        tallies.census.iter().zip([said("awal", "start"), said("tengah", "middle"), said("akhir", "end")])
    {
        let at = part.calendar.time(census.at);
        let label =
            format!("{} ({}, {at})", part.say(said("Hadir pada saat itu", "Present at that moment")), part.say(place));
        table.row([label, part.number(census.present), part.number(census.present_bridged)]);
    }
    let strict = part.say(said("Hadir penuh tanpa kelonggaran apa pun", "Present throughout, nothing allowed"));
    table.row([strict.to_owned(), part.number(tally.full_lesson), "—".to_owned()]);
    part.flow.table(&table);
    let note = part.say(said(
        "Ketat: tidak ada jeda yang dijembatani. Jeda dijembatani: sambungan yang kembali dalam tenggang yang dinyatakan tidak dianggap pergi.",
        "Strict: nothing is bridged. Bridged: who reconnects within the declared grace is not away.",
    ));
    part.flow.note(note);
}
