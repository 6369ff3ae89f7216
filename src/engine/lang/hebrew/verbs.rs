//! The Hebrew verb: its pattern is told from the past tense, and gives the stems of the other tenses.
//!
//! Patterns are named by the customary model verb: פעל, נפעל, פיעל, פועל, התפעל, הפעיל, הופעל. A verb whose root ends in ה
//! loses it before most endings, so its stems are listed with those endings.

use super::{Class, is_chain, is_clause_chain, push as push_open};

/// Past tense, nothing before it: כתב, כתבו, כתבתי.
const PAST: Class = 0;
/// The past before an ending that begins with a consonant: הזמנ(תי).
const PAST_OF_SPEAKERS: Class = 1;
/// The past of a root in ה, without it: רצ(תה), ניס(יתי).
const PAST_IN_HE: Class = 2;
/// A present tense that declines like an adjective: כותב, כותבת.
const PARTICIPLE: Class = 3;
/// Behind a letter of person, or ל of the infinitive: יכתוב, לכתוב.
const FUTURE: Class = 4;
/// The same in a pattern whose present tense has מ: ידבר, לדבר, מדבר.
const FUTURE_WITH_MEM: Class = 5;
/// The same where past and infinitive have ה as well: הזמין, להזמין, יזמין, מזמין.
const WITH_HE: Class = 6;
/// Behind a letter of person and the י of נפעל: ייכנס, להיכנס.
const FUTURE_OF_NIFAL: Class = 7;
/// A passive pattern whose past has no letter before it: גורש, יגורש, מגורש.
const PASSIVE: Class = 8;
/// Only with an ending of person as well: יכתבו, תכתבי.
const FUTURE_BEFORE_VOWEL: Class = 9;
/// The same of a root in ה, in פעל: ירצה, לרצות.
const FUTURE_IN_HE: Class = 10;

fn push(stems: &mut Vec<(String, Class)>, stem: &str, class: Class) {
    push_open(stems, stem, super::VERBS + class);
}

fn is_vowel_letter(c: char) -> bool {
    matches!(c, 'ו' | 'י')
}

/// The stems of a word that may be the past tense of a verb.
pub(super) fn stems(whole: &str, stems: &mut Vec<(String, Class)>) {
    let letters: Vec<char> = whole.chars().collect();
    match letters.as_slice() {
        ['ה', 'ת', _, _, ..] | ['ה', 'ס' | 'ש', 'ת', _, _, ..] | ['ה', 'צ', 'ט', _, ..] | ['ה', 'ז', 'ד', _, ..] => {
            with_he(whole, stems);
        }
        ['ה', 'ו', _, _, ..] if letters.len() <= 5 => with_he(whole, stems),
        ['ה', _, 'י', _] | ['ה', _, _, 'י', _] | ['ה', _, _, _, 'י', _] => with_he(whole, stems),
        ['ה', _, _, 'ה'] => with_he(whole, stems),
        ['נ', a, b, c] if !is_vowel_letter(*b) && !is_vowel_letter(*c) && *a != 'י' => nifal(whole, stems),
        [_, 'י', _, _] | [_, 'י', _, _, _] => piel(whole, stems),
        [_, 'ו', _, _] => passive(whole, stems),
        [_, b, c] if !is_vowel_letter(*b) && !is_vowel_letter(*c) => qal(whole, &letters, stems),
        [_, b, c, d] if ![b, c, d].into_iter().any(|c| is_vowel_letter(*c)) && !matches!(d, 'ה' | 'ת') => {
            push(stems, whole, PAST);
            push(stems, whole, FUTURE_WITH_MEM);
        }
        _ => {}
    }
}

/// The tenses of a root in ה that take a letter before: `root` is the stem without ה.
fn in_he(root: &str, class: Class, stems: &mut Vec<(String, Class)>) {
    for ending in ["ה", "ו", "ות"] {
        push(stems, &format!("{root}{ending}"), class);
    }
}

/// התפעל, הפעיל and הופעל: ה stands before the past and the infinitive.
fn with_he(whole: &str, stems: &mut Vec<(String, Class)>) {
    let Some(stem) = whole.strip_prefix('ה') else { return };
    if let Some(root) = stem.strip_suffix('ה') {
        push(stems, &format!("ה{root}"), PAST_IN_HE);
        in_he(root, WITH_HE, stems);
        push(stems, &format!("{root}ים"), WITH_HE);
        return;
    }
    push(stems, stem, WITH_HE);
    let mut letters = stem.chars();
    let (last, middle) = (letters.next_back(), letters.next_back());
    if let (Some(last), Some('י')) = (last, middle) {
        push(stems, &format!("ה{}{last}", letters.as_str()), PAST_OF_SPEAKERS);
    }
}

fn nifal(whole: &str, stems: &mut Vec<(String, Class)>) {
    let Some(stem) = whole.strip_prefix('נ') else { return };
    if let Some(root) = whole.strip_suffix('ה') {
        push(stems, root, PAST_IN_HE);
        push(stems, root, PARTICIPLE);
        in_he(root.strip_prefix('נ').unwrap_or(root), FUTURE_OF_NIFAL, stems);
        return;
    }
    push(stems, whole, PAST);
    push(stems, stem, FUTURE_OF_NIFAL);
}

