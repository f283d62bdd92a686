//! The log on a real disk.
