//! From an entry of a dictionary to its written forms, each with its lemma.

use super::arabic;
use super::hunspell::{Affixes, Entry, Flag, Rule};
use crate::engine::lang::Language;

/// The most forms that are made of one entry.
const MAX_FORMS: usize = 4096;

/// What becomes of the prefixes of a dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prefixes {
    /// They are words of their own that are only written together: the language's room knows them.
    Glued,
    /// They make another word (undo of do).
    Derive,
    /// They make a form of the same word (naçim of diçim).
    Inflect,
}

/// How the dictionary of a language is to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy {
    prefixes: Prefixes,
    /// Whether a suffix that takes suffixes itself makes another word (nación of nacer).
    continued_derives: bool,
    /// Whether classes of suffixes that make adjectives of relation are known by their names.
    has_relations: bool,
    /// How many suffixes stand one after the other.
    depth: usize,
    /// Whether an entry without any flag is a lemma; else it is some form of an unknown one and tells nothing.
    bare_is_lemma: bool,
}

impl Policy {
    /// The policy for the dictionaries of this language that distributions ship.
    pub fn of(language: Language) -> Policy {
        let common = Policy { prefixes: Prefixes::Derive, continued_derives: false, has_relations: false, depth: 2, bare_is_lemma: true };
        match language {
            // Chains of particles and pronouns are the room's; plurals, duals and feminines are one suffix.
            Language::Arabic => Policy { prefixes: Prefixes::Glued, has_relations: true, depth: 1, ..common },
            Language::Hebrew => Policy { prefixes: Prefixes::Glued, ..common },
            Language::Kurmanji => Policy { prefixes: Prefixes::Inflect, ..common },
            Language::Spanish => Policy { continued_derives: true, ..common },
            // Two of three entries are inflected verbs without a word about their lemma.
            Language::Turkish => Policy { depth: 1, bare_is_lemma: false, ..common },
            _ => common,
        }
    }
}

/// A word on its way: what it is, what its lemma is, what it still takes.
struct Stage<'a> {
    word: &'a str,
    lemma: &'a str,
    flags: &'a [Flag],
    /// Whether a prefix stands before it, and whether that is one half of a circumfix.
    prefixed: bool,
    half: bool,
}

/// Makes the forms of entries.
pub(super) struct Expansion<'a, F: FnMut(&str, &str)> {
    affixes: &'a Affixes,
    policy: Policy,
    /// Takes a form and its lemma, both as written.
    emit: F,
    left: usize,
}

impl<'a, F: FnMut(&str, &str)> Expansion<'a, F> {
    /// An expansion that gives what it makes to `emit(form, lemma)`.
    pub fn new(affixes: &'a Affixes, policy: Policy, emit: F) -> Self {
        Expansion { affixes, policy, emit, left: 0 }
    }

    /// Gives the forms of an entry; false if there are more than fit.
    pub fn entry(&mut self, entry: &Entry) -> bool {
        self.left = MAX_FORMS;
        if self.affixes.hides_all(&entry.flags) || (entry.flags.is_empty() && entry.stem.is_none() && !self.policy.bare_is_lemma) {
            return true;
        }
        let lemma = entry.stem.as_deref().unwrap_or(&entry.word);
        if !self.affixes.hides_bare(&entry.flags) {
            self.give(&entry.word, lemma);
        }
        let bare = Stage { word: &entry.word, lemma, flags: &entry.flags, prefixed: false, half: false };
        self.suffixes(&bare, self.policy.depth);
        self.prefixes(&bare, true);
        self.left > 0
    }

    fn give(&mut self, form: &str, lemma: &str) {
        if self.left > 0 {
            self.left -= 1;
            (self.emit)(form, lemma);
        }
    }

    /// Every suffix that the word takes, and suffixes on these.
    fn suffixes(&mut self, stage: &Stage<'_>, depth: usize) {
        let affixes = self.affixes;
        let classes = stage.flags.iter().filter_map(|flag| Some((*flag, affixes.suffixes.get(flag)?)));
        for (flag, class) in classes.filter(|(_, class)| !stage.prefixed || class.crosses) {
            for rule in &class.rules {
                let Some(form) = rule.suffixed(stage.word) else { continue };
                if self.left == 0 {
                    return;
                }
                self.suffixed(stage, (flag, rule), &form, depth);
            }
        }
    }

