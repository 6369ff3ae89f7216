//! When to poll a feed next. Pure arithmetic over a seed; no clock.
//!
//! When a feed is *worth* a request is in `rhythm` (what is learned of it) and `budget` (what that earns it); `lateness` is
//! how well it went.

pub mod budget;
pub mod lateness;
pub mod quiet;
pub mod rhythm;

use lateness::Lateness;
use quiet::Quiet;
use rhythm::Rhythm;
use sha2::{Digest, Sha256};

/// What is learned of a feed from its good polls.
#[derive(Debug, Clone, PartialEq)]
pub struct Habits {
    /// How much it brings, and when.
    pub rhythm: Rhythm,
    /// How long after publication its entries are first seen.
    pub lateness: Lateness,
    /// How many entries its last document held.
    pub entries: Option<u64>,
    /// How long it has brought nothing, and how odd that is.
    pub quiet: Quiet,
    /// After a gap: the longest that it is left alone, in milliseconds, until it has shown that this is short enough.
    pub hurry_ms: Option<i64>,
}

impl Habits {
    /// From the first document, read at `now_ms`, with entries of these publishing dates.
    pub fn first(now_ms: i64, published: &[Option<i64>]) -> Habits {
        Habits {
            rhythm: Rhythm::imported(now_ms, published),
            lateness: Lateness::default(),
            entries: Some(published.len() as u64),
            quiet: Quiet::default().after(now_ms, !published.is_empty(), 0.0),
            hurry_ms: None,
        }
    }

    /// With a later document of so many entries, of which those with these publishing dates are new.
    pub fn later(mut self, now_ms: i64, entries: u64, new: &[Option<i64>]) -> Habits {
        new.iter().flatten().for_each(|published_ms| self.lateness.note(*published_ms, now_ms));
        self.entries = Some(entries);
        self.polled(now_ms, new)
    }

    /// With the word, at `now_ms`, that nothing has changed.
    pub fn unchanged(self, now_ms: i64) -> Habits {
        self.polled(now_ms, &[])
    }

    fn polled(mut self, now_ms: i64, new: &[Option<i64>]) -> Habits {
        let from_ms = self.rhythm.seen_ms;
        let expected = if new.is_empty() { self.rhythm.profile().expected(from_ms, now_ms) } else { 0.0 };
        self.quiet = self.quiet.after(now_ms, !new.is_empty(), expected);
        self.hurry_ms = self.hurry_ms.map(|hurry_ms| hurry_ms.saturating_mul(2)).filter(|hurry_ms| *hurry_ms < DAY_MS);
        self.rhythm.observe(now_ms, new);
        self
    }

    /// With a gap found at `now_ms`, between a good poll at `from_ms` and this one: half as long is the next pause at most.
    pub fn hurried(self, from_ms: i64, now_ms: i64) -> Habits {
        Habits { hurry_ms: Some(((now_ms - from_ms) / 2).max(1)), ..self }
    }
}

pub use super::manners::DAY_MS;

/// A number in 0 … 1 that depends on the seed and the time alone.
pub(super) fn fraction(seed: &str, now_ms: i64) -> f64 {
    let mut hash = Sha256::new();
    hash.update(seed);
    hash.update(now_ms.to_le_bytes());
    let bytes = hash.finalize();
    f64::from(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])) / f64::from(u32::MAX)
}
