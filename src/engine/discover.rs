//! Where a web page's feeds may be: candidates out of its HTML and its `Link` headers, and the paths where sites keep them.
//!
//! Only finds addresses, linear in its input and under caps; whether there is a feed at one is found out by reading it.
//! Never fetches.

use std::collections::HashSet;

use url::Url;

use super::text::tags::{Name, Tag, Visitor, visit};
use super::text::{clean_line, cut, entity};
use super::url::{canonical, without_feed_scheme};

/// The most bytes of a page that are read; what names feeds stands near its top.
pub const MAX_PAGE_BYTES: usize = 2 << 20;
/// Candidates of one page, over all ways of finding them.
pub const MAX_CANDIDATES: usize = 24;
/// Candidates by anchors alone: a list of feeds may have hundreds.
const MAX_ANCHORS: usize = 16;
/// Links and anchors that are kept while reading.
const MAX_SEEN: usize = 2_000;
/// The longest address, in bytes.
const MAX_URL_BYTES: usize = 2048;
/// The longest text of an anchor or title, in bytes.
const MAX_TEXT_BYTES: usize = 200;
/// Where sites keep their feed, the likeliest first.
const WELL_KNOWN: [&str; 8] = ["feed", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml", "feeds/posts/default", "feed.json"];

/// How an address was found, the most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// It is the address that was asked.
    Itself,
    /// A `link` element of the page.
    LinkElement,
    /// A `Link` header.
    LinkHeader,
    /// An anchor that looks like a feed's.
    Anchor,
    /// A path where sites keep their feed.
    WellKnown,
}

impl How {
    /// A short stable word: `itself`, `link`, `header`, `anchor`, `path`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Itself => "itself",
            Self::LinkElement => "link",
            Self::LinkHeader => "header",
            Self::Anchor => "anchor",
            Self::WellKnown => "path",
        }
    }
}

/// An address where a feed may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Absolute, `http` or `https`, without a fragment.
    pub url: String,
    /// How it was found.
    pub how: How,
    /// What the page calls it.
    pub title: Option<String>,
}

/// The candidates of a page, each address once, `link` elements first, at most [`MAX_CANDIDATES`]. `url` is the address that
/// answered; `link_headers` are the values of its `Link` headers.
pub fn candidates(html: &str, url: &str, link_headers: &[String]) -> Vec<Candidate> {
    let Ok(page) = Url::parse(url) else { return Vec::new() };
    let read = read(cut(html, MAX_PAGE_BYTES));
    let base = read.base.as_deref().and_then(|base| page.join(base.trim()).ok()).unwrap_or_else(|| page.clone());
    let links =
        read.links.iter().filter(|link| is_feed_link(link)).filter_map(|link| candidate(&link.href, &base, How::LinkElement, &link.title));
    // RFC 8288: a header is relative to the page, whatever its HTML says.
    let headers = link_headers.iter().flat_map(|value| header_links(value));
    let headers = headers.filter(is_feed_link).filter_map(|link| candidate(&link.href, &page, How::LinkHeader, &link.title));
    let mut anchors: Vec<Candidate> = read
        .anchors
        .iter()
        .filter(|anchor| looks_like_feed(anchor))
        .filter_map(|a| candidate(&a.href, &base, How::Anchor, &a.title))
        .collect();
    // Those of the site itself first; a link to another site's feed is seldom what was meant.
    anchors.sort_by_key(|anchor| !same_site(&anchor.url, &page));
    let mut seen = HashSet::new();
    let once = |candidate: &Candidate| seen.insert(canonical(&candidate.url).unwrap_or_else(|| candidate.url.clone()));
    let mut anchored = 0;
    let few = |candidate: &Candidate| {
        anchored += usize::from(candidate.how == How::Anchor);
        candidate.how != How::Anchor || anchored <= MAX_ANCHORS
    };
    links.chain(headers).chain(anchors).filter(once).filter(few).take(MAX_CANDIDATES).collect()
}

