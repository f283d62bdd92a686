//! What attendance means: pure rules on data that are handed in. It knows no clock, file, socket or random source.

pub mod accounts;
pub mod cell;
pub mod event;
pub mod fold;
pub mod ids;
pub mod ledger;
pub mod line;
pub mod reviews;
pub mod roster;
pub mod rules;
pub mod time;
pub mod tree;
