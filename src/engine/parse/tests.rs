//! Tests of the whole way from bytes to entries: bundled feeds, reproducers of measured faults, and arbitrary input.

use proptest::prelude::*;

use super::*;
use crate::engine::{entry::Entry, identify};

/// 2026-05-10T00:00:00Z.
const NOW_MS: i64 = 1_778_371_200_000;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/feeds/", $name))
    };
}

fn read(bytes: &[u8]) -> Result<Document, ParseError> {
    parse(bytes, None, Some("https://example.org/feed.xml"), NOW_MS)
}

#[track_caller]
fn good(bytes: impl AsRef<[u8]>) -> Document {
    read(bytes.as_ref()).unwrap()
}

fn kinds(document: &Document) -> Vec<&'static str> {
    document.defects.iter().map(|defect| defect.kind).collect()
}

fn titles(document: &Document) -> Vec<&str> {
    document.entries.iter().map(|entry| entry.title.as_str()).collect()
}

fn rss(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\" \
         xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\"><channel><title>f</title>{items}</channel></rss>"
    )
}

fn ms(text: &str) -> Option<i64> {
    date::read(text)
}

#[test]
fn rss_2_is_read_whole() {
    let document = good(fixture!("rss2.xml"));
    assert_eq!(
        (document.format, document.title.as_deref(), document.language.as_deref()),
        (Format::Rss, Some("The Orontes Post & News"), Some("en-gb"))
    );
    assert_eq!(kinds(&document), ["odd-link"]);
    let first = &document.entries[0];
    assert_eq!(first.guid.as_deref(), Some("post-1001"));
    assert_eq!(first.title, "Market in Idlib reopens after repairs");
    assert_eq!(first.url.as_deref(), Some("https://orontes.example/2026/05/market?utm_source=rss"));
    assert_eq!(first.author.as_deref(), Some("Lina Haddad"));
    assert_eq!(first.categories, ["Syria", "Economy"]);
    assert_eq!(first.published_ms, ms("2026-05-04T09:30:00Z"));
    assert_eq!(first.updated_ms, None);
    assert_eq!(first.text, "Traders returned to the covered market on Monday.\n\nThe roof was rebuilt in four months.");
    let second = &document.entries[1];
    assert_eq!(
        (second.guid.as_deref(), second.url.as_deref()),
        (Some("https://orontes.example/permalink/2"), Some("https://orontes.example/permalink/2"))
    );
    assert_eq!(second.text, "A short note.");
    assert_eq!(document.entries[2].url, None);
}

#[test]
fn atom_is_read_whole() {
    let document = good(fixture!("atom.xml"));
    assert_eq!((document.format, document.title.as_deref(), document.language.as_deref()), (Format::Atom, Some("Gözlem"), Some("tr")));
    assert_eq!(kinds(&document), Vec::<&str>::new());
    let first = &document.entries[0];
    assert_eq!(first.guid.as_deref(), Some("tag:gozlem.example,2026:1"));
    assert_eq!(first.url.as_deref(), Some("https://gozlem.example/haber/1"));
    assert_eq!(first.text, "İdlib'de ateşkes sürüyor.\n\nGözlemciler bölgede 5 < 6 dedi.");
    assert_eq!((first.published_ms, first.updated_ms), (ms("2026-05-03T06:00:00Z"), ms("2026-05-04T06:00:00Z")));
    assert_eq!(document.entries[1].language.as_deref(), Some("en"));
    assert_eq!(document.entries[1].title, "x < y");
}

#[test]
fn rdf_is_read_with_and_without_links() {
    let document = good(fixture!("rdf.xml"));
    assert_eq!(document.format, Format::Rdf);
    assert_eq!(titles(&document), ["Перемирие в Идлибе соблюдается", "Без ссылки"]);
    assert_eq!(document.entries[0].guid.as_deref(), Some("https://vesti.example/1"));
    assert_eq!(document.entries[0].published_ms, ms("2026-05-04T12:00:00+03:00"));
    assert_eq!(document.entries[1].url, None);
    assert_eq!(document.entries[1].guid.as_deref(), Some("urn:vesti:2"));
}

#[test]
fn json_feed_is_read_with_values_of_the_wrong_type() {
    let document = good(fixture!("feed.json"));
    assert_eq!((document.format, document.title.as_deref()), (Format::Json, Some("Relief desk")));
    assert_eq!(titles(&document), ["Convoy reaches Idlib", ""]);
    assert_eq!(document.entries[0].guid.as_deref(), Some("17"));
    assert_eq!(document.entries[0].url.as_deref(), Some("https://example.org/notes/17"));
    assert_eq!(document.entries[0].text, "Twelve lorries.\n\nThey left at dawn.");
    assert_eq!(document.entries[0].author.as_deref(), Some("Desk"));
    assert_eq!(document.entries[1].author.as_deref(), Some("A, B"));
    assert_eq!(document.entries[1].categories, ["aid", "7"]);
}

