//! `hadir doctor`: what of this machine or attempt would hurt on the day, found before it.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use hadir::{
    attempt::{Attempt, keys, lock::LockError},
    config::{Checked, Written},
    domain::event::ClockStatus,
    log::Journal,
    server::{
        descriptors::{self, Descriptors},
        kernel, listener, tls,
    },
};

use super::{Failure, print, serve};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Names the attempt's directory; without it only the machine is checked.
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,

    /// Reads options from this file instead of the attempt's own hadir.toml.
    #[arg(long, env = "HADIR_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(flatten)]
    written: Written,
}

/// The participants that the largest known lesson would need, with second devices.
const PARTICIPANTS_WANTED: usize = 15_000;
/// The backlog that the hub asks for; the kernel grants no more than its own limit.
const BACKLOG_WANTED: u64 = 16_384;
/// Below this a lesson's log, tables and copies may not fit.
const FREE_BYTES_WANTED: u64 = 2_000_000_000;
/// Below this nothing can be recorded for long.
const FREE_BYTES_MIN: u64 = 64 * 1024 * 1024;
/// The largest error of the clock that a report can still call exact to the second.
const CLOCK_ERROR_US_MAX: u64 = 500_000;

const SOMAXCONN: &str = "/proc/sys/net/core/somaxconn";

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Good,
    Look,
    Bad,
}

/// One thing that was checked.
struct Finding {
    level: Level,
    what: String,
    /// What to change; empty where nothing has to be.
    change: String,
}

fn good(what: impl Into<String>) -> Finding {
    Finding { level: Level::Good, what: what.into(), change: String::new() }
}

fn look(what: impl Into<String>, change: impl Into<String>) -> Finding {
    Finding { level: Level::Look, what: what.into(), change: change.into() }
}

fn bad(what: impl Into<String>, change: impl Into<String>) -> Finding {
    Finding { level: Level::Bad, what: what.into(), change: change.into() }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut findings = vec![open_files(), backlog(), clock()];
    let place = arguments.directory.as_deref().unwrap_or(Path::new("."));
    findings.extend(space(place));
    if let Some(directory) = &arguments.directory {
        findings.extend(attempt(directory, arguments));
    }
    for Finding { level, what, change } in &findings {
        let mark = match level {
            Level::Good => "ok  ",
            Level::Look => "look",
            Level::Bad => "BAD ",
        };
        print(format!("{mark} {what}"))?;
        if !change.is_empty() {
            print(format!("     change: {change}"))?;
        }
    }
    let broken = findings.iter().filter(|finding| finding.level == Level::Bad).count();
    if broken == 0 {
        return print("nothing here would break an attempt");
    }
    Err(Failure::words(format!("{broken} of these would break an attempt"), "change what is marked BAD"))
}

fn open_files() -> Finding {
    let change = "run `ulimit -n 262144` before it, or set LimitNOFILE=262144 in its systemd unit";
    match Descriptors::within(descriptors::raise_limit()) {
        Err(error) => bad(error.to_string(), change),
        Ok(budget) => {
            let what =
                format!("open files: {}, enough for {} participants' sockets", budget.limit(), budget.capacity());
            if budget.capacity() < PARTICIPANTS_WANTED { look(what, change) } else { good(what) }
        }
    }
}

fn backlog() -> Finding {
    let Some(granted) = fs::read_to_string(SOMAXCONN).ok().and_then(|text| text.trim().parse::<u64>().ok()) else {
        return look("the kernel's limit of waiting connections is not readable", "check net.core.somaxconn yourself");
    };
    let what = format!("connections that may wait to be accepted: {granted}");
    if granted >= BACKLOG_WANTED {
        return good(what);
    }
    look(what, format!("sysctl -w net.core.somaxconn={BACKLOG_WANTED}, and write it to /etc/sysctl.d/hadir.conf"))
}

fn clock() -> Finding {
    let discipline = kernel::discipline();
    let error = format!("the kernel bounds its error at {} ms", discipline.max_error_us.div_ceil(1_000));
    let change = "start a time service (chrony, systemd-timesyncd) and wait until it has synchronized";
    match discipline.status {
        ClockStatus::Synchronized if discipline.max_error_us <= CLOCK_ERROR_US_MAX => {
            good(format!("clock: synchronized; {error}"))
        }
        ClockStatus::Synchronized => look(format!("clock: synchronized, but {error}"), change),
        ClockStatus::Unsynchronized => look(format!("clock: not synchronized; {error}"), change),
        ClockStatus::Unknown | ClockStatus::Stepped => look("clock: the kernel does not say", change),
    }
}

