//! Arabic: the particles that are written as one with the word after them.
//!
//! A conjunction (و ف), a preposition (ب ل ك) and the article (ال) stand before a noun in this order, each at most once;
//! the article behind ل is written لل. Words are folded here: all alefs are ا, so إدلب is ادلب.

use super::{Class, Grammar, TermWord, forms};

/// What this room offers.
pub const GRAMMAR: Grammar =
    Grammar { tag: "ar", glues_before: true, stems, allows, listed: forms::listed, vetoes: forms::vetoes, shipped: "" };

/// Particles and the article may stand before it.
const NOUN: Class = 0;
/// The article must stand before it.
const DEFINITE_NOUN: Class = 1;

/// Every chain of particles without an article.
const BARE: &[&str] = &["", "و", "ف", "ب", "ل", "ك", "وب", "ول", "وك", "فب", "فل", "فك"];

/// Every chain that ends in the article.
const DEFINITE: &[&str] = &["ال", "وال", "فال", "بال", "كال", "لل", "وبال", "وكال", "ولل", "فبال", "فكال", "فلل"];

/// Whether a noun may carry `before`.
fn is_prefix(before: &str) -> bool {
    // The longest chain has 4 letters of 2 bytes.
    before.len() <= 8 && (BARE.contains(&before) || DEFINITE.contains(&before))
}

/// Whether `before` ends in the article.
fn is_definite_prefix(before: &str) -> bool {
    before.len() <= 8 && DEFINITE.contains(&before)
}

fn allows(class: Class, _stem: &str, before: &str, after: &str) -> bool {
    after.is_empty() && if class == DEFINITE_NOUN { is_definite_prefix(before) } else { is_prefix(before) }
}

/// The stems of a folded Arabic word: itself; without its article, where it has one; with ه for a ة at its end.
/// Inside a phrase the article may come or go: وقف إطلاق النار is also وقف إطلاق نار.
fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let mut stems = vec![(word.folded.to_owned(), NOUN)];
    if let Some(noun) = word.folded.strip_prefix("ال").filter(|noun| noun.chars().count() >= 3) {
        // للنازحين is ل with النازحين: the article's alef goes.
        stems.push((noun.to_owned(), if word.in_phrase { NOUN } else { DEFINITE_NOUN }));
    }
    let with_heh: Vec<_> = stems.iter().filter_map(|(stem, class)| stem.strip_suffix('ة').map(|s| (format!("{s}ه"), *class))).collect();
    stems.extend(with_heh);
    stems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(term: &str, word: &str) -> bool {
        stems(TermWord { folded: term, written: term, in_phrase: false })
            .iter()
            .any(|(stem, class)| word.find(stem.as_str()).is_some_and(|at| allows(*class, stem, &word[..at], &word[at + stem.len()..])))
    }

    #[test]
    fn particles_are_glued_in_their_order_only() {
        for word in ["ادلب", "بادلب", "وبادلب", "لادلب", "وادلب", "فادلب", "كادلب"] {
            assert!(hits("ادلب", word), "{word}");
        }
        for word in ["نزوح", "النزوح", "والنزوح", "للنزوح", "وبالنزوح", "فللنزوح"] {
            assert!(hits("نزوح", word), "{word}");
        }
        for word in ["بونزوح", "الونزوح", "سنزوح", "نزوحا", "هايدلبرج"] {
            assert!(!hits("نزوح", word), "{word}");
        }
        assert!(!hits("سلام", "اسلام"));
    }

    #[test]
    fn a_term_with_its_article_keeps_it_behind_the_preposition() {
        assert!(hits("النازحين", "للنازحين"));
        assert!(hits("النازحين", "والنازحين"));
        assert!(!hits("النازحين", "نازحين"));
    }

    #[test]
    fn heh_at_the_end_stands_for_teh_marbuta() {
        assert!(hits("هدنة", "الهدنه"));
        assert!(!hits("هدنه", "هدنة"));
    }
}
