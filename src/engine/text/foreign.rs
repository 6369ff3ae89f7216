//! Pictures (SVG) and formulas (MathML) within HTML, whose text is read in another way. Knows names of elements and no more.

/// Which of its languages a piece of HTML is in, as far as the tags tell (HTML, section 13.2.6.5): a picture or a formula has its
/// own rules for `<title/>` and `<style>`.
#[derive(Default)]
pub(super) struct Foreign(Vec<Language>);

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

    /// Whether something else than HTML is being read.
    pub fn is_in(&self) -> bool {
        self.current() != Language::Html
    }

    /// Takes a start tag; whether it stands in something else than HTML.
    pub fn start(&mut self, name: &[u8], self_closing: bool) -> bool {
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

    /// Takes an end tag.
    pub fn end(&mut self, name: &[u8]) {
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
