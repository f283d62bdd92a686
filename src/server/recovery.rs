//! From the disk to a running attempt: the log is read back and counted as it will be live, then this run is logged.

use std::{collections::BTreeSet, io};

use sha2::{Digest as _, Sha256};

use super::{
    clock::Clock,
    people::added,
    sequencer::{CommitError, commit},
};
use crate::{
    attempt::{Attempt, keys::KeysError},
    domain::{
        event::{Event, Fact, Grouped, NodeStarted, Opened, Reading, Restarted, Revoked},
        fold::refusal::Refusal,
        ids::{Digest, EntryIndex, NodeEpoch, NodeId, Pseudonym},
        ledger::Ledger,
        reviews::groups::GroupRefusal,
        roster::{self, RosterError, RosterRow},
    },
    evidence::{
        checkpoint::SigningKey,
        files::{Evidence, EvidenceError},
    },
    log::{Journal, OpenError, Reader},
};

/// The one node of an attempt on one machine.
pub const NODE: NodeId = NodeId(1);

/// How many lines or heads are read at once.
const READ_AT_ONCE: usize = 4_096;

/// An attempt that is ready to go on.
pub struct Recovered {
    /// The log.
    pub journal: Journal,
    /// Everything that the log says.
    pub ledger: Ledger,
    /// The reading side's own connection.
    pub reader: Reader,
    /// The reading side's own ledger: the same lines, read back once more.
    pub read_back: Ledger,
    /// The published files.
    pub evidence: Evidence,
    /// The key that signs heads.
    pub key: SigningKey,
    /// Log time, anchored at the last entry.
    pub clock: Clock,
    /// This run.
    pub node: NodeEpoch,
}

/// What an attempt's log has to know of its people, read from their store.
pub struct Known {
    /// Whom the log opens with.
    pub official: Vec<RosterRow>,
    /// Everybody who is not erased.
    pub everybody: Vec<RosterRow>,
    /// How many links are withdrawn, of whom any is; whoever was erased is among them.
    pub withdrawn: Vec<(Pseudonym, u32)>,
    /// Whom each steward looks after.
    pub groups: Vec<Grouped>,
}

