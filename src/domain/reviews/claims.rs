//! Claims: who is not counted says that they were there, until the declared deadline, and is answered with a reason.

use std::collections::BTreeMap;

use crate::domain::{
    event::{ClaimKind, Claimed},
    fold::{attendance::Attendance, person::PersonIndex},
    ids::{EntryIndex, Pseudonym},
    time::UnixMillis,
};

/// A claim and what was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its entry.
    pub entry: EntryIndex,
    /// When.
    pub at: UnixMillis,
    /// Whose.
    pub person: Pseudonym,
    /// Why.
    pub why: ClaimKind,
    /// The newest answer.
    pub answer: Option<ClaimAnswer>,
}

/// Every claim, and where each person's stand.
#[derive(Clone, Debug, Default)]
pub(in crate::domain) struct Claims {
    /// In the order of their entries.
    made: Vec<Claim>,
    /// The places of each person's claims: few, because every kind is taken once.
    by_person: BTreeMap<Pseudonym, Vec<usize>>,
    /// The places of the claims of all rows that count for one person, in their order.
    by_counted: BTreeMap<PersonIndex, Vec<usize>>,
}

/// What somebody of the staff answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimAnswer {
    /// Its entry.
    pub entry: EntryIndex,
    /// When.
    pub at: UnixMillis,
    /// By whom.
    pub by: Pseudonym,
    /// Whether the claimant is right.
    pub upheld: bool,
    /// Why.
    pub reason: String,
}

/// Why a claim is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimRefusal {
    /// The declaration takes none.
    #[error("the declaration takes no claims")]
    None,
    /// Wait for the end.
    #[error("claims are taken after the lesson")]
    Early,
    /// It is too late.
    #[error("claims were taken until {0}")]
    Late(UnixMillis),
    /// Wait for the answer.
    #[error("this claim was made before, as entry {}", .0.0)]
    Made(EntryIndex),
    /// The log does not know them.
    #[error("{0} is on no roster")]
    Unknown(Pseudonym),
}

impl Claims {
    fn of(&self, person: Pseudonym) -> impl Iterator<Item = &Claim> {
        self.by_person.get(&person).into_iter().flatten().filter_map(|place| self.made.get(*place))
    }

    fn place(&self, entry: EntryIndex) -> Option<usize> {
        self.made.binary_search_by_key(&entry, |claim| claim.entry).ok()
    }

    /// Whether this entry is a claim.
    pub(super) fn has(&self, entry: EntryIndex) -> bool {
        self.place(entry).is_some()
    }

    fn add(&mut self, claim: Claim, counted: PersonIndex) {
        self.by_person.entry(claim.person).or_default().push(self.made.len());
        self.by_counted.entry(counted).or_default().push(self.made.len());
        self.made.push(claim);
    }

    /// One row counts for another from here on, and its claims are that person's.
    pub(super) fn unite(&mut self, from: PersonIndex, into: PersonIndex) {
        let Some(moved) = self.by_counted.remove(&from) else { return };
        let places = self.by_counted.entry(into).or_default();
        places.extend(moved);
        places.sort_unstable();
    }
}

impl Attendance {
    /// Every claim, in order.
    #[must_use]
    pub fn claims(&self) -> &[Claim] {
        &self.claims.made
    }

    /// One person's claims, in order, without a look at those of others.
    pub fn claims_of(&self, person: Pseudonym) -> impl Iterator<Item = &Claim> {
        self.claims.of(person)
    }

    /// The first claim of this kind of the person for whom this name counts, under whichever of their names.
    #[must_use]
    pub fn claim_made(&self, person: Pseudonym, why: ClaimKind) -> Option<&Claim> {
        let places = self.claims.by_counted.get(&self.counted_index(person)?)?;
        places.iter().filter_map(|place| self.claims.made.get(*place)).find(|claim| claim.why == why)
    }

    /// Whether this claim is taken now.
    ///
    /// # Errors
    /// When it is too early, too late, or was made before.
    pub fn claim_allowed(&self, claimed: &Claimed, now: UnixMillis) -> Result<(), ClaimRefusal> {
        if !self.by_name.contains_key(&claimed.p) {
            return Err(ClaimRefusal::Unknown(claimed.p));
        }
        let declared = self.opened.as_ref().and_then(|opened| opened.declaration.claims_until());
        let until = declared.ok_or(ClaimRefusal::None)?;
        let over = self.window().is_some_and(|lesson| now >= lesson.end);
        if !over {
            return Err(ClaimRefusal::Early);
        }
        if now > until {
            return Err(ClaimRefusal::Late(until));
        }
        // Once for each human: a second row is no second claimant.
        let made = self.claim_made(claimed.p, claimed.why);
        made.map_or(Ok(()), |made| Err(ClaimRefusal::Made(made.entry)))
    }

    pub(in crate::domain) fn claim(&mut self, claimed: &Claimed, entry: EntryIndex, at: UnixMillis) {
        let Some(counted) = self.counted_index(claimed.p) else { return };
        self.claims.add(Claim { entry, at, person: claimed.p, why: claimed.why, answer: None }, counted);
    }

    pub(super) fn answer_claim(&mut self, claim: EntryIndex, answer: ClaimAnswer) {
        if let Some(claim) = self.claims.place(claim).and_then(|place| self.claims.made.get_mut(place)) {
            claim.answer = Some(answer);
        }
    }
}
