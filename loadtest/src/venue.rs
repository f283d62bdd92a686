//! The venue of a run: a hub of our own, or one that serves already, with everybody's ticket and the staff's token.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use tokio::task::JoinSet;
use toml::{Table, Value};

use crate::{
    cast::{self, Cast, Guest},
    hub::{Hub, Links},
    plan::Plan,
    program::Programs,
    scenario::{Liveness, Rule},
    staff::Staff,
    terms::Terms,
    truth::Truth,
};

/// From how many loopback addresses clients come: each has 28,000 ports, and a closed one rests for a minute.
const SOURCES: u8 = 32;

/// How many persons register at once.
const REGISTERING: usize = 8;

/// Where a lesson is played.
#[derive(Debug)]
pub(crate) struct Venue {
    /// The hub's address.
    pub(crate) address: SocketAddr,
    /// From how many loopback addresses clients come; none: the hub is elsewhere.
    pub(crate) sources: u8,
    /// The staff.
    pub(crate) staff: Staff,
    /// Everybody's link.
    pub(crate) cast: Cast,
    /// The terms under which this hub counts.
    pub(crate) terms: Terms,
    /// What must come out.
    pub(crate) truth: Truth,
    /// The attempt's directory.
    pub(crate) attempt: PathBuf,
    /// The process, where it is ours.
    pub(crate) hub: Option<Hub>,
}

impl Venue {
    /// A hub of our own.
    pub(crate) async fn spawn(programs: Programs, plan: &Plan) -> Result<Self> {
        let truth = Truth::stated(plan)?;
        let (hub, cast) = Hub::spawn(programs, plan).await?;
        let address = hub.address();
        let attempt = hub.attempt();
        let staff = Staff::new(&format!("http://{address}"), Links::read(&attempt)?);
        let terms = Terms::of(plan);
        Ok(Self { address, sources: SOURCES, staff, cast, terms, truth, attempt, hub: Some(hub) })
    }

    /// A hub that serves already, whose registration is open; its own declaration says what counts.
    pub(crate) async fn visit(url: &str, attempt: &Path, plan: &Plan) -> Result<Self> {
        let address = resolve(url)?;
        let links =
            Links::read(attempt).context("give the directory of the attempt that this hub serves: --attempt")?;
        let staff = Staff::new(url, links);
        let terms = declared(attempt, plan)?;
        let truth = Truth::judged(plan, &terms);
        let cast = Cast { guests: register(&staff, plan).await?, acting: Vec::new() };
        let sources = if address.ip().is_loopback() { SOURCES } else { 0 };
        Ok(Self { address, sources, staff, cast, terms, truth, attempt: attempt.to_owned(), hub: None })
    }

    /// The key that checks the log's signatures, from outside of the bundle.
    pub(crate) fn verifier_key(&self) -> Result<String> {
        Ok(Links::read(&self.attempt)?.verifier_key)
    }
}

fn resolve(url: &str) -> Result<SocketAddr> {
    let host = url.strip_prefix("http://").context("--url needs an address such as http://127.0.0.1:8080")?;
    let host = host.split('/').next().unwrap_or_default();
    let host = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
    let mut addresses = host.to_socket_addrs().with_context(|| format!("{host} is not known"))?;
    addresses.find(SocketAddr::is_ipv4).with_context(|| format!("{host} has no IPv4 address"))
}

/// The terms of an attempt, from its declaration.
fn declared(attempt: &Path, plan: &Plan) -> Result<Terms> {
    let path = attempt.join("attempt.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let declaration: Table = text.parse().with_context(|| format!("{} is not TOML", path.display()))?;
    let field = |section: &str, name: &str| declaration.get(section).and_then(|section| section.get(name));
    let number = |section: &str, name: &str| {
        let value = field(section, name).and_then(Value::as_integer);
        let value = value.and_then(|value| u32::try_from(value).ok());
        value.with_context(|| format!("{} has no whole number `{section}.{name}`", path.display()))
    };
    if field("rule", "kind").and_then(Value::as_str) != Some("full_lesson") {
        bail!("the truth of a scenario is only known for a rule of kind `full_lesson`");
    }
    if field("people", "open_registration_counts").and_then(Value::as_bool) != Some(true) {
        bail!("persons who register openly do not count in this attempt: use the demo, or --spawn");
    }
    Ok(Terms {
        liveness: Liveness {
            challenge_ms: number("liveness", "challenge_ms")?,
            proof_max_gap_ms: number("liveness", "proof_max_gap_ms")?,
        },
        rule: Rule {
            late_ms: number("rule", "late_ms")?,
            early_ms: number("rule", "early_ms")?,
            grace_ms: number("rule", "grace_ms")?,
            minimum_ms: None,
            checkpoints: None,
        },
        roles: None,
        length_ms: plan.length_ms(),
        checks_needed: 0,
        scans_delay_ms: 0,
    })
}

/// Registers everybody who comes; those who never do are on no list.
async fn register(staff: &Staff, plan: &Plan) -> Result<Vec<Guest>> {
    let coming: Vec<usize> =
        plan.persons.iter().enumerate().filter(|(_, person)| !person.devices.is_empty()).map(|(at, _)| at).collect();
    let mut guests: Vec<Guest> = vec![Guest::default(); plan.persons.len()];
    let mut desks = JoinSet::new();
    for queue in coming.chunks(coming.len().div_ceil(REGISTERING).max(1)) {
        let (staff, queue) = (staff.clone(), queue.to_vec());
        desks.spawn_blocking(move || -> Result<Vec<(usize, Arc<str>)>> {
            let register = |person| Ok((person, staff.register(&cast::name(person), &cast::id(person))?));
            queue.into_iter().map(register).collect()
        });
    }
    while let Some(queue) = desks.join_next().await {
        for (person, ticket) in queue?? {
            guests.get_mut(person).context("a stranger registered")?.ticket = ticket;
        }
    }
    Ok(guests)
}
