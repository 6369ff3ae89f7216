//! Building a form list from hunspell dictionaries.
//!
//! Pure and bounded: bytes in, bytes out. One language is in memory at a time, as sorted keys in one piece.

use super::arabic::Plurals;
use super::expand::{Expansion, Policy};
use super::file::{Source, Written, read_key, write, write_key};
use super::hunspell::{self, Affixes, Entry};
use crate::engine::lang::{Language, fold::Folded};
use fst::{Set, SetBuilder, Streamer};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The longest word that a list holds, in bytes of UTF-8: numbers of letters are written as one byte.
const MAX_WORD_BYTES: usize = 200;
/// The most bytes that the keys of one language may take before they are made a set.
const MAX_KEY_BYTES: usize = 768 * 1024 * 1024;
/// The most bytes of one dictionary file.
const MAX_DICTIONARY_BYTES: usize = 64 * 1024 * 1024;
/// Progress is told every so many entries.
const ENTRIES_A_REPORT: usize = 8192;

/// How far a build is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So many of a language's entries are read.
    Entries(Language, usize),
    /// All of them are; its sets are made.
    Sorting(Language),
    /// The language is done: so many pairs of a form and a lemma, and so many entries that had too many forms.
    Done(Language, usize, usize),
}

/// Why no list was built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A file, or what comes of it, is larger than any dictionary is.
    #[error("the dictionary for `{}` is too large", .0.grammar().tag)]
    TooLarge(Language),
    /// Nothing in the dictionaries is a form.
    #[error("the dictionary for `{}` has no words", .0.grammar().tag)]
    Empty(Language),
    /// The sets could not be made.
    #[error("cannot write the list: {0}")]
    Set(#[from] fst::Error),
}

/// Bytes of an `.aff` and of a `.dic` file.
type Dictionary = (Vec<u8>, Vec<u8>);

/// Builds the file of a form list from dictionaries: language, bytes of the `.aff`, bytes of the `.dic`.
/// Several dictionaries of one language are joined.
pub fn build(
    dictionaries: impl Iterator<Item = (Language, Vec<u8>, Vec<u8>)>,
    mut progress: impl FnMut(Progress),
) -> Result<Vec<u8>, BuildError> {
    let mut by_language: BTreeMap<Language, Vec<Dictionary>> = BTreeMap::new();
    for (language, aff, dic) in dictionaries {
        by_language.entry(language).or_default().push((aff, dic));
    }
    let mut parts = Vec::new();
    for (language, files) in by_language {
        parts.push(part(language, &files, &mut progress)?);
    }
    Ok(write(&parts))
}

/// One language.
fn part(language: Language, files: &[Dictionary], progress: &mut impl FnMut(Progress)) -> Result<Written, BuildError> {
    let mut keys = Keys::default();
    let mut source = Source { language, aff_bytes: 0, dic_bytes: 0, digest: String::new(), pairs: 0 };
    let mut digest = Sha256::new();
    let mut overflowing = 0;
    for (aff, dic) in files {
        if aff.len().max(dic.len()) > MAX_DICTIONARY_BYTES {
            return Err(BuildError::TooLarge(language));
        }
        source.aff_bytes += aff.len() as u64;
        source.dic_bytes += dic.len() as u64;
        digest.update(aff);
        digest.update(dic);
        overflowing += collect(language, aff, dic, &mut keys, progress)?;
    }
    digest.finalize().iter().take(8).for_each(|byte| {
        // Writing to a string cannot fail.
        let _ = write!(source.digest, "{byte:02x}");
    });
    progress(Progress::Sorting(language));
    let to_lemmas = keys.into_set()?;
    let mut keys = Keys::default();
    let set = Set::new(&to_lemmas)?;
    source.pairs = set.len() as u64;
    let mut pairs = set.stream();
    while let Some(key) = pairs.next() {
        if let Some((form, lemma)) = read_key(key) {
            keys.link(&lemma, form);
        }
    }
    if source.pairs == 0 {
        return Err(BuildError::Empty(language));
    }
    progress(Progress::Done(language, set.len(), overflowing));
    Ok(Written { source, to_forms: keys.into_set()?, to_lemmas })
}

/// Collects what one dictionary has; tells how many entries had too many forms.
fn collect(language: Language, aff: &[u8], dic: &[u8], keys: &mut Keys, progress: &mut impl FnMut(Progress)) -> Result<usize, BuildError> {
    let (aff, dic) = hunspell::decode(aff, dic);
    let affixes = Affixes::read(&aff);
    let mut lemmas = LastFolded::default();
    let mut overflowing = 0;
    let mut plurals = (language == Language::Arabic).then(Plurals::default);
    let mut full = false;
    let mut expansion = Expansion::new(&affixes, Policy::of(language), |form: &str, lemma: &str| {
        full |= keys.bytes.len() > MAX_KEY_BYTES;
        let (Some(lemma), false) = (lemmas.fold(lemma), full) else { return };
        if let Some(form) = fold(form) {
            keys.link(&form, lemma);
        }
    });
    for (read, entry) in affixes.entries(&dic).enumerate() {
        overflowing += usize::from(!expansion.entry(&entry));
        if let Some(singular) = plurals.as_mut().and_then(|plurals| plurals.singular_of(&entry)) {
            expansion.entry(&Entry { stem: Some(singular), ..entry });
        }
        if read % ENTRIES_A_REPORT == 0 {
            progress(Progress::Entries(language, read));
        }
    }
    if full { Err(BuildError::TooLarge(language)) } else { Ok(overflowing) }
}

