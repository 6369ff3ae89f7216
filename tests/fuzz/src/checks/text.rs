//! Markup to text: clean, a fixed point, and no tag left.

use super::feed::{MAX_TEXT_BYTES, forbidden};
use marsad::engine::text::{clean, html_to_text};

/// Bytes as markup.
pub fn check(data: &[u8]) {
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
    let begins = |at: usize| {
        html.as_bytes().get(at + 1).is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, b'/' | b'!')) && at + 2 < html.len()
    };
    let raw = ["plaintext", "<![cdata[", "&"].iter().any(|word| html.to_ascii_lowercase().contains(word));
    if !raw && html.match_indices('<').all(|(at, _)| begins(at)) {
        assert!(!text.contains('<'), "a tag of {html:?} is in {text:?}");
    }
}
