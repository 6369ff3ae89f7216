//! Whether entries may have scrolled out of a feed's document unseen, told from two documents that follow each other. It says
//! "may": a document that shares nothing with the one before shows that its window has moved on, not what went by.

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
    let dates = rest.iter().filter_map(|line| line.published_ms);
    let to_ms = dates.min().unwrap_or(now_ms);
    // The document reaches back to what was seen: it is all new and nothing is missing.
    if from_ms <= now_ms && to_ms <= from_ms && rest.iter().all(|line| line.published_ms.is_some()) && pinned == 0 && spread(rest) {
        return None;
    }
    let plausible = (from_ms + 1..=now_ms).contains(&to_ms);
    Some(Gap { from_ms: from_ms.min(now_ms), to_ms: if plausible { to_ms } else { now_ms } })
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
        all.iter_mut().for_each(|line| line.published_ms = Some(0));
        assert_eq!(between(LAST, 10, NOW, &all), Some(Gap { from_ms: LAST, to_ms: NOW }), "one date for all says nothing");
        all.iter_mut().for_each(|line| line.published_ms = None);
        assert_eq!(between(LAST, 10, NOW, &all), Some(Gap { from_ms: LAST, to_ms: NOW }));
    }

    #[test]
    fn a_clock_that_was_set_back_gives_no_gap_that_ends_before_it_begins() {
        let gap = between(NOW, 10, LAST, &lines("nnnnnnnnnn")).unwrap();
        assert!(gap.from_ms <= gap.to_ms && gap.to_ms <= LAST, "{gap:?}");
    }
}
