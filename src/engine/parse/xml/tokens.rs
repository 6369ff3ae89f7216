//! The tokens of a document, by quick-xml, which is set on its feet again where it stumbles. Never goes back over what it has
//! read, but for a bounded number of broken tags; never expands an entity.

use std::ops::Range;

use memchr::memmem;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::Event;
use quick_xml::reader::Reader;

use super::repairs::{Cut, Repairs};
use super::tag::Tag;
use crate::engine::parse::budget::{MAX_BROKEN_TAGS, MAX_ELEMENTS, MAX_TAG_BYTES};
use crate::engine::text::entity;

const CDATA: &str = "<![CDATA[";

/// One token.
pub(super) enum Token<'a> {
    /// A start tag, or one that is its own end.
    Start(Tag<'a>),
    /// An end tag's name.
    End(&'a str),
    /// Raw text of the source, references and all.
    Text(Range<usize>),
    /// What stands in a CDATA section.
    Literal(Range<usize>),
    /// A comment, a declaration, an instruction.
    Nothing,
    /// The end of the source.
    Last,
}

/// The walk along a source.
pub(super) struct Tokens<'a> {
    pub source: &'a str,
    /// Where the last token began.
    pub at: usize,
    pub repairs: Repairs,
    reader: Reader<&'a [u8]>,
    broken: usize,
    elements: usize,
    /// Whether some section may still end: a search that has failed fails from every later place too.
    sections_end: bool,
    /// An element's name, and where its last end tag begins.
    last_end: Option<(String, Option<usize>)>,
}

fn reader(source: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(source);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    reader
}

impl<'a> Tokens<'a> {
    pub fn new(source: &'a str) -> Self {
        Self {
            source,
            at: 0,
            repairs: Repairs::default(),
            reader: reader(source),
            broken: 0,
            elements: 0,
            sections_end: true,
            last_end: None,
        }
    }

    /// Where the next token begins.
    pub fn position(&self) -> usize {
        self.source.len() - self.reader.get_ref().len()
    }

    /// Goes on reading at `at`, whatever the reader made of the text before it.
    pub fn restart(&mut self, at: usize) {
        self.reader = reader(self.source.get(at..).unwrap_or_default());
    }

    /// Passes over what the reader would only look through.
    fn skip(&mut self, to: usize) {
        *self.reader.get_mut() = self.source.as_bytes().get(to..).unwrap_or_default();
    }

