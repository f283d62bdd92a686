//! Importing a roster: all of the file or nothing, unless the organizer accepts the good rows and keeps the others.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use super::{
    columns::{self, Columns, Field, Mapping, Vocabulary},
    details::{Details, key},
    identifiers::IdKind,
    matching::{By, Matching, merging_key},
    merging::{self, MergedRows},
    problem::{Problem, Severity},
    rejects, roles,
    rows::{self, Draft},
    secrets::Entropy,
    store::{Changes, PeopleStore, Person, Source, StoreError},
    suspects::{self, Suspect},
    table::{self, Table, TableError},
};
use crate::domain::ids::PersonId;

/// Which identifier merges two rows, as the declaration says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Primary {
    /// The first of nuptk, nip, nik, id, email among the first import's headings.
    #[default]
    Auto,
    /// This one.
    Named(IdKind),
}

/// Write `auto` or one of nuptk, nip, nik, id and email.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a primary identifier (auto, nuptk, nip, nik, id, email)")]
pub struct NotAPrimary;

impl FromStr for Primary {
    type Err = NotAPrimary;

    fn from_str(text: &str) -> Result<Self, NotAPrimary> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        let kind: IdKind = text.parse().map_err(|_| NotAPrimary)?;
        if kind.can_be_primary() { Ok(Self::Named(kind)) } else { Err(NotAPrimary) }
    }
}

/// How a file is to be imported.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// The declared primary identifier.
    pub primary: Primary,
    /// The organizer's own mapping of headings.
    pub mapping: Mapping,
    /// Takes the good rows of a file that has bad ones.
    pub accept_valid: bool,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Save the file in a form that can be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Correct the headings, or map them.
    #[error("{0}")]
    Headings(Problem),
    /// Declare an identifier that the file has.
    #[error("the file has no column for {0}, the primary identifier")]
    PrimaryAbsent(IdKind),
    /// Add a column that tells two persons of the same name apart.
    #[error("the file has no column that tells two persons apart (nuptk, nip, nik, id or email)")]
    NoIdentifier,
    /// Import with the identifier that the first import fixed.
    #[error("the first import fixed {fixed} as the primary identifier; the declaration names {declared}")]
    PrimaryFixed {
        /// What the store has.
        fixed: IdKind,
        /// What was asked for.
        declared: IdKind,
    },
    /// Correct the rows, or accept the good ones only.
    #[error("the file has {} problems; nothing was imported", .0.iter().filter(|p| p.severity == Severity::Error).count())]
    Rows(Vec<Problem>),
    /// As its own remedy says.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ImportError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &str {
        match self {
            Self::Table(error) => error.remedy(),
            Self::Headings(problem) => &problem.remedy,
            Self::PrimaryAbsent(_) => {
                "add the column, map it with --map, or declare another people.primary_id before the first import"
            }
            Self::NoIdentifier => "add one of these columns, or map one with --map",
            Self::PrimaryFixed { .. } => "set people.primary_id back; it is fixed by the first import",
            Self::Rows(_) => {
                "correct these rows and import again, or use --accept-valid --rejects FILE to take the good rows"
            }
            Self::Store(error) => error.remedy(),
        }
    }
}

/// What an import did.
#[derive(Clone, Debug)]
pub struct ImportReport {
    /// The identifier that merges two rows.
    pub primary: IdKind,
    /// How many rows stood below the headings.
    pub rows: usize,
    /// Who is new.
    pub added: Vec<PersonId>,
    /// Who was there and was corrected; their links stay valid.
    pub corrected: Vec<PersonId>,
    /// How many were there with the same details.
    pub unchanged: usize,
    /// Rows that were taken as one.
    pub merged: Vec<MergedRows>,
    /// Errors of rows that were left out, and warnings.
    pub problems: Vec<Problem>,
    /// The rows that were left out, with their reasons, as a CSV file; none when all were taken.
    pub rejects: Option<Rejects>,
    /// Persons of the whole store who look like the same human; nothing was merged because of it.
    pub suspects: Vec<Suspect>,
    /// How many persons of the whole store have each role.
    pub roles: BTreeMap<String, usize>,
}

/// The rows that were left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejects {
    /// How many.
    pub rows: usize,
    /// The file: the original columns, then `row` and `reason`.
    pub csv: Vec<u8>,
}

