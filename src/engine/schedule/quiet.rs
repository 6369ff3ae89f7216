//! How long a feed has brought nothing, and how odd that is by its own history. Counted poll by poll, so that time in which
//! nobody looked, or that a clock jumped over, is no silence.

/// The most entries that one pause between two polls may be found wanting: three polls at least make a silence.
const MOST_A_POLL: f64 = 4.0;
/// So many entries were to be expected where the probability that none came is 10⁻⁴ (Poisson: −ln p).
const ODD: f64 = 9.21;
/// The same for a probability of 10⁻².
const DOUBTFUL: f64 = 4.61;
/// Nothing shorter is a silence, in milliseconds.
const LEAST_MS: i64 = 6 * 3_600_000;
/// How far a silence must outlast the longest that the feed had before: entries come in bursts, and weekends are long.
const BEYOND: f64 = 1.5;
/// So many polls must have brought something before anybody knows what is usual.
const HISTORY: u32 = 10;
/// What is left of the longest pause after each that was shorter.
const KEEP: f64 = 0.995;

/// The silence of a feed, as it stands after a good poll.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Quiet {
    /// When it last brought something, Unix milliseconds.
    pub news_ms: Option<i64>,
    /// When it was last asked with success, Unix milliseconds.
    pub asked_ms: i64,
    /// How many entries were to be expected since it last brought something.
    pub missed: f64,
    /// The longest pause between news, in milliseconds, fading.
    pub longest_ms: i64,
    /// How many polls brought something.
    pub times: u32,
}

impl Quiet {
    /// After a good poll at `now_ms` that brought something, or, with `expected` entries since the poll before, nothing.
    pub fn after(self, now_ms: i64, news: bool, expected: f64) -> Quiet {
        if !news {
            return Quiet { asked_ms: now_ms, missed: self.missed + expected.clamp(0.0, MOST_A_POLL), ..self };
        }
        let pause_ms = self.news_ms.map_or(0, |news_ms| (now_ms - news_ms).max(0));
        let longest_ms = pause_ms.max((self.longest_ms as f64 * KEEP) as i64);
        Quiet { news_ms: Some(now_ms), asked_ms: now_ms, missed: 0.0, longest_ms, times: self.times.saturating_add(1) }
    }

    /// Whether an entry was to be expected by now with near certainty at the feed's rate: reason enough to look closer, and
    /// none to alarm anybody.
    pub fn is_doubtful(&self) -> bool {
        self.news_ms.is_some_and(|news_ms| self.missed > DOUBTFUL && self.asked_ms.saturating_sub(news_ms) >= LEAST_MS)
    }

    /// Whether this is odd: improbable at the feed's rate, and longer than it ever was.
    pub fn is_odd(&self) -> bool {
        let Some(news_ms) = self.news_ms else { return false };
        let pause_ms = self.asked_ms - news_ms;
        self.times >= HISTORY && self.missed > ODD && pause_ms >= LEAST_MS && pause_ms as f64 > BEYOND * self.longest_ms as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    /// Polled each half hour by a feed of two entries an hour, silent from hour 240 on; gives when that is odd.
    fn odd_after(burst: i64) -> Option<i64> {
        let mut quiet = Quiet::default();
        (1..1000).find(|step| {
            let now_ms = step * HOUR / 2;
            let news = now_ms <= 240 * HOUR && (now_ms / HOUR) % burst == 0;
            quiet = quiet.after(now_ms, news, 1.0);
            quiet.is_odd()
        })
    }

    #[test]
    fn a_busy_feed_that_falls_silent_is_odd_within_hours_and_a_bursty_one_later() {
        assert_eq!(odd_after(1), Some(2 * (240 + 6)));
        let bursty = odd_after(12).unwrap();
        assert!(bursty > 2 * (240 + 12), "{bursty}");
    }

    #[test]
    fn time_in_which_nobody_looked_is_no_silence() {
        let mut quiet = (0..12).fold(Quiet::default(), |quiet, _| quiet.after(0, true, 0.0));
        quiet = quiet.after(10_000 * HOUR, false, 1e9).after(10_001 * HOUR, false, 2.0);
        assert!(!quiet.is_odd() && quiet.after(10_002 * HOUR, false, 1e9).is_odd());
        let back = quiet.after(-5 * HOUR, false, 1e9);
        assert!(!back.is_odd(), "a clock that was set back");
        assert!(!Quiet::default().after(HOUR, false, 1e9).is_odd(), "nothing is known of it");
    }
}
