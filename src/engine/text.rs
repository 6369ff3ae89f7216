//! Markup to visible text, and text made safe for storage.
//!
//! Linear in its input whatever the nesting, and never runs or fetches anything that the markup names.

mod clean;
pub mod entity;
mod foreign;
mod page;
pub(super) mod tags;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memmem};

use clean::settle;
pub use clean::{clean, clean_line};
use page::visible;

/// The longest piece of HTML that is read, in bytes; the rest of a field is cut.
pub const MAX_HTML_BYTES: usize = 64 * 1024;

/// Visible text of an HTML fragment: tags gone, entities resolved, block elements as line ends, paragraphs parted by a
/// blank line; script and style left out; control characters and bidi overrides dropped (see [`clean`]).
///
/// Markup that was escaped twice is read a second time, but only where the first reading met no tag at all: in an article
/// on HTML, `&lt;b&gt;` between real tags is what its author wants seen.
pub fn html_to_text(html: &str) -> String {
    let html = unwrapped(cut_markup(html));
    if memchr(b'<', html.as_bytes()).is_some() {
        return settle(once_more(visible(&html).into()));
    }
    let text = once(html);
    if looks_like_markup(&text) {
        return settle(once_more(visible(&unwrapped(cut_markup(&text))).into()));
    }
    settle(once_more(text))
}

/// Markup without the frame of a CDATA section, which HTML would take for a comment up to the first `>`.
fn unwrapped(html: &str) -> Cow<'_, str> {
    if memmem::find(html.as_bytes(), b"<![CDATA[").is_none() {
        return Cow::Borrowed(html);
    }
    Cow::Owned(html.replace("<![CDATA[", "").replace("]]>", ""))
}

fn once(text: Cow<'_, str>) -> Cow<'_, str> {
    match entity::resolve(&text) {
        Cow::Owned(resolved) => Cow::Owned(resolved),
        Cow::Borrowed(_) => text,
    }
}

/// The references that a publisher escaped twice, of those only the ones that are written in full.
fn once_more(text: Cow<'_, str>) -> Cow<'_, str> {
    match entity::resolve_whole(&text) {
        Cow::Owned(resolved) => Cow::Owned(resolved),
        Cow::Borrowed(_) => text,
    }
}

/// Whether plain text is in truth markup: it holds an end tag, or a tag that no sentence has.
pub fn looks_like_markup(text: &str) -> bool {
    memchr_iter(b'<', text.as_bytes()).any(|at| {
        let tag = text.as_bytes().get(at + 1..).unwrap_or_default();
        let tag = tag.get(..16).unwrap_or(tag).to_ascii_lowercase();
        let end_tag = tag.first() == Some(&b'/') && tag.get(1).is_some_and(u8::is_ascii_alphabetic);
        let known: [&[u8]; 9] = [b"br>", b"br/", b"br ", b"p>", b"p ", b"img ", b"a href", b"div", b"hr"];
        end_tag || known.iter().any(|known| tag.starts_with(known))
    })
}

/// `text` cut to at most `limit` bytes, between two characters.
pub fn cut(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

/// Markup cut to [`MAX_HTML_BYTES`], without the tag that the cut went through.
fn cut_markup(html: &str) -> &str {
    let kept = cut(html, MAX_HTML_BYTES);
    if kept.len() == html.len() {
        return kept;
    }
    match (kept.rfind('<'), kept.rfind('>')) {
        (Some(open), close) if close.is_none_or(|close| close < open) => kept.get(..open).unwrap_or(kept),
        _ => kept,
    }
}
