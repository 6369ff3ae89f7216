//! Character references of HTML in text: `&amp;`, `&#1575;`, `&#x627;`, `&nbsp`. Never fails: what is no reference stays as written.

use std::borrow::Cow;

use crate::engine::decode::windows_1252;
use quick_xml::escape::resolve_html5_entity;

/// Longer than any name of HTML's list, in bytes.
const MAX_NAME_BYTES: usize = 32;

/// `text` with its references resolved, once.
pub fn resolve(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find('&') else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut next = Some(first);
    while let Some(at) = next {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        match reference(from) {
            Some((value, length)) => {
                value.push_to(&mut out);
                rest = from.get(length..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = from.get(1..).unwrap_or_default();
            }
        }
        next = rest.find('&');
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Whether `text` holds a reference that [`resolve`] would resolve.
pub fn has_reference(text: &str) -> bool {
    text.match_indices('&').any(|(at, _)| text.get(at..).is_some_and(|from| reference(from).is_some()))
}

/// The character of a numeric reference, as HTML reads it: 128 to 159 are windows-1252's, what is no character is U+FFFD.
pub fn numbered(code: u32) -> char {
    match code {
        0x80..=0x9F => windows_1252(u8::try_from(code).unwrap_or_default()),
        0 => '\u{FFFD}',
        _ => char::from_u32(code).unwrap_or('\u{FFFD}'),
    }
}

enum Value {
    Number(char),
    Name(&'static str),
}

impl Value {
    fn push_to(&self, out: &mut String) {
        match self {
            Self::Number(c) => out.push(*c),
            Self::Name(text) => out.push_str(text),
        }
    }
}

/// The reference at the start of `from`, which starts with `&`, and its length.
fn reference(from: &str) -> Option<(Value, usize)> {
    let body = from.get(1..)?;
    if let Some(number) = body.strip_prefix('#') {
        return numeric(number).map(|(c, length)| (Value::Number(c), length + 2));
    }
    let length = body.bytes().take(MAX_NAME_BYTES).take_while(u8::is_ascii_alphanumeric).count();
    let name = body.get(..length)?;
    if body.as_bytes().get(length) == Some(&b';') {
        return named(name).map(|text| (Value::Name(text), length + 2));
    }
    // Five names that pages write without their semicolon; a longer list would eat parameters of addresses.
    matches!(name, "amp" | "lt" | "gt" | "quot" | "nbsp").then(|| named(name).map(|text| (Value::Name(text), length + 1)))?
}

/// The number after `&#`, and its length with the semicolon, which may be missing.
fn numeric(number: &str) -> Option<(char, usize)> {
    let (digits, radix, prefix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16, 1),
        None => (number, 10, 0),
    };
    let length = digits.bytes().take_while(|byte| char::from(*byte).is_digit(radix)).count();
    let digits = digits.get(..length).filter(|digits| !digits.is_empty())?;
    let code = u32::from_str_radix(digits, radix).unwrap_or(u32::MAX);
    let end = prefix + length;
    let semicolon = usize::from(number.as_bytes().get(end) == Some(&b';'));
    Some((numbered(code), end + semicolon))
}

/// The few names that make up nearly all references go first: the whole list is a long walk.
fn named(name: &str) -> Option<&'static str> {
    match name {
        "amp" => Some("&"),
        "lt" => Some("<"),
        "gt" => Some(">"),
        "quot" => Some("\""),
        "apos" => Some("'"),
        "nbsp" => Some("\u{A0}"),
        _ => resolve_html5_entity(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_become_characters() {
        assert_eq!(resolve("a &amp; b &uuml; &#1575;&#x627; &hellip; &#146;"), "a & b ü اا … ’");
    }

    #[test]
    fn what_is_no_reference_stays() {
        for text in ["AT&T", "a & b", "&", "&;", "&#;", "&#x;", "&nosuchname;", "?a=1&copy=2&section=3"] {
            assert_eq!(resolve(text), text);
            assert!(!has_reference(text));
        }
    }

    #[test]
    fn a_missing_semicolon_is_forgiven_where_it_is_common() {
        assert_eq!(resolve("a&nbsp b&amp c"), "a\u{A0} b& c");
    }

    #[test]
    fn resolved_once_only() {
        assert_eq!(resolve("&amp;lt;"), "&lt;");
    }

    #[test]
    fn numbers_that_are_no_character() {
        assert_eq!(resolve("&#0;&#xD800;&#99999999999999999999;"), "\u{FFFD}\u{FFFD}\u{FFFD}");
    }
}
