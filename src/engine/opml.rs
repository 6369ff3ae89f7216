//! OPML: lists of feeds as other readers write them, read tolerantly, and written so that any of them reads it back.
//!
//! Never fetches what a list includes, never drops an outline in silence: what is no feed is told with the reason.

use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::{BytesStart, Event};

use super::decode::{Decoded, decode};
use super::lang::preferred;
use super::parse::Defect;
use super::text::{clean_line, cut, entity};
use super::url::without_feed_scheme;

/// Folders within folders that give tags; deeper ones are read as if they had no name.
pub const MAX_DEPTH: usize = 32;
/// Feeds of one list.
pub const MAX_FEEDS: usize = 10_000;
/// Outlines that are no feed and told one by one; the others are counted.
const MAX_SKIPPED: usize = 1_000;
/// Tags of one feed.
const MAX_TAGS: usize = 32;
/// The longest name or tag, in bytes.
const MAX_NAME_BYTES: usize = 200;
/// The longest address, in bytes.
const MAX_URL_BYTES: usize = 4096;

/// One feed of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    /// What the list calls it.
    pub name: Option<String>,
    /// Its address, as written.
    pub url: String,
    /// Its categories and the folders that it is in, each once.
    pub tags: Vec<String>,
    /// BCP 47 tag of its language, where the list states one.
    pub language: Option<String>,
}

/// An outline that is no feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// What the list calls it, or its address.
    pub name: String,
    /// Why it is none.
    pub why: &'static str,
}

/// A list as read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List {
    /// Feeds in document order; one may occur more than once.
    pub feeds: Vec<Outline>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
    /// What had to be repaired.
    pub defects: Vec<Defect>,
}

/// Why a document is no list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpmlError {
    /// Another kind of document; its root element, where it has one.
    #[error("not an OPML list of feeds{}", if .0.is_empty() { ": no markup in it".to_owned() } else { format!(" but `{}`", .0) })]
    NotAList(String),
}

/// Reads a list in any encoding. Broken markup ends the reading; what stands before it is kept, with the defect `truncated`.
///
/// # Errors
/// When there is neither an `opml` nor an `outline` element in it.
pub fn read(bytes: &[u8], content_type: Option<&str>) -> Result<List, OpmlError> {
    let Decoded { text, defects, .. } = decode(bytes, content_type);
    let mut walk = Walk { list: List { defects, ..List::default() }, ..Walk::default() };
    let mut reader = Reader::from_str(&text);
    let config = reader.config_mut();
    (config.check_end_names, config.allow_unmatched_ends, config.allow_dangling_amp) = (false, true, true);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => walk.open(&tag, true),
            Ok(Event::Empty(tag)) => walk.open(&tag, false),
            Ok(Event::End(tag)) if is_outline(tag.local_name().as_ref()) => walk.close(),
            Ok(Event::Eof) if walk.open.is_empty() => break,
            Ok(Event::Eof) => {
                walk.list.defects.push(Defect::new("truncated", "the list ends within an outline"));
                break;
            }
            Ok(_) => {}
            Err(error) => {
                walk.list.defects.push(Defect::new("truncated", error.to_string()));
                break;
            }
        }
    }
    walk.finish()
}

/// An outline that is open: a folder, or a feed with outlines below it.
#[derive(Debug)]
struct Open {
    folder: Option<String>,
    /// What to say of it when nothing was below it.
    unless_parent: Option<Skipped>,
}

#[derive(Debug, Default)]
struct Walk {
    list: List,
    open: Vec<Open>,
    root: Option<String>,
    is_list: bool,
    untold: usize,
    over: usize,
}

impl Walk {
    fn open(&mut self, tag: &BytesStart<'_>, has_end: bool) {
        let name = tag.local_name().as_ref().to_owned();
        self.is_list |= name.eq_ignore_ascii_case("opml");
        let is_outline = is_outline(&name);
        self.root.get_or_insert(name);
        if !is_outline {
            return;
        }
        self.is_list = true;
        if let Some(parent) = self.open.last_mut() {
            parent.unless_parent = None;
        }
        let attributes = Attributes::of(tag);
        let (name, url) = (attributes.name(), attributes.url());
        let is_feed = url.is_some();
        if let Some(url) = url {
            self.feed(&attributes, url);
        }
        let skipped = (!is_feed).then(|| Skipped { name: name.clone().unwrap_or_else(|| "(no name)".into()), why: attributes.why_not() });
        match has_end {
            true => self.open.push(Open { folder: name.filter(|_| !is_feed), unless_parent: skipped }),
            false => skipped.into_iter().for_each(|skipped| self.skip(skipped)),
        }
    }

