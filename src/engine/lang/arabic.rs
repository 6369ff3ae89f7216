//! Arabic: particles, endings and pronouns are written as one with the word that they stand with.
//!
//! A conjunction (و ف), a preposition (ب ل ك) and the article (ال) stand before a noun in this order, each at most once; the
//! article behind ل is written لل. A verb's imperfect has a prefix for its person, before it the future's س or the purpose's
//! ل. Behind the stem stand gender and number, then a pronoun, which excludes the article. Words are folded here: all alefs
//! are ا and ى is ي, so إدلب is ادلب.

mod affixes;
mod nouns;
mod paradigms;
mod plurals;
mod verbs;

use super::{Class, FormTable, Grammar, TermWord, forms};
use paradigms::{ALONE, SHORT_FEMININE, WITH_ARTICLE, paradigm};

/// What this room offers.
pub const GRAMMAR: Grammar =
    Grammar { tag: "ar", glues_before: true, stems, allows, listed, vetoes, shipped: include_str!("shipped/ar.txt") };

fn allows(class: Class, _stem: &str, before: &str, after: &str) -> bool {
    if class & !WITH_ARTICLE == SHORT_FEMININE && (before == "ف" || after == "ه" && !before.ends_with('ل')) {
        return false;
    }
    paradigm(class).allows(before, after)
}

/// The stems of a folded Arabic word, as each kind of word that its shape lets it be. A term with its article keeps it;
/// inside a phrase the article may come or go: وقف إطلاق النار is also وقف إطلاق نار.
fn stems(word: TermWord<'_>) -> Vec<(String, Class)> {
    let mut stems = Vec::new();
    let written = word.written.trim_end_matches(|c: char| !c.is_alphabetic());
    // In ألمانيا these letters are no article.
    let hamza_first = written.starts_with(['أ', 'إ', 'آ']);
    let letters: Vec<char> = word.folded.chars().collect();
    let maqsura = written.ends_with('ى');
    match letters.as_slice() {
        ['ا', 'ل', noun @ ..] if !hamza_first && noun.len() >= 3 => {
            nouns::add_noun(&mut stems, noun, maqsura);
            if !word.in_phrase {
                stems.iter_mut().for_each(|(_, class)| *class |= WITH_ARTICLE);
            }
            stems.push((word.folded.to_owned(), ALONE));
        }
        letters => {
            nouns::add_noun(&mut stems, letters, maqsura);
            if verbs::may_be_verb(letters, written) {
                verbs::add_verb(&mut stems, letters, maqsura || written.ends_with('ا'));
            }
        }
    }
    stems.sort();
    stems.dedup();
    stems
}

fn listed(list: &FormTable, word: TermWord<'_>) -> Vec<(String, Class)> {
    forms::listed(list, word)
}

fn vetoes(list: &FormTable, term: &str, found: &str) -> bool {
    forms::vetoes(list, term, found)
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
