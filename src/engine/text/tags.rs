//! A piece of HTML cut into text and tags, by html5gum. The only file that names it; knows nothing of what a tag means.

use std::convert::Infallible;

use html5gum::{Emitter, Error, Readable, Reader, State, StringReader, Tokenizer};

/// The longest name of an element that is kept as it is; what stands beyond it is mixed in.
const NAME_BYTES: usize = 16;

/// The name of an element, in lower case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Name {
    bytes: [u8; NAME_BYTES],
    length: usize,
}

impl Name {
    fn push(&mut self, part: &[u8]) {
        for byte in part {
            if let Some(place) = self.bytes.get_mut(self.length % NAME_BYTES) {
                *place = place.rotate_left(3) ^ byte;
            }
            self.length += 1;
        }
    }

    /// Its bytes; of no element that HTML has where it is longer than those.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// One of 256 numbers that the same names share.
    pub fn slot(&self) -> u8 {
        let [a, b, c, d, ..] = self.bytes;
        a.wrapping_mul(31).wrapping_add(b).wrapping_mul(31).wrapping_add(c).wrapping_mul(31).wrapping_add(d)
    }
}

/// A tag.
#[derive(Debug, Default)]
pub(super) struct Tag {
    pub name: Name,
    is_end: bool,
    /// Whether it ends in `/>`.
    pub self_closing: bool,
    /// Names and values, one after the other; only where they are asked for.
    pub attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Text that ends with an end tag of its element's name only, whatever else stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Raw {
    References,
    Nothing,
    Script,
    /// Nothing ends it.
    Endless,
}

/// Who takes the parts.
pub(super) trait Visitor {
    /// Whether attributes are worth keeping.
    fn wants_attributes(&self) -> bool;
    /// Text between two tags, its references unresolved; text with a bare `<` in it comes in parts.
    fn text(&mut self, text: &str);
    /// A start tag, and how the text after it is to be read.
    fn start(&mut self, tag: &Tag) -> Option<Raw>;
    /// An end tag.
    fn end(&mut self, name: &Name);
}

/// Cuts `html` into its parts, in one pass, linear in its length.
pub(super) fn visit(html: &str, visitor: &mut impl Visitor) {
    let attributes = visitor.wants_attributes();
    let parts = Parts { html, visitor, tag: Tag::default(), opened: Name::default(), attributes };
    let Ok(()) = Tokenizer::new_with_emitter(Source(html.as_bytes()), parts).finish();
}

/// The bytes of the document. References in text are none of the tokeniser's business.
struct Source<'h>(&'h [u8]);

impl Source<'_> {
    /// What ends a run of text, and of text without end: `&`, NUL and CR are left to others.
    const TEXT: &'static [u8] = b"&<\0\r";
    const ENDLESS: &'static [u8] = b"\0\r";
}

impl Reader for Source<'_> {
    type Error = Infallible;

    #[inline(always)]
    fn read_byte(&mut self) -> Result<Option<u8>, Infallible> {
        let Some((first, rest)) = self.0.split_first() else { return Ok(None) };
        self.0 = rest;
        Ok(Some(*first))
    }

    #[inline(always)]
    fn try_read_string(&mut self, wanted: &[u8], case_sensitive: bool) -> Result<bool, Infallible> {
        let Some((start, rest)) = self.0.split_at_checked(wanted.len()) else { return Ok(false) };
        let same = if case_sensitive { start == wanted } else { start.eq_ignore_ascii_case(wanted) };
        if same {
            self.0 = rest;
        }
        Ok(same)
    }

    #[inline(always)]
    fn read_until<'b>(&'b mut self, needle: &[u8], buffer: &'b mut [u8; 4]) -> Result<Option<&'b [u8]>, Infallible> {
        let length = if needle == Self::TEXT {
            memchr::memchr(b'<', self.0).map_or(self.0.len(), |at| at.max(1))
        } else if needle == Self::ENDLESS {
            self.0.len()
        } else {
            let mut reader: StringReader<'_> = self.0.to_reader();
            reader.read_until(needle, buffer)?.map_or(0, <[u8]>::len)
        };
        let (part, rest) = self.0.split_at_checked(length).unwrap_or_default();
        self.0 = rest;
        Ok((!part.is_empty()).then_some(part))
    }
}

/// Puts together what the tokeniser tells piece by piece.
struct Parts<'h, 'v, V> {
    html: &'h str,
    visitor: &'v mut V,
    tag: Tag,
    /// The name of the last start tag.
    opened: Name,
    attributes: bool,
}

impl<V> Parts<'_, '_, V> {
    fn init_tag(&mut self, is_end: bool) {
        self.tag.name = Name::default();
        self.tag.is_end = is_end;
        self.tag.self_closing = false;
        self.tag.attributes.clear();
    }
}

impl<V: Visitor> Emitter for Parts<'_, '_, V> {
    type Token = Infallible;

    #[inline]
    fn emit_string(&mut self, part: &[u8]) {
        // Nearly every part is a piece of the document, which is known to be UTF-8.
        let at = (part.as_ptr() as usize).wrapping_sub(self.html.as_ptr() as usize);
        let end = at.saturating_add(part.len());
        // After `<` the first byte of a character comes alone, from elsewhere, and the rest of it next.
        let start = if self.html.is_char_boundary(at) { at } else { at.saturating_sub(1) };
        let piece = self.html.get(start..end);
        // What is not is a sign of markup that was none, or stands for a NUL.
        let sign = || std::str::from_utf8(part).ok().filter(|sign| *sign != "\u{FFFD}");
        self.visitor.text(piece.or_else(sign).unwrap_or_default());
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        if self.tag.is_end {
            self.visitor.end(&self.tag.name);
            return None;
        }
        self.opened = self.tag.name;
        self.visitor.start(&self.tag).map(|raw| match raw {
            Raw::References => State::RcData,
            Raw::Nothing => State::RawText,
            Raw::Script => State::ScriptData,
            Raw::Endless => State::PlainText,
        })
    }

    fn init_start_tag(&mut self) {
        self.init_tag(false);
    }

    fn init_end_tag(&mut self) {
        self.init_tag(true);
    }

    fn push_tag_name(&mut self, part: &[u8]) {
        self.tag.name.push(part);
    }

    fn set_self_closing(&mut self) {
        self.tag.self_closing = true;
    }

    fn init_attribute(&mut self) {
        if self.attributes {
            self.tag.attributes.push(Default::default());
        }
    }

    fn push_attribute_name(&mut self, part: &[u8]) {
        if let Some((name, _)) = self.tag.attributes.last_mut() {
            name.extend_from_slice(part);
        }
    }

    fn push_attribute_value(&mut self, part: &[u8]) {
        if let Some((_, value)) = self.tag.attributes.last_mut() {
            value.extend_from_slice(part);
        }
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.tag.is_end && self.tag.name == self.opened
    }

    #[inline]
    fn should_emit_errors(&mut self) -> bool {
        false
    }

    #[inline]
    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    fn set_last_start_tag(&mut self, _: Option<&[u8]>) {}
    fn emit_eof(&mut self) {}
    fn emit_error(&mut self, _: Error) {}
    fn init_comment(&mut self) {}
    fn emit_current_comment(&mut self) {}
    fn emit_current_doctype(&mut self) {}
    fn set_force_quirks(&mut self) {}
    fn push_comment(&mut self, _: &[u8]) {}
    fn push_doctype_name(&mut self, _: &[u8]) {}
    fn init_doctype(&mut self) {}
    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}
}
