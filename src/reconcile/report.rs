//! The two lists side by side: who is in both, in one, and in doubt.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    attendees::{self, Attendee, Stays},
    known::Known,
    matching::{self, By, Found},
    problem::{ROWS_MAX, ReadError},
    zoom::ZoomFile,
};

/// A person of the roster who was in the platform's meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The strongest that told it.
    pub by: By,
    /// Which attendees they are, as places in the list.
    pub attendees: Vec<usize>,
    /// When they were there, on whatever device.
    pub stays: Stays,
    /// Whether they used another person's account.
    pub is_on_other_account: bool,
}

/// What the two lists have in common, and what not. Persons and attendees are places in their lists.
#[derive(Clone, Debug)]
pub struct Report {
    /// The files, without their rows.
    pub files: Vec<ZoomFile>,
    /// How many rows of people they have.
    pub rows: usize,
    /// Everybody who is known here.
    pub known: Vec<Known>,
    /// Everybody whom the platform names.
    pub attendees: Vec<Attendee>,
    /// What is found of each attendee.
    pub found: Vec<Found>,
    /// The persons who are recognised among the attendees.
    pub seen: BTreeMap<usize, Seen>,
    /// The persons of whom an attendee may be one.
    pub doubtful: BTreeSet<usize>,
    /// The persons whose name is like that of an attendee whom nobody is.
    pub suggested: BTreeSet<usize>,
    /// Whether suggestions may be missing, because there were too many names to compare them letter by letter.
    pub suggestions_are_cut: bool,
}

/// Lays the two lists side by side.
///
/// # Errors
/// When the files have more rows together than anybody can look through.
pub fn reconcile(mut files: Vec<ZoomFile>, known: Vec<Known>) -> Result<Report, ReadError> {
    let rows = files.iter().map(|file| file.visits.len()).fold(0, usize::saturating_add);
    if rows > ROWS_MAX {
        return Err(ReadError::TooManyRows);
    }
    let attendees = attendees::attendees(&files);
    for file in &mut files {
        file.visits = Vec::new();
    }
    let (found, suggestions_are_cut) = matching::find(&attendees, &known);
    let mut seen: BTreeMap<usize, Seen> = BTreeMap::new();
    let (mut doubtful, mut suggested) = (BTreeSet::new(), BTreeSet::new());
    for (place, (attendee, found)) in attendees.iter().zip(&found).enumerate() {
        match found {
            Found::Person { person, by, is_on_other_account } => {
                let first =
                    || Seen { by: *by, attendees: Vec::new(), stays: Stays::default(), is_on_other_account: false };
                let seen = seen.entry(*person).or_insert_with(first);
                seen.by = seen.by.min(*by);
                seen.attendees.push(place);
                seen.stays.unite(&attendee.stays);
                seen.is_on_other_account |= is_on_other_account;
            }
            Found::Doubtful { candidates, .. } => doubtful.extend(candidates),
            Found::Nobody { suggestions } => suggested.extend(suggestions.iter().map(|one| one.person)),
        }
    }
    Ok(Report { files, rows, known, attendees, found, seen, doubtful, suggested, suggestions_are_cut })
}

impl Report {
    /// The persons who took part here and are not recognised in the platform's list.
    pub fn only_here(&self) -> impl Iterator<Item = (usize, &Known)> {
        let known = self.known.iter().enumerate();
        known.filter(|(person, known)| known.came() && !self.seen.contains_key(person))
    }

    /// What the report counts.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for seen in self.seen.values() {
            add(match seen.by {
                By::Code => &mut counts.by_code,
                By::Email => &mut counts.by_email,
                By::Name => &mut counts.by_name,
            });
        }
        for found in &self.found {
            match found {
                Found::Person { .. } => add(&mut counts.attendees_matched),
                Found::Doubtful { .. } => add(&mut counts.ambiguous),
                Found::Nobody { suggestions } => {
                    add(&mut counts.only_zoom);
                    if !suggestions.is_empty() {
                        add(&mut counts.only_zoom_suggested);
                    }
                }
            }
        }
        for (person, known) in self.known.iter().enumerate() {
            counts.person(self, person, known);
        }
        counts
    }
}

/// How many of each kind there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Persons who are recognised by a code.
    pub by_code: u64,
    /// By e-mail.
    pub by_email: u64,
    /// By name.
    pub by_name: u64,
    /// Attendees who are a person.
    pub attendees_matched: u64,
    /// Attendees of whom nobody can say who they are.
    pub ambiguous: u64,
    /// Attendees who are nobody of the roster.
    pub only_zoom: u64,
    /// Of those, the ones for whom somebody is suggested.
    pub only_zoom_suggested: u64,
    /// Persons who took part here and are not recognised in the platform's list.
    pub only_here: u64,
    /// Of those, the ones who came through a door alone and had no need of the platform.
    pub only_here_by_gate: u64,
    /// Of those, the ones who may be an ambiguous or a suggested attendee.
    pub only_here_perhaps: u64,
    /// Persons who are in neither.
    pub neither: u64,
    /// Certified persons.
    pub certified: u64,
    /// Certified persons who are recognised in the platform's list.
    pub certified_seen: u64,
    /// Recognised persons who are not certified, by status and reason.
    pub seen_not_certified: BTreeMap<(&'static str, &'static str), u64>,
}

impl Counts {
    fn person(&mut self, report: &Report, person: usize, known: &Known) {
        let is_seen = report.seen.contains_key(&person);
        if known.is_certified() {
            add(&mut self.certified);
        }
        match (is_seen, known.is_certified()) {
            (true, true) => add(&mut self.certified_seen),
            (true, false) => add(self.seen_not_certified.entry((known.status(), known.reason())).or_default()),
            (false, _) if known.came() => {
                add(&mut self.only_here);
                if known.account.as_ref().is_some_and(|account| account.channel == "gate") {
                    add(&mut self.only_here_by_gate);
                }
                if report.doubtful.contains(&person) || report.suggested.contains(&person) {
                    add(&mut self.only_here_perhaps);
                }
            }
            (false, _) => add(&mut self.neither),
        }
    }
}

fn add(count: &mut u64) {
    *count = count.saturating_add(1);
}
