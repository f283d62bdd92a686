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
use hadir::domain::time::{Millis, UnixMillis};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout},
    time::timeout,
};
use toml::{Table, Value};

use crate::{clock::wall_ms, plan::Plan, program::Programs};

/// How long the hub may take until it is ready: after a kill it reads its whole log again.
const READY_MAX: Duration = Duration::from_secs(60);

/// How long the hub may take to say goodbye to everybody and end.
const STOP_MAX: Duration = Duration::from_secs(60);

/// The lesson ends with its signal; the planned end lies far behind it.
const PLANNED_LENGTH: Millis = Millis(3_600_000);

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
    pub(crate) fn token(&self) -> Result<&str> {
        self.organizer.split_once('#').map(|(_, token)| token).context("the organizer's link has no token")
    }

    /// The adjudicator's token.
    pub(crate) fn adjudicator(&self) -> Result<&str> {
        self.adjudicator.split_once('#').map(|(_, token)| token).context("the adjudicator's link has no token")
    }
}

impl Hub {
    /// Creates an attempt for the plan, imports its roster, and serves it on a port of its own.
    pub(crate) async fn spawn(programs: Programs, plan: &Plan) -> Result<(Self, Vec<Arc<str>>)> {
        let folder = Arc::new(Folder::new()?);
        let (attempt, roster, links) = (folder.join("attempt"), folder.join("roster.csv"), folder.join("links.csv"));
        programs.hadir(&["init".as_ref(), attempt.as_ref()]).await?;
        declare(&attempt.join("attempt.toml"), plan)?;
        fs::write(&roster, roster_csv(plan)?)?;
        programs.hadir(&["roster".as_ref(), "import".as_ref(), attempt.as_ref(), roster.as_ref()]).await?;
        let out = ["roster".as_ref(), "links".as_ref(), attempt.as_ref(), "--out".as_ref(), links.as_ref()];
        programs.hadir(&out).await?;
        let tickets = tickets(&links, plan.persons.len())?;
        let (child, words, address) = serve(&programs, &folder, "127.0.0.1:0").await?;
        Ok((Self { programs, folder, address, child, _words: words }, tickets))
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

/// Writes the scenario's terms into the declaration.
fn declare(path: &Path, plan: &Plan) -> Result<()> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut declaration: Table = text.parse().context("`hadir init` wrote a declaration that is not TOML")?;
    let scenario = &plan.scenario;
    let start = UnixMillis(wall_ms().saturating_add(plan.lobby_ms()));
    let instant = |at: UnixMillis| at.to_string().parse().map(Value::Datetime);
    declaration.insert("title".into(), format!("Load test: {}", scenario.title).into());
    declaration.insert("rehearsal".into(), true.into());
    declaration.insert("signals".into(), "single".into());
    let mut planned = None;
    let mut set = |section: &str, values: Vec<(&str, Value)>| -> Result<()> {
        let table = declaration.get_mut(section).and_then(Value::as_table_mut);
        let table = table.with_context(|| format!("the declaration has no [{section}]"))?;
        table.extend(values.into_iter().map(|(key, value)| (key.to_owned(), value)));
        Ok(())
    };
    let milliseconds = |ms: u32| Value::Integer(i64::from(ms));
    set(
        "window",
        vec![
            ("planned_start", instant(start)?),
            ("planned_end", instant(start.plus(PLANNED_LENGTH))?),
            ("minimum_ms", milliseconds(0)),
        ],
    )?;
    set(
        "rule",
        vec![
            ("kind", "full_lesson".into()),
            ("late_ms", milliseconds(scenario.rule.late_ms)),
            ("early_ms", milliseconds(scenario.rule.early_ms)),
            ("grace_ms", milliseconds(scenario.rule.grace_ms)),
        ],
    )?;
    set(
        "liveness",
        vec![
            ("challenge_ms", milliseconds(scenario.liveness.challenge_ms)),
            ("proof_max_gap_ms", milliseconds(scenario.liveness.proof_max_gap_ms)),
        ],
    )?;
    if let Some(checks) = &scenario.checks {
        set("rule", vec![("prompts_min", milliseconds(checks.needed))])?;
        // The checks that are played are opened at will; the planned one lies beyond the lesson's end.
        let plan = [("count", 1_i64), ("answer_ms", 60_000)];
        let plan = plan.into_iter().map(|(key, value)| (key.to_owned(), Value::Integer(value))).collect();
        planned = Some(Value::Table(plan));
    }
    let roles = scenario.roles.iter().map(|role| Value::from(role.as_str())).collect();
    set("people", vec![("roles", Value::Array(roles))])?;
    declaration.extend(planned.map(|planned| ("prompts".to_owned(), planned)));
    fs::write(path, declaration.to_string()).with_context(|| format!("{} cannot be written", path.display()))
}

/// The plan's persons as an organizer would list them.
fn roster_csv(plan: &Plan) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["name", "id", "role", "school"])?;
    for (index, person) in plan.persons.iter().enumerate() {
        let role = plan.group_of(person).map_or("", |group| &group.role);
        let school = index.checked_rem(SCHOOLS).unwrap_or_default();
        table.write_record([&name(index), &id(index), role, &format!("School {school}")])?;
    }
    Ok(table.into_inner()?)
}

/// Among how many schools the persons are spread.
const SCHOOLS: usize = 400;

/// The name of a person of the plan.
pub(crate) fn name(person: usize) -> String {
    format!("Peserta {person:06}")
}

/// The identifier of a person of the plan.
pub(crate) fn id(person: usize) -> String {
    format!("LT-{person:06}")
}

/// Everybody's ticket, in the order of the plan.
fn tickets(links: &Path, persons: usize) -> Result<Vec<Arc<str>>> {
    let mut tickets: Vec<Option<Arc<str>>> = vec![None; persons];
    let mut table = csv::Reader::from_path(links).with_context(|| format!("{} cannot be read", links.display()))?;
    for row in table.deserialize() {
        let LinkRow { name, url } = row?;
        let person: usize = name.rsplit(' ').next().unwrap_or_default().parse().context("a link of a stranger")?;
        let (_, ticket) = url.split_once('#').context("a link without a ticket")?;
        *tickets.get_mut(person).context("a link of a stranger")? = Some(ticket.into());
    }
    tickets.into_iter().collect::<Option<_>>().context("somebody on the roster has no link")
}

/// What is needed of a row of the links.
#[derive(Debug, Deserialize)]
struct LinkRow {
    name: String,
    url: String,
}
