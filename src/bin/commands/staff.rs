//! `hadir staff`: the persons who act, each with a link of their own.

use std::path::PathBuf;

use clap::ValueEnum;
use hadir::{
    attempt::{
        Attempt,
        links::LinksFile,
        staff::{self, Member, StaffError},
    },
    domain::{
        event::StaffRole,
        reviews::groups::{GROUP_LABEL_BYTES_MAX, is_label},
    },
    roster::{Identifier, LinkOptions, NewStaff, OsEntropy, RegisterError},
};

use super::{Failure, LOOPBACK_ONLY, open_and_hold, print, with_remedy};

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Enrols a person who acts and prints their personal link, before the hub is started.
    ///
    /// With the first use of the link their browser makes a key; from then on what they do is signed. Signals and
    /// strikes need somebody of the organizer's side and somebody independent of it.
    Add {
        /// Names the attempt's directory.
        #[arg(value_name = "DIR")]
        directory: PathBuf,
        /// Says as what the person acts.
        #[arg(long, env = "HADIR_STAFF_ROLE", value_enum)]
        role: RoleName,
        /// Gives the person's name, for the statements that they sign.
        #[arg(long, env = "HADIR_STAFF_NAME", value_name = "NAME")]
        name: String,
        /// Gives an identifier with its type, such as `email:siti@example.org` or `phone:0812...`.
        #[arg(long, env = "HADIR_STAFF_CONTACT", value_name = "TYPE:VALUE")]
        contact: String,
        /// Gives the person's profession, which record bodies ask of stewards and witnesses.
        #[arg(long, env = "HADIR_STAFF_PROFESSION", value_name = "TEXT")]
        profession: Option<String>,
        /// Names the group of at most 50 persons that a steward looks after, as the roster's `steward` column has it.
        #[arg(long, env = "HADIR_STAFF_GROUP", value_name = "LABEL")]
        group: Option<String>,
    },
    /// Lists the persons who act, with their personal links.
    List {
        /// Names the attempt's directory.
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
}

/// As what somebody acts.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum RoleName {
    /// Runs the attempt, on the organizer's side.
    #[value(help = "Runs the attempt, on the organizer's side.")]
    Organizer,
    /// Watches it for the record body, independent of the organizer.
    #[value(help = "Watches it for the record body, independent of the organizer.")]
    Adjudicator,
    /// Sees that it is what it says, independent of the organizer.
    #[value(help = "Sees that it is what it says, independent of the organizer.")]
    Witness,
    /// Reads the time, independent of the organizer.
    #[value(help = "Reads the time, independent of the organizer.")]
    Timekeeper,
    /// Looks after a part of the hall, on the organizer's side.
    #[value(help = "Looks after a part of the hall, on the organizer's side.")]
    Steward,
}

impl RoleName {
    fn role(self) -> StaffRole {
        match self {
            Self::Organizer => StaffRole::Organizer,
            Self::Adjudicator => StaffRole::Adjudicator,
            Self::Witness => StaffRole::Witness,
            Self::Timekeeper => StaffRole::Timekeeper,
            Self::Steward => StaffRole::Steward,
        }
    }
}

with_remedy!(StaffError, RegisterError);

pub(crate) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Add { directory, role, name, contact, profession, group } => {
            let (kind, value) = contact.split_once(':').ok_or_else(|| {
                Failure::words(
                    format!("`{contact}` has no type"),
                    "write it as email:siti@example.org or phone:0812...",
                )
            })?;
            let kind = kind.parse().map_err(|_| {
                Failure::words(format!("`{kind}` is no type of identifier"), "use email, phone, nik, nip, nuptk or id")
            })?;
            let contact = Identifier::parse(kind, value)
                .map_err(|error| Failure::new(error, "write the identifier as it stands on the person's papers"))?;
            if group.as_ref().is_some_and(|label| !is_label(label)) {
                let words = format!("`--group` needs a label of 1 to {GROUP_LABEL_BYTES_MAX} bytes");
                return Err(Failure::words(words, "write it as the roster's `steward` column has it, such as A-12"));
            }
            let (attempt, _lock) = open_and_hold(directory)?;
            let mut store = attempt.open_people()?;
            let role = role.role();
            let counting = &attempt.declaration.declaration.people.roles;
            let profession = profession.as_deref();
            let new = NewStaff { name, contact: &contact, profession, role: role.name(), counting };
            let person = store.enrol(&new, &mut OsEntropy)?;
            let reference = store.person(person)?.reference.to_string();
            staff::add(&attempt.layout.staff(), Member { reference, role, group: group.clone() })?;
            list_all(&attempt)
        }
        Command::List { directory } => {
            let (attempt, _lock) = open_and_hold(directory)?;
            list_all(&attempt)
        }
    }
}

fn list_all(attempt: &Attempt) -> Result<(), Failure> {
    let store = attempt.open_people()?;
    let join = LinksFile::load(&attempt.layout.links())?.join;
    let base_url = join.split("/join").next().unwrap_or_default().to_owned();
    let title = attempt.declaration.declaration.title.clone();
    let links = store.links(&LinkOptions { base_url, title })?;
    let mut table = vec!["role,side,person_ref,name,url".to_owned()];
    for Member { reference, role, .. } in staff::load(&attempt.layout.staff())? {
        let link = links.iter().find(|link| link.person_ref == reference);
        let name = link.map(|link| link.name.replace(['"', ',', '\r', '\n'], " ")).unwrap_or_default();
        let url = link.map_or("erased".to_owned(), |link| link.url.replacen("/join#", "/staff#", 1));
        table.push(format!("{},{},{reference},{name},{url}", role.name(), role.side().name()));
    }
    print(table.join("\n"))?;
    if attempt.is_loopback_only() { print(LOOPBACK_ONLY) } else { Ok(()) }
}
