//! Dates: one that is read can be written and read again.

use super::feed::entries;

/// Bytes as a date, read by way of a document, which is the only way there is.
pub fn check(data: &[u8]) {
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
        // Blanks change nothing, unless they make it longer than any date.
        if written.len() < 190 {
            assert_eq!(json(&format!("\u{200f} {written} ")), read, "{written:?} with blanks");
        }
    }
}
