//! Bytes of a feed document to its entries. This room names feed_rs and chrono; nothing else does.
//!
//! Never fetches, never reads a clock, never panics, and never returns a document silently emptier than it was.

mod budget;
mod date;
#[cfg(test)]
mod differential;
mod field;
mod guard;
mod json;
mod reading;
mod second;
#[cfg(test)]
mod tests;
mod xml;

pub use guard::quiet_panics;
pub use reading::{Reading, Readings};

use self::budget::MAX_BASE_BYTES;
use self::guard::guarded;
use self::xml::Refused;
use super::decode::{Decoded, decode};
use super::entry::Entry;
use super::publisher::PublisherSchedule;

/// A kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RSS 0.9x or 2.0.
    Rss,
    /// RSS 1.0, in RDF.
    Rdf,
    /// Atom.
    Atom,
    /// JSON Feed.
    Json,
}

/// Who read a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The tolerant reader of this room.
    Own,
    /// feed-rs.
    FeedRs,
}

/// Something in a document that had to be repaired or left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// A short stable word: `bad-bytes`, `bare-ampersand`, `truncated`, `too-many-entries`, …
    pub kind: &'static str,
    /// What exactly, for a person.
    pub detail: String,
}

impl Defect {
    /// A defect of this `kind`.
    pub fn new(kind: &'static str, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}

/// A document as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its kind.
    pub format: Format,
    /// Who read it.
    pub reader: Reader,
    /// The feed's own title, as text.
    pub title: Option<String>,
    /// BCP 47 tag of the document's language, where it states one.
    pub language: Option<String>,
    /// When to come again, by the publisher's word.
    pub schedule: PublisherSchedule,
    /// Where older entries are: the absolute address of the previous archive (RFC 5005 section 4), else of the next page
    /// (section 3).
    pub older: Option<String>,
    /// Entries in document order, before any deduplication.
    pub entries: Vec<Entry>,
    /// How each of them was read; empty where that is not known.
    pub readings: Vec<Reading>,
    /// What had to be repaired, those of the decoder first.
    pub defects: Vec<Defect>,
}

/// Why a document gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// A web page, an image, or anything else that is no feed.
    #[error("not a feed: {0}")]
    NotAFeed(String),
    /// A feed so broken that no entry could be read.
    #[error("unreadable feed: {0}")]
    Unreadable(String),
}

/// Reads a document: bytes to text, text to entries, markup to text.
///
/// `base_url` resolves relative links; `now_ms` clamps dates. Never panics, whatever the bytes.
///
/// # Errors
/// When nothing in it can be read as a feed.
pub fn parse(bytes: &[u8], content_type: Option<&str>, base_url: Option<&str>, now_ms: i64) -> Result<Document, ParseError> {
    parse_again(bytes, content_type, base_url, &Readings::default(), now_ms)
}

/// The same of a document that was read before: of entries that are written as they were then, title and text are not read.
///
/// # Errors
/// As [`parse`].
pub fn parse_again(
    bytes: &[u8],
    content_type: Option<&str>,
    base_url: Option<&str>,
    before: &Readings,
    now_ms: i64,
) -> Result<Document, ParseError> {
    let Decoded { text, defects, .. } = decode(bytes, content_type);
    let base_url = base_url.filter(|base| base.len() <= MAX_BASE_BYTES);
    if text.trim().is_empty() {
        return Err(ParseError::NotAFeed("an empty document".into()));
    }
    let own = guarded(|| own(&text, content_type, base_url, before, now_ms)).unwrap_or_else(|panic| Err(ParseError::Unreadable(panic)));
    let mut document = match own {
        Ok(document) if !document.entries.is_empty() => document,
        none => second::opinion(&text, base_url, now_ms).map_or(none, Ok)?,
    };
    document.defects.splice(0..0, defects);
    Ok(document)
}

/// What feed-rs alone makes of a document's text, for those who compare it with [`parse`] (`tests/fuzz`).
pub fn second_opinion(text: &str, base_url: Option<&str>, now_ms: i64) -> Option<Document> {
    second::opinion(text, base_url, now_ms)
}

/// What our own readers make of a text.
fn own(text: &str, content_type: Option<&str>, base_url: Option<&str>, before: &Readings, now_ms: i64) -> Result<Document, ParseError> {
    if text.starts_with(['{', '[']) {
        return json::read(text, base_url, now_ms);
    }
    xml::read(text, base_url, before, now_ms).map_err(|refused| match refused {
        Refused::Foreign(root) => not_a_feed(&root, text, content_type),
        Refused::Unreadable(why) => ParseError::Unreadable(why),
    })
}

/// What a document is that is no feed, and what to do about it.
fn not_a_feed(root: &str, text: &str, content_type: Option<&str>) -> ParseError {
    let head = super::text::cut(text, 1024).to_ascii_lowercase();
    let page = root.eq_ignore_ascii_case("html") || head.contains("<html") || head.contains("<!doctype html");
    let kind = content_type.unwrap_or_default();
    // In what is no text at all, a `<` begins no tag.
    let is_name = root.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
    let root = if is_name { root } else { "" };
    ParseError::NotAFeed(match root.to_ascii_lowercase().as_str() {
        _ if page => "a web page; look for the address of its feed".into(),
        "opml" => "an OPML list of feeds; `marsad import` follows its feeds".into(),
        "urlset" | "sitemapindex" => "a sitemap; look for the address of the site's feed".into(),
        "" if kind.starts_with("image/") || kind.starts_with("video/") || kind.starts_with("audio/") => {
            format!("{}, not text", super::text::cut(&super::text::clean_line(kind), 64))
        }
        "" => "no markup in it".into(),
        root => format!("an XML document of another kind (`{}`)", super::text::cut(root, 64)),
    })
}
