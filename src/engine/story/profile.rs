//! An article as it is compared: its word triples, its terms with their weights, its numbers. Made once an article, outside of
//! any transaction; never stored.

use crate::engine::lang::fold::Folded;
use std::cell::OnceCell;

/// The most words of a text that are looked at.
const MOST_WORDS: usize = 2000;

/// Letters of a word that make its term: inflection mostly changes what stands behind them.
const STEM_LETTERS: usize = 6;

/// The same for Arabic script, which writes fewer letters for a word.
const ARABIC_STEM_LETTERS: usize = 5;

/// Words before half of a word's extra weight for standing early is gone: news says first what it is about.
const LEAD_WORDS: f32 = 12.0;

/// A title of fewer words is no title: "Watch live" heads many stories.
pub(super) const TITLE_WORDS: usize = 4;

/// A term and how much of the article it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Term {
    /// Hash of its letters.
    pub hash: u32,
    /// 1 + the logarithm of its count, an early word counting up to three times.
    pub weight: f32,
}

/// An article as it is compared.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profile {
    /// Terms of the title, then of the text, in order; one a word.
    pub(super) words: Vec<u32>,
    /// How many of them are the title's.
    pub(super) title: usize,
    /// Hash of the title, if it has [`TITLE_WORDS`].
    pub(super) headline: Option<u32>,
    /// Each three words of the text that follow each other, in order.
    pub(super) shingles: Vec<u32>,
    /// Its numbers, in order.
    numbers: Vec<u32>,
    /// What only a comparison needs, made when it is first asked for: most articles are compared with none.
    sorted: OnceCell<Sorted>,
}

/// A profile's parts in the order in which two are compared.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Sorted {
    /// Distinct shingles, ascending.
    pub shingles: Vec<u32>,
    /// Distinct terms, by hash.
    pub terms: Vec<Term>,
    /// Distinct numbers, by hash.
    pub numbers: Vec<u32>,
}

impl Profile {
    /// Reads an article.
    pub fn new(title: &str, text: &str) -> Profile {
        Profile::of_folded([&Folded::new(title), &Folded::new(text)])
    }

    /// Reads an article whose title and text are folded.
    pub fn of_folded([title, text]: [&Folded; 2]) -> Profile {
        let [of_title, of_text] = [title, text].map(|folded| folded.words.len().min(MOST_WORDS));
        let mut profile = Profile { words: Vec::with_capacity(of_title + of_text), ..Profile::default() };
        let mut hashes = Vec::with_capacity(of_title.max(of_text));
        for at in 0..of_title {
            hashes.push(profile.take(title.word(at)));
        }
        profile.title = profile.words.len();
        profile.headline = (hashes.len() >= TITLE_WORDS).then(|| hashes.iter().fold(0, |all, word| mix(all, *word)));
        hashes.clear();
        for at in 0..of_text {
            hashes.push(profile.take(text.word(at)));
        }
        profile.shingles = hashes.windows(3).map(|three| three.iter().fold(0, |all, word| mix(all, *word))).collect();
        profile
    }

    /// An article of which only one text is known: its first line is the title where it is short, else its first words are.
    pub fn of_text(text: &str) -> Profile {
        let line = text.trim_start().split('\n').next().unwrap_or("");
        let words = line.split_whitespace().count();
        if words <= 30 && line.len() < text.trim_start().len() {
            return Profile::new(line, &text.trim_start()[line.len()..]);
        }
        Profile::new("", text)
    }

    /// What only a comparison needs.
    pub(super) fn sorted(&self) -> &Sorted {
        self.sorted.get_or_init(|| Sorted {
            shingles: sorted(self.shingles.clone()),
            terms: weigh(&self.words),
            numbers: sorted(self.numbers.clone()),
        })
    }

    /// How many words it has, title and text.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is not one word in it.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Adds a word; gives its hash.
    fn take(&mut self, word: &str) -> u32 {
        let stem = stem(word);
        // Its beginning mostly is, and then it is the same memory: nothing to compare.
        let (whole, term) = if stem.as_ptr() == word.as_ptr() { hashes(word, stem.len()) } else { (hash(word), hash(stem)) };
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            self.numbers.push(whole);
            self.words.push(whole);
        } else {
            self.words.push(term);
        }
        whole
    }
}

