//! When to try next: a feed after its poll, a delivery after its failure. Pure arithmetic over a seed; no clock.
//!
//! When a feed is *worth* a request is in `rhythm` (what is learned of it) and `budget` (what that earns it); `lateness` is
//! how well it went.

pub mod budget;
pub mod lateness;
pub mod rhythm;

use lateness::Lateness;
use rhythm::Rhythm;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// What is learned of a feed from its good polls.
#[derive(Debug, Clone, PartialEq)]
pub struct Habits {
    /// How much it brings, and when.
    pub rhythm: Rhythm,
    /// How long after publication its entries are first seen.
    pub lateness: Lateness,
    /// How many entries its last document held.
    pub entries: Option<u64>,
}

impl Habits {
    /// From the first document, read at `now_ms`, with entries of these publishing dates.
    pub fn first(now_ms: i64, published: &[Option<i64>]) -> Habits {
        let entries = Some(published.len() as u64);
        Habits { rhythm: Rhythm::imported(now_ms, published), lateness: Lateness::default(), entries }
    }

    /// With a later document of so many entries, of which those with these publishing dates are new.
    pub fn later(mut self, now_ms: i64, entries: u64, new: &[Option<i64>]) -> Habits {
        new.iter().flatten().for_each(|published_ms| self.lateness.note(*published_ms, now_ms));
        self.rhythm.observe(now_ms, new);
        Habits { entries: Some(entries), ..self }
    }

    /// With the word, at `now_ms`, that nothing has changed.
    pub fn unchanged(mut self, now_ms: i64) -> Habits {
        self.rhythm.observe(now_ms, &[]);
        self
    }
}

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

/// Pauses between the tries of a delivery to another machine, in seconds (the schedule of the Standard Webhooks specification).
const LADDER_S: [i64; 7] = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000];

/// Between the tries of a delivery on this machine, in milliseconds.
const LOCAL_MS: i64 = 30_000;

/// How long to wait after the n-th failed try (n ≥ 1), in milliseconds, with full jitter: anything between a fifth of the
/// step and the whole. `None` when the ladder has ended.
pub fn retry_ms(attempts: u32, local: bool, now_ms: i64, seed: &str) -> Option<i64> {
    if local {
        return Some(LOCAL_MS);
    }
    let step_ms = LADDER_S.get(attempts.saturating_sub(1) as usize)? * 1000;
    Some((step_ms as f64 * (0.2 + 0.8 * fraction(seed, now_ms))) as i64)
}

/// A number in 0 … 1 that depends on the seed and the time alone.
fn fraction(seed: &str, now_ms: i64) -> f64 {
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

    #[test]
    fn a_delivery_climbs_the_ladder_and_ends() {
        assert_eq!(retry_ms(8, false, 0, "x"), None);
        assert_eq!(retry_ms(800, true, 0, "x"), Some(LOCAL_MS));
        for attempts in 1..=7 {
            let wait = retry_ms(attempts, false, i64::from(attempts), "x").unwrap();
            assert!((1_000..=36_000_000).contains(&wait), "{attempts}: {wait}");
        }
    }
}
