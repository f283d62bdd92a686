//! The rate of joins beside a peer: a bare tokio-tungstenite echo server, climbed by the same clients in the same run.

use std::{
    net::{Ipv4Addr, SocketAddr},
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use hadir::wire::SUBPROTOCOL;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::{TcpSocket, TcpStream},
    process::{Child, Command},
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_tungstenite::{
    accept_hdr_async_with_config,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request, Response},
        http::HeaderValue,
    },
};

use crate::{
    clock::wall_ms,
    socket::{self, Socket, tiny},
};

/// The same accept queue as the hub asks for: the runtime's own default is 128.
const BACKLOG: u32 = 16_384;

/// How long the first answer may take.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// How long the echo server may take to start.
const READY_MAX: Duration = Duration::from_secs(10);

/// One connection at the top of a climb.
#[derive(Debug)]
pub(crate) struct Held {
    /// Which of the hellos opened it.
    pub(crate) index: usize,
    /// The socket, still open.
    pub(crate) socket: Socket,
    /// The first answer.
    pub(crate) answer: String,
    /// When the hello was sent, by the wall clock.
    pub(crate) hello_ms: i64,
    /// When the answer came.
    pub(crate) answered_ms: i64,
    /// From the first packet to the answer, in microseconds.
    pub(crate) join_us: u64,
}

/// What a climb came to.
#[derive(Debug)]
pub(crate) struct Climb {
    /// Joins a second.
    pub(crate) joins_per_s: f64,
    /// Every connection.
    pub(crate) held: Vec<Held>,
}

/// Opens a connection for each hello, so many at once, says it, and waits for the first answer.
pub(crate) async fn climb(target: SocketAddr, sources: u8, hellos: Arc<[String]>, in_flight: usize) -> Result<Climb> {
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let mut climbers = JoinSet::new();
    for _ in 0..in_flight {
        climbers.spawn(climber(target, sources, Arc::clone(&hellos), Arc::clone(&next)));
    }
    let mut held = Vec::with_capacity(hellos.len());
    while let Some(part) = climbers.join_next().await {
        held.extend(part??);
    }
    let joins = crate::report::number(u64::try_from(held.len()).unwrap_or(u64::MAX));
    Ok(Climb { joins_per_s: joins / begun.elapsed().as_secs_f64(), held })
}

async fn climber(target: SocketAddr, sources: u8, hellos: Arc<[String]>, next: Arc<AtomicUsize>) -> Result<Vec<Held>> {
    let mut held = Vec::new();
    loop {
        let index = next.fetch_add(1, Relaxed);
        let Some(hello) = hellos.get(index) else { return Ok(held) };
        let begun = Instant::now();
        let mut socket = socket::open(source(index, 0, sources), target).await?;
        let hello_ms = wall_ms();
        socket.send(Message::text(hello.as_str())).await?;
        let answer = timeout(ANSWER_MAX, socket.next()).await.context("no answer to a hello")?;
        let Some(Ok(Message::Text(answer))) = answer else { bail!("instead of an answer to a hello came {answer:?}") };
        held.push(Held {
            index,
            socket,
            answer: answer.as_str().to_owned(),
            hello_ms,
            answered_ms: wall_ms(),
            join_us: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        });
    }
}

/// The loopback address of the nth client behind a network; never the hub's own, so that no client can sit on its port.
///
/// Without sources the system chooses: the hub is on another machine.
pub(crate) fn source(nth: usize, network: u8, sources: u8) -> Ipv4Addr {
    if sources == 0 {
        return Ipv4Addr::UNSPECIFIED;
    }
    let offset = nth.checked_rem(usize::from(sources)).unwrap_or_default();
    Ipv4Addr::new(127, 0, network, u8::try_from(offset).unwrap_or_default().saturating_add(2))
}

/// The echo server in a process of its own, as the hub is.
#[derive(Debug)]
pub(crate) struct Echo {
    _child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Echo {
    /// Starts this very program as an echo server.
    pub(crate) async fn spawn() -> Result<Self> {
        let own = std::env::current_exe().context("this program does not find itself")?;
        let mut command = Command::new(own);
        command.arg("echo").stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().context("the echo server does not start")?;
        let mut words = BufReader::new(child.stdout.take().context("the echo server has no voice")?);
        let mut line = String::new();
        timeout(READY_MAX, words.read_line(&mut line)).await.context("the echo server does not start")??;
        let address = line.trim().parse().context("the echo server does not say where it listens")?;
        Ok(Self { _child: child, address })
    }
}

/// The echo server itself: nothing but the upgrade and the frames, with the buffers that measured best.
pub(crate) async fn serve_echo() -> Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let listener = socket.listen(BACKLOG)?;
    #[expect(clippy::print_stdout, reason = "its one line is how its parent learns the address")]
    {
        println!("{}", listener.local_addr()?);
    }
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            // A peer that breaks off ends its own echo and nothing else.
            drop(echo(stream).await);
        });
    }
}

async fn echo(stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut socket = accept_hdr_async_with_config(stream, subprotocol, Some(tiny())).await?;
    while let Some(message) = socket.next().await {
        if let text @ Message::Text(_) = message? {
            socket.send(text).await?;
        }
    }
    Ok(())
}

/// Agrees to the contract's subprotocol, which every client of ours insists on.
#[expect(clippy::result_large_err, clippy::unnecessary_wraps, reason = "the library's own signature")]
pub(crate) fn subprotocol(_: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    response.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake;

    #[tokio::test]
    async fn a_climb_opens_a_connection_for_each_hello_and_keeps_it() {
        let (hub, _) = fake::listen(Duration::from_secs(5), Duration::from_secs(9)).await;
        let hello = |n| format!(r#"{{"t":"hello","ticket":"t{n}","device":"d"}}"#);
        let hellos: Vec<String> = (0..20).map(hello).collect();

        let climb = climb(hub, 4, hellos.into(), 3).await.unwrap();

        assert_eq!(climb.held.len(), 20);
        assert!(climb.held.iter().all(|held| held.answer.contains("counted")));
        assert!(climb.joins_per_s > 0.0);
    }
}
