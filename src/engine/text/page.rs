//! A fragment of HTML as a reader sees it. Never builds a tree.

use std::borrow::Cow;

use memchr::{memchr2, memmem};

use super::entity;
use super::tags::{Name, Tag, Visitor, visit};

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
    fn of(tag: &[u8]) -> Self {
        match tag {
            b"p" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"blockquote" | b"ul" | b"ol" | b"dl" | b"table" | b"pre" | b"hr"
            | b"figure" | b"section" | b"article" | b"aside" | b"header" | b"footer" => Self::Paragraph,
            b"br" => Self::Forced,
            b"div" | b"li" | b"tr" | b"dt" | b"dd" | b"figcaption" | b"caption" | b"address" | b"main" | b"nav" | b"form" | b"fieldset"
            | b"details" | b"summary" | b"option" | b"center" | b"body" => Self::Line,
            b"td" | b"th" => Self::Blank,
            _ => Self::None,
        }
    }
}

/// Whether an element's content is never shown, though its text is ordinary. Script and style are known by how their text is
/// read; the reading beside an ideograph (`rt`) says the same word again and would part it in two.
fn is_hidden(tag: &[u8]) -> bool {
    matches!(
        tag,
        b"template"
            | b"head"
            | b"title"
            | b"textarea"
            | b"select"
            | b"svg"
            | b"math"
            | b"object"
            | b"audio"
            | b"video"
            | b"canvas"
            | b"rt"
            | b"rp"
    )
}

/// Whether its attributes hide an element.
fn is_concealed(tag: &Tag) -> bool {
    if tag.get(b"hidden").is_some() {
        return true;
    }
    let style = tag.get(b"style").unwrap_or_default();
    let style: String = style.split_whitespace().collect::<String>().to_ascii_lowercase();
    style.contains("display:none") || style.contains("visibility:hidden")
}

/// An element that is open, and what was in force before it.
struct Open {
    name: Name,
    mark: Break,
    hidden: bool,
    verbatim: bool,
}

/// What was read so far.
struct Page {
    text: String,
    /// Line ends owed before the next text: where blocks meet, the wider break holds; only `br` adds up.
    lines: usize,
    hidden: bool,
    verbatim: bool,
    open: Vec<Open>,
    /// How many elements are open, by the slot of their name: an end tag of none is passed over at once.
    counts: [u32; 256],
    /// Whether some attribute may hide an element: looking at those of each is dear.
    conceals: bool,
}

impl Page {
    fn mark(&mut self, mark: Break) {
        match mark {
            Break::None => {}
            Break::Blank => self.text.push(' '),
            Break::Line => self.lines = self.lines.max(1),
            Break::Forced => self.lines = (self.lines + 1).min(2),
            Break::Paragraph => self.lines = 2,
        }
    }

    fn count(&mut self, name: &Name) -> &mut u32 {
        &mut self.counts[usize::from(name.slot())]
    }
}

impl Visitor for Page {
    fn wants_attributes(&self) -> bool {
        self.conceals
    }

    fn text(&mut self, part: &str) {
        if self.hidden {
            return;
        }
        if !self.verbatim && part.trim_start().is_empty() {
            self.text.push_str(if part.is_empty() { "" } else { " " });
            return;
        }
        self.text.push_str(["", "\n", "\n\n"].get(std::mem::take(&mut self.lines)).unwrap_or(&"\n\n"));
        if self.verbatim {
            self.text.push_str(part);
            return;
        }
        let mut rest = part;
        while let Some(at) = memchr2(b'\n', b'\r', rest.as_bytes()) {
            let (line, after) = rest.split_at(at);
            self.text.push_str(line);
            self.text.push(' ');
            rest = after.get(1..).unwrap_or_default();
        }
        self.text.push_str(rest);
    }

    fn start(&mut self, tag: &Tag) {
        let name = tag.name.as_bytes();
        let mark = Break::of(name);
        self.mark(mark);
        if !tag.empty {
            self.open.push(Open { name: tag.name, mark, hidden: self.hidden, verbatim: self.verbatim });
            *self.count(&tag.name) += 1;
            self.hidden |= is_hidden(name) || (self.conceals && is_concealed(tag));
            self.verbatim |= name == b"pre";
        }
    }

    fn end(&mut self, name: &Name) {
        if *self.count(name) == 0 {
            return;
        }
        let Some(at) = self.open.iter().rposition(|open| open.name == *name) else { return };
        // An element within that nobody closed ends here too, so the state is set back, not counted down.
        while self.open.len() > at {
            let Some(open) = self.open.pop() else { break };
            *self.count(&open.name) -= 1;
            self.mark(open.mark);
            (self.hidden, self.verbatim) = (open.hidden, open.verbatim);
        }
    }
}

/// The text between the tags, its references resolved, with line ends where blocks meet.
pub(super) fn visible(html: &str) -> String {
    let holds = |word: &str| memmem::find(html.as_bytes(), word.as_bytes()).is_some();
    let conceals = holds("hidden") || holds("none");
    let mut page = Page {
        text: String::with_capacity(html.len()),
        lines: 0,
        hidden: false,
        verbatim: false,
        open: Vec::new(),
        counts: [0; 256],
        conceals,
    };
    visit(html, &mut page);
    match entity::resolve(&page.text) {
        Cow::Owned(resolved) => resolved,
        Cow::Borrowed(_) => page.text,
    }
}