    fn slice(&self, range: Range<usize>) -> &'a str {
        self.source.get(range).unwrap_or_default()
    }

    /// The next token; `field` is the name of the element whose text is being read.
    pub fn next(&mut self, field: Option<&str>) -> Result<Token<'a>, Cut> {
        let at = self.position();
        self.at = at;
        let rest = self.source.as_bytes().get(at..).unwrap_or_default();
        // Text and CDATA sections are cut here: quick-xml would check their bytes once more, and cut text at each reference.
        match memchr::memchr(b'<', rest) {
            Some(0) => {}
            None if rest.is_empty() => return Ok(Token::Last),
            length => return self.text(at..at + length.unwrap_or(rest.len())),
        }
        if self.is_bare_angle(at) {
            return self.bare_angle();
        }
        if let Some(section) = rest.strip_prefix(CDATA.as_bytes()) {
            let Some(length) = self.sections_end.then(|| memmem::find(section, b"]]>")).flatten() else {
                self.sections_end = false;
                return self.stumble(&Error::Syntax(SyntaxError::UnclosedCData), field);
            };
            let start = at + CDATA.len();
            self.skip(start + length + 3);
            return self.literal(start..start + length, field);
        }
        if is_swallowed(rest) {
            return self.broken_angle();
        }
        let event = self.reader.read_event();
        let end = self.position();
        match event {
            Ok(Event::Start(_) | Event::Empty(_)) => self.tag(end),
            Ok(Event::End(_)) => Ok(Token::End(self.slice(at + 2..end - 1).trim())),
            Ok(Event::CData(_)) => self.literal(at + CDATA.len()..end - 3, field),
            Ok(Event::DocType(_)) => self.repairs.add("doctype").map(|()| Token::Nothing),
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_)) => Ok(Token::Nothing),
            Ok(Event::Eof | Event::Text(_) | Event::GeneralRef(_)) => Ok(Token::Last),
            Err(error) => self.stumble(&error, field),
        }
    }

    /// Text up to a tag, whose odd references are counted: a reference ends at its semicolon, or is none.
    fn text(&mut self, range: Range<usize>) -> Result<Token<'a>, Cut> {
        let text = self.slice(range.clone());
        let mut next = memchr::memchr(b'&', text.as_bytes());
        while let Some(at) = next {
            let rest = text.as_bytes().get(at + 1..).unwrap_or_default();
            let end = memchr::memchr2(b';', b'&', rest).map(|length| at + 1 + length);
            let whole = end.filter(|end| text.as_bytes().get(*end) == Some(&b';'));
            match whole {
                Some(end) => self.reference(text.get(at..=end).unwrap_or_default())?,
                None => self.repairs.add("bare-ampersand")?,
            }
            next = match whole {
                Some(end) => memchr::memchr(b'&', text.as_bytes().get(end..).unwrap_or_default()).map(|length| end + length),
                None => end,
            };
        }
        self.skip(range.end);
        Ok(Token::Text(range))
    }

    /// What quick-xml cannot read is text, or the end.
    fn stumble(&mut self, error: &Error, field: Option<&str>) -> Result<Token<'a>, Cut> {
        let at = self.at;
        match error {
            Error::Syntax(SyntaxError::UnclosedCData) => {
                if !field.is_some_and(|name| self.ends_after(at, name)) {
                    return Ok(Token::Last);
                }
                self.count_broken("bad-cdata")?;
                self.restart(at + CDATA.len());
                Ok(Token::Literal(at + CDATA.len()..at + CDATA.len()))
            }
            Error::Syntax(SyntaxError::UnclosedSingleQuotedAttributeValue | SyntaxError::UnclosedDoubleQuotedAttributeValue) => {
                match self.end_before_quotes(self.slice(at..self.source.len())) {
                    Some(end) => self.tag_until(at + end),
                    None => Ok(Token::Last),
                }
            }
            Error::Syntax(SyntaxError::InvalidBangMarkup) | Error::IllFormed(_) => self.broken_angle(),
            _ => Ok(Token::Last),
        }
    }

    /// Whether an end tag of this name begins at `at` or later.
    fn ends_after(&mut self, at: usize, name: &str) -> bool {
        if self.last_end.as_ref().is_none_or(|(known, _)| known != name) {
            self.last_end = Some((name.to_owned(), self.source.rfind(&format!("</{name}"))));
        }
        self.last_end.as_ref().is_some_and(|(_, last)| last.is_some_and(|last| last >= at))
    }

    fn count_broken(&mut self, kind: &'static str) -> Result<(), Cut> {
        self.broken += 1;
        if self.broken > MAX_BROKEN_TAGS {
            return Err(Cut("too-many-repairs", format!("more than {MAX_BROKEN_TAGS} broken tags")));
        }
        self.repairs.add(kind)
    }

    fn is_bare_angle(&self, at: usize) -> bool {
        let bytes = self.source.as_bytes();
        let next = bytes.get(at + 1).copied().unwrap_or(b'a');
        bytes.get(at) == Some(&b'<') && !starts_name(next) && !matches!(next, b'/' | b'!' | b'?')
    }

    fn bare_angle(&mut self) -> Result<Token<'a>, Cut> {
        self.repairs.add("bare-angle")?;
        self.angle_as_text()
    }

    /// An angle that looked like the beginning of a tag.
    fn broken_angle(&mut self) -> Result<Token<'a>, Cut> {
        self.count_broken("bare-angle")?;
        self.angle_as_text()
    }

    fn angle_as_text(&mut self) -> Result<Token<'a>, Cut> {
        let at = self.at;
        self.restart(at + 1);
        Ok(Token::Text(at..at + 1))
    }

    /// The tag that quick-xml saw end at `end`.
    fn tag(&mut self, end: usize) -> Result<Token<'a>, Cut> {
        let raw = self.slice(self.at..end);
        match raw.get(1..).and_then(|body| body.find('<')) {
            None => self.tag_of(raw),
            Some(_) => match self.end_before_quotes(raw) {
                Some(end) => self.tag_until(self.at + end),
                // It began before its end was due.
                None if is_outside_quotes(raw) => self.broken_angle(),
                None => self.tag_of(raw),
            },
        }
    }

    /// Where a tag ends whose quote was never closed and has swallowed the markup after it.
    fn end_before_quotes(&self, raw: &str) -> Option<usize> {
        let end = raw.find('>')? + 1;
        let tag = raw.get(1..end)?;
        let odd = |quote: char| tag.matches(quote).count() % 2 == 1;
        (end < raw.len() && end <= MAX_TAG_BYTES && !tag.contains('<') && (odd('"') || odd('\''))).then_some(end)
    }

    fn tag_until(&mut self, end: usize) -> Result<Token<'a>, Cut> {
        self.count_broken("bad-attribute")?;
        self.restart(end);
        self.tag_of(self.slice(self.at..end))
    }

    fn tag_of(&mut self, raw: &'a str) -> Result<Token<'a>, Cut> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(Cut("too-many-elements", format!("more than {MAX_ELEMENTS}")));
        }
        if raw.len() > MAX_TAG_BYTES {
            return Err(Cut("long-tag", format!("{} bytes", raw.len())));
        }
        Tag::new(raw).map(Token::Start)
    }

    /// A CDATA section. One that holds the beginning of another one and before it the end of its field was not closed.
    fn literal(&mut self, range: Range<usize>, field: Option<&str>) -> Result<Token<'a>, Cut> {
        let content = self.slice(range.clone());
        let next = if content.contains('[') { content.find(CDATA) } else { None };
        if let (Some(next), Some(name)) = (next, field) {
            let before = content.get(..next).unwrap_or_default();
            let end_tag = before.match_indices("</").find(|(at, _)| before.get(at + 2..).is_some_and(|rest| rest.starts_with(name)));
            if let Some((end, _)) = end_tag {
                self.count_broken("bad-cdata")?;
                self.restart(range.start + end);
                return Ok(Token::Literal(range.start..range.start + end));
            }
        }
        Ok(Token::Literal(range))
    }

    /// Counts a reference that XML does not allow. HTML's names are let pass: feeds are full of them.
    fn reference(&mut self, raw: &str) -> Result<(), Cut> {
        if matches!(raw, "&lt;" | "&gt;" | "&amp;" | "&quot;") {
            return Ok(());
        }
        let name = raw.trim_start_matches('&').trim_end_matches(';');
        if let Some(number) = name.strip_prefix('#') {
            let resolved = entity::resolve(raw);
            let mut chars = resolved.chars();
            let (first, more) = (chars.next().unwrap_or('&'), chars.next().is_some());
            let forbidden = (first < ' ' && !matches!(first, '\t' | '\n' | '\r')) || matches!(first, '\u{FFFE}' | '\u{FFFF}');
            return match first {
                '&' if more => self.repairs.add("bare-ampersand"),
                _ if forbidden || is_odd_number(number, first) => self.repairs.add("bad-reference"),
                _ => Ok(()),
            };
        }
        let is_name =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':'));
        if is_name { Ok(()) } else { self.repairs.add("bare-ampersand") }
    }
}

