//! The public grade of a bundle: the counts that may be said to everybody, and the checkpoints, without any entry.

pub mod counts;
mod readme;

use std::{io, path::Path};

use serde::Serialize;

use self::counts::{PublicCounts, PublicGroup, ROUNDED_TO, rounded};
use super::{
    bundle::{self, BundleError, DECLARATION, Draft, LOG, Parts},
    files::{Evidence, Source},
    manifest::{Grade, MANIFEST, Manifest},
    readme::README,
    tables::{self, FUNNEL, TIMELINE},
};
use crate::domain::{
    accounts::{clocks::ClockTally, tallies::Tallies, tally::Phase, timeline::Second},
    event::Opened,
    ids::{Digest, Size},
    ledger::Ledger,
    rules::Words,
    time::UnixMillis,
    tree::Head,
};

/// The main counts.
const COUNTS: &str = "counts.json";

/// The groups' parts.
const GROUPS: &str = "groups.csv";

/// Where the certified were.
const VENUES: &str = "venues.csv";

/// A minute of the timeline.
const MINUTE_MS: i64 = 60_000;

/// `counts.json`.
#[derive(Serialize)]
struct Counts<'a> {
    size: Size,
    root: Digest,
    at: UnixMillis,
    phase: Phase,
    #[serde(rename = "final")]
    is_final: bool,
    start: Option<UnixMillis>,
    end: Option<UnixMillis>,
    rule: &'a Words,
    certified: Option<u64>,
    on_the_list: Option<u64>,
    rounded_to: u64,
    rounded: Rounded,
    clock: &'a ClockTally,
    spot_check_passed: Option<bool>,
}

/// Counts of sets that overlap the others, none of them exact.
#[derive(Serialize)]
struct Rounded {
    ever_joined: u64,
    in_lesson: u64,
    peak: u64,
}

/// Writes the public grade of everything up to the newest of the notes into the folder `out`.
///
/// It appears there when it is complete. The same log up to the same head gives the same bytes.
///
/// # Errors
/// When the lines do not belong to the signed head, or the folder cannot be written.
pub fn write(
    parts: Parts<'_>,
    counted: Option<Ledger>,
    source: &mut Source<'_>,
    out: &Path,
) -> Result<Head, BundleError> {
    let (signed, ledger) = bundle::counted(parts, counted, source)?;
    bundle::refuse_foreign(out, parts.key.origin().as_str(), Grade::Public)?;
    let draft = Draft::new(out)?;
    Evidence::copy_heads(&draft.path(LOG), parts.key, ledger.tree(), parts.notes, source)?;
    draft.put(DECLARATION, parts.declaration)?;
    let opened = ledger.attendance().opened().ok_or(BundleError::NothingSigned)?;
    for (name, bytes) in derived(&ledger, opened).map_err(|error| draft.failed(error))? {
        draft.put(name, &bytes)?;
    }
    let listed = bundle::listing(&draft.path("")).map_err(|error| draft.failed(error))?;
    let manifest = Manifest::public(parts.key.origin().to_string(), &ledger, listed);
    draft.put(MANIFEST, &manifest.bytes().map_err(|error| draft.failed(error.into()))?)?;
    draft.publish(out)?;
    Ok(signed)
}

/// Everything that is made from a counted log, by file name.
fn derived(ledger: &Ledger, opened: &Opened) -> io::Result<Vec<(&'static str, Vec<u8>)>> {
    let tallies = ledger.tallies().ok_or_else(|| io::Error::other("nothing is counted"))?;
    let public = PublicCounts::new(&tallies.funnel, &tallies.groups, &tallies.venues);
    let rows = minutes(&crate::domain::accounts::timeline::timeline(ledger.attendance()));
    Ok(vec![
        (README, readme::text(opened, ledger.head()).into_bytes()),
        (COUNTS, tables::json(&counts(&tallies, &public))?),
        (FUNNEL, tables::json(&public.funnel())?),
        (GROUPS, tables::table(&["group", "persons", "certified"], public.groups.iter().map(group_row))?),
        (VENUES, tables::table(&["venue", "certified"], public.venues.iter().map(venue_row))?),
        (TIMELINE, tables::table(&["at", "present"], rows.into_iter().map(minute_row))?),
    ])
}

fn counts<'a>(tallies: &'a Tallies, public: &PublicCounts) -> Counts<'a> {
    let tally = &tallies.tally;
    Counts {
        size: tally.size,
        root: tally.root,
        at: tally.at,
        phase: tally.phase,
        is_final: tally.is_final,
        start: tallies.start,
        end: tallies.end,
        rule: &tally.rule,
        certified: public.certified,
        on_the_list: public.on_the_list,
        rounded_to: ROUNDED_TO,
        rounded: Rounded {
            ever_joined: rounded(tally.ever_joined),
            in_lesson: rounded(tally.in_lesson),
            peak: rounded(tally.peak.count),
        },
        clock: &tallies.clock,
        spot_check_passed: tallies.spot_check.passed,
    }
}

/// The whole minutes at which another rounded number was present than at the listed one before.
fn minutes(seconds: &[Second]) -> Vec<(UnixMillis, u64)> {
    let next = seconds.iter().skip(1).map(|second| second.at.0).chain([i64::MAX]);
    let mut rows: Vec<(UnixMillis, u64)> = Vec::new();
    for (second, next) in seconds.iter().zip(next) {
        let minute = second.at.0.saturating_add(MINUTE_MS.saturating_sub(1)).div_euclid(MINUTE_MS);
        let minute = minute.saturating_mul(MINUTE_MS);
        let present = rounded(second.present);
        if minute < next && rows.last().is_none_or(|(_, before)| *before != present) {
            rows.push((UnixMillis(minute), present));
        }
    }
    rows
}

fn group_row(group: &PublicGroup) -> [String; 3] {
    let certified = group.certified.map(|count| count.to_string()).unwrap_or_default();
    [group.label.clone(), group.persons.to_string(), certified]
}

fn venue_row((venue, certified): &(String, u64)) -> [String; 2] {
    [venue.clone(), certified.to_string()]
}

fn minute_row((at, present): (UnixMillis, u64)) -> [String; 2] {
    [at.to_string(), present.to_string()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_timeline_has_whole_minutes_and_no_change_of_a_few_persons() {
        let second =
            |at, present| Second { at: UnixMillis(at), present, present_bridged: present, connections: present };
        let seconds =
            [second(30_000, 3), second(60_000, 12), second(61_000, 97), second(120_000, 98), second(181_000, 0)];

        let rows = minutes(&seconds);

        assert_eq!(rows, [(UnixMillis(60_000), 10), (UnixMillis(120_000), 100), (UnixMillis(240_000), 0)]);
    }
}
