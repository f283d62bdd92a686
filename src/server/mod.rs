//! Sockets in, pages out.

pub mod clock;
pub mod handle;
