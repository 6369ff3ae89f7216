//! Whether no match means that there was none: how many of the feeds that a rule watches are seen at this moment.

use super::{About, Kind, judge::FeedFacts};
use std::{collections::HashSet, iter::Sum};

/// What a rule sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Coverage {
    /// Feeds that it watches.
    pub feeds: usize,
    /// Of these, feeds whose last poll went well and that are neither silent nor empty.
    pub seen: usize,
    /// Feeds whose last poll failed.
    pub failing: usize,
    /// Feeds that have gone quiet or are empty.
    pub silent: usize,
    /// Feeds that were never polled.
    pub unpolled: usize,
    /// Feeds that may have missed entries lately; they may be among the seen.
    pub gaps: usize,
}

/// What each feed adds to the coverage of a rule that watches it; `open` are the conditions that hold, `gaps` the feeds with gaps.
/// The same for all rules, of which there may be as many as feeds.
pub fn by_feed<'f>(feeds: &'f [FeedFacts], open: &[(About, Kind)], gaps: &[String]) -> Vec<(&'f str, Coverage)> {
    let quiet = open.iter().filter(|(_, kind)| matches!(kind, Kind::Silent | Kind::Empty));
    let quiet: HashSet<&str> = quiet.filter_map(|(about, _)| about.feed()).collect();
    let gaps: HashSet<&str> = gaps.iter().map(String::as_str).collect();
    let of = |feed: &'f FeedFacts| {
        let id = feed.id.as_str();
        let mut coverage = Coverage { feeds: 1, gaps: usize::from(gaps.contains(id)), ..Coverage::default() };
        match feed {
            FeedFacts { last_poll_ms: None, .. } => coverage.unpolled = 1,
            FeedFacts { failures: 1.., .. } => coverage.failing = 1,
            _ if quiet.contains(id) => coverage.silent = 1,
            _ => coverage.seen = 1,
        }
        (id, coverage)
    };
    feeds.iter().map(of).collect()
}

impl Sum for Coverage {
    fn sum<I: Iterator<Item = Coverage>>(all: I) -> Coverage {
        all.fold(Coverage::default(), |sum, one| Coverage {
            feeds: sum.feeds + one.feeds,
            seen: sum.seen + one.seen,
            failing: sum.failing + one.failing,
            silent: sum.silent + one.silent,
            unpolled: sum.unpolled + one.unpolled,
            gaps: sum.gaps + one.gaps,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_that_is_not_seen_is_told_from_one_that_brings_nothing() {
        let feed = |id: &str, failures| FeedFacts { id: id.into(), failures, last_poll_ms: Some(1), ..Default::default() };
        let feeds = [feed("a", 0), feed("b", 2), feed("c", 0), FeedFacts { id: "d".into(), ..Default::default() }];
        let open = [(About::Feed("c".into()), Kind::Silent), (About::Feed("a".into()), Kind::Moved)];
        let found = by_feed(&feeds, &open, &["a".into(), "x".into()]);
        assert_eq!(found[2], ("c", Coverage { feeds: 1, silent: 1, ..Coverage::default() }));
        let sum: Coverage = found.into_iter().map(|(_, one)| one).sum();
        assert_eq!(sum, Coverage { feeds: 4, seen: 1, failing: 1, silent: 1, unpolled: 1, gaps: 1 });
    }
}
