//! What no log can say after what it has said: the entries that the fold refuses before anything changes.

use crate::domain::{
    event::{Answered, Event, Joined, Scanned, Shown, Signal, Signalled},
    fold::{
        attendance::{Attendance, Given},
        check_refusal::PromptRefusal,
        person::PersonIndex,
    },
    ids::{ConnectionId, Digest, EntryIndex, Pseudonym},
    line::{Entry, EntryError},
    reviews::{acts::ActRefusal, claims::ClaimRefusal, groups::GroupRefusal, versions::VersionRefusal},
    time::{Millis, UnixMicros, UnixMillis},
};

/// Why an entry is impossible after the ones before it. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The bytes are not an entry.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// A line is missing, repeated or out of place.
    #[error("entry {found} stands where {expected} belongs", found = .found.0, expected = .expected.0)]
    OutOfPlace {
        /// The index that belongs here.
        expected: EntryIndex,
        /// The index that stands here.
        found: EntryIndex,
    },
    /// Log time never runs back.
    #[error("its time is before that of the entry before it")]
    TimeRunsBack,
    /// A log begins with its declaration, and has only one.
    #[error("an attempt is opened by its first entry, and only by it")]
    Opening,
    /// A rehearsal is declared as one: its terms are weaker.
    #[error("the log and its declaration do not agree on whether this is a rehearsal")]
    Rehearsal,
    /// The roster at hand is not the one that the log was opened with.
    #[error("the log was opened with another roster: its SHA-256 is {0}")]
    AnotherRoster(Digest),
    /// Only persons of the roster, and those who were added, can join.
    #[error("{0} is not on the roster")]
    UnknownPerson(Pseudonym),
    /// A connection belongs to one person.
    #[error("connection {0} belongs to somebody else")]
    AnotherPerson(ConnectionId),
    /// Nothing can be proved for a time that has not come.
    #[error("it proves a time that has not come")]
    ProvesTheFuture,
    /// Only declared doors have scans.
    #[error("no such door is declared: {venue}, {door}")]
    UnknownDoor {
        /// The venue's short name.
        venue: String,
        /// The door's short name.
        door: String,
    },
    /// The declaration does not allow this signal now.
    #[error(transparent)]
    Signal(#[from] SignalRefusal),
    /// Nobody acts so.
    #[error(transparent)]
    Act(#[from] ActRefusal),
    /// The declaration does not allow this of the participation checks.
    #[error(transparent)]
    Prompt(#[from] PromptRefusal),
    /// No such version of the declaration can be handed in.
    #[error(transparent)]
    Version(#[from] VersionRefusal),
    /// No such claim is taken.
    #[error(transparent)]
    Claim(#[from] ClaimRefusal),
    /// Nobody looks after these persons.
    #[error(transparent)]
    Group(#[from] GroupRefusal),
}

/// Why a signal is not allowed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignalRefusal {
    /// Open the attempt first.
    #[error("the attempt is not open")]
    NotOpen,
    /// The signal stands: a lesson has one start and one end.
    #[error("this signal was given at {0}")]
    Given(UnixMillis),
    /// Signal the start first.
    #[error("the lesson has not started")]
    NotStarted,
    /// Wait, or declare the attempt with another plan or a larger tolerance.
    #[error("the plan says {planned}, and the declared tolerance is {tolerance} ms", tolerance = .tolerance.0)]
    OutsideTolerance {
        /// What was planned.
        planned: UnixMillis,
        /// How far the signal may lie from it.
        tolerance: Millis,
    },
    /// Wait until the shortest lesson that the record allows is over.
    #[error("the lesson must last until {0}")]
    TooShort(UnixMillis),
    /// Nothing is to be taken back.
    #[error("no signal was given that could be taken back")]
    NothingGiven,
    /// Let the adjudicator give the nonce first: without it the organizer alone would know the checks' times.
    #[error("the adjudicator's nonce for the participation checks is missing")]
    NoNonce,
    /// Attendance is complete.
    #[error("the attempt is closed")]
    Closed,
    /// End the lesson first, or wait for its planned end.
    #[error("the lesson is not over")]
    NotOver,
}

/// Whom and which connection an entry speaks of, looked up once for the check and for the fold.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Subject {
    pub(in crate::domain) person: Option<PersonIndex>,
    /// Its place in the list of all connections; none for a connection that never joined.
    pub(super) connection: Option<usize>,
}

impl Attendance {
    /// Refuses before anything is changed.
    pub(super) fn check(&self, entry: &Entry) -> Result<Subject, Refusal> {
        let expected = self.last.map_or(EntryIndex(0), |last| last.index.next());
        if entry.stamp.index != expected {
            return Err(Refusal::OutOfPlace { expected, found: entry.stamp.index });
        }
        if self.last.is_some_and(|last| entry.stamp.at.wall < last.at.wall) {
            return Err(Refusal::TimeRunsBack);
        }
        self.check_event(&entry.event, entry.stamp.at.wall)
    }

    /// Whether an event can become the next entry at `now`: what is refused here must never be made durable.
    ///
    /// # Errors
    /// When no log can say it after what this one has said.
    pub fn possible(&self, event: &Event, now: UnixMicros) -> Result<(), Refusal> {
        self.check_event(event, now).map(drop)
    }

    fn check_event(&self, event: &Event, now: UnixMicros) -> Result<Subject, Refusal> {
        let opens = matches!(event, Event::Opened(_));
        if opens != self.opened.is_none() {
            return Err(Refusal::Opening);
        }
        match event {
            Event::Opened(opened) if opened.roster != self.roster => Err(Refusal::AnotherRoster(opened.roster)),
            Event::Opened(opened) if opened.commitment.is_some() != opened.declaration.prompts.is_some() => {
                Err(PromptRefusal::Commitment.into())
            }
            Event::Opened(opened) if opened.rehearsal != opened.declaration.rehearsal => Err(Refusal::Rehearsal),
            Event::Joined(joined) => self.check_join(joined),
            Event::Left(left) if left.last > now => Err(Refusal::ProvesTheFuture),
            Event::Left(left) => Ok(Subject { person: None, connection: self.check_connection(left.s, left.p)? }),
            Event::Beat(beat) if beat.horizon > now => Err(Refusal::ProvesTheFuture),
            Event::Signalled(signalled) => {
                self.check_signal(signalled, now.floor_millis())?;
                self.agreement(signalled.signal, signalled.acts, now.floor_millis())?;
                Ok(Subject::default())
            }
            Event::StaffEnrolled(enrolled) => {
                Ok(self.enrolment_allowed(enrolled.p, enrolled.role).map(|()| Subject::default())?)
            }
            Event::Acted(acted) => Ok(self.act_allowed(acted, now.floor_millis()).map(|_| Subject::default())?),
            Event::Declared(declared) => Ok(self.version_allowed(declared).map(|()| Subject::default())?),
            Event::Claimed(claimed) => {
                Ok(self.claim_allowed(claimed, now.floor_millis()).map(|()| Subject::default())?)
            }
            Event::Grouped(grouped) => Ok(self.group_allowed(grouped).map(|()| Subject::default())?),
            Event::NonceGiven(_) => Ok(self.nonce_allowed().map(|()| Subject::default())?),
            Event::Prompted(prompted) => Ok(self.check_prompt(prompted, now).map(|()| Subject::default())?),
            Event::Shown(Shown { p, s, prompt }) | Event::Answered(Answered { p, s, prompt, .. }) => {
                self.check_response(*p, *s, *prompt)
            }
            Event::Revealed(revealed) => {
                Ok(self.reveal_allowed(revealed, now.floor_millis()).map(|()| Subject::default())?)
            }
            Event::Erased(erased) => self.erasure_allowed(erased.p).map(|()| Subject::default()),
            Event::Scanned(scanned) if scanned.made > now => Err(Refusal::ProvesTheFuture),
            Event::Scanned(scanned) => self.check_scan(scanned),
            Event::HeadCounted(counted) if !self.has_venue(&counted.venue) => {
                Err(Refusal::UnknownDoor { venue: counted.venue.clone(), door: String::new() })
            }
            Event::Closed(_) if self.commitment().is_some() && self.seed().is_none() => {
                Err(PromptRefusal::NotRevealed.into())
            }
            // A close that is repeated changes nothing.
            Event::Closed(_) if self.closed.is_none() => {
                Ok(self.close_allowed(now.floor_millis()).map(|()| Subject::default())?)
            }
            Event::Opened(_)
            | Event::PersonAdded(_)
            | Event::Beat(_)
            | Event::Clock(_)
            | Event::NodeStarted(_)
            | Event::Restarted(_)
            | Event::Revoked(_)
            | Event::HeadCounted(_)
            | Event::Disclosed(_)
            | Event::Retired(_)
            | Event::Closed(_) => Ok(Subject::default()),
        }
    }

    fn check_join(&self, joined: &Joined) -> Result<Subject, Refusal> {
        let person = self.by_name.get(&joined.p).copied().ok_or(Refusal::UnknownPerson(joined.p))?;
        Ok(Subject { person: Some(person), connection: self.check_connection(joined.s, joined.p)? })
    }

    fn check_scan(&self, scanned: &Scanned) -> Result<Subject, Refusal> {
        if !self.has_door(&scanned.venue, &scanned.door) {
            return Err(Refusal::UnknownDoor { venue: scanned.venue.clone(), door: scanned.door.clone() });
        }
        let person = self.by_name.get(&scanned.p).copied().ok_or(Refusal::UnknownPerson(scanned.p))?;
        self.check_connection(scanned.s, scanned.p)?;
        Ok(Subject { person: Some(person), connection: None })
    }

    /// The place of a connection, which belongs to nobody else.
    pub(super) fn check_connection(&self, id: ConnectionId, person: Pseudonym) -> Result<Option<usize>, Refusal> {
        let place = self.place_of(id);
        let known = place.and_then(|place| self.connections.get(place));
        if known.is_some_and(|known| known.pseudonym != person) { Err(Refusal::AnotherPerson(id)) } else { Ok(place) }
    }

    fn check_signal(&self, signalled: &Signalled, now: UnixMillis) -> Result<(), Refusal> {
        match self.signal_allowed(signalled.signal, now) {
            Ok(()) | Err(SignalRefusal::Given(_) | SignalRefusal::NothingGiven | SignalRefusal::Closed) => Ok(()),
            Err(refusal) => Err(refusal.into()),
        }
    }

    /// Whether attendance can be closed now: after the end signal, or after the planned end.
    ///
    /// # Errors
    /// When the lesson is still to come, runs, or attendance is closed.
    pub fn close_allowed(&self, now: UnixMillis) -> Result<(), SignalRefusal> {
        if self.closed.is_some() {
            return Err(SignalRefusal::Closed);
        }
        let over = self.window().is_some_and(|lesson| self.end.is_some() || now >= lesson.end);
        if over { Ok(()) } else { Err(SignalRefusal::NotOver) }
    }

    /// Whether the declaration allows a signal now.
    ///
    /// # Errors
    /// When it does not, with what to wait for.
    pub fn signal_allowed(&self, signal: Signal, now: UnixMillis) -> Result<(), SignalRefusal> {
        let declaration = self.opened.as_ref().map(|opened| &opened.declaration).ok_or(SignalRefusal::NotOpen)?;
        if self.closed.is_some() {
            return Err(SignalRefusal::Closed);
        }
        let window = &declaration.window;
        let tolerance = window.tolerance_ms;
        let planned = match signal {
            Signal::Void => return self.newest_signal().map(|_| ()).ok_or(SignalRefusal::NothingGiven),
            Signal::Start => {
                refuse_second(self.start)?;
                if declaration.prompts.is_some() && !declaration.rehearsal && self.nonce().is_none() {
                    return Err(SignalRefusal::NoNonce);
                }
                window.planned_start
            }
            Signal::End => {
                refuse_second(self.end)?;
                let start = self.start.ok_or(SignalRefusal::NotStarted)?;
                let earliest = start.at.plus(window.minimum_ms);
                if !declaration.rehearsal && now < earliest {
                    return Err(SignalRefusal::TooShort(earliest));
                }
                window.planned_end
            }
        };
        let too_far = now < planned.minus(tolerance) || now > planned.plus(tolerance);
        if too_far && !declaration.rehearsal {
            return Err(SignalRefusal::OutsideTolerance { planned, tolerance });
        }
        Ok(())
    }
}

fn refuse_second(given: Option<Given>) -> Result<(), SignalRefusal> {
    given.map_or(Ok(()), |given| Err(SignalRefusal::Given(given.at)))
}
