//! The staff's routes.
