//! The single writer: it alone appends to the log and counts; nobody is answered before the entry is durable.

mod failure;
mod permission;
mod remedies;

#[cfg(test)]
mod tests;

use std::{pin::Pin, sync::Arc, thread, time::Duration};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Sleep, sleep},
};

pub use self::failure::{CommitError, WriterError};
use super::{
    clock::Clock,
    handle::{Health, INBOX_MAX, Lesson, Prompt, Request, Sequencer, Submission, SubmitError, reason, tell},
    telemetry::Metrics,
};
use crate::{
    domain::{
        accounts::tally::Tally,
        event::{Event, Fact, Reading},
        fold::attendance::Attendance,
        ids::{Digest, Size},
        ledger::Ledger,
        line::{Line, LineError, stamp},
    },
    log::{AppendError, Log},
    session::Asked,
    wire::Phase,
};

/// How many facts become durable together: more would only make the first of them wait longer for its answer.
pub const BATCH_MAX: usize = 4_096;

/// How long nothing may be written before the log is settled: longer than the pauses of a hall that arrives, shorter
/// than those between the beats of a lesson that runs.
const IDLE: Duration = Duration::from_secs(1);

/// How far the log is, and how urgently its head should be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many entries are durable and counted.
    pub size: Size,
    /// The root hash over them.
    pub root: Digest,
    /// The size after the last entry that is more than a beat or a clock.
    pub acts: Size,
    /// The size after the last opening, signal, restart or close: signed at once.
    pub landmark: Size,
}

/// What the writer tells everybody.
struct Published {
    tally: watch::Sender<Arc<Tally>>,
    lesson: watch::Sender<Lesson>,
    prompt: watch::Sender<Option<Arc<Prompt>>>,
    health: watch::Sender<Health>,
    progress: watch::Sender<Progress>,
}

/// Owns the log and the ledger, on a thread of its own.
struct Writer<L> {
    log: L,
    ledger: Ledger,
    inbox: mpsc::Receiver<Request>,
    published: Published,
    clock: Clock,
    metrics: Arc<Metrics>,
    /// Joins are over; the participants' leaves and the close entry are still to come.
    closing: bool,
    /// Runs out when nothing was written for a while; none while everything is settled.
    idle: Option<Pin<Box<Sleep>>>,
}

/// The writer as the rest of the hub sees it.
pub struct Started {
    /// The way to it.
    pub sequencer: Sequencer,
    /// How far it is.
    pub progress: watch::Receiver<Progress>,
    /// Resolves when it has ended, with its reason.
    pub ended: oneshot::Receiver<Result<(), WriterError>>,
    /// Where a failure elsewhere (the signer, the disk) is told to the staff pages.
    pub health: watch::Sender<Health>,
}

/// Appends facts and counts their lines: the one way from a fact to a count, live and at recovery.
///
/// # Errors
/// When the log does not take them, or when the ledger refuses what the log took, which is a defect.
pub async fn commit<L: Log>(log: &mut L, ledger: &mut Ledger, facts: &[Fact]) -> Result<Vec<Line>, CommitError> {
    let lines = log.append(facts).await?;
    for line in &lines {
        ledger.accept(&line.bytes)?;
    }
    Ok(lines)
}

/// Starts the writer on a log and the ledger that was replayed from it.
///
/// # Errors
/// When the thread cannot start.
pub fn start<L: Log + 'static>(
    log: L,
    ledger: Ledger,
    clock: Clock,
    metrics: Arc<Metrics>,
) -> Result<Started, WriterError> {
    let (inbox_tx, inbox) = mpsc::channel(INBOX_MAX);
    let opened = ledger.tally().ok_or(WriterError::NotOpen)?;
    let (tally_tx, tally) = watch::channel(Arc::new(opened));
    let (lesson_tx, lesson) = watch::channel(lesson_of(ledger.attendance()));
    let (prompt_tx, prompt) = watch::channel(prompt_of(ledger.attendance()));
    let (health_tx, health) = watch::channel(Health::Recording);
    let head = ledger.head();
    // What a start finds or writes is signed at once: nobody knows what the previous run still owed.
    let found = Progress { size: head.size, root: head.root, acts: head.size, landmark: head.size };
    let (progress_tx, progress) = watch::channel(found);
    let (ended_tx, ended) = oneshot::channel();
    let published = Published {
        tally: tally_tx,
        lesson: lesson_tx,
        prompt: prompt_tx,
        health: health_tx.clone(),
        progress: progress_tx,
    };
    let sequencer = Sequencer { clock: clock.clone(), inbox: inbox_tx, tally, lesson, prompt, health };
    let writer = Writer { log, ledger, inbox, published, clock, metrics, closing: false, idle: None };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(WriterError::Thread)?;
    thread::Builder::new()
        .name("sequencer".into())
        .spawn(move || {
            let result = runtime.block_on(writer.run());
            // Nobody listens once the hub is being torn down for another reason.
            drop(ended_tx.send(result));
        })
        .map_err(WriterError::Thread)?;
    Ok(Started { sequencer, progress, ended, health: health_tx })
}