/// Paths where the site of `url` may keep a feed: below the page's own folder first, then at its root; at most ten.
pub fn well_known(url: &str) -> Vec<Candidate> {
    let Ok(page) = Url::parse(url) else { return Vec::new() };
    let mut own = page.clone();
    own.set_query(None);
    own.set_fragment(None);
    let path = own.path().trim_end_matches('/').to_owned();
    let file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    let below = ["feed", "rss"].iter().filter(|_| path.len() > 1 && !file).map(|name| format!("{path}/{name}"));
    let root = WELL_KNOWN.iter().map(|name| format!("/{name}"));
    let at = |path: String| {
        own.set_path(&path);
        Candidate { url: own.to_string(), how: How::WellKnown, title: None }
    };
    below.chain(root).map(at).collect()
}

/// Whether a feed is of comments on articles, not of articles.
pub fn is_comments(url: &str, title: Option<&str>) -> bool {
    let title = title.unwrap_or_default().to_ascii_lowercase();
    url.to_ascii_lowercase().contains("comments") || title.starts_with("comments ") || title.ends_with(" comments feed")
}

/// A link as the page has it.
#[derive(Debug, Clone, Default)]
struct Link {
    href: String,
    rel: String,
    kind: String,
    title: String,
}

#[derive(Debug, Default)]
struct Found {
    base: Option<String>,
    links: Vec<Link>,
    anchors: Vec<Link>,
    /// How many elements are open in the last anchor, while it is open itself.
    in_anchor: Option<usize>,
}

fn read(html: &str) -> Found {
    let mut found = Found::default();
    visit(html, &mut found);
    found
}

impl Visitor for Found {
    fn wants_attributes(&self) -> bool {
        true
    }

    fn text(&mut self, text: &str) {
        if self.in_anchor.is_none() {
            return;
        }
        if let Some(anchor) = self.anchors.last_mut().filter(|anchor| anchor.title.len() < MAX_TEXT_BYTES) {
            anchor.title.push_str(cut(text, MAX_TEXT_BYTES));
        }
    }

    fn start(&mut self, tag: &Tag) {
        let name = tag.name.as_bytes();
        self.in_anchor = self.in_anchor.map(|open| open + usize::from(!tag.empty));
        if let (b"base" | b"link" | b"a", Some(href)) = (name, tag.get(b"href")) {
            self.element(name, href, tag);
        }
    }

    fn end(&mut self, name: &Name) {
        // An anchor that nobody closed ends with what holds it.
        self.in_anchor = self.in_anchor.filter(|_| name.as_bytes() != b"a").and_then(|open| open.checked_sub(1));
    }
}

impl Found {
    fn element(&mut self, name: &[u8], href: String, tag: &Tag) {
        if name == b"a" {
            self.in_anchor = Some(0);
        }
        if href.len() > MAX_URL_BYTES {
            return;
        }
        let get = |name: &[u8]| tag.get(name).unwrap_or_default();
        match name {
            // The first one holds (HTML, section 4.2.3).
            b"base" => {
                self.base.get_or_insert(href);
            }
            b"link" if self.links.len() < MAX_SEEN => {
                self.links.push(Link { href, rel: get(b"rel"), kind: get(b"type"), title: get(b"title") });
            }
            b"a" if self.anchors.len() < MAX_SEEN => {
                self.anchors.push(Link { href, rel: get(b"rel"), kind: get(b"type"), title: String::new() });
            }
            _ => {}
        }
    }
}

/// A link that says that it is a feed: `rel="alternate"` with a feed's type, or `rel="feed"`.
fn is_feed_link(link: &Link) -> bool {
    let has = |rel: &str| link.rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(rel));
    let kind = link.kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let certain = matches!(kind.as_str(), "application/rss+xml" | "application/atom+xml" | "application/feed+json" | "application/rdf+xml");
    // The types of any XML or JSON: also of what is no feed at all, such as the pages of an interface for programs.
    let vague = matches!(kind.as_str(), "text/xml" | "application/xml" | "application/x-rss+xml" | "text/rss" | "application/json");
    let named = || link.href.to_ascii_lowercase().contains("feed") || link.href.to_ascii_lowercase().contains("rss");
    has("feed") || (has("alternate") && !has("stylesheet") && (certain || (vague && (kind != "application/json" || named()))))
}

