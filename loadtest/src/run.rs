//! One run from its scenario to its report.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Result, bail};
use tokio::time::sleep;

use crate::{
    bundle::Bundle,
    hub::{Folder, Hub},
    oracle::{self, Case},
    plan::Plan,
    play::{Played, play},
    process,
    program::{self, Programs},
    progress::Progress,
    report::Report,
    scenario::Scenario,
    times::LAG_MS,
    truth::Truth,
    venue::Venue,
};

/// How long a hub that goes on serving may take to sign what happened last.
const SIGNED: Duration = Duration::from_secs(3);

/// Descriptors that are not sockets: files, pipes, the runtime.
const OTHER_DESCRIPTORS: usize = 200;

/// What to play and where.
#[derive(Debug)]
pub(crate) struct Options {
    /// A shipped scenario's name, or a file.
    pub(crate) scenario: String,
    /// The hub that serves already; without it one is started.
    pub(crate) url: Option<String>,
    /// The attempt which that hub serves.
    pub(crate) attempt: PathBuf,
    /// How many participants, if not as the scenario says.
    pub(crate) participants: Option<usize>,
    /// How often to kill the hub.
    pub(crate) kill: usize,
    /// Where to keep the bundle.
    pub(crate) bundle: Option<PathBuf>,
}

/// Plays a scenario and judges what the hub made of it.
pub(crate) async fn run(options: &Options) -> Result<Report> {
    let plan = prepare(options)?;
    let progress = Progress::new(plan.connections());
    progress.phase("building the programs");
    let programs = Programs::build().await?;
    progress.phase("preparing the attempt");
    let mut venue = match &options.url {
        None => Venue::spawn(programs.clone(), &plan).await?,
        Some(url) => Venue::visit(url, &options.attempt, &plan).await?,
    };
    let played = match play(&plan, &mut venue, options.kill, &progress).await {
        Ok(played) => played,
        Err(error) => {
            return Err(match venue.hub.as_mut().and_then(Hub::has_ended) {
                Some(why) => error.context(why),
                None => error,
            });
        }
    };
    progress.phase("exporting and verifying the bundle");
    let report = judge(&plan, &mut venue, &programs, played, options.bundle.as_deref()).await?;
    progress.finish();
    Ok(report)
}

/// The plan, if it can be played here.
fn prepare(options: &Options) -> Result<Plan> {
    let mut scenario = Scenario::load(&options.scenario)?;
    if let Some(participants) = options.participants {
        scenario = scenario.scaled(participants)?;
    }
    if options.url.is_some() {
        scenario = scenario.without_staff();
    }
    let plan = Plan::new(scenario);
    let at_once = plan.sockets_at_once();
    if options.participants.is_none() && options.url.is_none() {
        let stated = plan.scenario.expect;
        let planned = Truth::stated(&plan)?.totals(&stated);
        if stated != planned {
            bail!("the scenario states {stated:?}, but its groups come to {planned:?}");
        }
    }
    if at_once > plan.scenario.sockets_max {
        bail!("the plan opens {at_once} sockets at once, more than the {} allowed", plan.scenario.sockets_max);
    }
    let descriptors = usize::try_from(process::raise_descriptors()).unwrap_or(usize::MAX);
    if at_once.saturating_add(OTHER_DESCRIPTORS) > descriptors {
        bail!(
            "the plan opens {at_once} sockets at once, but this process may hold {descriptors} descriptors: raise `ulimit -n`"
        );
    }
    if options.kill > 0 && options.url.is_some() {
        bail!("only a hub that was started here can be killed: use --spawn");
    }
    Ok(plan)
}

/// Exports the bundle, lets the auditor's program judge it, and compares it with everything that is known.
async fn judge(
    plan: &Plan,
    venue: &mut Venue,
    programs: &Programs,
    played: Played,
    keep: Option<&Path>,
) -> Result<Report> {
    match &mut venue.hub {
        Some(hub) => hub.stop().await?,
        None => sleep(SIGNED).await,
    }
    let folder = Folder::new()?;
    let path = keep.map_or_else(|| folder.join("bundle"), Path::to_owned);
    let arguments = ["export".as_ref(), venue.attempt.as_ref(), "--out".as_ref(), path.as_ref()];
    programs.hadir(&arguments).await?;
    let key = venue.verifier_key()?;
    let verdict = programs.verify(&path, &key).await?;
    let recounted = program::recount(&path, &key).await?;
    let bundle = Bundle::read(&path)?;
    let shared = venue.hub.is_none();
    let Played { stories, scanned, names, kills, shown, figures, first_failure } = played;
    let mut disagreements = oracle::disagreements(Case {
        plan,
        terms: &venue.terms,
        truth: &venue.truth,
        stories: &stories,
        scanned: &scanned,
        looked_up: &names,
        bundle: &bundle,
        kills: &kills,
        shared,
        shown: Some(&shown).filter(|_| !shared),
    });
    if figures.failed_first_attempts > 0 {
        let first = first_failure.unwrap_or_default();
        disagreements
            .push(format!("{} connections failed at their first attempt: {first}", figures.failed_first_attempts));
    }
    let lagged = i64::try_from(figures.lag_ms).unwrap_or(i64::MAX) > LAG_MS;
    if lagged && !disagreements.is_empty() {
        let lag = figures.lag_ms;
        disagreements
            .push(format!("clients acted up to {lag} ms late, more than the plan allows: is this machine busy?"));
    }
    disagreements.extend(verdict.error.map(|error| format!("hadir-verify: {error}")));
    let recount = recounted.map(|recounted| {
        disagreements.extend(recounted.error.map(|error| format!("recount.py: {error}")));
        recounted.verdict.to_owned()
    });
    Ok(Report {
        scenario: plan.scenario.name.clone(),
        participants: plan.scenario.joining(),
        registered: bundle.count(&["registered"]),
        certifiable: bundle.count(&["certifiable"]),
        oracle_ok: disagreements.is_empty(),
        verdict: verdict.verdict,
        recount,
        kills: kills.len(),
        disagreements,
        figures,
    })
}
