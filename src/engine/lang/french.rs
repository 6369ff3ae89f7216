//! French: not inflected yet.

use super::{Class, Grammar, TermWord, forms};

/// What this room offers.
pub const GRAMMAR: Grammar =
    Grammar { tag: "fr", glues_before: false, stems, allows, listed: forms::listed, vetoes: forms::vetoes, shipped: "" };

fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    vec![(word.folded.to_owned(), 0)]
}

fn allows(_class: Class, _stem: &str, before: &str, after: &str) -> bool {
    before.is_empty() && after.is_empty()
}
