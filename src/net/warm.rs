//! Which servers have just answered, so that a connection to them may have been kept.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// Origins that are remembered before those that have cooled down are swept out.
const MANY: usize = 256;

/// When each origin last answered.
#[derive(Debug)]
pub(super) struct Warm {
    keep: Duration,
    at: HashMap<String, Instant>,
    /// How many were left by the last sweep.
    left: usize,
}

impl Warm {
    /// Connections are kept for so long.
    pub fn new(keep: Duration) -> Warm {
        Warm { keep, at: HashMap::new(), left: 0 }
    }

    /// An origin has answered.
    pub fn add(&mut self, origin: String, now: Instant) {
        // Where thousands answer within that time there is little to sweep out: not before there are twice as many again.
        if self.at.len() >= MANY.max(2 * self.left) {
            let keep = self.keep;
            self.at.retain(|_, at| now.duration_since(*at) < keep);
            self.left = self.at.len();
        }
        self.at.insert(origin, now);
    }

    /// Whether a connection to this origin may have been kept.
    pub fn has(&self, origin: &str, now: Instant) -> bool {
        self.at.get(origin).is_some_and(|at| now.duration_since(*at) < self.keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEEP: Duration = Duration::from_secs(3);

    #[test]
    fn an_origin_is_warm_for_a_while() {
        let (mut warm, now) = (Warm::new(KEEP), Instant::now());
        warm.add("https://a.example".to_owned(), now);
        assert!(warm.has("https://a.example", now + KEEP / 2) && !warm.has("https://b.example", now));
        assert!(!warm.has("https://a.example", now + KEEP));
    }

    #[test]
    fn those_that_have_cooled_down_are_swept_out_and_no_other() {
        let (mut warm, mut now) = (Warm::new(KEEP), Instant::now());
        // A thousand within the time for which they are kept.
        for n in 0..50_000 {
            now += KEEP / 1_000;
            warm.add(n.to_string(), now);
            assert!(warm.at.len() <= 2 * 1_001 && warm.has(&(n - 998).max(0).to_string(), now));
        }
        now += KEEP;
        (50_000..52_100).for_each(|n| warm.add(n.to_string(), now));
        assert!(!warm.at.contains_key("49999") && warm.at.len() == 2_100);
    }
}
