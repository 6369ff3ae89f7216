//! What holds of every reading, whatever the bytes. Each check panics where it does not. The fuzzer calls them without end, and
//! `it/fuzzed.rs` with the inputs that once broke one.

use super::engine::{
    entry::Entry,
    identify::key_texts,
    parse::{Document, parse, second_opinion},
    text::{clean, clean_line, html_to_text},
};

use super::made;

/// 2026-05-10T00:00:00Z.
const NOW_MS: i64 = 1_778_371_200_000;
const EARLIEST_MS: i64 = 631_152_000_000;
const LATEST_MS: i64 = NOW_MS + 48 * 3_600_000;
const MAX_ENTRIES: usize = 5_000;
const MAX_TEXT_BYTES: usize = 64 * 1024;

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
pub fn feed(data: &[u8]) {
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
    if bytes.len().is_multiple_of(8) {
        let again = parse(bytes, content_type, base, NOW_MS);
        assert_eq!(read, again, "two readings differ");
        if let (Ok(one), Ok(two)) = (read, again) {
            assert_eq!(key_texts(&one.entries), key_texts(&two.entries), "two readings have other keys");
        }
    }
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

fn forbidden(c: char) -> bool {
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

/// Markup to text.
pub fn text(data: &[u8]) {
    let html = String::from_utf8_lossy(data);
    let text = html_to_text(&html);
    assert!(text.len() <= 2 * MAX_TEXT_BYTES, "{} bytes of {}", text.len(), html.len());
    assert_eq!(clean(&text), text, "not clean: {html:?}");
    assert!(!text.contains(|c| c != '\n' && forbidden(c)), "{text:?}");
    // Text without markup and references is its own text.
    if !html.contains(['<', '&']) {
        assert_eq!(text, clean(&html));
    }
    if !text.contains(['<', '&']) {
        assert_eq!(html_to_text(&text), text, "not a fixed point: {html:?}");
    }
    // What was real markup is gone, where every `<` begins some: nothing but an escape or a stray one shows a tag.
    let begins = |at: usize| html.as_bytes().get(at + 1).is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, b'/' | b'!'));
    let raw = ["plaintext", "<![cdata[", "&"].iter().any(|word| html.to_ascii_lowercase().contains(word));
    if !raw && html.match_indices('<').all(|(at, _)| begins(at)) {
        assert!(!text.contains('<'), "a tag of {html:?} is in {text:?}");
    }
}

/// A date, read by way of a document, which is the only way there is.
pub fn date(data: &[u8]) {
    let written = String::from_utf8_lossy(data);
    let json = |text: &str| {
        let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace(|c: char| c.is_control(), " ");
        let json =
            format!("{{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{{\"id\":\"1\",\"date_published\":\"{text}\"}}]}}");
        entries(&json).first().and_then(|entry| entry.published_ms)
    };
    let read = json(&written);
    // A date that was read can be written and read again.
    if let Some(ms) = read {
        let at = jiff::Timestamp::from_millisecond(ms).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(json(&at.to_string()), Some(ms), "{written:?} is {at}");
        assert_eq!(json(&format!("\u{200f} {written} ")), read, "{written:?} with blanks");
    }
}
