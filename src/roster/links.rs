//! Personal links for sending: one table, or one for each school.

use super::{
    details::Details,
    identifiers::IdKind,
    schools::{OfSchool, by_school},
    sheets,
    store::{PeopleStore, Person, StoreError},
    tickets::{SealError, Ticket, Tickets},
};

/// The table's columns; tools rely on the first three.
const COLUMNS: [&str; 7] = ["person_ref", "name", "url", "email", "phone", "school", "message"];

/// What the links lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkOptions {
    /// The address of the pages, without a slash at its end (`https://hadir.example`).
    pub base_url: String,
    /// The lesson's title, for the message.
    pub title: String,
}

/// One person's link.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// The person's reference.
    pub person_ref: String,
    /// Their name.
    pub name: String,
    /// Their personal address.
    pub url: String,
    /// Their e-mail address, or nothing.
    pub email: String,
    /// Their telephone number in groups, so that no spreadsheet takes it for a number; or nothing.
    pub phone: String,
    /// Their school, or nothing.
    pub school: String,
    /// A message that can be sent as it stands.
    pub message: String,
}

impl std::fmt::Debug for Link {
    /// A link is a key: it stays out of every log line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Link({})", self.person_ref)
    }
}

/// One school's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchoolSheet {
    /// A file name that every system accepts.
    pub file_name: String,
    /// The school.
    pub school: String,
    /// The file.
    pub csv: Vec<u8>,
}

/// Why there are no links.
#[derive(Debug, thiserror::Error)]
pub enum LinksError {
    /// As its own remedy says.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Try again.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Report it: rows in memory always have a table.
    #[error(transparent)]
    Table(#[from] csv::Error),
}

impl PeopleStore {
    /// Everybody's link, in the order in which they were added; without those who are erased or merged.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn links(&self, options: &LinkOptions) -> Result<Vec<Link>, LinksError> {
        let tickets = Tickets::new(self.keys())?;
        let people = self.people()?;
        let counted = people.iter().filter(|person| person.merged_into.is_none());
        let known = counted.filter_map(|person| Some((person, person.details.as_ref()?)));
        known.map(|(person, details)| Ok(link(person, details, &tickets, options)?)).collect()
    }
}

fn link(person: &Person, details: &Details, tickets: &Tickets, options: &LinkOptions) -> Result<Link, SealError> {
    let ticket = tickets.seal(Ticket { person: person.id, issue: person.issue })?;
    let url = format!("{}/join#{ticket}", options.base_url.trim_end_matches('/'));
    Ok(Link {
        person_ref: person.reference.to_string(),
        name: details.name.clone(),
        message: message(&details.name, &options.title, &url),
        url,
        email: details.identifier(IdKind::Email).unwrap_or_default().to_owned(),
        phone: grouped(details.identifier(IdKind::Phone).unwrap_or_default()),
        school: details.school.clone().unwrap_or_default(),
    })
}

fn message(name: &str, title: &str, url: &str) -> String {
    format!(
        "Yth. {name}, ini tautan pribadi Anda untuk \"{title}\": {url} - hanya untuk Anda, mohon tidak dibagikan. / \
         Dear {name}, this is your personal link for \"{title}\". It is for you only; please do not share it."
    )
}

/// `62 812-3456-7890`: the digits that a messenger wants, in a form that a spreadsheet leaves alone.
pub(super) fn grouped(phone: &str) -> String {
    let Some(national) = phone.strip_prefix("+62") else { return phone.to_owned() };
    let mut groups: Vec<&str> = Vec::new();
    let mut rest = national;
    for length in [3, 4] {
        let Some((group, after)) = rest.split_at_checked(length).filter(|(_, after)| !after.is_empty()) else { break };
        groups.push(group);
        rest = after;
    }
    groups.push(rest);
    format!("62 {}", groups.join("-"))
}

/// `links.csv`.
///
/// # Errors
/// Never for rows in memory; the caller reports it as a defect.
pub fn write_links(links: &[Link]) -> Result<Vec<u8>, csv::Error> {
    sheets::write(&COLUMNS, links.iter().map(cells))
}

/// One table for each school, in the order of their names; those without a school come in one of their own.
///
/// # Errors
/// Never for rows in memory; the caller reports it as a defect.
pub fn write_links_by_school(links: &[Link]) -> Result<Vec<SchoolSheet>, csv::Error> {
    let sheet = |OfSchool { school, stem, items }: OfSchool<&Link>| {
        let csv = sheets::write(&COLUMNS, items.into_iter().map(cells))?;
        Ok(SchoolSheet { file_name: format!("{stem}.csv"), school, csv })
    };
    by_school(links, |link| link.school.as_str()).into_iter().map(sheet).collect()
}

fn cells(link: &Link) -> [&str; 7] {
    [&link.person_ref, &link.name, &link.url, &link.email, &link.phone, &link.school, &link.message]
}