    fn close(&mut self) {
        if let Some(skipped) = self.open.pop().and_then(|open| open.unless_parent) {
            self.skip(skipped);
        }
    }

    fn skip(&mut self, skipped: Skipped) {
        match self.list.skipped.len() < MAX_SKIPPED {
            true => self.list.skipped.push(skipped),
            false => self.untold += 1,
        }
    }

    fn feed(&mut self, attributes: &Attributes, url: String) {
        if url.len() > MAX_URL_BYTES {
            return self.skip(Skipped { name: cut(&url, 64).to_owned(), why: "its address is longer than 4096 bytes" });
        }
        if self.list.feeds.len() == MAX_FEEDS {
            self.over += 1;
            return;
        }
        let folders = self.open.iter().take(MAX_DEPTH).filter_map(|open| open.folder.clone());
        let mut seen = BTreeSet::new();
        let tags = attributes.categories().into_iter().chain(folders).filter(|tag| seen.insert(tag.clone())).take(MAX_TAGS).collect();
        self.list.feeds.push(Outline { name: attributes.name(), url, tags, language: attributes.language() });
    }

    fn finish(mut self) -> Result<List, OpmlError> {
        if !self.is_list {
            let root = self.root.unwrap_or_default();
            return Err(OpmlError::NotAList(cut(&clean_line(&root), 64).to_owned()));
        }
        while !self.open.is_empty() {
            self.close();
        }
        if self.over > 0 {
            self.list.defects.push(Defect::new("too-many-feeds", format!("{} beyond the first {MAX_FEEDS} were left out", self.over)));
        }
        if self.untold > 0 {
            self.list.defects.push(Defect::new("too-many-outlines", format!("{} more that are no feed were left out", self.untold)));
        }
        Ok(self.list)
    }
}

fn is_outline(name: &str) -> bool {
    name.eq_ignore_ascii_case("outline")
}

/// The attributes of an outline, names in lower case, values with their references resolved.
struct Attributes(Vec<(String, String)>);

impl Attributes {
    fn of(tag: &BytesStart<'_>) -> Self {
        // As HTML: values without quotes and attributes without value occur; a broken one leaves the others.
        let mut attributes = tag.html_attributes();
        let attributes = attributes.with_checks(false).flatten();
        let pair = |key: &str, value: &str| (key.to_ascii_lowercase(), entity::resolve(value).into_owned());
        Self(attributes.take(64).map(|attribute| pair(attribute.key.as_ref(), &attribute.value)).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.trim().is_empty()).map(|(_, value)| value.trim())
    }

    fn name(&self) -> Option<String> {
        let name = self.get("text").or_else(|| self.get("title")).map(label)?;
        (!name.is_empty()).then_some(name)
    }

    /// The address of a feed: `xmlUrl`, or what stands in its place where the outline calls itself a feed.
    fn url(&self) -> Option<String> {
        let is_feed =
            self.get("type").is_some_and(|kind| ["rss", "atom", "feed", "rdf"].iter().any(|feed| kind.eq_ignore_ascii_case(feed)));
        let url = self.get("xmlurl").or_else(|| self.get("url").filter(|_| is_feed))?;
        Some(without_feed_scheme(url).into_owned())
    }

    fn why_not(&self) -> &'static str {
        match self.get("type") {
            Some(kind) if kind.eq_ignore_ascii_case("include") => "it includes another list, which is not fetched",
            Some(kind) if kind.eq_ignore_ascii_case("link") => "it is a link, not a feed",
            _ if self.get("htmlurl").is_some() || self.get("url").is_some() => "it names a page but no feed (xmlUrl)",
            _ => "it has no address, and nothing below it",
        }
    }

    fn language(&self) -> Option<String> {
        let tag = self.get("language")?.replace('_', "-");
        let primary = tag.split('-').next().unwrap_or_default();
        let shaped = (2..=3).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_alphabetic());
        (shaped && tag.len() <= 35 && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')).then(|| preferred(&tag).into_owned())
    }

    /// `category="/Middle East/Syria,war"`: parted by commas, each a path of tags.
    fn categories(&self) -> Vec<String> {
        let written = self.get("category").unwrap_or_default();
        written.split([',', '/']).map(|part| label(&unescape(part))).filter(|tag| !tag.is_empty()).collect()
    }
}

