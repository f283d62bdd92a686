//! The options of a run: flags, environment and file as written, and what the modules get of them.

mod file;
mod options;

pub use file::{ConfigError, load};
pub use options::{Checked, DEFAULT_LISTEN, LogFormat, LogOptions, LogWritten, OptionsError, Written};
