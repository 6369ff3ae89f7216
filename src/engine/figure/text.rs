//! A text as numbers are read in it: words, what parts them, and figures as they are written.

use super::{
    large,
    words::{self, Kind},
};
use crate::engine::lang::fold::{self, Folded};

/// Whether a text is digits alone.
pub(super) fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A figure, with what is written as one word with it.
pub(super) struct Figure {
    pub(super) value: f64,
    /// Index of the word behind it.
    pub(super) next: usize,
    /// Four digits as years are written.
    pub(super) year: bool,
    /// A multiplier that is one word with it: 20k.
    pub(super) times: Option<i64>,
    /// Whether letters are written before it.
    pub(super) glued: bool,
}

/// A text that numbers are read in.
#[derive(Clone, Copy)]
pub(super) struct Text<'t> {
    pub(super) original: &'t str,
    pub(super) folded: &'t Folded,
}

impl<'t> Text<'t> {
    pub(super) fn word(self, word: usize) -> &'t str {
        if word < self.folded.words.len() { self.folded.word(word) } else { "" }
    }

    /// A word as it is written.
    pub(super) fn written(self, word: usize) -> &'t str {
        self.folded.words.get(word).and_then(|word| self.original.get(word.start as usize..word.end as usize)).unwrap_or("")
    }

    /// What stands between a word and the one before.
    fn between(self, word: usize) -> &'t str {
        let (before, this) = (self.folded.words[word - 1], self.folded.words[word]);
        self.original.get(before.end as usize..this.start as usize).unwrap_or("")
    }

    /// Whether a word may belong to one number with the word before: «seven, three» are two.
    pub(super) fn joins(self, word: usize) -> bool {
        if word == 0 || word >= self.folded.words.len() || self.folded.words[word - 1].stop {
            return false;
        }
        let between = self.between(word);
        let between = between.strip_prefix('.').filter(|_| fold::is_short(self.word(word - 1))).unwrap_or(between);
        between.chars().all(|c| matches!(c, ' ' | '-' | '־' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{200c}' | '\u{200e}' | '\u{200f}'))
    }

    /// What a word is inside a number.
    pub(super) fn kind(self, word: usize) -> Option<Kind> {
        words::of(self.word(word), self.written(word))
    }

    /// What a word is where a number begins, or its multiplier.
    pub(super) fn opening(self, word: usize) -> Option<Kind> {
        words::opening(self.word(word), self.written(word))
    }

    /// Whether an "and" is one word with this number word.
    pub(super) fn is_glued(self, word: usize) -> bool {
        words::without_and(self.word(word)).is_some()
    }

    /// The multiplier that belongs to the words before `word`.
    pub(super) fn multiplier(self, word: usize) -> Option<i64> {
        large::multiplier(self.word(word)).filter(|_| self.joins(word))
    }

    /// The digits of a word.
    fn digits(self, word: usize) -> Option<&'t str> {
        Some(self.word(word)).filter(|text| digits(text))
    }

    pub(super) fn figure(self, first: usize) -> Option<Figure> {
        let word = words::figure(self.word(first));
        let glued = word.len() < self.word(first).len();
        let (text, rest) = word.split_at(word.bytes().take_while(u8::is_ascii_digit).count());
        if text.is_empty() || text.len() > 15 {
            return None;
        }
        let figure = |value: f64, next: usize, times: Option<i64>| Figure { value, next, year: false, times, glued };
        if let Some(value) = self.with_part_sign(first) {
            return self.multiplier(first + 1).map(|_| figure(value, first + 1, None));
        }
        // 20k, 3m
        if !rest.is_empty() {
            return Some(figure(text.parse().ok()?, first + 1, Some(large::multiplier(rest)?)));
        }
        if let Some((value, next, times)) = self.decimal(text, first) {
            return Some(figure(value, next, times));
        }
        let (mut whole, mut next) = (text.to_owned(), first + 1);
        // 12,500 and 12.500 and 12 500: groups of three behind one sign.
        while text.len() <= 3
            && whole.len() <= 12
            && let Some(group) = self.digits(next).filter(|group| group.len() == 3)
            && is_separator(self.between(next))
        {
            whole.push_str(group);
            next += 1;
        }
        let value: f64 = whole.parse().ok()?;
        Some(Figure { year: text.len() == 4 && (1900.0..2100.0).contains(&value), ..figure(value, next, None) })
    }

    /// 1½ and the like.
    fn with_part_sign(self, word: usize) -> Option<f64> {
        let written = self.written(word);
        let (sign, part) = [('½', 0.5), ('¼', 0.25), ('¾', 0.75)].into_iter().find(|(sign, _)| written.ends_with(*sign))?;
        let whole = written.trim_end_matches(sign);
        if whole.is_empty() { Some(part) } else { whole.parse::<u32>().ok().map(|whole| f64::from(whole) + part) }
    }

    /// A decimal fraction of a multiplier: `1.5 million`, `1,2m`.
    fn decimal(self, whole: &str, first: usize) -> Option<(f64, usize, Option<i64>)> {
        let part = self.word(first + 1);
        let (part, rest) = part.split_at(part.bytes().take_while(u8::is_ascii_digit).count());
        // 1.200 million is 1200 million, not 1.2: three digits behind three at most are a group of thousands, no fraction.
        let is_group = part.len() == 3 && whole.len() <= 3;
        if part.is_empty() || is_group || self.folded.words[first].stop || !matches!(self.between(first + 1), "." | "," | "٫") {
            return None;
        }
        let times = if rest.is_empty() { None } else { Some(large::multiplier(rest)?) };
        if times.is_none() {
            self.multiplier(first + 2)?;
        }
        Some((format!("{whole}.{part}").parse().ok()?, first + 2, times))
    }
}

/// Whether what stands between two figures parts thousands.
fn is_separator(between: &str) -> bool {
    matches!(between, "," | "." | "'" | "’" | "٬" | "،" | "\u{a0}" | "\u{202f}" | " ")
}
