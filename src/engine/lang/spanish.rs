//! Spanish: plurals, feminines, and verbs with their changing stems and the pronouns written after them.
//!
//! The rules are the data file beside. Accents are folded, so that decisión and decisiones share their letters, and the
//! future and the preterite differ from other forms by less than they do on paper.

use super::romance::{self, ALONE, Rules};
use super::{Class, FormTable, Grammar, TermWord};
use std::sync::LazyLock;

/// What this room offers.
pub const GRAMMAR: Grammar = Grammar {
    tag: "es",
    glues_before: false,
    stems,
    allows,
    listed,
    vetoes,
    shipped: SHIPPED,
};

const SHIPPED: &str = include_str!("shipped/es.txt");
static SHORT_LIST: LazyLock<FormTable> = LazyLock::new(|| FormTable::of_lines(SHIPPED));

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::of_lines(include_str!("spanish.txt")));

fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let mut stems = vec![(word.folded.to_owned(), ALONE)];
    if word.folded.chars().count() < 3 {
        return stems;
    }
    stems.extend(RULES.stems("noun", word.folded));
    // Verbs have small letters: Gibraltar and Almodóvar take no endings of one.
    if !word.written.starts_with(char::is_uppercase) {
        stems.extend(RULES.stems("verb", word.folded));
    }
    stems
}

fn allows(class: Class, _stem: &str, before: &str, after: &str) -> bool {
    before.is_empty() && RULES.has_ending(class, after)
}

fn listed(list: &FormTable, word: TermWord<'_>) -> Vec<(String, Class)> {
    romance::listed(&SHORT_LIST, list, word)
}

fn vetoes(list: &FormTable, term: &str, found: &str) -> bool {
    if SHORT_LIST.lemmas(found).is_empty() && list.is_built() {
        if has_no_forms(list, found) {
            return false;
        }
        if is_rather_a_noun(list, term, found) {
            return true;
        }
    }
    romance::vetoes(&SHORT_LIST, list, term, found)
}

/// The dictionaries have the forms of wholly irregular verbs (puede), and plurals whose accent moves (países), as words of
/// their own without forms: that tells nothing against what the grammar says of them.
fn has_no_forms(list: &FormTable, found: &str) -> bool {
    matches!(&list.forms(found)[..], [only] if only == found)
}

/// Whether a form of the verb `term` that news seldom has is a form of a word in the list that is no verb: the second person
/// and the subjunctive of -ar (reformas, ataque), and the participle's feminine where it is a noun (herida).
fn is_rather_a_noun(list: &FormTable, term: &str, found: &str) -> bool {
    if !is_infinitive(term) || found == term {
        return false;
    }
    let participle = ["do", "da", "dos", "das"].iter().any(|end| found.ends_with(end));
    let of_found = || list.lemmas(found).into_iter().filter(|lemma| lemma != term && !is_infinitive(lemma));
    if participle {
        return found.ends_with("da") && of_found().any(|lemma| lemma == found);
    }
    let seldom = found.ends_with('s') || (found.ends_with('e') && term.ends_with("ar"));
    seldom && of_found().next().is_some()
}

fn is_infinitive(word: &str) -> bool {
    ["ar", "er", "ir"].iter().any(|end| word.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_rules_is_read() {
        assert_eq!(romance::tests::unread(include_str!("spanish.txt")), Vec::<String>::new());
    }
}
