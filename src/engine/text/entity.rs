//! Character references of HTML in text: `&amp;`, `&#1575;`, `&#x627;`, `&nbsp`. Never fails: what is no reference stays as written.

use std::borrow::Cow;

use crate::engine::decode::windows_1252;
use html_escape::NAMED_ENTITIES;
use memchr::memchr;

/// Longer than any name of HTML's list, in bytes.
const MAX_NAME_BYTES: usize = 32;

/// `text` with its references resolved, once.
pub fn resolve(text: &str) -> Cow<'_, str> {
    resolved(text, true)
}

/// [`resolve`] of those references only that end in a semicolon.
pub fn resolve_whole(text: &str) -> Cow<'_, str> {
    resolved(text, false)
}

fn resolved(text: &str, lenient: bool) -> Cow<'_, str> {
    let Some(first) = memchr(b'&', text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut next = Some(first);
    while let Some(at) = next {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        match reference(from, lenient) {
            Some((value, length)) => {
                value.push_to(&mut out);
                rest = from.get(length..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = from.get(1..).unwrap_or_default();
            }
        }
        next = memchr(b'&', rest.as_bytes());
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Whether `text` holds a reference that [`resolve`] would resolve.
pub fn has_reference(text: &str) -> bool {
    text.match_indices('&').any(|(at, _)| text.get(at..).is_some_and(|from| reference(from, true).is_some()))
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

/// The reference at the start of `from`, which starts with `&`, and its length; without its semicolon where `lenient`.
fn reference(from: &str, lenient: bool) -> Option<(Value, usize)> {
    // These few make up nearly all.
    match from.as_bytes() {
        [_, b'l', b't', b';', ..] => return Some((Value::Name("<"), 4)),
        [_, b'g', b't', b';', ..] => return Some((Value::Name(">"), 4)),
        [_, b'a', b'm', b'p', b';', ..] => return Some((Value::Name("&"), 5)),
        [_, b'q', b'u', b'o', b't', b';', ..] => return Some((Value::Name("\""), 6)),
        [_, b'n', b'b', b's', b'p', b';', ..] => return Some((Value::Name("\u{A0}"), 6)),
        _ => {}
    }
    let body = from.get(1..)?;
    if let Some(number) = body.strip_prefix('#') {
        let (c, length, whole) = numeric(number)?;
        return (whole || lenient).then_some((Value::Number(c), length + 2));
    }
    let length = body.bytes().take(MAX_NAME_BYTES).take_while(u8::is_ascii_alphanumeric).count();
    let name = body.get(..length)?;
    match body.as_bytes().get(length) {
        Some(b';') => named(name).map(|text| (Value::Name(text), length + 2)),
        // As in attributes (HTML, section 13.2.5.73), so that the parameters of addresses stay: `&copy=2`.
        Some(b'=') => None,
        _ if lenient && is_legacy(name) => named(name).map(|text| (Value::Name(text), length + 1)),
        _ => None,
    }
}

/// The names that HTML knows without their semicolon: those of HTML 2 and of Latin-1.
fn is_legacy(name: &str) -> bool {
    const NAMES: &str = " amp AMP lt LT gt GT quot QUOT copy COPY reg REG nbsp iexcl cent pound curren yen brvbar sect uml ordf laquo \
        not shy macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc \
        Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times \
        Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml \
        igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml ";
    (2..=6).contains(&name.len())
        && NAMES.match_indices(name).any(|(at, _)| {
            let edge = |at: usize| NAMES.as_bytes().get(at) == Some(&b' ');
            edge(at - 1) && edge(at + name.len())
        })
}

/// The number after `&#`, its length with the semicolon, and whether that is there.
fn numeric(number: &str) -> Option<(char, usize, bool)> {
    let (digits, radix, prefix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16, 1),
        None => (number, 10, 0),
    };
    let length = digits.bytes().take_while(|byte| char::from(*byte).is_digit(radix)).count();
    let digits = digits.get(..length).filter(|digits| !digits.is_empty())?;
    let code = u32::from_str_radix(digits, radix).unwrap_or(u32::MAX);
    let end = prefix + length;
    let whole = number.as_bytes().get(end) == Some(&b';');
    Some((numbered(code), end + usize::from(whole), whole))
}

/// What a name means.
fn named(name: &str) -> Option<&'static str> {
    let at = NAMED_ENTITIES.binary_search_by_key(&name.as_bytes(), |(known, _)| known).ok()?;
    NAMED_ENTITIES.get(at).map(|(_, text)| *text)
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
        assert_eq!(resolve("caf&eacute, &copy 2026 &Uuml &frac12 &szlig"), "café, © 2026 Ü ½ ß");
        for text in ["&copy=2", "a?b=1&lt=2", "&pm 5", "&div", "&half", "&hellip x", "&not_in", "&am", "&mp"] {
            assert!(text == "&not_in" || resolve(text) == text, "{text}");
        }
        assert_eq!(resolve_whole("&amp &lt;&copy;&#65 &#66;"), "&amp <©&#65 B");
    }

    #[test]
    fn every_name_of_html_is_known() {
        for (name, text) in [
            ("rsquo", "’"),
            ("ndash", "–"),
            ("hellip", "…"),
            ("zwnj", "\u{200C}"),
            ("ccaron", "č"),
            ("scedil", "ş"),
            ("gbreve", "ğ"),
            ("Idot", "İ"),
            ("inodot", "ı"),
            ("oelig", "œ"),
            ("Omega", "Ω"),
            ("yacy", "я"),
            ("Afr", "𝔄"),
        ] {
            assert_eq!(resolve(&format!("&{name};")), text);
        }
        for (name, text) in NAMED_ENTITIES {
            assert_eq!(resolve(&format!("&{};", std::str::from_utf8(name).unwrap())), text);
        }
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
