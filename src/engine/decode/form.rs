//! The form that a document's bytes are in: an encoding of the WHATWG list, or UTF-32, which is not on it and still met.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How bytes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Listed(&'static Encoding),
    Utf32Le,
    Utf32Be,
}

impl Form {
    /// The form that a byte order mark tells, and the mark's length. The longest mark goes first: UTF-32's begins like UTF-16's.
    pub fn by_mark(bytes: &[u8]) -> Option<(Self, usize)> {
        match bytes {
            [0xFF, 0xFE, 0, 0, ..] => Some((Self::Utf32Le, 4)),
            [0, 0, 0xFE, 0xFF, ..] => Some((Self::Utf32Be, 4)),
            _ => Encoding::for_bom(bytes).map(|(encoding, length)| (Self::Listed(encoding), length)),
        }
    }

    /// The form that NULs beside the first characters tell, which are ASCII in every feed.
    pub fn by_nulls(bytes: &[u8]) -> Option<Self> {
        match *bytes {
            [0, 0, 0, first, ..] if first.is_ascii() && first != 0 => Some(Self::Utf32Be),
            [first, 0, 0, 0, ..] if first.is_ascii() && first != 0 => Some(Self::Utf32Le),
            [0, first, 0, _, ..] if first.is_ascii() && first != 0 => Some(Self::Listed(UTF_16BE)),
            [first, 0, _, 0, ..] if first.is_ascii() && first != 0 => Some(Self::Listed(UTF_16LE)),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Listed(encoding) => encoding.name(),
            Self::Utf32Le => "UTF-32LE",
            Self::Utf32Be => "UTF-32BE",
        }
    }

    /// The text, and how many characters could not be read.
    pub fn read(self, bytes: &[u8]) -> (Cow<'_, str>, usize) {
        let encoding = match self {
            Self::Listed(encoding) => encoding,
            Self::Utf32Le => return utf_32(bytes, u32::from_le_bytes),
            Self::Utf32Be => return utf_32(bytes, u32::from_be_bytes),
        };
        let (text, failed) = encoding.decode_without_bom_handling(bytes);
        if !failed {
            return (text, 0);
        }
        let written = if encoding == UTF_8 { bytes.windows(3).filter(|window| *window == "\u{FFFD}".as_bytes()).count() } else { 0 };
        let bad = text.matches('\u{FFFD}').count().saturating_sub(written);
        (text, bad)
    }
}

/// The last bytes of a document that was cut are one bad character.
fn utf_32<'a>(bytes: &[u8], number: fn([u8; 4]) -> u32) -> (Cow<'a, str>, usize) {
    let (units, rest) = bytes.as_chunks::<4>();
    let mut bad = usize::from(!rest.is_empty());
    let read = |unit: &[u8; 4]| {
        char::from_u32(number(*unit)).unwrap_or_else(|| {
            bad += 1;
            '\u{FFFD}'
        })
    };
    let mut text: String = units.iter().map(read).collect();
    text.extend((!rest.is_empty()).then_some('\u{FFFD}'));
    (Cow::Owned(text), bad)
}
