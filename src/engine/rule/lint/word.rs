//! What is odd about one term by itself: letters of another script, a word too short, signs that fold away, a language that
//! no feed speaks.

use super::{listed, same_language};
use crate::engine::{
    lang::{Language, fold::Folded, guess},
    rule::expr::{Form, Term},
};
use std::{collections::BTreeSet, ops::Range};

/// The most letters of a word that is too short to stand bare.
const SHORT: usize = 2;
/// A word that more languages than this may own says nothing about its language.
const MANY_LANGUAGES: usize = 3;

/// Letters of Latin, Cyrillic and Greek that look the same.
const TWINS: &[(char, &str)] = &[
    ('a', "аα"),
    ('c', "с"),
    ('e', "е"),
    ('h', "һ"),
    ('i', "іι"),
    ('j', "ј"),
    ('o', "оο"),
    ('p', "рρ"),
    ('s', "ѕ"),
    ('v', "ν"),
    ('x', "х"),
    ('y', "у"),
    ('A', "АΑ"),
    ('B', "ВΒ"),
    ('C', "С"),
    ('E', "ЕΕ"),
    ('H', "НΗ"),
    ('I', "ІΙ"),
    ('J', "Ј"),
    ('K', "КΚ"),
    ('M', "МΜ"),
    ('N', "Ν"),
    ('O', "ОΟ"),
    ('P', "РΡ"),
    ('S', "Ѕ"),
    ('T', "ТΤ"),
    ('X', "ХΧ"),
    ('Y', "УΥ"),
];

type Add<'a> = &'a mut dyn FnMut(Range<usize>, String, Option<String>);

