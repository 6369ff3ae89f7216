//! What is matched in the benchmark: articles and terms made of lists of real words in four languages. The same every time.

use marsad::engine::rule::RuleSpec;
use std::{borrow::Cow, collections::HashSet};

/// Real words of the news, inflected, the most frequent first.
const WORDS: [&str; 4] =
    [include_str!("words/ar.txt"), include_str!("words/tr.txt"), include_str!("words/ru.txt"), include_str!("words/en.txt")];

/// How long an article's text is, in bytes.
const ARTICLE_BYTES: usize = 3_000;

/// A xorshift generator: one seed, one corpus.
struct Dice(u64);

impl Dice {
    /// A number below `below`.
    fn throw(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % below
    }

    /// A word by Zipf's law: the word of rank r comes up r times more rarely than the first.
    fn word<'w>(&mut self, words: &[&'w str]) -> &'w str {
        let share = self.throw(1 << 20) as f64 / (1 << 20) as f64;
        words[((words.len() as f64).powf(share) as usize).min(words.len()) - 1]
    }
}

/// The word lists, each without doubles.
fn lists() -> Vec<Vec<&'static str>> {
    let distinct = |list: &'static str| {
        let mut seen = HashSet::new();
        list.split_whitespace().filter(|word| seen.insert(*word)).collect()
    };
    WORDS.into_iter().map(distinct).collect()
}

/// Titles and texts of `count` articles, the languages in turn.
pub fn articles(count: usize) -> Vec<(String, String)> {
    let (lists, mut dice) = (lists(), Dice(0x9e37_79b9_7f4a_7c15));
    (0..count).map(|n| article(&lists[n % lists.len()], &mut dice, &[])).collect()
}

/// Titles and texts without end, the languages in turn, with names of people among the words: most of the words that there are
/// stand in few articles, as in life. The names are of two whole words, where those of [`terms`] are of halves.
pub fn news() -> impl Iterator<Item = (String, String)> {
    let (lists, mut dice) = (lists(), Dice(0x6a09_e667_f3bc_c908));
    let long: Vec<Vec<&str>> =
        lists.iter().map(|words| words.iter().copied().filter(|word| word.chars().count() >= LONG).collect()).collect();
    (0..).map(move |n| article(&lists[n % lists.len()], &mut dice, &long[n % lists.len()]))
}

/// Letters of a word of which a name may be made.
const LONG: usize = 5;

/// One word in so many is a name.
const NAMES: usize = 8;

/// An article, with names that are made of these words; without any where there are none.
fn article(words: &[&str], dice: &mut Dice, long: &[&str]) -> (String, String) {
    let word = |dice: &mut Dice| match long.is_empty() || dice.throw(NAMES) > 0 {
        true => Cow::Borrowed(dice.word(words)),
        false => Cow::Owned(dice.word(long).to_owned() + long[dice.throw(long.len())]),
    };
    let title: Vec<Cow<'_, str>> = (0..8).map(|_| word(dice)).collect();
    let mut text = String::with_capacity(ARTICLE_BYTES + 100);
    while text.len() < ARTICLE_BYTES {
        let length = 8 + dice.throw(13);
        for n in 0..length {
            let word = word(dice);
            match n {
                // A sentence begins with a capital letter where there are any.
                0 => text.extend(word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1))),
                _ => text.push_str(&word),
            }
            text.push_str(if n + 1 == length { "." } else { ["", "", "", "", "", "", "", ","][dice.throw(8)] });
            text.push(if n + 1 == length && dice.throw(4) == 0 { '\n' } else { ' ' });
        }
    }
    (title.join(" "), text)
}

/// How many of the terms are words of the articles.
const WATCHED: usize = 100;

/// `count` distinct terms, the languages in turn: one in ten is a word of the articles until [`WATCHED`] are, two in ten are
/// phrases that begin with one, the others names of places and people that no article holds, each of two halves of words.
pub fn terms(count: usize) -> Vec<String> {
    let (lists, mut dice) = (lists(), Dice(0x2545_f491_4f6c_dd1d));
    let known = beginnings(&lists);
    let (mut seen, mut terms) = (HashSet::new(), Vec::with_capacity(count));
    while terms.len() < count {
        let words = &lists[terms.len() % lists.len()];
        // The first words of a list say nothing by themselves: nobody looks for them.
        let telling = |dice: &mut Dice| words[100 + dice.throw(words.len() - 100)];
        let name = |dice: &mut Dice| loop {
            let name = name(telling(dice), telling(dice));
            if !known.contains(stem(&name).as_str()) {
                return name;
            }
        };
        let term = match terms.len() % 10 {
            0 if terms.len() < 10 * WATCHED => telling(&mut dice).to_owned(),
            1 | 2 => format!("{} {}", telling(&mut dice), name(&mut dice)),
            _ => name(&mut dice),
        };
        if seen.insert(term.clone()) {
            terms.push(term);
        }
    }
    terms
}

/// A word less its last two letters, by which forms of one word are told from names.
fn stem(word: &str) -> String {
    let letters: Vec<char> = word.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect();
    letters[..letters.len().saturating_sub(2).max(3).min(letters.len())].iter().collect()
}

/// Every beginning and every inner part of the words of the articles.
fn beginnings(lists: &[Vec<&str>]) -> HashSet<String> {
    let words = lists.iter().flatten().map(|word| word.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect::<Vec<char>>());
    let parts = |word: Vec<char>| {
        let ends = (0..word.len()).flat_map(|from| (from + 1..=word.len()).map(move |to| (from, to)));
        ends.map(|(from, to)| word[from..to].iter().collect()).collect::<Vec<String>>()
    };
    words.flat_map(parts).collect()
}

/// The first half of one word and the second of another.
fn name(one: &str, other: &str) -> String {
    let (half, rest) = (one.chars().count().div_ceil(2), other.chars().count() / 2);
    one.chars().take(half).chain(other.chars().skip(rest)).filter(|c| c.is_alphabetic()).collect()
}

/// Rules of one, two and three terms in turn: one term, either of two, all of three.
pub fn rules(terms: &[String]) -> Vec<RuleSpec> {
    let (mut rules, mut rest) = (Vec::new(), terms);
    while !rest.is_empty() {
        let (taken, left) = rest.split_at((rules.len() % 3 + 1).min(rest.len()));
        let id = format!("r{}", rules.len());
        rules.push(match taken.len() {
            3 => RuleSpec { id, all: taken.to_vec(), ..RuleSpec::default() },
            _ => RuleSpec { id, any: taken.to_vec(), ..RuleSpec::default() },
        });
        rest = left;
    }
    rules
}
