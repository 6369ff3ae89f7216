//! The file of a form list: written in one piece, refused whole if a single byte of it is not as it was written.
//!
//! ```text
//! marsad forms 1\n             magic and version
//! length of the head           32 bits, little endian
//! head                         a line a language: tag, bytes of the .aff and .dic, their digest, forms, lengths of both sets
//! two sets a language          finite-state sets of keys, in the order of the head
//! checksum                     CRC-32 of all before, 32 bits, little endian
//! ```
//!
//! A key is a word, a zero byte, how many letters to cut from the word's end, and what to put there: form to lemma in the
//! first set, lemma to form in the second. Forms of one class share these tails, so that a set is small.
//!
//! The checksum finds damage, not malice: a list is made on the user's machine, and its sets are not walked before use. It is
//! checked at every start of a command, so it is one that takes 10 ms for 30 MB.

use crate::engine::lang::Language;
use fst::{IntoStreamer, Set, Streamer};
use std::sync::Arc;

const MAGIC: &[u8] = b"marsad forms ";
const VERSION: &[u8] = b"1\n";
const CHECKSUM_BYTES: usize = 4;

/// Why bytes are no form list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormsError {
    /// Something else altogether.
    #[error("this is not a form list")]
    NotForms,
    /// Of another version of marsad.
    #[error("this form list was made by another version of marsad; build it anew")]
    Version,
    /// Cut or altered since it was written.
    #[error("this form list is damaged; build it anew")]
    Damaged,
}

/// What one language's part was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The language.
    pub language: Language,
    /// Bytes of its `.aff` files.
    pub aff_bytes: u64,
    /// Bytes of its `.dic` files.
    pub dic_bytes: u64,
    /// The beginning of a digest of both: another edition of the dictionary has another.
    pub digest: String,
    /// Pairs of a form and a lemma.
    pub pairs: u64,
}

/// A stretch of the file.
#[derive(Debug, Clone)]
struct Stretch {
    file: Arc<Vec<u8>>,
    from: usize,
    to: usize,
}

impl AsRef<[u8]> for Stretch {
    fn as_ref(&self) -> &[u8] {
        self.file.get(self.from..self.to).unwrap_or(&[])
    }
}

/// The part of one language.
#[derive(Debug)]
pub(super) struct Part {
    to_lemmas: Set<Stretch>,
    to_forms: Set<Stretch>,
}

impl Part {
    /// Lemmas of a form.
    pub fn lemmas(&self, form: &str, found: &mut Vec<String>) {
        others(&self.to_lemmas, form, found);
    }

    /// Forms of a lemma.
    pub fn forms(&self, lemma: &str, found: &mut Vec<String>) {
        others(&self.to_forms, lemma, found);
    }
}

/// The words that a set links with `word`.
fn others(set: &Set<Stretch>, word: &str, found: &mut Vec<String>) {
    let (mut from, mut to) = (word.as_bytes().to_vec(), word.as_bytes().to_vec());
    from.push(0);
    to.push(1);
    let mut keys = set.range().ge(&from).lt(&to).into_stream();
    while let Some(key) = keys.next() {
        let Some(other) = key.get(from.len()..).and_then(|tail| other(word, tail)) else { continue };
        if !found.contains(&other) {
            found.push(other);
        }
    }
}

