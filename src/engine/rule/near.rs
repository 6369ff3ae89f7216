//! Windows: which hits of several groups stand within reach of each other. Everything in here is about one field.

use super::{expr::Reach, scan::Hit};

/// The hits of a group in one field, in order, with the one that ends first from each on.
struct Line<'h> {
    hits: &'h [Hit],
    /// `nearest[n]` is the index, from `n` on, of the hit that ends first.
    nearest: Vec<usize>,
}

impl<'h> Line<'h> {
    fn new(hits: &'h [Hit]) -> Line<'h> {
        let mut nearest: Vec<usize> = (0..hits.len()).collect();
        for n in (1..hits.len()).rev() {
            if hits[nearest[n]].last < hits[n - 1].last {
                nearest[n - 1] = nearest[n];
            }
        }
        Line { hits, nearest }
    }

    /// The hit that ends first of those that start at `word` or later.
    fn from(&self, word: u32) -> Option<&'h Hit> {
        let at = self.hits.partition_point(|hit| hit.first < word);
        self.nearest.get(at).map(|nearest| &self.hits[*nearest])
    }
}

/// The hits that stand in some window that holds one of each group; none when there is no such window. Each group's hits are
/// those of one field, in order. `sentence_end(n)` is the last word of the sentence of word `n`. Takes O(n log n) for n hits.
pub(super) fn within(reach: Reach, groups: &[Vec<Hit>], sentence_end: impl Fn(u32) -> u32) -> Vec<Hit> {
    let lines: Vec<Line<'_>> = groups.iter().map(|hits| Line::new(hits)).collect();
    let mut found: Vec<Hit> = Vec::new();
    if let Reach::Seq(n) = reach {
        let starts = starts(reach, groups);
        found.extend(
            starts
                .into_iter()
                .filter_map(|start| chain(&lines, start).filter(|chain| chain.iter().all(|hit| hit.last <= start.saturating_add(n))))
                .flatten(),
        );
    } else {
        let windows = starts(reach, groups).into_iter().map(|start| {
            let end = if let Reach::Near(n) = reach { start.saturating_add(n) } else { sentence_end(start) };
            (start, end)
        });
        let holds = |&(start, end): &(u32, u32)| lines.iter().all(|line| line.from(start).is_some_and(|hit| hit.last <= end));
        let windows: Vec<(u32, u32)> = windows.filter(holds).collect();
        // The window that starts last before a hit is the one that reaches furthest behind it.
        let covered = |hit: &&Hit| {
            let behind = windows.partition_point(|(start, _)| *start <= hit.first);
            behind.checked_sub(1).is_some_and(|last| hit.last <= windows[last].1)
        };
        found.extend(groups.iter().flatten().filter(covered));
    }
    // Stable: of terms that hit the same words the one written first stays.
    found.sort_by_key(|hit| (hit.first, hit.last, hit.start, hit.end));
    found.dedup_by_key(|hit| (hit.first, hit.last, hit.start, hit.end));
    found
}

/// How many words the narrowest window is wide, from its first word to its last; `None` when a group has no hit, or order
/// keeps them from one.
pub(super) fn narrowest(reach: Reach, groups: &[Vec<Hit>]) -> Option<u32> {
    let lines: Vec<Line<'_>> = groups.iter().map(|hits| Line::new(hits)).collect();
    let width = |start: u32| match reach {
        Reach::Seq(_) => chain(&lines, start)?.last().map(|hit| hit.last - start),
        _ => {
            let ends: Option<Vec<u32>> = lines.iter().map(|line| line.from(start).map(|hit| hit.last)).collect();
            ends?.into_iter().max().map(|end| end - start)
        }
    };
    starts(reach, groups).into_iter().filter_map(width).min()
}

/// Where a window may start: at a hit, of the first group where order counts.
fn starts(reach: Reach, groups: &[Vec<Hit>]) -> Vec<u32> {
    let of = if matches!(reach, Reach::Seq(_)) { &groups[..1.min(groups.len())] } else { groups };
    let mut starts: Vec<u32> = of.iter().flatten().map(|hit| hit.first).collect();
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// One hit of each group, each behind the one before, the nearest each time; the first starts at `start`.
fn chain(lines: &[Line<'_>], start: u32) -> Option<Vec<Hit>> {
    let (first, others) = lines.split_first()?;
    let opening = first.hits.iter().skip(first.hits.partition_point(|hit| hit.first < start)).take_while(|hit| hit.first == start);
    let mut chain = vec![*opening.min_by_key(|hit| hit.last)?];
    for line in others {
        let next = chain.last().map_or(start, |hit| hit.last + 1);
        chain.push(*line.from(next)?);
    }
    Some(chain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rule::Field;

    fn hits(words: &[(u32, u32)]) -> Vec<Hit> {
        words.iter().map(|(first, last)| Hit { term: 0, field: Field::Text, first: *first, last: *last, start: 0, end: 0 }).collect()
    }

    fn firsts(reach: Reach, groups: &[Vec<Hit>]) -> Vec<u32> {
        within(reach, groups, |word| word / 10 * 10 + 9).iter().map(|hit| hit.first).collect()
    }

    #[test]
    fn a_window_reaches_from_the_first_word_to_the_last_in_any_order() {
        let groups = [hits(&[(9, 9), (30, 30)]), hits(&[(5, 6), (20, 20)])];
        assert_eq!(firsts(Reach::Near(4), &groups), [5, 9]);
        assert!(firsts(Reach::Near(3), &groups).is_empty());
        assert_eq!(firsts(Reach::Near(11), &groups), [5, 9, 20, 30]);
        assert_eq!(narrowest(Reach::Near(0), &groups), Some(4));
    }

    #[test]
    fn a_sequence_keeps_its_order_and_shares_no_word() {
        let groups = [hits(&[(5, 6)]), hits(&[(6, 6), (8, 8)]), hits(&[(2, 2), (9, 9)])];
        assert_eq!(firsts(Reach::Seq(4), &groups), [5, 8, 9]);
        assert!(firsts(Reach::Seq(3), &groups).is_empty());
        assert_eq!(narrowest(Reach::Seq(0), &groups), Some(4));
    }

    #[test]
    fn a_sentence_ends_where_it_ends() {
        let groups = [hits(&[(8, 8), (12, 12)]), hits(&[(11, 11)])];
        assert_eq!(firsts(Reach::Sentence, &groups), [11, 12]);
        assert!(firsts(Reach::Sentence, &[hits(&[(8, 8)]), hits(&[(11, 11)])]).is_empty());
    }

    #[test]
    fn a_group_without_a_hit_leaves_nothing() {
        assert!(firsts(Reach::Near(100), &[hits(&[(1, 1)]), hits(&[])]).is_empty());
        assert_eq!(narrowest(Reach::Near(1), &[hits(&[(1, 1)]), hits(&[])]), None);
    }
}
