//! RSS, RDF and Atom by feed-rs. The only file that names feed_rs; it never sees a document that was not scanned.
//!
//! Where feed-rs rejects a document, panics in it, or returns fewer entries than stand in it, the entries are read again in
//! ever smaller pieces, so that one poisonous entry loses only itself.

use std::ops::Range;

use feed_rs::model::{self, FeedType};
use feed_rs::parser::{Builder, Parser};
use url::Url;

use super::field::{self, Lost};
use super::guard::guarded;
use super::{Defect, Document, Format, ParseError, date};
use crate::engine::entry::Entry;
use crate::engine::prescan::{Item, Root, Scan};
use crate::engine::publisher::PublisherSchedule;
use crate::engine::text::html_to_text;

/// How many pieces are tried: enough to find a hundred poisonous entries among five thousand.
const MAX_PIECES: usize = 2_000;

/// What turns one model into entries.
struct Reader<'a> {
    scan: &'a Scan<'a>,
    base: Option<Url>,
    now_ms: i64,
}

/// What feed-rs made of a piece of the document.
struct Piece {
    title: Option<String>,
    language: Option<String>,
    entries: Vec<Entry>,
    lost: Lost,
}

/// Entries that feed-rs could not read.
#[derive(Default)]
struct Bad {
    pieces: usize,
    count: usize,
    why: String,
}

/// Reads the scanned document.
///
/// # Errors
/// When no entry of it can be read though it has some, or feed-rs finds no feed in it.
pub(super) fn read(scan: &Scan<'_>, base_url: Option<&str>, now_ms: i64) -> Result<Document, ParseError> {
    let base = base_url.and_then(|base| Url::parse(base).ok());
    let reader = Reader { scan, base, now_ms };
    let mut defects = scan.defects.clone();
    let items = scan.items.len();
    let piece = match reader.piece(&scan.text(), &scan.items) {
        _ if items == 0 && scan.cut => return Err(ParseError::Unreadable(cut_before_first(scan))),
        Ok(piece) if piece.entries.len() >= items => piece,
        Err(why) if items == 0 => return Err(ParseError::Unreadable(why)),
        whole => {
            let mut piece = whole.or_else(|_| reader.piece(&scan.head(), &[])).unwrap_or_else(|_| Piece::empty());
            piece.entries.clear();
            piece.lost = Lost::default();
            let mut bad = Bad::default();
            reader.collect(0..items, &mut piece, &mut bad);
            if piece.entries.is_empty() {
                return Err(ParseError::Unreadable(bad.why));
            }
            if bad.count > 0 {
                defects.push(Defect::new("bad-item", format!("{} left out, the first: {}", bad.count, bad.why)));
            }
            piece
        }
    };
    if items == 0 && scan.names_entries() {
        defects.push(Defect::new("no-entries", "entries stand in a comment or as text only"));
    }
    defects.extend(piece.lost.defects());
    let format = match scan.root {
        Root::Rss => Format::Rss,
        Root::Rdf => Format::Rdf,
        Root::Atom => Format::Atom,
    };
    Ok(Document {
        format,
        title: piece.title,
        language: piece.language,
        schedule: PublisherSchedule::default(),
        older: None,
        entries: piece.entries,
        defects,
    })
}

fn cut_before_first(scan: &Scan<'_>) -> String {
    let cut = scan.defects.last().map(|defect| format!("{}: {}", defect.kind, defect.detail));
    format!("no complete entry; {}", cut.unwrap_or_default())
}

/// feed-rs with identity and dates taken out of its hands.
fn parser(base: Option<&Url>) -> Parser {
    Builder::new()
        .base_uri(base)
        .id_generator(|_, _, _| String::new())
        .timestamp_parser(|text| date::read(text).and_then(chrono::DateTime::from_timestamp_millis))
        .build()
}

impl Piece {
    fn empty() -> Self {
        Self { title: None, language: None, entries: Vec::new(), lost: Lost::default() }
    }
}

