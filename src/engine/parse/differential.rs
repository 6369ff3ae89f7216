//! Our readers and feed-rs held to each other: where both read a document, they must say the same, so that a feed which breaks,
//! is read by the other for a day and mends never alerts twice.

use proptest::prelude::*;

use super::{Document, Readings, own, second};
use crate::engine::decode::decode;
use crate::engine::entry::Entry;
use crate::engine::identify::key_texts;

const BASE: &str = "https://news.example/feed/";
const NOW_MS: i64 = 1_795_000_000_000;

/// What the two readers say differently of a document; nothing where only one of them reads it.
fn differences(bytes: &[u8]) -> Vec<String> {
    let text = decode(bytes, None).text;
    let Ok(ours) = own(&text, None, Some(BASE), &Readings::default(), NOW_MS) else { return Vec::new() };
    let Some(theirs) = second::opinion(&text, Some(BASE), NOW_MS) else { return Vec::new() };
    // Where one of them leaves entries out, there is no telling which is which.
    if ours.entries.len() != theirs.entries.len() {
        return Vec::new();
    }
    compare(&ours, &theirs)
}

fn compare(ours: &Document, theirs: &Document) -> Vec<String> {
    let mut found = Vec::new();
    let keys = [key_texts(&ours.entries), key_texts(&theirs.entries)];
    for (n, (a, b)) in ours.entries.iter().zip(&theirs.entries).enumerate() {
        let mut hold = |what: &str, a: &dyn std::fmt::Debug, b: &dyn std::fmt::Debug| {
            let (a, b) = (format!("{a:?}"), format!("{b:?}"));
            if a != b {
                found.push(format!("entry {n}: {what}: {a} and, by feed-rs, {b}"));
            }
        };
        hold("key", &keys[0].get(n), &keys[1].get(n));
        hold("title", &a.title, &b.title);
        hold("link", &a.url, &b.url);
        hold("published", &a.published_ms, &b.published_ms);
        hold("text", &a.text, &b.text);
    }
    found
}

#[test]
fn fixtures_are_read_alike() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/feeds");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let found = differences(&std::fs::read(&path).unwrap());
        assert!(found.is_empty(), "{}: {found:#?}", path.display());
        read += 1;
    }
    assert!(read >= 7, "{read} fixtures");
}

/// Every document below a folder that the caller names: `tests/suites/run --differences` does.
#[test]
#[ignore = "reads what MARSAD_SUITES names"]
fn suites_are_read_alike() {
    #[expect(clippy::disallowed_methods, reason = "where they lie is the caller's choice")]
    let folder = std::env::var("MARSAD_SUITES").unwrap();
    let (mut folders, mut documents, mut different) = (vec![std::path::PathBuf::from(folder)], 0, 0);
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if [".xml", ".rss", ".atom", ".rdf", ".json"].iter().any(|end| name.ends_with(end)) {
                let found = differences(&std::fs::read(&path).unwrap());
                documents += 1;
                different += usize::from(!found.is_empty());
                found.iter().take(2).for_each(|found| println!("{name}: {found}"));
            }
        }
    }
    println!("{documents} documents, {different} read differently");
}

/// Text as feeds hold it: words of several scripts, references, a little markup.
fn prose() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Z]{1,8}",
        "[ء-ي]{1,8}",
        "[а-яё]{1,8}",
        Just("&amp;".to_owned()),
        Just("&#233;".to_owned()),
        Just("&lt;b&gt;x&lt;/b&gt;".to_owned()),
        Just("5 &lt; 6".to_owned()),
        Just("İdlib’de".to_owned()),
    ];
    prop::collection::vec(piece, 1..8).prop_map(|pieces| pieces.join(" "))
}

/// Title, link, identifier, hour of publication, text.
type Item = (String, u16, Option<u16>, u8, String);

fn items() -> impl Strategy<Value = Vec<Item>> {
    prop::collection::vec((prose(), any::<u16>(), prop::option::of(any::<u16>()), 0..24_u8, prose()), 1..5)
}

