//! The newest articles by their sketches: which words are rare at present, and which articles share the rare ones of a new one.
//!
//! Bounded in number and time by whoever fills it; what is asked of it costs the same whatever the archive holds. Never
//! decides: it proposes, and the texts are compared.

use super::sketch::Sketch;
use crate::engine::prehashed::BuildPrehashed;
use std::collections::HashMap;

/// The most articles that a window should hold.
pub const MOST_ARTICLES: usize = 65_536;

/// How long an article stays in it, in milliseconds.
pub const WINDOW_MS: i64 = 7 * 24 * 3600 * 1000;

/// A word or shingle of more articles than this is no clue.
const COMMON: u32 = 64;

/// Terms of an article by which others are looked for, the rarest.
const CLUES: usize = 16;

/// Clues that an article must share to be proposed.
const SHARED_CLUES: u32 = 4;

/// Articles of its language from which a window can tell what is rare in it; before that, only copies are proposed.
const KNOWN: u32 = 64;

/// Keys that an article must share to be proposed as a copy; of a short text, one is enough.
const SHARED_KEYS: u32 = 2;

/// The most articles proposed, of each kind.
const MOST_PROPOSED: usize = 3;

/// The articles that a hash stands in.
#[derive(Debug, Default)]
struct Posting {
    /// How many.
    count: u32,
    /// The newest of them, at most [`COMMON`], oldest first.
    newest: Vec<u32>,
}

/// The newest articles.
#[derive(Debug, Default)]
pub struct Window {
    terms: HashMap<u32, Posting, BuildPrehashed>,
    keys: HashMap<u32, Posting, BuildPrehashed>,
    articles: usize,
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
        sketch.terms.iter().for_each(|term| self.terms.entry(*term).or_default().add(row));
        sketch.keys.iter().for_each(|key| self.keys.entry(*key).or_default().add(row));
    }

    /// Takes an article out that was added with this very sketch.
    pub fn remove(&mut self, article: i64, sketch: &Sketch) {
        let Ok(row) = u32::try_from(article) else { return };
        self.articles = self.articles.saturating_sub(1);
        sketch.terms.iter().for_each(|term| remove(&mut self.terms, *term, row));
        sketch.keys.iter().for_each(|key| remove(&mut self.keys, *key, row));
    }

    /// How many articles of the window hold a term.
    pub fn count(&self, term: u32) -> u32 {
        self.terms.get(&term).map_or(0, |posting| posting.count)
    }

    /// Which articles to compare a new one with; never `but`, itself.
    pub fn propose(&self, sketch: &Sketch, but: Option<i64>) -> Proposed {
        let but = but.and_then(|row| u32::try_from(row).ok());
        let few = SHARED_KEYS.min(sketch.keys.len().div_ceil(8) as u32);
        let copies = rank(sketch.keys.iter().filter_map(|key| Some((1.0, rare(self.keys.get(key))?))), few, but);
        if sketch.terms.iter().all(|term| self.count(*term) < KNOWN) {
            return Proposed { copies, stories: Vec::new() };
        }
        let mut clues: Vec<(u32, &Posting)> = sketch
            .terms
            .iter()
            .filter_map(|term| self.terms.get(term))
            .filter_map(|posting| Some((posting.count, rare(Some(posting))?)))
            .collect();
        clues.sort_by_key(|(count, _)| *count);
        let weight = |count: u32| 1.0 / (1.0 + count as f32).ln();
        let stories = rank(clues.into_iter().take(CLUES).map(|(count, posting)| (weight(count), posting)), SHARED_CLUES, but);
        Proposed { copies, stories }
    }
}

fn rare(posting: Option<&Posting>) -> Option<&Posting> {
    posting.filter(|posting| posting.count <= COMMON)
}

/// The articles that stand in most of the postings, by weight; the newest first among equals.
fn rank<'p>(postings: impl Iterator<Item = (f32, &'p Posting)>, least: u32, but: Option<u32>) -> Vec<i64> {
    let mut found: HashMap<u32, (u32, f32), BuildPrehashed> = HashMap::default();
    for (weight, posting) in postings {
        for row in posting.newest.iter().filter(|row| Some(**row) != but) {
            let (count, sum) = found.entry(row.wrapping_mul(0x9e37_79b1)).or_default();
            (*count, *sum) = (*count + 1, *sum + weight);
        }
    }
    let mut ranked: Vec<(f32, u32)> = found
        .into_iter()
        .filter(|(_, (count, _))| *count >= least)
        // The inverse of the multiplier above, modulo 2³².
        .map(|(row, (_, sum))| (sum, row.wrapping_mul(0x0e8b_2f51)))
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    ranked.into_iter().take(MOST_PROPOSED).map(|(_, row)| i64::from(row)).collect()
}

impl Posting {
    fn add(&mut self, row: u32) {
        self.count += 1;
        if self.newest.len() == COMMON as usize {
            self.newest.remove(0);
        }
        self.newest.push(row);
    }
}

fn remove(postings: &mut HashMap<u32, Posting, BuildPrehashed>, hash: u32, row: u32) {
    let Some(posting) = postings.get_mut(&hash) else { return };
    posting.count = posting.count.saturating_sub(1);
    posting.newest.retain(|held| *held != row);
    if posting.count == 0 {
        postings.remove(&hash);
    }
}
