//! Sockets in, pages out.
