//! JSON Feed 1.0 and 1.1 (jsonfeed.org), read as a stream. Never holds more of a document than the entries it keeps.
//!
//! Not by feed-rs: one number where a string was due makes it reject the document, and three million empty items make it
//! take gigabytes. Here a value of the wrong type is no value, and a document that ends early keeps its complete items.

use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use url::Url;

use super::budget::MAX_ENTRIES;
use super::field::{self, Lost};
use super::{Defect, Document, Format, ParseError, Reader, date};
use crate::engine::entry::Entry;
use crate::engine::publisher::PublisherSchedule;
use crate::engine::text::html_to_text;

/// Names and tags of one item that are kept.
const MAX_NAMES: usize = 64;

/// Reads `text`, which starts with a brace or a bracket.
///
/// # Errors
/// When it is JSON of another kind, or no item of it can be read.
pub(super) fn read(text: &str, base_url: Option<&str>, now_ms: i64) -> Result<Document, ParseError> {
    let mut feed = Feed { base: base_url.and_then(|base| Url::parse(base).ok()), now_ms, ..Feed::default() };
    let mut json = serde_json::Deserializer::from_str(text);
    let result = (&mut feed).deserialize(&mut json);
    let is_feed = feed.head.text("version").is_some_and(|version| version.contains("jsonfeed.org")) || !feed.entries.is_empty();
    if !is_feed {
        return Err(ParseError::NotAFeed("JSON, but no JSON Feed".into()));
    }
    if result.is_ok() && !feed.has_items {
        return Err(ParseError::Unreadable("a JSON Feed without `items`".into()));
    }
    let mut defects = Vec::new();
    if let Err(error) = result {
        if feed.entries.is_empty() {
            return Err(ParseError::Unreadable(format!("JSON: {error}")));
        }
        defects.push(Defect::new("truncated", format!("JSON: {error}")));
    }
    if feed.more > 0 {
        defects.push(Defect::new("too-many-entries", format!("the first {MAX_ENTRIES} were kept, {} left out", feed.more)));
    }
    defects.extend(feed.lost.defects());
    Ok(feed.finish(defects))
}

/// A feed as far as it was read.
#[derive(Default)]
struct Feed {
    base: Option<Url>,
    now_ms: i64,
    head: Object,
    has_items: bool,
    entries: Vec<Entry>,
    more: usize,
    lost: Lost,
}

impl Feed {
    fn finish(mut self, defects: Vec<Defect>) -> Document {
        let title = self.head.text("title").map(field::title).filter(|title| !title.is_empty());
        let language = self.head.text("language").and_then(field::language);
        // An item without authors has the feed's (version 1.1, "authors").
        let author = field::authors(self.head.authors.0.iter().map(String::as_str));
        for entry in &mut self.entries {
            entry.author = entry.author.take().or_else(|| author.clone());
            entry.language = entry.language.take().or_else(|| language.clone());
        }
        let older = self.head.text("next_url").and_then(|url| field::address(url, self.base.as_ref(), &mut self.lost));
        let schedule = PublisherSchedule::default();
        Document {
            format: Format::Json,
            reader: Reader::Own,
            title,
            language,
            schedule,
            older,
            entries: self.entries,
            readings: Vec::new(),
            defects,
        }
    }

    fn item(&mut self, item: &Object) {
        if self.entries.len() >= MAX_ENTRIES {
            self.more += 1;
            return;
        }
        let address = ["url", "external_url"].into_iter().find_map(|key| item.text(key).filter(|url| !url.trim().is_empty()));
        let url = address.and_then(|url| field::address(url, self.base.as_ref(), &mut self.lost));
        let html = item.text("content_html").map(html_to_text).unwrap_or_default();
        let content = if html.is_empty() { item.text("content_text").map(field::plain_body).unwrap_or_default() } else { html };
        let summary = item.text("summary").map(field::plain_body).unwrap_or_default();
        let (published_ms, updated_ms) = (self.date(item, "date_published"), self.date(item, "date_modified"));
        self.entries.push(Entry {
            guid: item.text("id").and_then(field::guid),
            title: item.text("title").map(field::title).unwrap_or_default(),
            url,
            author: field::authors(item.authors.0.iter().map(String::as_str)),
            categories: field::categories(item.tags.0.iter().map(String::as_str)),
            published_ms,
            updated_ms,
            text: field::body(summary, content),
            language: item.text("language").and_then(field::language),
        });
    }

