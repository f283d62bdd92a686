//! The evidence that leaves the hub: signed checkpoints, tiles, bundles and their verification.

pub mod checkpoint;
mod durable;
pub mod files;
mod rebuild;
pub mod receipt;
mod retention;
mod startup;
pub mod tiles;
