//! The system's clock; the only place that reads it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Now, in Unix milliseconds; 0 for a clock set before 1970.
pub fn now_ms() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