/// A word as the list holds it; none if it is no single word of a sane length.
pub(super) fn fold(written: &str) -> Option<String> {
    if written.len() > MAX_WORD_BYTES {
        return None;
    }
    let folded = Folded::new(written);
    (folded.words.len() == 1 && folded.text.len() <= MAX_WORD_BYTES).then(|| folded.word(0).to_owned())
}

/// Remembers the last word folded: forms of one lemma come one after the other.
#[derive(Default)]
struct LastFolded {
    written: String,
    folded: Option<String>,
}

impl LastFolded {
    fn fold(&mut self, written: &str) -> Option<&str> {
        if self.written != written || self.folded.is_none() {
            self.written = written.to_owned();
            self.folded = fold(written);
        }
        self.folded.as_deref()
    }
}

/// Keys in one piece of memory.
#[derive(Default)]
struct Keys {
    bytes: Vec<u8>,
    /// Where each key ends.
    ends: Vec<u32>,
}

impl Keys {
    fn link(&mut self, word: &str, other: &str) {
        write_key(word, other, &mut self.bytes);
        // The bytes are far fewer than 4 GiB.
        self.ends.push(self.bytes.len() as u32);
    }

    /// The finite-state set of the keys.
    fn into_set(self) -> Result<Vec<u8>, fst::Error> {
        let Keys { bytes, ends } = self;
        let key = |from: u32, to: u32| bytes.get(from as usize..to as usize).unwrap_or(&[]);
        let mut spans: Vec<(u32, u32)> = std::iter::once(0).chain(ends.iter().copied()).zip(ends.iter().copied()).collect();
        drop(ends);
        spans.sort_unstable_by(|a, b| key(a.0, a.1).cmp(key(b.0, b.1)));
        spans.dedup_by(|a, b| key(a.0, a.1) == key(b.0, b.1));
        let mut set = SetBuilder::memory();
        for (from, to) in spans {
            set.insert(key(from, to))?;
        }
        set.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::lang::forms::Forms;

    fn built(language: Language, aff: &str, dic: &str) -> Result<Forms, BuildError> {
        build([(language, aff.into(), dic.into())].into_iter(), |_| {}).map(|file| Forms::read(file).unwrap())
    }

    #[test]
    fn forms_and_lemmas_are_folded_and_single_words() {
        let aff = "SFX S Y 2\nSFX S al aux al\nSFX S 0 -là .\nPFX l N 1\nPFX l 0 l' .\n";
        let forms = built(Language::French, aff, "3\nCheval/Sl\nà la\nÉté\n").unwrap();
        let table = forms.table(Language::French).unwrap();
        assert_eq!(table.forms("cheval"), ["cheval", "chevaux"]);
        assert_eq!(table.lemmas("chevaux"), ["cheval"]);
        assert!(table.lemmas("ete").contains(&"ete".to_owned()));
        assert!(table.lemmas("la").is_empty());
    }

    #[test]
    fn two_dictionaries_of_one_language_are_joined() {
        let entry = |dic: &str| (Language::English, Vec::new(), dic.as_bytes().to_vec());
        let file = build([entry("1\nhonor\n"), entry("1\nhonour\n")].into_iter(), |_| {}).unwrap();
        let forms = Forms::read(file).unwrap();
        let table = forms.table(Language::English).unwrap();
        assert_eq!((table.lemmas("honor").len(), table.lemmas("honour").len()), (1, 1));
        assert_eq!(forms.sources().len(), 1);
    }

    #[test]
    fn a_dictionary_without_words_is_refused() {
        assert!(matches!(built(Language::English, "", ""), Err(BuildError::Empty(Language::English))));
        assert!(matches!(built(Language::English, "\0\u{feff}SFX", "\0\n//\n\\/\n "), Err(BuildError::Empty(_))));
    }

    #[test]
    fn an_entry_that_explodes_is_cut_and_told() {
        let mut aff = String::from("SFX A Y 100\n");
        for n in 0..100 {
            let _ = writeln!(aff, "SFX A 0 a{n}b/A .");
        }
        let mut cut = 0;
        let file = build([(Language::Russian, aff.into_bytes(), b"1\nx/A\n".to_vec())].into_iter(), |told| {
            if let Progress::Done(_, _, overflowing) = told {
                cut = overflowing;
            }
        });
        assert_eq!(cut, 1);
        assert!(file.unwrap().len() < 100_000);
    }

    proptest::proptest! {
        #[test]
        fn no_dictionary_makes_it_panic(aff in "(SFX|PFX|AF|AM|FLAG|SET| |/|A|Y|2|\\[|\\^|\\]|\n|é|ب){0,60}", dic in "\n(A|/|1|\t|st:|é|\\\\|\n){0,30}") {
            let _ = build([(Language::Kurmanji, aff.into_bytes(), dic.into_bytes())].into_iter(), |_| {});
        }
    }
}
