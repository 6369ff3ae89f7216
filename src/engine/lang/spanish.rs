//! Spanish: plurals, feminines, and verbs with their changing stems and the pronouns written after them.
//!
//! The rules are the data file beside. Accents are folded, so that decisión and decisiones share their letters, and the
//! future and the preterite differ from other forms by less than they do on paper.

use super::romance::{ALONE, Rules};
use super::{Class, Grammar, TermWord, forms};
use std::sync::LazyLock;

/// What this room offers.
pub const GRAMMAR: Grammar = Grammar {
    tag: "es",
    glues_before: false,
    stems,
    allows,
    listed: forms::listed,
    vetoes: forms::vetoes,
    shipped: include_str!("shipped/es.txt"),
};

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
