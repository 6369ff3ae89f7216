//! The repairs of one document, each where the walk meets what it mends. Never decides where the document is cut.

use std::borrow::Cow;

use super::{Cut, Open, Scanner, local};
use crate::engine::prescan::root::RSS;
use crate::engine::prescan::{Item, Root};
use crate::engine::text::entity;

impl Scanner<'_> {
    pub(super) fn is_bare_angle(&self, at: usize) -> bool {
        let bytes = self.source.as_bytes();
        let next = bytes.get(at + 1).copied().unwrap_or(b'a');
        bytes.get(at) == Some(&b'<') && !starts_name(next) && !matches!(next, b'/' | b'!' | b'?')
    }

    pub(super) fn escape_angle(&mut self, at: usize) -> Result<(), Cut> {
        self.edit(at..at + 1, "&lt;", "bare-angle")?;
        self.restart(at + 1);
        Ok(())
    }

    /// A type of text that Atom does not have (RFC 4287 section 3.1.1) would make feed-rs reject the whole document.
    pub(super) fn mend_type(&mut self, open: &Open<'_>) -> Result<(), Cut> {
        let name = local(open.name);
        let atom = self.root.as_ref().is_some_and(|(root, _)| root.root() == Root::Atom);
        let raw = self.source.get(open.tag.clone()).unwrap_or_default();
        let Some(at) = raw.find(" type=").filter(|_| atom && matches!(name, "title" | "summary" | "subtitle" | "rights" | "content"))
        else {
            return Ok(());
        };
        let value_at = at + " type=".len() + 1;
        let value = raw.get(value_at..).and_then(|rest| rest.split(['"', '\'']).next()).unwrap_or_default();
        if matches!(value, "text" | "html" | "xhtml" | "text/html") || (name == "content" && value.contains('/')) {
            return Ok(());
        }
        let lower = value.to_ascii_lowercase();
        let kind = if lower.contains("xhtml") {
            "xhtml"
        } else if lower.contains("html") || !lower.starts_with("text") {
            "html"
        } else {
            "text"
        };
        let start = open.tag.start + value_at;
        self.edit(start..start + value.len(), kind, "odd-type")
    }

    /// Whether feed-rs reads the element's first text and nothing else, and would lose markup that stands in it.
    pub(super) fn is_field(&self, open: &Open<'_>) -> bool {
        let named = match local(open.name) {
            "title" | "description" | "encoded" | "summary" => true,
            "content" => !open.name.contains(':') || open.name.starts_with("atom:"),
            _ => false,
        };
        let tag = self.source.get(open.tag.clone()).unwrap_or_default();
        // Atom's inline XHTML is markup by right.
        named && !tag.contains("xhtml\"") && !tag.contains("xhtml'") && !tag.contains("xml\"") && !tag.contains("xml'")
    }

    pub(super) fn end(&mut self, at: usize) -> Result<(), Cut> {
        let end = self.position();
        let raw = self.source.get(at + 2..end - 1).unwrap_or_default();
        let name = raw.split_ascii_whitespace().next().unwrap_or_default();
        match self.stack.iter().rposition(|open| open.name == name) {
            Some(place) if place + 1 == self.stack.len() => self.close(at, end),
            Some(place) => {
                self.close_to(place + 1, at)?;
                self.close(at, end)
            }
            None => self.edit(at..end, "", "mismatched-tag"),
        }
    }

    /// Closes elements down to the one at `depth` with end tags of our own, put in at `at`.
    pub(super) fn close_to(&mut self, depth: usize, at: usize) -> Result<(), Cut> {
        while self.stack.len() > depth {
            let name = self.stack.last().map_or("", |open| open.name);
            // The content of a field ends before the end tag that closes it.
            let end_tag = format!("</{name}>");
            self.close_field(at)?;
            self.edit(at..at, end_tag, "mismatched-tag")?;
            self.pop(at)?;
        }
        Ok(())
    }

    /// Closes the last element, whose end tag reaches from `at` to `end`.
    pub(super) fn close(&mut self, at: usize, end: usize) -> Result<(), Cut> {
        self.close_field(at)?;
        let rdf = self.root.as_ref().is_some_and(|(root, _)| root.root() == Root::Rdf);
        if let Some(item) = self.stack.last().filter(|open| rdf && open.is_item && !open.has_link && open.tag.end < end) {
            // Without a link feed-rs drops the whole item.
            let about = item.about.as_deref().unwrap_or("about:blank");
            let link = format!("<link xmlns=\"{RSS}\">{}</link>", quick_xml::escape::escape(about));
            self.edit(at..at, link, "no-link")?;
        }
        self.pop(end)
    }

    fn pop(&mut self, end: usize) -> Result<(), Cut> {
        if let Some(open) = self.stack.pop().filter(|open| open.is_item) {
            self.items.push(Item { range: open.tag.start..end, about: open.about });
        }
        Ok(())
    }

    /// Markup in a field becomes the field's text: feed-rs would read up to the first tag and no further.
    fn close_field(&mut self, at: usize) -> Result<(), Cut> {
        let Some(field) = self.stack.last().filter(|open| open.is_field && open.has_markup) else { return Ok(()) };
        let inner = field.tag.end..at;
        let text = self.source.get(inner.clone()).unwrap_or_default();
        let text = if text.contains("]]>") || text.contains("<![CDATA[") {
            Cow::Owned(text.replace("<![CDATA[", "").replace("]]>", ""))
        } else {
            Cow::Borrowed(text)
        };
        let (edits, wrapped) = (field.edits, format!("<![CDATA[{text}]]>"));
        self.edits.truncate(edits);
        self.edit(inner, wrapped, "inline-markup")
    }

    /// A reference: one that feed-rs can resolve stays.
    pub(super) fn reference(&mut self, at: usize) -> Result<(), Cut> {
        let end = self.position();
        let raw = self.source.get(at..end).unwrap_or_default();
        let name = raw.trim_start_matches('&').trim_end_matches(';');
        if name.starts_with('#') {
            let resolved = entity::resolve(raw);
            let mut chars = resolved.chars();
            let (first, more) = (chars.next().unwrap_or('&'), chars.next().is_some());
            let forbidden = (first < ' ' && !matches!(first, '\t' | '\n' | '\r')) || matches!(first, '\u{FFFE}' | '\u{FFFF}');
            return match first {
                '&' if more => self.edit(at..at + 1, "&amp;", "bare-ampersand"),
                _ if forbidden => self.edit(at..end, "", "bad-reference"),
                _ if is_odd_number(name, first) => self.edit(at..end, resolved.into_owned(), "bad-reference"),
                _ => Ok(()),
            };
        }
        let is_name =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':'));
        if is_name { Ok(()) } else { self.edit(at..at + 1, "&amp;", "bare-ampersand") }
    }
}

/// Whether a name can start with this byte. Any letter outside ASCII may.
fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80 || matches!(byte, b'_' | b':')
}

/// Whether a numeric reference is not the character that XML makes of it.
fn is_odd_number(name: &str, read: char) -> bool {
    let number = name.trim_start_matches('#');
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    code.ok() != Some(u32::from(read)) || number.starts_with('X')
}

/// Whether a tag holds an angle outside quotes: it began before its end was due.
pub(super) fn has_bare_angle(raw: &str) -> bool {
    let Some(body) = raw.get(1..).filter(|body| body.contains('<')) else { return false };
    let mut quote = None;
    body.bytes().any(|byte| match (quote, byte) {
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
