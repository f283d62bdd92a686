//! What several tests need: attempts, servers, clients.

mod page;

use std::{
    io::{self, BufRead, BufReader, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread::JoinHandle,
    time::Duration,
};

use hadir::{
    attempt::{
        Attempt,
        init::{self, NewAttempt},
        links::{Role, Tokens},
        template,
    },
    domain::{event::Reading, ids::EntryIndex, line::Entry, time::UnixMillis},
    log::Journal,
    server::{
        clock::Clock,
        run::{Options, RunError, run_with_clock},
    },
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite;

pub(crate) use page::Page;

/// Nothing on this machine takes longer, however busy it is; a test that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The moment for which test declarations are made.
pub(crate) const DECLARED_AT: UnixMillis = UnixMillis(1_795_486_330_123);

/// The demo's declaration with challenges fast enough for tests.
pub(crate) fn quick_rehearsal() -> String {
    rehearsal_at(DECLARED_AT)
}

/// The same, planned for the hour after `moment`.
pub(crate) fn rehearsal_at(moment: UnixMillis) -> String {
    template::demo(moment)
        .replace("challenge_ms = 25000", "challenge_ms = 1000")
        .replace("proof_max_gap_ms = 60000", "proof_max_gap_ms = 5000")
}

/// A new attempt with this declaration, in a folder that vanishes with the test.
pub(crate) fn attempt(declaration: &str) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("attempt");
    let new =
        NewAttempt { declaration: declaration.as_bytes().to_vec(), from: None, local_url: "http://127.0.0.1:8080" };
    init::create(&path, new).unwrap();
    (directory, path)
}

/// Every entry of a stopped attempt's journal.
pub(crate) fn entries(path: &Path) -> Vec<Entry> {
    let attempt = Attempt::open(path).unwrap();
    let reader = Journal::reader(&attempt.layout.journal()).unwrap();
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let lines = reader.entries(EntryIndex(entries.len() as u64), 1_000).unwrap();
        if lines.is_empty() {
            return entries;
        }
        entries.extend(lines.iter().map(|line| Entry::parse(&line.bytes).unwrap()));
    }
}

/// How many entries of this kind there are.
pub(crate) fn count(entries: &[Entry], kind: &str) -> usize {
    entries.iter().filter(|entry| entry.event.kind() == kind).count()
}

/// Asks again until there is an answer.
pub(crate) fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let pause = Duration::from_millis(20);
    for _ in 0..PATIENCE.as_millis() / pause.as_millis() {
        if let Some(answer) = ask() {
            return answer;
        }
        std::thread::sleep(pause);
    }
    panic!("{what} did not happen within {PATIENCE:?}");
}

/// A hub in this process.
pub(crate) struct Hub {
    pub(crate) address: SocketAddr,
    pub(crate) tokens: Tokens,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), RunError>>>,
}

impl Hub {
    /// Serves the attempt on a free port.
    pub(crate) fn start(path: &Path) -> Self {
        Self::try_start(path, Clock::system).unwrap()
    }

