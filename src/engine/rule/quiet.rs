//! Words that no rule speaks of, remembered by their hashes: news is written in few words, and most of them tell no rule anything.

use foldhash::quality::RandomState;
use std::{
    hash::BuildHasher as _,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// How many words are remembered at most, half a megabyte of them: of made-up news in 55,000 different words, nine in ten are.
const MOST: usize = 1 << 16;

/// Words in which no rule's automaton finds anything. Each has one place, and the last that came to it stays.
///
/// A word is told by all 64 bits of a hash whose seed is another in each process and shown to nobody, so that no feed can aim at
/// it: that one word is mistaken for another, and with it a term missed, takes a chance of one in 2⁶⁴.
#[derive(Default)]
pub(super) struct Quiet {
    key: RandomState,
    /// Made when first needed. No place depends on another, so the order in which threads see them does not matter.
    places: OnceLock<Box<[AtomicU64]>>,
}

impl Quiet {
    /// What a word is told by.
    pub fn tag(&self, word: &str) -> u64 {
        // Nothing is the sign of an empty place.
        self.key.hash_one(word).max(1)
    }

    /// Whether the word of this tag is remembered.
    pub fn holds(&self, tag: u64) -> bool {
        self.place(tag).load(Relaxed) == tag
    }

    /// Remembers the word of this tag.
    pub fn add(&self, tag: u64) {
        self.place(tag).store(tag, Relaxed);
    }

    fn place(&self, tag: u64) -> &AtomicU64 {
        let places = self.places.get_or_init(|| std::iter::repeat_with(AtomicU64::default).take(MOST).collect());
        &places[tag as usize % MOST]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_held_until_another_takes_its_place() {
        let quiet = Quiet::default();
        let words: Vec<String> = (0..3 * MOST).map(|n| format!("word{n}")).collect();
        for word in &words {
            let tag = quiet.tag(word);
            assert!(!quiet.holds(tag), "{word}");
            quiet.add(tag);
            assert!(quiet.holds(tag), "{word}");
        }
        let held = words.iter().filter(|word| quiet.holds(quiet.tag(word))).count();
        assert!((MOST / 2..=MOST).contains(&held), "{held}");
    }
}
