//! The second opinion, by feed-rs. The only file that names it.
//!
//! It is asked where our own readers found no entry, or broke; what it finds then is better than nothing. It does not go first,
//! though to its own model it is faster: of the public test feeds that `tests/suites/run` reads it finds entries in 1,111, in none
//! of them alone, and it hides what the schedule and the archive want (`skipHours`, `sy:*`, `isPermaLink`, `rdf:about`; of JSON Feed
//! `next_url` and an item's language). Where both read a document they say the same (`differential`). feed-rs recurses and
//! multiplies, so it never sees one that is larger, deeper or fuller than it can bear, and its panics are caught.

use feed_rs::model::{self, FeedType};
use feed_rs::parser::{Builder, Parser};
use quick_xml::events::Event;
use url::Url;

use super::field::{self, Lost};
use super::guard::guarded;
use super::{Document, Format, Reader, date};
use crate::engine::entry::Entry;
use crate::engine::publisher::PublisherSchedule;
use crate::engine::text::html_to_text;

/// The longest document that feed-rs sees, in bytes.
const MAX_BYTES: usize = 1024 * 1024;
/// Elements or objects of it: each costs it up to a kilobyte.
const MAX_PARTS: usize = 20_000;
/// The deepest nesting: it recurses once a level, in 2 KB of stack.
const MAX_DEPTH: usize = 64;
/// Bytes of one tag.
const MAX_TAG_BYTES: usize = 4 * 1024;

/// What feed-rs finds in a document, if it finds an entry.
pub(super) fn opinion(text: &str, base_url: Option<&str>, now_ms: i64) -> Option<Document> {
    if !is_bearable(text) {
        return None;
    }
    let base = base_url.and_then(|base| Url::parse(base).ok());
    let feed = guarded(|| parser(base.as_ref()).parse(text.as_bytes())).ok()?.ok()?;
    let document = Conversion { atom: feed.feed_type == FeedType::Atom, base, now_ms, lost: Lost::default() }.document(feed);
    (!document.entries.is_empty()).then_some(document)
}

/// Whether feed-rs can be asked about a text.
fn is_bearable(text: &str) -> bool {
    // A second declaration makes it panic, a base address makes it multiply.
    if text.len() > MAX_BYTES || text.contains("<?xml") || text.contains("xml:base") {
        return false;
    }
    if text.starts_with(['{', '[']) {
        return text.matches('{').count() <= MAX_PARTS;
    }
    let mut reader = quick_xml::reader::Reader::from_str(text);
    let (mut depth, mut parts) = (0_usize, 0);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) if tag.len() <= MAX_TAG_BYTES => depth += 1,
            Ok(Event::Empty(tag)) if tag.len() <= MAX_TAG_BYTES => {}
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Eof) => return true,
            Ok(Event::Start(_) | Event::Empty(_)) | Err(_) => return false,
            Ok(_) => {}
        }
        parts += 1;
        if depth > MAX_DEPTH || parts > MAX_PARTS {
            return false;
        }
    }
}

/// feed-rs with identity and dates taken out of its hands.
fn parser(base: Option<&Url>) -> Parser {
    Builder::new()
        .base_uri(base)
        .id_generator(|_, _, _| String::new())
        .timestamp_parser(|text| date::read(text).and_then(chrono::DateTime::from_timestamp_millis))
        .build()
}

/// From its model to ours.
struct Conversion {
    atom: bool,
    base: Option<Url>,
    now_ms: i64,
    lost: Lost,
}

impl Conversion {
    fn document(mut self, feed: model::Feed) -> Document {
        let language = feed.language.as_deref().and_then(field::language);
        let format = match feed.feed_type {
            FeedType::Atom => Format::Atom,
            FeedType::JSON => Format::Json,
            FeedType::RSS1 => Format::Rdf,
            FeedType::RSS0 | FeedType::RSS2 => Format::Rss,
        };
        let entries = feed.entries.into_iter().map(|entry| self.entry(entry, language.as_deref())).collect();
        let title = feed.title.map(|title| field::title(&title.content)).filter(|title| !title.is_empty());
        let defects = self.lost.defects().collect();
        let (schedule, older) = (PublisherSchedule::default(), None);
        Document { format, reader: Reader::FeedRs, title, language, schedule, older, entries, readings: Vec::new(), defects }
    }

    fn entry(&mut self, raw: model::Entry, language: Option<&str>) -> Entry {
        let guid = field::guid(&raw.id);
        let link = link(&raw.links).or(raw.content.as_ref().and_then(|content| content.src.as_ref()).filter(|_| self.atom));
        let url = link.and_then(|link| field::address(&link.href, self.base.as_ref(), &mut self.lost));
        let permalink = || guid.as_deref().filter(|guid| guid.starts_with("http://") || guid.starts_with("https://"));
        let url = url.or_else(|| permalink().and_then(|guid| field::address(guid, None, &mut self.lost)));
        // In RSS it copies the first date to the second.
        let updated = raw.updated.filter(|updated| self.atom || Some(updated) != raw.published.as_ref());
        let (published_ms, updated_ms) = (self.held(raw.published), self.held(updated));
        Entry {
            guid,
            url,
            published_ms,
            updated_ms,
            title: raw.title.as_ref().map(|title| field::title(&title.content)).unwrap_or_default(),
            author: field::authors(raw.authors.iter().filter_map(|person| person.name.as_deref().or(person.email.as_deref()))),
            categories: field::categories(raw.categories.iter().map(|category| category.label.as_ref().unwrap_or(&category.term).as_str())),
            language: raw.language.as_deref().and_then(field::language).or_else(|| language.map(str::to_owned)),
            text: body(&raw, self.atom),
        }
    }

    fn held(&mut self, date: Option<chrono::DateTime<chrono::Utc>>) -> Option<i64> {
        let ms = date?.timestamp_millis();
        let held = date::clamp(ms, self.now_ms);
        self.lost.dates += usize::from(held != Some(ms));
        held
    }
}

/// The link to the article: the alternate one, a page before anything else; never an enclosure or the comments.
fn link(links: &[model::Link]) -> Option<&model::Link> {
    let own = || links.iter().filter(|link| link.target.is_none() && !link.href.is_empty());
    let alternate = || own().filter(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"));
    let page = alternate().find(|link| link.media_type.as_deref().is_none_or(|kind| kind.contains("html")));
    page.or_else(|| alternate().next()).or_else(|| own().find(|link| matches!(link.rel.as_deref(), Some("via" | "related"))))
}

fn body(raw: &model::Entry, atom: bool) -> String {
    let content =
        raw.content.as_ref().and_then(|content| content.body.as_deref().map(|body| visible(body, content.content_type.as_str(), atom)));
    let summary = raw.summary.as_ref().map(|summary| visible(&summary.content, summary.content_type.as_str(), atom));
    let whole = field::body(summary.unwrap_or_default(), content.unwrap_or_default());
    if !whole.is_empty() {
        return whole;
    }
    let described = raw.media.iter().find_map(|media| media.description.as_ref());
    described.map(|text| field::plain_body(&text.content)).unwrap_or_default()
}

/// Visible text of a body of this media type. RSS has markup whatever its type; a picture in base64 has no text.
fn visible(body: &str, kind: &str, atom: bool) -> String {
    match kind {
        "text/plain" if atom => field::plain_body(body),
        _ if kind.starts_with("text/") || kind.contains("html") || kind.contains("xml") => html_to_text(body),
        _ => String::new(),
    }
}
