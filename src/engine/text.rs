//! Markup to visible text, and text made safe for storage. Names lol_html; but for `discover` nothing else does.
//!
//! Linear in its input whatever the nesting, and never runs or fetches anything that the markup names.

pub mod entity;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use lol_html::html_content::{Element, TextChunk, TextType};
use lol_html::{HtmlRewriter, Settings, doc_text, element};

/// The longest piece of HTML that is read, in bytes; the rest of a field is cut.
pub const MAX_HTML_BYTES: usize = 64 * 1024;

/// Visible text of an HTML fragment: tags gone, entities resolved, block elements as line ends, paragraphs parted by a
/// blank line; script and style left out; control characters and bidi overrides dropped (see [`clean`]).
///
/// Markup that was escaped twice is read a second time, but only where the first reading met no tag at all: in an article
/// on HTML, `&lt;b&gt;` between real tags is what its author wants seen.
pub fn html_to_text(html: &str) -> String {
    let html = cut_markup(html);
    if !html.contains('<') {
        let text = entity::resolve(html);
        if looks_like_markup(&text) {
            return clean(&once_more(&visible(cut_markup(&text))));
        }
        return clean(&once_more(&text));
    }
    clean(&once_more(&visible(html)))
}

/// The references that a publisher escaped twice.
fn once_more(text: &str) -> Cow<'_, str> {
    entity::resolve(text)
}

/// Whether plain text is in truth markup: it holds an end tag, or a tag that no sentence has.
pub fn looks_like_markup(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
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

/// How an element parts the text before it from the text in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Break {
    None,
    Blank,
    Line,
    Forced,
    Paragraph,
}

impl Break {
    fn of(tag: &str) -> Self {
        match tag {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "ul" | "ol" | "dl" | "table" | "pre" | "hr" | "figure"
            | "section" | "article" | "aside" | "header" | "footer" => Self::Paragraph,
            "br" => Self::Forced,
            "div" | "li" | "tr" | "dt" | "dd" | "figcaption" | "caption" | "address" | "main" | "nav" | "form" | "fieldset" | "details"
            | "summary" | "option" | "center" | "body" => Self::Line,
            "td" | "th" => Self::Blank,
            _ => Self::None,
        }
    }
}

/// Whether an element's content is never shown, though its text is ordinary. Script and style are known by their text.
fn is_hidden(tag: &str) -> bool {
    matches!(tag, "template" | "head" | "title" | "textarea" | "select" | "svg" | "math" | "object" | "audio" | "video" | "canvas")
}

/// What the handlers of one reading share.
#[derive(Default)]
struct Page {
    text: RefCell<String>,
    /// Line ends owed before the next text: where blocks meet, the wider break holds; only `br` adds up.
    lines: Cell<usize>,
    hidden: Cell<bool>,
    verbatim: Cell<bool>,
}

impl Page {
    fn mark(&self, mark: Break) {
        let lines = self.lines.get();
        match mark {
            Break::None => {}
            Break::Blank => self.text.borrow_mut().push(' '),
            Break::Line => self.lines.set(lines.max(1)),
            Break::Forced => self.lines.set(lines.saturating_add(1).min(2)),
            Break::Paragraph => self.lines.set(2),
        }
    }

    fn text(&self, chunk: &TextChunk<'_>) {
        if self.hidden.get() || !matches!(chunk.text_type(), TextType::Data | TextType::PlainText | TextType::CDataSection) {
            return;
        }
        let (mut text, chunk) = (self.text.borrow_mut(), chunk.as_str());
        let verbatim = self.verbatim.get();
        if !verbatim && chunk.trim().is_empty() {
            text.push_str(if chunk.is_empty() { "" } else { " " });
            return;
        }
        text.push_str(["", "\n", "\n\n"].get(self.lines.take()).unwrap_or(&"\n\n"));
        if verbatim {
            text.push_str(chunk);
            return;
        }
        let mut lines = chunk.split(['\n', '\r']);
        text.push_str(lines.next().unwrap_or_default());
        for line in lines {
            text.push(' ');
            text.push_str(line);
        }
    }

    fn element(self: &Rc<Self>, element: &mut Element<'_, '_>) {
        let tag = element.tag_name();
        let (mark, hidden, verbatim) = (Break::of(&tag), is_hidden(&tag), tag == "pre");
        self.mark(mark);
        if mark == Break::None && !hidden {
            return;
        }
        let Some(handlers) = element.end_tag_handlers() else { return };
        // An element within that nobody closed ends here too, so the state is set back, not counted down.
        let outside = (self.hidden.get(), self.verbatim.get());
        self.hidden.set(outside.0 || hidden);
        self.verbatim.set(outside.1 || verbatim);
        let page = Rc::clone(self);
        handlers.push(Box::new(move |_| {
            page.mark(mark);
            page.hidden.set(outside.0);
            page.verbatim.set(outside.1);
            Ok(())
        }));
    }
}

/// The text between the tags, its references resolved, with line ends where blocks meet.
fn visible(html: &str) -> String {
    let page = Rc::new(Page::default());
    let (on_text, on_element) = (Rc::clone(&page), Rc::clone(&page));
    let settings = Settings::new()
        .with_strict(false)
        .append_document_content_handler(doc_text!(move |chunk| {
            on_text.text(chunk);
            Ok(())
        }))
        .append_element_content_handler(element!("*", move |element| {
            on_element.element(element);
            Ok(())
        }));
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    // An error ends the reading; the text so far is what can be had.
    let written = rewriter.write(html.as_bytes());
    if written.is_ok() {
        drop(rewriter.end());
    }
    let text = page.text.take();
    match entity::resolve(&text) {
        Cow::Owned(resolved) => resolved,
        Cow::Borrowed(_) => text,
    }
}

