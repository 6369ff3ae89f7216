//! One word of a term with its stems, which are made when they are first asked for and kept small: a hundred thousand terms
//! come to more than a million stems, and nearly all of them are the beginning of their word.

use super::{expr::Form, pattern::Glue, typo};
use crate::engine::lang::{Language, TermWord, forms::Forms};
use std::sync::OnceLock;

/// One word of a term.
#[derive(Debug)]
pub(super) struct Part {
    /// Folded.
    word: Box<str>,
    /// As it was written.
    written: Box<str>,
    /// Whether other words of its term stand round it.
    in_phrase: bool,
    form: Form,
    /// The languages that it takes its forms from, where it is inflected.
    languages: Box<[Language]>,
    stems: OnceLock<Stems>,
    /// Whether a sentence may end behind it inside the phrase: the term itself has a mark there, as "U.S. troops" has.
    pub stop: bool,
}

/// The stems of one word.
#[derive(Debug)]
struct Stems {
    /// The folded word, then the letters of the stems that are no part of what stands before them.
    letters: Box<str>,
    stems: Box<[Stem]>,
}

/// Where a stem stands in the letters of its part, and what may stand round it in a written word.
#[derive(Debug)]
struct Stem {
    at: u32,
    len: u32,
    glue: Glue,
}

impl Part {
    pub fn new(word: TermWord<'_>, form: Form, languages: Vec<Language>, stop: bool) -> Part {
        let TermWord { folded, written, in_phrase } = word;
        let languages = languages.into();
        Part { word: folded.into(), written: written.into(), in_phrase, form, languages, stems: OnceLock::new(), stop }
    }

    /// The word, folded.
    pub fn word(&self) -> &str {
        &self.word
    }

    /// Each stem with what may stand round it.
    pub fn stems(&self, forms: &Forms) -> impl Iterator<Item = (&str, Glue)> {
        let Stems { letters, stems } = self.stems.get_or_init(|| Stems::new(&self.word, &self.listed(forms)));
        stems.iter().map(|stem| (&letters[stem.at as usize..(stem.at + stem.len) as usize], stem.glue))
    }

    /// What the form of its term makes of it.
    fn listed(&self, forms: &Forms) -> Vec<(String, Glue)> {
        let whole = |glue| vec![(self.word.to_string(), glue)];
        match self.form {
            Form::Exact | Form::Literal | Form::Concept | Form::Regex(_) => return whole(Glue::Whole),
            Form::OpenEnd => return whole(Glue::OpenEnd),
            Form::OpenStart => return whole(Glue::OpenStart),
            Form::Typo => return typo::parts(&self.word).into_iter().map(|part| (part, Glue::Typo)).collect(),
            Form::Bare => {}
        }
        let word = TermWord { folded: &self.word, written: &self.written, in_phrase: self.in_phrase };
        // Its own form always hits, whatever the grammar says.
        let mut stems: Vec<(String, Glue)> = whole(Glue::Whole);
        for language in &self.languages {
            let grammar = language.grammar();
            let mut found = (grammar.stems)(word);
            if let Some(list) = forms.table(*language) {
                found.extend((grammar.listed)(list, word));
            }
            stems.extend(found.into_iter().filter(|(stem, _)| !stem.is_empty()).map(|(stem, class)| (stem, Glue::In(*language, class))));
        }
        stems.sort_unstable();
        stems.dedup();
        stems
    }

    /// Whether the written, folded word `found` is a form of this one.
    pub fn fits(&self, found: &str, forms: &Forms) -> bool {
        self.stems(forms).any(|(stem, glue)| glue.fits(self.word(), stem, found) && !self.vetoed(glue, found, forms))
    }

    /// Whether a form list knows `found` as another word only.
    pub fn vetoed(&self, glue: Glue, found: &str, forms: &Forms) -> bool {
        let Glue::In(language, _) = glue else { return false };
        found != self.word() && forms.table(language).is_some_and(|list| (language.grammar().vetoes)(list, self.word(), found))
    }
}

impl Stems {
    fn new(word: &str, stems: &[(String, Glue)]) -> Stems {
        let mut letters = word.to_owned();
        let place = |(stem, glue): &(String, Glue)| {
            let at = letters.find(stem).unwrap_or_else(|| {
                letters.push_str(stem);
                letters.len() - stem.len()
            });
            // An expression has at most 64 KiB, and a word has few stems.
            Stem { at: at as u32, len: stem.len() as u32, glue: *glue }
        };
        let stems = stems.iter().map(place).collect();
        Stems { letters: letters.into(), stems }
    }
}
