//! What is learned of a feed's rhythm: how many entries it brings, and at which hours of the week. Bounded whatever a feed
//! does: one number an hour of the week, each forgotten exponentially. Never says when to poll.
//!
//! Hours are those of UTC: a publisher's own day shows all the same, an hour off when its clocks change.

use std::time::Duration;

/// Hours of a week.
pub const SLOTS: usize = 168;
/// Hours of a day.
const DAY: usize = 24;
const HOUR_MS: i64 = 3_600_000;
const WEEK_MS: i64 = SLOTS as i64 * HOUR_MS;
/// After so many hours an entry counts 1/e: four weeks, so that each hour of the week is seen a few times.
const MEMORY_H: f64 = 28.0 * 24.0;
/// What a feed is believed to bring before anything is known of it: so many entries in so many hours.
const PRIOR: (f64, f64) = (1.0, 24.0);
/// How many entries an hour of the day, or a day of the week, must bring before its own figure outweighs the feed's mean.
const HOUR_PRIOR: f64 = 6.0;
/// The same for an hour of the week, against its hour and its day.
const SLOT_PRIOR: f64 = 3.0;
/// Publishing dates are believed as far back as this before the first document.
const BACKLOG_MS: i64 = 4 * WEEK_MS;

/// What is remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct Rhythm {
    /// From when on it was watched, Unix milliseconds.
    pub since_ms: i64,
    /// Up to when, Unix milliseconds.
    pub seen_ms: i64,
    /// Entries in each hour of the week, an entry of now counting 1. The week begins with the epoch, on a Thursday.
    slots: Box<[f32; SLOTS]>,
}

fn slot(at_ms: i64) -> usize {
    usize::try_from(at_ms.div_euclid(HOUR_MS).rem_euclid(SLOTS as i64)).unwrap_or(0)
}

fn hours(ms: i64) -> f64 {
    ms as f64 / HOUR_MS as f64
}

impl Rhythm {
    /// A feed of which nothing is known at `now_ms`.
    pub fn begin(now_ms: i64) -> Rhythm {
        Rhythm { since_ms: now_ms, seen_ms: now_ms, slots: Box::new([0.0; SLOTS]) }
    }

    /// A feed whose first document, read at `now_ms`, holds entries of these publishing dates. They are believed only where
    /// they look like a history: most of them different, and none of them what a server writes into every entry.
    pub fn imported(now_ms: i64, published: &[Option<i64>]) -> Rhythm {
        let mut dates: Vec<i64> = published.iter().flatten().copied().filter(|at| *at < now_ms && *at >= now_ms - BACKLOG_MS).collect();
        dates.sort_unstable();
        let mut distinct = dates.clone();
        distinct.dedup();
        let mut rhythm = Rhythm::begin(now_ms);
        if distinct.len() < 3 || distinct.len() * 2 < dates.len() {
            return rhythm;
        }
        rhythm.since_ms = distinct[0];
        for at_ms in dates {
            rhythm.slots[slot(at_ms)] += (-hours(now_ms - at_ms) / MEMORY_H).exp() as f32;
        }
        rhythm
    }

    /// Takes in what a good poll at `now_ms` brought since the one before: entries by their publishing dates. A date that
    /// does not lie between the two is not believed, and its entry is spread over the time between.
    pub fn observe(&mut self, now_ms: i64, new: &[Option<i64>]) {
        // The clock was set back: what was learned stays, and its age counts from now.
        if now_ms < self.seen_ms {
            self.seen_ms = now_ms;
            self.since_ms = self.since_ms.min(now_ms);
        }
        let from_ms = self.seen_ms;
        self.age(now_ms);
        for published in new {
            match published.filter(|at| (from_ms..=now_ms).contains(at)) {
                Some(at_ms) => self.slots[slot(at_ms)] += 1.0,
                None => self.spread(from_ms.max(now_ms - WEEK_MS), now_ms),
            }
        }
    }

    fn age(&mut self, now_ms: i64) {
        // What was counted in what is the future now, by a clock that was set back, is of now.
        let left = (-hours(now_ms - self.seen_ms).max(0.0) / MEMORY_H).exp() as f32;
        self.slots.iter_mut().for_each(|count| *count *= left);
        self.seen_ms = now_ms;
    }

