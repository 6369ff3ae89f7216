//! Numbers in a folded text: figures (12,500; ٣٥٠٠; 3,5 bin; 20k), number words (three thousand five hundred, ثلاثة آلاف, üç bin,
//! три тысячи), and both together (1 million 200 thousand, مليون و200 ألف). A number alone says nothing; what it counts is looked
//! for round it.

use super::{
    large::{self, Alone},
    text::{Figure, Text, digits},
    words::{self, Kind},
};
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
    /// Whether it is a word that is often another (`bin`, `mil`): it counts only what stands right behind it.
    pub close: bool,
}

/// How many words may stand between a number that is close and the word it counts.
pub const CLOSE: usize = 1;

/// The number that begins at a word.
pub fn read(original: &str, folded: &Folded, first: usize) -> Option<Number> {
    let text = Text { original, folded };
    let mut sum = Sum::default();
    let (mut word, mut next) = (first, first);
    let mut and = None;
    while word == first || text.joins(word) {
        let kind = if word == first { text.opening(word) } else { text.kind(word) };
        if let Some(end) = sum.part(text, word, kind) {
            (word, next, and) = (end, end, None);
            continue;
        }
        let after = match text.figure(word) {
            Some(figure) if sum.takes_figure(text, &figure, and) => figure.next,
            Some(_) => break,
            None => match kind {
                Some(Kind::And) if word > first && and.is_none() => {
                    and = Some(text.word(word));
                    word += 1;
                    continue;
                }
                Some(kind) if word == first && sum.opens(text, word, kind) => word + 1,
                Some(kind) if sum.takes(text, word, kind, and.is_some() || text.is_glued(word)) => word + 1,
                _ => break,
            },
        };
        (word, next, and) = (after, after, None);
    }
    sum.value().map(|value| Number { value, first, next, close: sum.close })
}

/// Whether a folded word is a figure or a number word; without a look at what stands round it.
pub(super) fn is_number(word: &str) -> bool {
    digits(words::figure(word)) || matches!(words::of(word, word), Some(Kind::Number(_) | Kind::Ten | Kind::Whole(..)))
}

/// The Turkish half that stands behind its number: iki buçuk milyon.
const BUCUK: &str = "bucuk";

/// What was last added to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Last {
    #[default]
    Nothing,
    /// A single word that is no number by itself.
    Weak,
    Article,
    Word,
    Figure,
    Times,
}

/// A number in the making: hundreds are multiplied into what stands before them, thousands and more close a group.
#[derive(Default)]
struct Sum {
    /// Groups that are closed.
    total: f64,
    /// The group in hand, under a thousand if it is of words.
    group: f64,
    /// The multiplier that closed the last group: what follows is smaller.
    times: Option<i64>,
    last: Last,
    /// Whether a word of it is a number word and nothing else.
    strong: bool,
    /// Whether the group in hand is four digits as years are written.
    year: bool,
    /// [`Number::close`].
    close: bool,
}

impl Sum {
    fn value(&self) -> Option<i64> {
        let value = (self.total + self.group).round() as i64;
        (self.strong && (value > 1 || self.last == Last::Figure)).then_some(value)
    }

    fn is_empty(&self) -> bool {
        self.last == Last::Nothing
    }

    /// Whether so much may follow the last multiplier.
    fn has_room(&self, value: f64) -> bool {
        self.times.is_none_or(|times| value < times as f64)
    }

    fn close_group(&mut self, value: f64, times: i64) {
        self.total += value;
        self.group = 0.0;
        self.times = Some(times);
        (self.last, self.strong) = (Last::Times, true);
    }

    /// Adds a figure: the first of a number, or one behind a multiplier (1 million 200 thousand, مليون و200 ألف).
    fn takes_figure(&mut self, text: Text<'_>, figure: &Figure, and: Option<&str>) -> bool {
        if !self.is_empty() {
            // «3 million and 5 others» are two numbers; where "and" is a letter, the same number goes on.
            let own = and.is_none() || matches!(and, Some("و" | "ו"));
            let times = figure.times.or_else(|| text.multiplier(figure.next));
            let smaller = self.has_room(figure.value) && times.is_none_or(|times| self.has_room(times as f64));
            let glued = figure.glued && !text.word(figure.next - 1).starts_with('و');
            if self.last != Last::Times || !own || !smaller || figure.year || glued {
                return false;
            }
        }
        match figure.times {
            Some(times) => self.close_group(figure.value * times as f64, times),
            None => (self.group, self.last, self.strong, self.year) = (figure.value, Last::Figure, true, figure.year),
        }
        true
    }

