//! Languages: folding of text to comparable words, and the glue a language puts round them.

pub mod arabic;
pub mod fold;

/// What may stand round a stem inside one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Glue {
    /// Nothing: the stem is the whole word.
    Whole,
    /// Arabic conjunctions, prepositions and the article before it.
    Arabic,
    /// The Arabic article, alone or behind conjunctions and prepositions: for a stem that is a noun without its ال.
    ArabicDefinite,
    /// Anything after it: `word*`.
    OpenEnd,
    /// Anything before it: `*word`.
    OpenStart,
}

impl Glue {
    /// Whether `before` and `after`, the rest of the word round a stem, are what this glue allows.
    pub fn allows(self, before: &str, after: &str) -> bool {
        match self {
            Glue::Whole => before.is_empty() && after.is_empty(),
            Glue::Arabic => after.is_empty() && arabic::is_prefix(before),
            Glue::ArabicDefinite => after.is_empty() && arabic::is_definite_prefix(before),
            Glue::OpenEnd => before.is_empty(),
            Glue::OpenStart => after.is_empty(),
        }
    }
}

/// The stems of one folded word of a term, each with its glue: every form that the term's language lets it take.
/// Inside a phrase (`in_phrase`) an article may also go.
pub fn stems(word: &str, language: Option<&str>, in_phrase: bool) -> Vec<(String, Glue)> {
    let arabic = match language {
        Some(tag) => tag == "ar" || tag.starts_with("ar-"),
        None => arabic::is_arabic(word),
    };
    if arabic { arabic::stems(word, in_phrase) } else { vec![(word.to_owned(), Glue::Whole)] }
}
