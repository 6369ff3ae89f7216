//! The form list: which written forms belong to which lemma, for what grammar alone cannot know.
//!
//! A short list of our own ships inside; a larger one may be built on the user's machine. All words in it are folded.

use super::{Class, Language, TermWord};
use std::collections::BTreeMap;

/// The form list of one language.
#[derive(Debug, Default)]
pub struct FormTable {
    /// Form to lemmas.
    by_form: BTreeMap<String, Vec<String>>,
    /// Lemma to forms.
    by_lemma: BTreeMap<String, Vec<String>>,
}

impl FormTable {
    /// Reads lines of `lemma: form form …`; `#` begins a comment. A lemma is a form of its own.
    pub fn of_lines(text: &str) -> FormTable {
        let mut table = FormTable::default();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or("");
            let Some((lemma, forms)) = line.split_once(':') else { continue };
            let lemma = lemma.trim();
            for form in std::iter::once(lemma).chain(forms.split_whitespace()) {
                table.add(lemma, form);
            }
        }
        table
    }

    fn add(&mut self, lemma: &str, form: &str) {
        self.by_form.entry(form.to_owned()).or_default().push(lemma.to_owned());
        self.by_lemma.entry(lemma.to_owned()).or_default().push(form.to_owned());
    }

    /// The lemmas of a written form; none when the list does not know it.
    pub fn lemmas(&self, form: &str) -> Vec<String> {
        self.by_form.get(form).cloned().unwrap_or_default()
    }

    /// The forms of a lemma, itself among them; none when the list does not know it.
    pub fn forms(&self, lemma: &str) -> Vec<String> {
        self.by_lemma.get(lemma).cloned().unwrap_or_default()
    }
}

/// The form lists of all languages.
#[derive(Debug)]
pub struct Forms {
    tables: Vec<(Language, FormTable)>,
}

impl Default for Forms {
    /// The short lists that ship inside.
    fn default() -> Forms {
        let shipped = Language::ALL.into_iter().filter(|language| !language.grammar().shipped.is_empty());
        Forms { tables: shipped.map(|language| (language, FormTable::of_lines(language.grammar().shipped))).collect() }
    }
}

impl Forms {
    /// The list of a language, where there is any.
    pub fn table(&self, language: Language) -> Option<&FormTable> {
        self.tables.iter().find(|(known, _)| *known == language).map(|(_, table)| table)
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
