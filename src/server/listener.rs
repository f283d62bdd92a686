//! Accepts connections and serves HTTP on them until they are upgraded.

use std::{
    convert::Infallible,
    future::Future,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{Notify, OwnedSemaphorePermit},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use super::{
    descriptors::Descriptors,
    http::{Peer, harden},
    problem::Problem,
    transport::Transport,
};

/// How many connections may wait to be accepted. The runtime's own default of 128 loses whole seconds when a class arrives.
const BACKLOG: u32 = 16_384;

/// How long a peer may take to send a request's head; also how long an idle connection is kept.
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// How long a TLS handshake may take.
const TLS_WITHIN: Duration = Duration::from_secs(10);

/// How long an answer may take to begin: a bundle of a long lesson needs several seconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(120);

/// The smallest buffer that the HTTP library offers: our longest request head has a tenth of it.
const HTTP_BUFFER_BYTES: usize = 8 * 1024;

/// How long a full house waits before it asks its idle connections again to make room.
const CROWDED_PAUSE: Duration = Duration::from_millis(100);

/// How long to wait when the system has no descriptor or memory for one more connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long answers that have begun may still take when the hub stops.
const LAST_ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// Why the hub cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Stop the other program, or choose another port with `--listen`.
    #[error("{0} is in use by another program")]
    Taken(SocketAddr),
    /// Choose a port above 1023, or give the program the right to use lower ones.
    #[error("this user may not listen on {0}")]
    Forbidden(SocketAddr),
    /// Use an address of this machine, or 0.0.0.0 for all of them.
    #[error("{0} is not an address of this machine")]
    Foreign(SocketAddr),
    /// Read the cause.
    #[error("cannot listen on {address}")]
    Failed {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
}

/// Listens with a backlog for thousands.
///
/// # Errors
/// When the address cannot be listened on.
pub fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    listen(address).map_err(|cause| {
        if cause.kind() == io::ErrorKind::AddrInUse {
            BindError::Taken(address)
        } else if cause.kind() == io::ErrorKind::PermissionDenied {
            BindError::Forbidden(address)
        } else if cause.kind() == io::ErrorKind::AddrNotAvailable {
            BindError::Foreign(address)
        } else {
            BindError::Failed { address, cause }
        }
    })
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections of an earlier run that the kernel still remembers must not keep a restart waiting.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// The permit that a connection holds; a held request exchanges it for one of its own kind.
#[derive(Clone, Debug)]
pub(super) struct Place(Arc<Mutex<Option<OwnedSemaphorePermit>>>);

impl Place {
    /// Exchanges the permit; the former one is free at once.
    pub(super) fn change(&self, permit: OwnedSemaphorePermit) {
        // A lock and not a message: one assignment, and only the connection's own requests come here.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(permit);
    }
}

/// Serves a listener; a handle.
#[derive(Clone)]
pub struct Listener {
    router: Router,
    tls: Option<TlsAcceptor>,
    descriptors: Descriptors,
    cancel: CancellationToken,
    tracker: TaskTracker,
    /// Asks connections that only wait for another request to make room.
    crowded: Arc<Notify>,
}

impl Listener {
    /// Serves `router`, through TLS where there is an acceptor, until `cancel`.
    #[must_use]
    pub fn new(router: Router, tls: Option<TlsAcceptor>, descriptors: Descriptors, cancel: CancellationToken) -> Self {
        let (tracker, crowded) = (TaskTracker::new(), Arc::new(Notify::new()));
        Self { router, tls, descriptors, cancel, tracker, crowded }
    }

    /// Accepts until cancelled; then lets the answers that have begun end.
    pub async fn run(self, listener: TcpListener) {
        let cancel = self.cancel.clone();
        let accepting = async {
            loop {
                let permit = self.permit().await;
                match listener.accept().await {
                    Ok((stream, peer)) => {
                        self.tracker.spawn(self.clone().connection(stream, peer, permit));
                    }
                    Err(error) => pause_after(&error).await,
                }
            }
        };
        cancel.run_until_cancelled(accepting).await;
        drop(listener);
        self.tracker.close();
        if timeout(LAST_ANSWERS_WITHIN, self.tracker.wait()).await.is_err() {
            tracing::info!(left = self.tracker.len(), "HTTP connections are cut that did not end by themselves");
        }
    }

    /// A place for one more connection: what is not accepted yet waits in the backlog and costs no memory here.
    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        let http = &self.descriptors.http;
        if let Ok(permit) = Arc::clone(http).try_acquire_owned() {
            return Some(permit);
        }
        loop {
            self.crowded.notify_waiters();
            if let Ok(permit) = timeout(CROWDED_PAUSE, Arc::clone(http).acquire_owned()).await {
                return permit.ok();
            }
        }
    }

    async fn connection(self, stream: TcpStream, peer: SocketAddr, permit: Option<OwnedSemaphorePermit>) {
        // Challenges are single small packets: waiting for more to send would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection ended before it was served");
            return;
        }
        let peer = Peer { address: peer.ip().to_canonical(), secure: self.tls.is_some() };
        let Some(transport) = self.transport(stream).await else { return };
        let place = Place(Arc::new(Mutex::new(permit)));
        // The HTTP side is boxed: its state is freed with it at the upgrade.
        Box::pin(self.serve(transport, peer, place.clone())).await;
        drop(place);
    }

    async fn transport(&self, stream: TcpStream) -> Option<Transport> {
        let Some(tls) = &self.tls else { return Some(Transport::Plain(stream)) };
        match timeout(TLS_WITHIN, tls.accept(stream)).await {
            Ok(Ok(stream)) => Some(Transport::Tls(Box::new(stream))),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a TLS handshake failed");
                None
            }
            Err(_) => None,
        }
    }

    async fn serve(self, transport: Transport, peer: Peer, place: Place) {
        let served = Arc::new(AtomicBool::new(false));
        let mark = Arc::clone(&served);
        let router = self.router;
        let service = service_fn(move |mut request: http::Request<Incoming>| {
            request.extensions_mut().insert(peer);
            request.extensions_mut().insert(place.clone());
            answer(router.clone(), request, Arc::clone(&mark))
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_WITHIN)
            .max_buf_size(HTTP_BUFFER_BYTES)
            .serve_connection(TokioIo::new(transport), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let mut ending = false;
        loop {
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "an HTTP connection ended early");
                    }
                    return;
                }
                () = self.cancel.cancelled(), if !ending => {
                    ending = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = self.crowded.notified(), if !ending => {
                    // One that has not asked yet is not idle: it has only just arrived.
                    if served.load(Ordering::Relaxed) {
                        ending = true;
                        connection.as_mut().graceful_shutdown();
                    }
                }
            }
        }
    }
}

/// One request to the router.
fn answer(
    router: Router,
    request: http::Request<Incoming>,
    served: Arc<AtomicBool>,
) -> Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>> {
    Box::pin(async move {
        let path = request.uri().path().to_owned();
        let mut response = match timeout(ANSWER_WITHIN, router.oneshot(request.map(Body::new))).await {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(_) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too slow", "no answer in time", "try again")
                .into_response(),
        };
        served.store(true, Ordering::Relaxed);
        harden(&path, &mut response);
        Ok(response)
    })
}

/// A peer that is gone is nothing; a system without descriptors or memory needs a moment.
async fn pause_after(error: &io::Error) {
    let gone = matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset);
    if !gone {
        tracing::warn!(%error, "cannot accept connections at the moment");
        sleep(ACCEPT_PAUSE).await;
    }
}
