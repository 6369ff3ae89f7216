//! The letters of an expression: blanks, names, and single terms with their signs.

use super::{Place, Read, error};
use crate::engine::rule::expr::{Flags, Form, Span, Term};

/// Operators: upper case only, so that no word of a language is one by accident.
const OPERATORS: [&str; 3] = ["AND", "OR", "NOT"];

/// What may stand inside a word: hyphens, apostrophes and the zero-width non-joiner.
const JOINTS: [char; 7] = ['-', '\u{2010}', '\u{2011}', '\'', '\u{2019}', '\u{2bc}', '\u{200c}'];

/// Where in the text reading stands.
pub(super) struct Scanner<'t> {
    pub text: &'t str,
    pub at: usize,
}

/// Whether a character ends a word wherever it stands.
fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '|' | ',' | '"' | '<' | '>' | '=')
}

/// Whether `text` can stand bare in an expression and means itself there.
pub fn is_word(text: &str) -> bool {
    let mut scan = Scanner::new(text);
    let term = !OPERATORS.contains(&text) && !text.starts_with('-') && scan.name_before(':').is_none() && scan.call().is_none();
    term && matches!(scan.term(), Ok(term) if term.form == Form::Bare && term.text == text)
        && scan.at == text.len()
        && !text.starts_with('"')
}

impl<'t> Scanner<'t> {
    pub fn new(text: &'t str) -> Scanner<'t> {
        Scanner { text, at: 0 }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub fn at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    pub fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    pub fn blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    pub fn eat(&mut self, c: char) -> bool {
        let there = self.peek() == Some(c);
        if there {
            self.at += c.len_utf8();
        }
        there
    }

    /// Where the piece that starts here ends: at the next blank.
    pub fn end_of_piece(&self) -> usize {
        self.at + self.rest().find(char::is_whitespace).unwrap_or(self.rest().len()).max(self.peek().map_or(0, char::len_utf8))
    }

    /// Whether an operator stands here as a word.
    pub fn sees_keyword(&self, word: &str) -> bool {
        self.rest()
            .strip_prefix(word)
            .is_some_and(|after| after.chars().next().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')' | '"')))
    }

    /// Takes an operator.
    pub fn keyword(&mut self, word: &str) -> bool {
        self.blanks();
        let there = self.sees_keyword(word);
        if there {
            self.at += word.len();
        }
        there
    }

    /// Whether a `-` that means NOT stands here: after a blank or `(` and before a term.
    pub fn sees_minus(&self) -> bool {
        let before = self.text.get(..self.at).and_then(|text| text.chars().next_back());
        let free = before.is_none_or(|c| c.is_whitespace() || c == '(');
        free && self.rest().strip_prefix('-').and_then(|after| after.chars().next()).is_some_and(|c| !c.is_whitespace() && c != '-')
    }

    pub fn minus(&mut self) -> bool {
        let there = self.sees_minus();
        if there {
            self.at += 1;
        }
        there
    }

