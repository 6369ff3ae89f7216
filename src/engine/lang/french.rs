//! French: plurals, feminines and verbs, known by the end of the dictionary form.
//!
//! The rules are the data file beside. Accents are folded, so the changes of é and è in a verb's stem are none here; but a
//! term written with its é may be a participle or an adjective like one, which takes -ée, -és, -ées.

use super::romance::{self, ALONE, Rules};
use super::{Class, FormTable, Grammar, TermWord};
use std::sync::LazyLock;

/// What this room offers.
pub const GRAMMAR: Grammar = Grammar {
    tag: "fr",
    glues_before: false,
    stems,
    allows,
    listed,
    vetoes,
    shipped: SHIPPED,
};

const SHIPPED: &str = include_str!("shipped/fr.txt");
static SHORT_LIST: LazyLock<FormTable> = LazyLock::new(|| FormTable::of_lines(SHIPPED));

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::of_lines(include_str!("french.txt")));

fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let mut stems = vec![(word.folded.to_owned(), ALONE)];
    if word.folded.chars().count() < 3 {
        return stems;
    }
    stems.extend(RULES.stems("noun", word.folded));
    if word.written.ends_with(['é', 'É']) {
        stems.extend(RULES.stems("accented", word.folded));
    }
    // Verbs have small letters: Alger, Roger and Oradour take no endings of one.
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
    romance::vetoes(&SHORT_LIST, list, term, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_rules_is_read() {
        assert_eq!(romance::tests::unread(include_str!("french.txt")), Vec::<String>::new());
    }
}
