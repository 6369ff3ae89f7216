//! Ukrainian: declensions and conjugations by the shape of the lemma (`ukrainian.txt`).
//!
//! A term's letters do not say what it is, so it is read as everything that its shape allows: the endings of one reading seldom
//! make a word of another. Reflexive verbs are conjugated without their particle, which then stands behind every form.

use super::{
    Class, FormTable, Grammar, TermWord, forms,
    slavic::{self, Paradigms},
};
use std::sync::LazyLock;

/// What this room offers.
pub const GRAMMAR: Grammar =
    Grammar { tag: "uk", glues_before: false, stems, allows, listed, vetoes, shipped: include_str!("shipped/uk.txt") };

/// The rules; a test keeps the table readable.
static PARADIGMS: LazyLock<Paradigms> = LazyLock::new(|| Paradigms::of_table(include_str!("ukrainian.txt")).unwrap_or_default());

/// What ships inside, alone.
static SHIPPED: LazyLock<FormTable> = LazyLock::new(|| FormTable::of_lines(GRAMMAR.shipped));

fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let mut stems = vec![(word.folded.to_owned(), slavic::ALONE)];
    if word.folded == TAIL {
        // What an apostrophe leaves of перемир'я and сім'я is a word of its own.
        if word.in_phrase {
            stems.extend(TAILS.iter().map(|tail| ((*tail).to_owned(), slavic::ALONE)));
        }
        return stems;
    }
    match word.folded.strip_suffix("ся").or_else(|| word.folded.strip_suffix("сь")) {
        Some(verb) if verb.ends_with("ти") || verb.ends_with("ть") => {
            PARADIGMS.stems(verb, |name| name == "verb", true, &mut stems);
        }
        _ => PARADIGMS.stems(word.folded, |_| true, false, &mut stems),
    }
    stems
}

/// What stands behind the apostrophe of many neuters and feminines.
const TAIL: &str = "я";
/// Its other forms.
const TAILS: [&str; 8] = ["ю", "ї", "єю", "ям", "ями", "ях", "їв", "є"];

fn allows(class: Class, stem: &str, before: &str, after: &str) -> bool {
    before.is_empty() && PARADIGMS.allows(class, stem, after)
}

/// The forms that the list has, without the adverbs that it has among the forms of adjectives.
fn listed(list: &FormTable, word: TermWord<'_>) -> Vec<(String, Class)> {
    let adjective = word.folded.ends_with("ий");
    forms::listed(list, word).into_iter().filter(|(form, _)| !(adjective && form.ends_with('о'))).collect()
}

/// Whether the list knows `found` under other lemmas only. What the shipped list says holds whatever else is known.
fn vetoes(list: &FormTable, term: &str, found: &str) -> bool {
    // No list knows the half of a word that an apostrophe leaves.
    if term == TAIL {
        return false;
    }
    if forms::vetoes(&SHIPPED, term, found) {
        return true;
    }
    if !forms::vetoes(list, term, found) {
        return false;
    }
    let stems = stems(TermWord { folded: term, written: term, in_phrase: false });
    !list.lemmas(found).iter().any(|lemma| slavic::forms_one(&stems, lemma, allows) && is_part(list, term, lemma))
}

/// Whether a lemma of the list is no word of its own: dictionaries have short forms, pasts and what is irregular apart,
/// each with the few forms that it makes, and participles with all of theirs.
fn is_part(list: &FormTable, term: &str, lemma: &str) -> bool {
    (lemma.ends_with("ий") && (term.ends_with("ти") || term.ends_with("тися"))) || list.forms(lemma).len() <= 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_whole() {
        assert!(Paradigms::of_table(include_str!("ukrainian.txt")).is_ok_and(|table| !table.is_empty()));
    }
}
