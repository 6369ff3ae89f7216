//! A fragment of HTML as a reader sees it. Names lol_html. Never builds a tree.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use lol_html::html_content::{Element, TextChunk, TextType};
use lol_html::{HtmlRewriter, Settings, doc_text, element};

use super::entity;

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

/// Whether an element's content is never shown, though its text is ordinary. Script and style are known by their text; the
/// reading beside an ideograph (`rt`) says the same word again and would part it in two.
fn is_hidden(tag: &str) -> bool {
    matches!(
        tag,
        "template" | "head" | "title" | "textarea" | "select" | "svg" | "math" | "object" | "audio" | "video" | "canvas" | "rt" | "rp"
    )
}

/// Whether its attributes hide an element.
fn is_concealed(element: &Element<'_, '_>) -> bool {
    if element.has_attribute("hidden") {
        return true;
    }
    let style: String = element.get_attribute("style").unwrap_or_default().split_whitespace().collect::<String>().to_ascii_lowercase();
    style.contains("display:none") || style.contains("visibility:hidden")
}

/// What the handlers of one reading share.
#[derive(Default)]
struct Page {
    text: RefCell<String>,
    /// Line ends owed before the next text: where blocks meet, the wider break holds; only `br` adds up.
    lines: Cell<usize>,
    hidden: Cell<bool>,
    verbatim: Cell<bool>,
    /// Whether some attribute may hide an element: looking at those of each is dear.
    conceals: bool,
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
        if !chunk.contains('\n') && !chunk.contains('\r') {
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
        let (mark, verbatim) = (Break::of(&tag), tag == "pre");
        let hidden = is_hidden(&tag) || (self.conceals && is_concealed(element));
        self.mark(mark);
        // The end of `ruby` also ends the readings in it that nobody closed.
        if mark == Break::None && !hidden && tag != "ruby" {
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
pub(super) fn visible(html: &str) -> String {
    let conceals = html.contains("hidden") || html.contains("none");
    let page = Rc::new(Page { text: RefCell::new(String::with_capacity(html.len() / 2)), conceals, ..Page::default() });
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
