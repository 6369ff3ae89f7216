//! An entry while it is read: of each thing that is said more than once, what counts. Never keeps more than it will tell.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use url::Url;

use super::capture::{Kind, Value};
use super::field::Field;
use super::tag::Tag;
use crate::engine::entry::Entry;
use crate::engine::parse::field::{self, Lost};
use crate::engine::parse::{Reading, Readings, date};
use crate::engine::text::html_to_text;

/// So many names and categories of one entry are kept.
const MAX_NAMES: usize = 64;

/// Something said, and its rank.
type Said<T> = Option<(u8, T)>;

/// What an entry says.
#[derive(Default)]
pub(super) struct Draft<'a> {
    guid: Option<Cow<'a, str>>,
    /// `rdf:about`, the identifier of RSS 1.0.
    pub about: Option<Cow<'a, str>>,
    /// What `isPermaLink` says, where it stands.
    permalink: Option<bool>,
    title: Said<Cow<'a, str>>,
    /// The address, `None` where it is none.
    link: Said<Option<String>>,
    summary: Said<(Kind, Cow<'a, str>)>,
    content: Said<(Kind, Cow<'a, str>)>,
    described: Said<Cow<'a, str>>,
    published: Said<i64>,
    updated: Said<i64>,
    pub authors: Vec<Cow<'a, str>>,
    /// Of a person whose name may yet come.
    pub email: Option<Cow<'a, str>>,
    categories: Vec<Cow<'a, str>>,
    pub language: Option<Cow<'a, str>>,
}

/// What reading an entry needs to know of the document.
pub(super) struct Around<'e> {
    pub atom: bool,
    pub base: Option<&'e Url>,
    pub now_ms: i64,
}

/// The later of two of the same rank counts, the higher of two of different rank, and nothing is never better than something.
fn say<T>(said: &mut Said<T>, rank: u8, value: T) {
    if said.as_ref().is_none_or(|(known, _)| *known <= rank) {
        *said = Some((rank, value));
    }
}

impl<'a> Draft<'a> {
    /// Of an entry that stands in text of this language.
    pub fn new(language: Option<Cow<'a, str>>) -> Self {
        Self { language, ..Self::default() }
    }

    /// Takes a field.
    pub fn take(&mut self, value: Value<'a>, around: &Around<'_>, lost: &mut Lost) {
        let Value { field, kind, tag, text } = value;
        if field == Field::Link {
            return self.link(&tag, &text, around, lost);
        }
        if field == Field::Category {
            return self.category(&tag, text, around.atom);
        }
        if let (Field::Content(_), Some(source)) = (field, tag.get("src").filter(|_| around.atom)) {
            self.offer(1, &source, around, lost);
        }
        if text.trim().is_empty() {
            return;
        }
        match field {
            Field::Title(rank) => say(&mut self.title, rank, text),
            Field::Summary(rank) => say(&mut self.summary, rank, (kind, text)),
            Field::Content(rank) => {
                self.language = tag.get("lang").filter(|_| around.atom).or(self.language.take());
                say(&mut self.content, rank, (kind, text));
            }
            Field::Described(rank) => say(&mut self.described, rank, text),
            Field::Guid => {
                self.permalink = tag.get("ispermalink").map(|value| !value.trim().eq_ignore_ascii_case("false"));
                self.guid = Some(text);
            }
            Field::Published(rank) => date(&mut self.published, rank, &text, lost),
            Field::Updated(rank) => date(&mut self.updated, rank, &text, lost),
            Field::Name => self.author(text),
            Field::Email => self.email = Some(text),
            Field::Language => self.language = Some(text),
            _ => {}
        }
    }

    /// Takes somebody's name.
    pub fn author(&mut self, name: Cow<'a, str>) {
        if self.authors.len() < MAX_NAMES {
            self.authors.push(name);
        }
    }

    fn category(&mut self, tag: &Tag<'a>, text: Cow<'a, str>, atom: bool) {
        let label = || tag.get("label").or_else(|| tag.get("term"));
        let name = if atom || text.trim().is_empty() { label().unwrap_or(text) } else { text };
        if let Some(name) = Some(name).filter(|_| self.categories.len() < MAX_NAMES) {
            self.categories.push(name);
        }
    }

    /// A link to the article: the alternate one, a page before anything else; never an enclosure or the comments.
    fn link(&mut self, tag: &Tag<'a>, text: &str, around: &Around<'_>, lost: &mut Lost) {
        let Some(href) = tag.get("href") else {
            let address = if text.trim().is_empty() { tag.get("resource").unwrap_or_default() } else { Cow::Borrowed(text) };
            return self.offer(7, &address, around, lost);
        };
        let rel = tag.get("rel").unwrap_or_default().to_ascii_lowercase();
        let page = tag.get("type").is_none_or(|kind| kind.contains("html"));
        let rank = match rel.trim() {
            "" | "alternate" | "http://www.iana.org/assignments/relation/alternate" => 4 + 2 * u8::from(page),
            "via" | "related" => 2,
            _ => return,
        };
        // In RSS its own element goes first.
        self.offer(if around.atom { rank } else { rank.min(5) }, &href, around, lost);
    }

