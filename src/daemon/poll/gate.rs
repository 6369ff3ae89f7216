//! The gate before the feeds. While the archive takes nothing in, what they answer would be lost, and asked for again and again:
//! it is shut at the first refusal. Then a write of our own is tried, and when that is taken, one feed goes before all others.

use std::time::Duration;
use tokio::time::Instant;

/// From a refusal to the first try, and from one try to the next.
const PAUSE: Duration = Duration::from_secs(5);

/// The longest pause, where tries are taken and feeds are not.
const LONGEST: Duration = Duration::from_secs(30);

/// Whether feeds are started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Gate {
    /// They are.
    #[default]
    Open,
    /// None is; the archive is tried at this moment.
    Shut {
        /// When.
        until: Instant,
        /// How long it was shut for.
        pause: Duration,
    },
    /// One is, to show that the archive takes more than a try.
    Ajar {
        /// How long it was shut for.
        pause: Duration,
    },
}

impl Gate {
    /// The archive refused what a feed answered.
    pub fn refused(&mut self, now: Instant) {
        let pause = match *self {
            Gate::Open => PAUSE,
            Gate::Ajar { pause } => (pause * 2).min(LONGEST),
            Gate::Shut { .. } => return,
        };
        *self = Gate::Shut { until: now + pause, pause };
    }

    /// The archive took what a feed answered; gives whether that says anything. While it is shut it does not: what is small may
    /// still find room.
    pub fn taken(&mut self) -> bool {
        let says = !matches!(self, Gate::Shut { .. });
        if says {
            *self = Gate::Open;
        }
        says
    }

    /// How the try ended that was made at `now`.
    pub fn tried(&mut self, taken: bool, now: Instant) {
        if let Gate::Shut { pause, .. } = *self {
            *self = if taken { Gate::Ajar { pause } } else { Gate::Shut { until: now + PAUSE, pause } };
        }
    }

    /// Until when no feed is started and nothing tried.
    pub fn shut_until(&self) -> Option<Instant> {
        if let Gate::Shut { until, .. } = self { Some(*until) } else { None }
    }

    /// How many feeds may be started beside so many that are under way.
    pub fn lets(&self, under_way: usize) -> usize {
        match self {
            Gate::Open => usize::MAX,
            Gate::Shut { .. } => 0,
            Gate::Ajar { .. } => 1_usize.saturating_sub(under_way),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_by_a_try_and_one_feed_and_the_pause_grows_while_only_tries_are_taken() {
        let now = Instant::now();
        let mut gate = Gate::default();
        gate.refused(now);
        assert_eq!((gate.lets(0), gate.shut_until(), gate.taken()), (0, Some(now + PAUSE), false), "an answer from before says nothing");
        gate.tried(false, now + PAUSE);
        assert_eq!(gate.shut_until(), Some(now + 2 * PAUSE));
        for pause in [10, 20, 30, 30] {
            gate.tried(true, now);
            assert_eq!((gate.lets(0), gate.lets(1)), (1, 0));
            gate.refused(now);
            assert_eq!(gate.shut_until(), Some(now + Duration::from_secs(pause)));
        }
        gate.tried(true, now);
        assert!(gate.taken() && gate.lets(100) == usize::MAX);
    }
}
