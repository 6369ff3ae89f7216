//! Foreign text made fit to stand in a toast, a log line or a sentence of ours. It never changes what an honest title
//! says: Arabic, Persian and Hebrew text comes out as it went in.

use unicode_segmentation::UnicodeSegmentation;

/// The most characters a grapheme may cost on average: a letter can carry any number of combining marks.
const CHARS_A_GRAPHEME: usize = 16;

/// First Strong Isolate: what follows takes its direction from its own first letter.
const FSI: char = '\u{2068}';
/// Pop Directional Isolate: the end of it.
const PDI: char = '\u{2069}';

/// `text` on one line, in at most `max` graphemes, the last of them `…` where it was cut.
///
/// Control characters (ESC and all of C0 and C1), bidi embeddings, overrides and isolates (U+202A–202E, U+2066–2069),
/// the deprecated format controls after them and interlinear marks are dropped; line ends and runs of blanks become
/// one blank. ZWNJ, ZWJ, LRM, RLM and ALM stay: Persian, Arabic, Hebrew and Indic text needs them.
pub fn safe(text: &str, max: usize) -> String {
    let most = max.saturating_mul(CHARS_A_GRAPHEME);
    let mut line = String::with_capacity(text.len().min(most));
    let mut chars = 0;
    let mut cut = false;
    for c in text.chars() {
        let c = match c {
            ' ' | '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}' if line.is_empty() || line.ends_with(' ') => continue,
            ' ' | '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{206F}' | '\u{FFF9}'..='\u{FFFB}' => continue,
            c if c.is_control() => continue,
            c => c,
        };
        if chars == most {
            cut = true;
            break;
        }
        line.push(c);
        chars += 1;
    }
    line.truncate(line.trim_end_matches(' ').len());
    shorten(line, max, cut)
}

/// Cuts `line` at `max` graphemes; `cut` says that more was left out already.
fn shorten(mut line: String, max: usize, cut: bool) -> String {
    if max == 0 {
        return String::new();
    }
    let too_long = line.grapheme_indices(true).nth(max).is_some();
    if too_long || cut {
        let end = line.grapheme_indices(true).nth(max - 1).map_or(line.len(), |(at, _)| at);
        line.truncate(end);
        line.truncate(line.trim_end_matches(' ').len());
        line.push('…');
    }
    line
}

/// [`safe`] text as a piece inside a sentence of ours: isolated, so that its direction never reorders what stands
/// round it (Unicode Standard Annex #9, section 2.7).
pub fn piece(text: &str, max: usize) -> String {
    let text = safe(text, max);
    if text.is_ascii() { text } else { format!("{FSI}{text}{PDI}") }
}

/// Length in graphemes, as limits count it.
pub fn length(text: &str) -> usize {
    text.graphemes(true).count()
}

/// Whether `url` may be shown as a link: http and https only.
pub fn is_web(url: &str) -> bool {
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn honest_titles_come_out_byte_for_byte() {
        for title in [
            "خرق وقف إطلاق النار في ريف إدلب: نزوح 37 عائلة",
            "آتش‌بس در ادلب نقض شد؛ خانواده‌ها می‌روند",
            "הפסקת האש באידליב הופרה\u{200f}, אומר האו״ם",
            "اتفاق (UNHCR)\u{200e} جديد \u{61c}٪٥",
            "युद्धविराम क्‍षेत्र 👩‍🚒 🇸🇾",
            "Ateşkes İdlib'de bozuldu\u{a0}!",
        ] {
            assert_eq!(safe(title, 200), title);
        }
    }

    #[test]
    fn controls_escapes_and_overrides_are_dropped() {
        let hostile = "\u{1b}]8;;http://x\u{7}a\u{1b}[31mb\u{9b}c\u{202e}d\u{2067}e\u{0}f\r\n\tg\u{2028}h ";
        assert_eq!(safe(hostile, 200), "]8;;http://xa[31mbcdef g h");
    }

    #[test]
    fn a_long_title_is_cut_at_a_grapheme() {
        let family = "👩‍👩‍👧";
        let cut = safe(&family.repeat(300), 200);
        assert_eq!(length(&cut), 200);
        assert_eq!(cut, format!("{}…", family.repeat(199)));
        assert_eq!(safe("12345", 5), "12345");
        assert_eq!(safe("123456", 5), "1234…");
    }

    #[test]
    fn a_letter_under_sixty_thousand_marks_is_cut_too() {
        let tower = format!("a{}", "\u{301}".repeat(60_000));
        assert!(safe(&tower, 200).len() <= 200 * CHARS_A_GRAPHEME * 4);
    }

    #[test]
    fn a_foreign_piece_is_isolated_and_closed_even_when_it_was_cut() {
        assert_eq!(piece("بإدلب", 40), "\u{2068}بإدلب\u{2069}");
        assert_eq!(piece("إدلب إدلب", 5), "\u{2068}إدلب…\u{2069}");
        assert_eq!(piece("Idlib", 40), "Idlib");
    }

    #[test]
    fn only_web_addresses_are_links() {
        assert!(is_web("https://a/") && is_web("HTTP://a"));
        assert!(!is_web("javascript://a") && !is_web("data:text/html,x") && !is_web("/a") && !is_web(""));
    }

    proptest! {
        #[test]
        fn nothing_dangerous_gets_through(text in any::<String>(), max in 0usize..50) {
            let safe = safe(&text, max);
            prop_assert!(length(&safe) <= max);
            let dangerous = |c: char| c.is_control() || ('\u{202A}'..='\u{202E}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
            prop_assert!(!safe.chars().any(dangerous), "{:?}", safe);
        }
    }
}
