//! Number words by language, folded. Thousands and more, which stand behind figures too: [`super::large`].

use super::large::{Alone, large};
use std::{collections::HashMap, sync::LazyLock};

/// What a word is in a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Up to 900.
    Number(i64),
    /// A number that is another word more often (`on` is ten in Turkish): it counts only together with another number word.
    Weak(i64),
    /// An article that is a one too: `a million`, `eine Million`.
    Article,
    /// Ten, and behind a one of its own the `-teen` of Arabic: خمسة عشر.
    Ten,
    /// One and a half and the like, before a multiplier: `полтора`.
    Mixed(f64),
    /// A thousand and more, behind a number.
    Times(i64, Alone),
    /// A number of the size of a multiplier in one word (ألفين, полмиллиона), and below what a number may follow in it.
    Whole(i64, i64),
    /// A half, a quarter: of a multiplier behind it, or of the one before.
    Part(f64),
    /// Stands between two.
    And,
}

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
    (3, 1, &["ثلاثة", "اربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة"]),
    (3, 1, &["ثلاث", "اربع", "خمس", "ست", "سبع", "ثماني", "تسع"]),
    (20, 10, &["عشرون", "ثلاثون", "اربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون", "مية"]),
    (20, 10, &["عشرين", "ثلاثين", "اربعين", "خمسين", "ستين", "سبعين", "ثمانين", "تسعين", "ماية"]),
    (200, 0, &["ميتين", "ميتان", "ميتي", "ميتا", "مايتين", "مايتان", "مايتي", "مايتا"]),
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
    (20, 10, &["двадцати", "тридцати", "сорока", "пятидесяти", "шестидесяти", "семидесяти", "восьмидесяти", "девяноста", "ста"]),
    (200, 100, &["двухсот", "трехсот", "четырехсот", "пятисот", "шестисот", "семисот", "восьмисот", "девятисот"]),
    (2, 0, &["две"]),
    (200, 100, &["двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот"]),
    // Ukrainian
    (2, 1, &["двох", "трьох", "чотирьох"]),
    (
        11,
        1,
        &[
            "одинадцять",
            "дванадцять",
            "тринадцять",
            "чотирнадцять",
            "пятнадцять",
            "шістнадцять",
            "сімнадцять",
            "вісімнадцять",
            "девятнадцять",
        ],
    ),
    (200, 100, &["двісті", "триста", "чотириста", "пятсот", "шістсот", "сімсот", "вісімсот", "девятсот"]),
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
    (200, 0, &["מאתיים"]),
];

/// Number words that are other words in another language, or more often.
const WEAK: &[&str] = &["elf", "once", "six", "acht", "sept", "cent", "cents", "neuf", "dix", "alti", "ست", "نه", "ده", "سي", "سه", "שני"];

/// The same, with values of their own.
const WEAK_TOO: &[(&str, i64)] = &[
    ("on", 10),
    ("yuz", 100),
    ("one", 1),
    ("один", 1),
    ("одна", 1),
    ("одну", 1),
    ("одного", 1),
    ("одной", 1),
    ("يك", 1),
    ("يەك", 1),
    ("yek", 1),
    ("واحد", 1),
    ("احد", 1),
    ("احدي", 1),
    ("اثنا", 2),
    ("اثني", 2),
    ("اثنتا", 2),
    ("اثنتي", 2),
    ("اثنان", 2),
    ("اثنين", 2),
];

/// Weak words that are no number behind a multiplier either: `2 million on Monday`.
const WEAKEST: &[&str] = &["on", "once"];

/// Articles that are a one too.
const ARTICLES: &[&str] = &["a", "bir", "un", "une", "una", "ein", "eine", "einer", "einem"];

/// Tens that make teens.
const TENS: &[&str] = &["عشر", "عشرة"];

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

/// What a word is inside a number: folded, and as it is written.
pub(super) fn of(word: &str, written: &str) -> Option<Kind> {
    if matches!(word, "and" | "und" | "et" | "y" | "و" | "ו" | "u") {
        return Some(Kind::And);
    }
    let bare = without_and(word).unwrap_or(word);
    if ARTICLES.contains(&word) {
        return Some(Kind::Article);
    }
    if let Some((_, value)) = WEAK_TOO.iter().find(|(weak, _)| *weak == word || *weak == bare) {
        return Some(Kind::Weak(*value));
    }
    if TENS.contains(&bare) {
        return Some(Kind::Ten);
    }
    // ميت is dead, and مئت‑ a hundred: the fold takes the hamza's seat away.
    if bare.starts_with("ميت") && !written.contains('ئ') {
        return None;
    }
    if let Some(value) = VALUES.get(bare).or_else(|| VALUES.get(word)) {
        return Some(if WEAK.contains(&word) { Kind::Weak(*value) } else { Kind::Number(*value) });
    }
    large(bare)
}

/// What the first word of a number is: prepositions and the article may be one word with it (بمليون, «המיליון», «מאלף»).
pub(super) fn opening(word: &str, written: &str) -> Option<Kind> {
    of(word, written).or_else(|| large_behind(word, &[&["و", "ف"], &["ب", "ل", "ك"], &["ال"]])).or_else(|| {
        let hebrew: &[&[&str]] = &[&["ו"], &["ש"], &["כ", "ל", "מ", "ב"], &["ה"]];
        large_behind(word, hebrew)
    })
}

/// The large number behind glued letters: at most one of each row, in this order.
fn large_behind(word: &str, before: &[&[&str]]) -> Option<Kind> {
    let (row, rest) = before.split_first()?;
    let stripped = row.iter().find_map(|letters| word.strip_prefix(letters));
    stripped.and_then(|word| large(word).or_else(|| large_behind(word, rest))).or_else(|| large_behind(word, rest))
}

/// A word behind a glued Arabic "and", where enough is left to be a number.
pub(super) fn without_and(word: &str) -> Option<&str> {
    word.strip_prefix('و').filter(|rest| rest.len() >= 6).or_else(|| word.strip_prefix('ו').filter(|rest| large(rest).is_some()))
}

/// A figure without the Arabic letters that may be one word with it: و200, لـ12, الـ500.
pub(super) fn figure(word: &str) -> &str {
    let mut rest = word;
    for letters in [&["و", "ف"][..], &["ب", "ل", "ك"], &["ال"]] {
        rest = letters.iter().find_map(|letters| rest.strip_prefix(letters)).unwrap_or(rest);
    }
    if rest.starts_with(|c: char| c.is_ascii_digit()) { rest } else { word }
}

/// Whether a weak word is none behind a multiplier.
pub(super) fn is_weakest(word: &str) -> bool {
    WEAKEST.contains(&word)
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
        let others = WEAK_TOO.iter().map(|(word, _)| word);
        let lists = [WEAK, WEAKEST, ARTICLES, TENS].into_iter().flatten();
        for word in spelled.chain(others).chain(lists) {
            assert_eq!(Folded::new(word).word(0), *word);
        }
    }
}
