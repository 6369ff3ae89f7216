//! When to poll a feed next. Pure arithmetic over a seed; no clock.

use sha2::{Digest, Sha256};
use std::time::Duration;

/// A day, in milliseconds: the longest that anything waits.
pub const DAY_MS: i64 = 24 * 3600 * 1000;

/// What a poll's end says about the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It went well; the server may say how long its answer stays fresh (RFC 9111 section 4.2), in seconds.
    Good {
        /// Remaining freshness.
        fresh_s: Option<u64>,
    },
    /// It failed for the n-th time in a row, n ≥ 1; the server may ask for a pause (RFC 9110 section 10.2.3), in seconds.
    Bad {
        /// How many polls in a row have failed, this one counted.
        failures: u32,
        /// `Retry-After`.
        retry_after_s: Option<u64>,
    },
    /// 410: asked once a day, in case the server was wrong.
    Gone,
}

/// When to poll next, Unix milliseconds: the interval, at least the server's wish; doubled for each failure up to a day.
/// A twentieth at most is added by the seed, so that feeds do not march in step.
pub fn next_poll_ms(now_ms: i64, interval: Duration, outcome: Outcome, seed: &str) -> i64 {
    let interval_ms = i64::try_from(interval.as_millis()).unwrap_or(DAY_MS).clamp(1, DAY_MS);
    let wish_ms = |seconds: Option<u64>| seconds.map_or(0, |s| s.min(86_400) as i64 * 1000);
    let pause_ms = match outcome {
        Outcome::Good { fresh_s } => interval_ms.max(wish_ms(fresh_s)),
        Outcome::Bad { failures, retry_after_s } => (interval_ms << failures.min(12)).min(DAY_MS).max(wish_ms(retry_after_s)),
        Outcome::Gone => DAY_MS,
    };
    now_ms + pause_ms + (pause_ms as f64 / 20.0 * fraction(seed, now_ms)) as i64
}

/// A number in 0 … 1 that depends on the seed and the time alone.
pub(super) fn fraction(seed: &str, now_ms: i64) -> f64 {
    let mut hash = Sha256::new();
    hash.update(seed);
    hash.update(now_ms.to_le_bytes());
    let bytes = hash.finalize();
    f64::from(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn pause(outcome: Outcome) -> i64 {
        next_poll_ms(1_000_000, Duration::from_secs(900), outcome, "feed") - 1_000_000
    }

    #[test]
    fn a_poll_waits_for_its_interval_and_for_the_servers_wish() {
        let plain = pause(Outcome::Good { fresh_s: None });
        assert!((15 * MINUTE..=16 * MINUTE).contains(&plain), "{plain}");
        assert!(pause(Outcome::Good { fresh_s: Some(3600) }) >= 60 * MINUTE);
        assert!(pause(Outcome::Good { fresh_s: Some(u64::MAX) }) <= DAY_MS + DAY_MS / 20);
    }

    #[test]
    fn failures_double_the_pause_up_to_a_day() {
        let after = |failures| pause(Outcome::Bad { failures, retry_after_s: None });
        assert!((30 * MINUTE..=32 * MINUTE).contains(&after(1)));
        assert!((60 * MINUTE..=64 * MINUTE).contains(&after(2)));
        assert!(after(u32::MAX) <= DAY_MS + DAY_MS / 20);
        assert!(pause(Outcome::Bad { failures: 1, retry_after_s: Some(7200) }) >= 120 * MINUTE);
    }
}