impl Reader<'_> {
    /// Reads the entries of `range` in pieces as large as feed-rs takes.
    fn collect(&self, range: Range<usize>, all: &mut Piece, bad: &mut Bad) {
        if bad.pieces >= MAX_PIECES {
            bad.count += range.len();
            return;
        }
        bad.pieces += 1;
        let items = self.scan.items.get(range.clone()).unwrap_or_default();
        match self.piece(&self.scan.piece(range.clone()), items) {
            Ok(piece) if piece.entries.len() == range.len() => {
                all.entries.extend(piece.entries);
                all.lost.links += piece.lost.links;
                all.lost.dates += piece.lost.dates;
            }
            result if range.len() < 2 => {
                let why = result.err().unwrap_or_else(|| "not an entry that feed-rs knows".into());
                bad.why = if bad.count == 0 { why } else { std::mem::take(&mut bad.why) };
                bad.count += range.len();
            }
            _ => {
                let middle = range.start + range.len() / 2;
                self.collect(range.start..middle, all, bad);
                self.collect(middle..range.end, all, bad);
            }
        }
    }

    fn piece(&self, text: &str, items: &[Item]) -> Result<Piece, String> {
        guarded(|| {
            // A new parser each time: one that failed keeps half an entry, and panics over it the next time.
            let feed = parser(self.base.as_ref()).parse(text.as_bytes()).map_err(|error| error.to_string())?;
            Ok(self.convert(feed, items))
        })?
    }

    fn convert(&self, feed: model::Feed, items: &[Item]) -> Piece {
        let mut lost = Lost::default();
        let language = feed.language.as_deref().and_then(field::language);
        let aligned = feed.entries.len() == items.len();
        let entries = feed.entries.into_iter().enumerate().map(|(at, entry)| {
            let about = items.get(at).filter(|_| aligned).and_then(|item| item.about.as_deref());
            self.entry(entry, about, feed.feed_type == FeedType::Atom, language.as_deref(), &mut lost)
        });
        let entries = entries.collect();
        let title = feed.title.map(|title| field::title(&title.content)).filter(|title| !title.is_empty());
        Piece { title, language, entries, lost }
    }

    fn entry(&self, raw: model::Entry, about: Option<&str>, atom: bool, language: Option<&str>, lost: &mut Lost) -> Entry {
        let guid = field::guid(&raw.id).or_else(|| about.and_then(field::guid));
        let link = link(&raw.links).or(raw.content.as_ref().and_then(|content| content.src.as_ref()).filter(|_| atom));
        let url = link.and_then(|link| field::address(&link.href, self.base.as_ref(), lost));
        // A guid is a permanent link unless it says otherwise; one that looks like an address is one.
        let permalink = || guid.as_deref().filter(|guid| guid.starts_with("http://") || guid.starts_with("https://"));
        let url = url.or_else(|| permalink().and_then(|guid| field::address(guid, None, lost)));
        let updated = raw.updated.filter(|updated| atom || Some(updated) != raw.published.as_ref());
        let mut ms = |date: Option<chrono::DateTime<chrono::Utc>>| {
            let clamped = date.map(|date| date.timestamp_millis()).map(|ms| (ms, date::clamp(ms, self.now_ms)));
            lost.dates += usize::from(clamped.is_some_and(|(ms, held)| held != Some(ms)));
            clamped.and_then(|(_, held)| held)
        };
        Entry {
            guid,
            url,
            published_ms: ms(raw.published),
            updated_ms: ms(updated),
            title: raw.title.as_ref().map(|title| field::title(&title.content)).unwrap_or_default(),
            author: field::authors(raw.authors.iter().filter_map(|person| person.name.as_deref().or(person.email.as_deref()))),
            categories: field::categories(raw.categories.iter().map(|category| category.label.as_ref().unwrap_or(&category.term).as_str())),
            language: raw.language.as_deref().and_then(field::language).or_else(|| language.map(str::to_owned)),
            text: body(&raw, atom),
        }
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
