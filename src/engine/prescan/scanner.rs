//! The walk through a document's tags that counts budgets and collects repairs. Never goes back over what it has read,
//! but for a bounded number of broken tags.

mod repair;

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use self::repair::has_bare_angle;
use super::root::RootTag;
use super::{
    Edit, Item, MAX_ATTRIBUTES, MAX_BASE_BYTES, MAX_BASE_TOTAL_BYTES, MAX_BASES, MAX_DEPTH, MAX_ELEMENTS, MAX_ENTRIES, MAX_NAMESPACES,
    MAX_REPAIRS, MAX_TAG_BYTES, Root, Scan, count, times,
};
use crate::engine::parse::Defect;
use crate::engine::text::entity;

/// How many tags may turn out broken at their far end: each can cost [`MAX_TAG_BYTES`] of reading twice.
const MAX_BROKEN_TAGS: usize = 1_000;
/// How far into a document its root is looked for, in bytes.
const LEADING_BYTES: usize = 64 * 1024;

/// An element that is open.
struct Open<'a> {
    name: &'a str,
    tag: Range<usize>,
    /// How many edits there were when it opened.
    edits: usize,
    namespaces: usize,
    base_bytes: usize,
    is_item: bool,
    has_link: bool,
    about: Option<String>,
    /// Whether its content is text, by what it is called.
    is_field: bool,
    has_markup: bool,
}