    fn spread(&mut self, from_ms: i64, to_ms: i64) {
        let span = (to_ms - from_ms).max(1) as f64;
        let mut at_ms = from_ms.min(to_ms - 1);
        while at_ms < to_ms {
            let end_ms = ((at_ms.div_euclid(HOUR_MS) + 1) * HOUR_MS).min(to_ms);
            self.slots[slot(at_ms)] += ((end_ms - at_ms) as f64 / span) as f32;
            at_ms = end_ms;
        }
    }

    /// Entries an hour over the whole week, as it looks at the moment up to which it was watched.
    pub fn rate(&self) -> f64 {
        let watched = MEMORY_H * (1.0 - (-hours(self.seen_ms - self.since_ms).max(0.0) / MEMORY_H).exp());
        (self.slots.iter().map(|count| f64::from(*count)).sum::<f64>() + PRIOR.0) / (watched + PRIOR.1)
    }

    /// The rate of each hour of the week. A slot that has seen little is drawn to its hour and its day, and these to the mean.
    pub fn profile(&self) -> Profile {
        let (rate, watched) = (self.rate(), self.watched());
        let drawn = |(found, expected): (f64, f64)| (found + HOUR_PRIOR) / (expected * rate + HOUR_PRIOR);
        // Entries that came and hours that were watched, of each hour of the day and each day of the week.
        let (mut hours, mut days) = ([(0.0, 0.0); DAY], [0.0; SLOTS / DAY]);
        for (day, (counts, watched)) in days.iter_mut().zip(self.days().iter().zip(watched.as_chunks::<DAY>().0)) {
            let mut sum = (0.0, 0.0);
            for (hour, (count, watched)) in hours.iter_mut().zip(counts.iter().zip(watched)) {
                let count = f64::from(*count);
                (hour.0, hour.1) = (hour.0 + count, hour.1 + watched);
                (sum.0, sum.1) = (sum.0 + count, sum.1 + watched);
            }
            *day = drawn(sum);
        }
        let hours = hours.map(drawn);
        let (mut rates, mut sum) = ([0.0; SLOTS], 0.0);
        let by_day = rates.as_chunks_mut::<DAY>().0.iter_mut().zip(days);
        for ((rates, day), (counts, watched)) in by_day.zip(self.days().iter().zip(watched.as_chunks::<DAY>().0)) {
            for ((shape, hour), (count, watched)) in rates.iter_mut().zip(hours).zip(counts.iter().zip(watched)) {
                *shape = (f64::from(*count) + SLOT_PRIOR * hour * day) / (watched * rate + SLOT_PRIOR);
            }
            sum += rates.iter().sum::<f64>();
        }
        let scale = rate * SLOTS as f64 / sum;
        rates.iter_mut().for_each(|shape| *shape *= scale);
        Profile { rates }
    }

    /// The counts day by day.
    fn days(&self) -> &[[f32; DAY]] {
        self.slots.as_chunks::<DAY>().0
    }

    /// For how many hours each hour of the week was watched, an hour of now counting 1.
    fn watched(&self) -> [f64; SLOTS] {
        let age = hours(self.seen_ms - self.since_ms).max(0.0);
        let (here, into) = (slot(self.seen_ms), hours(self.seen_ms.rem_euclid(HOUR_MS)));
        let week = (-(SLOTS as f64) / MEMORY_H).exp();
        let seen = |times: f64| if times > 0.0 { (1.0 - week.powf(times)) / (1.0 - week) } else { 0.0 };
        // How often an hour was there: those of the last `rest` hours, by their middles, once more than the others.
        let whole = (age - into + 0.5).div_euclid(SLOTS as f64);
        let (more, less, rest) = (seen(whole + 1.0), seen(whole), (age - into + 0.5).rem_euclid(SLOTS as f64));
        let mut watched = [0.0; SLOTS];
        // Backwards from the hour under way: each one before it counts the same part less.
        let (an_hour, mut left) = ((-1.0 / MEMORY_H).exp(), (-(into - 0.5).max(0.0) / MEMORY_H).exp());
        for back in 0..SLOTS {
            let at = if back > here { here + SLOTS - back } else { here - back };
            watched[at] = left * if back as f64 <= rest { more } else { less };
            // Of the hour under way, its middle may be yet to come.
            left = if back == 0 { (-(into + 0.5) / MEMORY_H).exp() } else { left * an_hour };
        }
        watched
    }

