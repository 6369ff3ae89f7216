//! The newest articles by their sketches: which words are rare at present, and which articles share the rare ones of a new one.
//!
//! Bounded in number and time by whoever fills it; what is asked of it costs the same whatever the archive holds. Never
//! decides: it proposes, and the texts are compared.

mod postings;

use self::postings::{Postings, held};
use super::sketch::Sketch;

/// The most articles that a window should hold.
pub const MOST_ARTICLES: usize = 65_536;

/// How long an article stays in it, in milliseconds.
pub const WINDOW_MS: i64 = 7 * 24 * 3600 * 1000;

/// A term of more articles than this is no clue.
const COMMON: u32 = 32;

/// Articles kept of a shingle: a few are enough to find a copy by, since copies of one text are found through each other.
const HOLDERS: usize = 3;

/// A shingle of more articles than this is boilerplate.
const BOILERPLATE: u32 = 64;

/// Terms of an article by which others are looked for, the rarest.
const CLUES: usize = 12;

/// Clues that an article must share to be proposed.
const SHARED_CLUES: usize = 4;

/// Articles of its language from which a window can tell what is rare in it; before that, only copies are proposed.
const KNOWN: u32 = 64;

/// Keys that an article must share to be proposed as a copy; of a short text, one is enough.
const SHARED_KEYS: usize = 2;

/// The most articles proposed as copies.
const MOST_COPIES: usize = 6;

/// The most articles proposed as of the same story.
const MOST_STORIES: usize = 3;

/// The newest articles.
#[derive(Debug)]
pub struct Window {
    terms: Postings,
    keys: Postings,
    articles: usize,
}

impl Default for Window {
    fn default() -> Window {
        Window { terms: Postings::keeping(COMMON as usize), keys: Postings::keeping(HOLDERS), articles: 0 }
    }
}

/// A window in the making. The articles come newest first, so that of what stands in many only the newest are written down: several
/// times as fast as to add them in turn.
#[derive(Debug, Default)]
pub struct Making {
    window: Window,
    /// The keys with their articles, by [`in_line`].
    keys: Vec<u64>,
}

impl Making {
    /// Adds an article that is older than all before it, as [`Window::add`] does.
    pub fn add(&mut self, article: i64, sketch: &Sketch) {
        let Some(row) = held(article) else { return };
        self.window.articles += 1;
        sketch.terms.iter().for_each(|term| self.window.terms.add_older(*term, row));
        self.keys.extend(sketch.keys.iter().map(|key| in_line(*key, row)));
    }

    /// The window.
    pub fn done(self) -> Window {
        let Making { mut window, mut keys } = self;
        keys.sort_unstable();
        window.keys.reserve(keys.len());
        for line in keys {
            let (key, row) = of_line(line);
            window.keys.add_older(key, row);
        }
        window.terms.in_order();
        window.keys.in_order();
        window
    }
}

/// A key with its article as a number. In their order a hash map is filled from its beginning to its end, where the order of the
/// articles would lead to a place in main memory that no cache holds, half a million times; of one key the newest article is first.
fn in_line(key: u32, row: u32) -> u64 {
    u64::from(key.rotate_left(HIGH_BITS)) << 32 | u64::from(!row)
}

fn of_line(line: u64) -> (u32, u32) {
    (((line >> 32) as u32).rotate_right(HIGH_BITS), !(line as u32))
}

/// The lowest bits of a key decide on its place in a map; so many of the highest do not, in one of usual size.
const HIGH_BITS: u32 = 12;

/// What a window proposes: rows of articles, the most likely first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proposed {
    /// Perhaps the same text.
    pub copies: Vec<i64>,
    /// Perhaps the same event.
    pub stories: Vec<i64>,
}

impl Window {
    /// How many articles it holds.
    pub fn len(&self) -> usize {
        self.articles
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.articles == 0
    }

    /// Adds an article by its row. Rows from 2³¹ on are not held.
    pub fn add(&mut self, article: i64, sketch: &Sketch) {
        let Some(row) = held(article) else { return };
        self.articles += 1;
        sketch.terms.iter().for_each(|term| self.terms.add(*term, row));
        sketch.keys.iter().for_each(|key| self.keys.add(*key, row));
    }