/// Why the walk ends before the document does.
struct Cut(&'static str, String);

/// The walk.
pub(super) struct Scanner<'a> {
    source: &'a str,
    reader: Reader<&'a [u8]>,
    /// Where in the source the reader began.
    origin: usize,
    stack: Vec<Open<'a>>,
    edits: Vec<Edit>,
    items: Vec<Item>,
    frame: Vec<(Range<usize>, &'a str)>,
    root: Option<(RootTag, Range<usize>)>,
    elements: usize,
    broken_tags: usize,
    base_bytes: usize,
    base_total: usize,
}

fn reader(source: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(source);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    reader
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Where a feed's root tag stands in a document that starts with something else.
fn find_root(source: &str) -> Option<usize> {
    let head = crate::engine::text::cut(source, LEADING_BYTES);
    let lower = head.get(..1024.min(head.len())).unwrap_or(head).to_ascii_lowercase();
    if lower.contains("<html") || lower.contains("<!doctype html") {
        return None;
    }
    ["<rss", "<feed", "<rdf:RDF"].iter().filter_map(|tag| head.find(tag)).min()
}

impl<'a> Scanner<'a> {
    /// At the root tag of `source`; the name of its first element where that is no feed's.
    pub(super) fn new(source: &'a str, base_bytes: usize) -> Result<Self, String> {
        let mut this = Self {
            source,
            reader: reader(source),
            origin: 0,
            stack: Vec::new(),
            edits: Vec::new(),
            items: Vec::new(),
            frame: Vec::new(),
            root: None,
            elements: 0,
            broken_tags: 0,
            base_bytes,
            base_total: 0,
        };
        match this.first_element() {
            Some(name) if is_feed(&name) => {}
            name => {
                let at = find_root(source).ok_or_else(|| name.unwrap_or_default())?;
                this.edits.clear();
                let _ = this.edit(0..at, "", "leading-content");
                this.restart(at);
                return Ok(this);
            }
        }
        Ok(this)
    }

    /// Goes to the first start tag without taking it, and drops what stands before it; the name of the element.
    fn first_element(&mut self) -> Option<String> {
        loop {
            let at = self.position();
            match self.reader.read_event() {
                Ok(Event::Start(tag) | Event::Empty(tag)) => {
                    let name = tag.local_name().as_ref().to_owned();
                    self.restart(at);
                    return Some(name);
                }
                Ok(Event::DocType(_)) => drop(self.edit(at..self.position(), "", "doctype")),
                Ok(Event::Text(text)) if !text.trim().is_empty() => drop(self.edit(at..self.position(), "", "leading-content")),
                Ok(Event::GeneralRef(_) | Event::CData(_)) => drop(self.edit(at..self.position(), "", "leading-content")),
                Ok(Event::Eof) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    fn position(&self) -> usize {
        self.origin + usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX / 2)
    }

    /// Goes on reading at `at`, whatever the reader made of the text before it.
    fn restart(&mut self, at: usize) {
        let rest = self.source.get(at..).unwrap_or_default();
        // The reader would swallow a byte order mark at its start without counting it.
        let skipped = rest.len() - rest.trim_start_matches('\u{FEFF}').len();
        self.origin = at + skipped;
        self.reader = reader(rest.get(skipped..).unwrap_or_default());
    }

    fn edit(&mut self, range: Range<usize>, text: impl Into<Cow<'static, str>>, kind: &'static str) -> Result<(), Cut> {
        if self.edits.len() >= MAX_REPAIRS {
            return Err(Cut("too-many-repairs", format!("more than {MAX_REPAIRS}")));
        }
        self.edits.push(Edit { range, text: text.into(), kind });
        Ok(())
    }

    /// Walks to the end of the document, or to the first budget that it exceeds.
    pub(super) fn run(mut self) -> Result<Scan<'a>, String> {
        loop {
            let at = self.position();
            match self.step(at) {
                Ok(true) => {}
                Ok(false) => {
                    let end = self.position();
                    return self.finish(end, None);
                }
                Err(cut) => return self.finish(at, Some(cut)),
            }
        }
    }

    /// Takes one event at `at`; false at the end of the root element.
    fn step(&mut self, at: usize) -> Result<bool, Cut> {
        if self.is_bare_angle(at) {
            self.escape_angle(at)?;
            return Ok(true);
        }
        match self.reader.read_event() {
            Ok(Event::Start(tag)) => self.start(at, &tag, false)?,
            Ok(Event::Empty(tag)) => self.start(at, &tag, true)?,
            Ok(Event::End(_)) => self.end(at)?,
            Ok(Event::Text(_)) => {
                if self.source.as_bytes().get(at) == Some(&b'&') {
                    self.edit(at..at + 1, "&amp;", "bare-ampersand")?;
                }
            }
            Ok(Event::GeneralRef(_)) => self.reference(at)?,
            Ok(Event::DocType(_)) => self.edit(at..self.position(), "", "doctype")?,
            Ok(Event::Eof) => return Err(Cut("truncated", self.where_open())),
            Ok(_) => {}
            Err(Error::Syntax(SyntaxError::InvalidBangMarkup) | Error::IllFormed(_)) => {
                self.count_broken_tag()?;
                self.escape_angle(at)?;
            }
            Err(_) => return Err(Cut("truncated", self.where_open())),
        }
        Ok(!(self.stack.is_empty() && self.root.is_some()))
    }

    fn where_open(&self) -> String {
        let names: Vec<&str> = self.stack.iter().map(|open| open.name).collect();
        format!("ends within {}", names.join("/"))
    }

    fn count_broken_tag(&mut self) -> Result<(), Cut> {
        self.broken_tags += 1;
        if self.broken_tags > MAX_BROKEN_TAGS {
            return Err(Cut("too-many-repairs", format!("more than {MAX_BROKEN_TAGS} broken tags")));
        }
        Ok(())
    }

    fn start(&mut self, at: usize, tag: &BytesStart<'_>, empty: bool) -> Result<(), Cut> {
        let end = self.position();
        let raw = self.source.get(at..end).unwrap_or_default();
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(Cut("too-many-elements", format!("more than {MAX_ELEMENTS}")));
        }
        if raw.len() > MAX_TAG_BYTES {
            return Err(Cut("long-tag", format!("{} bytes", raw.len())));
        }
        if has_bare_angle(raw) {
            self.count_broken_tag()?;
            return self.escape_angle(at);
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(Cut("too-deep", format!("more than {MAX_DEPTH} elements within each other")));
        }
        let mut open = self.open(at..end, raw, tag)?;
        if self.root.is_none() {
            self.root = RootTag::new(tag, empty).map(|root| (root, at..end));
        }
        self.place(&mut open)?;
        self.stack.push(open);
        if empty { self.close(end, end) } else { Ok(()) }
    }

    /// The element of a start tag, its attributes within their budgets.
    fn open(&mut self, range: Range<usize>, raw: &'a str, tag: &BytesStart<'_>) -> Result<Open<'a>, Cut> {
        let parent = self.stack.last();
        let name_bytes = tag.name().as_ref().len();
        let mut open = Open {
            name: raw.get(1..1 + name_bytes).unwrap_or_default(),
            tag: range.clone(),
            edits: self.edits.len(),
            namespaces: parent.map_or(0, |parent| parent.namespaces),
            base_bytes: parent.map_or(self.base_bytes, |parent| parent.base_bytes),
            is_item: false,
            has_link: false,
            about: None,
            is_field: false,
            has_markup: false,
        };
        if raw.bytes().filter(|byte| *byte == b'=').count() > MAX_ATTRIBUTES {
            let count = tag.attributes().with_checks(false).take(MAX_ATTRIBUTES + 1).count();
            if count > MAX_ATTRIBUTES {
                return Err(Cut("too-many-attributes", format!("more than {MAX_ATTRIBUTES} on `{}`", local(open.name))));
            }
        }
        if raw.contains("xml") {
            self.xml_attributes(&mut open, tag)?;
        }
        self.base_total = self.base_total.saturating_add(open.base_bytes);
        if self.base_total > MAX_BASE_TOTAL_BYTES {
            return Err(Cut("long-base", format!("more than {MAX_BASE_TOTAL_BYTES} bytes of base addresses")));
        }
        Ok(open)
    }

    /// Counts `xmlns` and `xml:base`; a base that is no address would make feed-rs reject the document, so it goes.
    fn xml_attributes(&mut self, open: &mut Open<'a>, tag: &BytesStart<'_>) -> Result<(), Cut> {
        for attribute in tag.attributes().with_checks(false).flatten() {
            let (key, value) = (attribute.key.as_ref(), attribute.value.as_ref());
            if key == "xmlns" || key.starts_with("xmlns:") {
                open.namespaces += 1;
            }
            if key != "xml:base" {
                continue;
            }
            if value.len() > MAX_BASE_BYTES {
                return Err(Cut("long-base", format!("{} bytes", value.len())));
            }
            let in_force = self.stack.iter().filter(|open| open.tag.len() > open.name.len() + 2 && self.has_base(open)).count();
            if in_force >= MAX_BASES {
                return Err(Cut("long-base", format!("more than {MAX_BASES} within each other")));
            }
            open.base_bytes += value.len();
            let is_address = !matches!(url::Url::parse(value), Err(error) if error != url::ParseError::RelativeUrlWithoutBase);
            if !is_address {
                let raw = self.source.get(open.tag.clone()).unwrap_or_default();
                let name = raw.find("xml:base").map_or(open.tag.start, |at| open.tag.start + at);
                // Under another name nobody reads it.
                self.edit(name..name + "xml:base".len(), "data-base", "bad-base")?;
            }
        }
        if open.namespaces > MAX_NAMESPACES {
            return Err(Cut("too-many-namespaces", format!("more than {MAX_NAMESPACES}")));
        }
        Ok(())
    }

    fn has_base(&self, open: &Open<'_>) -> bool {
        self.source.get(open.tag.clone()).is_some_and(|tag| tag.contains("xml:base"))
    }

    /// What an element is in its place: an entry, a field of text, markup in a field.
    fn place(&mut self, open: &mut Open<'a>) -> Result<(), Cut> {
        let name = local(open.name);
        // What is declared on the way is nothing the root must declare.
        let declared_here = self.stack.first().is_some_and(|root| open.namespaces > root.namespaces);
        if let (Some((prefix, _)), Some((root, _)), false) = (open.name.split_once(':'), &mut self.root, declared_here) {
            root.uses(prefix);
        }
        let within = self.stack.iter().rposition(|open| open.is_item);
        if matches!(name, "item" | "entry") {
            // An entry in an entry of the same name: the first was never closed.
            if within.and_then(|at| self.stack.get(at)).is_some_and(|item| item.name == open.name && !self.in_field()) {
                self.close_to(within.unwrap_or_default(), open.tag.start)?;
                open.edits = self.edits.len();
            } else if within.is_some() || self.stack.len() > 2 {
                return Ok(());
            }
            return self.place_item(open);
        }
        if let Some(field) = self.stack.iter_mut().find(|open| open.is_field) {
            field.has_markup = true;
            return Ok(());
        }
        if name == "link"
            && let Some(item) = self.stack.last_mut().filter(|open| open.is_item)
        {
            item.has_link = true;
        }
        open.is_field = (within.is_some() || self.stack.len() == 2) && self.is_field(open);
        self.mend_type(open)
    }

    fn in_field(&self) -> bool {
        self.stack.iter().any(|open| open.is_field)
    }

    fn place_item(&mut self, open: &mut Open<'a>) -> Result<(), Cut> {
        if self.items.len() >= MAX_ENTRIES {
            return Err(Cut("too-many-entries", format!("the first {MAX_ENTRIES} were kept")));
        }
        if self.items.is_empty() {
            self.frame = self.stack.iter().map(|open| (open.tag.clone(), open.name)).collect();
        }
        open.is_item = true;
        if self.root.as_ref().is_some_and(|(root, _)| root.root() == Root::Rdf) {
            let raw = self.source.get(open.tag.clone()).unwrap_or_default();
            let inside = raw.trim_start_matches('<').trim_end_matches(['/', '>']);
            let tag = BytesStart::from_content(inside, open.name.len());
            let about = tag.attributes().with_checks(false).flatten().find(|a| a.key.local_name().as_ref() == "about");
            open.about = about.map(|about| entity::resolve(&about.value).trim().to_owned()).filter(|about| !about.is_empty());
        }
        Ok(())
    }

    /// The scan, cut at `at` where a budget or the end of the source says so: an entry that is open there goes whole.
    fn finish(mut self, mut at: usize, cut: Option<Cut>) -> Result<Scan<'a>, String> {
        let Some((tag, range)) = self.root.take() else { return Err(String::new()) };
        if cut.is_some() {
            if let Some(item) = self.stack.iter().position(|open| open.is_item) {
                at = self.stack.get(item).map_or(at, |item| item.tag.start);
                self.stack.truncate(item);
            }
            self.edits.retain(|edit| edit.range.end <= at);
        }
        self.edits.sort_by_key(|edit| edit.range.start);
        let was_cut = cut.is_some();
        let trailing = !was_cut && !self.source.get(at..).unwrap_or_default().trim().is_empty();
        let mut counts = count(&self.edits);
        let odd = [(trailing, "trailing-content"), (tag.odd_version, "odd-version"), (tag.odd_namespace, "odd-namespace")];
        counts.extend(odd.into_iter().filter(|(odd, _)| *odd).map(|(_, kind)| (kind, 1)));
        if let Some(text) = tag.mended().filter(|_| range.start < at) {
            let place = self.edits.partition_point(|edit| edit.range.start < range.start);
            self.edits.insert(place, Edit { range, text: text.into(), kind: "odd-root" });
        }
        let mut defects: Vec<Defect> = counts.into_iter().map(|(kind, count)| Defect::new(kind, times(count))).collect();
        defects.extend(cut.map(|Cut(kind, detail)| Defect::new(kind, detail)));
        let tail = self.stack.iter().rev().map(|open| format!("</{}>", open.name)).collect();
        let Self { source, edits, frame, items, .. } = self;
        Ok(Scan { source, end: at, edits, tail, frame, cut: was_cut, root: tag.root(), items, defects })
    }
}

fn is_feed(name: &str) -> bool {
    matches!(name, "rss" | "RDF" | "feed" | "entry")
}