/// Looks at a term in the string `text`; `spoken` are the languages of the feeds it is looked for in, where all are known.
pub fn look(term: &Term, text: &str, spoken: Option<&[String]>, add: Add<'_>) {
    if matches!(term.form, Form::Regex(_)) {
        return;
    }
    let span = term.span.0.clone();
    mixed(text.get(span.clone()).unwrap_or(""), span.start, add);
    let folded = Folded::new(&term.text);
    signs(term, &folded, add);
    short(term, &folded, add);
    if let (Form::Bare, Some(spoken)) = (term.form, spoken) {
        unheard(term, spoken, add);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Script {
    Latin,
    Cyrillic,
    Greek,
    Arabic,
    Hebrew,
}

fn script(c: char) -> Option<Script> {
    match c {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' if c.is_alphabetic() => Some(Script::Latin),
        '\u{400}'..='\u{52f}' => Some(Script::Cyrillic),
        '\u{370}'..='\u{3ff}' => Some(Script::Greek),
        '\u{620}'..='\u{64a}' | '\u{66e}'..='\u{6d3}' | '\u{750}'..='\u{77f}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' => {
            Some(Script::Arabic)
        }
        '\u{5d0}'..='\u{5ea}' => Some(Script::Hebrew),
        _ => None,
    }
}

/// Letters of two scripts in one word.
fn mixed(written: &str, offset: usize, add: Add<'_>) {
    let mut start = 0;
    for word in written.split(|c: char| !c.is_alphanumeric()) {
        let at = offset + start;
        // What parts words may be of any length.
        start += word.len() + written[start + word.len()..].chars().next().map_or(0, char::len_utf8);
        let letters: Vec<(usize, char, Script)> = word.char_indices().filter_map(|(i, c)| Some((i, c, script(c)?))).collect();
        let count = |wanted: Script| letters.iter().filter(|(_, _, script)| *script == wanted).count();
        let Some(most) = letters.iter().map(|(_, _, script)| *script).max_by_key(|script| (count(*script), std::cmp::Reverse(*script)))
        else {
            continue;
        };
        let Some((i, c, strange)) = letters.iter().find(|(_, _, script)| *script != most) else { continue };
        let message = format!(
            "the letter `{c}` (U+{:04X}) in `{word}` is {strange:?}, the others are {most:?}: this is not the word that it looks like",
            u32::from(*c)
        );
        let hint = twin(*c, most).map_or_else(
            || "part the two with a blank or a hyphen if they are two words".to_owned(),
            |twin| format!("write the {most:?} `{twin}` (U+{:04X})", u32::from(twin)),
        );
        add(at + i..at + i + c.len_utf8(), message, Some(hint));
    }
}

/// The letter of `wanted` that looks like `c`.
fn twin(c: char, wanted: Script) -> Option<char> {
    let row = TWINS.iter().find(|(latin, others)| *latin == c || others.contains(c))?;
    std::iter::once(row.0).chain(row.1.chars()).find(|other| script(*other) == Some(wanted))
}

/// Signs at an end of the term that nothing is left of.
fn signs(term: &Term, folded: &Folded, add: Add<'_>) {
    const MEANT: &[char] = &['+', '#', '$', '€', '£', '%', '@', '&', '=', '^', '<', '>', '/', '\\', '~', '!', '?'];
    let text = term.text.trim();
    let (Some(first), Some(last)) = (folded.words.first(), folded.words.last()) else { return };
    let words: Vec<&str> = (0..folded.words.len()).map(|index| folded.word(index)).collect();
    let words = words.join(" ");
    if term.form == Form::Literal && (first.start > 0 || (last.end as usize) < term.text.len()) {
        let message = format!("`{term}` can never hit: a hit begins and ends with a letter or digit");
        return add(term.span.0.clone(), message, Some(format!("write a regular expression, such as /{}/", regex::escape(text))));
    }
    if text.starts_with(MEANT) || text.ends_with(MEANT) {
        let message = format!("`{text}` is looked for as `{words}`: signs fold away");
        add(
            term.span.0.clone(),
            message,
            Some(format!("if the sign matters, write a regular expression, such as /{}/", regex::escape(text))),
        );
    }
}

/// A word so short that it hits by chance.
fn short(term: &Term, folded: &Folded, add: Add<'_>) {
    if folded.words.len() != 1 || !matches!(term.form, Form::Bare | Form::OpenEnd | Form::OpenStart) {
        return;
    }
    let word = folded.word(0);
    let letters = word.chars().count();
    // One character of Chinese is a word; scripts without letters of their own case are not judged.
    if letters > SHORT || !word.chars().all(|c| script(c).is_some()) {
        return;
    }
    let counted = if letters == 1 { "one letter" } else { "two letters" };
    let (message, hint) = match term.form {
        Form::Bare => (
            format!("`{term}` is {counted}: it is found in any case and in every form of its language"),
            format!("write ==\"{}\" for these very letters, or =\"{}\" for this form alone", term.text, term.text),
        ),
        Form::OpenEnd => (format!("`{term}` finds every word that begins with these {counted}"), "write more of the word".to_owned()),
        _ => (format!("`{term}` finds every word that ends with these {counted}"), "write more of the word".to_owned()),
    };
    add(term.span.0.clone(), message, Some(hint));
}

/// A word of languages that no feed speaks.
fn unheard(term: &Term, spoken: &[String], add: Add<'_>) {
    let mut able: BTreeSet<Language> = BTreeSet::new();
    for word in term.text.split_whitespace() {
        let owners = guess::languages(word);
        if owners.is_empty() || owners.len() > MANY_LANGUAGES {
            return;
        }
        able.extend(owners);
    }
    let tags: Vec<String> = able.iter().map(|language| language.grammar().tag.to_owned()).collect();
    if tags.is_empty() || tags.iter().any(|tag| spoken.iter().any(|heard| same_language(heard, tag))) {
        return;
    }
    let message = format!("`{}` reads as {}, and the feeds of this rule are in {}", term.text, listed(&tags), listed(spoken));
    add(term.span.0.clone(), message, Some("fine if such a feed is to come, or if others quote it".into()));
}
