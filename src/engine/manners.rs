//! The manners of polling, in so far as they decide *when*: the earliest moment at which a feed may be asked again.
//!
//! [`super::schedule`] says when a feed is worth asking (the wish), this room says from when on that is allowed (the limit):
//! the next poll is at [`next_ms`]`(now, wish, `[`earliest_ms`]`(…), seed)`. `host` is about hosts that want to be left alone,
//! `agreement` about what a server must say more than once before it is believed, `frozen` about a word of it
//! that is not, `link` about a network that is away, `spread`
//! about many feeds that are due in one moment. Never reads a clock, never asks anybody.

pub mod agreement;
pub mod frozen;
pub mod host;
pub mod link;
pub mod spread;

use super::publisher::PublisherSchedule;
use sha2::{Digest, Sha256};
use std::time::Duration;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// A day, in milliseconds: the longest that anybody is obeyed, and that a failure costs.
pub const DAY_MS: i64 = 24 * HOUR_MS;
/// The longest that a feed waits, in milliseconds: one that is gone for good. A due time further off than this (and
/// [`next_ms`]'s twentieth) was set by a clock that was wrong.
pub const LONGEST_MS: i64 = 7 * DAY_MS;
/// Between two questions whether a feed is truly gone.
const DOUBT_MS: i64 = 12 * HOUR_MS;
/// How a poll ended, in so far as it limits the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// A document, or the word that it is unchanged.
    Good {
        /// What is left of its freshness, in seconds (RFC 9111 section 4.2); says a 304 too (section 4.3.4).
        fresh_s: Option<u64>,
    },
    /// It failed.
    Bad {
        /// How many polls in a row have failed, this one counted; n ≥ 1.
        failures: u32,
        /// `Retry-After`, in seconds (RFC 9110 section 10.2.3).
        retry_after_s: Option<u64>,
    },
    /// 410 (RFC 9110 section 15.5.11).
    Gone {
        /// Whether it was said often enough to be believed.
        believed: bool,
    },
}

/// The earliest moment of the next poll, Unix milliseconds. `rhythm` is the pause that the schedule would make between two
/// good polls: failures double it. `publisher` is the document's word on its own rhythm, the default where the user set an
/// interval for this feed. Nobody's word holds for longer than a day, `skipHours` and `skipDays` together for a week.
pub fn earliest_ms(now_ms: i64, rhythm: Duration, ending: Ending, publisher: &PublisherSchedule) -> i64 {
    let rhythm_ms = i64::try_from(rhythm.as_millis()).unwrap_or(DAY_MS).clamp(MINUTE_MS, DAY_MS);
    let pause_ms = match ending {
        Ending::Good { fresh_s } => {
            MINUTE_MS.max(obeyed_ms(fresh_s)).max(obeyed_ms(publisher.ttl_s)).max(obeyed_ms(publisher.update_every_s))
        }
        Ending::Bad { failures, retry_after_s } => (rhythm_ms << failures.min(12)).min(DAY_MS).max(obeyed_ms(retry_after_s)),
        Ending::Gone { believed: false } => DOUBT_MS,
        Ending::Gone { believed: true } => LONGEST_MS,
    };
    past_skips(now_ms + pause_ms, publisher).min(now_ms + LONGEST_MS)
}

/// When to poll next, Unix milliseconds: neither before the wish nor before the limit. Each feed adds its own share of a
/// twentieth of the pause, always the same: feeds that were asked in one moment drift apart, and stay apart.
pub fn next_ms(now_ms: i64, wish_ms: i64, earliest_ms: i64, seed: &str) -> i64 {
    let at_ms = wish_ms.max(earliest_ms).clamp(now_ms, now_ms.saturating_add(LONGEST_MS));
    at_ms + ((at_ms - now_ms) as f64 / 20.0 * share(seed)) as i64
}

/// A number in 0 … 1 that depends on the seed alone.
pub fn share(seed: &str) -> f64 {
    let bytes = Sha256::digest(seed);
    f64::from(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])) / f64::from(u32::MAX)
}

fn obeyed_ms(seconds: Option<u64>) -> i64 {
    seconds.map_or(0, |s| i64::try_from(s).unwrap_or(i64::MAX).min(DAY_MS / 1000) * 1000)
}