#[test]
fn windows_1256_arabic_is_read() {
    let document = good(fixture!("windows-1256.xml"));
    assert_eq!(titles(&document), ["نزوح جديد في ريف إدلب"]);
    assert!(document.entries[0].text.contains("العائلات"));
    assert!(document.defects.is_empty());
}

#[test]
fn truncated_feed_keeps_its_complete_entries() {
    let document = good(fixture!("truncated.xml"));
    assert_eq!(titles(&document), ["one", "two"]);
    assert_eq!(kinds(&document), ["truncated"]);
}

#[test]
fn bare_ampersands_lose_nothing() {
    let document = good(fixture!("bare-ampersand.xml"));
    assert_eq!(titles(&document), ["Research & development", "AT&T; and others"]);
    assert_eq!(document.entries[0].url.as_deref(), Some("https://example.org/a?x=1&y=2"));
    assert_eq!(kinds(&document), ["bare-ampersand"]);
}

#[test]
fn nested_media_groups_do_not_overflow_the_stack() {
    let whole = "<item><title>a</title></item>";
    for depth in [950, 100_000] {
        let groups = format!("<item>{}{}</item>", "<media:group>".repeat(depth), "</media:group>".repeat(depth));
        let document = good(rss(&format!("{whole}{groups}{whole}")));
        assert_eq!((titles(&document), kinds(&document)), (vec!["a"], vec!["too-deep"]));
        assert!(matches!(read(rss(&groups).as_bytes()), Err(ParseError::Unreadable(_))));
    }
    let groups = format!("<item><title>b</title>{}{}</item>", "<media:group>".repeat(60), "</media:group>".repeat(60));
    assert_eq!(titles(&good(rss(&groups))), ["b"]);
}

#[test]
fn long_base_addresses_are_not_multiplied() {
    let links = "<link href=\"a\"/>".repeat(20_000);
    let feed = |base: usize| {
        format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:base=\"http://a/{}/\"><entry><title>a</title></entry><entry>{links}</entry></feed>",
            "x".repeat(base)
        )
    };
    assert!(matches!(read(feed(100_000).as_bytes()), Err(ParseError::Unreadable(_) | ParseError::NotAFeed(_))));
    let document = good(feed(4_000));
    assert_eq!((titles(&document), kinds(&document)), (vec!["a"], vec!["long-base"]));
}

#[test]
fn millions_of_empty_items_are_cut_to_the_first() {
    let document = good(rss(&"<item/>".repeat(2_000_000)));
    assert_eq!(document.entries.len(), 5_000);
    assert_eq!(kinds(&document), ["too-long", "too-many-entries"]);
    let json = format!("{{\"version\":\"https://jsonfeed.org/version/1\",\"title\":\"\",\"items\":[{}{{}}]}}", "{},".repeat(1_000_000));
    assert_eq!((good(&json).entries.len(), kinds(&good(&json))), (5_000, vec!["too-many-entries"]));
}

#[test]
fn what_makes_feed_rs_panic_loses_nothing() {
    let duration = "<item><title>b</title><itunes:duration>99999999999999999999</itunes:duration></item>";
    let quotes = "<item><title>b</title><author>“editor@example.org”</author></item>";
    for poison in [duration, quotes] {
        let document = good(rss(&format!("<item><title>a</title></item>{poison}<item><title>c</title></item>")));
        assert_eq!((titles(&document), kinds(&document)), (vec!["a", "b", "c"], vec![]));
        assert_eq!(second::opinion(&rss(poison), None, NOW_MS), None, "a panic is no opinion");
    }
}

#[test]
fn declarations_that_panic_feed_rs_do_no_harm() {
    let feed = rss("<item><title>caf\u{e9}</title></item>");
    let latin = feed.replace("\"1.0\"", "\"1.0\" encoding=\"windows-1252\"");
    let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(&latin);
    assert_eq!(titles(&good([b"\n  ".as_slice(), &bytes].concat())), ["café"]);
    let big: Vec<u8> = feed.replace("\"1.0\"", "\"1.0\" encoding=\"utf-16\"").encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(titles(&good([b"\xFE\xFF".as_slice(), &big].concat())), ["café"]);
    assert_eq!(titles(&good(&big)), ["café"]);
    assert_eq!(titles(&good(format!("<?xml version='1.0' encoding='utf-16'?>{feed}<?xml version='1.0' encoding='utf-16'?>"))), ["café"]);
}

