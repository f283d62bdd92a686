#![doc = include_str!("ARCHITECTURE.md")]

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
pub mod roster;
#[cfg(feature = "server")]
pub mod server;
