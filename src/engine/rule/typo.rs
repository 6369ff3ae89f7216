//! `~word`: words one typo away, where a typo is a letter too many, too few, another, or two neighbours swapped.

/// Parts of `word` of which at least one stands whole, and in its place, in every word one typo away: the two halves, and the
/// word with the letters on either side of the cut swapped.
pub(super) fn parts(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let middle = letters.len() / 2;
    let mut swapped = letters.clone();
    swapped.swap(middle - 1, middle);
    vec![letters[..middle].iter().collect(), letters[middle..].iter().collect(), swapped.iter().collect()]
}

/// Whether two words are at most one typo apart (restricted Damerau-Levenshtein distance of at most 1).
pub(super) fn within_one(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same_start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same_start..], &b[same_start..]);
    let same_end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - same_end], &b[..b.len() - same_end]);
    match (a, b) {
        ([], [] | [_]) | ([_], [] | [_]) => true,
        ([x, y], [v, w]) => (x, y) == (w, v),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_typo_is_a_letter_more_less_other_or_two_swapped() {
        for near in ["ceasefire", "ceasfire", "ceaseefire", "ceasefyre", "caesefire"] {
            assert!(within_one("ceasefire", near), "{near}");
        }
        for far in ["ceasfir", "cease", "caesfire", "firecease", "ceasefireee"] {
            assert!(!within_one("ceasefire", far), "{far}");
        }
    }

    proptest! {
        #[test]
        fn every_word_one_typo_away_holds_one_of_the_parts(word in "[a-c]{6,9}", at in 0_usize..9, letter in "[a-c]", kind in 0..4) {
            let mut letters: Vec<char> = word.chars().collect();
            let at = at % letters.len();
            match kind {
                0 => letters.insert(at, letter.chars().next().unwrap()),
                1 => { letters.remove(at); }
                2 => letters[at] = letter.chars().next().unwrap(),
                _ => { let next = (at + 1) % letters.len(); if next > at { letters.swap(at, next); } }
            }
            let other: String = letters.into_iter().collect();
            prop_assert!(within_one(&word, &other));
            let parts = parts(&word);
            prop_assert!(other.starts_with(&parts[0]) || other.ends_with(&parts[1]) || other == parts[2], "{} {}", word, other);
        }
    }
}
