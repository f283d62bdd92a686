//! `hadir serve`.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use hadir::attempt::{Attempt, links::LinksFile};

use super::{done, free_port, hadir, with_attempt};
use crate::support::eventually;

/// `hadir serve` with its output at hand; killed where a test fails.
struct Serving {
    child: Child,
    lines: Vec<String>,
}

impl Serving {
    /// Starts it, and waits for its last line.
    fn start(mut command: std::process::Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = Vec::new();
        for line in BufReader::new(child.stdout.as_mut().unwrap()).lines() {
            lines.push(line.unwrap());
            if lines.last().unwrap().starts_with("Ctrl-C") {
                break;
            }
        }
        Self { child, lines }
    }

    /// Ends it as Ctrl-C does, and gives the exit code and what it logged.
    fn interrupt(mut self) -> (Option<i32>, String) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
        let code = eventually("the end of the process", || self.child.try_wait().unwrap()).code();
        let log = std::io::read_to_string(self.child.stderr.take().unwrap()).unwrap();
        (code, log)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn the_demo_is_created_on_first_use_and_goes_on_on_the_second() {
    let folder = tempfile::tempdir().unwrap();
    let serve = || {
        let mut command = hadir(folder.path());
        command.args(["serve", "--demo", "--listen", "127.0.0.1:0"]);
        Serving::start(command)
    };

    let first = serve();
    let said = first.lines.join("\n");
    let (code, _) = first.interrupt();
    let origin = Attempt::open(&folder.path().join("hadir-demo")).unwrap().origin();
    let (again, _) = serve().interrupt();

    for part in ["rehearsal", "gladi bersih", "/live#", "/desk#", "/screen#", "this machine only", "delete that"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    // The page at the door comes with a later version; its token waits in links.json.
    assert!(!said.contains("/door"), "{said}");
    assert_eq!((code, again), (Some(0), Some(0)));
    assert!(origin.ends_with("/rehearsal"));
    assert_eq!(Attempt::open(&folder.path().join("hadir-demo")).unwrap().origin(), origin);
}

#[test]
fn the_links_file_has_the_addresses_under_which_the_hub_serves() {
    let folder = with_attempt();
    let mut command = hadir(folder.path());
    command.args(["serve", "a", "--listen", "127.0.0.1:0"]);

    let serving = Serving::start(command);
    let links = LinksFile::load(&folder.path().join("a/links.json")).unwrap();
    let said = serving.lines.join("\n");
    serving.interrupt();

    for link in [&links.adjudicator, &links.organizer, &links.screen, &links.join] {
        assert!(said.contains(link.as_str()), "{link} in {said}");
    }
    assert!(links.steward.contains("/door#"));
    assert!(!links.base_url().ends_with(":0") && !links.base_url().ends_with(":8080"));
}

#[test]
fn log_lines_for_machines_are_json_on_stderr_and_results_stay_on_stdout() {
    let folder = with_attempt();
    let mut command = hadir(folder.path());
    command.args(["serve", "a", "--listen", "127.0.0.1:0"]).env("HADIR_LOG_FORMAT", "json");

    let serving = Serving::start(command);
    let said = serving.lines.join("\n");
    let (code, log) = serving.interrupt();

    assert_eq!(code, Some(0));
    assert!(!log.is_empty());
    for line in log.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
    assert!(!said.contains("\"level\""));
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let folder = with_attempt();
    let [flag, variable, file] = [free_port(), free_port(), free_port()].map(|port| format!("127.0.0.1:{port}"));
    let listens = |words: &[&str], variable: Option<&str>| {
        let mut command = hadir(folder.path());
        command.args(["doctor", "a"]).args(words).envs(variable.map(|value| ("HADIR_LISTEN", value)));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };

    let default = listens(&[], None);
    fs::write(folder.path().join("a/hadir.toml"), format!("listen = \"{file}\"\n")).unwrap();
    let by_file = listens(&[], None);
    let by_variable = listens(&[], Some(&variable));
    let by_flag = listens(&["--listen", &flag], Some(&variable));

    assert!(default.contains("127.0.0.1:8080"), "{default}");
    assert!(by_file.contains(&file), "{by_file}");
    assert!(by_variable.contains(&variable), "{by_variable}");
    assert!(by_flag.contains(&flag), "{by_flag}");
}

#[test]
fn a_mistyped_variable_is_pointed_out() {
    let folder = with_attempt();
    let mut command = hadir(folder.path());

    let said = super::ran(command.args(["declaration", "check", "a"]).env("HADIR_LISTN", "127.0.0.1:1"));

    assert_eq!(said.code, Some(0));
    assert!(said.err.contains("HADIR_LISTN"), "{}", said.err);
}

#[test]
fn a_hub_that_listens_everywhere_still_prints_links_that_can_be_opened() {
    let folder = with_attempt();
    let mut command = hadir(folder.path());
    command.args(["serve", "a", "--listen", "0.0.0.0:0"]);

    let serving = Serving::start(command);
    let said = serving.lines.join("\n");
    serving.interrupt();

    assert!(said.contains("http://127.0.0.1:") && !said.contains("http://0.0.0.0"), "{said}");
}

#[test]
fn links_lead_to_the_declared_address() {
    let folder = with_attempt();
    super::edit(folder.path(), "a/attempt.toml", |text| {
        text.replace("# public_url = \"https://hadir.example\"", "public_url = \"https://hadir.example\"")
    });

    let explained = done(folder.path(), &["declaration", "check", "a"]);
    let mut command = hadir(folder.path());
    command.args(["serve", "a", "--listen", "127.0.0.1:0"]);
    let serving = Serving::start(command);
    let said = serving.lines.join("\n");
    serving.interrupt();

    assert!(explained.contains("Links lead to https://hadir.example"), "{explained}");
    assert!(said.contains("https://hadir.example/live#") && !said.contains("this machine only"), "{said}");
}
