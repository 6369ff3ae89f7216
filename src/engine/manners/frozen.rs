//! Servers that say "unchanged" (304) of a document that has changed, some of them for ever: by an old validator that they no
//! longer look at, or by a cache that answers every condition so. Where that is to be suspected, a 304 is followed by the same
//! question without conditions; a server that was caught is asked so at each poll, until it tells of news by itself.

use super::{DAY_MS, share};
use crate::engine::feed::FeedState;

/// Between two whole documents, where nothing else speaks against the server's word; and what the seed adds at most.
const WHOLE_MS: i64 = 30 * DAY_MS;
const WHOLE_SPREAD_MS: i64 = 10 * DAY_MS;

/// Whether a 304 is to be doubted this time. It is where the server was caught before; where it has given no whole document
/// for a month and more, or since a moment that is still to come; and where the feed is quiet beyond what its own rhythm
/// explains. In a silence that goes on it is doubted each time that the silence has grown twice as long as at the last
/// whole document, so that a feed that has ended costs next to nothing.
pub fn is_doubted(now_ms: i64, feed: &FeedState, seed: &str) -> bool {
    // A feed without a document is asked for the whole anyway.
    let Some(whole_ms) = feed.whole_ms else { return false };
    let since_ms = now_ms.saturating_sub(whole_ms);
    let patience_ms = WHOLE_MS + (WHOLE_SPREAD_MS as f64 * share(seed)) as i64;
    feed.frozen_ms.is_some()
        || since_ms < 0
        || since_ms > patience_ms
        || silence_ms(now_ms, feed).is_some_and(|silence_ms| since_ms >= silence_ms / 2)
}

/// How long a feed has been quiet, in milliseconds, if that is doubtful, a poll at this moment that brings nothing included.
fn silence_ms(now_ms: i64, feed: &FeedState) -> Option<i64> {
    let quiet = feed.habits.clone()?.unchanged(now_ms).quiet;
    quiet.is_doubtful().then(|| now_ms.saturating_sub(quiet.news_ms.unwrap_or(now_ms)))
}

/// Since when the server's "unchanged" is not to be believed, Unix milliseconds, after a document at `now_ms` that brought
/// `news` or none; `None` where it is. `denied` is whether the server had said "unchanged" of it a moment before.
pub fn since_ms(feed: &FeedState, denied: bool, news: bool, now_ms: i64) -> Option<i64> {
    match (denied, news) {
        (true, true) => feed.frozen_ms.or(feed.whole_ms).or(Some(now_ms)),
        (false, true) => None,
        (_, false) => feed.frozen_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::schedule::Habits;

    const HOUR_MS: i64 = 3_600_000;
    const START_MS: i64 = 20_000 * DAY_MS;

    fn read_at(whole_ms: i64) -> FeedState {
        FeedState { whole_ms: Some(whole_ms), ..FeedState::default() }
    }

    #[test]
    fn a_server_that_says_unchanged_for_ever_is_doubted_after_a_month() {
        assert!(!is_doubted(100 * DAY_MS, &FeedState::default(), "a"), "there is no document to speak of");
        assert!(!is_doubted(30 * DAY_MS, &read_at(0), "a"));
        assert!(is_doubted(41 * DAY_MS, &read_at(0), "a"));
        let days = |seed: &str| (30..=41).find(|day| is_doubted(day * DAY_MS, &read_at(0), seed));
        assert!((0..50).map(|n| days(&n.to_string())).collect::<std::collections::HashSet<_>>().len() > 5, "spread over days");
    }

    #[test]
    fn one_that_was_caught_is_doubted_always_and_so_is_a_clock_that_was_set_back() {
        assert!(is_doubted(DAY_MS, &FeedState { frozen_ms: Some(0), ..read_at(DAY_MS - 1) }, "a"));
        assert!(is_doubted(DAY_MS, &read_at(800 * DAY_MS), "a"));
    }

    /// Asks a feed with these habits each half hour from `from_ms` on and hears nothing but "unchanged"; gives the hours in which
    /// that was doubted, within `hours`.
    fn doubts(habits: Habits, from_ms: i64, hours: i64) -> Vec<i64> {
        let mut feed = FeedState { habits: Some(habits), ..read_at(from_ms) };
        let mut doubted = Vec::new();
        for half in 1..=hours * 2 {
            let now_ms = from_ms + half * HOUR_MS / 2;
            if is_doubted(now_ms, &feed, "a") {
                doubted.push(half / 2);
                feed.whole_ms = Some(now_ms);
            }
            feed.habits = feed.habits.map(|habits| habits.unchanged(now_ms));
        }
        doubted
    }

    /// A first document of `count` entries, one for each `minutes`.
    fn first(count: i64, minutes: i64) -> Habits {
        Habits::first(START_MS, &(1..=count).map(|n| Some(START_MS - n * minutes * 60_000)).collect::<Vec<_>>())
    }

    #[test]
    fn a_busy_feed_is_doubted_within_hours_of_its_silence_and_ever_more_rarely_then() {
        let (halves, news) = (20 * 48, [None, None, None]);
        let known = (1..=halves).fold(first(50, 60), |habits, half| habits.later(START_MS + half * HOUR_MS / 2, 50, &news));
        assert_eq!(doubts(known, START_MS + halves * HOUR_MS / 2, 24)[0], 6, "nothing shorter is a silence");
        let doubted = doubts(first(50, 20), START_MS, 30 * 24);
        assert!((6..=24).contains(&doubted[0]), "little is known of one that was read once: {doubted:?}");
        assert!((5..=8).contains(&doubted.len()) && doubted.windows(2).all(|pair| pair[1] >= 2 * pair[0]), "{doubted:?}");
    }

    #[test]
    fn a_feed_whose_silence_is_nothing_new_is_not_doubted_within_the_month() {
        assert_eq!(doubts(first(10, 7 * 24 * 60), START_MS, 14 * 24), [0; 0]);
        assert_eq!(doubts(Habits::first(START_MS, &[None; 20]), START_MS, 29 * 24), [0; 0], "nobody knows its rhythm");
    }

    #[test]
    fn it_begins_with_news_that_were_denied_and_ends_with_news_that_were_told() {
        let (well, caught) = (read_at(7), FeedState { frozen_ms: Some(5), ..read_at(9) });
        assert_eq!(since_ms(&well, true, true, 10), Some(7), "since the last document that is known to have been true");
        assert_eq!(since_ms(&caught, true, true, 10), Some(5));
        assert_eq!(since_ms(&well, true, false, 10), None, "other bytes and no news are no lie");
        assert_eq!((since_ms(&caught, false, false, 10), since_ms(&caught, true, false, 10)), (Some(5), Some(5)));
        assert_eq!(since_ms(&caught, false, true, 10), None);
    }
}
