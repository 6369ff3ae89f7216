//! The form list: which written forms belong to which lemma, for what grammar alone cannot know.
//!
//! A short list of our own ships inside; a larger one is built on the user's machine from the hunspell dictionaries there
//! ([`build`]) and read from one file ([`Forms::read`]). All words in it are folded.

mod arabic;
mod build;
mod expand;
mod file;
mod hunspell;

use super::{Class, Language, TermWord};
use std::{
    collections::{BTreeMap, HashMap},
    sync::OnceLock,
};

pub use build::{BuildError, Progress, build};
pub use file::{FormsError, Source};

/// The form lists of all languages.
#[derive(Debug)]
pub struct Forms {
    tables: BTreeMap<Language, FormTable>,
    sources: Vec<Source>,
}

impl Default for Forms {
    /// The lists that ship inside.
    fn default() -> Forms {
        let shipped =
            Language::ALL.into_iter().map(|language| (language, language.grammar().shipped)).filter(|(_, lines)| !lines.is_empty());
        Forms { tables: shipped.map(|(language, lines)| (language, FormTable::of_lines(lines))).collect(), sources: Vec::new() }
    }
}

impl Forms {
    /// Reads the file of a form list and joins it to the lists that ship inside.
    pub fn read(file: Vec<u8>) -> Result<Forms, FormsError> {
        let mut forms = Forms::default();
        for (source, part) in file::read(file)? {
            forms.tables.entry(source.language).or_default().part = Some(part);
            forms.sources.push(source);
        }
        Ok(forms)
    }

    /// The list of a language; none when nothing is known of it.
    pub fn table(&self, language: Language) -> Option<&FormTable> {
        self.tables.get(&language)
    }

    /// What the file was made of; empty for the shipped lists alone.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }
}

/// The form list of one language.
#[derive(Debug, Default)]
pub struct FormTable {
    /// The shipped list as it is written.
    lines: &'static str,
    /// The same, read when first asked.
    shipped: OnceLock<Shipped>,
    /// What a file adds.
    part: Option<file::Part>,
}

/// A shipped list.
#[derive(Debug, Default)]
struct Shipped {
    /// Form to lemmas.
    by_form: HashMap<String, Vec<String>>,
    /// Lemma to forms.
    by_lemma: HashMap<String, Vec<String>>,
}

impl FormTable {
    /// Of lines of `lemma: form form …`, in natural spelling; `#` begins a comment. A lemma is a form of its own.
    pub const fn of_lines(lines: &'static str) -> FormTable {
        FormTable { lines, shipped: OnceLock::new(), part: None }
    }

    fn shipped(&self) -> &Shipped {
        self.shipped.get_or_init(|| Shipped::read(self.lines))
    }

    /// The lemmas of a written form; none when the list does not know it.
    pub fn lemmas(&self, form: &str) -> Vec<String> {
        let mut lemmas = self.shipped().by_form.get(form).cloned().unwrap_or_default();
        if let Some(part) = &self.part {
            part.lemmas(form, &mut lemmas);
        }
        lemmas
    }

    /// The forms of a lemma, itself among them; none when the list does not know it.
    pub fn forms(&self, lemma: &str) -> Vec<String> {
        let mut forms = self.shipped().by_lemma.get(lemma).cloned().unwrap_or_default();
        if let Some(part) = &self.part {
            part.forms(lemma, &mut forms);
        }
        forms
    }

    /// The lemmas of a form that the shipped list alone has.
    pub fn shipped_lemmas(&self, form: &str) -> &[String] {
        self.shipped().by_form.get(form).map_or(&[], Vec::as_slice)
    }

    /// The forms of a lemma that the shipped list alone has.
    pub fn shipped_forms(&self, lemma: &str) -> &[String] {
        self.shipped().by_lemma.get(lemma).map_or(&[], Vec::as_slice)
    }

    /// Whether the list has more than what ships inside: what it does not know is then the less likely to be a word.
    pub fn is_built(&self) -> bool {
        self.part.is_some()
    }
}

impl Shipped {
    fn read(lines: &str) -> Shipped {
        let mut list = Shipped::default();
        for line in lines.lines() {
            let line = line.split('#').next().unwrap_or("");
            let Some((lemma, forms)) = line.split_once(':') else { continue };
            let Some(lemma) = build::fold(lemma) else { continue };
            list.add(&lemma, &lemma);
            for form in forms.split_whitespace().filter_map(build::fold) {
                list.add(&lemma, &form);
            }
        }
        list
    }

    fn add(&mut self, lemma: &str, form: &str) {
        let link = |words: &mut Vec<String>, word: &str| {
            if !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        };
        link(self.by_form.entry(form.to_owned()).or_default(), lemma);
        link(self.by_lemma.entry(lemma.to_owned()).or_default(), form);
    }
}

/// The forms that the list has of a word, as stems that stand alone (class 0): [`super::Grammar::listed`] of most languages.
pub fn listed(list: &FormTable, word: TermWord<'_>) -> Vec<(String, Class)> {
    list.forms(word.folded).into_iter().filter(|form| form != word.folded).map(|form| (form, 0)).collect()
}

/// Whether the list knows `found` only under lemmas that neither are `term` nor are lemmas of it:
/// [`super::Grammar::vetoes`] of most languages.
pub fn vetoes(list: &FormTable, term: &str, found: &str) -> bool {
    let of_found = list.lemmas(found);
    if of_found.is_empty() || of_found.iter().any(|lemma| lemma == term) {
        return false;
    }
    let of_term = list.lemmas(term);
    !of_found.iter().any(|lemma| of_term.contains(lemma))
}
