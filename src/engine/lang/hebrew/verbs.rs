//! The Hebrew verb: its pattern is told from the past tense, and gives the stems of the other tenses.
//!
//! Patterns are named by the customary model verb: פעל, נפעל, פיעל, פועל, התפעל, הפעיל, הופעל. A verb whose root ends in ה
//! loses it before most endings, so its stems are listed with those endings ([`BOUND`]).

use super::{Class, is_chain, push as push_open};

/// The past tense, nothing before it: כתב, כתבו, כתבתי.
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
/// Behind a letter of person and a י that may be written: ייכנס, להיכנס; ייפול, ליפול.
const FUTURE_WITH_YOD: Class = 7;
/// A passive pattern whose past has no letter before it: גורש, יגורש, מגורש.
const PASSIVE: Class = 8;
/// The bare root behind a letter of person: יכתבו, תכתבי, ילמד; never behind נ, which makes נפעל.
const FUTURE_OF_ROOT: Class = 9;
/// The infinitive alone: לשבת.
const INFINITIVE: Class = 10;
/// Added to a class: the stem ends in an ending already (ה, ו, ות, ים), and takes no other.
const BOUND: Class = 16;

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
        ['ה', 'ו', _, _] | ['ה', 'ו', _, _, _] => with_he(whole, stems),
        ['ה', _, 'י', _] | ['ה', _, _, 'י', _] | ['ה', _, _, _, 'י', _] | ['ה', _, _, 'ה'] => with_he(whole, stems),
        ['נ', a, b, c] if ![a, b, c].into_iter().any(|c| is_vowel_letter(*c)) => nifal(whole, stems),
        [_, 'י', _, _] | [_, 'י', _, _, _] => piel(whole, stems),
        [_, 'ו', _, _] => passive(whole, stems),
        [_, b, c] if ![b, c].into_iter().any(|c| is_vowel_letter(*c)) => qal(whole, &letters, stems),
        [_, b, c, d] if ![b, c, d].into_iter().any(|c| is_vowel_letter(*c)) && !matches!(d, 'ה' | 'ת') => {
            push(stems, whole, PAST);
            push(stems, whole, FUTURE_WITH_MEM);
        }
        _ => {}
    }
}

/// The tenses of a root in ה that have a letter before it: `root` is the stem without ה.
fn bound(root: &str, class: Class, stems: &mut Vec<(String, Class)>) {
    for ending in ["ה", "ו", "ות"] {
        push(stems, &format!("{root}{ending}"), BOUND + class);
    }
    if matches!(class, FUTURE_WITH_MEM | WITH_HE | PASSIVE) {
        push(stems, &format!("{root}ים"), BOUND + class);
    }
}

