//! A hub of our own: an attempt in a folder that vanishes, served by a process that can be killed and started again.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout},
    time::timeout,
};

use crate::{cast::Cast, clock::wall_ms, plan::Plan, program::Programs};

/// How long the hub may take until it is ready: after a kill it reads its whole log again.
const READY_MAX: Duration = Duration::from_secs(60);

/// How long the hub may take to say goodbye to everybody and end.
const STOP_MAX: Duration = Duration::from_secs(60);

/// How much of the hub's own record is shown when something goes wrong.
const RECORD_LINES: usize = 20;

/// A folder that is removed with everything in it.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

/// An attempt and the process that serves it.
#[derive(Debug)]
pub(crate) struct Hub {
    programs: Programs,
    folder: Arc<Folder>,
    address: SocketAddr,
    child: Child,
    // The hub would be told that nobody reads its words if this were dropped.
    _words: BufReader<ChildStdout>,
}

/// What is needed of `links.json`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Links {
    organizer: String,
    adjudicator: String,
    steward: String,
    /// The key that checks the log's signatures.
    pub(crate) verifier_key: String,
}

impl Folder {
    /// A new folder of this run's own.
    pub(crate) fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("hadir-loadtest-{}-{}", std::process::id(), wall_ms()));
        fs::create_dir_all(&path).with_context(|| format!("{} cannot be created", path.display()))?;
        Ok(Self(path))
    }

    /// Where something in it lies.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed lies in the system's own folder for temporary files, which is cleared anyway.
        drop(fs::remove_dir_all(&self.0));
    }
}

impl Links {
    /// Reads the links of the attempt in a directory.
    pub(crate) fn read(attempt: &Path) -> Result<Self> {
        let path = attempt.join("links.json");
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} holds no links", path.display()))
    }

    /// The organizer's token.
    pub(crate) fn organizer(&self) -> Result<&str> {
        token(&self.organizer)
    }

    /// The adjudicator's token.
    pub(crate) fn adjudicator(&self) -> Result<&str> {
        token(&self.adjudicator)
    }

    /// The token of a door.
    pub(crate) fn steward(&self) -> Result<&str> {
        token(&self.steward)
    }
}

/// The secret behind a link.
fn token(link: &str) -> Result<&str> {
    link.split_once('#').map(|(_, token)| token.trim()).context("a link has no token")
}

impl Hub {
    /// Creates an attempt for the plan, imports its roster, enrols who acts, and serves it on a port of its own.
    pub(crate) async fn spawn(programs: Programs, plan: &Plan) -> Result<(Self, Cast)> {
        let folder = Arc::new(Folder::new()?);
        let cast = Cast::prepare(&programs, &folder, plan).await?;
        let (child, words, address) = serve(&programs, &folder, "127.0.0.1:0").await?;
        Ok((Self { programs, folder, address, child, _words: words }, cast))
    }

    /// Where the hub listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process that serves at this moment.
    pub(crate) fn pid(&self) -> Result<u32> {
        self.child.id().context("the hub has ended")
    }

    /// The attempt's directory.
    pub(crate) fn attempt(&self) -> PathBuf {
        self.folder.join("attempt")
    }

    /// A folder on the disk of the journal, which vanishes with the attempt.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.join("")
    }

    /// Kills the hub as a power cut would, with nothing left to say.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        self.child.kill().await.context("the hub cannot be killed")
    }

    /// Serves the same attempt again on the same port.
    pub(crate) async fn restart(&mut self) -> Result<()> {
        let (child, words, _) = serve(&self.programs, &self.folder, &self.address.to_string()).await?;
        self.child = child;
        self._words = words;
        Ok(())
    }

    /// Whether the hub has ended by itself: it never should.
    pub(crate) fn has_ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten()?;
        Some(format!("the hub ended by itself with {status}; its last words:\n{}", record(&self.folder)))
    }

    /// Ends the hub in order.
    pub(crate) async fn stop(&mut self) -> Result<()> {
        let pid = i32::try_from(self.pid()?).ok().and_then(Pid::from_raw).context("the hub has no process id")?;
        kill_process(pid, Signal::TERM).context("the hub cannot be told to stop")?;
        let status = timeout(STOP_MAX, self.child.wait()).await.context("the hub does not stop")??;
        if !status.success() {
            bail!("the hub stopped with {status}; its last words:\n{}", record(&self.folder));
        }
        Ok(())
    }
}

/// Starts the process and waits until it says where it listens.
async fn serve(
    programs: &Programs,
    folder: &Folder,
    listen: &str,
) -> Result<(Child, BufReader<ChildStdout>, SocketAddr)> {
    let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("hub.log"))?;
    let mut command = programs.command("hadir");
    command.arg("serve").arg(folder.join("attempt")).args(["--listen", listen]);
    let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().context("the hub does not start")?;
    let mut words = BufReader::new(child.stdout.take().context("the hub has no voice")?);
    let ready = timeout(READY_MAX, address(&mut words)).await;
    match ready.context("it took too long").and_then(|address| address) {
        Ok(address) => Ok((child, words, address)),
        Err(error) => Err(error.context(format!("the hub is not ready; its last words:\n{}", record(folder)))),
    }
}

/// The address in the first line that holds one.
async fn address(words: &mut BufReader<ChildStdout>) -> Result<SocketAddr> {
    let mut line = String::new();
    while words.read_line(&mut line).await? > 0 {
        let rest = line.split_once("http://").map_or("", |(_, rest)| rest);
        let host = rest.split(['/', '#', ' ', '\n']).next().unwrap_or_default();
        if let Ok(address) = host.parse() {
            return Ok(address);
        }
        line.clear();
    }
    bail!("it ended without saying where it listens")
}

/// The end of the hub's own record.
fn record(folder: &Folder) -> String {
    let text = fs::read_to_string(folder.join("hub.log")).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(RECORD_LINES)..).unwrap_or_default().join("\n")
}
