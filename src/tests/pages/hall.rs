//! What each browser test plays in: the real program with an attempt of its own, and one browser.

use std::{
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use hadir::{
    attempt::{Attempt, links::Role, template},
    domain::{
        event::{Event, Left, Via},
        time::UnixMillis,
    },
    roster::{ImportOptions, OsEntropy},
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::browser::Browser;
use crate::support::{self, Api, Process, eventually};

/// One browser at a time: several would starve each other on a small machine.
static BROWSERS: Mutex<()> = Mutex::new(());

/// A running hub, its attempt, and a browser; the fields go in their order, the browser first.
pub(super) struct Hall {
    pub(super) browser: Browser,
    server: Process,
    path: PathBuf,
    _folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Hall {
    /// A rehearsal that challenges every second.
    pub(super) fn rehearsal() -> Self {
        Self::open(&support::quick_rehearsal())
    }

    /// An attempt that counts, planned for the next full hour.
    pub(super) fn attempt() -> Self {
        Self::open(&template::attempt(now()))
    }

    pub(super) fn open(declaration: &str) -> Self {
        Self::with_people(declaration, "")
    }

    /// An attempt with this roster; none where it is empty.
    pub(super) fn with_people(declaration: &str, roster: &str) -> Self {
        let import = |attempt: &Attempt| {
            if !roster.is_empty() {
                let mut store = attempt.open_people().unwrap();
                store.import(roster.as_bytes(), &ImportOptions::default(), &mut OsEntropy).unwrap();
            }
        };
        Self::prepared(declaration, import).0
    }

    /// An attempt that was prepared before its hub starts.
    pub(super) fn prepared<T>(declaration: &str, prepare: impl FnOnce(&Attempt) -> T) -> (Self, T) {
        let turn = BROWSERS.lock().unwrap_or_else(PoisonError::into_inner);
        let (folder, path) = support::attempt(declaration);
        let prepared = prepare(&Attempt::open(&path).unwrap());
        let server = Process::start(&path);
        (Self { browser: Browser::start(), server, path, _folder: folder, _turn: turn }, prepared)
    }

    /// Requests to the hub.
    pub(super) fn api(&self) -> Api {
        self.server.api()
    }

    /// The address of a page.
    pub(super) fn page(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address)
    }

    /// The address of a page of staff, with its token.
    pub(super) fn staff(&self, path: &str, role: Role) -> String {
        format!("{}#{}", self.page(path), self.api().tokens.token(role))
    }

    /// Registers somebody and gives their personal link.
    pub(super) fn invite(&self, name: &str) -> String {
        format!("{}#{}", self.page("/join"), self.api().register(name))
    }

    /// The counts as the server states them.
    pub(super) fn tally(&self) -> Value {
        self.api().tally()
    }

    /// Waits until a count of the tally has this value.
    pub(super) fn wait_for(&self, count: &str, value: impl Into<Value>) -> Value {
        let value = value.into();
        eventually(&format!("{count} = {value}"), || Some(self.tally()).filter(|tally| tally[count] == value))
    }

    /// Waits until this many are inside the hall.
    pub(super) fn wait_for_inside(&self, persons: u64) -> Value {
        let inside = |tally: &Value| tally["hall"]["inside"] == persons;
        eventually(&format!("{persons} inside"), || Some(self.tally()).filter(inside))
    }

    /// Waits until a proposal waits for the other side, and says which.
    pub(super) fn wait_for_open_proposal(&self) -> u64 {
        eventually("a proposal", || {
            let listed = self.api().get("/api/acts", Role::Organizer).json();
            let open = listed["acts"].as_array().unwrap().iter().find(|act| act["decision"] == "open")?;
            open["seq"].as_u64()
        })
    }

    /// The ends of connections, as the log has them.
    pub(super) fn ends(&self) -> Vec<Left> {
        let events = support::entries(&self.path).into_iter().map(|entry| entry.event);
        events.filter_map(|event| if let Event::Left(left) = event { Some(left) } else { None }).collect()
    }

    /// The ways by which pages joined, as the log has them.
    pub(super) fn ways(&self) -> Vec<Via> {
        let events = support::entries(&self.path).into_iter().map(|entry| entry.event);
        events.filter_map(|event| if let Event::Joined(joined) = event { Some(joined.via) } else { None }).collect()
    }

    /// Stops the server's process where it is, or lets it go on.
    pub(super) fn hold(&self, still: bool) {
        let id = i32::try_from(self.server.id()).ok().and_then(Pid::from_raw).unwrap();
        kill_process(id, if still { Signal::STOP } else { Signal::CONT }).unwrap();
    }
}

#[expect(clippy::disallowed_methods, reason = "an attempt is planned from the present")]
pub(super) fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    UnixMillis(i64::try_from(since.as_millis()).unwrap())
}
