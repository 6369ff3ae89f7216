//! How one stem is looked for: what may stand round it inside a written word, and what of that the automaton can check.

use super::typo;
use crate::engine::lang::{Class, Language, fold::BLANK};

/// What may stand round a stem inside one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Glue {
    /// Nothing: the stem is the whole word.
    Whole,
    /// What this class of this language allows.
    In(Language, Class),
    /// Anything after it: `word*`.
    OpenEnd,
    /// Anything before it: `*word`.
    OpenStart,
    /// One typo anywhere: the stem is a part of the word that the typo spared.
    Typo,
}

impl Glue {
    /// Whether `before` and `after`, the rest of the written word round `stem`, are what this glue allows for the term's `word`.
    pub fn allows(self, word: &str, stem: &str, before: &str, after: &str) -> bool {
        match self {
            Glue::Whole => before.is_empty() && after.is_empty(),
            Glue::In(language, class) => (language.grammar().allows)(class, stem, before, after),
            Glue::OpenEnd => before.is_empty(),
            Glue::OpenStart => after.is_empty(),
            Glue::Typo => typo::within_one(word, &[before, stem, after].concat()),
        }
    }

    /// Whether something may stand before the stem, and after it.
    fn open(self) -> (bool, bool) {
        match self {
            Glue::Whole => (false, false),
            Glue::In(language, _) => (language.grammar().glues_before, true),
            Glue::OpenEnd => (false, true),
            Glue::OpenStart => (true, false),
            Glue::Typo => (true, true),
        }
    }

    /// What the automaton looks for: the stem with a blank at each end where nothing may stand.
    pub fn pattern(self, stem: &str) -> String {
        let mut pattern = String::with_capacity(stem.len() + 2);
        self.write_pattern(stem, &mut pattern);
        pattern
    }

    /// Writes what the automaton looks for behind `pattern`.
    pub fn write_pattern(self, stem: &str, pattern: &mut String) {
        let (start, end) = self.open();
        if !start {
            pattern.push(BLANK);
        }
        pattern.push_str(stem);
        if !end {
            pattern.push(BLANK);
        }
    }

    /// Whether the written word `found` is allowed, with `stem` anywhere in it.
    pub fn fits(self, word: &str, stem: &str, found: &str) -> bool {
        self.place(word, stem, found).is_some()
    }

    /// Where in the written word `found` the stem stands, with what is allowed round it.
    pub fn place(self, word: &str, stem: &str, found: &str) -> Option<usize> {
        let allows = |at: &usize| self.allows(word, stem, &found[..*at], &found[at + stem.len()..]);
        if !self.open().0 {
            return found.starts_with(stem).then_some(0).filter(allows);
        }
        found.match_indices(stem).map(|(at, _)| at).find(allows)
    }
}
