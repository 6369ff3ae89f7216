//! Russian: declensions and conjugations by the shape of the lemma (`russian.txt`).
//!
//! A term's letters do not say what it is, so it is read as everything that its shape allows: the endings of one reading seldom
//! make a word of another. Reflexive verbs are conjugated without their particle, which then stands behind every form.

use super::{Class, Grammar, TermWord, forms, slavic::Paradigms};
use std::sync::LazyLock;

/// What this room offers.
pub const GRAMMAR: Grammar = Grammar {
    tag: "ru",
    glues_before: false,
    stems,
    allows,
    listed: forms::listed,
    vetoes: forms::vetoes,
    shipped: include_str!("shipped/ru.txt"),
};

/// The rules; a test keeps the table readable.
static PARADIGMS: LazyLock<Paradigms> = LazyLock::new(|| Paradigms::of_table(include_str!("russian.txt")).unwrap_or_default());

fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let mut stems = vec![(word.folded.to_owned(), 0)];
    let verb = word.folded.strip_suffix("ся").or_else(|| word.folded.strip_suffix("сь"));
    match verb {
        Some(verb) if ["ть", "ти", "чь"].iter().any(|end| verb.ends_with(end)) => PARADIGMS.stems(verb, |name| name == "verb", true, &mut stems),
        Some(verb) if ["щий", "вший"].iter().any(|end| verb.ends_with(end)) => PARADIGMS.stems(verb, |name| name == "adjective", true, &mut stems),
        _ => PARADIGMS.stems(word.folded, |_| true, false, &mut stems),
    }
    stems
}

fn allows(class: Class, stem: &str, before: &str, after: &str) -> bool {
    before.is_empty() && PARADIGMS.allows(class, stem, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_whole() {
        assert!(Paradigms::of_table(include_str!("russian.txt")).is_ok_and(|table| !table.is_empty()));
    }
}
