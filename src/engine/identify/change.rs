//! What a revision changed: the old title, address and date, and the piece of the text that is another now.
//!
//! Bounded, and complete by itself: a revision can be read when those before and behind it are gone.

use super::decide::Archived;
use crate::engine::entry::Entry;

/// The most bytes kept of a piece of text.
const PIECE_BYTES: usize = 2000;

/// What one revision changed; what stayed is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// The title before.
    pub title: Option<String>,
    /// The address before, where the new one is none that the article was known by.
    pub url: Option<String>,
    /// The date of publication before, Unix milliseconds; of a revision that changed something else too.
    pub published_ms: Option<i64>,
    /// What became of the text.
    pub text: Option<Piece>,
}

/// The part between what two texts have in common at their beginning and at their end, on both sides to the next blank.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Piece {
    /// Where it begins, in bytes of either text.
    pub at: usize,
    /// What stood there, at most 2,000 bytes of it.
    pub old: String,
    /// What stands there now, likewise.
    pub new: String,
}

impl Change {
    /// From the archived version to an entry. `moved` says whether its address is a new one.
    pub(super) fn between(archived: &Archived, entry: &Entry, moved: bool) -> Change {
        let title = (archived.title != entry.title).then(|| archived.title.clone());
        let text = (archived.text != entry.text).then(|| Piece::between(&archived.text, &entry.text));
        let url = archived.url.clone().filter(|url| moved && Some(url) != entry.url.as_ref());
        let dated = archived.published_ms.filter(|_| title.is_some() || text.is_some() || url.is_some());
        let published_ms = dated.filter(|old| entry.published_ms.is_some_and(|new| new != *old));
        Change { title, url, published_ms, text }
    }

    /// Whether the words are others: what rules are asked about again.
    pub fn is_edit(&self) -> bool {
        self.title.is_some() || self.text.is_some()
    }

    /// Whether anything is to be noted.
    pub fn is_any(&self) -> bool {
        self.is_edit() || self.url.is_some()
    }
}

impl Piece {
    fn between(old: &str, new: &str) -> Piece {
        let start = common(old.char_indices().zip(new.chars()).map(|((at, a), b)| (at + a.len_utf8(), a, b)));
        let (old_rest, new_rest) = (old.get(start..).unwrap_or_default(), new.get(start..).unwrap_or_default());
        let pairs = old_rest.char_indices().rev().zip(new_rest.chars().rev());
        let end = common(pairs.map(|((at, a), b)| (old_rest.len() - at, a, b)));
        let part = |text: &str| {
            let part = text.get(..text.len() - end).unwrap_or_default();
            let bytes = (0..=part.len().min(PIECE_BYTES)).rev().find(|at| part.is_char_boundary(*at));
            part.get(..bytes.unwrap_or_default()).unwrap_or_default().to_owned()
        };
        Piece { at: start, old: part(old_rest), new: part(new_rest) }
    }
}

/// How many bytes are the same, up to the last blank in them: each item is the length with it, and the two letters.
fn common(pairs: impl Iterator<Item = (usize, char, char)>) -> usize {
    let mut whole_words = 0;
    for (length, a, b) in pairs {
        if a != b {
            break;
        }
        if a.is_whitespace() {
            whole_words = length;
        }
    }
    whole_words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(old: &str, new: &str, expected: (usize, &str, &str)) {
        let piece = Piece::between(old, new);
        assert_eq!((piece.at, piece.old.as_str(), piece.new.as_str()), expected);
    }

    #[test]
    fn a_piece_is_whole_words_that_went_and_came() {
        check("Three men died in Idlib today", "Three women died in Idlib today", (6, "men", "women"));
        check("قتل ثلاثة في إدلب", "قتل أربعة في إدلب", ("قتل ".len(), "ثلاثة", "أربعة"));
        check("It began.", "It began. Then it ended.", (3, "began.", "began. Then it ended."));
        check("", "All new", (0, "", "All new"));
        check("a a a", "a a", (2, "a a", "a"));
    }

    #[test]
    fn a_piece_is_bounded() {
        let piece = Piece::between(&"ش".repeat(5000), &"x".repeat(5000));
        assert_eq!((piece.old.len(), piece.new.len()), (PIECE_BYTES, PIECE_BYTES));
    }
}
