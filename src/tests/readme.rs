//! The README's own commands, run as a newcomer runs them.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// The blocks of commands that make up one attempt, by what follows the word `attempt` behind the fence.
fn blocks(readme: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for part in readme.split("```sh attempt").skip(1) {
        let (head, commands) = part.split_once('\n').unwrap();
        let (commands, _) = commands.split_once("```").unwrap();
        found.push((head.trim().to_owned(), commands.to_owned()));
    }
    found
}

fn programs() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_hadir")).parent().unwrap().to_owned()
}

fn shell(folder: &Path, commands: &str) -> Command {
    let path = format!("{}:{}", programs().display(), env::var("PATH").unwrap());
    let mut shell = Command::new("bash");
    // A command that replaces the shell can be ended by the shell's own process id.
    shell.args(["-euc", commands]).current_dir(folder).env("PATH", path);
    shell
}

fn run(folder: &Path, commands: &str, variables: &[(&str, String)]) -> String {
    let output = shell(folder, commands).envs(variables.iter().cloned()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{commands}\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// The hub, ended by its id when the test ends.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        // Already gone is as good.
        let _gone = self.0.kill();
        let _status = self.0.wait();
    }
}

fn serve(folder: &Path, commands: &str) -> Served {
    let mut child = shell(folder, &format!("exec {}", commands.trim())).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = lines.any(|line| line.unwrap().contains("/desk#"));
    // The hub goes on printing into nothing.
    std::thread::spawn(move || lines.for_each(drop));
    assert!(ready, "the hub ended before it printed the pages' addresses");
    Served(child)
}

#[test]
fn the_readmes_attempt_can_be_followed_from_init_to_the_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let readme = readme.replace("127.0.0.1:8080", &free.to_string());
    fs::write(folder.join("roster.csv"), "nama,email,sekolah\nSiti,siti@example.org,SMA 1\n").unwrap();
    let (mut served, mut variables, mut verdict) = (None, Vec::new(), String::new());
    let blocks = blocks(&readme);

    for (kind, commands) in &blocks {
        if kind == "serve" {
            served = Some(serve(folder, commands));
        } else {
            verdict = run(folder, commands, &variables);
        }
        if commands.contains("hadir init") {
            rehearse(&folder.join("lesson/attempt.toml"));
        }
        if kind == "serve" {
            variables = secrets(&folder.join("lesson/links.json"));
        }
    }

    assert!(blocks.len() >= 7, "the README lost its steps");
    assert!(served.is_some());
    assert!(verdict.contains("certifiable"), "{verdict}");
}

/// A real lesson lasts half an hour; the reader's rehearsal does not.
fn rehearse(declaration: &Path) {
    let text = fs::read_to_string(declaration).unwrap();
    assert!(text.contains("rehearsal = false"));
    fs::write(declaration, text.replace("rehearsal = false", "rehearsal = true")).unwrap();
}

fn secrets(links: &Path) -> Vec<(&'static str, String)> {
    let mut text = String::new();
    fs::File::open(links).unwrap().read_to_string(&mut text).unwrap();
    let links: serde_json::Value = serde_json::from_str(&text).unwrap();
    let token = links["organizer"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    vec![("ORGANIZER_TOKEN", token), ("VERIFIER_KEY", links["verifier_key"].as_str().unwrap().to_owned())]
}
