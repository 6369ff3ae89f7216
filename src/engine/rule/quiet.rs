//! Words that no rule speaks of, remembered by their hashes: news is written in few words, and most of them tell no rule anything.

use foldhash::quality::RandomState;
use std::{
    hash::BuildHasher as _,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// How many words are remembered at most, half a megabyte of them.
const MOST: usize = 1 << 16;

/// How many words share a place.
const SHARING: usize = 2;

/// Words that are the anchor of no term of any rule. Each has one place, which it shares with others; the last two that came to it
/// stay.
///
/// A word is told by all 64 bits of a hash whose seed is another in each process and shown to nobody, so that no feed can aim at
/// it: that one word is mistaken for another, and with it a term missed, takes a chance of one in 2⁶³.
#[derive(Default)]
pub(super) struct Quiet {
    key: RandomState,
    /// Made when first needed. No entry depends on another, so the order in which threads see them does not matter.
    places: OnceLock<Box<[[AtomicU64; SHARING]]>>,
}

impl Quiet {
    /// What a word is told by.
    pub fn tag(&self, word: &str) -> u64 {
        // Nothing is the sign of an empty place.
        self.key.hash_one(word).max(1)
    }

    /// Whether the word of this tag is remembered.
    pub fn holds(&self, tag: u64) -> bool {
        self.place(tag).iter().any(|held| held.load(Relaxed) == tag)
    }

    /// Remembers the word of this tag.
    pub fn add(&self, tag: u64) {
        let [newest, before] = self.place(tag);
        before.store(newest.swap(tag, Relaxed), Relaxed);
    }

    fn place(&self, tag: u64) -> &[AtomicU64; SHARING] {
        let places = self.places.get_or_init(|| std::iter::repeat_with(Default::default).take(MOST / SHARING).collect());
        &places[tag as usize % (MOST / SHARING)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_held_until_two_others_take_its_place() {
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
