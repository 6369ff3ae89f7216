//! What is matched in the benchmark: articles and terms made of lists of real words in four languages. The same every time.

use marsad::engine::rule::RuleSpec;
use std::collections::HashSet;

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
    (0..count).map(|n| article(&lists[n % lists.len()], &mut dice)).collect()
}

fn article(words: &[&str], dice: &mut Dice) -> (String, String) {
    let title: Vec<&str> = (0..8).map(|_| dice.word(words)).collect();
    let mut text = String::with_capacity(ARTICLE_BYTES + 100);
    while text.len() < ARTICLE_BYTES {
        let length = 8 + dice.throw(13);
        for n in 0..length {
            let word = dice.word(words);
            match n {
                // A sentence begins with a capital letter where there are any.
                0 => text.extend(word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1))),
                _ => text.push_str(word),
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
    let (mut seen, mut terms) = (HashSet::new(), Vec::with_capacity(count));
    while terms.len() < count {
        let words = &lists[terms.len() % lists.len()];
        // The first words of a list say nothing by themselves: nobody looks for them.
        let telling = |dice: &mut Dice| words[100 + dice.throw(words.len() - 100)];
        let term = match terms.len() % 10 {
            0 if terms.len() < 10 * WATCHED => telling(&mut dice).to_owned(),
            1 | 2 => format!("{} {}", telling(&mut dice), name(telling(&mut dice), telling(&mut dice))),
            _ => name(telling(&mut dice), telling(&mut dice)),
        };
        // Shorter ones would be words again.
        if term.chars().count() > 4 && seen.insert(term.clone()) {
            terms.push(term);
        }
    }
    terms
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
