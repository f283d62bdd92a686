//! The integration tests: one binary, one module for each kind of question.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test stops at the first surprise; its helpers stand outside the functions that are marked as tests"
)]

mod bundle;
mod cli;
mod crash;
mod journal;
mod model;
mod pages;
mod people;
mod readme;
mod reconcile;
mod recount;
mod socket;
mod staff;
mod support;
mod tidy;
