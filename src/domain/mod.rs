//! What attendance means: pure rules on data that are handed in. It knows no clock, file, socket or random source.

pub mod event;
pub mod ids;
pub mod line;
pub mod roster;
pub mod rules;
pub mod time;
pub mod tree;