    /// The same on another clock; or the reason why it does not start.
    pub(crate) fn try_start(
        path: &Path,
        clock: impl FnOnce(Option<Reading>) -> Clock + Send + 'static,
    ) -> Result<Self, RunError> {
        let attempt = Attempt::open(path).unwrap();
        let tokens = attempt.tokens.clone();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let (ready_tx, ready) = mpsc::sync_channel(1);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            let options = Options { listen: "127.0.0.1:0".parse().unwrap(), tls: None, proxies: Vec::new() };
            runtime.block_on(run_with_clock(
                options,
                attempt,
                clock,
                |ready| ready_tx.send(ready.address).unwrap(),
                async {
                    stopped.await.ok();
                },
            ))
        });
        match ready.recv_timeout(PATIENCE) {
            Ok(address) => Ok(Self { address, tokens, stop: Some(stop), thread: Some(thread) }),
            Err(_) => Err(thread.join().unwrap().unwrap_err()),
        }
    }

    /// Stops in order, and says how it ended.
    pub(crate) fn stop(mut self) -> Result<(), RunError> {
        self.stop.take();
        self.thread.take().unwrap().join().unwrap()
    }

    pub(crate) fn api(&self) -> Api {
        Api { address: self.address, tokens: self.tokens.clone() }
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// The real program as a process of its own.
pub(crate) struct Process {
    pub(crate) address: SocketAddr,
    child: Child,
    tokens: Tokens,
}

impl Process {
    /// Serves the attempt on a free port, perhaps under another program that gets the command line.
    pub(crate) fn start(path: &Path) -> Self {
        Self::start_under(path, Command::new(env!("CARGO_BIN_EXE_hadir")))
    }

    /// The same with a command to which `serve` is appended.
    pub(crate) fn start_under(path: &Path, mut command: Command) -> Self {
        command.arg("serve").arg(path).args(["--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).stdin(Stdio::null()).spawn().unwrap();
        let address = first_address(child.stdout.take().unwrap());
        let Some(address) = address else {
            child.kill().ok();
            panic!("the hub did not become ready: {:?}", child.wait());
        };
        Self { address, child, tokens: Attempt::open(path).unwrap().tokens }
    }

    pub(crate) fn api(&self) -> Api {
        Api { address: self.address, tokens: self.tokens.clone() }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end in order, and says with which code it did.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        self.wait()
    }

    /// Waits until it ends by itself, and says with which code it did.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        eventually("the end of the process", || self.child.try_wait().unwrap()).code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The address in the first printed link; the rest of the output is read away.
fn first_address(stdout: impl Read + Send + 'static) -> Option<SocketAddr> {
    let (found_tx, found) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let address = line.split_once("http://").and_then(|(_, rest)| {
                rest.split(['/', '#', ' ']).next().and_then(|address| address.parse::<SocketAddr>().ok())
            });
            if let Some(address) = address {
                found_tx.try_send(address).ok();
            }
        }
    });
    found.recv_timeout(PATIENCE).ok()
}

/// HTTP requests to a hub.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) address: SocketAddr,
    pub(crate) tokens: Tokens,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) media: String,
    pub(crate) headers: tungstenite::http::HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Api {
    fn agent() -> ureq::Agent {
        ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build().into()
    }

    /// `GET` with a bearer token, or without.
    pub(crate) fn get_with(&self, path: &str, token: Option<&str>) -> Answer {
        let mut request = Self::agent().get(format!("http://{}{path}", self.address));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        answer(request.call().unwrap())
    }

    pub(crate) fn get(&self, path: &str, role: Role) -> Answer {
        self.get_with(path, Some(self.tokens.token(role)))
    }

    /// `POST` of a JSON body with a bearer token, or without.
    pub(crate) fn post_with(&self, path: &str, token: Option<&str>, body: &Value) -> Answer {
        let mut request = Self::agent().post(format!("http://{}{path}", self.address));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        answer(request.send_json(body).unwrap())
    }

    /// Whether a body is refused as too large: in words, or by a cut while it is still being sent.
    pub(crate) fn refuses_the_size_of(&self, path: &str, token: &str, body: &Value) -> bool {
        let request = Self::agent().post(format!("http://{}{path}", self.address));
        match request.header("authorization", format!("Bearer {token}")).send_json(body) {
            Ok(response) => response.status() == 413,
            Err(ureq::Error::Io(error)) => {
                matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
            }
            Err(other) => panic!("{other}"),
        }
    }

    /// `POST` of a text that calls itself what it likes.
    pub(crate) fn post_text(&self, path: &str, token: Option<&str>, media: &str, body: &str) -> Answer {
        let mut request = Self::agent().post(format!("http://{}{path}", self.address)).content_type(media);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        answer(request.send(body).unwrap())
    }

    pub(crate) fn post(&self, path: &str, role: Role, body: &Value) -> Answer {
        self.post_with(path, Some(self.tokens.token(role)), body)
    }

    pub(crate) fn tally(&self) -> Value {
        self.get("/api/tally", Role::Adjudicator).json()
    }

    pub(crate) fn signal(&self, signal: &str) -> Answer {
        self.post("/api/signal", Role::Organizer, &json!({ "signal": signal }))
    }

    /// A ticket by open registration.
    pub(crate) fn register(&self, name: &str) -> String {
        let body =
            json!({"name": name, "id": {"type": "email", "value": format!("{}@example.org", name.to_lowercase())}});
        let answer = self.post_with("/api/register", None, &body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["ticket"].as_str().unwrap().to_owned()
    }

    /// A page of somebody who has just registered, counted.
    pub(crate) fn join(&self, name: &str) -> Page {
        let mut page = Page::open(self.address);
        page.hello(&self.register(name), &format!("device of {name}"));
        page.counted();
        page
    }
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Answer {
    let media = response.headers().get("content-type").and_then(|media| media.to_str().ok()).unwrap_or_default();
    Answer {
        status: response.status().as_u16(),
        media: media.to_owned(),
        headers: response.headers().clone(),
        bytes: response.body_mut().read_to_vec().unwrap(),
    }
}