    /// The counts, for the archive.
    pub fn bytes(&self) -> Vec<u8> {
        self.slots.iter().flat_map(|count| count.to_le_bytes()).collect()
    }

    /// What [`Rhythm::bytes`] wrote when it was seen up to `counted_ms`, and nothing came since; `None` for anything else.
    pub fn read(since_ms: i64, seen_ms: i64, (counted_ms, bytes): (i64, &[u8])) -> Option<Rhythm> {
        let mut rhythm = Rhythm { since_ms, ..Rhythm::begin(counted_ms) };
        if bytes.len() != SLOTS * 4 {
            return None;
        }
        for (count, piece) in rhythm.slots.iter_mut().zip(bytes.chunks_exact(4)) {
            *count = f32::from_le_bytes(piece.try_into().ok()?);
        }
        rhythm.age(seen_ms);
        rhythm.slots.iter().all(|count| count.is_finite() && *count >= 0.0).then_some(rhythm)
    }
}

/// Entries an hour, for each hour of the week.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    rates: [f64; SLOTS],
}

impl Profile {
    /// The same rate all week.
    pub fn flat(rate: f64) -> Profile {
        Profile { rates: [rate; SLOTS] }
    }

    /// The mean of the rate's square root: what a feed asks of the budget.
    pub fn pull(&self) -> f64 {
        self.rates.iter().map(|rate| rate.sqrt()).sum::<f64>() / SLOTS as f64
    }

    /// How many entries are to be expected between two moments, Unix milliseconds.
    pub fn expected(&self, from_ms: i64, to_ms: i64) -> f64 {
        let weeks = ((to_ms - from_ms).max(0) / WEEK_MS) as f64;
        let rest_ms = (to_ms - from_ms).max(0) % WEEK_MS;
        let mut sum = weeks * self.rates.iter().sum::<f64>();
        pieces(from_ms, from_ms + rest_ms, |at_ms, end_ms| {
            sum += self.rates[slot(at_ms)] * hours(end_ms - at_ms);
            None::<()>
        });
        sum
    }

    /// When the integral of `f(rate)`, an hour, from `from_ms` on has reached 1; `within` at most.
    pub fn reaches(&self, from_ms: i64, within: Duration, f: impl Fn(f64) -> f64) -> i64 {
        let end_ms = from_ms + i64::try_from(within.as_millis()).unwrap_or(WEEK_MS).min(WEEK_MS);
        let mut left = 1.0;
        let found = pieces(from_ms, end_ms, |at_ms, end_ms| {
            let pace = f(self.rates[slot(at_ms)]);
            let part = pace * hours(end_ms - at_ms);
            if part >= left {
                return Some(at_ms + (left / pace * HOUR_MS as f64) as i64);
            }
            left -= part;
            None
        });
        found.unwrap_or(end_ms)
    }
}

