//! A token bucket: how fast a lane may send. Pure arithmetic over times that are handed in; it never sleeps.

/// A minute, in milliseconds.
const MINUTE_MS: f64 = 60_000.0;

/// Tokens that fill up at an even pace; each message takes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    per_minute: f64,
    tokens: f64,
    at_ms: i64,
}

impl Bucket {
    /// A full bucket that gains `per_minute` tokens a minute (at least 1) and holds what ten seconds bring, at least one.
    pub fn new(per_minute: u32, now_ms: i64) -> Self {
        let per_minute = f64::from(per_minute.max(1));
        Bucket { per_minute, tokens: most(per_minute), at_ms: now_ms }
    }

    /// Takes a token and gives 0, or leaves the bucket alone and gives the milliseconds until there is one, at least 1. A
    /// clock that went back brings no token and takes none.
    pub fn take(&mut self, now_ms: i64) -> i64 {
        let gone_ms = now_ms.saturating_sub(self.at_ms).max(0) as f64;
        self.at_ms = now_ms;
        self.tokens = (self.tokens + gone_ms * self.per_minute / MINUTE_MS).min(most(self.per_minute));
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return 0;
        }
        ((1.0 - self.tokens) * MINUTE_MS / self.per_minute).ceil().max(1.0) as i64
    }
}

fn most(per_minute: f64) -> f64 {
    (per_minute / 6.0).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_burst_is_let_through_and_then_the_pace_holds() {
        let mut bucket = Bucket::new(30, 0);
        assert_eq!((0..5).map(|_| bucket.take(0)).sum::<i64>(), 0);
        assert_eq!(bucket.take(0), 2_000);
        assert_eq!(bucket.take(1_999), 1);
        assert_eq!(bucket.take(2_000), 0);
    }

    #[test]
    fn a_clock_that_jumps_neither_floods_nor_starves() {
        let mut bucket = Bucket::new(6, 1_000_000);
        assert_eq!(bucket.take(1_000_000), 0);
        assert_eq!(bucket.take(0), 10_000, "set back: what was there stays");
        assert_eq!(bucket.take(10_000), 0);
        assert_eq!(bucket.take(i64::MAX), 0);
        assert!(bucket.take(i64::MAX) > 0, "a leap fills it once");
    }

    proptest! {
        #[test]
        fn no_minute_sees_more_than_its_tokens_and_one_burst(per_minute in 1u32..600, steps in prop::collection::vec(0i64..5_000, 1..400)) {
            let (mut bucket, mut now, mut taken) = (Bucket::new(per_minute, 0), 0, 0u32);
            for step in steps {
                now += step;
                taken += u32::from(bucket.take(now) == 0);
            }
            let allowed = most(f64::from(per_minute)) + now as f64 * f64::from(per_minute) / MINUTE_MS;
            prop_assert!(f64::from(taken) <= allowed + 1e-6, "{taken} of {allowed}");
        }

        #[test]
        fn waiting_as_long_as_asked_is_enough(per_minute in 1u32..600, start in 0i64..1_000_000) {
            let mut bucket = Bucket::new(per_minute, start);
            while bucket.take(start) == 0 {}
            let wait = bucket.take(start);
            prop_assert!(bucket.take(start + wait + 1) == 0);
        }
    }
}
