//! Thousands and more by language, folded: multipliers, their parts, and numbers of their size that are one word.

use super::words::Kind;
use std::{collections::HashMap, sync::LazyLock};

/// Whether a multiplier is a number where none stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alone {
    /// Abbreviations and plurals: `thousands` says no number.
    Never,
    /// Not even behind a number word: `k`, and words that are others' too.
    Figures,
    /// It counts once: مليون نازح.
    Once,
    /// Once, what stands right behind it: `bin` is a name's part too, `mil` a mile.
    Close,
    /// Once behind a word of [`ABOUT`]: `более тысячи`, where `тысячи` alone is a plural.
    About,
    /// Once before a word of [`OVER`]: `binden fazla`.
    Over,
    /// Arabic ألفا: of one counted noun behind it two (ألفا نازح), else once.
    Dual,
}

/// Multipliers.
const MULTIPLIERS: &[(i64, Alone, &[&str])] = &[
    (
        1_000_000_000,
        Alone::Once,
        &["миллиард", "миллиарда", "миллиарду", "миллиардом", "мільярд", "мільярда", "milyar", "مليار", "ميليارد", "מיליארד"],
    ),
    (
        1_000_000_000,
        Alone::Never,
        &[
            "billion",
            "billions",
            "milliard",
            "milliards",
            "milliarde",
            "milliarden",
            "mrd",
            "миллиарды",
            "миллиардов",
            "млрд",
            "мільярди",
            "мільярдів",
            "milyari",
            "milyara",
            "milyardan",
            "milyarin",
            "مليارات",
        ],
    ),
    (1_000_000_000, Alone::Figures, &["bn"]),
    (1_000_000_000, Alone::Dual, &["مليارا"]),
    (
        1_000_000,
        Alone::Once,
        &[
            "مليون",
            "ميليون",
            "миллион",
            "миллиона",
            "миллиону",
            "миллионом",
            "миллионе",
            "мільйон",
            "мільйона",
            "мільйону",
            "мільйоном",
            "мільйоні",
            "milyon",
            "milyonu",
            "milyona",
            "milyondan",
            "milyonun",
            "milyonek",
            "מיליון",
            "مليۆن",
            "ملێۆن",
            "مليۆنێك",
        ],
    ),
    (
        1_000_000,
        Alone::Never,
        &[
            "million",
            "millions",
            "millionen",
            "millon",
            "millones",
            "ملايين",
            "миллионы",
            "миллионов",
            "миллионам",
            "миллионами",
            "миллионах",
            "мільйони",
            "мільйонів",
            "мільйонам",
            "мільйонами",
            "мільйонах",
            "מיליוני",
            "מיליונים",
            "milyonda",
            "milyonla",
            "млн",
            "mln",
            "mio",
        ],
    ),
    (1_000_000, Alone::Figures, &["m", "mn"]),
    (1_000_000, Alone::Dual, &["مليونا"]),
    (
        1000,
        Alone::Once,
        &[
            "тысяча",
            "тысячу",
            "тысячей",
            "тысячью",
            "тысяче",
            "тисяча",
            "тисячу",
            "тисячею",
            "هزار",
            "hezar",
            "hezarek",
            "هەزار",
            "هەزارێك",
            "אלף",
            "tausend",
        ],
    ),
    (1000, Alone::Close, &["الف", "bin", "mil", "mille"]),
    (1000, Alone::About, &["тысячи", "тисячі"]),
    (1000, Alone::Over, &["bini", "bine", "binden", "binin"]),
    (1000, Alone::Dual, &["الفا"]),
    (
        1000,
        Alone::Never,
        &[
            "thousand",
            "thousands",
            "millier",
            "milliers",
            "тысяч",
            "тысячам",
            "тысячами",
            "тысячах",
            "тыс",
            "тисяч",
            "тисячам",
            "тисячами",
            "тисячах",
            "тис",
            "الاف",
            "אלפים",
            "binde",
            "binle",
            "tsd",
        ],
    ),
    (1000, Alone::Figures, &["k"]),
];

/// Plurals that no number has before it: behind a year they begin anew (`In 2011 thousands fled`).
const PLURALS: &[&str] = &["thousands", "millions", "billions", "тысячи", "миллионы", "тисячі", "мільйони", "millones"];

/// What makes a genitive of a plural: `более тысячи`.
const ABOUT: &[&str] =
    &["более", "больше", "свыше", "около", "порядка", "менее", "меньше", "до", "близько", "більше", "понад", "менше", "майже", "біля"];

/// What stands behind a Turkish case of a thousand: `binden fazla`, `bine yakın`, `bini aşkın`, `binin üzerinde`.
const OVER: &[&str] = &["fazla", "cok", "az", "yakin", "askin", "uzerinde", "ustunde", "altinda", "asti", "buldu", "gecti", "ulasti"];

