//! What the tasks of the hub hand each other: the way to the single writer, and what every participant's task shares.

use std::{
    fmt,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{clock::Clock, hub::Hub};
use crate::{
    domain::{
        accounts::tally::Tally,
        event::{Event, Fact, Signal, Stamp},
        fold::{attendance::Attendance, prompts::normal_word, standing::Standing},
        ids::{ConnectionId, NodeEpoch, PersonId, Pseudonym, Size, Tag},
        line::LineError,
        rules::Liveness,
        time::{Millis, UnixMillis},
    },
    log::{HeadError, SignedHead},
    session::Asked,
    wire::Reconnect,
};

pub use crate::wire::Lesson;

/// The newest participation check, as it is asked and answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// What participants' pages are told.
    pub asked: Asked,
    /// The word that it asks for.
    pub word: Option<String>,
}

impl Prompt {
    /// What stands in the log of what somebody chose or typed: the right answer, or nothing.
    #[must_use]
    pub fn choice(&self, typed: &str) -> Option<String> {
        let normal = normal_word(typed);
        match &self.word {
            Some(word) => (normal == *word).then_some(normal),
            // Any confirmation is one; what a page sends with it is no evidence.
            None => Some("HERE".to_owned()),
        }
    }
}

/// A question about the counts, asked where they are kept.
type Look = Box<dyn FnOnce(&Attendance) + Send>;

/// How many requests can wait. A full inbox slows the sockets down instead of growing.
pub const INBOX_MAX: usize = 16_384;

/// Whether the hub records: staff pages turn red when it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Everything that is acknowledged is durable.
    Recording,
    /// The hub shuts down in order.
    Draining,
    /// Nothing is recorded any more, for this reason; the process ends.
    Failed(Arc<str>),
}

/// Why a fact did not become an entry.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SubmitError {
    /// The attempt is closed: tell the participant that the lesson is over (close 1000).
    #[error("the attempt is closed")]
    Over,
    /// The rules do not allow it now: tell who asked, with the reason and the remedy.
    #[error("{}", .0.reason)]
    Refused(Refused),
    /// The fact cannot become a line: a defect or an over-long text; the connection closes with 1011.
    #[error("the fact cannot become a line")]
    Fact(#[source] Arc<LineError>),
    /// The writer has stopped: nothing was acknowledged; close with 1011, the page comes back after the restart.
    #[error("the hub does not record any more")]
    Stopped,
}

/// Why something is not allowed now, for the one who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

/// What the single writer is asked.
pub(super) enum Request {
    /// To make a fact an entry.
    Submit(Submission),
    /// To record a signed head, if the newest recorded one has this size.
    Head { previous: Option<Size>, head: SignedHead, answer: oneshot::Sender<Result<(), HeadError>> },
    /// What is counted of one person so far.
    Standing { person: Pseudonym, answer: oneshot::Sender<Option<Standing>> },
    /// A short question about the counts; whoever asks takes its own answer along.
    Look(Look),
    /// Whether the rules allow a signal now: so that a countersignature is not asked for in vain.
    Ask { signal: Signal, answer: oneshot::Sender<Result<(), SubmitError>> },
    /// Whether the lesson could be closed now: for the same reason.
    AskClose { answer: oneshot::Sender<Result<(), SubmitError>> },
    /// To take no joins any more and to tell everybody that the lesson is over: the close entry follows.
    Closing { answer: oneshot::Sender<Result<(), SubmitError>> },
    /// To end, once everything before this is answered.
    Stop,
}

/// A fact on its way to the single writer, and where the answer goes.
#[derive(Debug)]
pub(super) struct Submission {
    /// What happened.
    pub(super) fact: Fact,
    /// Answered only when the entry is durable and counted.
    pub(super) answer: oneshot::Sender<Result<Stamp, SubmitError>>,
}

/// Submits facts to the single writer; a handle without state of its own.
#[derive(Clone, Debug)]
pub struct Sequencer {
    pub(super) clock: Clock,
    pub(super) inbox: mpsc::Sender<Request>,
    pub(super) tally: watch::Receiver<Arc<Tally>>,
    pub(super) lesson: watch::Receiver<Lesson>,
    pub(super) prompt: watch::Receiver<Option<Arc<Prompt>>>,
    pub(super) health: watch::Receiver<Health>,
}

impl Sequencer {
    /// Submits a fact; resolves only when its entry is durable and counted.
    ///
    /// # Errors
    /// When it did not become an entry, or when nobody will know before the next start.
    pub async fn submit(&self, fact: Fact) -> Result<Stamp, SubmitError> {
        let (answer, answered) = oneshot::channel();
        self.send(Request::Submit(Submission { fact, answer })).await?;
        answered.await.map_err(|_| SubmitError::Stopped)?
    }

    /// Submits an event that happens now.
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    pub async fn record(&self, event: Event) -> Result<Stamp, SubmitError> {
        self.submit(Fact { at: self.clock.now(), event }).await
    }

    /// What is counted of one person so far; none for somebody whom the log does not know.
    ///
    /// # Errors
    /// When the writer has stopped.
    pub async fn standing(&self, person: Pseudonym) -> Result<Option<Standing>, SubmitError> {
        let (answer, answered) = oneshot::channel();
        self.send(Request::Standing { person, answer }).await?;
        answered.await.map_err(|_| SubmitError::Stopped)
    }

