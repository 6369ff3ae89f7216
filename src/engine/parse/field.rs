//! Fields of an entry from what a document says: capped, clean, their markup turned to text. Never reads a document.

use std::borrow::Cow;

use url::Url;

use super::Defect;
use crate::engine::lang::preferred;
use crate::engine::text::{self, MAX_HTML_BYTES, clean, clean_line, html_to_text, looks_like_markup};

const MAX_TITLE_BYTES: usize = 2 * 1024;
const MAX_ADDRESS_BYTES: usize = 4 * 1024;
const MAX_AUTHOR_BYTES: usize = 1024;
const MAX_CATEGORIES: usize = 64;
const MAX_CATEGORY_BYTES: usize = 256;

/// Counts of what was left out while the entries of one document were read.
#[derive(Debug, Default)]
pub(super) struct Lost {
    /// Addresses that are not `http` or `https`.
    pub links: usize,
    /// Dates that are none, or could not be.
    pub dates: usize,
}

impl Lost {
    /// The counts as defects.
    pub fn defects(&self) -> impl Iterator<Item = Defect> {
        let kinds = [("odd-link", self.links, "not a web address"), ("odd-date", self.dates, "no date, or one that cannot be")];
        kinds.into_iter().filter(|(_, count, _)| *count > 0).map(|(kind, count, what)| Defect::new(kind, format!("{count} times: {what}")))
    }
}

/// One line of text.
pub(super) fn title(raw: &str) -> String {
    let raw = text::cut(raw, 4 * MAX_TITLE_BYTES);
    text::cut(&clean_line(&plain(raw)), MAX_TITLE_BYTES).trim_end().to_owned()
}

/// Text that may hold markup though nothing says so: feeds escape once more than they say.
pub(super) fn plain(raw: &str) -> Cow<'_, str> {
    if raw.contains('&') || looks_like_markup(raw) { Cow::Owned(html_to_text(raw)) } else { Cow::Borrowed(raw) }
}

/// Visible text of a body that says it is plain text.
pub(super) fn plain_body(raw: &str) -> String {
    clean(&plain(text::cut(raw, MAX_HTML_BYTES)))
}

/// Summary and content as one text: where one begins with or holds the other, that one alone.
pub(super) fn body(summary: String, content: String) -> String {
    let whole = match (summary.is_empty(), content.is_empty()) {
        (true, _) => content,
        (_, true) => summary,
        _ if holds(&content, &summary) => content,
        _ if holds(&summary, &content) => summary,
        _ => format!("{summary}\n\n{content}"),
    };
    if whole.len() <= MAX_HTML_BYTES { whole } else { text::cut(&whole, MAX_HTML_BYTES).trim_end().to_owned() }
}

/// Whether `part` stands in `whole`, line ends and a trailing ellipsis aside.
fn holds(whole: &str, part: &str) -> bool {
    // By its beginning first: so little is looked for in a fiftieth of the time.
    if whole.contains(text::cut(part, 32)) && whole.contains(part) {
        return true;
    }
    let part = part.trim_end_matches(['.', '…', '[', ']', ' ', '\n']);
    if part.is_empty() {
        return true;
    }
    let mut whole_words = whole.split_whitespace();
    let begins = part.split_whitespace().all(|word| whole_words.next() == Some(word));
    // The last word of a cut summary is often half a word.
    begins || whole.starts_with(part)
}

/// The absolute web address that `raw` means.
pub(super) fn address(raw: &str, base: Option<&Url>, lost: &mut Lost) -> Option<String> {
    // Atom's attributes come with their references where one of them was broken.
    let raw = raw.trim().replace("&amp;", "&");
    if raw.is_empty() {
        return None;
    }
    let parsed = match (Url::parse(&raw), base) {
        (Err(url::ParseError::RelativeUrlWithoutBase), Some(base)) => base.join(&raw),
        (parsed, _) => parsed,
    };
    let url = parsed.ok().filter(|url| matches!(url.scheme(), "http" | "https")).map(String::from);
    let url = url.filter(|url| url.len() <= MAX_ADDRESS_BYTES);
    lost.links += usize::from(url.is_none());
    url
}