/// Writes the key that links `word` with `other` behind `out`.
pub(super) fn write_key(word: &str, other: &str, out: &mut Vec<u8>) {
    let shared: usize = word.chars().zip(other.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let (cut, put) = (word.get(shared..).unwrap_or(""), other.get(shared..).unwrap_or(""));
    out.extend_from_slice(word.as_bytes());
    out.push(0);
    // Words are shorter than 255 letters: the builder leaves longer ones out.
    out.push(cut.chars().count() as u8);
    out.extend_from_slice(put.as_bytes());
}

/// The other word of a key, from the tail behind its zero byte.
fn other(word: &str, tail: &[u8]) -> Option<String> {
    let (&cut, put) = tail.split_first()?;
    let put = std::str::from_utf8(put).ok()?;
    let stem = match usize::from(cut).checked_sub(1) {
        None => word,
        Some(last) => word.get(..word.char_indices().rev().nth(last)?.0)?,
    };
    Some(format!("{stem}{put}"))
}

/// Both words of a key.
pub(super) fn read_key(key: &[u8]) -> Option<(&str, String)> {
    let zero = key.iter().position(|byte| *byte == 0)?;
    let word = std::str::from_utf8(key.get(..zero)?).ok()?;
    Some((word, other(word, key.get(zero + 1..)?)?))
}

/// A language's part as it is written.
pub(super) struct Written {
    pub source: Source,
    pub to_lemmas: Vec<u8>,
    pub to_forms: Vec<u8>,
}

/// The bytes of a file of these parts.
pub(super) fn write(parts: &[Written]) -> Vec<u8> {
    let mut head = String::new();
    for Written { source, to_lemmas, to_forms } in parts {
        let Source { language, aff_bytes, dic_bytes, digest, pairs } = source;
        let tag = language.grammar().tag;
        head += &format!("{tag} {aff_bytes} {dic_bytes} {digest} {pairs} {} {}\n", to_lemmas.len(), to_forms.len());
    }
    let mut file = [MAGIC, VERSION].concat();
    file.extend_from_slice(&(head.len() as u32).to_le_bytes());
    file.extend_from_slice(head.as_bytes());
    for part in parts {
        file.extend_from_slice(&part.to_lemmas);
        file.extend_from_slice(&part.to_forms);
    }
    let checksum = crc32fast::hash(&file);
    file.extend_from_slice(&checksum.to_le_bytes());
    file
}

/// Reads a file.
pub(super) fn read(file: Vec<u8>) -> Result<Vec<(Source, Part)>, FormsError> {
    let rest = file.strip_prefix(MAGIC).ok_or(FormsError::NotForms)?;
    let rest = rest.strip_prefix(VERSION).ok_or(FormsError::Version)?;
    let body_end = file.len().checked_sub(CHECKSUM_BYTES).ok_or(FormsError::Damaged)?;
    let (body, checksum) = file.split_at_checked(body_end).ok_or(FormsError::Damaged)?;
    if crc32fast::hash(body).to_le_bytes() != checksum {
        return Err(FormsError::Damaged);
    }
    let (length, rest) = rest.split_first_chunk::<4>().ok_or(FormsError::Damaged)?;
    let head = rest.get(..u32::from_le_bytes(*length) as usize).ok_or(FormsError::Damaged)?;
    let head = std::str::from_utf8(head).map_err(|_| FormsError::Damaged)?.to_owned();
    let mut at = MAGIC.len() + VERSION.len() + length.len() + head.len();
    let file = Arc::new(file);
    let mut set = |length: usize| {
        let from = at;
        at = at.checked_add(length).filter(|end| *end <= body_end).ok_or(FormsError::Damaged)?;
        Set::new(Stretch { file: Arc::clone(&file), from, to: at }).map_err(|_| FormsError::Damaged)
    };
    let mut parts = Vec::new();
    for line in head.lines() {
        let (source, lengths) = head_line(line).ok_or(FormsError::Damaged)?;
        parts.push((source, Part { to_lemmas: set(lengths.0)?, to_forms: set(lengths.1)? }));
    }
    Ok(parts)
}

/// A line of the head: what the part was made of, and the lengths of its sets.
fn head_line(line: &str) -> Option<(Source, (usize, usize))> {
    let cells: Vec<&str> = line.split(' ').collect();
    let [tag, aff_bytes, dic_bytes, digest, pairs, to_lemmas, to_forms] = *cells.as_slice() else { return None };
    let language = Language::ALL.into_iter().find(|language| language.grammar().tag == tag)?;
    let source = Source {
        language,
        aff_bytes: aff_bytes.parse().ok()?,
        dic_bytes: dic_bytes.parse().ok()?,
        digest: digest.to_owned(),
        pairs: pairs.parse().ok()?,
    };
    Some((source, (to_lemmas.parse().ok()?, to_forms.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list() -> Vec<u8> {
        let aff = b"SET UTF-8\nSFX S Y 1\nSFX S 0 s .\n".to_vec();
        let dic = "3\nwar/S\ncafé/S\ntruce/S\n".into();
        crate::engine::lang::forms::build([(Language::English, aff, dic)].into_iter(), |_| {}).unwrap()
    }

    #[test]
    fn what_was_written_is_read_again() {
        let parts = read(list()).unwrap();
        let (source, part) = parts.first().unwrap();
        assert_eq!((source.language, source.dic_bytes, source.pairs), (Language::English, 24, 6));
        let (mut lemmas, mut forms) = (Vec::new(), Vec::new());
        part.lemmas("cafes", &mut lemmas);
        part.forms("war", &mut forms);
        assert_eq!((lemmas, forms), (vec!["cafe".to_owned()], vec!["war".to_owned(), "wars".to_owned()]));
    }

    #[test]
    fn any_byte_altered_or_missing_is_refused() {
        let whole = list();
        for at in 0..whole.len() {
            let mut altered = whole.clone();
            altered[at] ^= 1 << (at % 8);
            assert!(read(altered).is_err(), "byte {at}");
            assert!(read(whole[..at].to_vec()).is_err(), "cut at {at}");
        }
        assert_eq!(read(b"{}".to_vec()).err(), Some(FormsError::NotForms));
        assert_eq!(read(b"marsad forms 9\n".to_vec()).err(), Some(FormsError::Version));
        assert_eq!(read([whole.as_slice(), b"x"].concat()).err(), Some(FormsError::Damaged));
    }

    #[test]
    fn lengths_that_lie_are_refused_even_under_a_right_checksum() {
        for head in
            ["", "en 1 2 x 3\n", "en 1 2 x 3 18446744073709551615 9\n", "en 1 2 x 3 0 0\n", "xx 1 2 x 3 4 5\n", "en 1 2 x 3 36 36\n"]
        {
            let mut file = [MAGIC, VERSION, &(head.len() as u32).to_le_bytes(), head.as_bytes(), &[0; 40]].concat();
            file.extend_from_slice(&crc32fast::hash(&file).to_le_bytes());
            assert!(head.is_empty() || read(file).is_err(), "{head}");
        }
        let mut file = [MAGIC, VERSION, &u32::MAX.to_le_bytes()].concat();
        file.extend_from_slice(&crc32fast::hash(&file).to_le_bytes());
        assert_eq!(read(file).err(), Some(FormsError::Damaged));
    }

    proptest! {
        #[test]
        fn keys_give_both_words_back(word in "[a-zа-яא-ת]{1,12}", other in "[a-zа-яא-ת]{1,12}") {
            let mut key = Vec::new();
            write_key(&word, &other, &mut key);
            prop_assert_eq!(read_key(&key), Some((word.as_str(), other)));
        }

        #[test]
        fn no_bytes_make_a_key_panic(key in prop::collection::vec(any::<u8>(), 0..20)) {
            let _ = read_key(&key);
        }
    }
}
