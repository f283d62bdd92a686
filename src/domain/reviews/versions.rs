//! Later versions of the declaration: in force once two sides agree, and beside every earlier one in all counts.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::domain::{
    event::Declared,
    fold::{
        attendance::Attendance,
        person::{Concurrency, Person},
        standing::Terms,
    },
    ids::{Digest, EntryIndex},
    rules::{DECLARATION_BYTES_MAX, Declaration, RuleKind},
    time::UnixMillis,
};

/// The largest file of a version: it stands in the log, and the usual declaration has 4 KiB.
pub const VERSION_BYTES_MAX: usize = 8 * 1024;
/// How many versions can be handed in: more is no declaration.
const VERSIONS_MAX: usize = 16;

/// A version of the declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The entry that handed it in; the first one is the log's.
    pub entry: EntryIndex,
    /// When.
    pub at: UnixMillis,
    /// SHA-256 of its file.
    pub digest: Digest,
    /// The file; none for the first one, which is the bundle's own.
    pub toml: Option<String>,
    /// What it declares.
    pub declaration: Declaration,
    /// Whether it is in force, or was.
    pub adopted: bool,
}

/// How many would be certified under a version that is in force or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionCount {
    /// Its entry.
    pub entry: EntryIndex,
    /// SHA-256 of its file.
    pub digest: Digest,
    /// Eligible persons who satisfy its rule.
    pub certifiable: u64,
}

/// Why a version is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionRefusal {
    /// Let somebody hand it in who is enrolled.
    #[error("this person is not enrolled to act")]
    NotEnrolled,
    /// Leave comments out.
    #[error("a version's file has at most {VERSION_BYTES_MAX} bytes, and {DECLARATION_BYTES_MAX} with what it says")]
    TooLong,
    /// Keep to the one in force.
    #[error("a declaration has at most {VERSIONS_MAX} versions")]
    TooMany,
    /// Correct it.
    #[error("the version contradicts itself")]
    Contradictory,
    /// Put it back as it was.
    #[error("`{0}` cannot be changed once the attempt is open")]
    Fixed(&'static str),
    /// There is nothing to decide.
    #[error("the version changes nothing")]
    Same,
}

impl Attendance {
    /// Every version of the declaration, the first one first.
    #[must_use]
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// The entry of the version that is in force.
    #[must_use]
    pub fn version_in_force(&self) -> EntryIndex {
        self.in_force
    }

    /// Whether a version can be handed in. It changes nothing by itself.
    ///
    /// # Errors
    /// When it is too long, contradicts itself, or changes what people were promised or asked already.
    pub fn version_allowed(&self, declared: &Declared) -> Result<(), VersionRefusal> {
        if !self.acts.staff.contains_key(&declared.p) {
            return Err(VersionRefusal::NotEnrolled);
        }
        let line = serde_json::to_vec(declared).map_or(usize::MAX, |line| line.len());
        if declared.toml.len() > VERSION_BYTES_MAX || line > DECLARATION_BYTES_MAX {
            return Err(VersionRefusal::TooLong);
        }
        if self.versions.len() >= VERSIONS_MAX {
            return Err(VersionRefusal::TooMany);
        }
        if !declared.declaration.contradictions().is_empty() {
            return Err(VersionRefusal::Contradictory);
        }
        let in_force = self.opened.as_ref().map(|opened| &opened.declaration);
        in_force.map_or(Ok(()), |in_force| may_replace(in_force, &declared.declaration))
    }

    pub(in crate::domain) fn hand_in(&mut self, declared: &Declared, entry: EntryIndex, at: UnixMillis) {
        let digest = Digest(Sha256::digest(&declared.toml).into());
        let (toml, declaration) = (Some(declared.toml.clone()), declared.declaration.clone());
        self.versions.push(Version { entry, at, digest, toml, declaration, adopted: false });
    }

    /// The version of this entry, unless it is in force or was.
    pub(super) fn adoptable(&self, version: EntryIndex) -> Option<&Version> {
        self.versions.iter().find(|one| one.entry == version && !one.adopted)
    }

    /// Puts a version into force: everybody is measured anew.
    pub(super) fn adopt(&mut self, version: EntryIndex, now: UnixMillis) {
        let Some(version) = self.versions.iter_mut().find(|one| one.entry == version) else { return };
        version.adopted = true;
        self.in_force = version.entry;
        let declaration = version.declaration.clone();
        let Some(terms) = self.terms_under(&declaration) else { return };
        if let Some(opened) = &mut self.opened {
            opened.declaration = declaration.clone();
        }
        self.concurrency = Concurrency::default();
        for person in &mut self.persons {
            person.countable = may_count_under(person, &declaration);
            person.unsettle();
            let was_present = person.eligible && person.presence.is_open();
            person.eligible = person.may_count();
            let is_present = person.eligible && person.presence.is_open();
            let present = self.counts.present.saturating_sub(u64::from(was_present));
            self.counts.present = present.saturating_add(u64::from(is_present));
            if person.eligible {
                self.concurrency.restore(&person.presence, &terms);
            }
        }
        self.terms = Some(terms);
        self.look_at_everybody(now);
    }

