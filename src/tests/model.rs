//! The fold against a reference in the rules' plainest words.

pub(crate) mod counts;
pub(crate) mod history;
pub(crate) mod reference;
