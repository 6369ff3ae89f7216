//! Whether no match means that there was none: how many of the feeds that a rule watches are seen at this moment.

use super::{About, Kind, judge::FeedFacts};

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

/// The coverage of a rule over the feeds that it watches; `open` are the conditions that hold, `gaps` the feeds with gaps.
pub fn coverage<'f>(watched: impl Iterator<Item = &'f FeedFacts>, open: &[(About, Kind)], gaps: &[String]) -> Coverage {
    let quiet =
        |feed: &FeedFacts| open.iter().any(|(about, kind)| matches!(kind, Kind::Silent | Kind::Empty) && about.feed() == Some(&feed.id));
    let mut coverage = Coverage::default();
    for feed in watched {
        coverage.feeds += 1;
        coverage.gaps += usize::from(gaps.contains(&feed.id));
        match feed {
            FeedFacts { last_poll_ms: None, .. } => coverage.unpolled += 1,
            FeedFacts { failures: 1.., .. } => coverage.failing += 1,
            feed if quiet(feed) => coverage.silent += 1,
            _ => coverage.seen += 1,
        }
    }
    coverage
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_that_is_not_seen_is_told_from_one_that_brings_nothing() {
        let feed = |id: &str, failures| FeedFacts { id: id.into(), failures, last_poll_ms: Some(1), ..Default::default() };
        let feeds = [feed("a", 0), feed("b", 2), feed("c", 0), FeedFacts { id: "d".into(), ..Default::default() }];
        let open = [(About::Feed("c".into()), Kind::Silent), (About::Feed("a".into()), Kind::Moved)];
        let found = coverage(feeds.iter(), &open, &["a".into(), "x".into()]);
        assert_eq!(found, Coverage { feeds: 4, seen: 1, failing: 1, silent: 1, unpolled: 1, gaps: 1 });
    }
}
