//! Whether the loops still come round. Each says when it is at its top; the watchdog holds each to coming back.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// When each loop is to come round again.
#[derive(Debug, Default)]
pub struct Hearts {
    /// By the loop's name: from when on it is on its own time. Monotonic: a clock that is set, or a laptop that slept, makes
    /// nobody late.
    due: Mutex<BTreeMap<String, Instant>>,
}

impl Hearts {
    /// The loop of this name, as the log may call it, is at its top.
    pub fn beat(&self, name: &str) {
        self.away(name, Duration::ZERO);
    }

    /// The loop of this name now does what may take so long before it comes round.
    pub fn away(&self, name: &str, limit: Duration) {
        self.due().insert(name.to_owned(), Instant::now() + limit);
    }

    /// The loop of this name has ended as it should.
    pub fn rest(&self, name: &str) {
        self.due().remove(name);
    }

    /// A loop that has been on its own time for longer than `patience`.
    pub fn late(&self, patience: Duration) -> Option<String> {
        self.due().iter().find(|(_, due)| due.elapsed() > patience).map(|(name, _)| name.clone())
    }

    fn due(&self) -> MutexGuard<'_, BTreeMap<String, Instant>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_is_late_when_it_does_not_come_round_nor_says_that_it_takes_long() {
        let hearts = Hearts::default();
        let long_ago = Instant::now().checked_sub(Duration::from_secs(100)).unwrap();
        hearts.due().insert("poll".into(), long_ago);
        hearts.beat("upkeep");
        assert_eq!(hearts.late(Duration::from_secs(90)).as_deref(), Some("poll"));
        assert_eq!(hearts.late(Duration::from_secs(900)), None);
        hearts.beat("poll");
        assert_eq!(hearts.late(Duration::from_secs(90)), None);
        hearts.away("lane", Duration::from_secs(600));
        assert_eq!(hearts.late(Duration::ZERO).as_deref(), Some("poll"), "one that is away is not late before its time");
        hearts.rest("poll");
        assert_eq!(hearts.late(Duration::ZERO).as_deref(), Some("upkeep"));
    }
}
