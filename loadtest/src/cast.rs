//! The cast: an attempt's directory with its declaration, its roster, everybody's link, and the two who act.

use std::{fs, path::Path, sync::Arc};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::{declare::declare, hub::Folder, plan::Plan, program::Programs};

/// Among how many schools the persons are spread.
const SCHOOLS: usize = 400;

/// The two who act where a scenario needs them: one of each side.
pub(crate) const ACTING: [(&str, &str); 2] = [("organizer", "Siti Aminah"), ("adjudicator", "Mr. Sato")];

/// Everybody's links.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cast {
    /// The participants', in the order of the plan.
    pub(crate) guests: Vec<Guest>,
    /// The tokens of the two who act, in the order of [`ACTING`]; empty where nobody does.
    pub(crate) acting: Vec<Arc<str>>,
}

/// A participant's secret and name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guest {
    /// The secret of their personal link.
    pub(crate) ticket: Arc<str>,
    /// Their short reference.
    pub(crate) reference: Arc<str>,
}

impl Cast {
    /// Creates the attempt for a plan.
    pub(crate) async fn prepare(programs: &Programs, folder: &Folder, plan: &Plan) -> Result<Self> {
        let (attempt, roster, links) = (folder.join("attempt"), folder.join("roster.csv"), folder.join("links.csv"));
        programs.hadir(&["init".as_ref(), attempt.as_ref()]).await?;
        declare(&attempt.join("attempt.toml"), plan)?;
        fs::write(&roster, roster_csv(plan)?)?;
        programs.hadir(&["roster".as_ref(), "import".as_ref(), attempt.as_ref(), roster.as_ref()]).await?;
        let out = ["roster".as_ref(), "links".as_ref(), attempt.as_ref(), "--out".as_ref(), links.as_ref()];
        programs.hadir(&out).await?;
        let guests = guests(&links, plan.persons.len())?;
        let acting = if plan.scenario.has_acts() { enrol(programs, &attempt).await? } else { Vec::new() };
        Ok(Self { guests, acting })
    }
}

/// Adds the two who act, and takes their links from the list.
async fn enrol(programs: &Programs, attempt: &Path) -> Result<Vec<Arc<str>>> {
    for (role, name) in ACTING {
        let contact = format!("email:{role}@example.org");
        let fixed = ["staff", "add", "--role", role, "--name", name, "--contact", contact.as_str()];
        let arguments: Vec<&std::ffi::OsStr> = fixed.iter().map(AsRef::as_ref).chain([attempt.as_ref()]).collect();
        programs.hadir(&arguments).await?;
    }
    let listed = programs.hadir(&["staff".as_ref(), "list".as_ref(), attempt.as_ref()]).await?;
    let of = |role: &str| {
        let row = listed.lines().find(|line| line.starts_with(role) && line.as_bytes().get(role.len()) == Some(&b','));
        let link = row.and_then(|row| row.rsplit(',').next()).and_then(|url| url.split_once('#'));
        link.map(|(_, token)| token.trim().into()).with_context(|| format!("no link of the {role} is listed"))
    };
    ACTING.into_iter().map(|(role, _)| of(role)).collect()
}

/// The plan's persons as an organizer would list them.
fn roster_csv(plan: &Plan) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["name", "id", "role", "school", "venue"])?;
    let hall = plan.scenario.hall.as_ref().map_or("", |hall| &hall.venue);
    for (index, person) in plan.persons.iter().enumerate() {
        let role = plan.group_of(person).map_or("", |group| &group.role);
        let school = index.checked_rem(SCHOOLS).unwrap_or_default();
        let venue = if person.scans.is_empty() { "" } else { hall };
        table.write_record([&name(index), &id(index), role, &format!("School {school}"), venue])?;
    }
    Ok(table.into_inner()?)
}

/// The name of a person of the plan.
pub(crate) fn name(person: usize) -> String {
    format!("Peserta {person:06}")
}

/// The identifier of a person of the plan.
pub(crate) fn id(person: usize) -> String {
    format!("LT-{person:06}")
}

/// Everybody's link, in the order of the plan.
fn guests(links: &Path, persons: usize) -> Result<Vec<Guest>> {
    let mut guests: Vec<Option<Guest>> = vec![None; persons];
    let mut table = csv::Reader::from_path(links).with_context(|| format!("{} cannot be read", links.display()))?;
    for row in table.deserialize() {
        let LinkRow { person_ref, name, url } = row?;
        let person: usize = name.rsplit(' ').next().unwrap_or_default().parse().context("a link of a stranger")?;
        let (_, ticket) = url.split_once('#').context("a link without a ticket")?;
        let guest = Guest { ticket: ticket.into(), reference: person_ref.into() };
        *guests.get_mut(person).context("a link of a stranger")? = Some(guest);
    }
    guests.into_iter().collect::<Option<_>>().context("somebody on the roster has no link")
}

/// What is needed of a row of the links.
#[derive(Debug, Deserialize)]
struct LinkRow {
    person_ref: String,
    name: String,
    url: String,
}
