//! The reading side: it reads back what is durable, counts and hashes it anew, signs heads, and publishes the evidence.

use std::{io, sync::Arc, thread, time::Duration};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::sleep,
};

use super::{
    clock::Clock,
    handle::{Health, Request, Sequencer, reason, tell},
    sequencer::Progress,
};
use crate::{
    domain::{
        fold::{attendance::Attendance, refusal::Refusal},
        ids::{EntryIndex, Size},
        ledger::Ledger,
        time::{BootMicros, UnixMillis},
    },
    evidence::{
        checkpoint::SigningKey,
        files::{Evidence, EvidenceError},
        receipt::Receipt,
    },
    log::{HeadError, Reader, SignedHead},
};

/// The shortest time between two checkpoints while people come and go: a receipt is there a second after `counted`.
pub const CHECKPOINT_PERIOD: Duration = Duration::from_secs(1);

/// The time between two checkpoints while only beats and clocks are logged.
pub const QUIET_PERIOD: Duration = Duration::from_secs(60);

/// How many questions can wait; each holds a staff request or a page's receipt.
const QUESTIONS_MAX: usize = 1_024;

/// How many lines are read back at once.
const LINES_AT_ONCE: usize = 4_096;

/// The newest checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// How many entries it covers.
    pub size: Size,
    /// When it was signed.
    pub at: UnixMillis,
    /// Its text.
    pub note: Arc<str>,
}