    /// A name that a `(` follows at once.
    pub fn call(&self) -> Option<&'t str> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let name = &rest[..end];
        (!name.is_empty() && rest[end..].starts_with('(') && name != "count" && !OPERATORS.contains(&name)).then_some(name)
    }

    /// A name that `sign` follows at once, and where what follows the sign begins.
    pub fn name_before(&self, sign: char) -> Option<(&'t str, usize)> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let known = Place::NAMES.iter().any(|(known, _)| *known == &rest[..end]);
        (known && rest[end..].starts_with(sign)).then(|| (&rest[..end], self.at + end + sign.len_utf8()))
    }

    /// ASCII digits from here on.
    pub fn digits(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// What stands here up to a blank, `)`, `,` or `|`.
    pub fn value(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ')' | ',' | '|')).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// One term with its signs.
    pub fn term(&mut self) -> Read<Term> {
        let start = self.at;
        let (form, text) = match self.peek() {
            Some('"') => (Form::Bare, self.quoted()?),
            Some('/') => self.regex()?,
            Some('=') => self.exact(start)?,
            Some('@') => self.concept(start)?,
            Some('~') => self.typo(start)?,
            _ => self.word(start)?,
        };
        let term = Term { form, text, span: Span(start..self.at) };
        checked(term)
    }

    /// A quoted text. A quote inside cannot be written: nothing that is matched holds one.
    fn quoted(&mut self) -> Read<String> {
        let open = self.at;
        let rest = &self.rest()[1..];
        let Some(end) = rest.find('"') else {
            return error(open..open + 1, "a quote is not closed", "end the phrase with `\"`");
        };
        self.at += end + 2;
        Ok(rest[..end].to_owned())
    }

    /// `/…/` with flags. `\/` stands for a slash.
    fn regex(&mut self) -> Read<(Form, String)> {
        let open = self.at;
        let rest = &self.rest()[1..];
        let (mut escaped, mut end) = (false, None);
        for (at, c) in rest.char_indices() {
            match c {
                '/' if !escaped => {
                    end = Some(at);
                    break;
                }
                '\\' => escaped = !escaped,
                _ => escaped = false,
            }
        }
        let Some(end) = end else {
            return error(open..open + 1, "a regular expression is not closed", "end it with `/`; a slash inside is written `\\/`");
        };
        self.at += end + 2;
        Ok((Form::Regex(self.flags()?), rest[..end].replace("\\/", "/")))
    }

    fn flags(&mut self) -> Read<Flags> {
        let mut flags = Flags::default();
        while let Some(c) = self.peek().filter(char::is_ascii_alphabetic) {
            match c {
                'i' => flags.i = true,
                's' => flags.s = true,
                'm' => flags.m = true,
                _ => return error(self.at..self.at + 1, format!("unknown flag `{c}` of a regular expression"), "the flags are i, s and m"),
            }
            self.at += 1;
        }
        Ok(flags)
    }

    fn exact(&mut self, start: usize) -> Read<(Form, String)> {
        let form = if self.rest().starts_with("==") { Form::Literal } else { Form::Exact };
        self.at += if form == Form::Literal { 2 } else { 1 };
        let text = if self.peek() == Some('"') { self.quoted()? } else { self.letters().to_owned() };
        if text.is_empty() {
            return error(start..self.at, "`=` with nothing after it", "write the form, such as =\"Idlib\"");
        }
        Ok((form, text))
    }

    fn concept(&mut self, start: usize) -> Read<(Form, String)> {
        self.at += 1;
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).unwrap_or(rest.len());
        self.at += end;
        if end == 0 {
            return error(start..self.at, "`@` with no name after it", "a concept is `@` and one word");
        }
        Ok((Form::Concept, rest[..end].to_owned()))
    }

    fn typo(&mut self, start: usize) -> Read<(Form, String)> {
        self.at += 1;
        let text = self.letters().to_owned();
        if text.chars().count() < 6 || !text.chars().all(char::is_alphabetic) {
            return error(
                start..self.at,
                format!("`~{text}` has fewer than 6 letters"),
                "one typo is forgiven in words of 6 letters or more, one word each",
            );
        }
        Ok((Form::Typo, text))
    }

    /// Everything up to what ends a word.
    fn letters(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(ends_word).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn word(&mut self, start: usize) -> Read<(Form, String)> {
        let written = self.letters();
        if written.is_empty() {
            let end = self.end_of_piece();
            return error(start..end, format!("`{}` cannot stand here", &self.text[start..end]), "put text with signs in it in quotes");
        }
        if let Some((field, _)) = written.split_once(':').filter(|(field, _)| Place::NAMES.iter().any(|(known, _)| known == field)) {
            let hint = format!("put the field before the call or group that it is meant for: {field}:(…)");
            return error(start..self.at, format!("the field `{field}:` cannot stand here"), hint);
        }
        if OPERATORS.contains(&written) {
            let hint = format!("to find the word itself, quote it: \"{written}\"");
            return error(start..self.at, format!("`{written}` is no term here"), hint);
        }
        starred(written, start)
    }
}

/// A word with a `*` at one end, or none.
pub(super) fn starred(written: &str, start: usize) -> Read<(Form, String)> {
    let span = start..start + written.len();
    let (form, text) = match (written.strip_prefix('*'), written.strip_suffix('*')) {
        (Some(inner), Some(_)) if inner.len() > 1 => {
            return error(
                span,
                format!("`{written}` is open at both ends"),
                "a term is a whole word, open at one end at most; part of a word is what `/…/` finds",
            );
        }
        (Some(rest), _) => (Form::OpenStart, rest),
        (_, Some(rest)) => (Form::OpenEnd, rest),
        _ => (Form::Bare, written),
    };
    // What stands beside the star is a letter: `al-Qa*`, but not `al-*`.
    let is_letter = |c: char| c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c);
    let beside = if form == Form::OpenEnd { text.chars().next_back() } else { text.chars().next() };
    let is_one_word = text.chars().all(|c| is_letter(c) || JOINTS.contains(&c)) && beside.is_some_and(is_letter);
    if text.contains('*') || form != Form::Bare && !is_one_word {
        return error(span, format!("`*` in `{written}` stands neither first nor last in one word"), "write `word*` or `*word`");
    }
    Ok((form, text.to_owned()))
}

/// A term that holds something to look for.
pub(super) fn checked(term: Term) -> Read<Term> {
    if matches!(term.form, Form::Regex(_)) && term.text.is_empty() {
        return error(term.span.0, "an empty regular expression", "write what it must match");
    }
    if !matches!(term.form, Form::Regex(_)) && !term.text.chars().any(char::is_alphanumeric) {
        return error(term.span.0, format!("`{}` holds no letter or digit", term.text), "a term needs at least one");
    }
    Ok(term)
}
