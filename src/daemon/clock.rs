//! The system's clock; the only place that reads it.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Now, in Unix milliseconds; 0 for a clock set before 1970.
pub fn now_ms() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Holds the clock against the time that has passed.
#[derive(Debug)]
pub struct Watch {
    at: Instant,
    now_ms: i64,
}

impl Watch {
    /// From now on.
    pub fn start() -> Watch {
        Watch { at: Instant::now(), now_ms: now_ms() }
    }

    /// How far the clock was set back since it was last asked, in milliseconds. One that was set forward, as it seems to be after a
    /// laptop has slept, was not.
    pub fn set_back_ms(&mut self) -> i64 {
        let before = std::mem::replace(self, Watch::start());
        let passed_ms = i64::try_from(self.at.duration_since(before.at).as_millis()).unwrap_or(i64::MAX);
        (before.now_ms.saturating_add(passed_ms) - self.now_ms).max(0)
    }
}

/// Logs that what waits was moved by so many milliseconds with a clock that was set back; 0 where it was not.
pub fn tell_set_back(by_ms: i64) {
    if by_ms > 0 {
        tracing::warn!(seconds = by_ms / 1000, "the clock was set back; what waits moves with it");
    }
}