/// Whether what begins like a tag ends nowhere near, and another one begins before that and outside quotes. The reader would look
/// for its end through all that follows.
fn is_swallowed(rest: &[u8]) -> bool {
    let Some(near) = rest.get(1..MAX_TAG_BYTES) else { return false };
    near.first().is_some_and(|first| starts_name(*first))
        && memchr::memchr(b'<', near).is_some_and(|next| memchr::memchr2(b'"', b'\'', near.get(..next).unwrap_or_default()).is_none())
        && memchr::memchr(b'>', near).is_none()
}

/// Whether a name can start with this byte. Any letter outside ASCII may.
fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80 || matches!(byte, b'_' | b':')
}

/// Whether a numeric reference is not the character that XML makes of it.
fn is_odd_number(number: &str, read: char) -> bool {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    code.ok() != Some(u32::from(read)) || number.starts_with('X')
}

/// Whether a tag holds an angle outside quotes.
fn is_outside_quotes(raw: &str) -> bool {
    let mut quote = None;
    raw.bytes().skip(1).any(|byte| match (quote, byte) {
        (Some(open), byte) if open == byte => {
            quote = None;
            false
        }
        (None, b'"' | b'\'') => {
            quote = Some(byte);
            false
        }
        (None, b'<') => true,
        _ => false,
    })
}