    /// The same lesson under another declaration.
    fn terms_under(&self, declaration: &Declaration) -> Option<Terms> {
        let now = self.terms.as_ref()?;
        let mut terms = Terms::new(declaration);
        (terms.window, terms.closed, terms.rulings) = (now.window, now.closed, now.rulings.clone());
        terms.take_checks(&self.checks);
        Some(terms)
    }

    /// How many would be certified now under each version that is in force or was.
    #[must_use]
    pub fn counts_now(&self) -> Vec<VersionCount> {
        self.now().map_or_else(Vec::new, |now| self.counts_by_version(now))
    }

    /// How many would be certified under each version that is in force or was.
    pub(in crate::domain) fn counts_by_version(&self, now: UnixMillis) -> Vec<VersionCount> {
        let adopted = self.versions.iter().filter(|version| version.adopted);
        let count = |version: &Version| {
            let terms = self.terms_under(&version.declaration)?;
            let certifiable = self.certifiable_by(&terms, &version.declaration, now, Person::is_free);
            Some(VersionCount { entry: version.entry, digest: version.digest, certifiable })
        };
        adopted.filter_map(count).collect()
    }

    /// How many would be certified if no ruling stood.
    pub(in crate::domain) fn certifiable_without_rulings(&self, now: UnixMillis) -> u64 {
        let unruled = |terms: &Terms| Terms { rulings: Vec::new(), ..terms.clone() };
        let asked = self.terms.as_ref().map(unruled).zip(self.opened.as_ref());
        asked.map_or(0, |(terms, opened)| self.certifiable_by(&terms, &opened.declaration, now, Person::is_free))
    }

    /// How many would be certified if nobody had been released.
    pub(in crate::domain) fn certifiable_without_releases(&self, now: UnixMillis) -> u64 {
        let never_held = |person: &Person| person.is_free() && person.holds.is_empty();
        let asked = self.terms.as_ref().zip(self.opened.as_ref());
        asked.map_or(0, |(terms, opened)| self.certifiable_by(terms, &opened.declaration, now, never_held))
    }

    fn certifiable_by(
        &self,
        terms: &Terms,
        declaration: &Declaration,
        now: UnixMillis,
        is_free: impl Fn(&Person) -> bool,
    ) -> u64 {
        let counting = self.persons.iter().filter(|person| may_count_under(person, declaration) && is_free(person));
        if terms.kind() == RuleKind::Peak {
            let mut concurrency = Concurrency::default();
            counting.for_each(|person| concurrency.restore(&person.presence, terms));
            return self.seen(now).map_or(0, |seen| concurrency.bridged.peak(seen).count);
        }
        let qualifies = |person: &&Person| terms.standing(&person.evidence_anew(terms, now), now).qualifies;
        counting.filter(qualifies).count() as u64
    }
}

/// Whether a declaration lets somebody count.
pub(in crate::domain) fn may_count_under(person: &Person, declaration: &Declaration) -> bool {
    let role = declaration.people.roles.contains(&person.role);
    person.stands_for.is_none() && !person.erased && is_listed(person, declaration) && role
}

/// Whether they were on the roster at the opening, or the declaration counts those who came later, too.
pub(in crate::domain) fn is_listed(person: &Person, declaration: &Declaration) -> bool {
    !person.added_later || declaration.people.open_registration_counts
}

/// Whether only that differs which can be decided afterwards: what counts, and how it is reported.
fn may_replace(before: &Declaration, after: &Declaration) -> Result<(), VersionRefusal> {
    if before == after {
        return Err(VersionRefusal::Same);
    }
    let people = |declaration: &Declaration| {
        let people = declaration.people.clone();
        (people.primary_id, people.persons_per_device, people.hold_relays, people.open_registration)
    };
    let fixed = [
        ("rehearsal", before.rehearsal == after.rehearsal),
        ("zone", before.zone == after.zone),
        ("public_url", before.public_url == after.public_url),
        ("window", before.window == after.window),
        ("liveness", before.liveness == after.liveness),
        ("people", people(before) == people(after)),
        ("signals", before.signals == after.signals),
        ("prompts", before.prompts == after.prompts),
        ("venue", before.venues == after.venues),
        ("hall", before.hall == after.hall),
        ("spot_check", before.spot_check == after.spot_check),
    ];
    match fixed.into_iter().find(|(_, same)| !same) {
        Some((field, _)) => Err(VersionRefusal::Fixed(field)),
        None => Ok(()),
    }
}