fn label(text: &str) -> String {
    cut(&clean_line(text), MAX_NAME_BYTES).trim_end().to_owned()
}

/// Writes a list: a folder for the first tag of each feed, as readers have it, and all tags in `category`.
pub fn write(title: &str, feeds: &[Outline]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n");
    out.push_str(&format!("  <head>\n    <title>{}</title>\n  </head>\n  <body>\n", escape(title)));
    let mut folders: Vec<Option<&String>> = Vec::new();
    for feed in feeds {
        if !folders.contains(&feed.tags.first()) {
            folders.push(feed.tags.first());
        }
    }
    for folder in folders {
        let inside = feeds.iter().filter(|feed| feed.tags.first() == folder);
        if let Some(folder) = folder {
            out.push_str(&format!("    <outline text=\"{0}\" title=\"{0}\">\n", escape(folder.as_str())));
            inside.for_each(|feed| out.push_str(&format!("      {}\n", line(feed))));
            out.push_str("    </outline>\n");
        } else {
            inside.for_each(|feed| out.push_str(&format!("    {}\n", line(feed))));
        }
    }
    out.push_str("  </body>\n</opml>\n");
    out
}

fn line(feed: &Outline) -> String {
    let attribute = |name: &str, value: &str| format!(" {name}=\"{}\"", escape(value));
    let mut line = String::from("<outline type=\"rss\"");
    if let Some(name) = &feed.name {
        line.push_str(&attribute("text", name));
        line.push_str(&attribute("title", name));
    }
    line.push_str(&attribute("xmlUrl", &feed.url));
    if !feed.tags.is_empty() {
        let tags: Vec<String> = feed.tags.iter().map(|tag| escaped(tag)).collect();
        line.push_str(&attribute("category", &tags.join(",")));
    }
    line.extend(feed.language.as_deref().map(|language| attribute("language", language)));
    line + "/>"
}

/// A tag without the signs that part tags, as in an address.
fn escaped(tag: &str) -> String {
    tag.replace('%', "%25").replace(',', "%2C").replace('/', "%2F")
}

