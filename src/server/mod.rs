//! Sockets in, pages out.

pub mod clock;
pub mod handle;
pub mod kernel;
pub mod problem;
pub mod pulse;
pub mod sequencer;
pub mod telemetry;
