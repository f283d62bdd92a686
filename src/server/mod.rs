//! Sockets in, pages out.

pub mod assets;
