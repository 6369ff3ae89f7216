//! The reader of feeds: every field clean and within its cap, two readings alike, one that is spared what is written as before the
//! same, and a sound document the same by every route and every reader.

use super::made;
use marsad::engine::{
    entry::Entry,
    identify::{Trust, glance, key_texts},
    parse::{Document, Readings, parse, parse_again, second_opinion},
    text::{clean, clean_line},
};

/// 2026-05-10T00:00:00Z.
const NOW_MS: i64 = 1_778_371_200_000;
const EARLIEST_MS: i64 = 631_152_000_000;
const LATEST_MS: i64 = NOW_MS + 48 * 3_600_000;
const MAX_ENTRIES: usize = 5_000;
/// The longest text of an entry.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;

/// What a server may say of a document.
const TYPES: [Option<&str>; 16] = [
    None,
    Some("text/xml"),
    Some("application/rss+xml; charset=utf-8"),
    Some("application/atom+xml"),
    Some("application/feed+json"),
    Some("text/html; charset=UTF_8"),
    Some("text/xml; charset=windows-1256"),
    Some("text/xml; charset=\"windows-1251\""),
    Some("text/xml; charset=iso-8859-1"),
    Some("text/xml;charset=gbk"),
    Some("text/xml; charset=utf-16"),
    Some("text/xml; charset=iso-2022-jp"),
    Some("text/xml; charset=koi8-r; boundary=x"),
    Some("application/xml; charset=windows-1254"),
    Some("image/png"),
    Some(";;charset"),
];

/// Where a document may come from.
const BASES: [Option<&str>; 4] = [Some("https://example.org/feed.xml"), None, Some("no address"), Some("http://[::1]:8080/a/b/../c?d#e")];

/// A document: its first byte chooses Content-Type and address, or has the rest understood as a plan for a sound document.
pub fn check(data: &[u8]) {
    let Some((&choice, bytes)) = data.split_first() else { return };
    if choice >= 0xC0 {
        return made::routes_agree(bytes);
    }
    let content_type = TYPES[usize::from(choice % 16)];
    let base = BASES[usize::from(choice >> 4) % 4];
    let read = parse(bytes, content_type, base, NOW_MS);
    match &read {
        Ok(document) => sound(document),
        Err(error) => {
            let told = error.to_string();
            assert!(told.len() < 2_000, "a message of {} bytes", told.len());
        }
    }
    // A second reading of all would halve the number of documents.
    if let (Ok(document), 4) = (&read, bytes.len() % 8) {
        spared(document, |before| parse_again(bytes, content_type, base, before, NOW_MS).expect("it was read before"));
    }
    if bytes.len().is_multiple_of(8) {
        let again = parse(bytes, content_type, base, NOW_MS);
        assert_eq!(read, again, "two readings differ");
        if let (Ok(one), Ok(two)) = (read, again) {
            assert_eq!(key_texts(&one.entries), key_texts(&two.entries), "two readings have other keys");
        }
    }
}

/// What a document says when it is read `again`, by one who need not read what is written as before.
fn spared(first: &Document, again: impl Fn(&Readings) -> Document) {
    let contents: Vec<i64> = glance(&first.entries, &[], &Trust::default()).iter().map(|glance| glance.content.hash).collect();
    let again = again(&Readings::from_bytes(&Readings::bytes(&first.readings, contents.iter().copied())));
    assert_eq!(first.entries.len(), again.entries.len(), "entries are lost");
    for (at, (one, two)) in first.entries.iter().zip(&again.entries).enumerate() {
        let Some(content) = again.readings.get(at).and_then(|reading| reading.content) else {
            assert_eq!(one, two, "an entry is read otherwise");
            continue;
        };
        assert_eq!(Some(&content), contents.get(at), "an entry is taken for another");
        let of_words = Entry { title: String::new(), text: String::new(), author: None, categories: Vec::new(), ..one.clone() };
        assert_eq!(Entry { language: two.language.clone(), ..of_words }, *two, "what is no word is read otherwise");
    }
    let (entries, readings) = (first.entries.clone(), first.readings.clone());
    assert_eq!(Document { entries, readings, ..again }, *first, "the document is read otherwise");
}

/// What holds of a document.
pub fn sound(document: &Document) {
    assert!(document.entries.len() <= MAX_ENTRIES, "{} entries", document.entries.len());
    assert!(document.defects.len() <= 200, "{} defects", document.defects.len());
    document.title.iter().for_each(|title| line("the feed's title", title, 2048));
    document.older.iter().for_each(|older| address(older));
    document.entries.iter().for_each(entry);
}

fn entry(entry: &Entry) {
    line("title", &entry.title, 2048);
    entry.url.iter().for_each(|url| address(url));
    entry.author.iter().for_each(|author| line("author", author, 1024));
    entry.language.iter().for_each(|language| line("language", language, 35));
    assert!(entry.categories.len() <= 64, "{} categories", entry.categories.len());
    entry.categories.iter().for_each(|category| line("category", category, 256));
    if let Some(guid) = &entry.guid {
        assert!(!guid.is_empty() && guid.len() <= 4096 && !guid.contains(char::is_control), "guid {guid:?}");
    }
    for ms in [entry.published_ms, entry.updated_ms].into_iter().flatten() {
        assert!((EARLIEST_MS..=LATEST_MS).contains(&ms), "the date {ms}");
    }
    assert!(entry.text.len() <= MAX_TEXT_BYTES, "a text of {} bytes", entry.text.len());
    assert_eq!(clean(&entry.text), entry.text, "a text that is not clean");
}

fn line(what: &str, text: &str, limit: usize) {
    assert!(text.len() <= limit, "{what} of {} bytes", text.len());
    assert_eq!(clean_line(text), text, "{what} that is not clean");
    assert!(!text.contains(forbidden), "{what} with a control character: {text:?}");
}

/// What no field may hold.
pub fn forbidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

fn address(url: &str) {
    let parsed = url::Url::parse(url).unwrap_or_else(|error| panic!("{url:?}: {error}"));
    assert!(matches!(parsed.scheme(), "http" | "https") && parsed.host().is_some(), "{url:?}");
    assert!(url.len() <= 4096 && !url.contains(|c: char| c.is_control() || c == ' '), "{url:?}");
}

/// What our reader and feed-rs make of one document, where both read it.
pub fn readers_agree(document: &str) {
    let (Ok(own), Some(other)) = (parse(document.as_bytes(), None, BASES[0], NOW_MS), second_opinion(document, BASES[0], NOW_MS)) else {
        return;
    };
    let repaired: Vec<_> = own.defects.iter().filter(|defect| defect.kind != "odd-date").collect();
    assert!(repaired.is_empty(), "a sound document was repaired: {repaired:?}\n{document}");
    let (ours, theirs): (Vec<_>, Vec<_>) = (own.entries.iter().map(fields).collect(), other.entries.iter().map(fields).collect());
    assert_eq!(ours, theirs, "our reader and feed-rs differ on\n{document}");
}

fn fields(entry: &Entry) -> (&Option<String>, &str, &Option<String>, Option<i64>, &str) {
    (&entry.guid, &entry.title, &entry.url, entry.published_ms, &entry.text)
}

/// The entries of a sound document.
pub fn entries(document: &str) -> Vec<Entry> {
    let read = parse(document.as_bytes(), None, BASES[0], NOW_MS).unwrap_or_else(|error| panic!("{error}:\n{document}"));
    sound(&read);
    read.entries
}
