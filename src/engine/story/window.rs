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

/// The articles that a term or a shingle stands in.
#[derive(Debug, Default)]
struct Posting {
    /// How many.
    count: u32,
    /// The newest of them, oldest first; up to twice as many as are asked for, so that making room is rare.
    newest: Vec<u32>,
}

/// Articles by what stands in them. Most shingles stand in one article alone, so these take no more than a place in the map.
#[derive(Debug)]
struct Postings {
    /// What stands in one article: its row. In several: the place in `shared`, with [`SHARED`] set.
    at: HashMap<u32, u32, BuildPrehashed>,
    shared: Vec<Posting>,
    /// Places in `shared` that nothing needs any more.
    free: Vec<u32>,
    /// How many of the articles of one entry are kept.
    most: usize,
}

/// Tells a place from a row.
const SHARED: u32 = 1 << 31;

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
        window.keys.at.reserve(keys.len());
        for line in keys {
            let (key, row) = of_line(line);
            window.keys.add_older(key, row);
        }
        for postings in [&mut window.terms, &mut window.keys] {
            postings.shared.iter_mut().for_each(|posting| posting.newest.reverse());
        }
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

/// A row as the window keeps it.
fn held(article: i64) -> Option<u32> {
    u32::try_from(article).ok().filter(|row| row & SHARED == 0)
}

impl Postings {
    fn keeping(most: usize) -> Postings {
        Postings { at: HashMap::default(), shared: Vec::new(), free: Vec::new(), most }
    }

    fn add(&mut self, of: u32, row: u32) {
        let most = self.most;
        if let Some(posting) = self.shared_with(of, row) {
            if posting.newest.len() == 2 * most {
                posting.newest.drain(..most);
            }
            posting.newest.push(row);
        }
    }

    fn add_older(&mut self, of: u32, row: u32) {
        let most = self.most;
        if let Some(posting) = self.shared_with(of, row).filter(|posting| posting.newest.len() < most) {
            posting.newest.push(row);
        }
    }

    /// Counts one more article: the posting that it is to be written into, unless `of` stands in no other.
    fn shared_with(&mut self, of: u32, row: u32) -> Option<&mut Posting> {
        let at = match self.at.entry(of) {
            Entry::Vacant(entry) => {
                entry.insert(row);
                return None;
            }
            Entry::Occupied(entry) => entry.into_mut(),
        };
        if *at & SHARED == 0 {
            let mut newest = Vec::with_capacity(4);
            newest.push(*at);
            let posting = Posting { count: 1, newest };
            *at = SHARED | place(&mut self.shared, &mut self.free, posting);
        }
        let posting = &mut self.shared[(*at & !SHARED) as usize];
        posting.count += 1;
        Some(posting)
    }

    fn remove(&mut self, of: u32, row: u32) {
        let Entry::Occupied(entry) = self.at.entry(of) else { return };
        let at = *entry.get();
        if at & SHARED == 0 {
            if at == row {
                entry.remove();
            }
            return;
        }
        let posting = &mut self.shared[(at & !SHARED) as usize];
        if let Some(place) = posting.newest.iter().position(|held| *held == row) {
            posting.newest.remove(place);
        }
        posting.count = posting.count.saturating_sub(1);
        if posting.count == 0 {
            posting.newest = Vec::new();
            self.free.push(at & !SHARED);
            entry.remove();
        }
    }

    /// In how many articles it stands, and the newest of them.
    fn get(&self, of: u32) -> (u32, &[u32]) {
        match self.at.get(&of) {
            None => (0, &[]),
            Some(row) if row & SHARED == 0 => (1, std::slice::from_ref(row)),
            Some(at) => {
                let posting = &self.shared[(at & !SHARED) as usize];
                (posting.count, &posting.newest[posting.newest.len().saturating_sub(self.most)..])
            }
        }
    }
}

/// Puts a posting into a place that is free; gives the place. There are fewer than rows, so it never looks like one of these.
fn place(shared: &mut Vec<Posting>, free: &mut Vec<u32>, posting: Posting) -> u32 {
    if let Some(at) = free.pop() {
        shared[at as usize] = posting;
        return at;
    }
    shared.push(posting);
    shared.len() as u32 - 1
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
                    window.remove(row - 200, &sketches[row as usize - 201]);
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
        (1..).zip(&sketches).for_each(|(row, sketch)| window.add(row, sketch));
        (1..).zip(&sketches).for_each(|(row, sketch)| window.remove(row, sketch));
        assert!(
            window.is_empty()
                && [&window.terms, &window.keys].iter().all(|kept| kept.at.is_empty() && kept.free.len() == kept.shared.len())
        );
    }
}