fn space(place: &Path) -> Option<Finding> {
    let found = rustix::fs::statvfs(place).ok()?;
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let what = format!("free space: {} MB", free.div_euclid(1_000_000));
    let change = "free at least 2 GB on this disk, or put the attempt on another one";
    Some(match free {
        free if free < FREE_BYTES_MIN => bad(what, change),
        free if free < FREE_BYTES_WANTED => look(what, change),
        _ => good(what),
    })
}

fn attempt(directory: &Path, arguments: &Arguments) -> Vec<Finding> {
    let attempt = match Attempt::open(directory) {
        Ok(attempt) => attempt,
        Err(error) => {
            let remedy = error.remedy();
            return vec![bad(format!("{:#}", anyhow::Error::new(error)), remedy)];
        }
    };
    let mut findings = vec![good(format!("attempt: {}", attempt.origin())), good("declaration: valid")];
    findings.extend(rights(&attempt));
    findings.extend(journal(&attempt));
    findings.push(people(&attempt));
    findings.push(reach(&attempt));
    let held = held(&attempt, &mut findings);
    findings.extend(options(&attempt, arguments, held));
    findings
}

/// Secrets that others than their owner may read.
fn rights(attempt: &Attempt) -> Vec<Finding> {
    let layout = &attempt.layout;
    let mut secret = vec![layout.private(), layout.keys(), layout.links(), layout.people()];
    secret.extend(keys::FILES.iter().map(|name| layout.keys().join(name)));
    let open = |path: &PathBuf| fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0);
    let mut findings: Vec<Finding> = secret
        .iter()
        .filter(|path| open(path))
        .map(|path| {
            let what = format!("{} can be read by others than its owner", path.display());
            bad(what, format!("chmod go= {}", path.display()))
        })
        .collect();
    if findings.is_empty() {
        findings.push(good("keys and secrets: whole, and readable by their owner only"));
    }
    findings
}

/// What an opened attempt has logged so far.
fn journal(attempt: &Attempt) -> Option<Finding> {
    let path = attempt.layout.journal();
    if !path.exists() {
        return None;
    }
    Some(match Journal::reader(&path) {
        Err(error) => bad(error.to_string(), error.remedy()),
        Ok(reader) => match reader.count() {
            Ok(count) => good(format!("log: {} entries", count.0)),
            Err(error) => {
                bad(format!("log: {error}"), "look at the disk, and restore the journal from the newest copy")
            }
        },
    })
}

fn people(attempt: &Attempt) -> Finding {
    match attempt.open_people().and_then(|store| store.people()) {
        Err(error) => bad(format!("people: {error}"), error.remedy()),
        Ok(people) if people.is_empty() && !attempt.declaration.declaration.people.open_registration => {
            look("people: nobody is on the roster", "hadir roster import DIR FILE")
        }
        Ok(people) => good(format!("people: {} on the roster", people.len())),
    }
}

fn reach(attempt: &Attempt) -> Finding {
    match &attempt.declaration.declaration.public_url {
        None => look(
            "links: they work on this machine only",
            "set public_url in attempt.toml before the attempt opens, and send the links after it",
        ),
        Some(url) if url.starts_with("http://") => look(
            format!("links: {url} is not encrypted; everybody on the way can take a ticket"),
            "serve it through https",
        ),
        Some(url) => good(format!("links: {url}")),
    }
}

/// Whether a hub runs on it now.
fn held(attempt: &Attempt, findings: &mut Vec<Finding>) -> bool {
    match attempt.hold() {
        Ok(_) => {
            findings.push(good("nobody else writes this attempt"));
            false
        }
        Err(error @ LockError::Held { .. }) => {
            findings.push(good(format!("{error}: it is being served")));
            true
        }
        Err(error) => {
            let remedy = error.remedy();
            findings.push(bad(format!("{:#}", anyhow::Error::new(error)), remedy));
            false
        }
    }
}

fn options(attempt: &Attempt, arguments: &Arguments, held: bool) -> Vec<Finding> {
    let options = serve::options(attempt, arguments.config.as_deref(), arguments.written.clone())
        .and_then(|written| Ok(written.check()?));
    let Checked { server, .. } = match options {
        Ok(checked) => checked,
        Err(failure) => return vec![bad(failure.what(), failure.remedy())],
    };
    let mut findings = vec![good("options: valid")];
    if let Some((chain, key)) = &server.tls {
        findings.push(match tls::acceptor(chain, key) {
            Ok(_) => good("certificate and key: they belong together"),
            Err(error) => bad(error.to_string(), "give PEM files that belong together"),
        });
    }
    if !held {
        findings.push(match probe(server.listen) {
            Ok(()) => good(format!("address: {} is free", server.listen)),
            Err(what) => bad(what, "stop the other program, or choose another address with --listen"),
        });
    }
    findings
}

/// Listens for a moment, as the hub will.
fn probe(address: std::net::SocketAddr) -> Result<(), String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let _entered = runtime.enter();
    listener::bind(address).map(drop).map_err(|error| error.to_string())
}