#[test]
fn roots_that_feed_rs_does_not_know_are_read() {
    let atom_03 =
        "<feed version=\"0.3\" xmlns=\"http://purl.org/atom/ns#\"><title>f</title><entry><title>a</title><id>1</id></entry></feed>";
    let rss_090 = "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://my.netscape.com/rdf/simple/0.9/\"><item><title>a</title><link>http://a.b/1</link></item></rdf:RDF>";
    let no_version = "<rss><channel><item><title>a</title></item></channel></rss>";
    let beside = "<rss version=\"2.0\"><channel><title>f</title></channel><item><title>a</title></item></rss>";
    for feed in [atom_03, rss_090, no_version, beside] {
        assert_eq!(titles(&good(feed)), ["a"], "{feed}");
    }
}

#[test]
fn a_namespace_of_their_own_makes_a_feed_no_other() {
    let foreign = "<feed xmlns=\"urn:of-their-own\"><entry><title>a</title></entry></feed>";
    assert_eq!((titles(&good(foreign)), kinds(&good(foreign))), (vec!["a"], vec!["odd-namespace"]));
}

#[test]
fn entries_that_cannot_be_read_are_never_silently_none() {
    let hidden = good(rss("<!-- <item><title>a</title></item> -->"));
    assert_eq!((hidden.entries.len(), kinds(&hidden)), (0, vec!["no-entries"]));
}

#[test]
fn a_json_feed_without_its_list_is_unreadable() {
    let feed = "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"f\"}";
    assert!(matches!(read(feed.as_bytes()), Err(ParseError::Unreadable(_))));
    let cut = "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{\"id\":\"1\",\"title\":\"a\"},{\"id\":\"2\",\"tit";
    assert_eq!((titles(&good(cut)), kinds(&good(cut))), (vec!["a"], vec!["truncated"]));
}

#[test]
fn a_feed_without_entries_is_a_feed() {
    assert!(good(rss("")).entries.is_empty());
    assert!(good("{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"f\",\"items\":[]}").entries.is_empty());
    assert!(matches!(read(b"<rss version='2.0'><channel><title>f"), Err(ParseError::Unreadable(_))));
}

#[test]
fn what_is_no_feed_is_told_with_a_reason() {
    let why = |bytes: &[u8], kind: Option<&str>| match parse(bytes, kind, None, NOW_MS) {
        Err(ParseError::NotAFeed(why)) => why,
        other => panic!("{other:?}"),
    };
    assert!(
        why(b"<!DOCTYPE html><html><head><title>t</title></head><body><article><item>x</item></article></body></html>", None)
            .contains("web page")
    );
    assert!(why(b"", None).contains("empty"));
    assert!(why(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Some("image/png")).contains("image/png"));
    assert!(why(b"<opml><body/></opml>", None).contains("OPML"));
    assert!(why(b"{\"a\":1}", None).contains("JSON"));
    assert!(why(b"<svg/>", None).contains("svg"));
}

#[test]
fn dates_are_clamped_and_counted() {
    let dates = ["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 00:00:00 GMT", "Mon, 04 May 2026 09:30:00 GMT", "soon"];
    let items: String = dates.iter().map(|date| format!("<item><title>x</title><pubDate>{date}</pubDate></item>")).collect();
    let document = good(rss(&items));
    let read: Vec<_> = document.entries.iter().map(|entry| entry.published_ms).collect();
    assert_eq!(read, [None, Some(NOW_MS), ms("2026-05-04T09:30:00Z"), None]);
    assert_eq!(kinds(&document), ["odd-date"]);
}

#[test]
fn markup_in_fields_that_nobody_escaped_is_read() {
    let document = good(rss("<item><title>A <b>bold</b> move</title><description>One <p>two & three<br>four</p></description></item>"));
    assert_eq!(document.entries[0].title, "A bold move");
    assert_eq!(document.entries[0].text, "One\n\ntwo & three\nfour");
}

#[test]
fn fields_are_capped() {
    let long = "ش".repeat(50_000);
    let item = format!(
        "<item><title>{long}</title><guid>{long}</guid><description>{long}</description><author>{long}</author>{}</item>",
        (0..99).map(|n| format!("<category>{n}</category>")).collect::<String>()
    );
    let document = good(rss(&item));
    let entry = &document.entries[0];
    assert!(entry.title.len() <= 2_048 && entry.text.len() <= 65_536 && entry.categories.len() == 64);
    assert!(entry.guid.as_ref().unwrap().len() <= 4_096 && entry.author.as_ref().unwrap().len() <= 1_024);
}

