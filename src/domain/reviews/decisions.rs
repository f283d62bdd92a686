//! What a deed needs to be allowed, and what a decision of two sides changes.

use std::collections::BTreeSet;

use crate::domain::{
    event::Side,
    fold::{
        attendance::Attendance,
        holds::{HoldKind, kinds},
        person::Person,
    },
    ids::{EntryIndex, Pseudonym},
    reviews::{
        acts::{Act, ActRefusal, Decision, Staff},
        deed::Deed,
    },
    time::UnixMillis,
};

impl Attendance {
    /// Whether a deed is allowed now.
    pub(super) fn deed_allowed(&self, deed: &Deed, staff: &Staff, now: UnixMillis) -> Result<(), ActRefusal> {
        match deed {
            Deed::Strike { person, .. } => {
                let free = self.counted(*person).is_some_and(|person| person.struck.is_none() && person.accused == 0);
                if free { Ok(()) } else { Err(ActRefusal::NotStrikeable(*person)) }
            }
            Deed::Reverse { strike, .. } => {
                if self.strike_stands(*strike) {
                    Ok(())
                } else {
                    Err(ActRefusal::NoStrike(*strike))
                }
            }
            Deed::Release { person, holds, .. } => self.release_allowed(*person, holds),
            Deed::Merge { from, into, .. } if !self.merge_allowed(*from, *into) => {
                Err(ActRefusal::NotMergeable { from: *from, into: *into })
            }
            Deed::Merge { .. } => Ok(()),
            Deed::Bridge { from, to, network, .. } => self.ruling_allowed(*from, *to, *network),
            Deed::Declare { version, .. } => self.adoption_allowed(*version),
            Deed::Answer { claim, .. } if !self.claims.has(*claim) => Err(ActRefusal::NoClaim(*claim)),
            Deed::Signal { signal } => Ok(self.signal_allowed(*signal, now)?),
            Deed::Confirm { of } => self.confirm_allowed(*of, staff, now),
            Deed::Dismiss { of } => {
                let proposal = self.open_proposal(*of)?;
                let own = proposal.by == staff.person;
                if own || proposal.role.side() != staff.role.side() { Ok(()) } else { Err(ActRefusal::SameSide) }
            }
            Deed::Draw { .. } if self.closed.is_none() => Err(ActRefusal::NotClosed),
            Deed::Draw { .. } | Deed::Outcome { .. } if staff.role.side() == Side::Organizer => {
                Err(ActRefusal::Independent)
            }
            Deed::Outcome { draw, person, .. } if !self.is_drawn(*draw, *person) => Err(ActRefusal::NotDrawn(*person)),
            Deed::Read { signal, .. } => self.reading_allowed(*signal, staff),
            Deed::Shift { .. } if staff.role.side() == Side::Organizer => Err(ActRefusal::Independent),
            Deed::Shift { .. } | Deed::Answer { .. } | Deed::Draw { .. } | Deed::Outcome { .. } | Deed::Note { .. } => {
                Ok(())
            }
        }
    }

    /// The person for whom a name counts.
    pub(in crate::domain) fn counted(&self, name: Pseudonym) -> Option<&Person> {
        self.persons.get(self.counted_index(name)?.0)
    }

    /// Changes that person, and decides anew whether they count.
    fn change(&mut self, name: Pseudonym, at: UnixMillis, change: impl FnOnce(&mut Person)) {
        let Some(index) = self.counted_index(name) else { return };
        if let Some(person) = self.persons.get_mut(index.0) {
            change(person);
        }
        self.reconsider(index, at);
    }

    /// Whether somebody can be released: something holds them, and it is what the proposal says.
    fn release_allowed(&self, person: Pseudonym, holds: &BTreeSet<HoldKind>) -> Result<(), ActRefusal> {
        let held = kinds(&self.held_for(person));
        if held.is_empty() {
            return Err(ActRefusal::NotHeld(person));
        }
        if held == *holds { Ok(()) } else { Err(ActRefusal::HeldOtherwise(person)) }
    }

