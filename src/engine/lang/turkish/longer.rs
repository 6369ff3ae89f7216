//! Longer words that are no forms of a shorter one: adam is not ada with -m.

use super::chain::{Start, accepts};
use super::{GRAMMAR, KINDS, NOUN, NOUN_VOWEL, allows, is_infinitive, sound, stems};
use crate::engine::lang::fold::Folded;
use crate::engine::lang::{Class, FormTable, TermWord};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Whether a longer word that the list knows makes `found` more likely than `term` does: adam is not ada with -m.
///
/// The longer word must be one that looks like a form of the term, and a word of its own: participles and verbal nouns of the
/// term are in large lists too. A form that the term has as a verb is left alone, unless it is the longer word itself.
pub fn vetoes(list: &FormTable, term: &str, found: &str) -> bool {
    if PARTICLES.contains(found) {
        return term != found;
    }
    // What the list that ships inside has as a form of the term is one: suyu of su.
    if SHIPPED.lemmas(found).iter().any(|lemma| lemma == term) {
        return false;
    }
    let stems = stems(TermWord { folded: term, written: term, in_phrase: false });
    let reach = readings(&stems, found).map(|(stem, _)| stem.len()).max().unwrap_or(0);
    let as_verb = readings(&stems, found).any(|(_, kind)| kind > NOUN_VOWEL);
    let cuts = (reach + 1..=found.len()).filter_map(|end| found.split_at_checked(end));
    cuts.filter(|(_, suffixes)| suffixes.is_empty() || !as_verb).any(|(stem, suffixes)| {
        let changed = hardened(stem).filter(|_| !suffixes.is_empty()).map(|word| (word, NOUN_VOWEL));
        std::iter::once((stem.to_owned(), NOUN)).chain(changed).any(|(word, class)| {
            let whole = word == found && SHIPPED.lemmas(found).contains(&word) && !is_infinitive(term);
            word != term
                && allows(class, stem, "", suffixes)
                && (whole || (looks_derived(&stems, &word) && is_own_word(list, &stems, &word)))
        })
    })
}

/// The stems that make `word`, each with its kind.
fn readings<'a>(stems: &'a [(String, Class)], word: &'a str) -> impl Iterator<Item = (&'a str, Class)> {
    let fits = |(stem, class): &&(String, Class)| word.strip_prefix(stem.as_str()).is_some_and(|after| allows(*class, stem, "", after));
    stems.iter().filter(fits).map(|(stem, class)| (stem.as_str(), class & KINDS))
}

/// Whether `word` looks like a nominal form of these stems, or like one of those forms of a verb that are often nouns.
fn looks_derived(stems: &[(String, Class)], word: &str) -> bool {
    let by_chance = |(stem, class): &(String, Class)| {
        class & KINDS > NOUN_VOWEL
            && word.strip_prefix(stem.as_str()).is_some_and(|after| accepts(Start::Chance, sound(*class, stem), after))
    };
    let mut kinds = readings(stems, word).map(|(_, kind)| kind).peekable();
    stems.iter().any(by_chance) || (kinds.peek().is_some() && kinds.all(|kind| kind <= NOUN_VOWEL))
}

/// Whether `word` is no mere form: the list that ships inside has it, or a large one with many forms of its own.
fn is_own_word(list: &FormTable, stems: &[(String, Class)], word: &str) -> bool {
    if !SHIPPED.lemmas(word).is_empty() {
        return true;
    }
    if !list.is_built() || !list.lemmas(word).iter().any(|lemma| lemma == word) {
        return false;
    }
    let after = readings(stems, word).map(|(stem, _)| word.get(stem.len()..).unwrap_or("")).max_by_key(|after| after.len()).unwrap_or("");
    let needed = if matches!(after, "i" | "u") || after.ends_with('r') { MANY_FORMS_OF_A_HOMOGRAPH } else { MANY_FORMS };
    list.forms(word).len() >= needed
}

/// A word of which a large list has so many forms is in common use as a word of its own.
const MANY_FORMS: usize = 80;
/// The same where the shorter word's form is itself of the commonest: with the accusative or the aorist.
const MANY_FORMS_OF_A_HOMOGRAPH: usize = 110;

/// The list that ships inside.
static SHIPPED: FormTable = FormTable::of_lines(GRAMMAR.shipped);

/// Words without forms that look like a form of another.
static PARTICLES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let lines = include_str!("../turkish_particles.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(|word| Folded::new(word).word(0).to_owned()).collect()
});

/// With b, d, g at the end unvoiced: what a stem before a vowel may come from.
fn hardened(stem: &str) -> Option<String> {
    let (rest, hard) = match stem.as_bytes().last()? {
        b'b' => (&stem[..stem.len() - 1], 'p'),
        b'd' => (&stem[..stem.len() - 1], 't'),
        b'g' => (&stem[..stem.len() - 1], 'k'),
        _ => return None,
    };
    Some(format!("{rest}{hard}"))
}
