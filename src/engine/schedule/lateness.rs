//! How long after publication the entries of a feed are first seen: a histogram of fixed size that forgets. The publisher's
//! dates are its own word, so these are figures about the feed, never about what is new.

/// Buckets: the first holds delays up to [`FIRST_MS`], each further one twice as much as the one before; the last all others.
const BUCKETS: usize = 20;
const FIRST_MS: i64 = 15_000;
/// An entry published longer ago than this was not late but back-dated, and is not counted.
const MOST_MS: i64 = 7 * 24 * 3_600_000;
/// How much of the older counts each entry leaves: about the last hundred decide.
const KEEP: f32 = 0.99;

/// The delays of one feed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lateness {
    counts: [f32; BUCKETS],
}

impl Lateness {
    /// Takes in an entry that was published at `published_ms`, by its publisher's word, and first seen at `seen_ms`.
    pub fn note(&mut self, published_ms: i64, seen_ms: i64) {
        let delay_ms = seen_ms - published_ms;
        if !(0..=MOST_MS).contains(&delay_ms) {
            return;
        }
        self.counts.iter_mut().for_each(|count| *count *= KEEP);
        let bucket = (0..BUCKETS - 1).find(|bucket| delay_ms <= FIRST_MS << bucket).unwrap_or(BUCKETS - 1);
        self.counts[bucket] += 1.0;
    }

    /// The delay in milliseconds that the share `q` (0 … 1) of the entries stay below; `None` before there were five.
    pub fn quantile_ms(&self, q: f32) -> Option<i64> {
        let total: f32 = self.counts.iter().sum();
        if total < 4.5 {
            return None;
        }
        let mut left = total * q;
        for (bucket, count) in self.counts.iter().enumerate() {
            if left <= *count && *count > 0.0 {
                let high_ms = FIRST_MS << bucket;
                let low_ms = if bucket == 0 { 0 } else { high_ms / 2 };
                return Some(low_ms + ((high_ms - low_ms) as f32 * left / count) as i64);
            }
            left -= count;
        }
        Some(FIRST_MS << (BUCKETS - 1))
    }

    /// The counts, for the archive.
    pub fn bytes(&self) -> Vec<u8> {
        self.counts.iter().flat_map(|count| count.to_le_bytes()).collect()
    }

    /// What [`Lateness::bytes`] wrote; `None` for anything else.
    pub fn read(bytes: &[u8]) -> Option<Lateness> {
        let mut counts = [0.0; BUCKETS];
        if bytes.len() != BUCKETS * 4 {
            return None;
        }
        for (count, piece) in counts.iter_mut().zip(bytes.chunks_exact(4)) {
            *count = f32::from_le_bytes(piece.try_into().ok()?);
        }
        counts.iter().all(|count| count.is_finite() && *count >= 0.0).then_some(Lateness { counts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_and_tail_are_known_to_a_factor_of_two() {
        let mut lateness = Lateness::default();
        assert_eq!(lateness.quantile_ms(0.5), None);
        for n in 0..1_000 {
            lateness.note(0, if n % 10 == 0 { 3_600_000 } else { 300_000 });
        }
        let (median, tail) = (lateness.quantile_ms(0.5).unwrap(), lateness.quantile_ms(0.95).unwrap());
        assert!((240_000..=480_000).contains(&median) && (1_920_000..=3_840_000).contains(&tail), "{median} {tail}");
        assert_eq!(Lateness::read(&lateness.bytes()), Some(lateness.clone()));
    }

    #[test]
    fn dates_of_the_future_and_of_long_ago_are_left_out() {
        let mut lateness = Lateness::default();
        (0..100).for_each(|n| lateness.note(if n % 2 == 0 { 10_000 } else { -MOST_MS - 10_000 }, 5_000));
        assert_eq!(lateness.quantile_ms(0.5), None);
    }
}
