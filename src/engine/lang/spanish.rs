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

/// The dictionaries have the forms of wholly irregular verbs (puede), and plurals whose accent moves (países), as words of
/// their own without forms: that tells nothing against what the grammar says of them.
fn vetoes(list: &FormTable, term: &str, found: &str) -> bool {
    let stands_alone = || SHORT_LIST.lemmas(found).is_empty() && matches!(&list.forms(found)[..], [only] if only == found);
    !stands_alone() && romance::vetoes(&SHORT_LIST, list, term, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_rules_is_read() {
        assert_eq!(romance::tests::unread(include_str!("spanish.txt")), Vec::<String>::new());
    }
}