/// The publisher's identifier.
pub(super) fn guid(raw: &str) -> Option<String> {
    let guid = text::cut(raw.trim(), MAX_ADDRESS_BYTES);
    let guid: Cow<'_, str> = if guid.contains(char::is_control) { Cow::Owned(clean_line(guid)) } else { Cow::Borrowed(guid) };
    (!guid.is_empty()).then(|| guid.into_owned())
}

/// Names of people, each once.
pub(super) fn authors<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut seen: Vec<String> = Vec::new();
    for name in names.take(MAX_CATEGORIES) {
        let name = clean_line(&plain(text::cut(name, MAX_AUTHOR_BYTES)));
        let name = name.trim_matches(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '"' | ',' | '“' | '”' | '«' | '»'));
        if !name.is_empty() && !seen.iter().any(|known| known == name) {
            seen.push(name.to_owned());
        }
    }
    let all = seen.join(", ");
    (!all.is_empty()).then(|| text::cut(&all, MAX_AUTHOR_BYTES).to_owned())
}

/// Categories in document order, each once.
pub(super) fn categories<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for name in names {
        let name = clean_line(&plain(text::cut(name, MAX_CATEGORY_BYTES)));
        if !name.is_empty() && !seen.contains(&name) {
            seen.push(name);
        }
        if seen.len() == MAX_CATEGORIES {
            break;
        }
    }
    seen
}

/// A BCP 47 tag (RFC 5646 section 2.1), as far as its shape tells; a withdrawn code is read as the one that stands for it.
pub(super) fn language(raw: &str) -> Option<String> {
    let tag = raw.trim().replace('_', "-");
    let shaped = (2..=35).contains(&tag.len())
        && tag.split('-').all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    (shaped && tag.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)).then(|| preferred(&tag).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_one_line_of_text() {
        assert_eq!(title("  A <b>bold</b>\n title &amp;amp; more "), "A bold title & more");
        assert_eq!(title("5 < 6 & 7 > 3"), "5 < 6 & 7 > 3");
        assert!(title(&"ش".repeat(60_000)).len() <= MAX_TITLE_BYTES);
    }

    #[test]
    fn a_summary_that_the_content_repeats_is_left_out() {
        let join = |summary: &str, content: &str| body(summary.into(), content.into());
        assert_eq!(join("One two.", "One two. Three."), "One two. Three.");
        assert_eq!(join("One two [...]", "One\ntwo three."), "One\ntwo three.");
        assert_eq!(join("One two thr…", "One two three."), "One two three.");
        assert_eq!(join("A lead.", "A body."), "A lead.\n\nA body.");
        assert_eq!(join("", "b"), "b");
        assert_eq!(join("a", ""), "a");
        assert_eq!(join("A lead and a body.", "a body."), "A lead and a body.");
    }

    #[test]
    fn only_web_addresses_are_kept() {
        let base = Url::parse("https://example.org/feed/").unwrap();
        let mut lost = Lost::default();
        assert_eq!(address("../a?b=1&amp;c=2", Some(&base), &mut lost).as_deref(), Some("https://example.org/a?b=1&c=2"));
        assert_eq!(lost.links, 0);
        for raw in ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "magnet:?x", "http://"] {
            assert_eq!(address(raw, Some(&base), &mut lost), None, "{raw}");
        }
        assert_eq!(lost.links, 5);
    }

    #[test]
    fn names_lose_what_stands_round_them() {
        assert_eq!(authors(["(Rana)", "“Omar”", "Rana", " "].into_iter()).as_deref(), Some("Rana, Omar"));
        assert_eq!(authors(std::iter::empty()), None);
    }

    #[test]
    fn languages_are_tags() {
        assert_eq!(language(" ar_SY ").as_deref(), Some("ar-SY"));
        assert_eq!(language("iw-IL").as_deref(), Some("he-IL"));
        assert_eq!(language("in").as_deref(), Some("id"));
        for raw in ["", "x", "Arabic (Syria)", "العربية", "12"] {
            assert_eq!(language(raw), None, "{raw}");
        }
    }
}