    /// Begins with a multiplier that counts once.
    fn opens(&mut self, text: Text<'_>, word: usize, kind: Kind) -> bool {
        let Kind::Times(times, alone) = kind else { return false };
        let before = if word > 0 && !text.folded.words[word - 1].stop { text.word(word - 1) } else { "" };
        let after = if text.joins(word + 1) { text.word(word + 1) } else { "" };
        if !large::stands_alone(alone, before, after) || is_name(text, word) {
            return false;
        }
        let twice = alone == Alone::Dual && is_dual(text, word);
        self.close_group(if twice { 2.0 } else { 1.0 } * times as f64, times);
        self.close = matches!(alone, Alone::Close | Alone::Dual);
        true
    }

    /// Adds a half or a quarter, and gives where it ends: of the multiplier behind it (half a million), of the one before (مليون ونصف),
    /// or of what a number counts of them (two and a half million).
    fn part(&mut self, text: Text<'_>, word: usize, kind: Option<Kind>) -> Option<usize> {
        self.part_of_next(text, word, kind).or_else(|| self.part_behind(text, word))
    }

    fn part_of_next(&mut self, text: Text<'_>, word: usize, kind: Option<Kind>) -> Option<usize> {
        let Some(Kind::Part(part)) = kind.filter(|_| text.word(word) != BUCUK) else { return None };
        let count = match self.last {
            Last::Nothing | Last::Article => 1.0,
            _ if self.total == 0.0 && large::is_some_parts(text.word(word)) => self.group,
            _ => return None,
        };
        let mut at = word + 1;
        while text.joins(at) && matches!(text.word(at), "of" | "a" | "an" | "one" | "de" | "d" | "un") {
            at += 1;
        }
        let times = if text.joins(at) { text.opening(at) } else { None };
        let Some(Kind::Times(times, _)) = times else { return None };
        self.close_group(count * part * times as f64, 1);
        Some(at + 1)
    }

    fn part_behind(&mut self, text: Text<'_>, word: usize) -> Option<usize> {
        if self.is_empty() {
            return None;
        }
        let mut at = word;
        let mut and = text.is_glued(at);
        if matches!(text.word(at), "с" | "з" | "із") || text.kind(at) == Some(Kind::And) {
            and = true;
            at += 1;
        }
        let article = text.joins(at) && text.kind(at) == Some(Kind::Article);
        at += usize::from(article);
        let Some(Kind::Part(part)) = text.kind(at).filter(|_| at == word || text.joins(at)) else { return None };
        let behind = at + 1;
        if self.last != Last::Times {
            if !and && text.word(at) != BUCUK {
                return None;
            }
            text.multiplier(behind)?;
            self.group += part;
            self.last = Last::Word;
            return Some(behind);
        }
        let times = self.times.filter(|times| *times > 1 && and)?;
        // «a million and half of them»; «مليون ونصف السكان»
        let again = text.joins(behind) && matches!(text.opening(behind), Some(Kind::Times(again, _)) if again == times);
        if text.word(at) == "half" && !article || !again && text.word(behind).starts_with("ال") {
            return None;
        }
        self.close_group(part * times as f64, 1);
        Some(behind + usize::from(again))
    }