    fn suffixed(&mut self, stage: &Stage<'_>, (flag, rule): (Flag, &Rule), form: &str, depth: usize) {
        let affixes = self.affixes;
        let goes_on = rule.flags.iter().any(|flag| affixes.suffixes.contains_key(flag));
        let relation = if self.policy.has_relations { arabic::relation(flag, &rule.append, form) } else { None };
        let lemma = match &relation {
            Some(adjective) => adjective,
            None if goes_on && self.policy.continued_derives => form,
            None => stage.lemma,
        };
        let half = affixes.is_circumfix(&rule.flags);
        if half == stage.half && (half || !affixes.hides_bare(&rule.flags)) {
            self.give(form, lemma);
        }
        let next = Stage { word: form, lemma, flags: &rule.flags, prefixed: stage.prefixed, half: stage.half };
        if goes_on && depth > 1 {
            self.suffixes(&next, depth - 1);
        }
        if !stage.prefixed {
            self.prefixes(&next, false);
        }
    }

    /// Every prefix that the word takes; with `and_suffixes` the suffixes of the word as well.
    fn prefixes(&mut self, stage: &Stage<'_>, and_suffixes: bool) {
        if self.policy.prefixes == Prefixes::Glued {
            return;
        }
        let affixes = self.affixes;
        for class in stage.flags.iter().filter_map(|flag| affixes.prefixes.get(flag)) {
            for rule in &class.rules {
                let Some(form) = rule.prefixed(stage.word) else { continue };
                let half = affixes.is_circumfix(&rule.flags);
                let inflects = half || self.policy.prefixes == Prefixes::Inflect;
                let lemma = if inflects { stage.lemma } else { &form };
                if !half && !affixes.hides_bare(&rule.flags) {
                    self.give(&form, lemma);
                }
                if and_suffixes && class.crosses {
                    let next = Stage { word: &form, lemma, flags: stage.flags, prefixed: true, half };
                    self.suffixes(&next, self.policy.depth);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(language: Language, aff: &str, line: &str) -> Vec<String> {
        let affixes = Affixes::read(aff);
        let mut out = Vec::new();
        let dic = format!("1\n{line}\n");
        let mut expansion = Expansion::new(&affixes, Policy::of(language), |form: &str, lemma: &str| out.push(format!("{lemma}:{form}")));
        for entry in affixes.entries(&dic) {
            expansion.entry(&entry);
        }
        out.sort();
        out.dedup();
        out
    }

    #[test]
    fn a_prefix_makes_another_word_with_suffixes_of_its_own() {
        let aff = "PFX U Y 1\nPFX U 0 un .\nSFX S Y 1\nSFX S 0 s .\nSFX N N 1\nSFX N 0 ness .\n";
        assert_eq!(forms(Language::English, aff, "do/USN"), ["do:do", "do:doness", "do:dos", "undo:undo", "undo:undos"]);
        assert_eq!(forms(Language::Hebrew, aff, "do/US"), ["do:do", "do:dos"]);
    }

    #[test]
    fn a_suffix_may_carry_one_more() {
        let aff = "SFX A Y 1\nSFX A 0 ción/S .\nSFX S Y 1\nSFX S 0 es .\n";
        assert_eq!(forms(Language::Spanish, aff, "crea/A"), ["crea:crea", "creación:creación", "creación:creaciónes"]);
        assert_eq!(forms(Language::French, aff, "crea/A"), ["crea:crea", "crea:creación", "crea:creaciónes"]);
    }

    #[test]
    fn hidden_words_stay_hidden() {
        let aff = "NEEDAFFIX h\nFORBIDDENWORD d\nONLYINCOMPOUND o\nSFX S Y 1\nSFX S 0 s .\n";
        assert_eq!(forms(Language::German, aff, "stamm/hS"), ["stamm:stamms"]);
        assert_eq!(forms(Language::German, aff, "falsch/dS"), Vec::<String>::new());
        assert_eq!(forms(Language::German, aff, "teil/oS"), Vec::<String>::new());
    }

    #[test]
    fn both_halves_of_a_circumfix_come_together() {
        let aff = "CIRCUMFIX f\nPFX G Y 1\nPFX G 0 ge/f .\nSFX T Y 1\nSFX T en t/f en\n";
        assert_eq!(forms(Language::German, aff, "machen/GT"), ["machen:gemacht", "machen:machen"]);
    }

    #[test]
    fn a_bare_turkish_entry_tells_no_lemma() {
        let aff = "FLAG num\nSFX 27 N 1\nSFX 27 0 ler .\n";
        assert_eq!(forms(Language::Turkish, aff, "gelirken"), Vec::<String>::new());
        assert_eq!(forms(Language::Turkish, aff, "ev/27"), ["ev:ev", "ev:evler"]);
    }
}