    /// Takes an address if it is the first of the highest rank.
    pub fn offer(&mut self, rank: u8, address: &str, around: &Around<'_>, lost: &mut Lost) {
        if address.trim().is_empty() || self.link.as_ref().is_some_and(|(known, _)| *known >= rank) {
            return;
        }
        self.link = Some((rank, field::address(address, around.base, lost)));
    }

    /// The entry, and how it was read. Where it is written as it was `before`, its words are not read again.
    pub fn finish(mut self, around: &Around<'_>, before: &Readings, lost: &mut Lost) -> (Entry, Reading) {
        let guid = self.guid.as_deref().and_then(field::guid).or_else(|| self.about.as_deref().and_then(field::guid));
        // A guid is a permanent link unless it says otherwise (RSS 2.0); one that looks like an address is one.
        let is_address = |guid: &&str| self.permalink != Some(false) && (guid.starts_with("http://") || guid.starts_with("https://"));
        let permalink = guid.as_deref().filter(is_address);
        let link = self.link.take().and_then(|(_, link)| link);
        let url = link.or_else(|| permalink.and_then(|guid| field::address(guid, None, lost)));
        let mut held = |said: &Said<i64>| {
            let ms = said.map(|(_, ms)| ms)?;
            let held = date::clamp(ms, around.now_ms);
            lost.dates += usize::from(held != Some(ms));
            held
        };
        let (published_ms, updated_ms) = (held(&self.published), held(&self.updated));
        let written = self.written(url.as_deref());
        // What has no name is called by its title.
        let content = before.content(written).filter(|_| guid.is_some() || url.is_some());
        let words = if content.is_some() { Entry::default() } else { self.words() };
        // In RSS a second date that says the same is no later change.
        let updated_ms = updated_ms.filter(|ms| around.atom || Some(*ms) != published_ms);
        (Entry { guid, url, published_ms, updated_ms, ..words }, Reading { written, content })
    }

    /// A hash of what [`KeyKind::Content`] of the entry is made of, as it is written. Another version may read it otherwise, so it has
    /// other hashes.
    ///
    /// [`KeyKind::Content`]: crate::engine::entry::KeyKind::Content
    fn written(&self, url: Option<&str>) -> u64 {
        let all = (env!("CARGO_PKG_VERSION"), url, &self.title, &self.summary, &self.content, &self.described);
        FixedState::default().hash_one(all)
    }

    /// What it says, in its own words and about them.
    fn words(self) -> Entry {
        let body = |said: Said<(Kind, Cow<'_, str>)>| said.map(|(_, (kind, text))| visible(kind, &text)).unwrap_or_default();
        let mut text = field::body(body(self.summary), body(self.content));
        if text.is_empty() {
            text = self.described.map(|(_, text)| field::plain_body(&text)).unwrap_or_default();
        }
        let mut seen = HashSet::new();
        let categories = self.categories.iter().map(AsRef::as_ref).filter(|name| seen.insert(*name));
        Entry {
            title: self.title.map(|(_, title)| field::title(&title)).unwrap_or_default(),
            author: field::authors(self.authors.iter().map(AsRef::as_ref)),
            categories: field::categories(categories),
            language: self.language.as_deref().and_then(field::language),
            text,
            ..Entry::default()
        }
    }
}

fn date(said: &mut Said<i64>, rank: u8, text: &str, lost: &mut Lost) {
    match date::read(text) {
        Some(ms) => say(said, rank, ms),
        None => lost.dates += 1,
    }
}

/// Visible text of a body.
fn visible(kind: Kind, body: &str) -> String {
    match kind {
        Kind::Plain => field::plain_body(body),
        Kind::Html | Kind::Inline => html_to_text(body),
        Kind::Data => String::new(),
    }
}

/// The name of a person who is written as `mail (name)` or `name <mail>`, as RSS has it.
pub(super) fn person(text: &str) -> &str {
    let inside = |open: char, close: char| {
        let (before, rest) = text.split_once(open)?;
        Some((before.trim(), rest.split_once(close)?.0.trim()))
    };
    match (inside('(', ')'), inside('<', '>')) {
        (Some((mail, name)), _) if mail.contains('@') && !name.is_empty() => name,
        (_, Some((name, mail))) if mail.contains('@') && !name.is_empty() => name,
        _ => text.trim(),
    }
}