/// A file that was read and judged.
struct Read {
    table: Table,
    columns: Columns,
    problems: Vec<Problem>,
    drafts: Vec<Draft>,
}

/// What becomes of the store.
#[derive(Default)]
struct Plan {
    add: Vec<Draft>,
    correct: BTreeMap<PersonId, Correction>,
    unchanged: usize,
}

/// What the file says of somebody who is there already.
struct Correction {
    details: Details,
    role: String,
}

impl PeopleStore {
    /// Imports a roster file (CSV or XLSX), adding the new persons and correcting those already there.
    ///
    /// # Errors
    /// When the file cannot be read, or a row of it is wrong and `accept_valid` is not set; nothing is stored then.
    pub fn import(
        &mut self,
        file: &[u8],
        options: &ImportOptions,
        entropy: &mut dyn Entropy,
    ) -> Result<ImportReport, ImportError> {
        let Read { table, columns, mut problems, drafts } = read(file, &options.mapping)?;
        let primary = self.choose_primary(options.primary, &columns)?;
        let (drafts, merged) = merging::merge(drafts, primary, &columns, &mut problems);
        let plan = self.plan(drafts, primary, &columns, &mut problems)?;
        problems.sort_by_key(|problem| (problem.row, problem.severity));
        refuse_unless_sound(&problems, options.accept_valid)?;

        let corrected = plan.correct.keys().copied().collect();
        let unchanged = plan.unchanged;
        let added = self.change(|changes| apply(plan, primary, changes, entropy))?;
        let people = self.people()?;
        Ok(ImportReport {
            primary,
            rows: columns.body(&table).len(),
            added,
            corrected,
            unchanged,
            merged,
            rejects: rejects::write(&table, &columns, &problems),
            problems,
            suspects: suspects::find(&people),
            roles: count_roles(&people),
        })
    }

    /// The primary identifier: fixed by the first import, declared, or the best that this file has.
    fn choose_primary(&self, declared: Primary, columns: &Columns) -> Result<IdKind, ImportError> {
        let has = |kind: IdKind| columns.fields.contains_key(&Field::Id(kind));
        let chosen = match (self.primary()?, declared) {
            (Some(fixed), Primary::Named(declared)) if fixed != declared => {
                return Err(ImportError::PrimaryFixed { fixed, declared });
            }
            (Some(fixed), Primary::Auto | Primary::Named(_)) => fixed,
            (None, Primary::Named(declared)) => declared,
            (None, Primary::Auto) => {
                let best = IdKind::ALL.into_iter().find(|kind| kind.can_be_primary() && has(*kind));
                best.ok_or(ImportError::NoIdentifier)?
            }
        };
        if has(chosen) { Ok(chosen) } else { Err(ImportError::PrimaryAbsent(chosen)) }
    }

    /// Compares the file with the store.
    fn plan(
        &self,
        drafts: Vec<Draft>,
        primary: IdKind,
        columns: &Columns,
        problems: &mut Vec<Problem>,
    ) -> Result<Plan, StoreError> {
        let mut plan = Plan::default();
        let mut matching = Matching::new(self, primary, drafts.iter().map(|draft| &draft.details));
        // Rows with the primary identifier first: the others may be of one of theirs.
        let (with_primary, others): (Vec<_>, Vec<_>) =
            drafts.into_iter().partition(|draft| draft.details.identifier(primary).is_some());
        for draft in with_primary.into_iter().chain(others) {
            let Some((mut known, by)) = matching.find(&draft.details)? else {
                plan.add.push(draft);
                continue;
            };
            problems.extend(recognised(&known, by, &draft, primary));
            if let Some(Correction { details, role }) = plan.correct.remove(&known.id) {
                (known.details, known.role) = (Some(details), role);
            }
            match correction(&known, &draft) {
                None => plan.unchanged = plan.unchanged.saturating_add(1),
                Some(correction) => {
                    problems.extend(renamed(&known, &correction.details, &draft, columns));
                    plan.correct.insert(known.id, correction);
                }
            }
        }
        plan.add.sort_by_key(|draft| draft.row);
        Ok(plan)
    }
}

