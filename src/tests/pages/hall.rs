//! A hub of its own for each browser test: the real program, a rehearsal, quick challenges.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::SystemTime,
};

use hadir::{attempt::template, domain::time::UnixMillis};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::browser::wait_for;

const PROGRAM: &str = env!("CARGO_BIN_EXE_hadir");

/// A running hub and its attempt.
pub(super) struct Hall {
    server: Child,
    folder: TempDir,
    /// Where the pages are, without a trailing slash.
    pub(super) base: String,
    links: Value,
}

/// A row of `connections.csv`.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Row {
    pub(super) last_proof: String,
    pub(super) leave: String,
    pub(super) cause: String,
}

impl Hall {
    /// Opens a rehearsal that challenges every second, and serves it on a free port.
    pub(super) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("attempt");
        let declaration = folder.path().join("declaration.toml");
        fs::write(&declaration, quick(&template::demo(now()))).unwrap();
        let made =
            Command::new(PROGRAM).arg("init").arg(&directory).arg("--config").arg(&declaration).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut server = Command::new(PROGRAM)
            .arg("serve")
            .arg(&directory)
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(server.stdout.take().unwrap()).lines();
        let base = said.find_map(|line| address(&line.unwrap())).expect("the hub says where its pages are");
        // Nobody reads on, and a full pipe would hold the hub up.
        std::thread::spawn(move || said.for_each(drop));
        let links = serde_json::from_slice(&fs::read(directory.join("links.json")).unwrap()).unwrap();
        Self { server, folder, base, links }
    }

    /// A page of staff, with its token.
    pub(super) fn page(&self, path: &str, role: &str) -> String {
        format!("{}{path}#{}", self.base, self.token(role))
    }

    fn token(&self, role: &str) -> &str {
        self.links[role].as_str().unwrap().rsplit('#').next().unwrap()
    }

    /// Registers somebody and gives their personal link.
    pub(super) fn invite(&self, name: &str) -> String {
        let email = format!("{}@example.org", name.to_lowercase());
        let body = json!({"name": name, "id": {"type": "email", "value": email}});
        let mut answer = ureq::post(format!("{}/api/register", self.base)).send_json(body).unwrap();
        let answer: Value = answer.body_mut().read_json().unwrap();
        format!("{}/join#{}", self.base, answer["ticket"].as_str().unwrap())
    }

    /// The counts as the server states them.
    pub(super) fn tally(&self) -> Value {
        let token = format!("Bearer {}", self.token("adjudicator"));
        let mut answer = ureq::get(format!("{}/api/tally", self.base)).header("authorization", &token).call().unwrap();
        answer.body_mut().read_json().unwrap()
    }

    /// Waits until the server counts so many persons as present.
    pub(super) fn wait_for_present(&self, present: u64) -> Value {
        wait_for(&format!("{present} present"), || Some(self.tally()).filter(|tally| tally["present"] == present))
    }

    /// The rows of the connections that have ended, from a bundle exported now, once there are this many.
    pub(super) fn ended(&self, count: usize) -> Vec<Row> {
        wait_for("the ended connections in a bundle", || Some(self.export()).filter(|rows| rows.len() == count))
    }

    fn export(&self) -> Vec<Row> {
        let bundle = self.folder.path().join("bundle");
        let _: std::io::Result<()> = fs::remove_dir_all(&bundle);
        let directory: PathBuf = self.folder.path().join("attempt");
        let done = Command::new(PROGRAM).arg("export").arg(directory).arg("--out").arg(&bundle).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let text = fs::read_to_string(bundle.join("connections.csv")).unwrap();
        let mut table = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        table.deserialize::<Row>().map(Result::unwrap).filter(|row| !row.cause.is_empty()).collect()
    }

    /// Stops the server's process where it is, or lets it go on.
    pub(super) fn hold(&self, still: bool) {
        kill_process(self.pid(), if still { Signal::STOP } else { Signal::CONT }).unwrap();
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.server.id()).unwrap()).unwrap()
    }
}

impl Drop for Hall {
    fn drop(&mut self) {
        let _: std::io::Result<()> = self.server.kill();
        let _: std::io::Result<_> = self.server.wait();
    }
}

/// The demo's declaration with challenges every second and the shortest silence that these allow.
fn quick(declaration: &str) -> String {
    let quick = declaration
        .replace("challenge_ms = 25000", "challenge_ms = 1000")
        .replace("proof_max_gap_ms = 60000", "proof_max_gap_ms = 3000");
    assert_ne!(quick, declaration);
    quick
}

/// The address in a line of the program's output.
fn address(line: &str) -> Option<String> {
    let start = line.find("http://")?;
    let url = line[start..].split_whitespace().next()?;
    let host = url.strip_prefix("http://")?.split('/').next()?;
    Some(format!("http://{host}"))
}

#[expect(clippy::disallowed_methods, reason = "a declaration is planned from the present")]
fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    UnixMillis(i64::try_from(since.as_millis()).unwrap())
}