/// Words behind which a multiplier is none, or leaves open how many: `birkaç bin`, «ده‌ها هزار», `mehrere tausend`.
const VAGUE: &[&str] = &[
    "birkac",
    "kac",
    "onlarca",
    "yuzlerce",
    "cend",
    "dehan",
    "sedan",
    "چند",
    "چندين",
    "ها",
    "دهها",
    "صدها",
    "چەند",
    "دەيان",
    "سەدان",
    "بضع",
    "بضعة",
    "عدة",
    "ميات",
    "مايات",
    "عشرات",
    "מאות",
    "עשרות",
    "כמה",
    "mehrere",
    "einige",
    "wenige",
    "viele",
    "paar",
    "varios",
    "varias",
    "cientos",
    "quelques",
    "plusieurs",
    // «Ich bin Flüchtling», «a bin».
    "ich",
    "a",
    "the",
];

/// Parts of a multiplier.
const PARTS: &[(f64, &[&str])] = &[
    (
        0.5,
        &[
            "half",
            "نصف",
            "yarim",
            "bucuk",
            "пол",
            "половина",
            "половины",
            "половину",
            "половиной",
            "пів",
            "половиною",
            "halbe",
            "halben",
            "halber",
            "demi",
            "medio",
            "media",
            "نيم",
            "niv",
            "نيو",
            "חצי",
        ],
    ),
    (
        0.25,
        &["quarter", "quarters", "ربع", "ارباع", "ceyrek", "четверть", "четверти", "чверть", "чверті", "viertel", "quart", "cuarto", "רבע"],
    ),
];

/// Parts of which a number before them says how many.
const SOME_PARTS: &[&str] = &["quarters", "ارباع"];

/// Numbers with a half that are one word.
const MIXED: &[(f64, &[&str])] = &[
    (1.5, &["полтора", "полторы", "полутора", "півтора", "півтори", "anderthalb", "eineinhalb"]),
    (2.5, &["zweieinhalb"]),
    (3.5, &["dreieinhalb"]),
    (4.5, &["viereinhalb"]),
];

/// Numbers of the size of a multiplier that are one word: their value, and below what a number may follow in it.
const WHOLES: &[(i64, i64, &[&str])] = &[
    (2000, 1000, &["الفين", "الفان", "الفي", "אלפיים"]),
    (2_000_000, 1_000_000, &["مليونين", "مليونان", "مليوني"]),
    (2_000_000_000, 1_000_000_000, &["مليارين", "ملياران", "ملياري"]),
    (500_000, 1, &["полмиллиона", "полумиллиона", "півмільйона", "півмільйону", "halbmillion"]),
    (250_000, 1, &["viertelmillion"]),
    (500, 1, &["полтысячи", "півтисячі"]),
];

/// A multiplier, a part of one or a number of its size.
pub(super) fn large(word: &str) -> Option<Kind> {
    LARGE.get(word).copied()
}

/// What each word of [`MULTIPLIERS`], [`WHOLES`], [`PARTS`] and [`MIXED`] is.
static LARGE: LazyLock<HashMap<&str, Kind, foldhash::fast::RandomState>> = LazyLock::new(|| {
    let times = MULTIPLIERS.iter().flat_map(|(value, alone, words)| words.iter().map(|word| (*word, Kind::Times(*value, *alone))));
    let wholes = WHOLES.iter().flat_map(|(value, below, words)| words.iter().map(|word| (*word, Kind::Whole(*value, *below))));
    let parts = PARTS.iter().flat_map(|(part, words)| words.iter().map(|word| (*word, Kind::Part(*part))));
    let mixed = MIXED.iter().flat_map(|(value, words)| words.iter().map(|word| (*word, Kind::Mixed(*value))));
    times.chain(wholes).chain(parts).chain(mixed).collect()
});

/// What a multiplier multiplies by.
pub(super) fn multiplier(word: &str) -> Option<i64> {
    match large(word) {
        Some(Kind::Times(times, _)) => Some(times),
        _ => None,
    }
}

/// Whether a word is a plural that says no number.
pub(super) fn is_plural(word: &str) -> bool {
    PLURALS.contains(&word)
}

/// Whether a part has a number before it that says how many.
pub(super) fn is_some_parts(word: &str) -> bool {
    SOME_PARTS.contains(&word)
}

/// Whether a multiplier that stands alone between these words counts once.
pub(super) fn stands_alone(alone: Alone, before: &str, after: &str) -> bool {
    match alone {
        Alone::Never | Alone::Figures => false,
        Alone::Once | Alone::Close | Alone::Dual => !VAGUE.contains(&before),
        Alone::About => ABOUT.contains(&before),
        Alone::Over => OVER.contains(&after) && !VAGUE.contains(&before),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::lang::fold::Folded;

    #[test]
    fn every_word_stands_as_it_is_folded() {
        let lists = [PLURALS, ABOUT, OVER, VAGUE, SOME_PARTS].into_iter().flatten();
        for word in LARGE.keys().chain(lists) {
            assert_eq!(Folded::new(word).word(0), *word);
        }
    }
}