fn lesson_of(attendance: &Attendance) -> Lesson {
    let window = attendance.window();
    Lesson { phase: attendance.phase(), start: window.map(|window| window.start), end: window.map(|window| window.end) }
}

/// The newest check of the attempt; whether it takes answers still, each page's own time decides.
fn prompt_of(attendance: &Attendance) -> Option<Arc<Prompt>> {
    let check = attendance.checks().last()?;
    let prompt = attendance.next_prompt().saturating_sub(1);
    let asked = Asked { prompt, kind: check.kind, closes: check.closes };
    Some(Arc::new(Prompt { asked, word: check.word.clone() }))
}

impl<L: Log> Writer<L> {
    async fn run(mut self) -> Result<(), WriterError> {
        let result = self.serve().await;
        if let Err(error) = &result {
            self.failed(error);
        }
        result
    }

    fn failed(&self, error: &WriterError) {
        self.published.health.send_replace(Health::Failed(reason(error).into()));
    }

    /// One batch after another: while one syncs, the next collects in the inbox.
    async fn serve(&mut self) -> Result<(), WriterError> {
        let mut requests = Vec::with_capacity(BATCH_MAX);
        while self.next(&mut requests).await? > 0 {
            let mut batch = Vec::with_capacity(requests.len());
            for request in requests.drain(..) {
                match request {
                    Request::Submit(submission) => self.take(submission, &mut batch).await?,
                    Request::Head { previous, head, answer } => {
                        tell(answer, self.log.record_head(previous, &head).await);
                        self.idle = Some(Box::pin(sleep(IDLE)));
                    }
                    Request::Standing { person, answer } => {
                        tell(answer, self.ledger.attendance().standing(person));
                    }
                    Request::Look(look) => look(self.ledger.attendance()),
                    Request::Ask { signal, answer } => tell(answer, self.signal_allowed(signal, self.clock.now())),
                    Request::AskClose { answer } => tell(answer, self.close_allowed()),
                    Request::Closing { answer } => {
                        self.write(std::mem::take(&mut batch)).await?;
                        tell(answer, self.begin_close());
                    }
                    Request::Stop => return self.write(batch).await,
                }
            }
            self.write(batch).await?;
        }
        Ok(())
    }

    /// Waits for what is asked next; meanwhile a log to which nothing was written for a while is settled, once.
    async fn next(&mut self, requests: &mut Vec<Request>) -> Result<usize, WriterError> {
        if let Some(idle) = &mut self.idle {
            tokio::select! {
                received = self.inbox.recv_many(requests, BATCH_MAX) => return Ok(received),
                () = idle => {}
            }
            self.idle = None;
            self.log.settle().await.map_err(WriterError::Append)?;
        }
        Ok(self.inbox.recv_many(requests, BATCH_MAX).await)
    }

