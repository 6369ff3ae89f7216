//! The newest articles by their sketches: which words are rare at present, and which articles share the rare ones of a new one.
//!
//! Bounded in number and time by whoever fills it; what is asked of it costs the same whatever the archive holds. Never
//! decides: it proposes, and the texts are compared.

mod postings;
mod shingles;
mod slot;

use super::sketch::Sketch;
use postings::Postings;
use shingles::Shingles;
use slot::Slot;

/// How many rows the articles of a window should span at most. More than may be put into it before the oldest are taken out, it is
/// below what a `Slot` tells apart.
pub const MOST_ROWS: i64 = 65_000;

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
    keys: Shingles,
    articles: usize,
    /// The row of the newest.
    newest: i64,
}

impl Default for Window {
    fn default() -> Window {
        Window { terms: Postings::keeping(COMMON as usize), keys: Shingles::default(), articles: 0, newest: 0 }
    }
}

/// A window in the making. The articles come newest first, so that of what stands in many only the newest are written down: several
/// times as fast as to add them in turn.
#[derive(Debug)]
pub struct Making {
    terms: postings::Making,
    keys: shingles::Making,
    articles: usize,
    newest: i64,
}

impl Default for Making {
    fn default() -> Making {
        Making { terms: postings::Making::keeping(COMMON as usize), keys: shingles::Making::default(), articles: 0, newest: 0 }
    }
}

impl Making {
    /// Adds an article that is older than all before it, as [`Window::add`] does.
    pub fn add(&mut self, article: i64, sketch: &Sketch) {
        if self.articles == 0 {
            self.newest = article;
        }
        self.articles += 1;
        self.terms.add(Slot::of(article), &sketch.terms);
        self.keys.add(Slot::of(article), &sketch.keys);
    }

    /// The window.
    pub fn done(self) -> Window {
        let Making { terms, keys, articles, newest } = self;
        Window { terms: terms.done(), keys: keys.done(), articles, newest }
    }
}

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

    /// Adds an article by its row.
    pub fn add(&mut self, article: i64, sketch: &Sketch) {
        self.articles += 1;
        self.newest = self.newest.max(article);
        let (slot, newest) = (Slot::of(article), Slot::of(self.newest));
        self.terms.add(&sketch.terms, slot, newest);
        self.keys.add(&sketch.keys, slot, newest);
    }

    /// Takes an article out that was added with this very sketch.
    pub fn remove(&mut self, article: i64, sketch: &Sketch) {
        self.articles = self.articles.saturating_sub(1);
        sketch.terms.iter().for_each(|term| self.terms.remove(*term, Slot::of(article)));
        self.keys.remove(&sketch.keys, Slot::of(article));
    }

    /// Takes the oldest article out, in a fifth of the time.
    pub fn forget(&mut self, article: i64, sketch: &Sketch) {
        self.articles = self.articles.saturating_sub(1);
        self.terms.forget(&sketch.terms, Slot::of(article));
        self.keys.remove(&sketch.keys, Slot::of(article));
    }

    /// How many articles of the window hold a term.
    pub fn count(&self, term: u32) -> u32 {
        self.terms.count_of(term)
    }

    /// Which articles to compare a new one with; it is not among them itself.
    pub fn propose(&self, sketch: &Sketch) -> Proposed {
        let few = SHARED_KEYS.min(sketch.keys.len().div_ceil(8));
        let mut copies = Vec::with_capacity(64);
        for (count, slots) in sketch.keys.iter().map(|key| self.holders(*key)).filter(|(count, _)| *count <= BOILERPLATE) {
            // A shingle of few articles says more.
            copies.extend(slots.into_iter().flatten().map(|slot| (slot, 1.0 / count as f32)));
        }
        Proposed { copies: self.rank(copies, few, MOST_COPIES), stories: self.propose_stories(sketch) }
    }

    /// In how many articles a shingle stands, and the newest of them; of boilerplate, too many for anything else.
    fn holders(&self, key: u32) -> (u32, [Option<Slot>; HOLDERS]) {
        let (mut count, mut holders) = (0, [None; HOLDERS]);
        let mut all = self.keys.of(key).take(BOILERPLATE as usize + 1).inspect(|_| count += 1);
        holders.fill_with(|| all.next());
        all.for_each(drop);
        (count, holders)
    }

    /// By the rarest terms, where the window knows the language.
    fn propose_stories(&self, sketch: &Sketch) -> Vec<i64> {
        let terms: Vec<(u32, Option<u32>)> = self.terms.find(&sketch.terms).into_iter().map(|at| (self.terms.count(at), at)).collect();
        if terms.iter().all(|(count, _)| *count < KNOWN) {
            return Vec::new();
        }
        let mut clues: Vec<(u32, Option<u32>)> = terms.into_iter().filter(|(count, _)| (1..=COMMON).contains(count)).collect();
        clues.sort_by_key(|(count, _)| *count);
        clues.truncate(CLUES);
        let mut found = Vec::with_capacity(256);
        for (count, at) in &clues {
            let weight = 1.0 / (1.0 + *count as f32).ln();
            found.extend(self.terms.newest(*at).map(|slot| (slot, weight)));
        }
        self.rank(found, SHARED_CLUES, MOST_STORIES)
    }

    /// The articles that were found most often, by weight; the newest first among equals.
    fn rank(&self, mut found: Vec<(Slot, f32)>, least: usize, most: usize) -> Vec<i64> {
        found.sort_unstable_by_key(|(slot, _)| *slot);
        let runs = found.chunk_by(|(a, _), (b, _)| a == b).filter(|run| run.len() >= least);
        let row = |run: &[(Slot, f32)]| run[0].0.row(self.newest);
        let mut ranked: Vec<(f32, i64)> = runs.map(|run| (run.iter().map(|(_, weight)| weight).sum(), row(run))).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
        ranked.into_iter().take(most).map(|(_, row)| row).collect()
    }
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
                let terms = sketch
                    .terms
                    .iter()
                    .map(|n| (window.terms.count_of(*n), window.terms.newest(window.terms.find(&[*n])[0]).collect::<Vec<_>>()))
                    .collect::<Vec<_>>();
                (terms, sketch.keys.iter().map(|n| window.holders(*n)).collect::<Vec<_>>())
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
        // The lower half of a row begins anew on the way.
        let first = (5 << 32) - 200;
        for row in first + 1..first + 400 {
            // An earlier article in other words, perhaps one that is gone already.
            let earlier = (row - 1 - row * 31 % 60).max(first);
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
            let with = |holds: &dyn Fn(&Sketch) -> bool| -> Vec<i64> {
                held.iter().filter(|(_, sketch)| holds(sketch)).map(|(row, _)| *row).collect()
            };
            for Sketch { terms, keys } in held.values().skip(row as usize % 50).take(1) {
                for term in terms {
                    let all = with(&|sketch| sketch.terms.contains(term));
                    let newest = &all[all.len().saturating_sub(COMMON as usize)..];
                    let found: Vec<i64> = window.terms.newest(window.terms.find(&[*term])[0]).map(|slot| slot.row(row)).collect();
                    assert_eq!((window.terms.count_of(*term), &found[..]), (all.len() as u32, newest), "{row}");
                }
                for key in keys {
                    let all = with(&|sketch| sketch.keys.contains(key));
                    let (count, newest) = window.holders(*key);
                    let newest: Vec<i64> = newest.into_iter().flatten().map(|slot| slot.row(row)).collect();
                    assert_eq!((count as usize, newest), (all.len(), all.iter().rev().take(HOLDERS).copied().collect()), "{row}");
                }
            }
        }
    }
}
