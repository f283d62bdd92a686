//! What is said of the attendance: counts, tables' rows, incidents, reasons.

pub mod account;
pub mod anomalies;
pub mod buckets;
pub mod check_accounts;
pub mod clocks;
pub(super) mod drops;
pub mod funnel;
pub mod incidents;
pub mod sentences;
pub mod summary;
pub mod tallies;
pub mod tally;
pub mod timeline;
pub mod venues;
