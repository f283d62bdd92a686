//! What people decided: strikes, merges, rulings, releases, versions, claims, head counts and the spot check.

use super::Part;
use crate::{
    domain::reviews::acts::Decision,
    report::{
        labels,
        pdf::{Column, Table},
        words::{Said, said},
    },
};

pub(super) fn write(part: &mut Part<'_, '_>) {
    let heading = part.say(said("Keputusan", "Decisions"));
    part.flow.heading(heading);
    decided(part);
    effects(part);
    versions(part);
    head_counts(part);
    spot_check(part);
}

/// How many acts of each kind were signed, and what became of the proposals.
fn decided(part: &mut Part<'_, '_>) {
    let mut kinds: Vec<(&'static str, [u64; 4])> = Vec::new();
    for act in part.facts.attendance.acts() {
        let name = act.deed.name();
        let at = kinds.iter().position(|(kind, _)| *kind == name).unwrap_or_else(|| {
            kinds.push((name, [0; 4]));
            kinds.len().saturating_sub(1)
        });
        let Some((_, counts)) = kinds.get_mut(at) else { continue };
        let [all, open, confirmed, dismissed] = counts;
        *all = all.saturating_add(1);
        match act.decision {
            Some(Decision::Open) => *open = open.saturating_add(1),
            Some(Decision::Confirmed(_)) => *confirmed = confirmed.saturating_add(1),
            Some(Decision::Dismissed(_)) => *dismissed = dismissed.saturating_add(1),
            None => {}
        }
    }
    if kinds.is_empty() {
        let none = part.say(said("Tidak ada tindakan bertanda tangan.", "No act was signed."));
        part.flow.paragraph(none);
        return;
    }
    let heads = [
        said("Ditandatangani", "Signed"),
        said("Terbuka", "Open"),
        said("Dikukuhkan", "Confirmed"),
        said("Ditolak", "Dismissed"),
    ];
    let mut columns = vec![Column::words(part.say(said("Tindakan (lihat acts.csv)", "Act (see acts.csv)")), 3.0)];
    columns.extend(heads.map(|head| Column::numbers(part.say(head), 1.3)));
    let mut table = Table::new(columns);
    for (kind, counts) in kinds {
        let label = deed(kind).map_or(kind.to_owned(), |label| part.say(label).to_owned());
        table.row(std::iter::once(label).chain(counts.map(|count| part.number(count))));
    }
    part.flow.table(&table);
}

/// What the decisions change in the claimed number.
fn effects(part: &mut Part<'_, '_>) {
    let tallies = &part.facts.tallies;
    let mut table = Table::new(vec![
        Column::words(part.say(said("Terhitung", "Counted")), 6.0),
        Column::numbers(part.say(said("Orang", "Persons")), 1.5),
    ]);
    let rows: [(Said, u64); 4] = [
        (said("menurut semua keputusan yang berlaku", "by all decisions that stand"), tallies.tally.certifiable),
        (
            said("seandainya tidak ada putusan gangguan", "if no ruling on an outage stood"),
            tallies.certifiable_without_rulings,
        ),
        (
            said("seandainya tidak ada yang dilepas dari penahanan", "if nobody had been released from what held them"),
            tallies.certifiable_without_releases,
        ),
        (said("sanggahan yang diterima untuk ditinjau", "claims that were made"), tallies.claims),
    ];
    for (label, count) in rows {
        table.row([part.say(label).to_owned(), part.number(count)]);
    }
    part.flow.table(&table);
}

fn versions(part: &mut Part<'_, '_>) {
    let tallies = &part.facts.tallies;
    if tallies.versions.len() < 2 {
        return;
    }
    subheading(part, said("Menurut setiap versi pernyataan", "Under each version of the declaration"));
    let mut table = Table::new(vec![
        Column::numbers(part.say(said("Entri", "Entry")), 1.0),
        Column::words("SHA-256", 6.0),
        Column::numbers(part.say(said("Terhitung", "Counted")), 1.3),
    ]);
    for version in &tallies.versions {
        table.row([part.number(version.entry.0), version.digest.to_string(), part.number(version.certifiable)]);
    }
    part.flow.table(&table);
}

fn head_counts(part: &mut Part<'_, '_>) {
    let counts = part.facts.attendance.head_counts();
    if counts.is_empty() {
        return;
    }
    subheading(part, said("Hitungan petugas di gedung", "What stewards counted in the halls"));
    let mut table = Table::new(vec![
        Column::words(part.say(said("Waktu", "Time")), 1.2),
        Column::words(part.say(said("Gedung", "Hall")), 1.6),
        Column::words(part.say(said("Petugas", "Steward")), 3.4),
        Column::numbers(part.say(said("Dihitung", "Counted")), 1.2),
        Column::numbers(part.say(said("Menurut sistem", "By the system")), 1.6),
    ]);
    for head in counts {
        table.row([
            part.calendar.time(head.at),
            head.counted.venue.clone(),
            head.counted.by.clone(),
            part.number(u64::from(head.counted.persons)),
            part.number(head.system),
        ]);
    }
    part.flow.table(&table);
}

fn spot_check(part: &mut Part<'_, '_>) {
    subheading(part, said("Pemeriksaan acak", "Spot check"));
    let tally = part.facts.tallies.spot_check;
    let promised = tally.persons.zip(tally.denied_max);
    let rule = promised.map_or_else(
        || part.say(said("Tidak ada pemeriksaan acak yang dijanjikan.", "No spot check was promised.")).to_owned(),
        |(persons, denied)| {
            let (persons, denied) = (part.number(u64::from(persons)), part.number(u64::from(denied)));
            match part.language {
                crate::report::words::Language::Id => format!(
                    "Dijanjikan: sedikitnya {persons} orang terhitung dihubungi, paling banyak {denied} boleh menyangkal."
                ),
                crate::report::words::Language::En => format!(
                    "Promised: at least {persons} persons who count are reached, at most {denied} may deny."
                ),
            }
        },
    );
    part.flow.paragraph(&rule);
    if tally.drawn == 0 {
        let none = part.say(said("Belum ada yang diundi.", "Nobody was drawn yet."));
        part.flow.paragraph(none);
        return;
    }
    let mut table = Table::new(vec![
        Column::words(part.say(said("Orang yang diundi", "Persons who were drawn")), 6.0),
        Column::numbers(part.say(said("Orang", "Persons")), 1.5),
    ]);
    let found = crate::domain::reviews::deed::Found::Confirmed;
    let rows = [
        (labels::found(found), tally.confirmed),
        (labels::found(crate::domain::reviews::deed::Found::Denied), tally.denied),
        (labels::found(crate::domain::reviews::deed::Found::Unconfirmed), tally.unconfirmed),
        (said("belum ada hasil", "nothing entered yet"), tally.open),
    ];
    for (label, count) in rows {
        table.row([part.say(label).to_owned(), part.number(count)]);
    }
    table.sum([part.say(said("semua", "all")).to_owned(), part.number(tally.drawn)]);
    part.flow.table(&table);
    let verdict = match tally.passed {
        None => return,
        Some(true) => {
            said("Pemeriksaan acak LULUS menurut yang dijanjikan.", "The spot check is PASSED by what was promised.")
        }
        Some(false) => said(
            "Pemeriksaan acak BELUM LULUS menurut yang dijanjikan.",
            "The spot check is NOT PASSED by what was promised.",
        ),
    };
    let verdict = part.say(verdict);
    part.flow.paragraph(verdict);
}

fn subheading(part: &mut Part<'_, '_>, text: Said) {
    let text = part.say(text);
    part.flow.subheading(text);
}

/// A kind of act.
fn deed(name: &str) -> Option<Said> {
    Some(match name {
        "strike" => said("pencoretan diusulkan", "strike proposed"),
        "release" => said("pelepasan dari penahanan diusulkan", "release proposed"),
        "reverse" => said("pembatalan pencoretan diusulkan", "reversal of a strike proposed"),
        "merge" => said("penggabungan baris diusulkan", "merge of rows proposed"),
        "signal" => said("tanda diusulkan", "signal proposed"),
        "confirm" => said("pengukuhan", "confirmation"),
        "dismiss" => said("penolakan", "dismissal"),
        "bridge" => said("putusan gangguan diusulkan", "ruling on an outage proposed"),
        "declare" => said("versi pernyataan diusulkan", "version of the declaration proposed"),
        "answer" => said("jawaban atas sanggahan", "answer to a claim"),
        "draw" => said("undian pemeriksaan acak", "draw of a spot check"),
        "outcome" => said("hasil pemeriksaan acak", "outcome of a spot check"),
        "read" => said("bacaan pencatat waktu", "reading of a timekeeper"),
        "shift" => said("jam jaga", "shift"),
        "note" => said("catatan", "note"),
        _ => return None,
    })
}
