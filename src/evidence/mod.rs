//! The evidence that leaves the hub: signed checkpoints, tiles, bundles and their verification.

pub mod bundle;
mod carried;
pub mod checkpoint;
pub mod documents;
mod durable;
pub mod files;
pub mod manifest;
pub mod progress;
pub mod public;
mod readme;
mod rebuild;
pub mod receipt;
mod retention;
mod startup;
mod tables;
pub mod tiles;
pub mod verify;
