//! The little of an article that is kept for a while, to find it by: the terms it begins with, and a few of its shingles.

use super::profile::Profile;
use crate::engine::prehashed::BuildPrehashed;
use std::collections::HashSet;

/// The most terms kept; a news article says within them what it is about.
const MOST_TERMS: usize = 64;

/// Shingles kept of each stretch of the text.
const KEYS_A_STRETCH: usize = 2;

/// Words of the first stretch; each further one ends where twice as many have passed.
const FIRST_STRETCH: usize = 16;

/// Shingles kept of the text as a whole.
const KEYS_OF_ALL: usize = 8;

/// What an article is found by.
///
/// The keys are the smallest hashes of stretches that double in length, and of the whole (Broder, On the resemblance and
/// containment of documents, 1997): a text that was cut short shares the stretches that are left of it, an edited or
/// reordered one shares most of the smallest hashes of the whole. So the number of keys grows with the logarithm of the length.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sketch {
    /// Distinct terms, title first.
    pub terms: Vec<u32>,
    /// Distinct shingles, ascending.
    pub keys: Vec<u32>,
}

impl Sketch {
    /// The sketch of an article.
    pub fn new(profile: &Profile) -> Sketch {
        let mut terms = Vec::with_capacity(MOST_TERMS);
        let mut seen = HashSet::with_capacity_and_hasher(MOST_TERMS, BuildPrehashed::default());
        terms.extend(profile.words.iter().copied().filter(|word| seen.insert(*word)).take(MOST_TERMS));
        Sketch { terms, keys: keys(profile) }
    }

    /// A list of hashes as it is stored: four bytes each, little end first.
    pub fn bytes(list: &[u32]) -> Vec<u8> {
        list.iter().flat_map(|hash| hash.to_le_bytes()).collect()
    }

    /// A list of hashes from [`Self::bytes`].
    pub fn list(bytes: &[u8]) -> Vec<u32> {
        let mut list = Vec::new();
        Sketch::read(bytes, &mut list);
        list
    }

    /// The same into a list that is there.
    pub fn read(bytes: &[u8], list: &mut Vec<u32>) {
        list.clear();
        list.extend(bytes.as_chunks::<4>().0.iter().map(|four| u32::from_le_bytes(*four)));
    }
}

fn keys(profile: &Profile) -> Vec<u32> {
    let mut keys = Vec::new();
    let (mut from, mut to) = (0, FIRST_STRETCH);
    while from < profile.shingles.len() {
        smallest(&profile.shingles[from..to.min(profile.shingles.len())], KEYS_A_STRETCH, &mut keys);
        (from, to) = (to, to * 2);
    }
    smallest(&profile.shingles, KEYS_OF_ALL, &mut keys);
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Adds the `most` smallest distinct hashes of a stretch.
fn smallest(stretch: &[u32], most: usize, keys: &mut Vec<u32>) {
    let from = keys.len();
    for hash in stretch {
        let held = &keys[from..];
        if held.len() == most && held.last().is_some_and(|last| last <= hash) || held.contains(hash) {
            continue;
        }
        let at = from + held.partition_point(|other| other < hash);
        keys.insert(at, *hash);
        keys.truncate(from + most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(from: usize, to: usize) -> String {
        (from..to).map(|n| format!("w{}x ", n * 7919 % 10007)).collect()
    }

    fn shared(a: &str, b: &str) -> usize {
        let [a, b] = [a, b].map(|text| Sketch::new(&Profile::new("t", text)).keys);
        a.iter().filter(|key| b.contains(key)).count()
    }

    #[test]
    fn a_text_cut_short_shares_keys_with_the_whole() {
        for left in [24, 40, 80, 200, 600] {
            assert!(shared(&words(0, 1200), &words(0, left)) >= 2, "{left}");
        }
    }

    #[test]
    fn other_texts_share_none() {
        assert_eq!(shared(&words(0, 1000), &words(1000, 2000)), 0);
    }

    #[test]
    fn keys_grow_with_the_logarithm_of_the_length() {
        let count = |n| Sketch::new(&Profile::new("t", &words(0, n))).keys.len();
        assert!(count(100) <= 16 && count(2000) <= 26, "{} {}", count(100), count(2000));
    }

    #[test]
    fn a_sketch_is_stored_and_read_again() {
        let list = vec![0, 1, u32::MAX, 77];
        assert_eq!(Sketch::list(&Sketch::bytes(&list)), list);
    }
}
