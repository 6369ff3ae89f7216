//! The text of one field, from its start tag to its end: references resolved, CDATA sections unwrapped, and markup that stands
//! in it kept as markup. Copies nothing that it need not.

use std::borrow::Cow;
use std::ops::Range;

use super::field::Field;
use super::tag::{Tag, local};
use crate::engine::text::{MAX_HTML_BYTES, cut, entity};

/// The most text that is kept of a field, before its references are resolved, in bytes.
const MAX_RAW_BYTES: usize = 4 * MAX_HTML_BYTES;
/// The most text that is kept of a field of one line, in bytes.
const MAX_LINE_BYTES: usize = 16 * 1024;
/// So many pieces, and the field is taken as it stands in the source.
const MAX_PIECES: usize = 1_000;
/// CDATA marks, and what people write for them.
const MARKS: [&str; 5] = ["<![CDATA[", "<! [CDATA[", "<[CDATA[", "]]>", "]] >"];

/// How the text of a field is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Plain,
    Html,
    /// Markup that is part of the document by right.
    Inline,
    /// Bytes of something else, in base64.
    Data,
}

/// A part of the text: where, and whether its references are to be resolved.
#[derive(Debug, Clone)]
struct Piece {
    range: Range<usize>,
    literal: bool,
}

/// A field that is being read.
pub(super) struct Capture<'a> {
    pub field: Field,
    pub kind: Kind,
    pub tag: Tag<'a>,
    /// Where its content begins.
    start: usize,
    pieces: Vec<Piece>,
    /// Elements of its own name that are open within it.
    nested: usize,
    /// Other elements that are open within it.
    open: usize,
    has_markup: bool,
    prefix: Option<&'a str>,
}

/// A field, read.
pub(super) struct Value<'a> {
    pub field: Field,
    pub kind: Kind,
    pub tag: Tag<'a>,
    pub text: Cow<'a, str>,
}

/// What an end tag means to the field.
pub(super) enum Ends {
    /// The field ends here.
    Field,
    /// Markup in the field.
    Markup,
    /// Nothing that was opened in it.
    Stray,
}

impl<'a> Capture<'a> {
    pub fn new(field: Field, kind: Kind, tag: Tag<'a>, start: usize) -> Self {
        Self { field, kind, tag, start, pieces: Vec::new(), nested: 0, open: 0, has_markup: false, prefix: None }
    }

    /// Text, its references unresolved unless it stood in a CDATA section.
    pub fn push(&mut self, range: Range<usize>, literal: bool) {
        let full = self.pieces.len() >= MAX_PIECES;
        match self.pieces.last_mut() {
            Some(last) if !last.literal && !literal && last.range.end == range.start => last.range.end = range.end,
            _ if full => self.has_markup = true,
            _ => self.pieces.push(Piece { range, literal }),
        }
    }

    /// Markup within.
    pub fn start(&mut self, tag: &Tag<'a>) {
        self.has_markup = true;
        self.prefix = self.prefix.or_else(|| tag.name.split_once(':').map(|(prefix, _)| prefix));
        if !tag.empty {
            if tag.name == self.tag.name { self.nested += 1 } else { self.open += 1 }
        }
    }

    /// Takes an end tag.
    pub fn end(&mut self, name: &str) -> Ends {
        if name == self.tag.name || name.eq_ignore_ascii_case(self.tag.name) {
            if self.nested == 0 {
                return Ends::Field;
            }
            self.nested -= 1;
            return Ends::Markup;
        }
        if self.open == 0 {
            return Ends::Stray;
        }
        self.open -= 1;
        Ends::Markup
    }

    /// Whether markup stands in it that should have been escaped.
    pub fn is_unescaped(&self) -> bool {
        self.has_markup && self.kind != Kind::Inline
    }

