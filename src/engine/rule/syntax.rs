//! From the text of an expression to its tree: recursive descent, one function a line of the grammar. Also reads the strings
//! of a rule's lists, in which several words are a phrase. Compiles nothing and knows no concept by name.

mod compare;
mod list;
mod scan;

pub use list::parse_list;
pub use scan::is_word;

use super::expr::{Expr, Group, Place, Reach, Span, Term};
use scan::Scanner;
use std::ops::Range;

/// The longest expression, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;
/// The deepest nesting of parentheses and calls.
const MAX_DEPTH: usize = 64;
/// The widest window, in words.
const MAX_REACH: u32 = 10_000;

/// What is wrong with an expression, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The bytes that are meant.
    pub span: Range<usize>,
    /// Lower-case fragment: what is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl SyntaxError {
    /// The same, its place in whole letters of `text`.
    fn within(mut self, text: &str) -> SyntaxError {
        let Range { start, end } = &mut self.span;
        (*start, *end) = ((*start).min(text.len()), (*end).min(text.len()));
        while !text.is_char_boundary(*start) {
            *start -= 1;
        }
        while !text.is_char_boundary(*end) {
            *end += 1;
        }
        self
    }
}

/// Something in an expression that may not mean what its author thinks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The bytes that are meant.
    pub span: Range<usize>,
    /// How it was read, and what to write otherwise.
    pub message: String,
}

/// What reading gives, or why not.
pub type Read<T> = Result<T, SyntaxError>;

pub(super) fn error<T>(span: Range<usize>, message: impl Into<String>, hint: impl Into<String>) -> Read<T> {
    Err(SyntaxError { span, message: message.into(), hint: Some(hint.into()) })
}

/// Reads an expression, with notes on what is easily misread.
///
/// # Errors
/// At the first place that cannot be read.
pub fn parse(text: &str) -> Read<(Expr, Vec<Note>)> {
    read(text).map_err(|error| error.within(text))
}

fn read(text: &str) -> Read<(Expr, Vec<Note>)> {
    if text.len() > MAX_BYTES {
        return error(0..text.len(), format!("the expression is longer than {MAX_BYTES} bytes"), "put long lists of words into a concept");
    }
    let mut parser = Parser { scan: Scanner::new(text), depth: 0, notes: Vec::new() };
    parser.scan.blanks();
    if parser.scan.at_end() {
        return error(0..text.len(), "the expression is empty", "write what is to be found");
    }
    let expr = parser.or()?;
    if parser.scan.at_end() {
        return Ok((expr, parser.notes));
    }
    let at = parser.scan.at;
    match parser.scan.peek() {
        Some(')') => error(at..at + 1, "a `)` that no `(` opens", "remove it, or open one before"),
        Some(',') => error(at..at + 1, "a `,` outside a call", "alternatives are parted by `|`; put text with a comma in quotes"),
        Some('|') => error(at..at + 1, "a `|` with no term before it", "`|` joins terms; between larger parts write OR"),
        _ => error(at..parser.scan.end_of_piece(), "this cannot stand here", "put text with signs in it in quotes"),
    }
}

struct Parser<'t> {
    scan: Scanner<'t>,
    depth: usize,
    notes: Vec<Note>,
}

