//! How many feeds may be started in one moment: after a start, a suspend or an outage hundreds are due at once, and are asked
//! one after another within minutes. Never says which.

/// Feeds that may be started in one moment.
const BURST: f64 = 16.0;
/// Feeds started in a second, at least.
const LEAST_A_SECOND: f64 = 2.0;
/// What the schedule wants in a second on the mean, so many times over: by day it wants more than by night.
const AMPLE: f64 = 4.0;
/// However many are due, all are started within about this, in seconds.
const WITHIN_S: f64 = 300.0;

/// A bucket of starts that fills with time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    starts: f64,
    a_second: f64,
    at_ms: i64,
}

impl Spread {
    /// A full bucket.
    #[must_use]
    pub fn new(now_ms: i64) -> Spread {
        Spread { starts: BURST, a_second: LEAST_A_SECOND, at_ms: now_ms }
    }

    /// How many of `due` feeds may be started now; they count as started. `wanted` is how many requests the schedule makes in
    /// a second on the mean: with fewer starts than that there would always be a heap, and all feeds late by it.
    pub fn take(&mut self, due: usize, wanted: f64, now_ms: i64) -> usize {
        let least = LEAST_A_SECOND.max(AMPLE * wanted);
        // What was needed for the most that were due together holds until the heap is gone.
        self.a_second = if due == 0 { least } else { self.a_second.max(due as f64 / WITHIN_S).max(least) };
        let passed_s = (now_ms - self.at_ms).clamp(0, 60_000) as f64 / 1000.0;
        self.at_ms = now_ms;
        self.starts = (self.starts + passed_s * self.a_second).min(BURST.max(self.a_second));
        let taken = due.min(self.starts as usize);
        self.starts -= taken as f64;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seconds at which `due` feeds are started when the loop looks every second.
    fn starts(due: usize) -> Vec<usize> {
        let mut spread = Spread::new(0);
        let (mut left, mut at) = (due, Vec::new());
        for second in 0_usize.. {
            let taken = spread.take(left, 0.0, second as i64 * 1000);
            at.extend(std::iter::repeat_n(second, taken));
            left -= taken;
            if left == 0 {
                return at;
            }
        }
        at
    }

    #[test]
    fn a_few_feeds_are_started_at_once() {
        assert_eq!(starts(1), [0]);
        assert!(starts(16).iter().all(|second| *second == 0));
    }

    #[test]
    fn many_feeds_are_spread_over_minutes_and_no_longer() {
        for due in [100, 500, 5_000] {
            let at = starts(due);
            let last = at[due - 1];
            assert!(last >= (due / 20).min(250) && last <= 320, "{due}: {last}");
            let most = (0..=last).map(|second| at.iter().filter(|s| **s == second).count()).max().unwrap();
            assert!(most <= 16.max(due / 300 + 1), "{due}: {most} in one second");
        }
    }

    #[test]
    fn what_the_schedule_wants_is_started_as_it_falls_due() {
        let mut spread = Spread::new(0);
        let (mut due, mut most) = (0, 0);
        // 3,000 feeds, each once in five minutes: ten fall due in each second.
        for second in 0..3_600 {
            due += 10;
            due -= spread.take(due, 10.0, second * 1000);
            most = most.max(due);
        }
        assert_eq!(most, 0, "nobody waits for its turn");
    }

    #[test]
    fn a_clock_that_jumps_fills_the_bucket_no_further() {
        let mut spread = Spread::new(0);
        assert_eq!(spread.take(1000, 0.0, 0), 16);
        assert_eq!(spread.take(1000, 0.0, -86_400_000), 0);
        assert_eq!(spread.take(1000, 0.0, 86_400_000), 16);
    }
}
