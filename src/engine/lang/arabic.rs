//! Arabic: the particles that are written as one with the word after them.
//!
//! A conjunction (و ف), a preposition (ب ل ك) and the article (ال) stand before a noun in this order, each at most once;
//! the article behind ل is written لل. Words are folded here: all alefs are ا, so إدلب is ادلب.

use super::Glue;

/// Every chain of particles without an article.
const BARE: &[&str] = &["", "و", "ف", "ب", "ل", "ك", "وب", "ول", "وك", "فب", "فل", "فك"];

/// Every chain that ends in the article.
const DEFINITE: &[&str] = &["ال", "وال", "فال", "بال", "كال", "لل", "وبال", "وكال", "ولل", "فبال", "فكال", "فلل"];

/// Whether a noun may carry `before`.
pub fn is_prefix(before: &str) -> bool {
    // The longest chain has 4 letters of 2 bytes.
    before.len() <= 8 && (BARE.contains(&before) || DEFINITE.contains(&before))
}

/// Whether `before` ends in the article.
pub fn is_definite_prefix(before: &str) -> bool {
    before.len() <= 8 && DEFINITE.contains(&before)
}

/// Whether a folded word is written in Arabic letters alone, without those that only Persian and its neighbours have.
pub fn is_arabic(word: &str) -> bool {
    word.chars().all(|c| matches!(c, 'ء'..='غ' | 'ف'..='ي'))
}

/// The stems of a folded Arabic word: itself; without its article, where it has one; with ه for a ة at its end.
/// Inside a phrase the article may come or go: وقف إطلاق النار is also وقف إطلاق نار.
pub fn stems(word: &str, in_phrase: bool) -> Vec<(String, Glue)> {
    let mut stems = vec![(word.to_owned(), Glue::Arabic)];
    if let Some(noun) = word.strip_prefix("ال").filter(|noun| noun.chars().count() >= 3) {
        // للنازحين is ل with النازحين: the article's alef goes.
        stems.push((noun.to_owned(), if in_phrase { Glue::Arabic } else { Glue::ArabicDefinite }));
    }
    let with_heh: Vec<_> = stems.iter().filter_map(|(stem, glue)| stem.strip_suffix('ة').map(|s| (format!("{s}ه"), *glue))).collect();
    stems.extend(with_heh);
    stems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(term: &str, word: &str) -> bool {
        stems(term, false)
            .iter()
            .any(|(stem, glue)| word.find(stem.as_str()).is_some_and(|at| glue.allows(&word[..at], &word[at + stem.len()..])))
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