impl Parser<'_> {
    fn or(&mut self) -> Read<Expr> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let at = self.scan.at;
            return error(
                at..at + 1,
                format!("more than {MAX_DEPTH} levels of nesting"),
                "write the parts as rules or concepts of their own",
            );
        }
        let mut parts = vec![self.and()?];
        while self.scan.keyword("OR") {
            self.scan.blanks();
            parts.push(self.and()?);
        }
        self.depth -= 1;
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::Or(parts) })
    }

    fn and(&mut self) -> Read<Expr> {
        let mut parts = vec![self.unary()?];
        loop {
            self.scan.blanks();
            if self.scan.keyword("AND") {
                self.scan.blanks();
                parts.push(self.unary()?);
            } else if self.operand_follows() {
                let from = self.last_word_start(&parts);
                parts.push(self.unary()?);
                self.note_sequence(from, &parts);
            } else {
                return Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::And(parts) });
            }
        }
    }

    /// Where the operand before a blank starts, when it is a bare word.
    fn last_word_start(&self, parts: &[Expr]) -> Option<usize> {
        bare_word(parts.last()?).map(|span| span.start)
    }

    /// Two bare words side by side are often meant as a phrase.
    fn note_sequence(&mut self, from: Option<usize>, parts: &[Expr]) {
        let (Some(start), Some(end)) = (from, parts.last().and_then(bare_word).map(|span| span.end)) else { return };
        let words = &self.scan.text[start..end];
        let message = if let Some(lower) = words.split_whitespace().find(|word| ["and", "or", "not"].contains(word)) {
            format!("`{lower}` is read as a word to be found: operators are upper case, `{}`", lower.to_uppercase())
        } else {
            format!("a blank means AND: {words} is found wherever both words stand; quote it, \"{words}\", if you mean the phrase")
        };
        // The word between two others stands in both pairs.
        if !self.notes.last().is_some_and(|note| note.message == message && note.span.end > start) {
            self.notes.push(Note { span: start..end, message });
        }
    }

    fn operand_follows(&self) -> bool {
        match self.scan.peek() {
            None | Some(')' | ',' | '|') => false,
            _ => !self.scan.sees_keyword("OR"),
        }
    }

    fn unary(&mut self) -> Read<Expr> {
        let at = self.scan.at;
        if self.scan.keyword("NOT") || self.scan.minus() {
            self.scan.blanks();
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return error(at..at + 1, format!("more than {MAX_DEPTH} levels of nesting"), "one NOT is enough");
            }
            let of = self.unary()?;
            self.depth -= 1;
            return Ok(Expr::Not(Box::new(of)));
        }
        self.atom()
    }

    fn atom(&mut self) -> Read<Expr> {
        self.scan.blanks();
        let at = self.scan.at;
        for (word, what) in [("AND", "before"), ("OR", "before")] {
            if self.scan.sees_keyword(word) {
                return error(
                    at..at + word.len(),
                    format!("nothing stands {what} `{word}`"),
                    format!("to find the word itself, quote it: \"{word}\""),
                );
            }
        }
        match self.scan.peek() {
            None => error(
                at.saturating_sub(1)..at,
                "the expression ends where a term should stand",
                "add the term, or remove the operator before",
            ),
            Some('(') => self.parenthesis(),
            Some(')' | '|' | ',') => error(at..at + 1, "a term should stand here", "remove this, or write the term before it"),
            _ => self.named(at),
        }
    }

    /// What begins with a name: a call, a field, a comparison; else a group.
    fn named(&mut self, at: usize) -> Read<Expr> {
        if let Some(name) = self.scan.call() {
            return self.call(at, name);
        }
        if let Some(place) = self.field()? {
            self.scan.blanks();
            let of = if self.scan.peek() == Some('(') { self.parenthesis()? } else { Expr::Group(self.group()?) };
            return Ok(Expr::In { place, of: Box::new(of) });
        }
        if let Some(compare) = compare::compare(&mut self.scan)? {
            return Ok(Expr::Compare(compare));
        }
        Ok(Expr::Group(self.group()?))
    }

    fn parenthesis(&mut self) -> Read<Expr> {
        let open = self.scan.at;
        self.scan.skip(1);
        self.scan.blanks();
        if self.scan.peek() == Some(')') {
            return error(open..self.scan.at + 1, "empty parentheses", "remove them, or write something between them");
        }
        let inner = self.or()?;
        self.scan.blanks();
        if !self.scan.eat(')') {
            return match self.scan.peek() {
                None => error(open..open + 1, "a `(` that is never closed", "close it with `)`"),
                _ => error(self.scan.at..self.scan.at + 1, "a `)` should stand here", "between larger parts write AND or OR"),
            };
        }
        self.scan.blanks();
        Ok(inner)
    }

    /// The field before a colon, if one is there.
    fn field(&mut self) -> Read<Option<Place>> {
        let Some((name, after)) = self.scan.name_before(':') else { return Ok(None) };
        match Place::NAMES.iter().find(|(known, _)| *known == name) {
            Some((_, place)) => {
                self.scan.at = after;
                Ok(Some(*place))
            }
            None => Ok(None),
        }
    }

    fn group(&mut self) -> Read<Group> {
        let mut terms: Vec<Term> = Vec::new();
        loop {
            self.scan.blanks();
            terms.push(self.scan.term()?);
            self.scan.blanks();
            if !self.scan.eat('|') {
                break;
            }
            if self.scan.peek() == Some('|') {
                let at = self.scan.at;
                return error(at - 1..at + 1, "`||` is no operator here", "write OR, or one `|` between terms");
            }
        }
        let start = terms.first().map_or(0, |term| term.span.0.start);
        let end = terms.last().map_or(0, |term| term.span.0.end);
        Ok(Group { terms, span: Span(start..end) })
    }

    fn call(&mut self, at: usize, name: &str) -> Read<Expr> {
        self.scan.skip(name.len() + 1);
        let expr = match name {
            "NEAR" | "SEQ" => {
                let n = self.count(name, MAX_REACH)?;
                let groups = self.groups(name)?;
                let reach = if name == "NEAR" { Reach::Near(n) } else { Reach::Seq(n) };
                Expr::Window { reach, groups, span: Span(at..self.scan.at) }
            }
            "SENT" => Expr::Window { reach: Reach::Sentence, groups: self.groups(name)?, span: Span(at..self.scan.at) },
            "atleast" => {
                let n = self.count(name, u32::MAX)?;
                let mut of = vec![self.or()?];
                while self.comma() {
                    of.push(self.or()?);
                }
                self.close(at, name)?;
                if n as usize > of.len() {
                    let span = at..self.scan.at;
                    return error(
                        span,
                        format!("atleast({n}, …) has only {} parts, so it can never hold", of.len()),
                        "lower the number, or add parts; inside, `,` parts them",
                    );
                }
                Expr::AtLeast { n, of, span: Span(at..self.scan.at) }
            }
            _ => {
                let hint = match name.to_ascii_lowercase().as_str() {
                    "near" => "write NEAR in capitals",
                    "seq" => "write SEQ in capitals",
                    "sent" => "write SENT in capitals",
                    "atleast" => "write atleast in small letters",
                    _ => "the calls are NEAR(n, a, b), SEQ(n, a, b), SENT(a, b), atleast(n, …) and count(a)>=n",
                };
                return error(at..at + name.len(), format!("unknown call `{name}(`"), hint);
            }
        };
        self.scan.blanks();
        Ok(expr)
    }

    /// The number that a call begins with, and the comma after it.
    fn count(&mut self, name: &str, most: u32) -> Read<u32> {
        self.scan.blanks();
        let at = self.scan.at;
        let digits = self.scan.digits();
        let Some(n) = digits.parse::<u32>().ok().filter(|n| (1..=most).contains(n)) else {
            let what = if name == "atleast" { "how many must hold" } else { "how many words apart they may stand" };
            let end = self.scan.at.max(at + 1).min(self.scan.text.len().max(at));
            return error(at..end, format!("`{name}(` begins with a number from 1 to {most}: {what}"), format!("such as {name}(2, a, b)"));
        };
        if !self.comma() {
            let at = self.scan.at;
            return error(at..at, format!("a comma should stand after the number of `{name}(`"), format!("such as {name}({n}, a, b)"));
        }
        Ok(n)
    }

    fn comma(&mut self) -> bool {
        self.scan.blanks();
        let there = self.scan.eat(',');
        self.scan.blanks();
        there
    }

    /// The groups of a window, up to and with its `)`.
    fn groups(&mut self, name: &str) -> Read<Vec<Group>> {
        let at = self.scan.at;
        let mut groups = Vec::new();
        loop {
            self.scan.blanks();
            if self.scan.peek() == Some('(') || self.scan.sees_keyword("NOT") || self.scan.sees_minus() {
                let at = self.scan.at;
                return error(
                    at..at + 1,
                    format!("`{name}(` takes terms, groups and concepts only"),
                    "`a | b` without parentheses; put AND and NOT outside",
                );
            }
            groups.push(self.group()?);
            if !self.comma() {
                break;
            }
        }
        self.close(at, name)?;
        if groups.len() < 2 {
            return error(at..self.scan.at, format!("`{name}(` needs at least two groups"), "part them with commas");
        }
        Ok(groups)
    }

    fn close(&mut self, open: usize, name: &str) -> Read<()> {
        self.scan.blanks();
        if self.scan.eat(')') {
            return Ok(());
        }
        let at = self.scan.at;
        match self.scan.peek() {
            None => error(open..open + 1, format!("`{name}(` is never closed"), "close it with `)`"),
            _ if self.scan.sees_keyword("AND") || self.scan.sees_keyword("OR") => error(
                at..at + 2,
                format!("`{name}(` takes terms, groups and concepts only"),
                "put AND and OR outside of it; `|` joins terms",
            ),
            _ => error(
                at..self.scan.end_of_piece(),
                "a comma or `)` should stand here",
                "several words that belong together are a phrase: put them in quotes",
            ),
        }
    }
}

/// The span of an expression that is one bare word.
fn bare_word(expr: &Expr) -> Option<Range<usize>> {
    let Expr::Group(group) = expr else { return None };
    let [term] = group.terms.as_slice() else { return None };
    let width = term.span.0.end - term.span.0.start;
    (term.form == super::expr::Form::Bare && width == term.text.len()).then(|| term.span.0.clone())
}

#[cfg(test)]
mod tests;
