//! One word of a term with its stems, kept small: a hundred thousand terms come to more than a million stems, and nearly all
//! of them are the beginning of their word.

use super::pattern::Glue;
use crate::engine::lang::forms::Forms;

/// One word of a term.
#[derive(Debug)]
pub(super) struct Part {
    /// The folded word, then the letters of the stems that are no part of what stands before them.
    letters: Box<str>,
    /// How many bytes of `letters` are the word.
    word: u32,
    stems: Box<[Stem]>,
    /// Whether a sentence may end behind it inside the phrase: the term itself has a mark there, as "U.S. troops" has.
    pub stop: bool,
}

/// Where a stem stands in the letters of its part, and what may stand round it in a written word.
#[derive(Debug)]
struct Stem {
    at: u32,
    len: u32,
    glue: Glue,
}

impl Part {
    pub fn new(word: &str, stems: &[(String, Glue)], stop: bool) -> Part {
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
        Part { letters: letters.into(), word: word.len() as u32, stems, stop }
    }

    /// The word, folded.
    pub fn word(&self) -> &str {
        &self.letters[..self.word as usize]
    }

    /// Each stem with what may stand round it.
    pub fn stems(&self) -> impl Iterator<Item = (&str, Glue)> {
        self.stems.iter().map(|stem| (&self.letters[stem.at as usize..(stem.at + stem.len) as usize], stem.glue))
    }

    /// Whether the written, folded word `found` is a form of this one.
    pub fn fits(&self, found: &str, forms: &Forms) -> bool {
        self.stems().any(|(stem, glue)| glue.fits(self.word(), stem, found) && !self.vetoed(glue, found, forms))
    }

    /// Whether a form list knows `found` as another word only.
    pub fn vetoed(&self, glue: Glue, found: &str, forms: &Forms) -> bool {
        let Glue::In(language, _) = glue else { return false };
        found != self.word() && forms.table(language).is_some_and(|list| (language.grammar().vetoes)(list, self.word(), found))
    }
}