/// The hours from one moment to another, one by one, until `of` gives something.
fn pieces<T>(from_ms: i64, to_ms: i64, mut of: impl FnMut(i64, i64) -> Option<T>) -> Option<T> {
    let mut at_ms = from_ms;
    while at_ms < to_ms {
        let end_ms = ((at_ms.div_euclid(HOUR_MS) + 1) * HOUR_MS).min(to_ms);
        let found = of(at_ms, end_ms);
        if found.is_some() {
            return found;
        }
        at_ms = end_ms;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const START_MS: i64 = 2_800 * WEEK_MS;

    /// Ten weeks of three entries each weekday at nine, polled every half hour.
    fn office() -> Rhythm {
        let mut rhythm = Rhythm::begin(START_MS);
        for step in 1..=10 * 7 * 48 {
            let now_ms = START_MS + step * HOUR_MS / 2;
            let (day, half) = (step / 48 % 7, step % 48);
            let new = if day < 5 && half == 19 { vec![Some(now_ms - 60_000), None, Some(0)] } else { Vec::new() };
            rhythm.observe(now_ms, &new);
        }
        rhythm
    }

    #[test]
    fn rate_and_hours_of_a_feed_are_learned() {
        let rhythm = office();
        assert!((rhythm.rate() - 15.0 / 168.0).abs() < 0.01, "{}", rhythm.rate());
        let profile = rhythm.profile();
        let (busy, idle) = (profile.rates[9], profile.rates[6 * 24 + 3]);
        assert!(busy > 0.8 && idle < 0.03, "{busy} {idle}");
        let week = profile.expected(rhythm.seen_ms, rhythm.seen_ms + WEEK_MS);
        assert!((week - 168.0 * rhythm.rate()).abs() < 1e-6, "{week}");
        assert!((profile.expected(START_MS + 1, START_MS + 3 * WEEK_MS + 1) - 3.0 * week).abs() < 1e-6);
    }

    #[test]
    fn it_comes_back_from_the_archive_and_refuses_nonsense() {
        let rhythm = office();
        assert_eq!(Rhythm::read(rhythm.since_ms, rhythm.seen_ms, (rhythm.seen_ms, &rhythm.bytes())), Some(rhythm.clone()));
        assert_eq!(Rhythm::read(0, 0, (0, &rhythm.bytes()[1..])), None);
        assert_eq!(Rhythm::read(0, 0, (0, &f32::NAN.to_le_bytes().repeat(SLOTS))), None);
    }

    #[test]
    fn counts_that_were_left_as_they_were_age_when_they_are_read() {
        let mut rhythm = office();
        let (counted_ms, bytes) = (rhythm.seen_ms, rhythm.bytes());
        rhythm.observe(counted_ms + WEEK_MS, &[]);
        assert_eq!(Rhythm::read(rhythm.since_ms, rhythm.seen_ms, (counted_ms, &bytes)), Some(rhythm.clone()));
        // The clock was set back meanwhile.
        rhythm.observe(counted_ms - WEEK_MS, &[]);
        let back = Rhythm::read(rhythm.since_ms, rhythm.seen_ms, (counted_ms, &bytes)).unwrap();
        assert_eq!((back.seen_ms, back.bytes()), (counted_ms - WEEK_MS, bytes));
    }

    #[test]
    fn a_history_is_believed_and_a_stamp_is_not() {
        let day = |n: i64| Some(START_MS - n * 24 * HOUR_MS);
        let honest = Rhythm::imported(START_MS, &(1..=20).map(day).collect::<Vec<_>>());
        assert!((0.8..1.2).contains(&(honest.rate() * 24.0)), "{}", honest.rate());
        let unknown = Rhythm::begin(START_MS).rate();
        for lie in
            [vec![Some(START_MS - 5); 50], vec![None; 50], vec![Some(START_MS + HOUR_MS); 9], vec![Some(0), Some(1), Some(2), Some(3)]]
        {
            assert_eq!(Rhythm::imported(START_MS, &lie).rate(), unknown);
        }
    }

    #[test]
    fn a_clock_that_jumps_leaves_figures_that_are_finite() {
        let mut rhythm = office();
        let rate = rhythm.rate();
        for now_ms in [START_MS - 3 * WEEK_MS, START_MS + 900 * WEEK_MS, 0, START_MS] {
            rhythm.observe(now_ms, &[None, Some(now_ms)]);
            let profile = rhythm.profile();
            assert!(rhythm.rate().is_finite() && profile.rates.iter().all(|r| r.is_finite() && *r > 0.0), "{now_ms}");
        }
        assert!(rate > 0.0);
    }

    #[test]
    fn the_next_poll_is_where_the_integral_says() {
        let flat = Profile::flat(4.0);
        let day = Duration::from_secs(86_400);
        assert_eq!(flat.reaches(START_MS + 7, day, f64::sqrt) - START_MS - 7, HOUR_MS / 2);
        assert_eq!(flat.reaches(START_MS, day, |_| 0.0) - START_MS, 24 * HOUR_MS);
        assert_eq!(flat.reaches(START_MS, day, |_| 0.25) - START_MS, 4 * HOUR_MS);
    }
}
