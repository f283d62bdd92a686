//! The fold: entries become attendance, and attendance is judged by the declared rule.

pub mod attendance;
pub(super) mod changes;
pub mod check_refusal;
pub mod checks;
pub mod concurrency;
pub(in crate::domain) mod connections;
pub mod hall;
pub mod holds;
pub mod intervals;
pub(super) mod nodes;
pub(in crate::domain) mod person;
pub(in crate::domain) mod presence;
pub(in crate::domain) mod profile;
pub mod prompts;
pub mod refusal;
pub mod standing;
#[cfg(test)]
mod tests;
pub(super) mod view;
