//! Sockets in, pages out.

pub mod clock;
pub mod descriptors;
mod farewell;
pub mod handle;
pub mod hub;
mod outbox;
mod participant;
pub mod tls;
mod transport;