/// The first moment from `at_ms` on that the publisher does not rule out (RSS 2.0, `skipHours` and `skipDays`).
fn past_skips(at_ms: i64, publisher: &PublisherSchedule) -> i64 {
    let mut at_ms = at_ms;
    for _ in 0..LONGEST_MS / HOUR_MS {
        if !publisher.skips(at_ms) {
            break;
        }
        at_ms = (at_ms.div_euclid(HOUR_MS) + 1) * HOUR_MS;
    }
    at_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER: Duration = Duration::from_secs(900);
    /// 2026-05-04T00:00:00Z, a Monday.
    const MONDAY_MS: i64 = 1_777_852_800_000;

    fn pause(ending: Ending) -> i64 {
        earliest_ms(MONDAY_MS, QUARTER, ending, &PublisherSchedule::default()) - MONDAY_MS
    }

    fn good(publisher: PublisherSchedule) -> i64 {
        earliest_ms(MONDAY_MS, QUARTER, Ending::Good { fresh_s: Some(120) }, &publisher) - MONDAY_MS
    }

    #[test]
    fn a_good_answer_is_kept_as_long_as_its_server_says_and_a_day_at_most() {
        assert_eq!(pause(Ending::Good { fresh_s: None }), MINUTE_MS);
        assert_eq!(pause(Ending::Good { fresh_s: Some(3600) }), HOUR_MS);
        assert_eq!(pause(Ending::Good { fresh_s: Some(u64::MAX) }), DAY_MS);
    }

    #[test]
    fn the_documents_own_rhythm_is_a_floor_and_clamped_too() {
        assert_eq!(good(PublisherSchedule { ttl_s: Some(3600), ..Default::default() }), HOUR_MS);
        assert_eq!(good(PublisherSchedule { update_every_s: Some(7200), ttl_s: Some(60), ..Default::default() }), 2 * HOUR_MS);
        assert_eq!(good(PublisherSchedule { update_every_s: Some(365 * 86_400), ..Default::default() }), DAY_MS);
    }

    #[test]
    fn hours_and_days_that_the_publisher_skips_are_waited_out() {
        let hours = PublisherSchedule { skip_hours: 0b111, ..Default::default() };
        assert_eq!(good(hours), 3 * HOUR_MS);
        let days = PublisherSchedule { skip_days: 0b11, ..Default::default() };
        assert_eq!(good(days), 2 * DAY_MS);
        let never = PublisherSchedule { skip_days: 0b011_1111, skip_hours: 0xFF_FFFE, ..Default::default() };
        assert!(good(never) <= LONGEST_MS);
    }

    #[test]
    fn failures_double_the_pause_up_to_a_day_and_retry_after_is_obeyed() {
        let after = |failures| pause(Ending::Bad { failures, retry_after_s: None });
        assert_eq!([after(1), after(2), after(3)], [30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS]);
        assert_eq!(after(u32::MAX), DAY_MS);
        assert_eq!(pause(Ending::Bad { failures: 1, retry_after_s: Some(7200) }), 2 * HOUR_MS);
        assert_eq!(pause(Ending::Bad { failures: 1, retry_after_s: Some(u64::MAX) }), DAY_MS);
    }

    #[test]
    fn a_feed_that_is_gone_is_asked_twice_a_day_until_that_is_believed_and_once_a_week_then() {
        assert_eq!(pause(Ending::Gone { believed: false }), 12 * HOUR_MS);
        assert_eq!(pause(Ending::Gone { believed: true }), LONGEST_MS);
    }

    #[test]
    fn the_next_poll_is_never_before_wish_or_limit_and_always_in_the_feeds_own_place() {
        for (wish, limit) in [(1_000, 900_000), (900_000, 1_000), (-5, -9), (i64::MAX / 2, 0)] {
            for seed in ["a", "b", "مرصد"] {
                let next = next_ms(0, wish, limit, seed);
                let least = wish.max(limit).clamp(0, LONGEST_MS);
                assert!(next >= least && next <= least + least / 20, "{wish} {limit} {seed}: {next}");
                assert_eq!(next, next_ms(0, wish, limit, seed));
            }
        }
        assert_ne!(next_ms(0, 900_000, 0, "a"), next_ms(0, 900_000, 0, "b"));
    }
}
