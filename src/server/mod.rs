//! Sockets in, pages out.

pub mod clock;
pub mod descriptors;
mod farewell;
pub mod handle;
pub mod hub;
pub mod kernel;
mod outbox;
mod participant;
pub mod problem;
pub mod pulse;
pub mod sequencer;
pub mod telemetry;
pub mod tls;
mod transport;