/// An anchor that by its type, its scheme, its address or its text may lead to a feed.
fn looks_like_feed(anchor: &Link) -> bool {
    let href = anchor.href.trim().to_ascii_lowercase();
    if href.starts_with("feed:") || (!anchor.kind.is_empty() && is_feed_link(&Link { rel: "alternate".into(), ..anchor.clone() })) {
        return true;
    }
    let path = href.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    let ends = [".rss", ".rdf", ".atom", "rss.xml", "atom.xml", "feed.xml", "rss.php", "feed.json"].iter().any(|end| last.ends_with(end));
    let segment = path.split('/').any(|segment| matches!(segment, "feed" | "feeds" | "rss" | "atom" | "rssfeed"));
    let host = path.contains("//feeds.") || path.contains("//rss.") || path.contains("feedburner.com/");
    let query = href.contains("feed=rss") || href.contains("feed=atom") || href.contains("format=rss") || href.contains("format=feed");
    let text = clean_line(&anchor.title).to_lowercase();
    ends || segment
        || host
        || query
        || matches!(text.as_str(), "rss" | "atom" | "rss feed" | "atom feed" | "feed" | "xml" | "خلاصات" | "рсс")
}

/// The address as it can be asked.
fn candidate(href: &str, base: &Url, how: How, title: &str) -> Option<Candidate> {
    let mut url = base.join(&without_feed_scheme(href)).ok()?;
    let plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    if !plain || href.trim().is_empty() || href.trim().starts_with('#') {
        return None;
    }
    url.set_fragment(None);
    let title = cut(&clean_line(&entity::resolve(title)), MAX_TEXT_BYTES).to_owned();
    let url = Some(String::from(url)).filter(|url| url.len() <= MAX_URL_BYTES)?;
    Some(Candidate { url, how, title: Some(title).filter(|title| !title.is_empty()) })
}

fn same_site(url: &str, page: &Url) -> bool {
    let bare = |url: &Url| url.host_str().map(|host| host.strip_prefix("www.").unwrap_or(host).to_owned());
    Url::parse(url).is_ok_and(|url| bare(&url) == bare(page))
}

/// `<https://a/feed>; rel="alternate"; type="application/rss+xml", <…>` (RFC 8288 section 3).
fn header_links(value: &str) -> Vec<Link> {
    let mut links = Vec::new();
    let mut rest = value;
    while let (Some((_, from)), true) = (rest.split_once('<'), links.len() < MAX_CANDIDATES) {
        let Some((href, after)) = from.split_once('>') else { break };
        let end = unquoted_comma(after);
        let (parameters, next) = after.split_at(end);
        let get = |name: &str| {
            let values = split_unquoted(parameters, ';').filter_map(|parameter| parameter.split_once('='));
            let value =
                values.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().trim_matches('"').to_owned());
            value.take(1).collect::<String>()
        };
        if href.len() <= MAX_URL_BYTES {
            links.push(Link { href: href.to_owned(), rel: get("rel"), kind: get("type"), title: get("title") });
        }
        rest = next;
    }
    links
}

fn unquoted_comma(text: &str) -> usize {
    split_unquoted(text, ',').next().map_or(text.len(), str::len)
}