    /// Puts a submission into the batch, or refuses it. What another fact of the same kind could make impossible goes
    /// alone: the fold would refuse it only when it is durable, and no start would get past it.
    async fn take(&mut self, mut submission: Submission, batch: &mut Vec<Submission>) -> Result<(), WriterError> {
        let decisive = matches!(
            submission.fact.event,
            Event::Signalled(_)
                | Event::StaffEnrolled(_)
                | Event::Acted(_)
                | Event::Declared(_)
                | Event::Claimed(_)
                | Event::NonceGiven(_)
                | Event::Prompted(_)
                | Event::Revealed(_)
                | Event::Closed(_)
        );
        if decisive {
            self.write(std::mem::take(batch)).await?;
        }
        self.complete(&mut submission.fact.event);
        if let Err(refused) = self.allowed(&submission.fact) {
            tell(submission.answer, Err(refused));
            return Ok(());
        }
        batch.push(submission);
        if decisive { self.write(std::mem::take(batch)).await } else { Ok(()) }
    }

    fn begin_close(&mut self) -> Result<(), SubmitError> {
        self.close_allowed()?;
        self.closing = true;
        self.publish_lesson();
        Ok(())
    }

    fn publish_lesson(&self) {
        let mut lesson = lesson_of(self.ledger.attendance());
        if self.closing {
            lesson.phase = Phase::Closed;
        }
        self.published.lesson.send_if_modified(|known| {
            let changed = *known != lesson;
            *known = lesson;
            changed
        });
    }

    /// Makes a batch durable, counts it, publishes the counts, and only then answers.
    async fn write(&mut self, mut batch: Vec<Submission>) -> Result<(), WriterError> {
        while !batch.is_empty() {
            let facts: Vec<Fact> = batch.iter().map(|submission| submission.fact.clone()).collect();
            match commit(&mut self.log, &mut self.ledger, &facts).await {
                Ok(lines) => {
                    self.idle = Some(Box::pin(sleep(IDLE)));
                    self.publish(&facts);
                    self.answer(batch, &lines);
                    return Ok(());
                }
                Err(CommitError::Append(AppendError::Fact(error))) => batch = self.without_unwritable(batch, error)?,
                Err(error) => {
                    let error = error.into();
                    // Known before the submitters learn of it: letting the batch go answers them.
                    self.failed(&error);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Refuses the facts that cannot become lines, so that the others can.
    fn without_unwritable(&self, batch: Vec<Submission>, error: LineError) -> Result<Vec<Submission>, WriterError> {
        let (last, before) = (self.ledger.attendance().last(), batch.len());
        let mut writable = Vec::with_capacity(before);
        for submission in batch {
            match stamp(last, &submission.fact) {
                Ok(_) => writable.push(submission),
                Err(error) => tell(submission.answer, Err(SubmitError::Fact(Arc::new(error)))),
            }
        }
        if writable.len() == before { Err(WriterError::Append(AppendError::Fact(error))) } else { Ok(writable) }
    }

    fn publish(&self, facts: &[Fact]) {
        let head = self.ledger.head();
        if let Some(tally) = self.ledger.tally() {
            self.published.tally.send_replace(Arc::new(tally));
        }
        self.publish_lesson();
        if facts.iter().any(|fact| matches!(fact.event, Event::Prompted(_))) {
            self.published.prompt.send_replace(prompt_of(self.ledger.attendance()));
        }
        let act = facts.iter().any(|fact| !matches!(fact.event, Event::Beat(_) | Event::Clock(_)));
        let landmark = facts.iter().any(|fact| is_landmark(&fact.event));
        self.published.progress.send_modify(|progress| {
            progress.size = head.size;
            progress.root = head.root;
            progress.acts = if act { head.size } else { progress.acts };
            progress.landmark = if landmark { head.size } else { progress.landmark };
        });
        self.metrics.entries(head.size);
    }

    fn answer(&self, batch: Vec<Submission>, lines: &[Line]) {
        let now = self.clock.now();
        for (submission, line) in batch.into_iter().zip(lines) {
            if let Event::Joined(_) = submission.fact.event {
                self.metrics.durable(elapsed_us(submission.fact.at, now));
            }
            tell(submission.answer, Ok(line.stamp));
        }
    }
}

fn elapsed_us(from: Reading, to: Reading) -> u64 {
    to.boot.0.saturating_sub(from.boot.0)
}

fn is_landmark(event: &Event) -> bool {
    matches!(
        event,
        Event::Opened(_) | Event::Signalled(_) | Event::Restarted(_) | Event::NodeStarted(_) | Event::Closed(_)
    )
}