/// Why an attempt cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// As its own remedy says.
    #[error(transparent)]
    Journal(#[from] OpenError),
    /// The journal is gone while its published files are there: put it back.
    #[error("the journal is missing, but parts of its log are published in {0}")]
    JournalGone(String),
    /// The journal cannot be read: look at the disk.
    #[error("the journal cannot be read")]
    Read(#[source] io::Error),
    /// The roster that the log was opened with is missing or cannot be stored: put `private/roster.csv` back.
    #[error("private/roster.csv cannot be read or written")]
    RosterFile(#[source] io::Error),
    /// The roster that the log was opened with is damaged: put `private/roster.csv` back.
    #[error("private/roster.csv is damaged")]
    Roster(#[from] RosterError),
    /// Rows in memory always have a table: report it.
    #[error("the roster cannot be written as a table")]
    RosterTable(#[source] csv::Error),
    /// An entry cannot be counted: keep everything and call the auditor.
    #[error("entry {} of the journal cannot be counted", .index.0)]
    Refused {
        /// Which.
        index: EntryIndex,
        /// Why.
        #[source]
        refusal: Refusal,
    },
    /// Put the declaration back as it was filed.
    #[error("attempt.toml was changed after the attempt was opened: its SHA-256 was {opened} and is {now}")]
    DeclarationChanged {
        /// What the log says.
        opened: Digest,
        /// What the file has.
        now: Digest,
    },
    /// As its own remedy says.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// The log does not take the entries of this start: look at the disk.
    #[error("this start cannot be logged")]
    Commit(#[from] CommitError),
    /// A steward's group is none: correct the roster or the list of staff.
    #[error("a steward's group cannot be logged")]
    Group(#[from] GroupRefusal),
    /// The key that signs heads cannot be used: restore it from a copy.
    #[error("the log's key cannot be used")]
    Key(#[from] KeysError),
}

impl RecoverError {
    /// What the operator can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Journal(error) => error.remedy(),
            Self::JournalGone(_) => "put private/journal.db back; a log is never begun twice",
            Self::RosterFile(_) | Self::Roster(_) => {
                "put private/roster.csv back from a copy of the attempt, and check the disk's free space and rights"
            }
            Self::Refused { .. } => "copy the whole attempt aside before anything else, and report it",
            Self::DeclarationChanged { .. } => {
                "put attempt.toml back as it was; a later version is handed in on the page /staff, from another file"
            }
            Self::Evidence(error) => error.remedy(),
            Self::Read(_) | Self::Commit(_) => "check the disk and its free space, then start again",
            Self::Key(_) => "restore private/keys from a copy of the attempt",
            Self::Group(_) => {
                "give the persons' `steward` column and `hadir staff add --group` one group for each person"
            }
            Self::RosterTable(_) => "report this as a defect",
        }
    }
}

/// Opens an attempt's log, or goes on with it, and logs that this run begins.
///
/// The first start opens the log with the `official` roster; whoever of `everybody` the log does not know is added to
/// it, so that those who only registered in a rehearsal count where the declaration says so. Links that were withdrawn
/// while nothing was served, by an erasure for instance, are logged as such. `clock` makes the clock from the time of
/// the last entry.
///
/// # Errors
/// Whatever is wrong with the directory; nothing was changed then, except by [`RecoverError::Commit`].
pub async fn recover(
    attempt: &Attempt,
    people: &Known,
    clock: impl FnOnce(Option<Reading>) -> Clock,
) -> Result<Recovered, RecoverError> {
    let origin = attempt.origin();
    let mut journal = open_journal(attempt, &origin)?;
    let roster_csv = roster_csv(attempt, &journal, &people.official)?;
    let mut ledger = Ledger::new(&roster_csv)?;
    let reader = Journal::reader(&attempt.layout.journal())?;
    replay(&reader, &mut ledger, &|_| ())?;
    check_declaration(attempt, &ledger)?;
    let key = attempt.signing_key()?;
    // Before anything is appended: entries on top of an old copy of the journal would be a second history.
    let evidence = open_evidence(attempt, &reader, &ledger, &key)?;
    let clock = clock(journal.last().map(|last| last.at));
    let node = log_start(attempt, &mut journal, &mut ledger, people, &roster_csv, &clock).await?;
    let mut read_back = Ledger::new(&roster_csv)?;
    replay(&reader, &mut read_back, &|_| ())?;
    Ok(Recovered { journal, ledger, reader, read_back, evidence, key, clock, node })
}

fn open_journal(attempt: &Attempt, origin: &str) -> Result<Journal, RecoverError> {
    let path = attempt.layout.journal();
    match Journal::open(&path, origin) {
        Err(OpenError::Missing(_)) => {}
        opened => return Ok(opened?),
    }
    // The first start makes the journal; later ones never do, so that a lost one is not quietly begun anew.
    let published = attempt.layout.evidence().join("checkpoint");
    let traces = [published, attempt.layout.roster()];
    match traces.iter().find(|trace| trace.exists()) {
        Some(trace) => Err(RecoverError::JournalGone(trace.display().to_string())),
        None => Ok(Journal::create(&path, origin)?),
    }
}

/// The exact bytes of the roster that the log was opened with, or is about to be.
fn roster_csv(attempt: &Attempt, journal: &Journal, rows: &[RosterRow]) -> Result<Vec<u8>, RecoverError> {
    let path = attempt.layout.roster();
    if journal.last().is_some() {
        return std::fs::read(path).map_err(RecoverError::RosterFile);
    }
    let bytes = roster::write(rows).map_err(RecoverError::RosterTable)?;
    // Durable before the entry that carries its digest: without it nobody could count the log.
    crate::attempt::files::replace(&path, &bytes, crate::attempt::files::PRIVATE_FILE)
        .map_err(RecoverError::RosterFile)?;
    Ok(bytes)
}

/// Counts every durable line as it will be counted live; whoever watches is told how many are behind it.
pub(super) fn replay(reader: &Reader, ledger: &mut Ledger, watch: &dyn Fn(u64)) -> Result<(), RecoverError> {
    loop {
        let from = EntryIndex(ledger.head().size.0);
        watch(from.0);
        let lines = reader.entries(from, READ_AT_ONCE).map_err(RecoverError::Read)?;
        if lines.is_empty() {
            return Ok(());
        }
        for line in lines {
            let index = line.stamp.index;
            ledger.accept(&line.bytes).map_err(|refusal| RecoverError::Refused { index, refusal })?;
        }
    }
}

fn check_declaration(attempt: &Attempt, ledger: &Ledger) -> Result<(), RecoverError> {
    let (Some(opened), now) = (ledger.attendance().opened(), attempt.declaration.digest) else { return Ok(()) };
    if opened.digest == now {
        return Ok(());
    }
    Err(RecoverError::DeclarationChanged { opened: opened.digest, now })
}

pub(super) fn open_evidence(
    attempt: &Attempt,
    reader: &Reader,
    ledger: &Ledger,
    key: &SigningKey,
) -> Result<Evidence, RecoverError> {
    let (mut notes, mut after) = (Vec::new(), None);
    loop {
        let heads = reader.heads(after, READ_AT_ONCE).map_err(RecoverError::Read)?;
        let Some(last) = heads.last() else { break };
        after = Some(last.size);
        notes.extend(heads.into_iter().map(|head| head.note));
    }
    let mut source = |from: EntryIndex, max: usize| reader.entries(from, max);
    Ok(Evidence::open(&attempt.layout.evidence(), key.verifier(), ledger.tree(), &notes, &mut source)?)
}

/// Logs the opening on the first start, and on every start what the log must know of it. A closed log takes nothing.
async fn log_start(
    attempt: &Attempt,
    journal: &mut Journal,
    ledger: &mut Ledger,
    people: &Known,
    roster_csv: &[u8],
    clock: &Clock,
) -> Result<NodeEpoch, RecoverError> {
    let epoch = ledger.attendance().epoch(NODE).unwrap_or(0);
    if ledger.attendance().is_closed() {
        return Ok(NodeEpoch { node: NODE, epoch });
    }
    if ledger.attendance().opened().is_none() {
        let opened = Event::Opened(Box::new(opening(attempt, roster_csv)));
        commit(journal, ledger, &[Fact { at: clock.now(), event: opened }]).await?;
    }
    let node = NodeEpoch { node: NODE, epoch: epoch.saturating_add(1) };
    let mut events = unfinished_runs(ledger);
    // Nobody comes onto the roster of a closed attempt: whoever was imported since is of the next one.
    let is_closed = ledger.attendance().is_closed();
    let is_new = |row: &&RosterRow| !is_closed && !ledger.attendance().knows(row.person);
    let new: Vec<_> = people.everybody.iter().filter(is_new).collect();
    events.extend(new.iter().map(|row| added(row)));
    events.extend(unlogged_withdrawals(ledger, &people.withdrawn, &new));
    events.extend(smaller_groups(ledger, &people.groups));
    let version = env!("CARGO_PKG_VERSION").to_owned();
    events.push(Event::NodeStarted(NodeStarted { node: node.node, epoch: node.epoch, version }));
    let at = clock.now();
    let facts: Vec<Fact> = events.into_iter().map(|event| Fact { at, event }).collect();
    commit(journal, ledger, &facts).await?;
    log_groups(journal, ledger, &people.groups, at).await?;
    Ok(node)
}

/// Who is in a group by the log and not any more by the roster leaves it before anybody else takes them in.
fn smaller_groups(ledger: &Ledger, groups: &[Grouped]) -> Vec<Event> {
    let logged = ledger.attendance().groups().iter();
    let smaller = logged.filter_map(|(steward, known)| {
        let now = groups.iter().find(|group| group.p == *steward);
        let stays = |person: &&Pseudonym| now.is_some_and(|now| now.persons.contains(person));
        let persons: Vec<_> = known.persons.iter().filter(stays).copied().collect();
        let is_smaller = persons.len() < known.persons.len();
        is_smaller.then(|| Grouped { p: *steward, label: known.label.clone(), persons })
    });
    smaller.map(|group| Event::Grouped(Box::new(group))).collect()
}

/// Logs the stewards' groups that the log has otherwise, or not at all; asked first, since no start would get past a
/// group that the fold refuses.
async fn log_groups(
    journal: &mut Journal,
    ledger: &mut Ledger,
    groups: &[Grouped],
    at: Reading,
) -> Result<(), RecoverError> {
    for group in unlogged_groups(ledger, groups) {
        ledger.attendance().group_allowed(&group)?;
        commit(journal, ledger, &[Fact { at, event: Event::Grouped(Box::new(group)) }]).await?;
    }
    Ok(())
}

/// Links that the store has withdrawn and the log has not, of persons whom the log knows or is about to.
fn unlogged_withdrawals(ledger: &Ledger, withdrawn: &[(Pseudonym, u32)], new: &[&RosterRow]) -> Vec<Event> {
    let new: BTreeSet<Pseudonym> = new.iter().map(|row| row.person).collect();
    let attendance = ledger.attendance();
    let unlogged =
        |(p, issue): &&(Pseudonym, u32)| (attendance.knows(*p) || new.contains(p)) && attendance.revoked(*p) < *issue;
    withdrawn.iter().filter(unlogged).map(|(p, issue)| Event::Revoked(Revoked { p: *p, issue: *issue })).collect()
}

/// The stewards' groups that the log has otherwise, or not at all.
fn unlogged_groups(ledger: &Ledger, groups: &[Grouped]) -> Vec<Grouped> {
    let logged = ledger.attendance().groups();
    let is_logged = |group: &&Grouped| {
        logged.get(&group.p).is_some_and(|known| known.label == group.label && known.persons == group.persons)
    };
    groups.iter().filter(|group| !is_logged(group)).cloned().collect()
}

fn opening(attempt: &Attempt, roster_csv: &[u8]) -> Opened {
    let declaration = &attempt.declaration;
    Opened {
        origin: attempt.origin(),
        declaration: declaration.declaration.clone(),
        digest: declaration.digest,
        rehearsal: declaration.declaration.rehearsal,
        roster: Digest(Sha256::digest(roster_csv).into()),
        earlier: attempt.keys.identity.earlier.clone(),
        nonce: None,
        commitment: declaration.declaration.prompts.map(|_| attempt.keys.seed().commitment()),
    }
}

/// Ends the connections of runs that did not drain; a closed log takes nothing.
///
/// # Errors
/// When the log does not take the entries.
pub async fn log_unfinished_runs(
    journal: &mut Journal,
    ledger: &mut Ledger,
    clock: &Clock,
) -> Result<(), RecoverError> {
    let at = clock.now();
    let facts: Vec<Fact> = unfinished_runs(ledger).into_iter().map(|event| Fact { at, event }).collect();
    if !facts.is_empty() && !ledger.attendance().is_closed() {
        commit(journal, ledger, &facts).await?;
    }
    Ok(())
}

/// The runs that left connections open: they did not drain, so their connections end where they last vouched for them.
fn unfinished_runs(ledger: &Ledger) -> Vec<Event> {
    let attendance = ledger.attendance();
    let last = attendance.epoch(NODE).unwrap_or(0);
    let runs = (1..=last).map(|epoch| NodeEpoch { node: NODE, epoch });
    runs.filter(|run| attendance.open_connections(*run) > 0)
        .map(|node| Event::Restarted(Restarted { node, beat: attendance.last_beat(node) }))
        .collect()
}
