//! Number words by language, folded, and the multipliers that stand behind figures.

use std::{collections::HashMap, sync::LazyLock};

/// What a word is in a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Up to 900.
    Number(i64),
    /// A number that is another word more often (`on` is ten in Turkish): it counts only together with another number word.
    Weak(i64),
    /// A thousand and more, behind a number.
    Times(i64),
    /// Stands between two.
    And,
}

/// Multipliers: what they begin with.
const MULTIPLIERS: &[(i64, &[&str])] = &[
    (1_000_000_000, &["billion", "milyar", "миллиард", "млрд", "мільярд", "مليار", "ميليارد", "מיליארד", "milliarde", "milliard", "mrd"]),
    (1_000_000, &["million", "milyon", "миллион", "млн", "мільйон", "مليون", "ملايين", "ميليون", "מיליון", "millon", "mln", "مليۆن"]),
    (1000, &["thousand", "тысяч", "тыс", "тисяч", "тис", "الف", "الاف", "هزار", "אלף", "אלפים", "tausend", "hezar", "هەزار"]),
];

/// Words that are multipliers only as they stand: their beginnings are other words'.
const WHOLE: &[(i64, &[&str])] = &[(1000, &["k", "bin", "mille", "mil"]), (1_000_000, &["m", "mn"])];