fn rss(items: &[Item]) -> String {
    let item = |(title, link, guid, hour, text): &Item| {
        let guid = guid.map_or(String::new(), |guid| format!("<guid isPermaLink=\"false\">g{guid}</guid>"));
        format!(
            "<item><title>{title}</title><link>https://news.example/{link}?a=1&amp;b=2</link>{guid}<pubDate>Sat, 28 Nov 2026 {hour:02}:00:00 +0300</pubDate><description>{text}</description></item>"
        )
    };
    format!(
        "<rss version=\"2.0\"><channel><title>t</title><link>https://news.example/</link><description>d</description>{}</channel></rss>",
        items.iter().map(item).collect::<String>()
    )
}

fn atom(items: &[Item]) -> String {
    let item = |(title, link, guid, hour, text): &Item| {
        format!(
            "<entry><title type=\"html\">{title}</title><link href=\"../{link}\"/><id>urn:{}</id><published>2026-11-28T{hour:02}:00:00Z</published><updated>2026-11-28T{hour:02}:30:00Z</updated><content type=\"html\">{text}</content></entry>",
            guid.unwrap_or(*link)
        )
    };
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>t</title><id>urn:f</id><updated>2026-11-28T00:00:00Z</updated>{}</feed>",
        items.iter().map(item).collect::<String>()
    )
}

fn rdf(items: &[Item]) -> String {
    let item = |(title, link, _, hour, text): &Item| {
        format!(
            "<item rdf:about=\"https://news.example/{link}\"><title>{title}</title><link>https://news.example/{link}</link><dc:date>2026-11-28T{hour:02}:00:00Z</dc:date><description>{text}</description></item>"
        )
    };
    format!(
        "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel rdf:about=\"https://news.example/\"><title>t</title><link>https://news.example/</link><description>d</description></channel>{}</rdf:RDF>",
        items.iter().map(item).collect::<String>()
    )
}

fn json(items: &[Item]) -> String {
    let item = |(title, link, guid, hour, text): &Item| {
        serde_json::json!({"id": format!("j{}", guid.unwrap_or(*link)), "url": format!("https://news.example/{link}"), "title": title,
            "date_published": format!("2026-11-28T{hour:02}:00:00Z"), "content_html": text})
    };
    let items: Vec<_> = items.iter().map(item).collect();
    serde_json::json!({"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": items}).to_string()
}

proptest! {
    #[test]
    fn made_documents_are_read_alike(items in items()) {
        for document in [rss(&items), atom(&items), rdf(&items), json(&items)] {
            let found = differences(document.as_bytes());
            prop_assert!(found.is_empty(), "{found:#?} in {document}");
            // Both must have read it, or nothing was compared.
            let text = decode(document.as_bytes(), None).text;
            prop_assert!(second::opinion(&text, Some(BASE), NOW_MS).is_some_and(|read| read.entries.len() == items.len()), "{document}");
            prop_assert!(own(&text, None, Some(BASE), &Readings::default(), NOW_MS).is_ok_and(|read| read.entries.len() == items.len()), "{document}");
        }
    }

    /// What was read before a break must be what is read once it has mended.
    #[test]
    fn a_feed_that_breaks_off_has_the_first_entries_of_the_whole(items in items(), cut in any::<prop::sample::Index>()) {
        for document in [rss(&items), atom(&items), rdf(&items)] {
            let whole = entries(&document);
            let end = (0..=cut.index(document.len())).rev().find(|at| document.is_char_boundary(*at)).unwrap_or_default();
            let part = &document[..end];
            let complete = part.matches("</item>").count() + part.matches("</entry>").count();
            prop_assert_eq!(entries(part), &whole[..complete], "{}", part);
        }
    }

    #[test]
    fn a_defect_in_one_entry_changes_no_other(items in items(), which in 0..5_usize) {
        let defect = ["& ", "&nosuch; ", "<b>", "5 < 6 ", "</b>"][which];
        for document in [rss(&items), rdf(&items)] {
            let (mut whole, at) = (entries(&document), document.rfind("</title>").unwrap());
            let mut read = entries(&format!("{}{defect}{}", &document[..at], &document[at..]));
            prop_assert_eq!(read.len(), whole.len());
            whole.pop();
            read.pop();
            prop_assert_eq!(read, whole);
        }
    }
}

fn entries(text: &str) -> Vec<Entry> {
    own(text, None, Some(BASE), &Readings::default(), NOW_MS).map(|document| document.entries).unwrap_or_default()
}
