//! The numbers that stand beside a word: `count(displaced)>=500`. Figures only, with the multipliers that news puts behind
//! them (5 thousand, 5 آلاف, 5 bin, 5 тыс.); never number words.

use super::scan::Hit;
use crate::engine::lang::fold::Folded;

/// How many words may stand between a number and the hit it counts.
const REACH: usize = 3;

/// Multipliers, folded: what they begin with.
const MULTIPLIERS: &[(i64, &[&str])] = &[
    (1_000_000_000, &["billion", "milyar", "миллиард", "млрд", "мільярд", "مليار", "ميليارد", "מיליארד", "milliarde", "milliard", "mrd"]),
    (
        1_000_000,
        &["million", "milyon", "миллион", "млн", "мільйон", "مليون", "ملايين", "ميليون", "מיליון", "millon", "mln", "ملیۆن", "مليۆن"],
    ),
    (1000, &["thousand", "тысяч", "тыс", "тисяч", "тис", "الف", "الاف", "هزار", "אלף", "אלפים", "tausend", "hezar", "هەزار"]),
];

/// Words that are multipliers only as they stand: their beginnings are other words'.
const WHOLE: &[(i64, &[&str])] = &[(1000, &["k", "bin", "mille", "mil"]), (1_000_000, &["m", "mn"])];

/// The largest number beside any of the hits, all of them in this field.
pub(super) fn beside(original: &str, folded: &Folded, hits: &[Hit]) -> Option<i64> {
    hits.iter().filter_map(|hit| beside_one(original, folded, hit)).max()
}

fn beside_one(original: &str, folded: &Folded, hit: &Hit) -> Option<i64> {
    let (first, last) = (hit.first as usize, hit.last as usize);
    // A long number is several words, so the look starts a little further off.
    let from = (first.saturating_sub(REACH + 4)..first).rev().take_while(|word| !folded.words[*word].stop).last().unwrap_or(first);
    let mut largest = None;
    let mut word = from;
    while word < folded.words.len() && word <= last + REACH + 1 {
        if let Some((value, next)) = number(original, folded, word) {
            let near = if word < first { first < next + REACH + 1 } else { word > last };
            if near {
                largest = largest.max(Some(value));
            }
            word = next;
        } else {
            word += 1;
        }
        if word > last && folded.words[word - 1].stop {
            break;
        }
    }
    largest
}

/// The number that begins at a word, and the word after it.
fn number(original: &str, folded: &Folded, first: usize) -> Option<(i64, usize)> {
    let digits = |word: usize| Some(folded.word(word)).filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    // 20k, 3m
    if let Some((figure, times)) = folded.word(first).split_at_checked(folded.word(first).len().saturating_sub(1))
        && let (Ok(value), Some(times)) = (figure.parse::<u32>(), multiplier(times))
    {
        return Some((i64::from(value) * times, first + 1));
    }
    let mut text = digits(first)?.to_owned();
    if text.len() > 15 {
        return None;
    }
    let mut next = first + 1;
    // 12,500 and 12.500 and 12 500: groups of three behind one sign.
    while text.len() <= 12
        && digits(next).is_some_and(|group| group.len() == 3)
        && is_separator(original, folded, next)
        && digits(first)?.len() <= 3
    {
        text.push_str(digits(next)?);
        next += 1;
    }
    let mut value: f64 = text.parse().ok()?;
    let decimal = next == first + 1 && digits(next).is_some() && is_point(original, folded, next);
    let after = if decimal { next + 1 } else { next };
    if let Some(times) = multiplier(folded.word(after)) {
        if decimal {
            let part = digits(next)?;
            value += part.parse::<f64>().ok()? / 10_f64.powi(part.len() as i32);
        }
        return Some(((value * times as f64).round() as i64, after + 1));
    }
    Some((value as i64, next))
}

fn between<'t>(original: &'t str, folded: &Folded, word: usize) -> &'t str {
    let (before, this) = (folded.words[word - 1], folded.words[word]);
    original.get(before.end as usize..this.start as usize).unwrap_or("")
}

/// Whether what stands before a word parts thousands.
fn is_separator(original: &str, folded: &Folded, word: usize) -> bool {
    matches!(between(original, folded, word), "," | "." | "'" | "’" | "٬" | "،" | "\u{a0}" | "\u{202f}" | " ")
}

/// Whether what stands before a word is a decimal sign.
fn is_point(original: &str, folded: &Folded, word: usize) -> bool {
    matches!(between(original, folded, word), "." | "," | "٫")
}

fn multiplier(word: &str) -> Option<i64> {
    let whole = WHOLE.iter().find(|(_, words)| words.contains(&word));
    let begun = || MULTIPLIERS.iter().find(|(_, starts)| starts.iter().any(|start| word.starts_with(start)));
    whole.map(|(times, _)| *times).or_else(|| begun().map(|(times, _)| *times))
}

#[cfg(test)]
mod tests {
    use crate::engine::rule::{Lexicon, RuleSpec, Subject, compile};

    fn holds(when: &str, text: &str) -> bool {
        let spec = RuleSpec { id: "r".into(), when: Some(when.into()), ..RuleSpec::default() };
        !compile(&[spec], &Lexicon::default()).unwrap().matches(&Subject { text, ..Subject::default() }).is_empty()
    }

    #[test]
    fn a_number_beside_the_word_is_counted() {
        for text in [
            "some 500 people were displaced",
            "displaced: 12,500 since May",
            "12 500 newly displaced",
            "about 1.5 million displaced",
            "5 thousand displaced",
            "٥٠٠ displaced",
            "displaced over 20k people",
        ] {
            assert!(holds("count(displaced)>=500", text), "{text}");
        }
        for text in [
            "499 displaced",
            "In 2011. Displaced people",
            "500 metres from the camp of the displaced",
            "displaced",
            "1.5 displaced",
            "4 people displaced. 900 fled",
        ] {
            assert!(!holds("count(displaced)>=500", text), "{text}");
        }
        assert!(holds("count(نازح)>=5000", "نحو ٥ آلاف نازح"));
        assert!(holds("count(displaced)=12", "12 displaced"));
    }
}