/// Why the reading side stopped; nothing further is signed, and the process ends with it.
#[derive(Debug, thiserror::Error)]
pub enum CertifyError {
    /// The journal cannot be read back: look at the disk.
    #[error("the log cannot be read back")]
    Read(#[source] io::Error),
    /// What is on the disk is not what was counted: memory or disk is damaged. Start again on other hardware.
    #[error("the entries on the disk are not those that were counted, up to entry {}", .0.0)]
    Differs(Size),
    /// What is on the disk cannot be counted: memory or disk is damaged.
    #[error("an entry on the disk cannot be counted")]
    Refused(#[source] Refusal),
    /// The head was not recorded: see the cause.
    #[error("the signed head was not recorded")]
    Head(#[source] HeadError),
    /// The writer has stopped: its own reason says why.
    #[error("the single writer has stopped")]
    WriterStopped,
    /// The evidence files cannot be published: see the cause.
    #[error("the evidence was not published")]
    Evidence(#[source] EvidenceError),
    /// The machine refuses another thread: raise its limits.
    #[error("the reading side's thread cannot start")]
    Thread(#[source] io::Error),
}

/// The reading side has stopped: nothing can be asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing is certified any more")]
pub struct Stopped;

/// What is asked of the reading side.
enum Question {
    /// The receipt of an entry, once a checkpoint covers it.
    Receipt { index: EntryIndex, answer: oneshot::Sender<Option<String>> },
    /// What is counted, up to the newest durable entry; whoever asks takes its own answer along.
    Look(Box<dyn FnOnce(&Attendance) + Send>),
    /// A checkpoint over everything that is durable now.
    Sign { answer: oneshot::Sender<Size> },
}

/// Asks the reading side; a handle without state of its own.
#[derive(Clone)]
pub struct Certifier {
    questions: mpsc::Sender<Question>,
    signed: watch::Receiver<Option<Signed>>,
}

impl Certifier {
    /// The receipt of an entry; none while no checkpoint covers it.
    ///
    /// # Errors
    /// When the reading side has stopped.
    pub async fn receipt(&self, index: EntryIndex) -> Result<Option<String>, Stopped> {
        self.ask(|answer| Question::Receipt { index, answer }).await
    }

    /// Looks at what is counted, up to the newest durable entry. It may take long: the writer does not wait for it.
    ///
    /// # Errors
    /// When the reading side has stopped.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Attendance) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        self.ask(|answer| Question::Look(Box::new(move |attendance| tell(answer, look(attendance))))).await
    }

    /// Signs and publishes everything that is durable now, and says up to where.
    ///
    /// # Errors
    /// When the reading side has stopped.
    pub async fn sign_now(&self) -> Result<Size, Stopped> {
        self.ask(|answer| Question::Sign { answer }).await
    }

    /// The newest checkpoint.
    #[must_use]
    pub fn signed(&self) -> Option<Signed> {
        self.signed.borrow().clone()
    }

    async fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<T>) -> Question) -> Result<T, Stopped> {
        let (answer, answered) = oneshot::channel();
        self.questions.send(question(answer)).await.map_err(|_| Stopped)?;
        answered.await.map_err(|_| Stopped)
    }
}

/// What the reading side needs to start.
pub struct Parts {
    /// Its own connection to the journal.
    pub reader: Reader,
    /// A ledger of its own, over every line up to the start.
    pub ledger: Ledger,
    /// The published files, brought to the journal's state.
    pub evidence: Evidence,
    /// The key that signs.
    pub key: SigningKey,
    /// The way to the writer, which records signed heads.
    pub sequencer: Sequencer,
    /// How far the writer is.
    pub progress: watch::Receiver<Progress>,
    /// When checkpoints were signed.
    pub clock: Clock,
}

/// Owns the signing key, on a thread of its own.
struct Reading {
    parts: Parts,
    questions: mpsc::Receiver<Question>,
    signed: watch::Sender<Option<Signed>>,
    /// The newest recorded head.
    newest: Option<SignedHead>,
    signed_at: BootMicros,
}

/// Starts the reading side. The receiver resolves when it has ended, with its reason.
///
/// # Errors
/// When the newest head cannot be read or the thread cannot start.
pub fn start(parts: Parts) -> Result<(Certifier, oneshot::Receiver<Result<(), CertifyError>>), CertifyError> {
    let newest = parts.reader.newest_head().map_err(CertifyError::Read)?;
    let (questions_tx, questions) = mpsc::channel(QUESTIONS_MAX);
    let known = newest.as_ref().map(|head| Signed {
        size: head.size,
        at: parts.clock.now_millis(),
        note: head.note.as_str().into(),
    });
    let (signed_tx, signed) = watch::channel(known);
    let (ended_tx, ended) = oneshot::channel();
    let signed_at = parts.clock.now().boot;
    let health = parts.sequencer.health();
    let reading = Reading { parts, questions, signed: signed_tx, newest, signed_at };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(CertifyError::Thread)?;
    thread::Builder::new()
        .name("certify".into())
        .spawn(move || {
            let result = match runtime.block_on(reading.run()) {
                // A drain ends the writer once everything is signed: the reading side has nothing left to do then.
                Err(CertifyError::WriterStopped) if *health.borrow() == Health::Draining => Ok(()),
                result => result,
            };
            if let Err(error) = &result {
                tracing::error!(reason = reason(error), "nothing is certified any more");
            }
            // Nobody listens once the hub is being torn down for another reason.
            drop(ended_tx.send(result));
        })
        .map_err(CertifyError::Thread)?;
    Ok((Certifier { questions: questions_tx, signed }, ended))
}

/// How long the next checkpoint may wait; none when everything is signed.
fn due_in(progress: &Progress, signed: Size, since_signed: Duration) -> Option<Duration> {
    if progress.landmark > signed {
        return Some(Duration::ZERO);
    }
    let period = if progress.acts > signed { CHECKPOINT_PERIOD } else { QUIET_PERIOD };
    (progress.size > signed).then(|| period.saturating_sub(since_signed))
}

impl Reading {
    async fn run(mut self) -> Result<(), CertifyError> {
        loop {
            let due = self.due();
            let wait = due.unwrap_or(QUIET_PERIOD);
            tokio::select! {
                question = self.questions.recv() => match question {
                    Some(question) => self.answer(question).await?,
                    None => return Ok(()),
                },
                changed = self.parts.progress.changed() => changed.map_err(|_| CertifyError::WriterStopped)?,
                () = sleep(wait) => if due.is_some() { self.sign().await? },
            }
        }
    }

    fn due(&mut self) -> Option<Duration> {
        let now = self.parts.clock.now().boot;
        let since_signed = Duration::from_micros(now.0.saturating_sub(self.signed_at.0));
        let progress = *self.parts.progress.borrow_and_update();
        due_in(&progress, self.signed_size(), since_signed)
    }

    fn signed_size(&self) -> Size {
        self.newest.as_ref().map_or(Size(0), |head| head.size)
    }

    async fn answer(&mut self, question: Question) -> Result<(), CertifyError> {
        match question {
            Question::Receipt { index, answer } => tell(answer, self.receipt(index)),
            Question::Look(look) => {
                self.catch_up(self.durable())?;
                look(self.parts.ledger.attendance());
            }
            Question::Sign { answer } => {
                if self.durable() > self.signed_size() {
                    self.sign().await?;
                }
                tell(answer, self.signed_size());
            }
        }
        Ok(())
    }

    fn durable(&self) -> Size {
        self.parts.progress.borrow().size
    }

    fn receipt(&self, index: EntryIndex) -> Option<String> {
        let note = &self.newest.as_ref()?.note;
        Receipt::new(self.parts.ledger.tree(), index, note).map(|receipt| receipt.to_string())
    }

    /// Reads, hashes and counts the lines up to `size` as they are on the disk.
    fn catch_up(&mut self, size: Size) -> Result<(), CertifyError> {
        let Parts { reader, ledger, .. } = &mut self.parts;
        loop {
            let at = ledger.head().size;
            let missing = usize::try_from(size.0.saturating_sub(at.0)).unwrap_or(usize::MAX);
            if missing == 0 {
                return Ok(());
            }
            let lines = reader.entries(EntryIndex(at.0), missing.min(LINES_AT_ONCE)).map_err(CertifyError::Read)?;
            if lines.is_empty() {
                return Err(CertifyError::Differs(at));
            }
            for line in &lines {
                ledger.accept(&line.bytes).map_err(CertifyError::Refused)?;
            }
        }
    }

    /// One checkpoint: read back, compare, sign, record, publish; each step only after the one before.
    async fn sign(&mut self) -> Result<(), CertifyError> {
        let progress = *self.parts.progress.borrow();
        self.catch_up(progress.size)?;
        let read_back = self.parts.ledger.tree().root_at(progress.size);
        // A bit that flipped in memory or on the disk must not be signed.
        if read_back != Some(progress.root) {
            return Err(CertifyError::Differs(progress.size));
        }
        let head = crate::domain::tree::Head { size: progress.size, root: progress.root };
        let note = self.parts.key.sign(&head);
        let head = SignedHead { size: head.size, root: head.root, note };
        self.record(&head).await?;
        let Parts { reader, ledger, evidence, clock, .. } = &mut self.parts;
        let mut source = |from: EntryIndex, max: usize| reader.entries(from, max);
        evidence.publish(ledger.tree(), &head.note, &mut source).map_err(CertifyError::Evidence)?;
        let now = clock.now();
        self.signed_at = now.boot;
        let note = head.note.as_str().into();
        self.signed.send_replace(Some(Signed { size: head.size, at: now.wall.floor_millis(), note }));
        self.newest = Some(head);
        Ok(())
    }

    async fn record(&self, head: &SignedHead) -> Result<(), CertifyError> {
        let (answer, answered) = oneshot::channel();
        let previous = self.newest.as_ref().map(|newest| newest.size);
        let request = Request::Head { previous, head: head.clone(), answer };
        self.parts.sequencer.send(request).await.map_err(|_| CertifyError::WriterStopped)?;
        answered.await.map_err(|_| CertifyError::WriterStopped)?.map_err(CertifyError::Head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::Digest;

    fn progress(size: u64, acts: u64, landmark: u64) -> Progress {
        Progress { size: Size(size), root: Digest([0; 32]), acts: Size(acts), landmark: Size(landmark) }
    }

    #[test]
    fn what_is_signed_waits_for_nothing_and_a_landmark_is_signed_at_once() {
        let just_now = Duration::ZERO;

        assert_eq!(due_in(&progress(9, 9, 9), Size(9), just_now), None);
        assert_eq!(due_in(&progress(10, 10, 10), Size(9), just_now), Some(Duration::ZERO));
    }

    #[test]
    fn people_are_signed_within_a_second_and_beats_within_a_minute() {
        let since = Duration::from_millis(400);

        assert_eq!(due_in(&progress(10, 10, 3), Size(9), since), Some(CHECKPOINT_PERIOD - since));
        assert_eq!(due_in(&progress(10, 9, 3), Size(9), since), Some(QUIET_PERIOD - since));
        assert_eq!(due_in(&progress(10, 9, 3), Size(9), 2 * QUIET_PERIOD), Some(Duration::ZERO));
    }
}
