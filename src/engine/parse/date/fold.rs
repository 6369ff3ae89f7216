//! Text of a date brought to the form in which names are compared: lower case, ASCII digits, no accents, no marks. Never fails.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// `text` folded. Quotes within words and the full stops of `p.m.` go, so that a word is a run of letters.
pub(super) fn fold(text: &str) -> String {
    // As nearly all dates are written; no stop or quote could be one of those that go.
    if text.is_ascii() && !text.contains(['.', '"', '\'', '`']) {
        return text.to_ascii_lowercase();
    }
    let plain: Cow<'_, str> = if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        // Decomposed to lose the marks, composed again for Hangul.
        Cow::Owned(text.nfkd().filter(|c| !is_combining_mark(*c) && !is_invisible(*c)).nfc().collect())
    };
    let mut out = String::with_capacity(plain.len());
    let mut rest = plain.chars().peekable();
    // Letters since the last sign.
    let mut letters = 0;
    while let Some(c) = rest.next() {
        let inside = letters > 0 && rest.peek().is_some_and(|next| next.is_alphabetic());
        let stop = c == '.' && letters == 1;
        let quote = matches!(c, '"' | '\'' | '’' | '״' | '׳' | '`' | 'ʼ');
        if inside && (stop || quote) {
            continue;
        }
        letters = if c.is_alphabetic() { letters + 1 } else { 0 };
        c.to_lowercase().filter(|c| !is_combining_mark(*c)).for_each(|c| out.push(letter(c)));
    }
    out
}

/// Marks of direction, joiners, the tatweel.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{61C}' | '\u{640}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

fn letter(c: char) -> char {
    match c {
        '٠'..='٩' => digit(c, '٠'),
        '۰'..='۹' => digit(c, '۰'),
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        'ة' | 'ە' => 'ه',
        'ı' => 'i',
        'ς' => 'σ',
        '،' | '、' => ',',
        '٫' => '.',
        '‐'..='―' | '−' => '-',
        '∕' | '⁄' => '/',
        _ => c,
    }
}

fn digit(c: char, zero: char) -> char {
    char::from_digit(u32::from(c) - u32::from(zero), 10).unwrap_or(c)
}
