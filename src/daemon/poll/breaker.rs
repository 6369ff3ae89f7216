//! The circuit breaker before the feeds. While the archive takes nothing in, what they answer would be lost, and asked for again and
//! again: it opens at the first refusal. Then a write of our own is tried, and when that is taken, one feed goes before all others.

use std::time::Duration;
use tokio::time::Instant;

/// From a refusal to the first try, and from one try to the next.
const PAUSE: Duration = Duration::from_secs(5);

/// The longest pause, where tries are taken and feeds are not.
const LONGEST: Duration = Duration::from_secs(30);

/// Whether feeds are started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Breaker {
    /// They are.
    #[default]
    Closed,
    /// None is; the archive is tried at this moment.
    Open {
        /// When.
        until: Instant,
        /// How long it was open for.
        pause: Duration,
    },
    /// One is, to show that the archive takes more than a try.
    HalfOpen {
        /// How long it was open for.
        pause: Duration,
    },
}

impl Breaker {
    /// The archive refused what a feed answered.
    pub fn refused(&mut self, now: Instant) {
        let pause = match *self {
            Breaker::Closed => PAUSE,
            Breaker::HalfOpen { pause } => (pause * 2).min(LONGEST),
            Breaker::Open { .. } => return,
        };
        *self = Breaker::Open { until: now + pause, pause };
    }

    /// The archive took what a feed answered; gives whether that says anything. While it is open it does not: what is small may
    /// still find room.
    pub fn taken(&mut self) -> bool {
        let says = !matches!(self, Breaker::Open { .. });
        if says {
            *self = Breaker::Closed;
        }
        says
    }

    /// How the try ended that was made at `now`.
    pub fn tried(&mut self, taken: bool, now: Instant) {
        if let Breaker::Open { pause, .. } = *self {
            *self = if taken { Breaker::HalfOpen { pause } } else { Breaker::Open { until: now + PAUSE, pause } };
        }
    }

    /// Until when no feed is started and nothing tried.
    pub fn open_until(&self) -> Option<Instant> {
        if let Breaker::Open { until, .. } = self { Some(*until) } else { None }
    }

    /// How many feeds may be started beside so many that are under way.
    pub fn lets(&self, under_way: usize) -> usize {
        match self {
            Breaker::Closed => usize::MAX,
            Breaker::Open { .. } => 0,
            Breaker::HalfOpen { .. } => 1_usize.saturating_sub(under_way),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_closes_by_a_try_and_one_feed_and_the_pause_grows_while_only_tries_are_taken() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        breaker.refused(now);
        assert_eq!(
            (breaker.lets(0), breaker.open_until(), breaker.taken()),
            (0, Some(now + PAUSE), false),
            "an answer from before says nothing"
        );
        breaker.tried(false, now + PAUSE);
        assert_eq!(breaker.open_until(), Some(now + 2 * PAUSE));
        for pause in [10, 20, 30, 30] {
            breaker.tried(true, now);
            assert_eq!((breaker.lets(0), breaker.lets(1)), (1, 0));
            breaker.refused(now);
            assert_eq!(breaker.open_until(), Some(now + Duration::from_secs(pause)));
        }
        breaker.tried(true, now);
        assert!(breaker.taken() && breaker.lets(100) == usize::MAX);
    }
}
