//! The hub from its start to its end: recovered, served, drained; every task that runs is started and joined here.

use std::{
    future::Future,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use axum::Router;
use tokio::{
    sync::{Semaphore, oneshot},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    certify::{self, Certifier, CertifyError, Parts},
    checks,
    clock::Clock,
    descriptors::{self, Descriptors, TooFewDescriptors},
    handle::{Admission, Health, Request, Shared, reason, reconnect_within},
    http::{self, Web},
    hub::{Hub, Notice},
    listener::{self, BindError, Listener},
    people::People,
    pulse,
    recovery::{self, Known, RecoverError, Recovered},
    sequencer::{self, Started, WriterError},
    staff::{self, Countersigning, Desk},
    staffing::{GroupsError, Staffing, staffing},
    telemetry::Metrics,
    tls::{self, TlsError},
};
use crate::{
    attempt::{
        Attempt,
        lock::{Lock, LockError},
        staff::StaffError,
    },
    domain::fold::prompts::Seed,
    roster::{Directory, DirectoryError, StoreError},
};

/// How long the drain waits for the participants' leaves; closes are spread over two seconds of it.
const DRAIN_WITHIN: Duration = Duration::from_secs(10);

/// How long a hub that cannot record any more stays up, so that staff pages turn red before it ends.
const FAREWELL: Duration = Duration::from_secs(2);

/// How long the last checkpoint and the end of the writer may take: one sync each, and the evidence files.
const LAST_SYNC_WITHIN: Duration = Duration::from_secs(30);

/// How the hub listens.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The certificate chain and its key, where the hub speaks TLS itself.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// The proxies whose word about the peer's address is taken.
    pub proxies: Vec<std::net::IpAddr>,
}

/// What is told when participants can come.
#[derive(Clone, Debug)]
pub struct Ready {
    /// Where the hub listens.
    pub address: SocketAddr,
    /// Where links lead, without a slash at the end.
    pub base_url: String,
}

