//! Figures of an article: how many people, families, killed, injured, displaced. A number and the word that it counts, of one
//! sentence, a few words apart. What a number is, [`number`] says; what is counted, `unit`. Never adds up, never rounds.

mod large;
pub mod number;
mod text;
mod unit;
mod words;

use crate::engine::lang::fold::Folded;
use number::Number;
use std::ops::Range;

/// How many words may stand between a number and the word it counts.
const REACH: usize = 3;

/// How many words may stand between a word and the number behind it: `displaced: 12,500`.
const REACH_BACK: usize = 1;

/// The most figures of one sentence.
const MOST: usize = 8;

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// People of whom nothing else is said.
    People,
    /// Families and households.
    Families,
    /// Dead.
    Killed,
    /// Hurt.
    Injured,
    /// Driven out, fled.
    Displaced,
}

impl Unit {
    /// Its name, as JSON has it.
    pub fn name(self) -> &'static str {
        match self {
            Unit::People => "people",
            Unit::Families => "families",
            Unit::Killed => "killed",
            Unit::Injured => "injured",
            Unit::Displaced => "displaced",
        }
    }
}

/// A number with what it counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Figure {
    /// What is counted.
    pub unit: Unit,
    /// How many.
    pub value: i64,
    /// First byte of the number or of the word it counts, whichever comes first, in the field as archived.
    pub start: usize,
    /// One past the last byte of the other.
    pub end: usize,
    /// What stands there.
    pub text: String,
}

/// The words of the sentence that the words `first..=last` stand in; of a text without full stops, some before and behind them.
pub fn sentence(folded: &Folded, first: usize, last: usize) -> Range<usize> {
    let words = &folded.words;
    let from = (0..first.min(words.len())).rev().find(|word| words[*word].stop).map_or(0, |word| word + 1);
    let to = (last..words.len()).find(|word| words[*word].stop).map_or(words.len(), |word| word + 1);
    from.max(first.saturating_sub(60))..to.min(last + 61)
}

/// The figures that stand among these words, a sentence.
pub fn within(original: &str, folded: &Folded, Range { start: from, end: to }: Range<usize>) -> Vec<Figure> {
    let words = &folded.words;
    let mut figures = Vec::new();
    let mut at = from;
    while at < to && figures.len() < MOST {
        let Some(number) = number::read(original, folded, at) else {
            at += 1;
            continue;
        };
        at = number.next;
        figures.extend(counted(folded, &number, from, to).and_then(|(unit, word)| {
            let start = words[number.first.min(word)].start as usize;
            let end = words[word.max(number.next - 1)].end as usize;
            Some(Figure { unit, value: number.value, start, end, text: original.get(start..end)?.to_owned() })
        }));
    }
    figures
}

/// What a number counts, and the word that says so. Behind it, what became of people comes before that they are people; then
/// what stands before it («killing 7 civilians»).
fn counted(folded: &Folded, number: &Number, from: usize, to: usize) -> Option<(Unit, usize)> {
    let is_number = |word: usize| number::is_number(folded.word(word));
    let reach = if number.close { number::CLOSE } else { REACH };
    let (mut people, mut end) = (None, to.min(number.next + reach + 1));
    let mut word = number.next;
    while word < end && !is_number(word) {
        match unit::of(folded.word(word)) {
            Some(Unit::People) if people.is_none() => {
                people = Some((Unit::People, word));
                // «500 people were displaced»
                end = to.min(word + REACH + 1);
            }
            Some(Unit::People) | None => {}
            // «7 civilians, wounding 12»: the word belongs to the number behind it.
            Some(_) if word > number.next && word + 1 < to && is_number(word + 1) => break,
            Some(unit) => return Some((unit, word)),
        }
        word += 1;
    }
    if number.close {
        return people;
    }
    let first = number.first.saturating_sub(REACH_BACK + 1).max(from);
    let own = |word: &usize| *word == from || !is_number(word - 1);
    let mut before = (first..number.first).rev().filter(own).filter_map(|word| Some((unit::of(folded.word(word))?, word)));
    let before = before.next();
    before.filter(|(unit, _)| *unit != Unit::People).or(people).or(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(Unit, i64, &str)]) {
        let folded = Folded::new(text);
        let found = within(text, &folded, sentence(&folded, 0, 0));
        let found: Vec<_> = found.iter().map(|figure| (figure.unit, figure.value, figure.text.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_number_is_read_with_what_it_counts() {
        check(
            "نزوح 41814 عائلة (260503 أشخاص) من إدلب",
            &[(Unit::Families, 41814, "41814 عائلة"), (Unit::People, 260_503, "260503 أشخاص")],
        );
        check("مقتل ٧ مدنيين وإصابة ١٢ آخرين", &[(Unit::Killed, 7, "مقتل ٧"), (Unit::Injured, 12, "وإصابة ١٢")]);
        check("نحو ثلاثة آلاف نازح", &[(Unit::Displaced, 3000, "ثلاثة آلاف نازح")]);
        check("Idlib'de 3,5 bin kişi", &[(Unit::People, 3500, "3,5 bin kişi")]);
        check("три тысячи человек", &[(Unit::People, 3000, "три тысячи человек")]);
        check("1.2 million people fled", &[(Unit::Displaced, 1_200_000, "1.2 million people fled")]);
        check("Three killed and seven wounded in a strike", &[(Unit::Killed, 3, "Three killed"), (Unit::Injured, 7, "seven wounded")]);
        check("Более 5 тыс. беженцев", &[(Unit::Displaced, 5000, "5 тыс. беженцев")]);
        check("أكثر من مليون نازح", &[(Unit::Displaced, 1_000_000, "مليون نازح")]);
        check("1 milyon 200 bin kişi", &[(Unit::People, 1_200_000, "1 milyon 200 bin kişi")]);
        check("Half a million people fled", &[(Unit::Displaced, 500_000, "Half a million people fled")]);
        check("mil personas", &[(Unit::People, 1000, "mil personas")]);
        check("bin kişi öldü", &[(Unit::Killed, 1000, "bin kişi öldü")]);
        check("displaced: 12,500", &[(Unit::Displaced, 12_500, "displaced: 12,500")]);
    }

    #[test]
    fn what_is_no_count_of_people_is_none() {
        for text in ["In 2011 the war began", "a road of 40 km", "On Monday one said so", "Room 101. People left"] {
            check(text, &[]);
        }
    }
}
