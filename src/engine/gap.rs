//! Whether entries may have scrolled out of a feed's document unseen, told from two documents that follow each other. It says
//! "may": a document that shares nothing with the one before shows that its window has moved on, not what went by.

use url::Url;

/// An entry of a document, in so far as it tells of gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Whether an earlier document held it.
    pub known: bool,
    /// When it was published, by its publisher's word, Unix milliseconds.
    pub published_ms: Option<i64>,
}

/// Entries may be missing that were published in this time, Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The last good poll before it.
    pub from_ms: i64,
    /// The oldest entry of the document after it; where dates are no help, its poll.
    pub to_ms: i64,
}

/// Where an unknown entry of an older page lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the gap: it is news.
    Inside,
    /// Undated, or dated so short before the gap that it may have been offered late: told in a summary.
    Unclear,
    /// Before the gap: it is archived, and never told.
    Before,
}

impl Gap {
    /// Where an unknown entry of an older page lies, by its date in Unix milliseconds.
    #[must_use]
    pub fn place(&self, published_ms: Option<i64>) -> Place {
        match published_ms {
            Some(at_ms) if at_ms >= self.from_ms => Place::Inside,
            Some(at_ms) if at_ms < self.from_ms.saturating_sub(LATE_MS) => Place::Before,
            _ => Place::Unclear,
        }
    }

    /// Whether an older page of these `lines`, in their order, reaches back to what was seen before the gap: to an entry that is
    /// known, and not merely pinned on top, or past the gap's beginning.
    #[must_use]
    pub fn is_reached(&self, lines: &[Line]) -> bool {
        let pinned = lines.iter().take_while(|line| line.known).count();
        let rest = &lines[pinned..];
        (pinned > 0 && (rest.is_empty() || !may_be_pinned(pinned, lines.len(), rest)))
            || rest.iter().any(|line| line.known)
            || oldest_end(rest).is_some_and(|end| end < self.from_ms)
    }
}

/// Whether an older page may be asked for that a feed's document names: where the document itself came from, by scheme, host and
/// port. What stands in a document is a stranger's word, and the feed's secrets go along.
#[must_use]
pub fn may_follow(document: &str, page: &str) -> bool {
    match (Url::parse(document), Url::parse(page)) {
        (Ok(document), Ok(page)) => document.origin() == page.origin() && page.origin().is_tuple(),
        _ => false,
    }
}

/// An entry dated so long before a poll may still have been offered after it, in milliseconds.
const LATE_MS: i64 = 3_600_000;

/// Entries at the head of a document that may be pinned there: known ones above nothing but new ones.
const PINNED: usize = 3;

/// What may have been missed between a poll at `from_ms`, whose document held `before` entries, and one at `now_ms` with a
/// document of these `lines`, in their order.
///
/// None is found in a feed of one entry, which holds the newest and promises no more; nor in a document that is much shorter
/// than the one before: it was emptied, and did not overflow.
pub fn between(from_ms: i64, before: u64, now_ms: i64, lines: &[Line]) -> Option<Gap> {
    if before < 2 || (lines.len() as u64) * 2 < before {
        return None;
    }
    let pinned = lines.iter().take_while(|line| line.known).count();
    let rest = &lines[pinned..];
    if rest.len() < 2 || rest.iter().any(|line| line.known) || !may_be_pinned(pinned, lines.len(), rest) {
        return None;
    }
    let to_ms = oldest_end(rest).unwrap_or(now_ms);
    // The document reaches back to what was seen: it is all new and nothing is missing.
    if from_ms <= now_ms && to_ms <= from_ms && rest.iter().all(|line| line.published_ms.is_some()) && pinned == 0 && spread(rest) {
        return None;
    }
    let plausible = (from_ms + 1..=now_ms).contains(&to_ms);
    Some(Gap { from_ms: from_ms.min(now_ms), to_ms: if plausible { to_ms } else { now_ms } })
}

/// The date at the end of a document where its oldest entries are. One entry amid the others that is dated long ago was published
/// anew, and says nothing of how far the document reaches.
fn oldest_end(lines: &[Line]) -> Option<i64> {
    let dates: Vec<i64> = lines.iter().filter_map(|line| line.published_ms).collect();
    let oldest_first = dates.is_sorted() && dates.first() < dates.last();
    if oldest_first { dates.first().copied() } else { dates.last().copied() }
}

/// Known entries on top of new ones are pinned where they are few and the new ones are listed newest first. In a feed that
/// lists the oldest first they are the overlap.
fn may_be_pinned(pinned: usize, all: usize, rest: &[Line]) -> bool {
    if pinned == 0 {
        return true;
    }
    let dates: Option<Vec<i64>> = rest.iter().map(|line| line.published_ms).collect();
    let newest_first = dates.is_some_and(|dates| dates.is_sorted_by(|a, b| a >= b) && dates.first() > dates.last());
    pinned <= PINNED && pinned * 2 < all && newest_first
}