    /// Looks at the counts where they are kept. The writer waits meanwhile: for questions that take microseconds.
    ///
    /// # Errors
    /// When the writer has stopped.
    pub async fn look<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Attendance) -> T + Send + 'static,
    ) -> Result<T, SubmitError> {
        let (answer, answered) = oneshot::channel();
        self.send(Request::Look(Box::new(move |attendance| tell(answer, question(attendance))))).await?;
        answered.await.map_err(|_| SubmitError::Stopped)
    }

    /// Whether a signal is allowed now.
    ///
    /// # Errors
    /// With the reason and the remedy when it is not.
    pub async fn ask(&self, signal: Signal) -> Result<(), SubmitError> {
        let (answer, answered) = oneshot::channel();
        self.send(Request::Ask { signal, answer }).await?;
        answered.await.map_err(|_| SubmitError::Stopped)?
    }

    /// Whether the lesson can be closed now.
    ///
    /// # Errors
    /// With the reason and the remedy when it cannot.
    pub async fn ask_close(&self) -> Result<(), SubmitError> {
        let (answer, answered) = oneshot::channel();
        self.send(Request::AskClose { answer }).await?;
        answered.await.map_err(|_| SubmitError::Stopped)?
    }

    /// Ends the taking of joins: every participant's page is told that the lesson is over.
    ///
    /// # Errors
    /// When the lesson is not over yet.
    pub async fn begin_close(&self) -> Result<(), SubmitError> {
        let (answer, answered) = oneshot::channel();
        self.send(Request::Closing { answer }).await?;
        answered.await.map_err(|_| SubmitError::Stopped)?
    }

    pub(super) async fn send(&self, request: Request) -> Result<(), SubmitError> {
        self.inbox.send(request).await.map_err(|_| SubmitError::Stopped)
    }

    /// How many requests wait for the writer.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.inbox.max_capacity().saturating_sub(self.inbox.capacity())
    }

    /// The newest counts; each is published once its entries are durable.
    #[must_use]
    pub fn tally(&self) -> watch::Receiver<Arc<Tally>> {
        self.tally.clone()
    }

    /// Where the lesson stands, now and whenever it changes.
    #[must_use]
    pub fn lesson(&self) -> watch::Receiver<Lesson> {
        self.lesson.clone()
    }

    /// The newest participation check, now and whenever one is opened.
    #[must_use]
    pub fn prompt(&self) -> watch::Receiver<Option<Arc<Prompt>>> {
        self.prompt.clone()
    }

    /// Whether the hub records, now and whenever it changes.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<Health> {
        self.health.clone()
    }
}

/// Who a ticket belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// The private number.
    pub person: PersonId,
    /// The name in this attempt's log.
    pub pseudonym: Pseudonym,
}

/// Why a ticket does not admit; the socket closes with 1008 and this text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdmitError {
    /// Copy the whole link again.
    #[error("this link is damaged: copy the whole link again")]
    Damaged,
    /// Use the link of this event.
    #[error("this link belongs to another event")]
    OtherEvent,
    /// Ask the organizer for a new link.
    #[error("this link was replaced by a newer one: ask the organizer")]
    Revoked,
    /// Ask the organizer: the person is not on the roster.
    #[error("this link belongs to nobody on the roster: ask the organizer")]
    Unknown,
}

/// Authenticates tickets and tags origins: the roster and the attempt's keys behind one border.
pub trait Admission: Send + Sync {
    /// Who the ticket belongs to.
    ///
    /// # Errors
    /// When it admits nobody at `at`.
    fn admit(&self, ticket: &str, at: UnixMillis) -> Result<Admitted, AdmitError>;

    /// The keyed tag of a browser's own random id.
    fn device_tag(&self, device: &str) -> Tag;

    /// The keyed tag of the network that an address belongs to (its /24 or /48).
    fn network_tag(&self, address: IpAddr) -> Tag;
}

/// What every participant's task needs: one `Arc` shared by all.
pub struct Shared {
    /// The way to the log.
    pub sequencer: Sequencer,
    /// Log time.
    pub clock: Clock,
    /// Who a ticket belongs to.
    pub admission: Arc<dyn Admission>,
    /// Where everybody's connections are.
    pub hub: Hub,
    /// How presence is proved.
    pub liveness: Liveness,
    /// How a page comes back after an ordinary loss.
    pub reconnect: Reconnect,
    /// This run of this node.
    pub node: NodeEpoch,
    /// Cancelled when the hub drains: every participant logs `leave` (drained) and closes with 1012.
    pub cancel: CancellationToken,
    /// Every participant's task: the drain waits for them.
    pub tracker: TaskTracker,
    /// The last connection's number within this run.
    pub serial: AtomicU64,
}

impl Shared {
    /// The id of the next connection: unique for the whole attempt, because each run has its own epoch.
    pub fn next_connection(&self) -> ConnectionId {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        ConnectionId { at: self.node, serial }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("node", &self.node).finish_non_exhaustive()
    }
}

/// How pages come back: soon enough for the declared grace, spread enough that a hall does not arrive at once.
pub const RECONNECT: Reconnect = Reconnect { min_ms: 500, max_ms: 20_000 };

/// How pages come back after a restart or when the hub is full.
#[must_use]
pub fn reconnect_within(grace: Millis) -> Reconnect {
    // A third of the grace leaves two more attempts before an interruption costs anything.
    let most = grace.0.div_euclid(3).clamp(RECONNECT.min_ms.saturating_mul(2), RECONNECT.max_ms);
    Reconnect { min_ms: RECONNECT.min_ms, max_ms: most }
}

/// An error with its causes, as one line for people.
#[must_use]
pub fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Answers; whoever asked may be gone, and what was done stands.
pub(super) fn tell<T>(answer: oneshot::Sender<T>, value: T) {
    if answer.send(value).is_err() {
        tracing::trace!("nobody waits for this answer any more");
    }
}