/// Number words, in order of their value: those of one line count on from its first value by its step.
const SPELLED: &[(i64, i64, &[&str])] = &[
    // English
    (
        2,
        1,
        &[
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ],
    ),
    (20, 10, &["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred"]),
    // Arabic, of both genders and cases
    (3, 1, &["ثلاثة", "اربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة"]),
    (3, 1, &["ثلاث", "اربع", "خمس", "ست", "سبع", "ثماني", "تسع", "عشر"]),
    (20, 10, &["عشرون", "ثلاثون", "اربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون", "مية"]),
    (20, 10, &["عشرين", "ثلاثين", "اربعين", "خمسين", "ستين", "سبعين", "ثمانين", "تسعين", "ماية"]),
    (200, 100, &["ميتين", "ثلاثمية", "اربعمية", "خمسمية", "ستمية", "سبعمية", "ثمانمية", "تسعمية"]),
    (200, 100, &["مايتين", "ثلاثماية", "اربعماية", "خمسماية", "ستماية", "سبعماية", "ثمانماية", "تسعماية"]),
    // Turkish
    (2, 1, &["iki", "uc", "dort", "bes", "alti", "yedi", "sekiz", "dokuz"]),
    (20, 10, &["yirmi", "otuz", "kirk", "elli", "altmis", "yetmis", "seksen", "doksan"]),
    // Russian, nominative and genitive
    (2, 1, &["два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять"]),
    (2, 1, &["двух", "трех", "четырех", "пяти", "шести", "семи", "восьми", "девяти", "десяти"]),
    (
        11,
        1,
        &[
            "одиннадцать",
            "двенадцать",
            "тринадцать",
            "четырнадцать",
            "пятнадцать",
            "шестнадцать",
            "семнадцать",
            "восемнадцать",
            "девятнадцать",
            "двадцать",
        ],
    ),
    (30, 10, &["тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто", "сто"]),
    (200, 100, &["двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот"]),
    // Ukrainian
    (2, 1, &["дві", "три", "чотири", "пять", "шість", "сім", "вісім", "девять", "десять"]),
    (20, 10, &["двадцять", "тридцять", "сорок", "пятдесят", "шістдесят", "сімдесят", "вісімдесят", "девяносто", "сто"]),
    // French
    (
        2,
        1,
        &[
            "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize", "quatorze", "quinze",
            "seize",
        ],
    ),
    (20, 10, &["vingt", "trente", "quarante", "cinquante", "soixante"]),
    (100, 0, &["cent", "cents"]),
    // German
    (2, 1, &["zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwolf"]),
    (20, 10, &["zwanzig", "dreissig", "vierzig", "funfzig", "sechzig", "siebzig", "achtzig", "neunzig", "hundert"]),
    // Spanish
    (2, 1, &["dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce", "trece", "catorce", "quince"]),
    (20, 10, &["veinte", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa", "cien"]),
    (100, 100, &["ciento", "doscientos", "trescientos", "cuatrocientos", "quinientos", "seiscientos"]),
    // Persian
    (3, 1, &["سه", "چهار", "پنج", "شش", "هفت", "هشت", "نه", "ده"]),
    (20, 10, &["بيست", "سي", "چهل", "پنجاه", "شصت", "هفتاد", "هشتاد", "نود", "صد"]),
    // Hebrew
    (2, 1, &["שני", "שלושה", "ארבעה", "חמישה", "שישה", "שבעה", "שמונה", "תשעה", "עשרה"]),
    (20, 10, &["עשרים", "שלושים", "ארבעים", "חמישים", "שישים", "שבעים", "שמונים", "תשעים", "מאה"]),
];

/// Number words that are other words in another language, or more often.
const WEAK: &[&str] = &["elf", "once", "six", "acht", "sept", "cent", "cents", "neuf", "dix", "alti", "ست", "نه", "ده", "سي", "سه", "שני"];

/// The same, with values of their own.
const WEAK_TOO: &[(&str, i64)] = &[("on", 10), ("yuz", 100), ("bir", 1), ("a", 1), ("one", 1)];

/// Twos of thousands and millions that are one word.
const DUALS: &[(&str, i64)] =
    &[("الفين", 2000), ("الفان", 2000), ("الفي", 2000), ("مليونين", 2_000_000), ("مليونان", 2_000_000), ("مليوني", 2_000_000)];

/// What each of the words in [`SPELLED`] is worth: where several lines have it, in the first of them.
static VALUES: LazyLock<HashMap<&str, i64, foldhash::fast::RandomState>> = LazyLock::new(|| {
    let mut values = HashMap::default();
    for (from, step, words) in SPELLED {
        for (value, word) in (0..).map(|at| from + step * at).zip(*words) {
            values.entry(*word).or_insert(value);
        }
    }
    values
});

/// What a folded word is in a number.
pub(super) fn of(word: &str) -> Option<Kind> {
    if matches!(word, "and" | "und" | "et" | "y" | "و") {
        return Some(Kind::And);
    }
    let bare = word.strip_prefix('و').filter(|rest| rest.len() >= 6).unwrap_or(word);
    if let Some((_, value)) = WEAK_TOO.iter().find(|(weak, _)| *weak == word) {
        return Some(Kind::Weak(*value));
    }
    if let Some((_, value)) = DUALS.iter().find(|(dual, _)| *dual == bare) {
        return Some(Kind::Number(*value));
    }
    if let Some(value) = VALUES.get(bare).or_else(|| VALUES.get(word)) {
        return Some(if WEAK.contains(&word) { Kind::Weak(*value) } else { Kind::Number(*value) });
    }
    multiplier(bare).map(Kind::Times)
}

/// What a multiplier multiplies by.
pub(super) fn multiplier(word: &str) -> Option<i64> {
    let whole = WHOLE.iter().find(|(_, words)| words.contains(&word));
    let begun = || MULTIPLIERS.iter().find(|(_, starts)| starts.iter().any(|start| word.starts_with(start)));
    whole.map(|(times, _)| *times).or_else(|| begun().map(|(times, _)| *times))
}

/// An Arabic word without what is written before it.
pub(super) fn bare(word: &str) -> &str {
    let rest = ["وال", "بال", "ال", "لل", "و", "ب", "ل", "ف"].into_iter().find_map(|before| word.strip_prefix(before));
    rest.filter(|rest| rest.len() >= 6).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::lang::fold::Folded;

    #[test]
    fn every_word_stands_as_it_is_folded() {
        let spelled = SPELLED.iter().flat_map(|(_, _, words)| words.iter());
        let times = MULTIPLIERS.iter().chain(WHOLE).flat_map(|(_, words)| words.iter());
        let others = WEAK_TOO.iter().chain(DUALS).map(|(word, _)| word);
        for word in spelled.chain(times).chain(others).chain(WEAK) {
            assert_eq!(Folded::new(word).word(0), *word);
        }
    }
}
