//! A real Chromium, driven over its own debugging socket; gone with its processes and its files when it is dropped.

use std::{
    env, fs,
    net::TcpStream,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};

use crate::support::{PATIENCE, eventually};

/// How often a condition of a page is looked at, and how many times.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const LOOKS: u128 = PATIENCE.as_millis().div_euclid(LOOK_EVERY.as_millis());

/// What the browser is called, by the preference of its names.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

const FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--accept-lang=id",
    "--remote-debugging-port=0",
];

/// One browser with a profile of its own.
pub(super) struct Browser {
    child: Child,
    profile: TempDir,
    socket: Option<WebSocket<TcpStream>>,
    last: u64,
}

/// One tab.
#[derive(Clone)]
pub(super) struct Tab {
    target: String,
    session: String,
}

/// The browser's program, wherever `PATH` has it.
fn program() -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = NAMES
        .iter()
        .find_map(|name| env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file()));
    found.unwrap_or_else(|| {
        panic!("none of {NAMES:?} is on PATH: install one with `bash .ci/setup` or by hand, then run the tests again")
    })
}

impl Browser {
    /// Starts it with a new profile.
    pub(super) fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let child = Command::new(program())
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        // From here on a failed start, too, takes the process away.
        let mut browser = Self { child, profile, socket: None, last: 0 };
        browser.socket = Some(browser.connect());
        browser
    }

    fn connect(&self) -> WebSocket<TcpStream> {
        let file = self.profile.path().join("DevToolsActivePort");
        let address = eventually("the browser's debugging port", || {
            let text = fs::read_to_string(&file).ok()?;
            let (port, path) = text.split_once('\n')?;
            Some(format!("127.0.0.1:{port}{}", path.trim()))
        });
        let (host, _) = address.split_once('/').unwrap();
        let stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        tungstenite::client(format!("ws://{address}"), stream).unwrap().0
    }

    /// Sends a command and waits for its answer; events that come first are dropped.
    pub(super) fn call(&mut self, tab: Option<&Tab>, method: &str, parameters: Value) -> Value {
        self.last = self.last.saturating_add(1);
        let mut command = json!({"id": self.last, "method": method, "params": parameters});
        if let Some(tab) = tab {
            command["sessionId"] = json!(tab.session);
        }
        let socket = self.socket.as_mut().unwrap();
        socket.send(Message::text(command.to_string())).unwrap();
        loop {
            let Message::Text(text) = socket.read().unwrap() else { continue };
            let answer: Value = serde_json::from_str(&text).unwrap();
            if answer["id"] == self.last {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
        }
    }

    /// Opens an address in a new tab, in front of the others.
    pub(super) fn open(&mut self, url: &str) -> Tab {
        let created = self.call(None, "Target.createTarget", json!({"url": "about:blank"}));
        let target = created["targetId"].as_str().unwrap().to_owned();
        let attached = self.call(None, "Target.attachToTarget", json!({"targetId": target, "flatten": true}));
        let tab = Tab { target, session: attached["sessionId"].as_str().unwrap().to_owned() };
        self.go(&tab, url);
        tab
    }

    /// Opens an address in a new tab where this script runs before every page's own.
    pub(super) fn open_with(&mut self, script: &str, url: &str) -> Tab {
        let tab = self.open("about:blank");
        self.call(Some(&tab), "Page.enable", json!({}));
        self.call(Some(&tab), "Page.addScriptToEvaluateOnNewDocument", json!({"source": script}));
        self.go(&tab, url);
        tab
    }

    /// Goes to an address in this tab.
    pub(super) fn go(&mut self, tab: &Tab, url: &str) {
        self.call(Some(tab), "Page.navigate", json!({"url": url}));
    }

    /// Closes a tab as a person does: the page hears of it.
    pub(super) fn close(&mut self, tab: Tab) {
        self.call(None, "Target.closeTarget", json!({"targetId": tab.target}));
    }

    /// The value of an expression in the page, a promise's value when it is one.
    pub(super) fn value(&mut self, tab: &Tab, expression: &str) -> Value {
        let parameters =
            json!({"expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true});
        let answer = self.call(Some(tab), "Runtime.evaluate", parameters);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// An instant in milliseconds, as the page's clock writes it.
    pub(super) fn instant(&mut self, tab: &Tab, expression: &str) -> i64 {
        let text = self.value(tab, &format!("String({expression})"));
        text.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{expression} is {text}"))
    }

    /// Waits until an expression is true in the page.
    pub(super) fn wait(&mut self, tab: &Tab, expression: &str) {
        for _ in 0..LOOKS {
            if self.holds(tab, expression) {
                return;
            }
            sleep(LOOK_EVERY);
        }
        let seen = self.value(tab, "location.href + ' ' + document.body.innerText");
        panic!("`{expression}` never came true; the page shows: {seen}");
    }

    /// Whether an expression is true now; a page that is only being loaded says no.
    fn holds(&mut self, tab: &Tab, expression: &str) -> bool {
        let parameters = json!({"expression": expression, "returnByValue": true});
        self.call(Some(tab), "Runtime.evaluate", parameters)["result"]["value"] == true
    }

    /// Waits until the participant's page in this tab shows a state.
    pub(super) fn wait_for_state(&mut self, tab: &Tab, state: &str) {
        self.wait(tab, &format!("document.querySelector('#state:not([hidden])')?.dataset.state === '{state}'"));
    }

    /// Clicks an element.
    pub(super) fn click(&mut self, tab: &Tab, selector: &str) {
        self.wait(tab, &format!("document.querySelector('{selector}')?.checkVisibility() === true"));
        self.value(tab, &format!("document.querySelector('{selector}').click()"));
    }

    /// Types into a field.
    pub(super) fn fill(&mut self, tab: &Tab, selector: &str, text: &str) {
        self.wait(tab, &format!("document.querySelector('{selector}')?.checkVisibility() === true"));
        self.value(tab, &format!("document.querySelector('{selector}').value = '{text}'"));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asked first, because then it buries its own children; whatever is left after that is killed by its group.
        let goodbye = json!({"id": 0, "method": "Browser.close"}).to_string();
        let asked = self.socket.as_mut().is_some_and(|socket| socket.send(Message::text(goodbye)).is_ok());
        for _ in 0..if asked { LOOKS } else { 0 } {
            if !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            sleep(LOOK_EVERY);
        }
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // Already gone is as good.
            kill_process_group(group, Signal::KILL).ok();
        }
        self.child.wait().ok();
        // Its other processes write into the profile until they are gone, too.
        for _ in 0..LOOKS {
            if fs::remove_dir_all(self.profile.path()).is_ok() || !self.profile.path().exists() {
                break;
            }
            sleep(LOOK_EVERY);
        }
    }
}
