//! The integration tests: one binary, one module for each kind of question.
#![cfg(test)] // Without it clippy takes the helpers of tests for code of the product.

mod bundle;
mod cli;
mod crash;
mod journal;
mod model;
mod pages;
mod people;
mod readme;
mod socket;
mod staff;
mod support;
mod tidy;
