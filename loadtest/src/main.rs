//! Plays a lesson's participants against a hub and checks what they were told against the bundle.
#![allow(dead_code, reason = "parts land one after another")]

mod clock;
mod plan;
mod random;
mod scenario;
mod truth;

fn main() {}
