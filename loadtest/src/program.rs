//! The programs under test: builds `hadir` and `hadir-verify` as this program was built, and runs their commands.

use std::{
    io,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tokio::process::Command;

/// Where the built programs lie.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    folder: PathBuf,
}

/// The verifier's answer.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Verdict {
    /// `sound`, `not_sound` or `cannot_tell`.
    pub(crate) verdict: String,
    /// What is wrong, if anything.
    pub(crate) error: Option<serde_json::Value>,
}

/// The answer of the recount that lies in the bundle.
#[derive(Clone, Debug)]
pub(crate) struct Recounted {
    /// The same words as the verifier's.
    pub(crate) verdict: &'static str,
    /// What is wrong, if anything: the last sentence that it prints.
    pub(crate) error: Option<String>,
}

impl Programs {
    /// Builds the programs in the profile of this one, into the same folder.
    pub(crate) async fn build() -> Result<Self> {
        let own = std::env::current_exe().context("this program does not find itself")?;
        let folder = own.parent().context("this program lies nowhere")?.to_owned();
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the workspace is gone")?;
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.current_dir(workspace).args(["build", "--quiet", "--locked", "-p", "hadir", "--bins"]);
        // Cargo names the folder after the profile, but for the one that is called `dev`.
        match folder.file_name().and_then(|name| name.to_str()) {
            Some("debug") | None => {}
            Some(profile) => {
                command.args(["--profile", profile]);
            }
        }
        if let Some(target) = folder.parent() {
            command.arg("--target-dir").arg(target);
        }
        let status = command.stdin(Stdio::null()).kill_on_drop(true).status().await.context("cargo does not start")?;
        if !status.success() {
            bail!("hadir does not build: {status}");
        }
        Ok(Self { folder })
    }

    /// A command of one of the programs.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.folder.join(program));
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs a command of `hadir` to its end and returns what it printed.
    pub(crate) async fn hadir(&self, arguments: &[&std::ffi::OsStr]) -> Result<String> {
        let output = self.command("hadir").args(arguments).output().await.context("hadir does not start")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let what: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
            bail!("`hadir {}` failed with {}: {said}", what.join(" "), output.status);
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Lets the auditor's program judge a bundle with a key that was noted outside of it.
    pub(crate) async fn verify(&self, bundle: &Path, key: &str) -> Result<Verdict> {
        let mut command = self.command("hadir-verify");
        let output = command.arg(bundle).args(["--json", "--key", key]).output().await?;
        let said = || String::from_utf8_lossy(&output.stderr).into_owned();
        serde_json::from_slice(&output.stdout).with_context(|| format!("hadir-verify gave no verdict: {}", said()))
    }
}

/// Lets the bundle's own recount judge it; nothing where this machine has no Python.
pub(crate) async fn recount(bundle: &Path, key: &str) -> Result<Option<Recounted>> {
    let mut command = Command::new("python3");
    command.arg(bundle.join("recount.py")).arg(bundle).args(["--key", key]);
    let output = match command.stdin(Stdio::null()).kill_on_drop(true).output().await {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context("python3 does not start"),
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let last = said.lines().last().map(str::to_owned);
    Ok(Some(match output.status.code() {
        Some(0) => Recounted { verdict: "sound", error: None },
        Some(1) if last.is_some() => Recounted { verdict: "not_sound", error: last },
        _ => bail!("recount.py gave no verdict: {}", String::from_utf8_lossy(&output.stderr)),
    }))
}
