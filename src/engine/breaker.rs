//! The circuit breaker of a lane: whether the other side is worth a call now. Pure transitions between values; it never
//! calls anybody.

use super::schedule::{DAY_MS, fraction};

/// Failures in a row that open it.
pub const OPENS_AFTER: u32 = 3;

/// The first pause of an open breaker and the longest, in milliseconds. It doubles from one to the other.
const PAUSES_MS: (i64, i64) = (10_000, 300_000);

/// Every pause before this machine is asked again, in milliseconds.
const LOCAL_MS: i64 = 30_000;

/// What is known of the other side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Breaker {
    /// Failures in a row.
    pub failures: u32,
    /// No call before this time, Unix milliseconds; 0 for none.
    pub rests_until_ms: i64,
}

/// Whether a lane may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// It may.
    Closed,
    /// Messages may try, one at a time; the first decides.
    HalfOpen,
    /// Not yet.
    Open {
        /// For so long, in milliseconds, 1 … a day.
        wait_ms: i64,
    },
}

impl Breaker {
    /// Whether a call is allowed at `now_ms`. A rest that is further off than a day is over: the clock was set back.
    pub fn gate(self, now_ms: i64) -> Gate {
        let wait_ms = self.rests_until_ms.saturating_sub(now_ms);
        match wait_ms {
            1..=DAY_MS => Gate::Open { wait_ms },
            _ if self.failures >= OPENS_AFTER => Gate::HalfOpen,
            _ => Gate::Closed,
        }
    }

    /// After one more failure at `now_ms`. The other side may have asked to be left alone for `asked_ms`, which holds
    /// from the first failure on; else it rests from the third, with jitter from `seed`: half the pause to the whole.
    pub fn failed(self, asked_ms: Option<i64>, local: bool, now_ms: i64, seed: &str) -> Self {
        let failures = self.failures.saturating_add(1);
        let pause_ms = match failures.checked_sub(OPENS_AFTER) {
            None => 0,
            Some(_) if local => LOCAL_MS,
            Some(more) => {
                let step_ms = (PAUSES_MS.0 << more.min(20)).min(PAUSES_MS.1);
                (step_ms as f64 * (0.5 + 0.5 * fraction(seed, now_ms))) as i64
            }
        };
        let rest_ms = pause_ms.max(asked_ms.unwrap_or(0)).clamp(0, DAY_MS);
        Breaker { failures, rests_until_ms: if rest_ms > 0 { now_ms.saturating_add(rest_ms) } else { 0 } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(failures: u32) -> Breaker {
        (0..failures).fold(Breaker::default(), |breaker, _| breaker.failed(None, false, 0, "hook"))
    }

    #[test]
    fn the_third_failure_opens_it_and_a_success_is_a_new_start() {
        assert_eq!(after(2).gate(0), Gate::Closed);
        assert!(matches!(after(3).gate(0), Gate::Open { wait_ms: 5_000..=10_000 }));
        assert_eq!(after(3).gate(10_000), Gate::HalfOpen);
        assert_eq!(Breaker::default().gate(0), Gate::Closed);
    }

    #[test]
    fn its_pauses_grow_to_five_minutes() {
        let Gate::Open { wait_ms } = after(4).gate(0) else { panic!() };
        assert!((10_000..=20_000).contains(&wait_ms), "{wait_ms}");
        let Gate::Open { wait_ms } = after(200).gate(0) else { panic!() };
        assert!((150_000..=300_000).contains(&wait_ms), "{wait_ms}");
        let local = Breaker { failures: 90, rests_until_ms: 0 }.failed(None, true, 5, "desktop");
        assert_eq!(local.rests_until_ms, 30_005);
    }

    #[test]
    fn a_pause_that_was_asked_for_holds_from_the_first_failure_and_for_a_day_at_most() {
        assert_eq!(Breaker::default().failed(Some(90_000), false, 10, "x").gate(10), Gate::Open { wait_ms: 90_000 });
        assert_eq!(Breaker::default().failed(Some(i64::MAX), false, 0, "x").gate(0), Gate::Open { wait_ms: DAY_MS });
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_shut_it_for_ever() {
        let breaker = Breaker { failures: 3, rests_until_ms: 10 * DAY_MS };
        assert_eq!(breaker.gate(0), Gate::HalfOpen);
        assert_eq!(breaker.gate(i64::MIN), Gate::HalfOpen);
    }
}
