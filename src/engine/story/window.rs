//! The newest articles by their sketches: which words are rare at present, and which articles share the rare ones of a new one.
//!
//! Bounded in number and time by whoever fills it; what is asked of it costs the same whatever the archive holds. Never
//! decides: it proposes, and the texts are compared.

use super::sketch::Sketch;
use crate::engine::prehashed::BuildPrehashed;
use std::collections::{HashMap, hash_map::Entry};

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

/// The articles that a term or a shingle stands in. Most shingles and many terms stand in one article alone.
#[derive(Debug, Clone, Copy)]
enum Posting {
    /// This article.
    One(u32),
    /// Those of a list, by its place among the lists.
    Many(u32),
}

/// More than one article that something stands in.
#[derive(Debug, Default)]
struct List {
    /// How many.
    count: u32,
    /// The lowest of `newest`: what is let go is older, as a rule, and is not looked for among them.
    lowest: u32,
    /// The newest of them, oldest first; up to twice as many as are asked for, so that making room is rare.
    newest: Vec<u32>,
}

/// Articles by what stands in them.
#[derive(Debug)]
struct Postings {
    of: HashMap<u32, Posting, BuildPrehashed>,
    lists: Vec<List>,
    /// Places of lists that are none any more.
    free: Vec<u32>,
    /// How many of the articles of one entry are kept.
    most: usize,
}

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

    /// Adds an article by its row. Rows above 2³² are not held.
    pub fn add(&mut self, article: i64, sketch: &Sketch) {
        let Ok(row) = u32::try_from(article) else { return };
        self.articles += 1;
        sketch.terms.iter().for_each(|term| self.terms.add(*term, row));
        sketch.keys.iter().for_each(|key| self.keys.add(*key, row));
    }

    /// Takes an article out that was added with this very sketch.
    pub fn remove(&mut self, article: i64, sketch: &Sketch) {
        let Ok(row) = u32::try_from(article) else { return };
        self.articles = self.articles.saturating_sub(1);
        sketch.terms.iter().for_each(|term| self.terms.remove(*term, row));
        sketch.keys.iter().for_each(|key| self.keys.remove(*key, row));
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

impl Postings {
    fn keeping(most: usize) -> Postings {
        Postings { of: HashMap::default(), lists: Vec::new(), free: Vec::new(), most }
    }

    fn add(&mut self, of: u32, row: u32) {
        let posting = match self.of.entry(of) {
            Entry::Vacant(vacant) => {
                vacant.insert(Posting::One(row));
                return;
            }
            Entry::Occupied(occupied) => occupied.into_mut(),
        };
        match *posting {
            Posting::One(first) => {
                let list = List { count: 2, lowest: first.min(row), newest: vec![first, row] };
                let at = self.free.pop().unwrap_or(self.lists.len() as u32);
                *posting = Posting::Many(at);
                match self.lists.get_mut(at as usize) {
                    Some(free) => *free = list,
                    None => self.lists.push(list),
                }
            }
            Posting::Many(at) => {
                let list = &mut self.lists[at as usize];
                list.count += 1;
                if list.newest.len() == 2 * self.most {
                    list.newest.drain(..self.most);
                    list.lowest = list.newest.iter().copied().min().unwrap_or(row);
                }
                list.lowest = list.lowest.min(row);
                list.newest.push(row);
            }
        }
    }

    fn remove(&mut self, of: u32, row: u32) {
        match self.of.get(&of) {
            Some(Posting::One(held)) if *held == row => {
                self.of.remove(&of);
            }
            Some(Posting::Many(at)) => {
                let list = &mut self.lists[*at as usize];
                list.count = list.count.saturating_sub(1);
                if list.count == 0 {
                    *list = List::default();
                    self.free.push(*at);
                    self.of.remove(&of);
                } else if row >= list.lowest {
                    list.newest.retain(|held| *held != row);
                }
            }
            Some(Posting::One(_)) | None => {}
        }
    }

    /// In how many articles it stands, and the newest of them.
    fn get(&self, of: u32) -> (u32, &[u32]) {
        match self.of.get(&of) {
            Some(Posting::Many(at)) => {
                let List { count, newest, .. } = &self.lists[*at as usize];
                (*count, &newest[newest.len().saturating_sub(self.most)..])
            }
            Some(Posting::One(row)) => (1, std::slice::from_ref(row)),
            None => (0, &[]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::profile::Profile, *};

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
    fn what_is_removed_leaves_nothing_behind() {
        let mut window = Window::default();
        let sketches: Vec<Sketch> = (0..40).map(|n| sketch("title", &words(n * 7, n * 7 + 50))).collect();
        (1..).zip(&sketches).for_each(|(row, sketch)| window.add(row, sketch));
        (1..).zip(&sketches).for_each(|(row, sketch)| window.remove(row, sketch));
        assert!(
            window.is_empty() && [&window.terms, &window.keys].iter().all(|kept| kept.of.is_empty() && kept.free.len() == kept.lists.len())
        );
    }
}