/// The distinct terms with their weights, by hash.
fn weigh(words: &[u32]) -> Vec<Term> {
    let early = |at: usize| 1.0 + 2.0 / (1.0 + at as f32 / LEAD_WORDS);
    let mut terms: Vec<Term> = words.iter().enumerate().map(|(at, hash)| Term { hash: *hash, weight: early(at) }).collect();
    terms.sort_by_key(|term| term.hash);
    terms.dedup_by(|next, kept| {
        let same = next.hash == kept.hash;
        if same {
            kept.weight += next.weight;
        }
        same
    });
    terms.iter_mut().for_each(|term| term.weight = 1.0 + term.weight.ln());
    terms
}

/// What of a folded word mostly stays when it is inflected.
fn stem(word: &str) -> &str {
    let arabic = word.starts_with(|c| ('\u{600}'..='\u{6ff}').contains(&c));
    let (bare, most) = if arabic { (without_article(word), ARABIC_STEM_LETTERS) } else { (word, STEM_LETTERS) };
    bare.char_indices().nth(most).map_or(bare, |(end, _)| &bare[..end])
}

/// An Arabic word without its article and what is written before that, where three letters are left.
fn without_article(word: &str) -> &str {
    let rest = ["وال", "بال", "كال", "فال", "ال", "لل"].into_iter().find_map(|article| word.strip_prefix(article));
    rest.or_else(|| word.strip_prefix(['و', 'ب', 'ل', 'ف']).filter(|rest| rest.len() > 8)).filter(|rest| rest.len() >= 6).unwrap_or(word)
}

/// FNV-1a (draft-eastlake-fnv, section 2) folded to 32 bits, then spread.
fn hash(word: &str) -> u32 {
    spread(fnv(FNV_START, word))
}

/// The hashes of a word and of its first `stem` bytes, in one pass.
fn hashes(word: &str, stem: usize) -> (u32, u32) {
    let (stem, rest) = word.split_at(stem);
    let stem = fnv(FNV_START, stem);
    (spread(fnv(stem, rest)), spread(stem))
}

const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

fn fnv(start: u64, letters: &str) -> u64 {
    letters.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The hash of a list, given that of its beginning and the next of it.
fn mix(all: u32, next: u32) -> u32 {
    spread((u64::from(all) << 32 | u64::from(next)).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The finish of SplitMix64 (Steele and others, 2014): every bit of the sum depends on every bit of the value.
fn spread(value: u64) -> u32 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((value ^ (value >> 31)) >> 16) as u32
}

fn sorted(mut list: Vec<u32>) -> Vec<u32> {
    list.sort_unstable();
    list.dedup();
    list
}

/// How many values two ascending lists share.
pub(super) fn shared(a: &[u32], b: &[u32]) -> usize {
    let (mut a, mut b, mut count) = (a.iter().peekable(), b.iter().peekable(), 0);
    while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => drop(a.next()),
            std::cmp::Ordering::Greater => drop(b.next()),
            std::cmp::Ordering::Equal => {
                count += 1;
                a.next();
                b.next();
            }
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflected_words_are_one_term() {
        for (a, b) in [("النازحين", "نازحين"), ("والمدينة", "بالمدينة"), ("displaced", "displacement"), ("беженцы", "беженцев")]
        {
            let (a, b) = (Profile::new("", a), Profile::new("", b));
            assert_eq!(a.sorted().terms, b.sorted().terms);
        }
        assert_ne!(Profile::new("", "12500").words, Profile::new("", "125000").words);
    }

    #[test]
    fn three_words_are_one_shingle_and_two_are_none() {
        let sizes: Vec<usize> =
            ["a b", "a b c", "a b c d", "a b c a b c"].iter().map(|t| Profile::new("t", t).sorted().shingles.len()).collect();
        assert_eq!(sizes, [0, 1, 2, 3]);
    }

    #[test]
    fn a_word_of_the_title_weighs_more_than_one_of_the_end() {
        let text = format!("{} end", "filler ".repeat(100));
        let profile = Profile::new("start", &text);
        let weight = |word| profile.sorted().terms.iter().find(|term| term.hash == hash(word)).map(|term| term.weight);
        assert!(weight("start") > weight("end"));
    }

    #[test]
    fn a_single_text_may_begin_with_its_title() {
        assert_eq!(Profile::of_text("The title of it\nAnd the text").title, 4);
        assert_eq!(Profile::of_text("One text without a title").title, 0);
        assert!(Profile::of_text("").is_empty());
    }
}