/// The reverse of [`escaped`]; any other `%` stays.
fn unescape(part: &str) -> String {
    part.replace("%2C", ",").replace("%2F", "/").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn feed(name: &str, url: &str, tags: &[&str]) -> Outline {
        Outline { name: Some(name.into()), url: url.into(), tags: tags.iter().map(|tag| (*tag).to_owned()).collect(), language: None }
    }

    fn list(text: &str) -> List {
        read(text.as_bytes(), None).unwrap()
    }

    #[test]
    fn folders_become_tags_and_attributes_are_known_in_any_case() {
        let read = list(
            "<opml><body><outline text='Middle East'><outline TITLE='Syria'>
               <outline type='rss' text='Enab &amp; Co' XMLURL='https://a.example/?x=1&y=2' category='/news/war,news' language='ar_SY'/>
             </outline></outline><outline xmlUrl=feed://b.example/rss></outline></body></opml>",
        );
        let mut first = feed("Enab & Co", "https://a.example/?x=1&y=2", &["news", "war", "Middle East", "Syria"]);
        first.language = Some("ar-SY".into());
        assert_eq!(read.feeds, [first, Outline { url: "http://b.example/rss".into(), ..Outline::default() }]);
        assert!(read.skipped.is_empty() && read.defects.is_empty(), "{read:?}");
    }

    #[test]
    fn what_is_no_feed_is_told_with_the_reason() {
        let read = list(
            "<opml><body><outline text='Empty folder'></outline><outline text='Page' htmlUrl='https://a/'/>
             <outline text='More' type='include' url='https://a/list.opml'/><outline text='L' type='link' url='https://a/x'/><outline/>
             <outline text='R' type='RSS' url='https://a/rss'/></body></opml>",
        );
        assert_eq!(read.feeds, [feed("R", "https://a/rss", &[])]);
        let told: Vec<(&str, &str)> = read.skipped.iter().map(|skipped| (skipped.name.as_str(), skipped.why)).collect();
        assert_eq!(
            told,
            [
                ("Empty folder", "it has no address, and nothing below it"),
                ("Page", "it names a page but no feed (xmlUrl)"),
                ("More", "it includes another list, which is not fetched"),
                ("L", "it is a link, not a feed"),
                ("(no name)", "it has no address, and nothing below it"),
            ]
        );
    }

    #[test]
    fn broken_lists_give_what_stands_before_the_break() {
        let read = list("<opml version='9'><outline text='F'><outline text='a &nosuch; & b' xmlUrl='https://a/'/><outline text='b' xmlU");
        assert_eq!((read.feeds.len(), read.feeds[0].name.as_deref()), (1, Some("a &nosuch; & b")));
        assert_eq!(read.defects[0].kind, "truncated");
        // Bare outlines, end tags that nothing opened.
        assert_eq!(list("</body><outline xmlUrl='https://a/'/></outline></outline><outline xmlUrl='https://b/'/>").feeds.len(), 2);
    }

    #[test]
    fn encodings_are_those_of_feeds() {
        let (bytes, _, _) = encoding_rs::WINDOWS_1251
            .encode("<?xml version='1.0' encoding='windows-1251'?><opml><outline text='Новости' xmlUrl='https://a/'/></opml>");
        assert_eq!(read(&bytes, None).unwrap().feeds[0].name.as_deref(), Some("Новости"));
    }

    #[test]
    fn other_documents_are_no_lists() {
        assert_eq!(read(b"<rss version='2.0'/>", None), Err(OpmlError::NotAList("rss".into())));
        assert_eq!(read(b"hello", None), Err(OpmlError::NotAList(String::new())));
        assert_eq!(read(b"<opml/>", None).unwrap(), List::default());
    }

    #[test]
    fn lists_built_to_hurt_end_soon() {
        let deep = "<outline text='x'>".repeat(100_000) + "<outline xmlUrl='https://a/'/>";
        assert_eq!(list(&deep).feeds[0].tags, ["x"]);
        let wide = "<outline xmlUrl='https://a/'/>".repeat(MAX_FEEDS + 5);
        let wide = list(&wide);
        assert_eq!((wide.feeds.len(), wide.defects[0].kind), (MAX_FEEDS, "too-many-feeds"));
        let empty = list(&"<outline/>".repeat(MAX_SKIPPED + 5));
        assert_eq!((empty.skipped.len(), empty.defects[0].detail.as_str()), (MAX_SKIPPED, "5 more that are no feed were left out"));
        assert_eq!(list(&format!("<outline xmlUrl='https://a/{}'/>", "x".repeat(MAX_URL_BYTES))).skipped.len(), 1);
    }

    fn words() -> impl Strategy<Value = String> {
        // Any signs; what is left of them is one line as a config can hold it.
        "\\PC{1,20}|[&<>\"'%,/; a-z]{1,12}|ا[\\p{Arabic} ]{1,8}".prop_map(|text| label(&text)).prop_filter("empty", |text| !text.is_empty())
    }

    proptest! {
        #[test]
        fn a_list_that_is_written_and_read_holds_the_same_feeds(
            feeds in proptest::collection::vec((words(), "[a-z]{1,8}", proptest::collection::btree_set(words(), 0..4), any::<bool>()), 0..12)
        ) {
            let mut feeds: Vec<Outline> = feeds.into_iter().map(|(name, path, tags, arabic)| Outline {
                name: Some(name), url: format!("https://example.org/{path}?a=1&b='2'\"<>"), tags: tags.into_iter().collect(),
                language: arabic.then(|| "ar".to_owned()),
            }).collect();
            let mut back = read(write("t & t", &feeds).as_bytes(), None).unwrap();
            prop_assert!(back.skipped.is_empty() && back.defects.is_empty(), "{:?}", back);
            // Folders gather what shares its first tag.
            let order = |a: &Outline, b: &Outline| (&a.name, &a.url, &a.tags, &a.language).cmp(&(&b.name, &b.url, &b.tags, &b.language));
            feeds.sort_by(order);
            back.feeds.sort_by(order);
            prop_assert_eq!(back.feeds, feeds);
        }
    }
}
