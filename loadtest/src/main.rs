//! Plays a lesson's participants against a hub and checks what they were told against the bundle.
#![allow(dead_code, reason = "parts land one after another")]

mod client;
#[cfg(test)]
mod client_tests;
mod clock;
#[cfg(test)]
mod fake;
mod fleet;
mod plan;
mod random;
mod scenario;
mod socket;
mod stage;
mod truth;

fn main() {}