    /// Adds a word; `false` where it cannot belong to the same number.
    fn takes(&mut self, text: Text<'_>, word: usize, kind: Kind, and: bool) -> bool {
        let group = self.group as i64;
        let units = group % 100;
        let fresh = group == 0 && self.last != Last::Figure;
        let add = match kind {
            Kind::And | Kind::Part(_) => return false,
            Kind::Times(times, alone) => return self.takes_times(text, word, (times, alone), and),
            Kind::Whole(value, below) if fresh && self.has_room(value as f64) || self.last == Last::Article => {
                self.close_group(value as f64, below);
                return true;
            }
            Kind::Mixed(value) if self.is_empty() => {
                (self.group, self.last) = (value, Last::Weak);
                return true;
            }
            Kind::Article if self.is_empty() => {
                (self.group, self.last) = (1.0, Last::Article);
                return true;
            }
            Kind::Number(100) if (1..10).contains(&group) => group * 99,
            Kind::Whole(..) | Kind::Mixed(_) | Kind::Article => return false,
            _ if self.last == Last::Figure => return false,
            Kind::Weak(100) if self.last == Last::Word && (1..10).contains(&group) => group * 99,
            // خمسة عشر, أحد عشر
            Kind::Ten if (1..10).contains(&units) && self.last != Last::Article => 10,
            // واحد وعشرون
            Kind::Number(value) if self.last == Last::Weak && and && group < 3 && (20..100).contains(&value) => value,
            // «on two» is no twelve, «five three» no eight; «fifty three» is a number.
            Kind::Number(_) | Kind::Ten if matches!(self.last, Last::Weak | Last::Article) => return false,
            Kind::Ten if units == 0 => 10,
            Kind::Number(value) if fresh || value < 10 && (units == 0 || units >= 20 && units % 10 == 0) => value,
            Kind::Number(value) if units == 0 && value < 100 => value,
            // Arabic puts the ones before the tens.
            Kind::Number(value) if and && (1..10).contains(&units) && (20..100).contains(&value) => value,
            Kind::Weak(value) if fresh => return self.takes_weak(text, word, value),
            Kind::Weak(value) if self.strong && value < 10 && units >= 20 && units % 10 == 0 => value,
            // مئة وأحد عشر
            Kind::Weak(value) if self.strong && and && value < 3 && units == 0 => value,
            _ => return false,
        };
        self.group += add as f64;
        (self.last, self.strong) = (Last::Word, true);
        true
    }

    fn takes_weak(&mut self, text: Text<'_>, word: usize, value: i64) -> bool {
        let follows = || text.joins(word + 1) && matches!(text.kind(word + 1), Some(Kind::Number(1..10)));
        // «2 million on Monday», «iki bin on beş»
        if self.total > 0.0 && words::is_weakest(text.word(word)) && !follows() {
            return false;
        }
        self.group = value as f64;
        self.last = if self.total == 0.0 { Last::Weak } else { Last::Word };
        true
    }

    fn takes_times(&mut self, text: Text<'_>, word: usize, (times, alone): (i64, Alone), and: bool) -> bool {
        if self.group > 0.0 {
            let other = match self.last {
                // «In 2011 thousands fled», «в 2015 миллион беженцев»
                Last::Figure => self.year && (large::is_plural(text.word(word)) || alone == Alone::Once && times >= 1_000_000),
                // «a bin» is none
                Last::Article => matches!(alone, Alone::Figures | Alone::Close),
                _ => alone == Alone::Figures,
            };
            if other || !self.has_room(times as f64) {
                return false;
            }
            self.close_group(self.group * times as f64, times);
            return true;
        }
        match self.times {
            // mil millones, مئة ألف مليون
            Some(before) if self.last == Last::Times && !and && 1 < before && before < times && alone != Alone::Figures => {
                self.total *= times as f64;
                self.times = Some(times);
                true
            }
            // مليون وألف
            Some(before) if self.last == Last::Times && and && times < before && !matches!(alone, Alone::Never | Alone::Figures) => {
                self.close_group(times as f64, times);
                true
            }
            _ => false,
        }
    }
}

/// Whether `bin` stands in a name: Muhammed bin Salman, Bin Ladin.
fn is_name(text: Text<'_>, word: usize) -> bool {
    let capital = |word: usize| text.written(word).starts_with(char::is_uppercase);
    text.word(word) == "bin" && text.joins(word + 1) && capital(word + 1) && (capital(word) || word > 0 && capital(word - 1))
}

/// Whether a counted noun stands behind ألفا, which is then a dual: the accusative has a vowel mark at times, and no noun behind it.
fn is_dual(text: Text<'_>, word: usize) -> bool {
    const NO_NOUN: [&str; 7] = ["من", "في", "علي", "الي", "عن", "منهم", "بينهم"];
    let next = text.word(word + 1);
    text.joins(word + 1)
        && !text.written(word).contains('\u{64b}')
        && !next.starts_with('و')
        && !next.starts_with(|c: char| c.is_ascii_digit())
        && !NO_NOUN.contains(&next)
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
            ("1.200 million", 1_200_000_000),
            ("1,25 млн", 1_250_000),
            ("1.5m", 1_500_000),
            ("3 hundred", 300),
            ("2½ million", 2_500_000),
            ("و٢٠٠", 200),
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