fn read(file: &[u8], mapping: &Mapping) -> Result<Read, ImportError> {
    let table = table::read(file, &Vocabulary::new(mapping))?;
    let mut problems = Vec::new();
    if let Some(sheet) = &table.one_of_several {
        let message = format!("only the sheet \"{sheet}\" was read; the workbook has others with rows");
        problems.push(Problem::warning(message, "import a workbook for each sheet if they are rosters too"));
    }
    let columns = columns::find(&table, mapping, &mut problems).map_err(ImportError::Headings)?;
    if columns.body(&table).is_empty() {
        return Err(TableError::Empty.into());
    }
    let drafts = rows::read(&table, &columns, &mut problems);
    Ok(Read { table, columns, problems, drafts })
}

/// An error without a row is the whole file's: no row of it can be accepted.
fn refuse_unless_sound(problems: &[Problem], accept_valid: bool) -> Result<(), ImportError> {
    let errors = || problems.iter().filter(|problem| problem.severity == Severity::Error);
    let refused = if accept_valid { errors().any(|problem| problem.row.is_none()) } else { errors().next().is_some() };
    if refused { Err(ImportError::Rows(problems.to_vec())) } else { Ok(()) }
}

/// Nobody is taken for another silently: only the address and the name say that these are one person.
fn recognised(known: &Person, by: By, draft: &Draft, primary: IdKind) -> Option<Problem> {
    if by == By::Key {
        return None;
    }
    let message =
        format!("taken for {}, who has the same email and name; only one of the two had a {primary}", known.reference);
    let remedy = "nothing to do if that is right; else give this row another email";
    Some(Problem::warning(message, remedy).in_row(draft.row))
}

/// What becomes of a person whom a row names again; none when nothing changes.
fn correction(known: &Person, draft: &Draft) -> Option<Correction> {
    let before = known.details.as_ref()?;
    let details = before.corrected_by(&draft.details);
    // A role that the file does not say stays; who registered alone has the default role.
    let role = draft.role.clone().unwrap_or_else(|| known.role.clone());
    // Who registered alone and stands on this list is official from now on.
    let changed = details != *before || role != known.role || known.source == Source::Registration;
    changed.then_some(Correction { details, role })
}

/// A new name under a known identifier can be a marriage, or a column that slipped by one row.
fn renamed(known: &Person, details: &Details, draft: &Draft, columns: &Columns) -> Option<Problem> {
    let before = known.details.as_ref()?;
    let heading = columns.fields.get(&Field::Name).map_or("name", |(_, heading)| heading.as_str());
    let message = format!("{} had another name in the roster; it is corrected", known.reference);
    let remedy = "compare both names: the identifiers may have slipped by a row";
    let problem = Problem::warning(message, remedy).in_row(draft.row).in_column(heading);
    (key(&before.name) != key(&details.name)).then_some(problem)
}

fn apply(
    plan: Plan,
    primary: IdKind,
    changes: &mut Changes<'_>,
    entropy: &mut dyn Entropy,
) -> Result<Vec<PersonId>, StoreError> {
    changes.set_primary(primary)?;
    for (id, Correction { details, role }) in &plan.correct {
        changes.correct(*id, details, role, entropy)?;
        // Who was known by e-mail alone is found by the primary identifier from now on.
        if let Some(identifier) = merging_key(details, primary) {
            changes.index(&identifier, *id)?;
        }
    }
    let mut added = Vec::with_capacity(plan.add.len());
    for draft in &plan.add {
        let role = draft.role.as_deref().unwrap_or(roles::PARTICIPANT);
        let id = changes.add(&draft.details, role, Source::Import, entropy)?;
        if let Some(identifier) = merging_key(&draft.details, primary) {
            changes.index(&identifier, id)?;
        }
        added.push(id);
    }
    Ok(added)
}

fn count_roles(people: &[Person]) -> BTreeMap<String, usize> {
    let living = people.iter().filter(|person| person.details.is_some() && person.merged_into.is_none());
    let mut roles: BTreeMap<String, usize> = BTreeMap::new();
    for person in living {
        let count = roles.entry(person.role.clone()).or_default();
        *count = count.saturating_add(1);
    }
    roles
}

/// The rows that have an error.
pub(super) fn rejected(problems: &[Problem]) -> BTreeSet<u32> {
    problems.iter().filter(|problem| problem.severity == Severity::Error).filter_map(|problem| problem.row).collect()
}
