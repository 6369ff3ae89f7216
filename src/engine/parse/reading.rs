//! What an entry was read as before. A document that has changed repeats most of its entries letter for letter, and their markup
//! need not be read again to know what they say.

use foldhash::fast::RandomState;
use std::collections::HashMap;

/// Entries of a document that are remembered; what follows them is read each time.
const MOST: usize = 512;

/// How one entry of a document was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// A hash of what its words are made of, as it is written: title, texts and address.
    pub written: u64,
    /// Where it was read before: its key of kind [`KeyKind::Content`]. Its title and text were not read then, and are empty.
    ///
    /// [`KeyKind::Content`]: crate::engine::entry::KeyKind::Content
    pub content: Option<i64>,
}

/// The keys that entries had, by how they were written. Nothing follows where one is missing, but that its entry is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Readings(HashMap<u64, i64, RandomState>);

impl Readings {
    /// The key of an entry that is written so.
    pub(super) fn content(&self, written: u64) -> Option<i64> {
        self.0.get(&written).copied()
    }

    /// As they are stored: for each of the first entries of a document the two numbers in eight bytes each, little end first.
    pub fn bytes(readings: &[Reading], contents: impl IntoIterator<Item = i64>) -> Vec<u8> {
        let pairs = readings.iter().zip(contents).take(MOST);
        pairs.flat_map(|(reading, content)| [reading.written.to_le_bytes(), content.to_le_bytes()].concat()).collect()
    }

    /// From [`Self::bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Readings {
        let pairs = bytes.as_chunks::<8>().0.as_chunks::<2>().0;
        Readings(pairs.iter().map(|[written, content]| (u64::from_le_bytes(*written), i64::from_le_bytes(*content))).collect())
    }
}