/// התפעל, הפעיל and הופעל: ה stands before the past and the infinitive.
fn with_he(whole: &str, stems: &mut Vec<(String, Class)>) {
    let Some(stem) = whole.strip_prefix('ה') else { return };
    if let Some(root) = stem.strip_suffix('ה') {
        push(stems, &format!("ה{root}"), PAST_IN_HE);
        return bound(root, WITH_HE, stems);
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
    if let (Some(past), Some(root)) = (whole.strip_suffix('ה'), stem.strip_suffix('ה')) {
        push(stems, past, PAST_IN_HE);
        push(stems, past, PARTICIPLE);
        return bound(root, FUTURE_WITH_YOD, stems);
    }
    push(stems, whole, PAST);
    push(stems, stem, FUTURE_WITH_YOD);
}

fn piel(whole: &str, stems: &mut Vec<(String, Class)>) {
    let short = whole.replacen('י', "", 1);
    if let (Some(past), Some(root)) = (whole.strip_suffix('ה'), short.strip_suffix('ה')) {
        push(stems, past, PAST_IN_HE);
        return bound(root, FUTURE_WITH_MEM, stems);
    }
    push(stems, whole, PAST);
    push(stems, &short, FUTURE_WITH_MEM);
}

fn passive(whole: &str, stems: &mut Vec<(String, Class)>) {
    if let Some(root) = whole.strip_suffix('ה') {
        push(stems, root, PAST_IN_HE);
        return bound(root, PASSIVE, stems);
    }
    push(stems, whole, PASSIVE);
}

/// פעל: three letters of the root, with ו in the present behind the first and in the future behind the second.
fn qal(whole: &str, letters: &[char], stems: &mut Vec<(String, Class)>) {
    let [a, b, c] = letters else { return };
    if *c == 'ה' {
        let root = format!("{a}{b}");
        push(stems, &format!("{root}י"), PAST_OF_SPEAKERS);
        push(stems, &format!("{root}תה"), BOUND + PAST);
        push(stems, &format!("{root}ו"), BOUND + PAST);
        push(stems, &format!("{a}ו{b}"), PARTICIPLE);
        return bound(&root, FUTURE, stems);
    }
    push(stems, whole, PAST);
    push(stems, &format!("{a}ו{b}{c}"), PARTICIPLE);
    push(stems, whole, FUTURE_OF_ROOT);
    match a {
        // לשבת and לדעת lose the root's first letter, ליפול and ייפול the נ.
        'י' => push(stems, &format!("{b}{c}ת").replace("םת", "מת"), INFINITIVE),
        'נ' => push(stems, &format!("{b}ו{c}"), FUTURE_WITH_YOD),
        _ => {}
    }
    push(stems, &format!("{a}{b}ו{c}"), FUTURE);
    push(stems, &format!("{a}{b}ו{c}"), PARTICIPLE);
}

/// Whether a stem of `class` may stand between `before` and `after`.
pub(super) fn allows(class: Class, stem: &str, before: &str, after: &str) -> bool {
    if class >= BOUND && !((after.is_empty() || stem.ends_with('ת')) && suits(stem, before)) {
        return false;
    }
    let stands_alone = || is_clause_chain(before);
    match class % BOUND {
        PAST => is_past(after) && stands_alone(),
        PAST_OF_SPEAKERS => is_of_speaker(after) && stands_alone(),
        PAST_IN_HE => is_past_in_he(after) && stands_alone(),
        PARTICIPLE => is_declined(after) && is_relative_chain(before),
        FUTURE => is_person(before, after) || is_infinitive(before, after, "ל"),
        FUTURE_OF_ROOT => !before.ends_with('נ') && is_person(before, after),
        FUTURE_WITH_MEM => is_person(before, after) || is_infinitive(before, after, "ל") || is_present(before, after),
        WITH_HE => {
            is_person(before, after)
                || is_infinitive(before, after, "לה")
                || is_present(before, after)
                || (is_past(after) && before.strip_suffix('ה').is_some_and(is_clause_chain))
        }
        FUTURE_WITH_YOD => {
            is_person(before, after)
                || before.strip_suffix('י').is_some_and(|before| is_person(before, after) || is_infinitive(before, after, "ל"))
                || is_infinitive(before, after, "להי")
                || is_infinitive(before, after, "לה")
        }
        PASSIVE => is_person(before, after) || is_present(before, after) || (is_past(after) && stands_alone()),
        INFINITIVE => is_infinitive(before, after, "ל"),
        _ => false,
    }
}

/// Whether a bound stem suits what stands before it: ו ends a plural of person, ות an infinitive or a present tense, ים a
/// present tense.
fn suits(stem: &str, before: &str) -> bool {
    match stem.chars().next_back() {
        Some('ו') => before.is_empty() || before.ends_with(['י', 'ת', 'ו', 'ש', 'ה']),
        Some('ת') => before.ends_with(['ל', 'ה', 'מ']) || before.ends_with("הי"),
        Some('ם') => before.ends_with('מ'),
        _ => true,
    }
}

fn is_of_speaker(after: &str) -> bool {
    matches!(after, "תי" | "תם" | "תן" | "נו")
}

fn is_past(after: &str) -> bool {
    matches!(after, "" | "ה" | "ו" | "ת") || is_of_speaker(after)
}

fn is_past_in_he(after: &str) -> bool {
    matches!(after, "ה" | "ו" | "תה" | "ית") || after.strip_prefix('י').is_some_and(is_of_speaker)
}

fn is_declined(after: &str) -> bool {
    matches!(after, "" | "ה" | "ת" | "ות" | "ים")
}

/// Whether `before` ends in a letter of person that agrees with `after`: א נ stand before the bare stem, י ת also before an
/// ending.
fn is_person(before: &str, after: &str) -> bool {
    let mut letters = before.chars();
    let agrees = match letters.next_back() {
        Some('א' | 'נ') => after.is_empty(),
        Some('י') => matches!(after, "" | "ו"),
        Some('ת') => matches!(after, "" | "ו" | "י"),
        _ => false,
    };
    agrees && is_clause_chain(letters.as_str())
}

/// An infinitive behind its `mark`; ו and ם are its object.
fn is_infinitive(before: &str, after: &str, mark: &str) -> bool {
    matches!(after, "" | "ו" | "ם")
        && before.strip_suffix(mark).is_some_and(|chain| matches!(chain, "" | "ו" | "ש" | "מ" | "כש" | "וש" | "ומ"))
}

fn is_present(before: &str, after: &str) -> bool {
    is_declined(after) && before.strip_suffix('מ').is_some_and(|chain| is_chain(chain, ""))
}

/// Whether `before` may stand before a verb of person: ו and what joins a clause.
fn is_clause_chain(before: &str) -> bool {
    matches!(before.strip_prefix('ו').unwrap_or(before), "" | "ש" | "כש" | "לכש" | "מש")
}

/// The same before a participle, which the article turns into a clause.
fn is_relative_chain(before: &str) -> bool {
    is_clause_chain(before.strip_suffix('ה').unwrap_or(before))
}
