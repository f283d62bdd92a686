//! People who act: who is enrolled, what was proposed, and what two sides have agreed on.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    event::{Acted, Side, Signal, StaffEnrolled, StaffRole},
    fold::{attendance::Attendance, holds::Hold, refusal::SignalRefusal},
    ids::{Digest, EntryIndex, Pseudonym, ScanId},
    reviews::{
        claims::ClaimAnswer,
        deed::{Deed, Statement, StatementError, check_signature},
        sample::Asked,
    },
    rules::Signals,
    time::{Millis, UnixMillis},
};

/// How long after both sides have signed it a signal can be given: it is meant for now, and nobody keeps it for later.
const GIVEN_AFTER_MS_MAX: Millis = Millis(10_000);

/// Somebody who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    /// Who.
    pub person: Pseudonym,
    /// As what.
    pub role: StaffRole,
    /// Their public key.
    pub key: Digest,
    /// When they enrolled.
    pub at: UnixMillis,
}

/// What became of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It waits for the other side.
    Open,
    /// The other side agreed, with this entry.
    Confirmed(EntryIndex),
    /// It was declined or withdrawn, with this entry.
    Dismissed(EntryIndex),
}

/// An act of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Its entry.
    pub entry: EntryIndex,
    /// When it was received.
    pub at: UnixMillis,
    /// Who.
    pub by: Pseudonym,
    /// As what.
    pub role: StaffRole,
    /// What is done.
    pub deed: Deed,
    /// What became of it; none for what is no proposal.
    pub decision: Option<Decision>,
    /// For a confirmed signal: whether the lesson's entry has followed.
    pub used: bool,
    /// For the proposal of a release: what held its person then, which is all that it can release them from.
    pub held: BTreeSet<Hold>,
}

/// What the log says of those who act.
#[derive(Clone, Debug, Default)]
pub(in crate::domain) struct Acts {
    pub(super) staff: BTreeMap<Pseudonym, Staff>,
    names: BTreeSet<ScanId>,
    pub(in crate::domain) acts: BTreeMap<EntryIndex, Act>,
}

/// Why an act is none, or not allowed now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActRefusal {
    /// As its own documentation says.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// Enrol first, with the personal link, before the lesson starts.
    #[error("this person is not enrolled to act")]
    NotEnrolled,
    /// Keys are logged before the start.
    #[error("the lesson has started: who acts enrols before")]
    Started,
    /// The act is another log's, or another person's.
    #[error("the act is signed for another log or another person")]
    Foreign,
    /// It was received before: nothing is to be done.
    #[error("this act was received before")]
    Repeated,
    /// Load the page again.
    #[error("entry {} is no proposal that waits for a decision", .0.0)]
    NotOpen(EntryIndex),
    /// Enrol somebody else for this side.
    #[error("this person is enrolled for the other side")]
    OtherSide,
    /// Nobody certifies what they are counted in.
    #[error("{0} has a role that counts, and whoever counts does not act")]
    Counts(Pseudonym),
    /// Somebody of the other side decides.
    #[error("a proposal is confirmed by somebody of the other side")]
    SameSide,
    /// Check the person.
    #[error("{0} is nobody who could be struck out now")]
    NotStrikeable(Pseudonym),
    /// Look the person up again, and say what holds them now.
    #[error("{0} is held by something else than the release says")]
    HeldOtherwise(Pseudonym),
    /// Decide the proposed strike, or reverse the one that stands; decline what has nothing left to release.
    #[error("{0} is held by nothing that a release ends")]
    NotHeld(Pseudonym),
    /// Only a confirmed strike can be reversed.
    #[error("entry {} is no strike that stands", .0.0)]
    NoStrike(EntryIndex),
    /// Check the two rows.
    #[error("{from} and {into} are not two rows that count for themselves and about which nothing is open")]
    NotMergeable {
        /// The row that would repeat the other.
        from: Pseudonym,
        /// The other.
        into: Pseudonym,
    },
    /// Name an outage that the log shows.
    #[error("no outage of all of them was detected at that time")]
    NotDetected,
    /// Leave it: nobody is refused for an interruption.
    #[error("the declared rule asks for no presence that an outage could break")]
    NothingToBridge,
    /// Hand the version in first; one that came into force once stays in the list.
    #[error("entry {} is no version of the declaration that could come into force", .0.0)]
    NoVersion(EntryIndex),
    /// Load the page again.
    #[error("entry {} is no claim", .0.0)]
    NoClaim(EntryIndex),
    /// Close the attempt first: the draw rests on the final root.
    #[error("persons are drawn after the close")]
    NotClosed,
    /// Let somebody independent of the organizer do it.
    #[error("this is for somebody who is independent of the organizer")]
    Independent,
    /// Let a timekeeper do it.
    #[error("this is for a timekeeper")]
    Timekeeper,
    /// Wait for the signal.
    #[error("this signal does not stand")]
    NoSignal,
    /// Only drawn persons have an outcome.
    #[error("{0} was not drawn in this draw")]
    NotDrawn(Pseudonym),
    /// As its own documentation says.
    #[error(transparent)]
    Signal(#[from] SignalRefusal),
    /// A signal needs the signatures of those who are enrolled.
    #[error("a signal needs the signed agreement of both sides")]
    Unsigned,
}

