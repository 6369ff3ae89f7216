//! A fragment of HTML as a reader sees it. Never builds a tree.

use std::borrow::Cow;

use memchr::{memchr2, memmem};

use super::entity;
use super::tags::{Name, Raw, Tag, Visitor, visit};

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

/// Elements without content (HTML, section 13.1.2, and those that browsers treat so).
fn is_void(tag: &[u8]) -> bool {
    matches!(
        tag,
        b"area"
            | b"base"
            | b"basefont"
            | b"bgsound"
            | b"br"
            | b"col"
            | b"embed"
            | b"hr"
            | b"img"
            | b"input"
            | b"keygen"
            | b"link"
            | b"meta"
            | b"param"
            | b"source"
            | b"track"
            | b"wbr"
    )
}

/// How the text after a start tag is read where it is not ordinary.
fn raw(tag: &[u8]) -> Option<Raw> {
    Some(match tag {
        b"title" | b"textarea" => Raw::References,
        b"style" | b"iframe" | b"xmp" | b"noembed" | b"noframes" | b"noscript" => Raw::Nothing,
        b"script" => Raw::Script,
        b"plaintext" => Raw::Endless,
        _ => return None,
    })
}

/// Whether its attributes hide an element.
fn is_concealed(tag: &Tag) -> bool {
    if tag.attributes.iter().any(|(name, _)| name == b"hidden") {
        return true;
    }
    let Some((_, style)) = tag.attributes.iter().find(|(name, _)| name == b"style") else { return false };
    let style: String = String::from_utf8_lossy(style).split_whitespace().collect::<String>().to_ascii_lowercase();
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
    /// Whether the text of the element that was opened last is not for readers.
    raw: bool,
    open: Vec<Open>,
    /// How many elements are open, by the slot of their name: an end tag of none is passed over at once.
    counts: [u32; 256],
    foreign: Foreign,
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
        if self.hidden || self.raw {
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

    fn start(&mut self, tag: &Tag) -> Option<Raw> {
        let name = tag.name.as_bytes();
        let raw = if self.foreign.start(name, tag.self_closing) { None } else { raw(name) };
        let mark = Break::of(name);
        self.mark(mark);
        self.raw = raw.is_some_and(|raw| raw != Raw::Endless);
        let empty = if self.foreign.is_in() { tag.self_closing } else { is_void(name) };
        if !empty {
            self.open.push(Open { name: tag.name, mark, hidden: self.hidden, verbatim: self.verbatim });
            *self.count(&tag.name) += 1;
            self.hidden |= is_hidden(name) || (self.conceals && is_concealed(tag));
            self.verbatim |= name == b"pre";
        }
        raw
    }

    fn end(&mut self, name: &Name) {
        self.raw = false;
        self.foreign.end(name.as_bytes());
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

/// Which of its languages a piece of HTML is in, as far as the tags tell (HTML, section 13.2.6.5): a picture or a formula has its
/// own rules for `<title/>` and `<style>`.
#[derive(Default)]
struct Foreign(Vec<Language>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Html,
    Svg,
    MathMl,
}

impl Foreign {
    fn current(&self) -> Language {
        self.0.last().copied().unwrap_or(Language::Html)
    }

    fn is_in(&self) -> bool {
        self.current() != Language::Html
    }

    /// Takes a start tag; whether it stands in something else than HTML.
    fn start(&mut self, name: &[u8], self_closing: bool) -> bool {
        match name {
            b"svg" => self.0.push(Language::Svg),
            b"math" => self.0.push(Language::MathMl),
            _ if self.0.is_empty() || !self.is_in() => return false,
            _ if leaves_foreign(name) => {
                self.0.pop();
            }
            _ if !self_closing && holds_html(self.current(), name) => self.0.push(Language::Html),
            _ => {}
        }
        true
    }

    fn end(&mut self, name: &[u8]) {
        let Some((current, outer)) = self.0.split_last() else { return };
        let ends = match current {
            Language::Html => outer.last().is_some_and(|outer| holds_html(*outer, name)),
            Language::Svg => matches!(name, b"svg" | b"p" | b"br"),
            Language::MathMl => matches!(name, b"math" | b"p" | b"br"),
        };
        if ends {
            self.0.pop();
        }
    }
}

/// Elements in a picture or a formula that hold HTML again.
fn holds_html(language: Language, name: &[u8]) -> bool {
    match language {
        Language::Html => false,
        Language::Svg => matches!(name, b"desc" | b"title" | b"foreignobject"),
        Language::MathMl => matches!(name, b"mi" | b"mo" | b"mn" | b"ms" | b"mtext"),
    }
}

/// Elements of HTML that end a picture or a formula which was not closed.
fn leaves_foreign(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 44] = [
        b"b",
        b"big",
        b"blockquote",
        b"body",
        b"br",
        b"center",
        b"code",
        b"dd",
        b"div",
        b"dl",
        b"dt",
        b"em",
        b"embed",
        b"h1",
        b"h2",
        b"h3",
        b"h4",
        b"h5",
        b"h6",
        b"head",
        b"hr",
        b"i",
        b"img",
        b"li",
        b"listing",
        b"menu",
        b"meta",
        b"nobr",
        b"ol",
        b"p",
        b"pre",
        b"ruby",
        b"s",
        b"small",
        b"span",
        b"strong",
        b"strike",
        b"sub",
        b"sup",
        b"table",
        b"tt",
        b"u",
        b"ul",
        b"var",
    ];
    NAMES.contains(&name)
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
        raw: false,
        open: Vec::new(),
        counts: [0; 256],
        foreign: Foreign::default(),
        conceals,
    };
    visit(html, &mut page);
    match entity::resolve(&page.text) {
        Cow::Owned(resolved) => resolved,
        Cow::Borrowed(_) => page.text,
    }
}
