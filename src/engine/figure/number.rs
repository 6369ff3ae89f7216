//! Numbers in a folded text: figures (12,500; ٣٥٠٠; 3,5 bin; 20k) and number words (three thousand five hundred, ثلاثة آلاف,
//! üç bin, три тысячи). A number alone says nothing; what it counts is looked for round it.

use super::words::{self, Kind};
use crate::engine::lang::fold::Folded;

/// A number that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// Its value.
    pub value: i64,
    /// Index of its first word.
    pub first: usize,
    /// Index of the word behind it.
    pub next: usize,
}

/// The number that begins at a word.
pub fn read(original: &str, folded: &Folded, first: usize) -> Option<Number> {
    figures(original, folded, first).or_else(|| spelled(original, folded, first))
}

/// Whether a folded word is a figure or a number word; without a look at what stands round it.
pub(super) fn is_number(word: &str) -> bool {
    digits(word) || matches!(words::of(word), Some(Kind::Number(_)))
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn figures(original: &str, folded: &Folded, first: usize) -> Option<Number> {
    let figure = |word: usize| Some(folded.word(word)).filter(|text| digits(text));
    // 20k, 3m
    if let Some((figure, times)) = folded.word(first).split_at_checked(folded.word(first).len().saturating_sub(1))
        && let (Ok(value), Some(times)) = (figure.parse::<u32>(), words::multiplier(times))
    {
        return Some(Number { value: i64::from(value) * times, first, next: first + 1 });
    }
    let mut text = figure(first)?.to_owned();
    if text.len() > 15 {
        return None;
    }
    let mut next = first + 1;
    // 12,500 and 12.500 and 12 500: groups of three behind one sign.
    while text.len() <= 12
        && figure(next).is_some_and(|group| group.len() == 3)
        && is_separator(between(original, folded, next))
        && figure(first)?.len() <= 3
    {
        text.push_str(figure(next)?);
        next += 1;
    }
    let mut value: f64 = text.parse().ok()?;
    let decimal = next == first + 1 && figure(next).is_some() && matches!(between(original, folded, next), "." | "," | "٫");
    let after = if decimal { next + 1 } else { next };
    if let Some(times) = words::multiplier(folded.word(after)) {
        if decimal {
            let part = figure(next)?;
            value += part.parse::<f64>().ok()? / 10_f64.powi(part.len() as i32);
        }
        return Some(Number { value: (value * times as f64).round() as i64, first, next: after + 1 });
    }
    Some(Number { value: value as i64, first, next })
}

fn between<'t>(original: &'t str, folded: &Folded, word: usize) -> &'t str {
    let (before, this) = (folded.words[word - 1], folded.words[word]);
    original.get(before.end as usize..this.start as usize).unwrap_or("")
}

/// Whether what stands between two figures parts thousands.
fn is_separator(between: &str) -> bool {
    matches!(between, "," | "." | "'" | "’" | "٬" | "،" | "\u{a0}" | "\u{202f}" | " ")
}

/// Number words in a row: hundreds are multiplied into what stands before them, thousands and more close a group.
fn spelled(original: &str, folded: &Folded, first: usize) -> Option<Number> {
    let mut sum = Sum::default();
    let (mut word, mut next) = (first, first);
    while word < folded.words.len() && (word == first || !folded.words[word - 1].stop) {
        // «seven, three» are two numbers.
        if word > first && !matches!(between(original, folded, word), " " | "-" | "\u{a0}" | "\u{202f}" | "\u{200c}") {
            break;
        }
        match words::of(folded.word(word)) {
            Some(Kind::And) if word > first => word += 1,
            Some(kind) if sum.takes(kind) => {
                word += 1;
                next = word;
            }
            _ => break,
        }
    }
    let value = sum.total.saturating_add(sum.group);
    (sum.strong && value > 1).then_some(Number { value, first, next })
}

/// A number in the making.
#[derive(Default)]
struct Sum {
    /// Groups that are closed.
    total: i64,
    /// The group in hand, under a thousand.
    group: i64,
    /// Whether a word of it is a number word and nothing else.
    strong: bool,
    /// Whether the group in hand is of a single weak word.
    weak: bool,
}

impl Sum {
    /// Adds a word; `false` where it cannot belong to the same number.
    fn takes(&mut self, kind: Kind) -> bool {
        let units = self.group % 100;
        match kind {
            Kind::And => return false,
            Kind::Number(100) if (1..10).contains(&self.group) => self.group *= 100,
            Kind::Weak(100) if !self.weak && (1..10).contains(&self.group) => self.group *= 100,
            // «on two» is no twelve, «five three» no eight; «fifty three» is a number.
            Kind::Number(_) if self.weak => return false,
            Kind::Number(value) if self.group == 0 || value < 10 && (units == 0 || units >= 20 && units % 10 == 0) => self.group += value,
            Kind::Number(value) if units == 0 && value < 100 => self.group += value,
            // Arabic puts the ones before the tens.
            Kind::Number(value) if (1..10).contains(&units) && (20..100).contains(&value) => self.group += value,
            Kind::Weak(value) if self.group == 0 => {
                (self.group, self.weak) = (value, self.total == 0);
                return true;
            }
            Kind::Weak(value) if self.strong && value < 10 && units >= 20 && units % 10 == 0 => self.group += value,
            Kind::Times(times) if self.group > 0 => {
                self.total = self.total.saturating_add(self.group.saturating_mul(times));
                self.group = 0;
            }
            _ => return false,
        }
        (self.strong, self.weak) = (true, false);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(i64, usize)>) {
        let folded = Folded::new(text);
        assert_eq!(read(text, &folded, 0).map(|number| (number.value, number.next)), expected, "{text}");
    }

    #[test]
    fn figures_are_numbers_in_every_way_they_are_written() {
        for (text, value) in [
            ("12,500 x", 12_500),
            ("12 500", 12_500),
            ("٣٥٠٠", 3500),
            ("3,5 bin", 3500),
            ("1.2 million", 1_200_000),
            ("20k", 20_000),
            ("5 тыс", 5000),
        ] {
            let folded = Folded::new(text);
            assert_eq!(read(text, &folded, 0).map(|number| number.value), Some(value), "{text}");
        }
    }

    #[test]
    fn number_words_add_up() {
        check("three thousand five hundred", Some((3500, 4)));
        check("a hundred and twenty people", Some((120, 4)));
        check("twenty-one people", Some((21, 2)));
        check("ثلاثة آلاف وخمسمئة نازح", Some((3500, 3)));
        check("ألفين", Some((2000, 1)));
        check("خمسة وعشرين ألف", Some((25_000, 3)));
        check("üç bin beş yüz", Some((3500, 4)));
        check("on bin kişi", Some((10_000, 2)));
        check("три тысячи человек", Some((3000, 2)));
        check("двадцать пять", Some((25, 2)));
        check("trois mille", Some((3000, 2)));
    }

    #[test]
    fn a_word_that_is_mostly_another_is_no_number() {
        for text in ["on two fronts", "a man", "one said", "once more", "bir gün", "five"] {
            check(text, (text == "five").then_some((5, 1)));
        }
    }
}
