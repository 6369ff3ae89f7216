//! What each character is to a fold: a letter, nothing, an end. Tables only; the pass over a text is in [`super`].

use crate::engine::letters::Letters;
use unicode_normalization::char::{canonical_combining_class, decompose_canonical, decompose_compatible};

/// What a character does to the word in hand.
pub(super) enum Role {
    /// Adds this letter.
    Letter(char),
    /// Adds nothing and parts nothing.
    Nothing,
    /// Ends the word.
    Part,
    /// Ends the word, and the sentence when a blank follows.
    Stop,
    /// An apostrophe or a quote: folds away inside a word of some scripts, ends the word else.
    Bridge,
    /// Anything that takes a longer look.
    Other,
}

/// The role of the characters that nearly all text is made of.
pub(super) const fn role(c: char) -> Role {
    match c {
        'a'..='z' | '0'..='9' => Role::Letter(c),
        'A'..='Z' => Role::Letter(c.to_ascii_lowercase()),
        '.' | '!' | '?' | '…' | '؟' | '۔' | '。' | '！' | '？' => Role::Stop,
        '\'' | '"' | '’' | 'ʼ' | '״' | '׳' => Role::Bridge,
        '\0'..='\u{7f}' | '\u{a0}' | '«' | '»' | '،' | '؛' => Role::Part,
        // Arabic: hamza seats and alef forms first, then the plain letters.
        'أ' | 'إ' | 'آ' | 'ٱ' | 'ٲ' | 'ٳ' => Role::Letter('ا'),
        'ؤ' => Role::Letter('و'),
        'ئ' | 'ى' | 'ی' => Role::Letter('ي'),
        'ک' => Role::Letter('ك'),
        'ہ' | 'ۂ' | 'ۀ' | 'ھ' => Role::Letter('ه'),
        'ـ'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{670}'
        | '\u{6d6}'..='\u{6dc}'
        | '\u{6df}'..='\u{6e8}'
        | '\u{6ea}'..='\u{6ed}' => Role::Nothing,
        'ء'..='غ' | 'ف'..='ي' | 'پ' | 'چ' | 'ژ' | 'گ' | 'ە' | 'ێ' | 'ۆ' | 'ڵ' | 'ڕ' | 'ڤ' => Role::Letter(c),
        // Hebrew.
        'א'..='ת' => Role::Letter(c),
        // Cyrillic.
        'ё' | 'Ё' => Role::Letter('е'),
        'а'..='я' | 'і' | 'ї' | 'є' | 'ґ' => Role::Letter(c),
        'А'..='Я' => Role::Letter(match char::from_u32(c as u32 + 32) {
            Some(lower) => lower,
            None => c,
        }),
        // Turkish: all four are one letter; guessing the language is not needed.
        'ı' | 'İ' => Role::Letter('i'),
        // Accented Latin letters, the common ones; `spell` says the same of them and of all others.
        'à'..='å' | 'À'..='Å' => Role::Letter('a'),
        'ç' | 'Ç' => Role::Letter('c'),
        'è'..='ë' | 'È'..='Ë' => Role::Letter('e'),
        'ğ' | 'Ğ' => Role::Letter('g'),
        'ì'..='ï' | 'Ì'..='Ï' => Role::Letter('i'),
        'ñ' | 'Ñ' => Role::Letter('n'),
        'ò'..='ö' | 'Ò'..='Ö' => Role::Letter('o'),
        'ş' | 'Ş' => Role::Letter('s'),
        'ù'..='ü' | 'Ù'..='Ü' => Role::Letter('u'),
        '\u{ad}'
        | '\u{200d}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}'
        | '\u{61c}' => Role::Nothing,
        '\u{2000}'..='\u{206f}' => Role::Part,
        _ => Role::Other,
    }
}

/// Whether the letter of this code point folds to itself and stands in a script that writes blanks: a run of such letters is
/// copied as a whole. Nearly all text is made of them.
pub(super) const PLAIN: Letters = {
    let mut plain = [false; 0x800];
    let mut code = 0;
    while code < plain.len() {
        if let Some(c) = char::from_u32(code as u32)
            && let Role::Letter(letter) = role(c)
        {
            plain[code] = letter as usize == code;
        }
        code += 1;
    }
    plain
};

/// Latin letters that no decomposition reaches, and the Greek final sigma.
pub(super) fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ħ' => "h",
        'þ' => "th",
        'ŋ' => "n",
        'ς' => "σ",
        _ => return None,
    })
}

/// Code points of the digit zero in scripts that news is written in; nine more digits follow each.
const ZEROS: [u32; 20] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0x1810,
    0xff10,
];

pub(super) fn ascii_digit(c: char) -> Option<char> {
    let code = c as u32;
    ZEROS.iter().find(|&&zero| (zero..zero + 10).contains(&code)).and_then(|zero| char::from_digit(code - zero, 10))
}

/// Whether `bridge`, an apostrophe or quote, between these two letters is part of their word: as a sign of Cyrillic or
/// Hebrew spelling, or in a Hebrew abbreviation.
pub(super) fn bridges(before: char, bridge: char, after: char) -> bool {
    let cyrillic = |c: char| matches!(c, '\u{400}'..='\u{52f}');
    let hebrew = |c: char| matches!(c, '\u{5d0}'..='\u{5ea}');
    match bridge {
        '"' | '״' | '׳' => hebrew(before) && hebrew(after),
        _ => cyrillic(before) && cyrillic(after) || hebrew(before) && hebrew(after),
    }
}

/// Scripts written without blanks between words.
pub(super) fn stands_alone(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether accents of this letter fold away: Latin and Greek.
pub(super) fn sheds_accents(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{3ff}' | '\u{1e00}'..='\u{1fff}')
}

/// Whether this letter is no mere other way to write letters (a ligature, a wide or a presentation form), so that it is kept
/// whole and its marks make another letter (й, ї, が).
pub(super) fn stands_for_itself(c: char) -> bool {
    let (mut canonical, mut compatible) = (0, 0);
    decompose_canonical(c, |_| canonical += 1);
    decompose_compatible(c, |_| compatible += 1);
    canonical == compatible && !matches!(c, '\u{fb00}'..='\u{feff}')
}

/// Vowel signs and viramas of Indic, Thai and like scripts have class 0, 9 or above 100 there and are letters in all but name;
/// accents on Cyrillic, Hebrew points and Arabic marks are not.
pub(super) fn keeps_mark(c: char) -> bool {
    match c {
        '\u{300}'..='\u{36f}'
        | '\u{483}'..='\u{489}'
        | '\u{591}'..='\u{5c7}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{fe20}'..='\u{fe2f}'
        | '\u{8d3}'..='\u{8ff}' => false,
        _ => canonical_combining_class(c) != 230 || ('\u{900}'..='\u{1cff}').contains(&c),
    }
}
