//! Whether two titles, or two texts, are versions of each other: an edit keeps much, another article little.
//!
//! Asked only where one identifier speaks for an article and nothing else does; never joins entries by itself.

use super::normal::{is_dense, normalise};
use std::collections::HashSet;

/// Words of a text that are compared: an edit shows in its beginning too.
const WORDS: usize = 400;

/// Whether two titles share half the words of the shorter one, and at least two.
pub(super) fn titles(a: &str, b: &str) -> bool {
    let (a, b) = (normalise(a).text, normalise(b).text);
    if a == b {
        return !a.is_empty();
    }
    let (a, b) = (pieces(&a, 1), pieces(&b, 1));
    let (shared, least) = overlap(&a, &b);
    shared >= 2 && shared * 2 >= least
}

/// Whether two texts share three in ten of the shorter one's pairs of words: pairs, since any two texts of one language share
/// its small words.
pub(super) fn texts(a: &str, b: &str) -> bool {
    let (a, b) = (normalise(a).text, normalise(b).text);
    if a == b {
        return !a.is_empty();
    }
    let (a, b) = (pieces(&a, 2), pieces(&b, 2));
    let (shared, least) = overlap(&a, &b);
    least > 0 && shared * 10 >= least * 3
}

fn overlap(a: &HashSet<String>, b: &HashSet<String>) -> (usize, usize) {
    (a.intersection(b).count(), a.len().min(b.len()))
}

/// Runs of so many words; of two letters where the script puts no blanks between words.
fn pieces(normal: &str, run: usize) -> HashSet<String> {
    if normal.chars().any(is_dense) {
        let letters: Vec<char> = normal.chars().filter(|c| *c != ' ').take(2 * WORDS).collect();
        return letters.windows(2).map(|pair| pair.iter().collect()).collect();
    }
    let words: Vec<&str> = normal.split(' ').filter(|word| !word.is_empty()).take(WORDS).collect();
    words.windows(run).map(|words| words.join(" ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retitled_article_is_akin_and_another_is_not() {
        assert!(titles("Explosion in Idlib", "Explosion in Idlib kills three"));
        assert!(titles("انفجار في إدلب", "انفجار في إدلب يوقع قتلى"));
        assert!(titles("双方停火了", "双方停火协议"));
        assert!(!titles("Explosion in Idlib", "Bread prices rise in Aleppo"));
        assert!(!titles("", ""));
    }

    #[test]
    fn an_edited_or_shortened_text_is_akin_and_another_is_not() {
        let text = "Both sides kept still on Tuesday, said a witness, and the market of the town opened again after two weeks.";
        assert!(texts(text, "Both sides kept still on Tuesday, said a witness."));
        assert!(texts(text, &format!("UPDATE: {text} The UN confirmed it.")));
        assert!(!texts(text, "The price of bread rose on Tuesday in the north, and the bakers of the town blamed the flour."));
        assert!(!texts("", "") && !texts("a", "b"));
    }
}
