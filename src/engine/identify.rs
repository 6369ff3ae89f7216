//! Which entry of its feed is this, and which story? Keys and fingerprints of the entries of one document.
//!
//! A feed's own identifiers lie in every way there is: they repeat, change, and are missing. So an entry has several keys,
//! and the document at hand says which of them may be trusted: what several different entries share proves nothing.

use super::{
    entry::{Entry, EntryKey, Fingerprint, KeyKind},
    url,
};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use unicode_normalization::UnicodeNormalization;

/// How many words a text needs to be known by itself, under any title and address.
const TEXT_WORDS: usize = 40;

/// How many words title and text together need to be known at any address.
const WHOLE_WORDS: usize = 4;

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
    let mut seen = HashSet::new();
    let mut drafts: Vec<Draft> = entries.into_iter().map(Draft::new).collect();
    drafts.retain(|draft| seen.insert(draft.content));
    Draft::guids(&mut drafts, |guid| Some(guid));
    Draft::short_guids(&mut drafts);
    let shared_urls = shared(drafts.iter().filter_map(|draft| draft.url));
    drafts.into_iter().map(|draft| draft.finish(&shared_urls)).collect()
}

/// A short printable form of the key by which `entry` is known first: its identifier's, else its address's, else its content's.
pub fn key_text(entry: &Identified) -> String {
    let first = entry.trusted.iter().min_by_key(|key| key.kind);
    first.map_or_else(String::new, |key| format!("{:016x}", key.hash))
}

/// An entry on its way.
struct Draft {
    entry: Entry,
    canonical: Option<String>,
    title: String,
    text: String,
    content: i64,
    url: Option<i64>,
    guid: Option<Guid>,
}

/// An identifier's hash, and whether it may be trusted.
#[derive(Clone, Copy)]
struct Guid {
    hash: i64,
    trusted: bool,
}

impl Draft {
    fn new(entry: Entry) -> Draft {
        let canonical = entry.url.as_deref().and_then(url::canonical);
        let (title, text) = (normal(&entry.title), normal(&entry.text));
        let content = hash(&["content", canonical.as_deref().unwrap_or(""), &title, &text]);
        let own = canonical.as_deref().filter(|canonical| !url::is_root(canonical));
        let url = own.map(|canonical| hash(&["url", canonical]));
        Draft { entry, canonical, title, text, content, url, guid: None }
    }

    /// Where identifiers end in `#` and a count, which some publishers raise at each edit, the part before it is the
    /// identifier, unless that would make two entries of this document one.
    fn short_guids(drafts: &mut [Draft]) {
        let all: Vec<&str> = drafts.iter().filter_map(|draft| draft.entry.guid.as_deref()).collect();
        let short: HashSet<&str> = all.iter().map(|guid| uncounted(guid).unwrap_or(guid)).collect();
        let counted = all.iter().any(|guid| uncounted(guid).is_some());
        if counted && short.len() == all.len() {
            Draft::guids(drafts, uncounted);
        }
    }

    /// Gives every draft the hash of a part of its identifier, where it has that part.
    fn guids(drafts: &mut [Draft], part: impl Fn(&str) -> Option<&str>) {
        let hashes: Vec<Option<i64>> =
            drafts.iter().map(|draft| draft.entry.guid.as_deref().and_then(&part).map(|guid| hash(&["guid", guid]))).collect();
        let shared = shared(hashes.iter().flatten().copied());
        for (draft, hash) in drafts.iter_mut().zip(hashes) {
            if let Some(hash) = hash {
                draft.guid = Some(Guid { hash, trusted: !shared.contains(&hash) });
            }
        }
    }

    fn finish(self, shared_urls: &HashSet<i64>) -> Identified {
        let content = EntryKey { kind: KeyKind::Content, hash: self.content };
        let (mut trusted, mut keys) = (vec![content], vec![content]);
        if let Some(guid) = self.guid {
            let key = EntryKey { kind: KeyKind::Guid, hash: guid.hash };
            keys.push(key);
            trusted.extend(guid.trusted.then_some(key));
        }
        if let Some(hash) = self.url {
            let key = EntryKey { kind: KeyKind::Url, hash };
            keys.push(key);
            // Beside an identifier the address proves nothing: some feeds give every entry the same.
            trusted.extend((self.guid.is_none() && !shared_urls.contains(&hash)).then_some(key));
        }
        let fingerprints = self.fingerprints();
        Identified { entry: self.entry, trusted, keys, fingerprints }
    }

    fn fingerprints(&self) -> Vec<Fingerprint> {
        let words = |text: &str| text.split(' ').filter(|word| !word.is_empty()).count();
        let (title, text) = (words(&self.title), words(&self.text));
        let mut prints = Vec::with_capacity(4);
        let mut add = |kind, parts: &[&str]| prints.push(Fingerprint { kind, hash: hash(parts) });
        if let Some(canonical) = self.canonical.as_deref().filter(|canonical| !url::is_root(canonical)) {
            if title > 0 {
                add(1, &["url title", canonical, &self.title]);
            }
            if text > 0 {
                add(2, &["url text", canonical, &self.text]);
            }
        }
        if title > 0 && text > 0 && title + text >= WHOLE_WORDS {
            add(3, &["title text", &self.title, &self.text]);
        }
        if text >= TEXT_WORDS {
            add(4, &["text", &self.text]);
        }
        prints
    }
}

