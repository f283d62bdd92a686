//! People: import, identifiers, personal links and the encrypted store.
//!
//! Personal data live in [`PeopleStore`] and nowhere else; an attempt's log and roster carry only what
//! [`Pseudonyms`] derives. Everything here returns data; the command line prints it.
//!
//! - **Roles** are one word for each meaning ([`normal_role`]): what people write in Indonesian or English becomes
//!   `participant`, `committee`, `speaker` ...; other words stay as they are, in small letters. They stand in the log.
//! - **Groups** in the log are keyed labels (`g...`) of the school, or of the region where no school is known: subtotals
//!   need them, and the name of a small school would point at persons. [`write_listing`] says which is which.
//! - **Commitments** are salted anew for each attempt, and each correction of the details: equal ones never link two.
//! - **One key** merges a row with others: the primary identifier, or the e-mail address where a row has no other. Of
//!   two rows that only share an address, one with the primary identifier and one without, the names must agree too.
//! - **Blank cells** of a later import leave what is known; only a value replaces a value.

mod civil;
mod columns;
mod details;
mod digits;
mod directory;
mod enrolment;
mod identifiers;
mod import;
mod links;
mod listing;
mod matching;
mod merging;
mod problem;
mod pseudonyms;
mod reference;
mod registration;
mod rejects;
mod roles;
mod rows;
mod schools;
pub mod sealed;
mod secrets;
mod sheet;
mod sheets;
mod store;
mod suspects;
mod table;
mod text;
mod tickets;

pub use columns::{Field, MapError, Mapping};
pub use details::{Details, key as name_key};
pub use directory::{Directory, DirectoryError, Holder};
pub use enrolment::NewStaff;
pub use identifiers::{IdError, IdKind, Identifier, NotAKind, is_invisible};
pub use import::{ImportError, ImportOptions, ImportReport, NotAPrimary, Primary, Rejects};
pub use links::{Link, LinkOptions, LinksError, SchoolSheet, write_links, write_links_by_school};
pub use listing::write_listing;
pub use merging::MergedRows;
pub use problem::{Problem, Severity};
pub use pseudonyms::{GROUP_UNKNOWN, Pseudonyms, commitment};
#[cfg(feature = "report")]
pub(crate) use reference::spelled;
pub use reference::{NotAReference, PersonRef};
pub use registration::{RegisterError, Registered};
pub use roles::{PARTICIPANT, normal as normal_role};
pub use schools::{OfSchool, by_school};
pub use secrets::{Entropy, EventId, NoEntropy, OsEntropy, PeopleKeys, Secret};
#[cfg(feature = "report")]
pub(crate) use sheets::write as write_table;
pub use store::{FindError, Listed, Opening, PeopleStore, Person, Reissued, Source, StoreError};
pub use suspects::{Likeness, Suspect, SuspectPerson};
pub use table::TableError;
pub use tickets::{SealError, Ticket, TicketError, Tickets};
