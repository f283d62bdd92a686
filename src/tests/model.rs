//! The fold against a reference in the rules' plainest words.

mod book;
pub(crate) mod checks;
mod clock;

pub(crate) mod counts;
mod doors;
pub(crate) mod hall;
mod held;
pub(crate) mod history;
mod holds;
mod lessons;
mod lies;
mod odd;
mod privacy;
mod properties;
mod random;
pub(crate) mod reference;
mod reviews;
pub(crate) mod rows;
mod rulings;
mod spot_check;
mod timeline;