fn fixtures() -> Vec<&'static [u8]> {
    vec![
        fixture!("rss2.xml"),
        fixture!("atom.xml"),
        fixture!("rdf.xml"),
        fixture!("feed.json"),
        fixture!("windows-1256.xml"),
        fixture!("bare-ampersand.xml"),
    ]
}

/// A feed with pieces of it replaced by noise, by markup, or by other pieces of it.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b"<",
        b">",
        b"&",
        b"]]>",
        b"<![CDATA[",
        b"<!--",
        b"<item>",
        b"</item>",
        b"\"",
        b"\0",
        b"\xff",
        b"<?xml ?>",
        b"<!DOCTYPE x [",
        b"&#x",
        b"xml:base=\"",
        b"{",
        b"\xef\xbb\xbf",
    ];
    let piece = prop_oneof![prop::sample::select(pieces).prop_map(<[u8]>::to_vec), prop::collection::vec(any::<u8>(), 0..4)];
    let edit = (any::<prop::sample::Index>(), 0..40_usize, piece);
    (prop::sample::select(fixtures()), prop::collection::vec(edit, 1..8)).prop_map(|(feed, edits)| {
        let mut bytes = feed.to_vec();
        for (at, length, piece) in edits {
            let at = at.index(bytes.len() + 1);
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, piece);
        }
        bytes
    })
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        drop(read(&bytes));
    }

    #[test]
    fn mutated_feeds_never_panic_nor_come_out_silently_empty(bytes in mutated()) {
        if let Ok(document) = read(&bytes) {
            let visible = bytes.windows(7).filter(|window| *window == b"</item>").count();
            let none = document.entries.is_empty() && document.defects.is_empty();
            prop_assert!(!none || visible == 0 || document.format == Format::Json);
        }
    }

    #[test]
    fn every_prefix_of_a_feed_is_read_or_refused(cut in any::<prop::sample::Index>(), feed in prop::sample::select(fixtures())) {
        drop(read(&feed[..cut.index(feed.len())]));
    }
}

/// A document read after `before`.
fn after(before: &Document, document: &str) -> Document {
    let glances = identify::glance(&before.entries, &[], &Default::default());
    let bytes = Readings::bytes(&before.readings, glances.iter().map(|glance| glance.content.hash));
    parse_again(document.as_bytes(), None, Some("https://example.org/feed.xml"), &Readings::from_bytes(&bytes), NOW_MS).unwrap()
}

#[test]
fn the_words_of_an_entry_are_read_again_if_and_only_if_they_are_written_otherwise() {
    let item = |guid: &str, link: &str, title: &str, text: &str, more: &str| {
        format!("<item><guid>{guid}</guid><link>{link}</link><title>{title}</title><description>{text}</description>{more}</item>")
    };
    let whole = "<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>&lt;p&gt;all&lt;/p&gt;</content:encoded>";
    let old = item("1", "/1", "A &amp;lt;b&amp;gt;", "&lt;p&gt;text&lt;/p&gt;", whole);
    let before = good(rss(&old));
    let same = after(&before, &rss(&format!("{}{old}", item("2", "/2", "B", "b", ""))));
    assert_eq!(titles(&same), ["B", ""]);
    let Entry { title, text, .. } = before.entries[0].clone();
    assert_eq!(Entry { title, text, ..same.entries[1].clone() }, before.entries[0]);
    let otherwise = [
        item("1", "/1", "A &amp;lt;i&amp;gt;", "&lt;p&gt;text&lt;/p&gt;", whole),
        item("1", "/1", "A &amp;lt;b&amp;gt;", "&lt;p&gt;text &lt;/p&gt;", whole),
        item("1", "/1", "A &amp;lt;b&amp;gt;", "&lt;p&gt;text&lt;/p&gt;", &whole.replace("all", "al")),
        item("1", "/1", "A &amp;lt;b&amp;gt;", "&lt;p&gt;text&lt;/p&gt;", ""),
        item("1", "/2", "A &amp;lt;b&amp;gt;", "&lt;p&gt;text&lt;/p&gt;", whole),
    ];
    for other in &otherwise {
        assert_eq!(after(&before, &rss(other)), Document { readings: after(&before, &rss(other)).readings, ..good(rss(other)) }, "{other}");
    }
    // One that has no name is called by its title; it is read.
    let nameless = rss("<item><title>A</title><description>a</description></item>");
    assert_eq!(titles(&after(&good(&nameless), &nameless)), ["A"]);
}