impl Attendance {
    /// Whether both sides have somebody who signs: from then on nothing is decided without signatures.
    #[must_use]
    pub fn signs(&self) -> bool {
        let has = |side| self.acts.staff.values().any(|staff| staff.role.side() == side);
        has(Side::Organizer) && has(Side::Independent)
    }

    /// Everybody who is enrolled.
    pub fn staff(&self) -> impl Iterator<Item = &Staff> {
        self.acts.staff.values()
    }

    /// Every act, in order.
    pub fn acts(&self) -> impl Iterator<Item = &Act> {
        self.acts.acts.values()
    }

    /// One act.
    #[must_use]
    pub fn act(&self, entry: EntryIndex) -> Option<&Act> {
        self.acts.acts.get(&entry)
    }

    /// Whether two sides have struck a person out.
    #[must_use]
    pub fn is_struck(&self, person: Pseudonym) -> bool {
        self.counted(person).is_some_and(|person| person.struck.is_some())
    }

    /// Whether this entry proposed a strike that stands.
    #[must_use]
    pub fn strike_stands(&self, entry: EntryIndex) -> bool {
        let Some(Deed::Strike { person, .. }) = self.act(entry).map(|act| &act.deed) else { return false };
        self.counted(*person).is_some_and(|person| person.struck == Some(entry))
    }

    /// Whether somebody can enrol now.
    ///
    /// # Errors
    /// When they are on no roster, enrolled for the other side before, or the lesson has started.
    pub fn enrolment_allowed(&self, person: Pseudonym, role: StaffRole) -> Result<(), ActRefusal> {
        if !self.by_name.contains_key(&person) {
            return Err(ActRefusal::NotEnrolled);
        }
        if self.counted(person).is_some_and(|person| self.role_counts(&person.role)) {
            return Err(ActRefusal::Counts(person));
        }
        // Whoever could change sides could agree with themselves.
        if self.acts.staff.get(&person).is_some_and(|known| known.role.side() != role.side()) {
            return Err(ActRefusal::OtherSide);
        }
        let rehearsal = self.opened.as_ref().is_some_and(|opened| opened.rehearsal);
        if self.start.is_some() && !rehearsal { Err(ActRefusal::Started) } else { Ok(()) }
    }

    pub(in crate::domain) fn enrol(&mut self, enrolled: &StaffEnrolled, at: UnixMillis) {
        let StaffEnrolled { p: person, role, key } = *enrolled;
        self.acts.staff.insert(person, Staff { person, role, key, at });
    }

    /// Reads an act, and says whether it is allowed now.
    ///
    /// # Errors
    /// When it is not signed by who it says, is not for this log, was received before, or is not allowed now.
    pub fn act_allowed(&self, acted: &Acted, now: UnixMillis) -> Result<Statement, ActRefusal> {
        let staff = self.acts.staff.get(&acted.p).ok_or(ActRefusal::NotEnrolled)?;
        check_signature(staff.key, &acted.text, &acted.sig)?;
        let statement = Statement::parse(&acted.text)?;
        let origin = self.opened.as_ref().map(|opened| opened.origin.as_str());
        if Some(statement.origin.as_str()) != origin || statement.by != acted.p {
            return Err(ActRefusal::Foreign);
        }
        if self.acts.names.contains(&statement.act) {
            return Err(ActRefusal::Repeated);
        }
        self.deed_allowed(&statement.deed, staff, now)?;
        Ok(statement)
    }

