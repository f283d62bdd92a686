//! What attendance means: pure rules on data that are handed in. It knows no clock, file, socket or random source.

pub mod account;
pub mod acts;
pub mod attendance;
pub mod buckets;
pub mod cell;
mod changes;
pub mod check_accounts;
pub mod check_refusal;
pub mod checks;
pub mod concurrency;
mod connections;
pub mod deed;
pub mod event;
#[cfg(test)]
mod fold_tests;
pub mod funnel;
pub mod hall;
pub mod ids;
pub mod intervals;
pub mod ledger;
pub mod line;
mod nodes;
mod person;
mod presence;
mod profile;
pub mod prompts;
pub mod refusal;
pub mod roster;
pub mod rules;
pub mod sentences;
pub mod standing;
pub mod tally;
pub mod time;
pub mod timeline;
pub mod tree;
mod view;
