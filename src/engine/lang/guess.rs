//! Which languages a word may belong to, by its script and letters. Never looks at a whole text.

use super::Language;
use std::sync::LazyLock;

/// Each letter of [`LETTERS`] with the lines that it stands in, a bit for each.
static LINES: LazyLock<Vec<(char, u32)>> = LazyLock::new(|| {
    let mut lines = Vec::<(char, u32)>::new();
    for (line, (letters, _)) in LETTERS.iter().enumerate() {
        lines.extend(letters.chars().map(|letter| (letter, 1 << line)));
    }
    lines.sort_unstable();
    lines.dedup_by(|(letter, line), (before, lines)| {
        letter == before && {
            *lines |= *line;
            true
        }
    });
    lines
});

/// The lines that a letter stands in.
fn lines_of(letter: char) -> u32 {
    LINES.binary_search_by_key(&letter, |(letter, _)| *letter).map_or(0, |at| LINES[at].1)
}

/// Letters that say more than their script does, with the languages that write them.
const LETTERS: &[(&str, &[Language])] = &[
    ("ەێۆڵڕڤ", &[Language::Sorani]),
    ("پچژگکی", &[Language::Persian, Language::Sorani]),
    ("ةىأإؤئطظصضثذ", &[Language::Arabic, Language::Persian]),
    ("іїєґ", &[Language::Ukrainian]),
    ("ыэёъ", &[Language::Russian]),
    ("ğı", &[Language::Turkish]),
    ("ş", &[Language::Turkish, Language::Kurmanji]),
    ("ß", &[Language::German]),
    ("ä", &[Language::German]),
    ("ö", &[Language::German, Language::Turkish]),
    ("ü", &[Language::German, Language::Turkish, Language::Spanish, Language::French]),
    ("ñáíóú", &[Language::Spanish]),
    ("éèàùœëï", &[Language::French, Language::Spanish, Language::English]),
    ("ç", &[Language::French, Language::Turkish, Language::Kurmanji]),
    ("êîû", &[Language::French, Language::Kurmanji, Language::Turkish]),
    ("wxq", &[Language::English, Language::German, Language::Kurmanji, Language::French, Language::Spanish]),
];

/// The languages with an inflection of their own that may own `word`, as it was written; none for any other script.
pub fn languages(word: &str) -> Vec<Language> {
    let lower = word.to_lowercase();
    let mut left: Vec<Language> = match lower.chars().find(|c| c.is_alphabetic()) {
        Some('\u{600}'..='\u{6ff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}') => {
            vec![Language::Arabic, Language::Persian, Language::Sorani]
        }
        Some('\u{400}'..='\u{52f}') => vec![Language::Russian, Language::Ukrainian],
        Some('\u{590}'..='\u{5ff}') => vec![Language::Hebrew],
        Some('a'..='z' | '\u{c0}'..='\u{24f}') => {
            vec![Language::English, Language::French, Language::German, Language::Kurmanji, Language::Spanish, Language::Turkish]
        }
        _ => return Vec::new(),
    };
    // A dotted capital is Turkish; its lower case is two characters.
    if word.contains('İ') {
        return vec![Language::Turkish];
    }
    let lines = lower.chars().fold(0, |lines, letter| lines | lines_of(letter));
    for (line, (_, owners)) in LETTERS.iter().enumerate() {
        if lines >> line & 1 == 1 {
            let narrowed: Vec<Language> = left.iter().copied().filter(|language| owners.contains(language)).collect();
            // Letters that no one language has together say nothing.
            if !narrowed.is_empty() {
                left = narrowed;
            }
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_tell_the_language_where_they_can() {
        for (word, expected) in [
            ("إدلب", &[Language::Arabic, Language::Persian][..]),
            ("نزوح", &[Language::Arabic, Language::Persian, Language::Sorani]),
            ("ئاگربەست", &[Language::Sorani]),
            ("پناهجو", &[Language::Persian, Language::Sorani]),
            ("Идлиб", &[Language::Russian, Language::Ukrainian]),
            ("перемир'ї", &[Language::Ukrainian]),
            ("объект", &[Language::Russian]),
            ("ateşkes", &[Language::Kurmanji, Language::Turkish]),
            ("İdlib", &[Language::Turkish]),
            ("sığınmacı", &[Language::Turkish]),
            ("Waffenstillstände", &[Language::German]),
            ("desplazó", &[Language::Spanish]),
            ("הפסקה", &[Language::Hebrew]),
            ("停火", &[]),
            ("1999", &[]),
        ] {
            assert_eq!(languages(word), expected, "{word}");
        }
        assert_eq!(languages("truce").len(), 6);
    }
}