    /// Takes in an act that was allowed.
    pub(in crate::domain) fn take_act(&mut self, acted: &Acted, entry: EntryIndex, at: UnixMillis) {
        let Some(staff) = self.acts.staff.get(&acted.p) else { return };
        let (by, role) = (staff.person, staff.role);
        let Ok(Statement { act, deed, .. }) = Statement::parse(&acted.text) else { return };
        self.acts.names.insert(act);
        match &deed {
            Deed::Strike { person, .. } => self.accuse(*person, true, at),
            Deed::Confirm { of } => self.decide(*of, Decision::Confirmed(entry), at),
            Deed::Dismiss { of } => self.decide(*of, Decision::Dismissed(entry), at),
            Deed::Draw { persons, nonce } => {
                self.draw_asked = Some(Asked { entry, persons: *persons, nonce: nonce.clone() });
            }
            Deed::Outcome { draw, person, found } => self.find(*draw, *person, *found),
            Deed::Answer { claim, upheld, reason } => {
                let (upheld, reason) = (*upheld, reason.clone());
                self.answer_claim(*claim, ClaimAnswer { entry, at, by, upheld, reason });
            }
            Deed::Reverse { .. }
            | Deed::Release { .. }
            | Deed::Merge { .. }
            | Deed::Bridge { .. }
            | Deed::Declare { .. }
            | Deed::Signal { .. }
            | Deed::Read { .. }
            | Deed::Shift { .. }
            | Deed::Note { .. } => {}
        }
        let decision = deed.is_proposal().then_some(Decision::Open);
        let held = if let Deed::Release { person, .. } = &deed { self.held_for(*person) } else { BTreeSet::new() };
        self.acts.acts.insert(entry, Act { entry, at, by, role, deed, decision, used: false, held });
    }

    /// Whether a signal needs the signed agreement of both sides.
    #[must_use]
    pub fn needs_agreement(&self, signal: Signal) -> bool {
        let Some(opened) = self.opened.as_ref().filter(|_| self.signs()) else { return false };
        let declared = opened.declaration.signals == Signals::Countersigned;
        !opened.rehearsal && (declared || signal == Signal::Void)
    }

    /// Whether these acts are the agreement on a signal that was not used yet, where one is needed.
    ///
    /// # Errors
    /// When they are not.
    pub fn agreement(&self, signal: Signal, acts: Option<[EntryIndex; 2]>, now: UnixMillis) -> Result<(), ActRefusal> {
        let Some([proposal, confirmation]) = acts else {
            return if self.needs_agreement(signal) { Err(ActRefusal::Unsigned) } else { Ok(()) };
        };
        let agreed = self.acts.acts.get(&proposal).is_some_and(|act| {
            act.deed == Deed::Signal { signal } && act.decision == Some(Decision::Confirmed(confirmation)) && !act.used
        });
        let confirmed = self.acts.acts.get(&confirmation);
        let fresh = confirmed.is_some_and(|act| now.since(act.at) <= GIVEN_AFTER_MS_MAX)
            && !self.was_signalled_since(confirmation);
        if agreed && fresh { Ok(()) } else { Err(ActRefusal::Unsigned) }
    }

    /// Whether a signal was given or taken back after this entry: what was signed before meant another lesson.
    pub(super) fn was_signalled_since(&self, entry: EntryIndex) -> bool {
        self.last_signalled.is_some_and(|last| last > entry)
    }

    pub(in crate::domain) fn use_agreement(&mut self, acts: Option<[EntryIndex; 2]>) {
        let proposal = acts.map(|[proposal, _]| proposal);
        if let Some(act) = proposal.and_then(|proposal| self.acts.acts.get_mut(&proposal)) {
            act.used = true;
        }
    }
}
