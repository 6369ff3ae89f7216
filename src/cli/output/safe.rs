//! Text of strangers made safe for a terminal. Never adds anything but isolates round right-to-left text.

/// What a character becomes on a terminal: itself, a blank, or nothing.
///
/// ZWNJ, ZWJ, LRM, RLM and ALM are kept: Persian, Arabic, Hebrew and Indic text needs them.
fn shown(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        // Controls; bidi embeddings, overrides and isolates, which must not reach beyond their text; annotations.
        c if c.is_control() => None,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => None,
        c => Some(c),
    }
}

/// One line of text without control characters, escapes and bidi overrides.
pub fn line(text: &str) -> String {
    text.chars().filter_map(shown).collect()
}

/// Text of several lines, for a file: line ends and tabs stay, other controls and overrides go.
pub fn block(text: &str) -> String {
    text.chars().filter_map(|c| if matches!(c, '\n' | '\t') { Some(c) } else { shown(c) }).collect()
}

/// `text` between FSI and PDI where it holds right-to-left letters, so that what stands beside it keeps its place.
pub fn isolate(text: String) -> String {
    if text.chars().any(is_rtl) { format!("\u{2068}{text}\u{2069}") } else { text }
}

/// Whether a character is of a right-to-left script, or RLM or ALM.
fn is_rtl(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{200f}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// JSON on which a terminal cannot stumble: what [`line()`] would drop stands as an escape, so the value is the same.
pub fn json(text: &str) -> String {
    use std::fmt::Write;
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if shown(c) == Some(c) {
            safe.push(c);
        } else {
            // Writing to a string cannot fail. All of these lie in the basic plane.
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_controls_and_overrides_never_get_through() {
        let hostile = "a\u{1b}]8;;http://x\u{7}b\u{9b}31mc\u{202e}d\u{2067}e\u{0}\u{7f}\r\nf\u{2028}g";
        assert_eq!(line(hostile), "a]8;;http://xb31mcde  f g");
        assert_eq!(block("a\tb\nc\u{1b}[2J"), "a\tb\nc[2J");
    }

    #[test]
    fn honest_titles_come_out_byte_for_byte() {
        for title in ["خرق وقف إطلاق النار", "آتش\u{200c}بس", "הפסקת האש\u{200f}", "क्\u{200d}ष", "👩\u{200d}🚒", "İdlib'de"]
        {
            assert_eq!(line(title), title);
        }
    }

    #[test]
    fn right_to_left_text_is_isolated_and_other_text_is_not() {
        assert_eq!(isolate("إدلب".into()), "\u{2068}إدلب\u{2069}");
        assert_eq!(isolate("Idlib".into()), "Idlib");
    }

    #[test]
    fn json_keeps_its_value() {
        let value = serde_json::json!({"t": "a\u{1b}\u{9b}\u{202e}\u{7f}\u{2028}ب"});
        let safe = json(&value.to_string());
        assert!(!safe.chars().any(|c| c.is_control() || c == '\u{202e}'), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}