/// Text that may be stored and shown: no C0 or C1 controls but line ends and tabs, no bidi overrides or embeddings
/// (U+202A–202E), white space folded; ZWNJ, ZWJ, LRM and RLM are kept, since Persian, Arabic and Indic text needs them.
///
/// Blanks of any kind in a row become one space, line ends in a row at most two, and none stand at the ends.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = Gap::default();
    let mut run = 0;
    for (at, c) in text.char_indices() {
        if is_ordinary(c) {
            continue;
        }
        gap.push(text.get(run..at).unwrap_or_default(), &mut out);
        run = at + c.len_utf8();
        gap.meet(c);
    }
    gap.push(text.get(run..).unwrap_or_default(), &mut out);
    out
}

/// [`clean`] text on one line.
pub fn clean_line(text: &str) -> String {
    let text = clean(text);
    if !text.contains('\n') {
        return text;
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A character that [`clean`] copies as it is. Nearly all are, so this decides first.
fn is_ordinary(c: char) -> bool {
    match c {
        '!'..='~' => true,
        '\0'..='\u{A0}' => false,
        '\u{A1}'..='\u{167F}' => true,
        _ => !is_dropped(c) && !c.is_whitespace(),
    }
}

/// Characters that hide or reorder what stands beside them, and never belong to a word.
fn is_dropped(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}')
}

/// White space that was met and not yet written.
#[derive(Default)]
struct Gap {
    lines: u8,
    blank: bool,
    return_before: bool,
}

impl Gap {
    fn meet(&mut self, c: char) {
        let line_end = matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        if line_end && !(c == '\n' && self.return_before) {
            self.lines = self.lines.saturating_add(if c == '\u{2029}' { 2 } else { 1 });
        }
        self.return_before = c == '\r';
        self.blank |= line_end || c.is_whitespace();
    }

    fn push(&mut self, run: &str, out: &mut String) {
        if run.is_empty() {
            return;
        }
        if !out.is_empty() {
            out.push_str(match (self.lines, self.blank) {
                (0, false) => "",
                (0, true) => " ",
                (1, _) => "\n",
                _ => "\n\n",
            });
        }
        *self = Self::default();
        out.push_str(run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &str) {
        assert_eq!(html_to_text(html), expected);
    }

    #[test]
    fn blocks_become_lines_and_paragraphs() {
        check("<p>One <b>two</b>\nthree</p><p>four<br/>five</p>", "One two three\n\nfour\nfive");
        check("<ul><li>a</li><li>b</li></ul>c", "a\nb\n\nc");
        check("<div>a</div><div>b</div>", "a\nb");
        check("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc");
    }

    #[test]
    fn what_no_reader_sees_is_left_out() {
        check("<head><title>t</title></head>a<script>x<b>y</b></script><style>p{}</style><template>t</template><!-- c -->b", "ab");
        check("<div>a<video>old browser</div>b", "a\nb");
        check("<img alt=\"no\" src=x><a href=\"Idlib\" title='no'>yes</a>", "yes");
    }

    #[test]
    fn entities_are_resolved_even_when_escaped_twice() {
        check("T&uuml;rkiye &amp; &#1573;&#1583;&#1604;&#1576;&nbsp;x", "Türkiye & إدلب x");
        check("<p>It&amp;#8217;s</p>", "It’s");
        check("&lt;p&gt;one&lt;/p&gt;&lt;p&gt;two&lt;/p&gt;", "one\n\ntwo");
        check("<p>use &lt;/b&gt; here</p>", "use </b> here");
    }

    #[test]
    fn angle_brackets_of_a_sentence_stay() {
        check("5 < 6 and 7 > 3", "5 < 6 and 7 > 3");
        check("a &lt; b", "a < b");
    }

    #[test]
    fn markup_built_to_hurt_is_read_in_linear_time() {
        let deep = "<a><b><i><p>".repeat(20_000);
        assert_eq!(html_to_text(&format!("{deep}text")), "");
        assert_eq!(html_to_text(&format!("text{deep}")), "text");
        html_to_text(&"<".repeat(100_000));
        html_to_text(&"&".repeat(100_000));
        html_to_text(&"<p ".repeat(100_000));
        html_to_text(&"<script>".repeat(10_000));
    }

    #[test]
    fn cut_between_characters() {
        let text = html_to_text(&"ش".repeat(MAX_HTML_BYTES));
        assert_eq!(text.len(), MAX_HTML_BYTES);
        assert_eq!(cut("aش", 2), "a");
    }

    #[test]
    fn controls_and_overrides_go_but_joiners_stay() {
        assert_eq!(clean("a\u{1b}]8;;x\u{7}b\0\u{9b}c\u{202e}d\u{202a}"), "a]8;;xbcd");
        let persian = "می\u{200c}خواهم";
        let arabic = "\u{200f}إدلب\u{200e}";
        let hindi = "क\u{94d}\u{200d}ष";
        for text in [persian, arabic, hindi, "\u{2067}א\u{2069}", "👩\u{200d}💻"] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn white_space_is_folded() {
        assert_eq!(clean(" \t a\u{a0}\u{2003} b \r\n c\r\n\r\n\r\nd\u{2029}e \n"), "a b\nc\n\nd\n\ne");
        assert_eq!(clean_line("a\r\n b\n\nc"), "a b c");
        assert_eq!(clean("a\u{1b}b"), "ab");
    }

    #[test]
    fn clean_is_a_fixed_point() {
        let text = "a\u{1b} \u{202e}\n \u{85}b\u{2028}\tc\u{feff}";
        assert_eq!(clean(&clean(text)), clean(text));
    }
}
