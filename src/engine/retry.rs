//! When to try a delivery again after its failure. Pure arithmetic over a seed; no clock.

use super::schedule::fraction;

/// Pauses between the tries of a delivery to another machine, in seconds (the schedule of the Standard Webhooks specification).
const LADDER_S: [i64; 7] = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000];

/// Between the tries of a delivery on this machine, in milliseconds: a session that begins is no matter of hours.
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
