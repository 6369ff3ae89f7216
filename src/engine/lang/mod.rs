//! Languages: folding of text to comparable words, and the forms that a word takes in each language.
//!
//! A word of a term becomes stems ([`Grammar::stems`]), each with a class of forms; where a stem is found inside a written
//! word, what stands round it must be what the class allows ([`Grammar::allows`]). No word of the text is ever stemmed, and
//! no paradigm is ever listed. What grammar cannot know (irregular forms, and words that only look like a form of another)
//! comes from a form list ([`forms`]). One room a language; tables longer than a screen are data files beside it.

pub mod fold;
pub mod forms;
pub mod guess;

mod arabic;
mod english;
mod french;
mod german;
mod hebrew;
mod kurmanji;
mod persian;
mod romance;
mod russian;
mod slavic;
mod sorani;
mod spanish;
mod turkish;
mod ukrainian;

pub use forms::FormTable;

use std::borrow::Cow;

/// Codes of languages that were withdrawn, with those that stand for them in the registry of RFC 5646.
const WITHDRAWN: [(&str, &str); 3] = [("iw", "he"), ("in", "id"), ("ji", "yi")];

/// A language tag without a withdrawn primary code: `he-IL` of `iw-IL`.
pub fn preferred(tag: &str) -> Cow<'_, str> {
    let (primary, rest) = tag.split_at(tag.find(['-', '_']).unwrap_or(tag.len()));
    let code = WITHDRAWN.iter().find(|(old, _)| primary.eq_ignore_ascii_case(old)).map(|(_, code)| *code);
    code.map_or(Cow::Borrowed(tag), |code| Cow::Owned(format!("{code}{rest}")))
}

/// The primary code of a language tag, in lower case and none that was withdrawn: `ar` of `ar-SY`, `he` of `IW_IL`.
pub fn primary(tag: &str) -> String {
    preferred(tag).split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

/// A class of forms; each language has its own numbers.
pub type Class = u16;

/// One word of a term.
#[derive(Debug, Clone, Copy)]
pub struct TermWord<'a> {
    /// Folded.
    pub folded: &'a str,
    /// As the user wrote it: its capital letters and accents tell about its kind.
    pub written: &'a str,
    /// Whether it stands in a phrase.
    pub in_phrase: bool,
}

/// What a language's room offers. All words are folded, unless said otherwise.
#[derive(Debug)]
pub struct Grammar {
    /// BCP 47 tag.
    pub tag: &'static str,
    /// Whether anything is ever written before a stem, as one word with it.
    pub glues_before: bool,
    /// The stems of a word of a term, each with the class of forms that it takes.
    pub stems: fn(TermWord<'_>) -> Vec<(String, Class)>,
    /// `(class, stem, before, after)`: whether the rest of a written word round `stem` makes a form of this class.
    pub allows: fn(Class, &str, &str, &str) -> bool,
    /// Stems that a form list adds to a word of a term: forms that no rule of grammar gives.
    pub listed: fn(&FormTable, TermWord<'_>) -> Vec<(String, Class)>,
    /// `(list, term, found)`: whether the list knows the written word `found` only under other lemmas than `term`.
    pub vetoes: fn(&FormTable, &str, &str) -> bool,
    /// The short form list that ships inside: lines of `lemma: form form …`.
    pub shipped: &'static str,
}

/// The languages with an inflection of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// `ar`.
    Arabic,
    /// `en`.
    English,
    /// `fr`.
    French,
    /// `de`.
    German,
    /// `he`.
    Hebrew,
    /// `kmr`.
    Kurmanji,
    /// `fa`.
    Persian,
    /// `ru`.
    Russian,
    /// `ckb`.
    Sorani,
    /// `es`.
    Spanish,
    /// `tr`.
    Turkish,
    /// `uk`.
    Ukrainian,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 12] = [
        Language::Arabic,
        Language::English,
        Language::French,
        Language::German,
        Language::Hebrew,
        Language::Kurmanji,
        Language::Persian,
        Language::Russian,
        Language::Sorani,
        Language::Spanish,
        Language::Turkish,
        Language::Ukrainian,
    ];

    /// What its room offers.
    pub fn grammar(self) -> &'static Grammar {
        match self {
            Language::Arabic => &arabic::GRAMMAR,
            Language::English => &english::GRAMMAR,
            Language::French => &french::GRAMMAR,
            Language::German => &german::GRAMMAR,
            Language::Hebrew => &hebrew::GRAMMAR,
            Language::Kurmanji => &kurmanji::GRAMMAR,
            Language::Persian => &persian::GRAMMAR,
            Language::Russian => &russian::GRAMMAR,
            Language::Sorani => &sorani::GRAMMAR,
            Language::Spanish => &spanish::GRAMMAR,
            Language::Turkish => &turkish::GRAMMAR,
            Language::Ukrainian => &ukrainian::GRAMMAR,
        }
    }

    /// The language of a BCP 47 tag, if it has an inflection here; `word` decides between the two scripts of `ku`.
    pub fn of_tag(tag: &str, word: &str) -> Option<Language> {
        let primary = primary(tag);
        if primary == "ku" {
            return Some(if word.is_ascii() || word.chars().any(|c| c < '\u{250}') { Language::Kurmanji } else { Language::Sorani });
        }
        Language::ALL.into_iter().find(|language| language.grammar().tag == primary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn withdrawn_codes_are_read_as_those_that_stand_for_them() {
        for (tag, expected) in
            [("iw", "he"), ("IW-IL", "he-IL"), ("in_ID", "id_ID"), ("ji", "yi"), ("he", "he"), ("inh", "inh"), ("ar-SY", "ar-SY")]
        {
            assert_eq!(preferred(tag), expected);
        }
    }

    #[test]
    fn a_primary_code_is_the_same_however_the_tag_is_written() {
        for (tag, expected) in [("ar-SY", "ar"), ("AR_sy", "ar"), ("IW-IL", "he"), ("in_ID", "id"), ("ckb", "ckb"), ("", "")] {
            assert_eq!(primary(tag), expected);
        }
        assert_eq!(Language::of_tag("tr_TR", "ev"), Some(Language::Turkish));
    }
}