/// Why the hub did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// As its own remedy says.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// As its own remedy says.
    #[error(transparent)]
    Recover(#[from] RecoverError),
    /// As its own remedy says.
    #[error("the store of people cannot be used")]
    Store(#[from] StoreError),
    /// As the store's own remedy says.
    #[error("the store of people cannot be used")]
    Directory(#[from] DirectoryError),
    /// As its own remedy says.
    #[error(transparent)]
    Staff(#[from] StaffError),
    /// As its own remedy says.
    #[error(transparent)]
    Groups(#[from] GroupsError),
    /// As its own documentation says.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// Correct the certificate files.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Raise the limit of open files.
    #[error(transparent)]
    Descriptors(#[from] TooFewDescriptors),
    /// Nothing is recorded any more: repair what the cause says, then start again.
    #[error("the hub stopped, because nothing can be recorded")]
    Writer(#[from] WriterError),
    /// Nothing is signed any more: repair what the cause says, then start again.
    #[error("the hub stopped, because nothing can be certified")]
    Certify(#[from] CertifyError),
    /// A thread broke off: a defect; start again and report it.
    #[error("the hub stopped, because its {0} broke off")]
    Broken(&'static str),
    /// The address of the listener cannot be read: a defect of the system.
    #[error("the listener has no address")]
    Address(#[source] std::io::Error),
}

/// Serves an attempt until `shutdown`; says through `ready` when participants can come.
///
/// # Errors
/// When it cannot start, with nothing changed; or when something ended it that has to be repaired first.
pub async fn run(
    options: Options,
    attempt: Attempt,
    ready: impl FnOnce(&Ready),
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    run_with_clock(options, attempt, Clock::system, ready, shutdown).await
}

/// [`run`] on another clock, for tests that step it.
///
/// # Errors
/// As [`run`].
pub async fn run_with_clock(
    options: Options,
    attempt: Attempt,
    clock: impl FnOnce(Option<crate::domain::event::Reading>) -> Clock,
    ready: impl FnOnce(&Ready),
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    let lock = attempt.hold()?;
    let tls = options.tls.as_ref().map(|(chain, key)| tls::acceptor(chain, key)).transpose()?;
    let descriptors = Descriptors::within(descriptors::raise_limit())?;
    // Before anything is logged: a port that is taken must not leave an entry behind.
    let listener = listener::bind(options.listen)?;
    let address = listener.local_addr().map_err(RunError::Address)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let base_url = attempt.base_url(scheme, address);
    let hub = Running::start(&attempt, base_url.clone(), clock, lock).await?;
    let router = hub.router(&attempt, descriptors.clone(), options.proxies);
    let serving = Listener::new(router, tls, descriptors, hub.cancel.clone());
    let serving = tokio::spawn(serving.run(listener));
    ready(&Ready { address, base_url });
    let failure = hub.until_the_end(shutdown).await;
    hub.end(serving, failure).await
}

/// A hub that runs: the tasks and threads that have to be joined.
struct Running {
    shared: Arc<Shared>,
    desk: Arc<Desk>,
    certifier: Certifier,
    health: tokio::sync::watch::Sender<Health>,
    cancel: CancellationToken,
    writer: Ended<WriterError>,
    reading: Ended<CertifyError>,
    tasks: Vec<JoinHandle<()>>,
    /// Keeps other processes out until everything is written.
    _lock: Lock,
}

/// A thread's result, once it has ended.
struct Ended<E>(tokio::sync::Mutex<oneshot::Receiver<Result<(), E>>>);

impl Running {
    async fn start(
        attempt: &Attempt,
        base_url: String,
        clock: impl FnOnce(Option<crate::domain::event::Reading>) -> Clock,
        lock: Lock,
    ) -> Result<Self, RunError> {
        let (names, store) = (attempt.keys.pseudonyms(), attempt.open_people()?);
        let Staffing { acting, groups } = staffing(attempt, &store, &names)?;
        let known = Known {
            official: store.official_rows(&names)?,
            everybody: store.roster_rows(&names)?,
            withdrawn: store.withdrawn(&names)?,
            groups,
        };
        let people = Arc::new(People::new(Directory::load(&store, names)?, store));
        let Recovered { journal, ledger, reader, read_back, evidence, key, clock, node } =
            recovery::recover(attempt, &known, clock).await?;
        let verifier_key = key.verifier().clone();
        let metrics = Arc::new(Metrics::default());
        let started = sequencer::start(journal, ledger, clock.clone(), Arc::clone(&metrics))?;
        let Started { sequencer, progress, ended, health } = started;
        let parts = Parts {
            reader,
            ledger: read_back,
            evidence,
            key,
            sequencer: sequencer.clone(),
            progress,
            clock: clock.clone(),
        };
        let (certifier, reading) = certify::start(parts)?;
        let declaration = attempt.declaration.declaration.clone();
        let cancel = CancellationToken::new();
        let shared = Arc::new(Shared {
            sequencer,
            clock,
            hub: Hub::default(),
            admission: Arc::clone(&people) as Arc<dyn Admission>,
            liveness: declaration.liveness.clone(),
            reconnect: reconnect_within(declaration.rule.grace_ms),
            node,
            cancel: cancel.clone(),
            tracker: TaskTracker::new(),
            serial: AtomicU64::new(0),
        });
        let desk = Arc::new(Desk {
            shared: Arc::clone(&shared),
            certifier: certifier.clone(),
            people,
            base_url,
            tokens: attempt.tokens.clone(),
            staff: acting,
            seed: declaration.prompts.map(|_| attempt.keys.seed()),
            declaration,
            digest: attempt.declaration.digest,
            layout: attempt.layout.clone(),
            certificate_key: attempt.keys.certificate_key_text(),
            metrics,
            verifier_key,
            exporting: Semaphore::new(1),
            countersigning: Countersigning::default(),
        });
        let tasks = start_tasks(&shared, desk.seed);
        let (writer, reading) = (Ended::new(ended), Ended::new(reading));
        Ok(Self { shared, desk, certifier, health, cancel, writer, reading, tasks, _lock: lock })
    }

    fn router(&self, attempt: &Attempt, descriptors: Descriptors, proxies: Vec<std::net::IpAddr>) -> Router {
        let public_url = attempt.declaration.declaration.public_url.as_deref();
        let web = Web::new(Arc::clone(&self.shared), descriptors, public_url, proxies);
        http::router(web, staff::router(Arc::clone(&self.desk)).merge(super::assets::router()))
    }

    /// Waits for the end: none for an orderly one, or what failed.
    async fn until_the_end(&self, shutdown: impl Future<Output = ()>) -> Option<RunError> {
        tokio::select! {
            () = shutdown => None,
            result = self.writer.wait() => Some(result.map_or(RunError::Broken("single writer"), failure)),
            result = self.reading.wait() => Some(result.map_or(RunError::Broken("reading side"), failure)),
        }
    }

    async fn end(self, serving: JoinHandle<()>, failure: Option<RunError>) -> Result<(), RunError> {
        match failure {
            None => self.drain(serving).await,
            Some(error) => {
                self.fail(serving, &error).await;
                Err(error)
            }
        }
    }

    /// An orderly end: everybody's leave is logged, everything is signed, then the writer ends.
    async fn drain(mut self, serving: JoinHandle<()>) -> Result<(), RunError> {
        tracing::info!(connections = self.shared.hub.len(), "the hub drains");
        self.health.send_replace(Health::Draining);
        self.cancel.cancel();
        self.shared.tracker.close();
        if timeout(DRAIN_WITHIN, self.shared.tracker.wait()).await.is_err() {
            tracing::warn!(left = self.shared.tracker.len(), "connections are left; they end at their last beat");
        }
        for task in std::mem::take(&mut self.tasks) {
            joined(task).await;
        }
        self.last_sync().await?;
        joined(serving).await;
        Ok(())
    }

    /// Signs what the drain has logged, then lets the writer end.
    async fn last_sync(&self) -> Result<(), RunError> {
        match timeout(LAST_SYNC_WITHIN, self.certifier.sign_now()).await {
            Ok(Ok(size)) => tracing::info!(size = size.0, "the last checkpoint is signed"),
            // The next start signs what this one owes; but why it could not is this run's result.
            Ok(Err(_)) => self.reading.wait().await.ok_or(RunError::Broken("reading side"))??,
            Err(_) => tracing::warn!("the last checkpoint took too long; the next start signs it"),
        }
        if self.shared.sequencer.send(Request::Stop).await.is_err() {
            tracing::warn!("the single writer has ended already");
        }
        match timeout(LAST_SYNC_WITHIN, self.writer.wait()).await {
            Ok(Some(result)) => result?,
            Ok(None) | Err(_) => return Err(RunError::Broken("single writer")),
        }
        Ok(())
    }

    /// The end of a hub that cannot record: staff pages turn red, participants are sent away to come back.
    async fn fail(self, serving: JoinHandle<()>, error: &RunError) {
        let text = reason(error);
        tracing::error!(reason = text, "the hub stops: nothing is recorded any more");
        self.health.send_replace(Health::Failed(text.into()));
        self.shared.hub.tell_all(Notice::Shutdown);
        tokio::time::sleep(FAREWELL).await;
        self.cancel.cancel();
        self.shared.tracker.close();
        if timeout(FAREWELL, self.shared.tracker.wait()).await.is_err() {
            tracing::warn!(left = self.shared.tracker.len(), "connections are cut");
        }
        joined(serving).await;
    }
}

impl<E> Ended<E> {
    fn new(receiver: oneshot::Receiver<Result<(), E>>) -> Self {
        Self(tokio::sync::Mutex::new(receiver))
    }

    /// The result; none when the thread broke off without one.
    async fn wait(&self) -> Option<Result<(), E>> {
        (&mut *self.0.lock().await).await.ok()
    }
}

/// What a thread's end means that nobody asked for.
fn failure<E: Into<RunError>>(result: Result<(), E>) -> RunError {
    result.err().map_or(RunError::Broken("writing thread"), Into::into)
}

async fn joined(task: JoinHandle<()>) {
    if let Err(error) = task.await {
        tracing::error!(%error, "a task broke off");
    }
}

/// The tasks that speak for the node; all of them end at the drain.
fn start_tasks(shared: &Arc<Shared>, seed: Option<Seed>) -> Vec<JoinHandle<()>> {
    let (sequencer, clock, node) = (shared.sequencer.clone(), shared.clock.clone(), shared.node);
    let beats = pulse::beats(sequencer.clone(), clock.clone(), node, shared.liveness.challenge_ms, shared.hub.clone());
    let herald = shared.hub.clone().herald(sequencer.lesson(), sequencer.prompt(), shared.cancel.clone());
    let checks = seed.map(|seed| checks::open_when_due(sequencer.clone(), clock.clone(), seed));
    let clocks = pulse::clocks(sequencer, clock, node);
    let mut tasks = vec![
        tokio::spawn(until_cancelled(shared.cancel.clone(), beats)),
        tokio::spawn(until_cancelled(shared.cancel.clone(), clocks)),
        tokio::spawn(herald),
    ];
    tasks.extend(checks.map(|checks| tokio::spawn(until_cancelled(shared.cancel.clone(), checks))));
    tasks
}

async fn until_cancelled(cancel: CancellationToken, task: impl Future<Output = ()>) {
    cancel.run_until_cancelled(task).await;
}
