//! The wall clock, read in one place: what clients note is compared with the log of the same machine.

use std::time::UNIX_EPOCH;

/// Milliseconds since 1970 by this machine's wall clock.
pub(crate) fn wall_ms() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the load test is outside the core: it watches real time")]
    let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
