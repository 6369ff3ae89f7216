//! The strings of `all`, `any`, `none` and `score`: `[field:] term | term`, in which several bare words are a phrase.

use super::{
    MAX_BYTES, Note, Place, Read, error,
    scan::{Scanner, checked, starred},
};
use crate::engine::rule::expr::{Expr, Form, Group, Span, Term};

/// What begins a call.
const CALLS: [&str; 5] = ["NEAR(", "SEQ(", "SENT(", "atleast(", "count("];

/// Reads one string of a list.
///
/// # Errors
/// At the first place that cannot be read.
pub fn parse_list(text: &str) -> Read<(Expr, Vec<Note>)> {
    read(text).map_err(|error| error.within(text))
}

fn read(text: &str) -> Read<(Expr, Vec<Note>)> {
    if text.len() > MAX_BYTES {
        return error(0..text.len(), format!("the string is longer than {MAX_BYTES} bytes"), "put long lists of words into a concept");
    }
    let mut scan = Scanner::new(text);
    scan.blanks();
    let place = scan.name_before(':').and_then(|(name, after)| {
        scan.at = after;
        Place::NAMES.iter().find(|(known, _)| *known == name).map(|(_, place)| *place)
    });
    let start = scan.at;
    let mut terms = Vec::new();
    loop {
        scan.blanks();
        terms.push(alternative(&mut scan)?);
        scan.blanks();
        if !scan.eat('|') {
            break;
        }
    }
    if !scan.at_end() {
        let hint = "write one phrase, or several terms with `|` between them; AND, NOT and calls belong into `when`";
        return error(scan.at..text.len(), "this cannot stand after a term", hint);
    }
    let notes = notes(&terms);
    let group = Expr::Group(Group { terms, span: Span(start..text.len()) });
    let expr = match place {
        Some(place) => Expr::In { place, of: Box::new(group) },
        None => group,
    };
    Ok((expr, notes))
}

/// One alternative: a term with signs, or all words up to the next `|`.
fn alternative(scan: &mut Scanner<'_>) -> Read<Term> {
    match scan.peek() {
        None | Some('|') => {
            let at = scan.at.min(scan.text.len());
            return error(at.saturating_sub(1)..at, "an empty term", "remove it, or the `|` beside it");
        }
        Some('"' | '/' | '@' | '~') => return scan.term(),
        _ => {}
    }
    let start = scan.at;
    let rest = &scan.text[start..];
    let written = rest[..rest.find('|').unwrap_or(rest.len())].trim_end();
    scan.at += written.len();
    let (form, text) = if let Some(text) = written.strip_prefix("==") {
        (Form::Literal, unquote(text))
    } else if let Some(text) = written.strip_prefix('=') {
        (Form::Exact, unquote(text))
    } else if written.contains(char::is_whitespace) && !written.contains('*') {
        (Form::Bare, written.to_owned())
    } else {
        starred(written, start)?
    };
    if has_quote(&text) {
        let hint = "write one phrase in quotes, or several terms with `|` between them";
        return error(start..scan.at, format!("`{written}` holds a quote inside"), hint);
    }
    checked(Term { form, text, span: Span(start..scan.at) })
}

/// Whether a quote is in it that is no part of a Hebrew acronym, as in צה"ל.
fn has_quote(text: &str) -> bool {
    let is_hebrew = |c: Option<char>| c.is_some_and(|c| ('\u{5d0}'..='\u{5ea}').contains(&c));
    text.match_indices('"').any(|(at, quote)| {
        let [before, behind] = [text[..at].chars().next_back(), text[at + quote.len()..].chars().next()];
        !is_hebrew(before) || !is_hebrew(behind)
    })
}

fn unquote(text: &str) -> String {
    let text = text.trim();
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).to_owned()
}

/// Operators and calls inside a list are words of the phrase.
fn notes(terms: &[Term]) -> Vec<Note> {
    let is_operator =
        |word: &str| matches!(word, "AND" | "OR" | "NOT") || word.starts_with('(') || CALLS.iter().any(|call| word.starts_with(call));
    let operator = |term: &&Term| term.form == Form::Bare && term.text.split_whitespace().any(is_operator);
    let message = "AND, OR, NOT, parentheses and calls are words of a phrase here; write such an expression under `when`";
    terms.iter().filter(operator).map(|term| Note { span: term.span.0.clone(), message: message.to_owned() }).collect()
}