    /// Whether a version can come into force: it was handed in, never was, and counts nobody who acts.
    fn adoption_allowed(&self, version: EntryIndex) -> Result<(), ActRefusal> {
        let version = self.adoptable(version).ok_or(ActRefusal::NoVersion(version))?;
        let counts = |person: &Pseudonym| {
            self.counted(*person).is_some_and(|person| version.declaration.people.roles.contains(&person.role))
        };
        self.acts.staff.keys().find(|person| counts(person)).map_or(Ok(()), |person| Err(ActRefusal::Counts(*person)))
    }

    /// Whether a proposal can be confirmed now, by the other side.
    fn confirm_allowed(&self, of: EntryIndex, staff: &Staff, now: UnixMillis) -> Result<(), ActRefusal> {
        let proposal = self.open_proposal(of)?;
        if proposal.role.side() == staff.role.side() || proposal.by == staff.person {
            return Err(ActRefusal::SameSide);
        }
        if matches!(proposal.deed, Deed::Signal { .. }) && self.was_signalled_since(of) {
            return Err(ActRefusal::NotOpen(of));
        }
        // What was possible when it was proposed may not be any more; a strike is, for it holds its person since.
        if let Deed::Release { person, .. } = &proposal.deed {
            let is_free = self.held_for(*person).is_disjoint(&proposal.held);
            return if is_free { Err(ActRefusal::NotHeld(*person)) } else { Ok(()) };
        }
        let is_strike = matches!(proposal.deed, Deed::Strike { .. });
        if is_strike { Ok(()) } else { self.deed_allowed(&proposal.deed, staff, now) }
    }

    fn open_proposal(&self, entry: EntryIndex) -> Result<&Act, ActRefusal> {
        let act = self.acts.acts.get(&entry).filter(|act| act.decision == Some(Decision::Open));
        act.ok_or(ActRefusal::NotOpen(entry))
    }

    /// Decides a proposal.
    pub(super) fn decide(&mut self, proposal: EntryIndex, decision: Decision, at: UnixMillis) {
        let Some(act) = self.acts.acts.get_mut(&proposal) else { return };
        act.decision = Some(decision);
        let held = act.held.clone();
        let confirmed = matches!(decision, Decision::Confirmed(_));
        match act.deed.clone() {
            Deed::Strike { person, .. } => {
                self.accuse(person, false, at);
                if confirmed {
                    self.change(person, at, |person| person.struck = Some(proposal));
                }
            }
            Deed::Reverse { strike, .. } if confirmed => {
                if let Some(Deed::Strike { person, .. }) = self.act(strike).map(|act| act.deed.clone()) {
                    self.change(person, at, |person| person.struck = None);
                }
            }
            Deed::Release { person, .. } if confirmed => {
                self.change(person, at, |person| person.released.extend(held));
            }
            Deed::Merge { from, into, .. } if confirmed => self.merge(from, into, at),
            Deed::Bridge { from, to, network, .. } if confirmed => {
                self.rule((proposal, at), (from, to), network);
            }
            Deed::Declare { version, .. } if confirmed => self.adopt(version, at),
            Deed::Reverse { .. }
            | Deed::Release { .. }
            | Deed::Merge { .. }
            | Deed::Bridge { .. }
            | Deed::Declare { .. }
            | Deed::Answer { .. }
            | Deed::Signal { .. }
            | Deed::Confirm { .. }
            | Deed::Dismiss { .. }
            | Deed::Draw { .. }
            | Deed::Outcome { .. }
            | Deed::Read { .. }
            | Deed::Shift { .. }
            | Deed::Note { .. } => {}
        }
    }

    /// Holds somebody for review, or ends that.
    pub(super) fn accuse(&mut self, person: Pseudonym, is_accused: bool, at: UnixMillis) {
        self.change(person, at, |person| {
            let accused = person.accused;
            person.accused = if is_accused { accused.saturating_add(1) } else { accused.saturating_sub(1) };
        });
    }
}