    /// The field, whose content ends at `end`.
    pub fn finish(self, source: &'a str, end: usize) -> Value<'a> {
        let limit = if self.field.has_markup() { MAX_RAW_BYTES } else { MAX_LINE_BYTES };
        let markup = (self.has_markup && self.field.has_markup()) || self.kind == Kind::Inline;
        let text = if markup { self.markup(source, end, limit) } else { self.text(source, limit) };
        let kind = if self.has_markup && self.kind == Kind::Plain { Kind::Html } else { self.kind };
        Value { field: self.field, kind, tag: self.tag, text }
    }

    /// The source between the tags, which is markup as it stands.
    fn markup(&self, source: &'a str, end: usize, limit: usize) -> Cow<'a, str> {
        let raw = cut(source.get(self.start..end).unwrap_or_default(), limit);
        let mut text = if self.pieces.iter().any(|piece| piece.literal) { unmarked(raw) } else { Cow::Borrowed(raw) };
        if let Some(prefix) = self.prefix.filter(|_| self.kind == Kind::Inline) {
            text = Cow::Owned(text.replace(&format!("<{prefix}:"), "<").replace(&format!("</{prefix}:"), "</"));
        }
        text
    }

    fn text(&self, source: &'a str, limit: usize) -> Cow<'a, str> {
        let of = |piece: &Piece| {
            let raw = cut(source.get(piece.range.clone()).unwrap_or_default(), limit);
            if piece.literal { Cow::Borrowed(raw) } else { entity::resolve(raw) }
        };
        let is_blank = |piece: &&Piece| source.get(piece.range.clone()).is_none_or(|raw| raw.trim().is_empty());
        let mut told = self.pieces.iter().filter(|piece| !is_blank(piece));
        let text = match (told.next(), told.next()) {
            (None, _) => Cow::Borrowed(""),
            (Some(only), None) => of(only),
            _ => {
                let mut all = String::new();
                for piece in &self.pieces {
                    if all.len() < limit {
                        all.push_str(&of(piece));
                    }
                }
                Cow::Owned(all)
            }
        };
        // One byte is found faster than many.
        let marked = |byte: u8, mark: &str| memchr::memchr(byte, text.as_bytes()).is_some() && text.contains(mark);
        if marked(b']', "]]>") || marked(b'[', "[CDATA[") { Cow::Owned(unmarked(&text).into_owned()) } else { text }
    }
}

/// Text without the marks of CDATA sections, which were set wrong.
fn unmarked(text: &str) -> Cow<'_, str> {
    MARKS.iter().fold(Cow::Borrowed(text), |text, mark| if text.contains(mark) { Cow::Owned(text.replace(mark, "")) } else { text })
}

/// How a field's text is meant, by its `type` and `mode` (RFC 4287 section 3.1; Atom 0.3 section 3.1), and whether the type is
/// one that the format has.
pub(super) fn kind(field: Field, tag: &Tag<'_>, atom: bool) -> (Kind, bool) {
    if !atom {
        return (if field.is_body() { Kind::Html } else { Kind::Plain }, true);
    }
    let Some(name) = tag.get("type").filter(|_| field.has_markup()) else { return (Kind::Plain, true) };
    let is_content = matches!(field, Field::Content(_)) && local(tag.name) == "content";
    let known =
        matches!(&*name, "text" | "html" | "xhtml" | "text/html") || (is_content && name.contains('/')) || tag.get("mode").is_some();
    let lower = name.trim().to_ascii_lowercase();
    let kind = match lower.as_str() {
        "text" | "text/plain" => Kind::Plain,
        kind if kind.contains("xhtml") || kind.ends_with("xml") => match tag.get("mode").as_deref() {
            Some("escaped") => Kind::Html,
            _ => Kind::Inline,
        },
        kind if kind.contains("html") => Kind::Html,
        kind if kind.starts_with("text") => Kind::Plain,
        kind if kind.contains('/') => Kind::Data,
        _ => Kind::Html,
    };
    (kind, known)
}
