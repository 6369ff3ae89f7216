//! When to try next: a feed after its poll, a delivery after its failure. Pure arithmetic over a seed; no clock.

use sha2::{Digest, Sha256};
use std::time::Duration;

pub use super::manners::DAY_MS;

/// When a feed is worth polling next, Unix milliseconds: after its interval, a day at most. From when on that is allowed is
/// for [`super::manners`] to say.
pub fn wish_ms(now_ms: i64, interval: Duration) -> i64 {
    now_ms + i64::try_from(interval.as_millis()).unwrap_or(DAY_MS).clamp(1, DAY_MS)
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