/// The parts of `text` between separators that stand outside of quotes.
fn split_unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "https://www.example.org/news/";

    fn found(html: &str) -> Vec<(String, How)> {
        candidates(html, PAGE, &[]).into_iter().map(|candidate| (candidate.url, candidate.how)).collect()
    }

    fn urls(html: &str) -> Vec<String> {
        found(html).into_iter().map(|(url, _)| url).collect()
    }

    #[test]
    fn link_elements_are_found_in_every_spelling() {
        let html = r#"<html><head>
            <link rel="alternate" type="application/rss+xml" title="All &amp; more" href="/rss.xml?a=1&amp;b=2#x">
            <LINK REL='Feed' HREF='atom'>
            <link rel=alternate type=application/feed+json href=//cdn.example.org/feed.json>
            <link rel="alternate" type="text/xml; charset=utf-8" href="feed://example.org/x">
            <link rel="alternate" hreflang="ar" href="/ar/"><link rel="alternate stylesheet" type="text/css" href="/a.css">
            <link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/12">
            <link rel="alternate" type="application/json+oembed" href="/oembed?url=feed">
            <!-- <link rel="alternate" type="application/rss+xml" href="/commented"> -->"#;
        assert_eq!(
            urls(html),
            [
                "https://www.example.org/rss.xml?a=1&b=2",
                "https://www.example.org/news/atom",
                "https://cdn.example.org/feed.json",
                "http://example.org/x"
            ]
        );
        assert_eq!(candidates(html, PAGE, &[])[0].title.as_deref(), Some("All & more"));
    }

    #[test]
    fn the_base_of_a_page_is_the_base_of_its_links_and_not_of_its_headers() {
        let html = r#"<base href="/ar/"><base href="/no/"><link rel="alternate" type="application/rss+xml" href="rss">"#;
        let header = r#"<feed>; title="a, <b>; c"; rel="alternate"; type="application/atom+xml", </other>; rel=next, </x>; rel="feed""#;
        let all = candidates(html, PAGE, &[header.to_owned()]);
        let all: Vec<(&str, How)> = all.iter().map(|candidate| (candidate.url.as_str(), candidate.how)).collect();
        assert_eq!(
            all,
            [
                ("https://www.example.org/ar/rss", How::LinkElement),
                ("https://www.example.org/news/feed", How::LinkHeader),
                ("https://www.example.org/x", How::LinkHeader),
            ]
        );
    }

    #[test]
    fn anchors_that_look_like_feeds_come_after_and_those_of_the_site_first() {
        let html = r#"<a href="https://feeds.feedburner.com/x">Subscribe</a><a href="/rss/world.xml"><img> World</a> <a href="/about">about</a>
            <a href="/p?id=5"><b>RSS</b></a><a href="mailto:a@b">RSS</a><a href="javascript:rss()">rss</a><a href="/news/rss-is-dead">rss is dead</a>
            <a href="/?feed=rss2">x</a><a href="https://u:p@example.org/feed">x</a><a href="/rss/world.xml#again">x</a>"#;
        assert_eq!(
            urls(html),
            [
                "https://www.example.org/rss/world.xml",
                "https://www.example.org/p?id=5",
                "https://www.example.org/?feed=rss2",
                "https://feeds.feedburner.com/x",
            ]
        );
    }

    #[test]
    fn the_text_of_an_anchor_is_what_stands_in_it() {
        let titles = |html: &str| -> Vec<_> { candidates(html, PAGE, &[]).into_iter().filter_map(|candidate| candidate.title).collect() };
        assert_eq!(titles("<li><a href=/feed/1>One</li>x<a href=/feed/2><h3>T<br>wo</h3> more</a>x"), ["One", "Two more"]);
        assert_eq!(titles("<a href=/feed/1><svg><title>R</title><path/></svg> S &amp; T</a> x <b>y</b>"), ["R S & T"]);
    }

    #[test]
    fn hostile_pages_give_few_candidates_soon() {
        let many: String = (0..5_000).map(|n| format!("<link rel=feed href=/f{n}><a href=/feed/{n}>")).collect();
        assert_eq!(found(&many).len(), MAX_CANDIDATES);
        let anchors: String = (0..5_000).map(|n| format!("<a href=/feed/{n}>x</a>")).collect();
        assert_eq!(found(&anchors).len(), MAX_ANCHORS);
        assert!(found(&format!("<link rel=feed href='/{}'>", "x".repeat(MAX_URL_BYTES))).is_empty());
        assert!(found(&"<a href=/feed>".repeat(200_000)).len() == 1);
        found(&"<".repeat(1_000_000));
        assert!(header_links(&"<a".repeat(10_000)).is_empty());
        assert!(header_links(&"<a>,".repeat(10_000)).len() <= MAX_CANDIDATES);
    }

    #[test]
    fn well_known_paths_are_few() {
        let paths = |url: &str| well_known(url).into_iter().map(|candidate| candidate.url).collect::<Vec<_>>();
        assert_eq!(paths("https://a.org/en/?x=1#y")[..3], ["https://a.org/en/feed", "https://a.org/en/rss", "https://a.org/feed"]);
        assert_eq!(paths("https://a.org/index.html")[0], "https://a.org/feed");
        assert!(paths("https://a.org/deep/er").len() <= 10 && paths("nonsense").is_empty());
    }

    #[test]
    fn feeds_of_comments_are_known() {
        assert!(is_comments("https://a.org/comments/feed/", None) && is_comments("https://a.org/x", Some("Comments on: Idlib")));
        assert!(!is_comments("https://a.org/feed/", Some("Idlib")));
    }
}