fn piel(whole: &str, stems: &mut Vec<(String, Class)>) {
    let short = whole.replacen('י', "", 1);
    if let (Some(past), Some(root)) = (whole.strip_suffix('ה'), short.strip_suffix('ה')) {
        push(stems, past, PAST_IN_HE);
        in_he(root, FUTURE_WITH_MEM, stems);
        push(stems, &format!("{root}ים"), FUTURE_WITH_MEM);
        return;
    }
    push(stems, whole, PAST);
    push(stems, &short, FUTURE_WITH_MEM);
}

fn passive(whole: &str, stems: &mut Vec<(String, Class)>) {
    if let Some(root) = whole.strip_suffix('ה') {
        push(stems, root, PAST_IN_HE);
        in_he(root, PASSIVE, stems);
        return;
    }
    push(stems, whole, PASSIVE);
}

/// פעל: three letters of the root, with ו in the present behind the first and in the future behind the second.
fn qal(whole: &str, letters: &[char], stems: &mut Vec<(String, Class)>) {
    let [a, b, c] = letters else { return };
    if *c == 'ה' {
        let root = format!("{a}{b}");
        push(stems, &format!("{root}י"), PAST_OF_SPEAKERS);
        push(stems, &format!("{root}ת"), PAST_IN_HE);
        push(stems, &format!("{root}ו"), PAST);
        push(stems, &format!("{a}ו{b}"), PARTICIPLE);
        in_he(&root, FUTURE_IN_HE, stems);
        return;
    }
    push(stems, whole, PAST);
    push(stems, &format!("{a}ו{b}{c}"), PARTICIPLE);
    push(stems, &format!("{a}{b}ו{c}"), FUTURE);
    push(stems, whole, FUTURE_BEFORE_VOWEL);
}

/// The stems of [`in_he`] in פעל: the infinitive has the ending ות.
fn is_future_in_he(stem: &str, before: &str, after: &str) -> bool {
    match stem.chars().next_back() {
        Some('ת') => is_infinitive(before, after, "ל"),
        Some('ו') => before.ends_with(['י', 'ת']) && after.is_empty() && is_future(before, after),
        _ => !before.ends_with('נ') && after.is_empty() && is_future(before, after),
    }
}

/// Whether a stem of `class` may stand between `before` and `after`.
pub(super) fn allows(class: Class, stem: &str, before: &str, after: &str) -> bool {
    match class {
        PAST => is_past_ending(after) && is_clause_chain(before),
        PAST_OF_SPEAKERS => is_speaker_ending(after) && is_clause_chain(before),
        PAST_IN_HE => is_past_in_he_ending(after) && is_clause_chain(before),
        PARTICIPLE => is_participle_ending(after) && is_clause_chain(before),
        FUTURE => is_future(before, after) || is_infinitive(before, after, "ל"),
        FUTURE_BEFORE_VOWEL => !before.ends_with('נ') && is_future(before, after),
        FUTURE_IN_HE => is_future_in_he(stem, before, after),
        FUTURE_WITH_MEM => is_future(before, after) || is_infinitive(before, after, "ל") || is_present(before, after),
        WITH_HE => {
            is_future(before, after)
                || is_infinitive(before, after, "לה")
                || is_present(before, after)
                || (is_past_ending(after) && before.strip_suffix('ה').is_some_and(is_clause_chain))
        }
        FUTURE_OF_NIFAL => {
            is_future(before.strip_suffix('י').unwrap_or(before), after) || is_future(before, after) || is_infinitive(before, after, "להי") || is_infinitive(before, after, "לה")
        }
        PASSIVE => is_future(before, after) || is_present(before, after) || (is_past_ending(after) && is_clause_chain(before)),
        _ => false,
    }
}

fn is_speaker_ending(after: &str) -> bool {
    matches!(after, "ת" | "תי" | "תם" | "תן" | "נו")
}

fn is_past_ending(after: &str) -> bool {
    matches!(after, "" | "ה" | "ו") || is_speaker_ending(after)
}

fn is_past_in_he_ending(after: &str) -> bool {
    matches!(after, "ה" | "ו" | "תה") || after.strip_prefix('י').is_some_and(is_speaker_ending)
}

fn is_participle_ending(after: &str) -> bool {
    matches!(after, "" | "ה" | "ת" | "ות" | "ים")
}

/// א נ before the bare stem; י ת also with an ending of person.
fn is_future(before: &str, after: &str) -> bool {
    let mut letters = before.chars();
    let fits = match letters.next_back() {
        Some('א' | 'נ') => after.is_empty(),
        Some('י') => matches!(after, "" | "ו"),
        Some('ת') => matches!(after, "" | "ו" | "י" | "נה"),
        _ => false,
    };
    fits && is_clause_chain(letters.as_str())
}

fn is_infinitive(before: &str, after: &str, mark: &str) -> bool {
    matches!(after, "" | "ו" | "ם") && before.strip_suffix(mark).is_some_and(|chain| matches!(chain, "" | "ו" | "ש" | "מ" | "כש" | "וש"))
}

fn is_present(before: &str, after: &str) -> bool {
    is_participle_ending(after) && before.strip_suffix('מ').is_some_and(|chain| is_chain(chain, ""))
}
