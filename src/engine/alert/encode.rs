//! Text in the encodings of the places it is sent to. It comes in as plain text, made [`safe`](super::safe) before, and
//! goes out so that no letter of it is markup, a mention or a command there. It never adds markup of its own.

use unicode_segmentation::UnicodeSegmentation;

/// Zero-width space: it parts a sign from the name behind it, and is not seen.
const ZWSP: char = '\u{200B}';

/// `text` for XML and HTML, in content and in quoted attributes. What XML 1.0 cannot hold is dropped (section 2.2).
pub fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{FFFE}' | '\u{FFFF}' => {}
            c if c.is_control() && c != '\n' => {}
            c => out.push(c),
        }
    }
    out
}

/// `text` for Slack, which reads nothing but these three (its documentation, "Formatting text for app surfaces"): with
/// them, `<!channel>` and `<@U…>` are letters.
pub fn slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// `text` whose `@names` call nobody.
pub fn unmention(text: &str) -> String {
    part(text, |sign, next| sign == '@' && !next.is_whitespace())
}

/// `text` for Markdown as Discord and Mattermost read it: punctuation that could be markup is escaped, and names of
/// people, channels and emoji are parted from their signs.
pub fn markdown(text: &str) -> String {
    let parted = part(text, |sign, next| match sign {
        '@' => !next.is_whitespace(),
        '#' | '~' | ':' | '<' => next.is_alphanumeric() || "+-@#!&:/".contains(next),
        _ => false,
    });
    let mut out = String::with_capacity(parted.len() + 16);
    for c in parted.chars() {
        if is_markdown(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// What a letter may cost in [`markdown`]: itself, an escape, and a zero-width space.
pub fn markdown_cost(c: char) -> usize {
    c.len_utf16() + usize::from(is_markdown(c)) + usize::from("@#~:<".contains(c))
}

/// Signs that both dialects let a backslash take the meaning of.
fn is_markdown(c: char) -> bool {
    "\\`*_{}[]()#+-.!>~|".contains(c)
}

/// `text` with a zero-width space behind each sign that, with the letter after it, would mean something.
fn part(text: &str, means: impl Fn(char, char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        out.push(c);
        if letters.peek().is_some_and(|next| means(c, *next)) {
            out.push(ZWSP);
        }
    }
    out
}

/// `text` in at most `max` units, cut between graphemes, the last of them `…` where it was cut; `cost` is the units of
/// a letter, such as its bytes or its UTF-16 length.
pub fn clip(text: &str, max: usize, cost: impl Fn(char) -> usize) -> String {
    let price = |piece: &str| piece.chars().map(&cost).sum::<usize>();
    if price(text) <= max {
        return text.to_owned();
    }
    let mut left = max.saturating_sub(cost('…'));
    let mut out = String::new();
    for grapheme in text.graphemes(true) {
        let Some(rest) = left.checked_sub(price(grapheme)) else { break };
        left = rest;
        out.push_str(grapheme);
    }
    if max >= cost('…') {
        out.push('…');
    }
    out
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::engine::alert::safe::safe;
    use proptest::prelude::*;

    /// Text that means something somewhere: mentions, markup, commands, escapes, and scripts that must not suffer.
    pub(crate) fn hostile() -> impl Strategy<Value = String> {
        let pieces = prop::sample::select(vec![
            "@everyone",
            "@here",
            "@channel",
            "@all",
            "<!channel>",
            "<@U012>",
            "<@&9>",
            "<#C1|x>",
            "@room",
            "~town",
            "#tag",
            ":smile:",
            "<b>",
            "</b>",
            "<img src=x onerror=y>",
            "&lt;",
            "&amp;",
            "\"",
            "'",
            "`",
            "```",
            "**",
            "__",
            "~~",
            "||",
            "> ",
            "# ",
            "1. ",
            "- ",
            "[x](http://e/)",
            "![x](y)",
            "<http://e/>",
            "http://e/_a_",
            "\\",
            "\r\n",
            "\n.\n",
            "Bcc: x@e",
            "\u{1b}[31m",
            "\u{202e}",
            "\u{2066}",
            "\u{0}",
            "\u{fffe}",
            "]]>",
            "<!--",
            "/start",
            "إدلب",
            "آتش‌بس",
            "האש\u{200f}",
            "İdlib",
            "👩‍🚒",
            "a\u{301}",
            " ",
            "x",
            "12:30",
        ]);
        prop_oneof![prop::collection::vec(pieces, 0..40).prop_map(|p| p.concat()), any::<String>()]
    }

    /// What a reader of the markup sees of it.
    fn read_xml(text: &str) -> String {
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
    }

    fn read_markdown(text: &str) -> String {
        let mut letters = text.chars();
        let mut out = String::new();
        while let Some(c) = letters.next() {
            out.extend(if c == '\\' { letters.next() } else { Some(c) });
        }
        out.replace(ZWSP, "")
    }

    #[test]
    fn honest_titles_pass_byte_for_byte() {
        for title in ["خرق وقف إطلاق النار في ريف إدلب", "آتش‌بس در ادلب نقض شد", "הפסקת האש באידליב הופרה\u{200f}", "Ateşkes İdlib'de"]
        {
            assert_eq!(unmention(title), title);
            assert_eq!(slack(title), title);
            assert_eq!(markdown(title), title);
            assert_eq!(clip(title, 4096, char::len_utf8), title);
        }
        assert_eq!(xml("הפסקת האש באידליב הופרה\u{200f}"), "הפסקת האש באידליב הופרה\u{200f}");
    }

    #[test]
    fn mentions_of_each_medium_call_nobody() {
        assert_eq!(slack("<!channel> <@U1>"), "&lt;!channel&gt; &lt;@U1&gt;");
        assert_eq!(unmention("@room a@b"), "@\u{200b}room a@\u{200b}b");
        assert_eq!(
            markdown("<@1> @here ~town :x: **b**"),
            "<\u{200b}@\u{200b}1\\> @\u{200b}here \\~\u{200b}town :\u{200b}x: \\*\\*b\\*\\*"
        );
    }

    #[test]
    fn a_cut_falls_between_graphemes() {
        assert_eq!(clip("👩‍👩‍👧👩‍👩‍👧", 12, char::len_utf16), "👩‍👩‍👧…");
        assert_eq!(clip("abc", 3, char::len_utf8), "abc");
        assert_eq!((clip("abcd", 3, char::len_utf8), clip("abcd", 2, char::len_utf8)), ("…".into(), String::new()));
    }

    proptest! {
        #[test]
        fn no_text_is_markup_anywhere(text in hostile()) {
            let text = safe(&text, 200);
            let encoded = xml(&text);
            prop_assert!(!encoded.contains(['<', '>', '"', '\'']));
            prop_assert_eq!(read_xml(&encoded), text.replace(['\u{fffe}', '\u{ffff}'], ""));
            prop_assert!(!slack(&text).contains(['<', '>']));
            prop_assert_eq!(read_xml(&slack(&text.replace("&quot;", "").replace("&#39;", ""))), text.replace("&quot;", "").replace("&#39;", ""));
        }

        #[test]
        fn no_text_is_markdown_or_calls_anybody(text in hostile()) {
            let text = safe(&text, 200).replace(ZWSP, "");
            let encoded = markdown(&text);
            prop_assert_eq!(read_markdown(&encoded), text.clone());
            for (at, sign) in encoded.match_indices(is_markdown) {
                let slashes = encoded[..at].bytes().rev().take_while(|b| *b == b'\\').count();
                prop_assert!(sign == "\\" || slashes % 2 == 1, "{} at {at}", encoded);
            }
            for called in [&encoded, &unmention(&text)] {
                let called = called.split('@').skip(1).any(|rest| rest.chars().next().is_some_and(|c| !c.is_whitespace() && c != ZWSP));
                prop_assert!(!called, "{}", encoded);
            }
            prop_assert!(encoded.encode_utf16().count() <= text.chars().map(markdown_cost).sum::<usize>());
        }

        #[test]
        fn a_clipped_text_fits_and_is_a_beginning(text in hostile(), max in 0usize..60) {
            let cut = clip(&text, max, char::len_utf8);
            prop_assert!(cut.len() <= max);
            prop_assert!(text.starts_with(cut.trim_end_matches('…')) || cut == text);
        }
    }
}
