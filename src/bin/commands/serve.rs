//! `hadir serve`.

use std::{
    future::Future,
    path::{Path, PathBuf},
};

use hadir::{
    attempt::{
        Attempt,
        init::{self, NewAttempt},
        links::{LinksError, LinksFile},
        template,
    },
    config::{self, Checked, ConfigError, DEFAULT_LISTEN, OptionsError, Written},
    roster::DirectoryError,
    server::{
        clock::Clock,
        listener::BindError,
        run::{self, Ready, RunError},
    },
};
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
};

use super::{Failure, LOOPBACK_ONLY, print, with_remedy};

/// Where the demo lives.
const DEMO: &str = "hadir-demo";

with_remedy!(ConfigError, OptionsError);

pub(crate) fn run(directory: Option<PathBuf>, config: Option<PathBuf>, written: Written) -> Result<(), Failure> {
    let attempt = match &directory {
        Some(directory) => Attempt::open(directory)?,
        None => demo(Path::new(DEMO))?,
    };
    let Checked { server, log } = options(&attempt, config.as_deref(), written)?.check()?;
    crate::start_log(&log)?;
    let announced = attempt.clone();
    let is_demo = directory.is_none();
    let served = runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(error, "give this process more threads and memory"))?
        .block_on(async move {
            let stop = stop_signal()?;
            run::run(server, attempt, |ready| announce(&announced, is_demo, ready), stop).await.map_err(Failure::from)
        });
    if served.is_ok() {
        tracing::info!("the hub has ended in order");
    }
    served
}

/// The flags and the environment, then the file: the one that was named, or the attempt's own where there is one.
pub(crate) fn options(attempt: &Attempt, named: Option<&Path>, written: Written) -> Result<Written, Failure> {
    let own = attempt.layout.config();
    match named {
        Some(path) => Ok(written.or(config::load(path)?)),
        None if own.exists() => Ok(written.or(config::load(&own)?)),
        None => Ok(written),
    }
}

/// The demo's attempt, created on first use.
fn demo(directory: &Path) -> Result<Attempt, Failure> {
    if directory.exists() {
        return Ok(Attempt::open(directory)?);
    }
    let local_url = format!("http://{DEFAULT_LISTEN}");
    let declaration = template::demo(Clock::system(None).now_millis()).into_bytes();
    Ok(init::create(directory, NewAttempt { declaration, from: None, local_url: &local_url })?)
}

/// Ends with the first Ctrl-C or termination: from then on the hub drains.
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    let listen =
        |kind| signal(kind).map_err(|error| Failure::new(error, "the system refuses signal handlers: report it"));
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Writes the links as they are now, and prints the pages' addresses.
fn announce(attempt: &Attempt, is_demo: bool, ready: &Ready) {
    let told = links(attempt, ready).map_err(Failure::from).and_then(|links| {
        print(pages(attempt, ready, &links))?;
        if is_demo {
            print(format!("The demo goes on in ./{DEMO}; delete that directory to begin anew."))?;
        }
        print("Ctrl-C ends it in order. / Ctrl-C mengakhirinya dengan tertib.")
    });
    if let Err(failure) = told {
        // Participants can come all the same; the staff's old links still have their tokens.
        failure.report();
    }
}

fn links(attempt: &Attempt, ready: &Ready) -> Result<LinksFile, LinksError> {
    let declaration = &attempt.declaration.declaration;
    let path = attempt.layout.links();
    let key = LinksFile::load(&path)?.verifier_key;
    let key = attempt.signing_key().map_or(key, |signing| signing.verifier().to_string());
    let links = attempt.tokens.links(&ready.base_url, declaration.people.open_registration, &key);
    links.write(&path)?;
    Ok(links)
}

fn pages(attempt: &Attempt, ready: &Ready, links: &LinksFile) -> String {
    let declaration = &attempt.declaration.declaration;
    let kind = if declaration.rehearsal { "rehearsal / gladi bersih" } else { "record attempt / upaya rekor" };
    let mut text = format!(
        "Hadir serves \"{}\" ({kind}) on {}\n\
         \x20 join         {}\n\
         \x20 adjudicator  {}\n\
         \x20 organizer    {}\n\
         \x20 screen       {}",
        declaration.title, ready.address, links.join, links.adjudicator, links.organizer, links.screen
    );
    if attempt.is_loopback_only() {
        text.push('\n');
        text.push_str(LOOPBACK_ONLY);
    }
    text
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let remedy = remedy(&error);
        Self::new(error, remedy)
    }
}

fn remedy(error: &RunError) -> &'static str {
    match error {
        RunError::Lock(error) => error.remedy(),
        RunError::Staff(error) => error.remedy(),
        RunError::Groups(error) => error.remedy(),
        RunError::Recover(error) => error.remedy(),
        RunError::Store(error) | RunError::Directory(DirectoryError::Store(error)) => error.remedy(),
        RunError::Bind(BindError::Taken(_)) => "stop the other program, or choose another port with `--listen`",
        RunError::Bind(BindError::Forbidden(_)) => {
            "choose a port above 1023, or give this program the right to lower ones"
        }
        RunError::Bind(BindError::Foreign(_)) => "use an address of this machine, or 0.0.0.0 for all of them",
        RunError::Bind(BindError::Failed { .. }) => "choose another address with `--listen`",
        RunError::Tls(_) => "give `--tls-cert` and `--tls-key` PEM files that belong together",
        RunError::Descriptors(_) => "raise the limit of open files: `ulimit -n 262144`, or LimitNOFILE in its unit",
        RunError::Writer(_) | RunError::Certify(_) => {
            "everything that was acknowledged is on the disk: repair what the reason says, then start again"
        }
        RunError::Directory(DirectoryError::Seal(_)) | RunError::Broken(_) | RunError::Address(_) => {
            "start again, and report this as a defect"
        }
    }
}
