//! What each command does, and how it speaks to whoever called it.

#[cfg(feature = "report")]
pub(crate) mod certificates;
pub(crate) mod declaration;
pub(crate) mod doctor;
#[cfg(feature = "report")]
pub(crate) mod documents;
pub(crate) mod export;
pub(crate) mod init;
mod progress;
pub(crate) mod reconcile;
pub(crate) mod retire;
pub(crate) mod roster;
pub(crate) mod serve;
pub(crate) mod staff;

use std::{
    io::{self, Write},
    path::Path,
};

use hadir::{
    attempt::{
        Attempt, OpenError,
        links::LinksError,
        lock::{Lock, LockError},
    },
    roster::StoreError,
};

/// What went wrong, and what to do about it.
pub(crate) struct Failure {
    error: anyhow::Error,
    remedy: String,
}

impl Failure {
    /// An error with its remedy.
    pub(crate) fn new(error: impl Into<anyhow::Error>, remedy: impl Into<String>) -> Self {
        Self { error: error.into(), remedy: remedy.into() }
    }

    /// An error in words with its remedy.
    pub(crate) fn words(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { error: anyhow::Error::msg(what.into()), remedy: remedy.into() }
    }

    /// What went wrong, with its causes.
    pub(crate) fn what(&self) -> String {
        format!("{:#}", self.error)
    }

    /// What to do about it.
    pub(crate) fn remedy(&self) -> &str {
        &self.remedy
    }

    /// Says it on stderr.
    pub(crate) fn report(&self) {
        let said = writeln!(io::stderr(), "error: {:#}\nremedy: {}", self.error, self.remedy);
        if said.is_err() {
            // Nobody reads stderr; the exit code still says it.
            tracing::trace!("stderr is closed");
        }
    }
}

/// Gives errors that know their remedy to the command line.
macro_rules! with_remedy {
    ($($error:ty),+) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                let remedy = error.remedy().to_owned();
                Self::new(error, remedy)
            }
        }
    )+};
}
pub(crate) use with_remedy;

with_remedy!(OpenError, LockError, StoreError);

impl From<LinksError> for Failure {
    fn from(error: LinksError) -> Self {
        Self::new(error, "restore links.json from a copy of the attempt, and check your rights there")
    }
}

/// Prints a result on stdout.
pub(crate) fn print(text: impl AsRef<str>) -> Result<(), Failure> {
    print_bytes(format!("{}\n", text.as_ref()).as_bytes())
}

/// Prints a file on stdout, byte for byte.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        // Whoever reads has what they wanted, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| Failure::new(error, "check where stdout leads")),
    }
}

/// An attempt that only this process writes.
pub(crate) fn open_and_hold(directory: &Path) -> Result<(Attempt, Lock), Failure> {
    let attempt = Attempt::open(directory)?;
    let lock = attempt.hold()?;
    Ok((attempt, lock))
}

/// Runs what logs to its end, on this thread.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(|error| Failure::new(error, "give this process more threads and memory"))?;
    Ok(runtime.block_on(work))
}

/// What everybody should know whose links lead nowhere else.
pub(crate) const LOOPBACK_ONLY: &str = "note: these links work on this machine only; \
     set public_url in attempt.toml before the attempt opens to make them work everywhere";
