//! A term ready to be looked for: its words.

use super::{
    expr::{Flags, Form},
    part::Part,
    pattern::Glue,
};
use crate::engine::lang::{Language, TermWord, fold::Folded, forms::Forms, guess};

/// The most bytes that a compiled regular expression may take.
pub const REGEX_BYTES: usize = 1 << 20;
/// The most words of a phrase.
const MAX_WORDS: usize = 64;

/// A word or phrase that rules look for.
#[derive(Debug)]
pub(super) struct Term {
    /// As written in the rule or lexicon.
    pub written: Box<str>,
    /// The very letters and signs, where case and accents count.
    pub literal: Option<Literal>,
    /// Its words; none for a regular expression.
    pub parts: Box<[Part]>,
    /// The word that is looked for; the others are checked where it is found.
    pub anchor: u16,
    /// A regular expression over the original text.
    pub regex: Option<Box<regex::Regex>>,
    /// Another spelling of it that counts as the same.
    pub also: Option<u32>,
    /// Rules that it speaks for, ascending.
    pub rules: Vec<u32>,
}

/// A text that must stand in the original as it is written, with the signs round its words: `C++`, `U.S.`.
#[derive(Debug)]
pub(super) struct Literal {
    text: Box<str>,
    /// Bytes before its first word.
    before: usize,
    /// Bytes behind its last word.
    behind: usize,
}

impl Literal {
    fn new(text: &str, folded: &Folded) -> Literal {
        let (before, end) = folded.words.first().zip(folded.words.last()).map_or((0, 0), |(first, last)| (first.start, last.end));
        Literal { text: text.into(), before: before as usize, behind: text.len() - end as usize }
    }

    /// Whether it stands in `original` where its words are those from `start` to `end`, in bytes.
    pub fn stands(&self, original: &str, start: u32, end: u32) -> bool {
        let from = (start as usize).checked_sub(self.before);
        from.and_then(|from| original.get(from..end as usize + self.behind)) == Some(&*self.text)
    }
}

/// Why a term cannot be looked for, and what to do.
pub(super) type Refusal = (String, Option<String>);

/// The languages that a term may take its forms from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'a> {
    /// The key in a lexicon.
    Lexicon(&'a str),
    /// A rule: the languages that it and its feeds name.
    Rule { langs: &'a [String], feed_langs: &'a [String] },
}

impl Source<'_> {
    /// The languages of one word, as it was written.
    pub fn languages(&self, written: &str) -> Vec<Language> {
        let (langs, feed_langs) = match self {
            Source::Lexicon(tag) => return Language::of_tag(tag, written).into_iter().collect(),
            Source::Rule { langs, feed_langs } => (langs, feed_langs),
        };
        let able = guess::languages(written);
        for named in [langs, feed_langs] {
            let owners: Vec<Language> =
                named.iter().filter_map(|tag| Language::of_tag(tag, written)).filter(|l| able.contains(l)).collect();
            if !owners.is_empty() {
                return owners;
            }
        }
        // Arabic letters that say nothing more are Arabic, unless a feed says otherwise.
        if able.contains(&Language::Arabic) { vec![Language::Arabic] } else { able }
    }
}

impl Term {
    /// A term of words.
    pub fn of_words(written: &str, text: &str, form: Form, source: Source<'_>) -> Result<Term, Refusal> {
        let folded = Folded::new(text);
        let count = folded.words.len();
        if count == 0 {
            return Err((format!("`{written}` folds to nothing"), Some("a term needs a letter or digit".into())));
        }
        if count > MAX_WORDS {
            return Err((format!("`{written}` has more than the {MAX_WORDS} words that a phrase may have"), None));
        }
        if form == Form::Typo && (count > 1 || folded.word(0).chars().count() < 6) {
            return Err((
                format!("`~{text}` is not one word of 6 letters or more"),
                Some("list the spellings, with `|` between them".into()),
            ));
        }
        // Of several words only the last one's end is open, and the first one's start.
        let form_of = |index| match form {
            Form::OpenEnd if index + 1 < count => Form::Exact,
            Form::OpenStart if index > 0 => Form::Exact,
            form => form,
        };
        let parts: Vec<Part> = (0..count)
            .map(|index| {
                let word = folded.words[index];
                let (form, written) = (form_of(index), &text[word.start as usize..word.end as usize]);
                let languages = if form == Form::Bare { source.languages(written) } else { Vec::new() };
                Part::new(TermWord { folded: folded.word(index), written, in_phrase: count > 1 }, form, languages, word.stop)
            })
            .collect();
        // The longest word is the rarest, until the other terms are known.
        let anchor = (0..count).max_by_key(|index| (parts[*index].word().chars().count(), std::cmp::Reverse(*index))).unwrap_or(0) as u16;
        let literal = (form == Form::Literal).then(|| Literal::new(text, &folded));
        Ok(Term { written: written.into(), literal, parts: parts.into(), anchor, regex: None, also: None, rules: Vec::new() })
    }

    /// A regular expression.
    pub fn of_regex(written: &str, pattern: &str, flags: Flags) -> Result<Term, Refusal> {
        let built = regex::RegexBuilder::new(pattern)
            .case_insensitive(flags.i)
            .dot_matches_new_line(flags.s)
            .multi_line(flags.m)
            .size_limit(REGEX_BYTES)
            .dfa_size_limit(REGEX_BYTES)
            .build();
        let regex = built.map_err(|error| {
            let said = error.to_string();
            let last = said.lines().last().unwrap_or("").trim_start_matches("error: ").to_owned();
            (
                format!("`{written}` is no regular expression: {last}"),
                Some("the syntax is that of the Rust crate regex: no look-around, no back-references".into()),
            )
        })?;
        Ok(Term {
            written: written.into(),
            literal: None,
            parts: Box::new([]),
            anchor: 0,
            regex: Some(Box::new(regex)),
            also: None,
            rules: Vec::new(),
        })
    }

    /// How common its hits may be: what decides which of a rule's terms wake it. Short words are common ones.
    pub fn commonness(&self) -> f64 {
        let letters = self.parts.get(self.anchor as usize).map_or(1, |part| part.word().chars().count().max(1));
        1.0 / (letters * letters) as f64
    }

    /// What is found of it in a written form: how the term came to hit it.
    pub fn path(&self, found: &[&str], forms: &Forms) -> String {
        if self.regex.is_some() {
            return "pattern".into();
        }
        let paths: Vec<String> = self.parts.iter().zip(found).map(|(part, found)| path(part, found, forms)).collect();
        if paths.iter().all(|path| path == "exact") { "exact".into() } else { paths.join(" ") }
    }
}

fn path(part: &Part, found: &str, forms: &Forms) -> String {
    if found == part.word() {
        return "exact".into();
    }
    let mut best: Option<(&str, Glue, usize)> = None;
    for (stem, glue) in part.stems(forms) {
        // The longest stem says most.
        if best.is_none_or(|(known, ..)| known.len() < stem.len())
            && let Some(at) = glue.place(part.word(), stem, found)
            && !part.vetoed(glue, found, forms)
        {
            best = Some((stem, glue, at));
        }
    }
    match best {
        None => "exact".into(),
        Some((_, Glue::Typo, _)) => "one typo".into(),
        Some((stem, _, 0)) if stem == found => "form list".into(),
        Some((stem, _, at)) => {
            let pieces = [&found[..at], stem, &found[at + stem.len()..]];
            pieces.into_iter().filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join("+")
        }
    }
}