    /// Takes an article out that was added with this very sketch.
    pub fn remove(&mut self, article: i64, sketch: &Sketch) {
        let Some(row) = held(article) else { return };
        self.articles = self.articles.saturating_sub(1);
        sketch.terms.iter().for_each(|term| self.terms.remove(*term, row));
        sketch.keys.iter().for_each(|key| self.keys.remove(*key, row));
    }

    /// Takes the oldest article out, in a fifth of the time.
    pub fn forget(&mut self, article: i64, sketch: &Sketch) {
        let Some(row) = held(article) else { return };
        self.articles = self.articles.saturating_sub(1);
        self.terms.forget(&sketch.terms, row);
        self.keys.forget(&sketch.keys, row);
    }

    /// How many articles of the window hold a term.
    pub fn count(&self, term: u32) -> u32 {
        self.terms.get(term).0
    }

    /// Which articles to compare a new one with; it is not among them itself.
    pub fn propose(&self, sketch: &Sketch) -> Proposed {
        let few = SHARED_KEYS.min(sketch.keys.len().div_ceil(8));
        let mut copies = Vec::with_capacity(64);
        for (count, rows) in sketch.keys.iter().map(|key| self.keys.get(*key)).filter(|(count, _)| *count <= BOILERPLATE) {
            // A shingle of few articles says more.
            copies.extend(rows.iter().map(|row| (*row, 1.0 / count as f32)));
        }
        Proposed { copies: rank(copies, few, MOST_COPIES), stories: self.propose_stories(sketch) }
    }

    /// By the rarest terms, where the window knows the language.
    fn propose_stories(&self, sketch: &Sketch) -> Vec<i64> {
        let postings: Vec<(u32, &[u32])> = sketch.terms.iter().map(|term| self.terms.get(*term)).collect();
        if postings.iter().all(|(count, _)| *count < KNOWN) {
            return Vec::new();
        }
        let mut clues: Vec<(u32, &[u32])> = postings.into_iter().filter(|(count, _)| (1..=COMMON).contains(count)).collect();
        clues.sort_by_key(|(count, _)| *count);
        clues.truncate(CLUES);
        let mut found = Vec::with_capacity(256);
        for (count, rows) in clues {
            let weight = 1.0 / (1.0 + count as f32).ln();
            found.extend(rows.iter().map(|row| (*row, weight)));
        }
        rank(found, SHARED_CLUES, MOST_STORIES)
    }
}