/// Whether the dates differ: a server that writes one moment into every entry says nothing with it.
fn spread(lines: &[Line]) -> bool {
    let mut dates: Vec<_> = lines.iter().filter_map(|line| line.published_ms).collect();
    dates.sort_unstable();
    dates.dedup();
    dates.len() * 2 > lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;
    const LAST: i64 = 1_000 * MINUTE;
    const NOW: i64 = 1_060 * MINUTE;

    /// Lines by letters: `k` known, `n` new, dated one minute apart, newest first, the newest a minute ago.
    fn lines(text: &str) -> Vec<Line> {
        let dated = text.chars().zip(1..).map(|(c, age)| Line { known: c == 'k', published_ms: Some(NOW - age * MINUTE) });
        dated.collect()
    }

    fn found(text: &str, before: u64) -> bool {
        between(LAST, before, NOW, &lines(text)).is_some()
    }

    #[test]
    fn a_window_that_shares_nothing_with_the_one_before_has_a_gap() {
        let gap = between(LAST, 10, NOW, &lines("nnnnnnnnnn")).unwrap();
        assert_eq!(gap, Gap { from_ms: LAST, to_ms: NOW - 10 * MINUTE });
        assert!(!found("nnnnnnnnnk", 10) && !found("kkkkkkkkkk", 10) && !found("", 10));
    }

    #[test]
    fn pinned_entries_hide_no_gap_and_an_overlap_is_none() {
        assert!(found("knnnnnnnnn", 10) && found("kknnnnnnnn", 10));
        let mut oldest_first = lines("knnnnnnnnn");
        oldest_first.iter_mut().zip(0..).for_each(|(line, at)| line.published_ms = Some(LAST - MINUTE + at * MINUTE));
        assert_eq!(between(LAST, 10, NOW, &oldest_first), None);
        assert!(!found("nknnnnnnnn", 10) && !found("kkkkknnnnn", 10));
    }

    #[test]
    fn feeds_of_one_entry_and_feeds_that_were_emptied_have_none() {
        assert!(!found("n", 1) && !found("n", 2) && !found("nnnn", 10) && !found("nnnn", 0) && found("nnnnn", 10));
    }

    #[test]
    fn a_document_that_reaches_back_far_enough_misses_nothing() {
        let mut all = lines("nnnnnnnnnn");
        all[9].published_ms = Some(LAST - MINUTE);
        assert_eq!(between(LAST, 10, NOW, &all), None);
        all.swap(3, 9);
        let gap = Some(Gap { from_ms: LAST, to_ms: NOW - 4 * MINUTE });
        assert_eq!(between(LAST, 10, NOW, &all), gap, "one amid the others was published anew");
        all.iter_mut().for_each(|line| line.published_ms = Some(0));
        assert_eq!(between(LAST, 10, NOW, &all), Some(Gap { from_ms: LAST, to_ms: NOW }), "one date for all says nothing");
        all.iter_mut().for_each(|line| line.published_ms = None);
        assert_eq!(between(LAST, 10, NOW, &all), Some(Gap { from_ms: LAST, to_ms: NOW }));
    }

    #[test]
    fn what_lies_before_a_gap_is_never_told_and_what_lies_in_it_is() {
        let gap = Gap { from_ms: LAST, to_ms: NOW };
        let place = |minutes: i64| gap.place(Some(LAST + minutes * MINUTE));
        assert_eq!([place(0), place(59), place(120)], [Place::Inside; 3]);
        assert_eq!([place(-1), place(-60), gap.place(None)], [Place::Unclear; 3]);
        assert_eq!([place(-61), gap.place(Some(0)), gap.place(Some(i64::MIN))], [Place::Before; 3]);
        assert_eq!(Gap { from_ms: i64::MIN, to_ms: 0 }.place(None), Place::Unclear);
    }

    #[test]
    fn a_page_reaches_what_was_seen_by_an_entry_or_by_its_oldest_date() {
        let gap = Gap { from_ms: LAST, to_ms: NOW };
        let reached = |text: &str| gap.is_reached(&lines(text));
        assert!(reached("nnnnnk") && reached("nnknnn") && reached("kkkk"));
        assert!(!reached("nnnnnn") && !reached("knnnnn") && !reached(""));
        let dated = |minutes: &[i64]| {
            let line = |minute: &i64| Line { known: false, published_ms: Some(LAST + minute * MINUTE) };
            gap.is_reached(&minutes.iter().map(line).collect::<Vec<_>>())
        };
        assert!(dated(&[3, 2, -1]) && dated(&[-1, 2, 3]) && dated(&[-2, -1]));
        assert!(!dated(&[3, 2, 1]) && !dated(&[-1000, 3, 2, 1, -1000, 1]), "an old entry amid new ones was published anew");
    }

    #[test]
    fn pages_are_followed_where_the_document_came_from_and_nowhere_else() {
        let feed = "https://news.example/feed?x=1";
        assert!(may_follow(feed, "https://news.example:443/feed?page=2") && may_follow(feed, "https://NEWS.example/2025"));
        for page in "http://news.example/2 https://news.example:8443/2 https://evil.example/2 https://a.news.example/2 data:,x 2".split(' ')
        {
            assert!(!may_follow(feed, page), "{page}");
        }
        assert!(!may_follow("data:,x", "data:,x"));
    }

    #[test]
    fn a_clock_that_was_set_back_gives_no_gap_that_ends_before_it_begins() {
        let gap = between(NOW, 10, LAST, &lines("nnnnnnnnnn")).unwrap();
        assert!(gap.from_ms <= gap.to_ms && gap.to_ms <= LAST, "{gap:?}");
    }
}
