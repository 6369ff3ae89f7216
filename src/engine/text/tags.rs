//! A piece of HTML cut into text and tags, by html5gum. The only file that names it; knows nothing of what a tag means.

use std::convert::Infallible;

use html5gum::{Emitter, Error, Readable, Reader, State, StringReader, Tokenizer};

use super::foreign::Foreign;

/// The longest name of an element that is kept as it is; what stands beyond it is mixed in.
const NAME_BYTES: usize = 16;

/// The name of an element, in lower case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Name {
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
pub struct Tag {
    pub name: Name,
    is_end: bool,
    /// Whether it ends in `/>`.
    self_closing: bool,
    /// Whether its element has no content: by its name, in a picture or a formula by its end.
    pub empty: bool,
    /// Names and values, one after the other; only where they are asked for.
    pub attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Tag {
    /// The first attribute of this name.
    pub fn get(&self, name: &[u8]) -> Option<String> {
        let (_, value) = self.attributes.iter().find(|(known, _)| known == name)?;
        Some(String::from_utf8_lossy(value).into_owned())
    }
}

/// How the text after a start tag is read where it is not ordinary.
fn state(tag: &[u8]) -> Option<State> {
    Some(match tag {
        b"title" | b"textarea" => State::RcData,
        b"style" | b"iframe" | b"xmp" | b"noembed" | b"noframes" | b"noscript" => State::RawText,
        b"script" => State::ScriptData,
        b"plaintext" => State::PlainText,
        _ => return None,
    })
}

/// Elements without content (HTML, section 13.1.2, and those that browsers treat so).
fn is_void(tag: &[u8]) -> bool {
    matches!(
        tag,
        b"area"
            | b"base"
            | b"basefont"
            | b"bgsound"
            | b"br"
            | b"col"
            | b"embed"
            | b"hr"
            | b"img"
            | b"input"
            | b"keygen"
            | b"link"
            | b"meta"
            | b"param"
            | b"source"
            | b"track"
            | b"wbr"
    )
}

/// Who takes the parts.
pub trait Visitor {
    /// Whether attributes are worth keeping.
    fn wants_attributes(&self) -> bool;
    /// Text between two tags, its references unresolved; text with a bare `<` in it comes in parts. None of scripts and styles.
    fn text(&mut self, text: &str);
    /// A start tag.
    fn start(&mut self, tag: &Tag);
    /// An end tag.
    fn end(&mut self, name: &Name);
}

/// Cuts `html` into its parts, in one pass, linear in its length.
pub fn visit(html: &str, visitor: &mut impl Visitor) {
    let attributes = visitor.wants_attributes();
    let parts = Parts { html, visitor, tag: Tag::default(), opened: Name::default(), attributes, foreign: Foreign::default(), raw: false };
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
    foreign: Foreign,
    /// Whether text is none that anybody reads.
    raw: bool,
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
        if self.raw {
            return;
        }
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
        let name = self.tag.name;
        if self.tag.is_end {
            self.raw = false;
            self.foreign.end(name.as_bytes());
            self.visitor.end(&name);
            return None;
        }
        self.opened = name;
        let state = if self.foreign.start(name.as_bytes(), self.tag.self_closing) { None } else { state(name.as_bytes()) };
        self.raw = state.is_some_and(|state| state != State::PlainText);
        self.tag.empty = if self.foreign.is_in() { self.tag.self_closing } else { is_void(name.as_bytes()) };
        self.visitor.start(&self.tag);
        state
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