    fn date(&mut self, item: &Object, key: &str) -> Option<i64> {
        let text = item.text(key)?;
        let read = date::read(text);
        let held = read.and_then(|ms| date::clamp(ms, self.now_ms));
        self.lost.dates += usize::from(held.is_none() || held != read);
        held
    }
}

/// The object of the whole document.
impl<'de> DeserializeSeed<'de> for &mut Feed {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Feed {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "items" {
                self.has_items = true;
                map.next_value_seed(Items(self))?;
            } else {
                self.head.take(&key, &mut map)?;
            }
        }
        Ok(())
    }
}

/// The list of items.
struct Items<'a>(&'a mut Feed);

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_str<E: de::Error>(self, _text: &str) -> Result<(), E> {
        // Else the error quotes it, and it may be as long as the document.
        Err(E::invalid_type(Unexpected::Other("a string"), &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<Object>()? {
            self.0.item(&item);
        }
        Ok(())
    }
}

/// What is read of the feed's or an item's object.
#[derive(Default)]
struct Object {
    texts: Vec<(&'static str, String)>,
    authors: Names,
    tags: Names,
}

impl Object {
    const TEXTS: [&'static str; 12] = [
        "version",
        "id",
        "url",
        "external_url",
        "next_url",
        "title",
        "content_html",
        "content_text",
        "summary",
        "date_published",
        "date_modified",
        "language",
    ];

    fn text(&self, key: &str) -> Option<&str> {
        self.texts.iter().find(|(known, _)| *known == key).map(|(_, text)| text.as_str())
    }

    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if let Some(known) = Self::TEXTS.into_iter().find(|known| *known == key) {
            if let Some(text) = map.next_value::<Text>()?.0.filter(|_| self.text(known).is_none()) {
                self.texts.push((known, text));
            }
            return Ok(());
        }
        match key {
            "author" | "authors" => self.authors.0.extend(map.next_value::<Names>()?.0),
            "tags" => self.tags.0.extend(map.next_value::<Names>()?.0),
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

/// A string, or a number or truth value written as one; nothing for any other value.
#[derive(Default)]
struct Text(Option<String>);

/// Names in a list of strings, of objects with a `name`, or alone.
#[derive(Default)]
struct Names(Vec<String>);

/// Visits any value, and keeps what a type of ours wants of it.
macro_rules! lenient {
    ($type:ident, $text:expr, |$map:ident| $on_map:block, |$list:ident| $on_list:block) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
                struct Any;
                impl<'de> Visitor<'de> for Any {
                    type Value = $type;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("any value")
                    }
                    fn visit_str<E>(self, text: &str) -> Result<$type, E> {
                        Ok($text(text.to_owned()))
                    }
                    fn visit_bool<E>(self, value: bool) -> Result<$type, E> {
                        Ok($text(value.to_string()))
                    }
                    fn visit_i64<E>(self, number: i64) -> Result<$type, E> {
                        Ok($text(number.to_string()))
                    }
                    fn visit_u64<E>(self, number: u64) -> Result<$type, E> {
                        Ok($text(number.to_string()))
                    }
                    fn visit_f64<E>(self, number: f64) -> Result<$type, E> {
                        Ok($text(number.to_string()))
                    }
                    fn visit_unit<E>(self) -> Result<$type, E> {
                        Ok($type::default())
                    }
                    fn visit_map<A: MapAccess<'de>>(self, mut $map: A) -> Result<$type, A::Error> $on_map
                    fn visit_seq<A: SeqAccess<'de>>(self, mut $list: A) -> Result<$type, A::Error> $on_list
                }
                json.deserialize_any(Any)
            }
        }
    };
}

lenient!(
    Text,
    |text| Text(Some(text)),
    |map| {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text(None))
    },
    |list| {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text(None))
    }
);

lenient!(
    Names,
    |text| Names(vec![text]),
    |map| {
        let mut names = Names::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == "name" {
                names.0.extend(map.next_value::<Text>()?.0);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(names)
    },
    |list| {
        let mut names = Names::default();
        while names.0.len() < MAX_NAMES {
            let Some(more) = list.next_element::<Names>()? else { return Ok(names) };
            names.0.extend(more.0);
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(names)
    }
);

lenient!(
    Object,
    |_| Object::default(),
    |map| {
        let mut object = Object::default();
        while let Some(key) = map.next_key::<String>()? {
            object.take(&key, &mut map)?;
        }
        Ok(object)
    },
    |list| {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Object::default())
    }
);