/// An identifier without `#` and a count at its end, where it has them.
fn uncounted(guid: &str) -> Option<&str> {
    let (short, count) = guid.rsplit_once('#')?;
    (!count.is_empty() && count.bytes().all(|b| b.is_ascii_digit())).then_some(short)
}

/// Hashes that come more than once.
fn shared(hashes: impl Iterator<Item = i64>) -> HashSet<i64> {
    let mut counts: HashMap<i64, usize> = HashMap::new();
    hashes.for_each(|hash| *counts.entry(hash).or_default() += 1);
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(hash, _)| hash).collect()
}

/// The first 8 bytes of the SHA-256 of the parts, each with its length before it.
fn hash(parts: &[&str]) -> i64 {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update((part.len() as u64).to_le_bytes());
        sha.update(part);
    }
    let bytes = sha.finalize();
    i64::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]])
}

/// Letters and digits in lower case, compatibility forms resolved, one blank between words: what two copies share however
/// they are set.
fn normal(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    let mut push = |c: char| {
        if c.is_alphanumeric() {
            normal.push(c);
        } else if !normal.is_empty() && !normal.ends_with(' ') && !unicode_normalization::char::is_combining_mark(c) {
            normal.push(' ');
        }
    };
    if text.is_ascii() {
        text.chars().for_each(|c| push(c.to_ascii_lowercase()));
    } else {
        text.nfkc().flat_map(char::to_lowercase).for_each(&mut push);
    }
    normal.truncate(normal.trim_end().len());
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(guid: &str, url: &str, title: &str, text: &str) -> Entry {
        let some = |s: &str| (!s.is_empty()).then(|| s.to_owned());
        Entry { guid: some(guid), url: some(url), title: title.into(), text: text.into(), ..Entry::default() }
    }

    fn one(entry: Entry) -> Identified {
        identify(vec![entry]).remove(0)
    }

    fn share(a: &Identified, b: &Identified) -> bool {
        a.fingerprints.iter().any(|print| b.fingerprints.contains(print))
    }

    /// Whether the archive, holding the keys of `before`, takes `after` for known.
    fn known(before: &Identified, after: &Identified) -> bool {
        after.trusted.iter().any(|key| before.keys.contains(key))
    }

    const URL: &str = "https://news.example/a/1";

    #[test]
    fn an_edited_title_leaves_the_entry_known() {
        assert!(known(&one(entry("g", URL, "Old title", "x")), &one(entry("g", URL, "New title", "x"))));
        assert!(known(&one(entry("", URL, "Old title", "x")), &one(entry("", URL, "New title", "x"))));
        assert!(!known(&one(entry("g", URL, "Old title", "x")), &one(entry("h", "https://news.example/a/2", "New title", "x"))));
    }

    #[test]
    fn an_identifier_that_is_new_at_every_poll_is_no_news() {
        assert!(known(&one(entry("r4nd0m", URL, "Title", "text")), &one(entry("m0re", URL, "Title", "text"))));
        assert!(known(
            &one(entry("https://news.example/1#0", URL, "Title", "text")),
            &one(entry("https://news.example/1#3", URL, "Other title", "more"))
        ));
    }

    #[test]
    fn what_two_entries_share_is_no_key_to_either() {
        let two = identify(vec![entry("same", URL, "One", "a"), entry("same", URL, "Two", "b")]);
        assert_eq!(two.len(), 2);
        assert!(two.iter().all(|i| i.trusted.iter().all(|key| key.kind == KeyKind::Content)));
        let links = identify(vec![entry("", URL, "One", "a"), entry("", URL, "Two", "b")]);
        assert!(!known(&links[0], &links[1]));
        let counted = identify(vec![entry("page#1", URL, "One", "a"), entry("page#2", URL, "Two", "b")]);
        assert!(!known(&counted[0], &counted[1]));
        assert_eq!(identify(vec![entry("g", URL, "Same", "x"), entry("g", URL, "Same", "x")]).len(), 1);
    }

    #[test]
    fn an_entry_with_nothing_but_text_is_known_by_it() {
        assert!(known(&one(entry("", "", "", "only text")), &one(entry("", "", "", "only  text"))));
        assert!(!key_text(&one(entry("", "", "", "only text"))).is_empty());
    }

    #[test]
    fn copies_share_a_fingerprint_and_other_articles_do_not() {
        let own = one(entry("a", URL, "Kars'ta kar", "Yollar kapandı."));
        assert!(share(&own, &one(entry("b", "http://NEWS.example/a/1?utm_source=rss#x", "Kars’ta kar", "Kısa."))));
        assert!(share(&own, &one(entry("c", "https://other.example/9", "KARS'TA KAR!", "Yollar kapandı"))));
        assert!(!share(&own, &one(entry("d", "https://other.example/9", "Kars'ta kar", "Başka bir metin burada."))));
        assert!(!share(&one(entry("", "https://a.example/", "One", "x")), &one(entry("", "https://a.example/", "One", "y"))));
        let long = "word ".repeat(TEXT_WORDS);
        assert!(share(&one(entry("a", URL, "One", &long)), &one(entry("b", "https://b.example/1", "Another", &long))));
    }
}