/// The articles that were found most often, by weight; the newest first among equals.
fn rank(mut found: Vec<(u32, f32)>, least: usize, most: usize) -> Vec<i64> {
    found.sort_unstable_by_key(|(row, _)| *row);
    let runs = found.chunk_by(|(a, _), (b, _)| a == b).filter(|run| run.len() >= least);
    let mut ranked: Vec<(f32, u32)> = runs.map(|run| (run.iter().map(|(_, weight)| weight).sum(), run[0].0)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    ranked.into_iter().take(most).map(|(_, row)| i64::from(row)).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::profile::Profile, *};
    use std::collections::BTreeMap;

    fn sketch(title: &str, text: &str) -> Sketch {
        Sketch::new(&Profile::new(title, text))
    }

    fn words(from: usize, to: usize) -> String {
        (from..to).map(|n| format!("w{}x ", n * 7919 % 10007)).collect()
    }

    #[test]
    fn a_copy_is_proposed_whatever_else_the_window_holds() {
        let mut window = Window::default();
        for n in 0..500 {
            window.add(n + 1, &sketch("the title", &words(n as usize * 20, n as usize * 20 + 60)));
        }
        let copy = format!("dateline {}", words(2000, 2060));
        assert_eq!(window.propose(&sketch("another", &copy)).copies.first(), Some(&101));
        window.remove(101, &sketch("the title", &words(2000, 2060)));
        assert!(!window.propose(&sketch("another", &copy)).copies.contains(&101));
    }

    #[test]
    fn stories_are_proposed_by_rare_terms_once_a_language_is_known() {
        let mut window = Window::default();
        window.add(1, &sketch("earthquake near zagora", "houses collapsed near zagora after the earthquake in the atlas"));
        let other = sketch("zagora earthquake", "in the atlas an earthquake, houses collapsed in zagora");
        assert_eq!(window.propose(&other).stories, Vec::<i64>::new());
        for n in 2..200 {
            window.add(n, &sketch("the day", &format!("in the near after w{n}")));
        }
        assert_eq!(window.propose(&other).stories, [1]);
    }

    #[test]
    fn a_window_that_was_filled_newest_first_is_the_same() {
        let sketches: Vec<Sketch> = (0..300).map(|n| sketch("the title", &words(n * 7, n * 7 + 50 + n % 60))).collect();
        let (mut added, mut made) = (Window::default(), Making::default());
        (1..).zip(&sketches[..200]).for_each(|(row, sketch)| added.add(row, sketch));
        (1..).zip(&sketches[..200]).collect::<Vec<_>>().iter().rev().for_each(|(row, sketch)| made.add(*row, sketch));
        let mut made = made.done();
        for (row, sketch) in (1..).zip(&sketches) {
            if row > 200 {
                for window in [&mut added, &mut made] {
                    window.add(row, sketch);
                    window.forget(row - 200, &sketches[row as usize - 201]);
                }
            }
            let get = |window: &Window| {
                let of = |postings: &Postings, list: &[u32]| {
                    list.iter().map(|n| (postings.get(*n).0, postings.get(*n).1.to_vec())).collect::<Vec<_>>()
                };
                (of(&window.terms, &sketch.terms), of(&window.keys, &sketch.keys))
            };
            assert_eq!(get(&made), get(&added), "{row}");
        }
    }

    #[test]
    fn what_is_removed_leaves_nothing_behind() {
        let mut window = Window::default();
        let sketches: Vec<Sketch> = (0..40).map(|n| sketch("title", &words(n * 7, n * 7 + 50))).collect();
        let rows = || (1..).zip(&sketches);
        rows().for_each(|(row, sketch)| window.add(row, sketch));
        rows().for_each(|(row, sketch)| {
            if row % 3 == 0 {
                window.remove(row, sketch)
            }
        });
        rows().for_each(|(row, sketch)| {
            if row % 3 != 0 {
                window.forget(row, sketch)
            }
        });
        assert!(window.is_empty() && window.terms.is_empty() && window.keys.is_empty());
    }

    #[test]
    fn of_articles_that_come_change_and_go_each_is_told_as_long_as_it_is_there() {
        let of = |n: i64| sketch("title", &words(n as usize % 90, n as usize % 90 + 50));
        let (mut window, mut held) = (Window::default(), BTreeMap::new());
        for row in 2..400 {
            // An earlier article in other words, perhaps one that is gone already.
            let earlier = (row - 1 - row * 31 % 60).max(1);
            if let Some(old) = held.remove(&earlier) {
                window.remove(earlier, &old);
            }
            for (row, n) in [(earlier, row * 17), (row, row * 7)] {
                window.add(row, &of(n));
                held.insert(row, of(n));
            }
            while held.len() > 50
                && let Some((oldest, sketch)) = held.pop_first()
            {
                window.forget(oldest, &sketch);
            }
            let with = |holds: &dyn Fn(&Sketch) -> bool| -> Vec<u32> {
                held.iter().filter(|(_, sketch)| holds(sketch)).map(|(row, _)| *row as u32).collect()
            };
            for Sketch { terms, keys } in held.values().skip(row as usize % 50).take(1) {
                for term in terms {
                    let all = with(&|sketch| sketch.terms.contains(term));
                    let newest = &all[all.len().saturating_sub(COMMON as usize)..];
                    assert_eq!(window.terms.get(*term), (all.len() as u32, newest), "{row}");
                }
                for key in keys {
                    let all = with(&|sketch| sketch.keys.contains(key));
                    let (count, newest) = window.keys.get(*key);
                    assert!(count as usize == all.len() && newest.is_sorted() && newest.iter().all(|row| all.contains(row)), "{row}");
                }
            }
        }
    }
}
