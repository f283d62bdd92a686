#![doc = include_str!("ARCHITECTURE.md")]
#![cfg_attr(
    test,
    expect(clippy::arithmetic_side_effects, reason = "a test stops at the first surprise, an overflow included")
)]

pub mod domain;
pub mod evidence;
pub mod session;
pub mod wire;

#[cfg(feature = "server")]
pub mod attempt;
#[cfg(feature = "server")]
pub mod config;
#[cfg(feature = "server")]
pub mod log;
#[cfg(feature = "server")]
pub mod reconcile;
#[cfg(feature = "report")]
pub mod report;
#[cfg(feature = "server")]
pub mod roster;
#[cfg(feature = "server")]
pub mod server;
