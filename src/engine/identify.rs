//! Which entry of its feed is this, and which story? Keys and fingerprints of the entries of one document.
//!
//! Never asks the archive: what a document says by itself decides which of its keys can be believed.

mod normal;

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use self::normal::{Normal, normalise};
use super::entry::{Entry, EntryKey, Fingerprint, KeyKind};
use super::url::{aliases, canonical, is_root};

/// A title and text of fewer words are no fingerprint: "Watch live" is many stories.
const MIN_WORDS: usize = 4;
/// A text alone is one from here on.
const MIN_TEXT_WORDS: usize = 40;

/// An entry with all by which it can be known again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// The entry itself.
    pub entry: Entry,
    /// Keys that prove the entry known when the archive holds them: the first known key decides.
    /// A key that several different entries of this document share is left out of here.
    pub trusted: Vec<EntryKey>,
    /// All keys to remember for it; a superset of `trusted`. A key that several different entries share is not among
    /// them either: it would make the next entry that carries it alone look known.
    pub keys: Vec<EntryKey>,
    /// Identity across feeds; any one shared makes it the same story.
    pub fingerprints: Vec<Fingerprint>,
}

/// Computes keys and fingerprints; entries that repeat another of the same document exactly (address, title and text) are
/// dropped, and the one that stays remembers their identifiers too.
pub fn identify(entries: Vec<Entry>) -> Vec<Identified> {
    let candidates: Vec<Candidate> = entries.iter().map(Candidate::new).collect();
    let owners = Owners::new(&candidates);
    let mut kept: Vec<Identified> = Vec::with_capacity(entries.len());
    let mut first: HashMap<i64, usize> = HashMap::with_capacity(entries.len());
    for (entry, candidate) in entries.into_iter().zip(&candidates) {
        let trusted = owners.trusted(candidate);
        let keys = owners.keys(candidate);
        if let Some(kept) = first.get(&candidate.content.hash).and_then(|at| kept.get_mut(*at)) {
            let more: Vec<EntryKey> = keys.into_iter().filter(|key| !kept.keys.contains(key)).collect();
            kept.keys.extend(more);
            continue;
        }
        first.insert(candidate.content.hash, kept.len());
        let fingerprints = fingerprints(&entry, candidate.article(), &candidate.aliases);
        kept.push(Identified { entry, trusted, keys, fingerprints });
    }
    kept
}

/// A short printable form of the key that outlives an edit of `entry`, as `feed parse` shows it: its identifier, else its
/// address, else what it says.
pub fn key_text(entry: &Identified) -> String {
    printable(&entry.trusted)
}

/// [`key_text`] of each entry of a document as it stands, those that [`identify`] drops among them.
pub fn key_texts(entries: &[Entry]) -> Vec<String> {
    let candidates: Vec<Candidate> = entries.iter().map(Candidate::new).collect();
    let owners = Owners::new(&candidates);
    candidates.iter().map(|candidate| printable(&owners.trusted(candidate))).collect()
}

fn printable(keys: &[EntryKey]) -> String {
    let key = keys.iter().min_by_key(|key| key.kind);
    key.map_or_else(String::new, |key| format!("{:016x}", key.hash))
}

/// The keys of one entry, before it is known which of them others share.
struct Candidate {
    content: EntryKey,
    guid: Option<EntryKey>,
    /// The identifier without its revision.
    revised: Option<EntryKey>,
    url: Option<EntryKey>,
    canonical: Option<String>,
    /// Other canonical addresses of the article: its AMP and mobile pages, other tracking. Most have none.
    aliases: Vec<String>,
}

impl Candidate {
    fn new(entry: &Entry) -> Self {
        let canonical = entry.url.as_deref().and_then(canonical);
        let guid = entry.guid.as_deref().map(str::trim).filter(|guid| !guid.is_empty());
        let key = |kind, text: &str| EntryKey { kind, hash: hash(&[text.as_bytes()]) };
        Self {
            content: EntryKey {
                kind: KeyKind::Content,
                hash: hash(&[canonical.as_deref().unwrap_or_default().as_bytes(), entry.title.as_bytes(), entry.text.as_bytes()]),
            },
            guid: guid.map(|guid| key(KeyKind::Guid, guid)),
            revised: guid.and_then(without_revision).map(|guid| key(KeyKind::Guid, guid)),
            url: canonical.as_deref().filter(|url| !is_root(url)).map(|url| key(KeyKind::Url, url)),
            aliases: canonical.as_deref().filter(|url| !is_root(url)).map(aliases).unwrap_or_default(),
            canonical,
        }
    }

    /// The keys of its aliases: of the kind of addresses, since another entry may have one of them for its own.
    fn alias_keys(&self) -> impl Iterator<Item = EntryKey> {
        self.aliases.iter().map(|url| EntryKey { kind: KeyKind::Url, hash: hash(&[url.as_bytes()]) })
    }

    /// The canonical address, where it is an article's and not the site's.
    fn article(&self) -> Option<&str> {
        self.url.and(self.canonical.as_deref())
    }
}

/// An identifier that is an address with a small number behind it, which some publishers raise at each edit (`…/c4g8#3`).
fn without_revision(guid: &str) -> Option<&str> {
    let (base, revision) = guid.rsplit_once('#')?;
    let number = (1..=2).contains(&revision.len()) && revision.bytes().all(|byte| byte.is_ascii_digit());
    let address = base.starts_with("http://") || base.starts_with("https://");
    (number && address).then_some(base)
}

/// Which entry of the document has a key to itself: by key, the content of its one owner, or none if there are several.
struct Owners {
    keys: HashMap<EntryKey, Option<i64>>,
    /// Aliases apart: that an entry has another's address for an alias takes nothing from the other.
    aliases: HashMap<EntryKey, Option<i64>>,
}

impl Owners {
    fn new(candidates: &[Candidate]) -> Self {
        let mut owners = Self { keys: HashMap::with_capacity(candidates.len() * 3), aliases: HashMap::new() };
        for candidate in candidates {
            let content = candidate.content.hash;
            for key in [candidate.guid, candidate.revised, candidate.url].into_iter().flatten() {
                claim(&mut owners.keys, key, content);
            }
            candidate.alias_keys().for_each(|key| claim(&mut owners.aliases, key, content));
        }
        owners
    }

    fn own(&self, key: Option<EntryKey>) -> Option<EntryKey> {
        key.filter(|key| self.keys.get(key).is_some_and(Option::is_some))
    }

    /// The aliases that are no other entry's, neither as its alias nor as its address.
    fn own_aliases(&self, candidate: &Candidate) -> impl Iterator<Item = EntryKey> {
        candidate.alias_keys().filter(|key| !self.keys.contains_key(key) && self.aliases.get(key).is_some_and(Option::is_some))
    }

    fn trusted(&self, candidate: &Candidate) -> Vec<EntryKey> {
        let url = candidate.url.filter(|_| candidate.guid.is_none());
        let keys = [self.own(candidate.guid), self.own(candidate.revised), self.own(url)];
        let aliases = self.own_aliases(candidate).filter(|_| candidate.guid.is_none());
        std::iter::once(candidate.content).chain(keys.into_iter().flatten()).chain(aliases).collect()
    }

    fn keys(&self, candidate: &Candidate) -> Vec<EntryKey> {
        let keys = [self.own(candidate.guid), self.own(candidate.revised), self.own(candidate.url)];
        std::iter::once(candidate.content).chain(keys.into_iter().flatten()).chain(self.own_aliases(candidate)).collect()
    }
}

fn claim(owners: &mut HashMap<EntryKey, Option<i64>>, key: EntryKey, content: i64) {
    let owner = owners.entry(key).or_insert(Some(content));
    if *owner != Some(content) {
        *owner = None;
    }
}

/// Address and title, address and text (for the address and each alias), title and text, a long text alone: what a copy of
/// the article shares.
fn fingerprints(entry: &Entry, url: Option<&str>, aliases: &[String]) -> Vec<Fingerprint> {
    let title = normalise(&entry.title);
    let Normal { text, words } = normalise(&entry.text);
    let url = url.unwrap_or_default().as_bytes();
    // The text is long; its digest stands for it.
    let digest = if text.is_empty() { [0; 32] } else { Sha256::digest(text.as_bytes()).into() };
    let (has_url, has_title, has_text) = (!url.is_empty(), !title.text.is_empty(), !text.is_empty());
    let title_bytes = title.text.as_bytes();
    let by_alias = aliases
        .iter()
        .flat_map(|alias| [(1, has_title, hash(&[alias.as_bytes(), title_bytes])), (2, has_text, hash(&[alias.as_bytes(), &digest]))]);
    let kinds = [
        (1, has_url && has_title, hash(&[url, title_bytes])),
        (2, has_url && has_text, hash(&[url, &digest])),
        (3, has_title && has_text && title.words + words >= MIN_WORDS, hash(&[title_bytes, &digest])),
        (4, words >= MIN_TEXT_WORDS, hash(&[&digest])),
    ];
    kinds.into_iter().chain(by_alias).filter(|(_, holds, _)| *holds).map(|(kind, _, hash)| Fingerprint { kind, hash }).collect()
}

/// The first 8 bytes of the SHA-256 of the parts, each after its length, so that no two lists of parts run together.
fn hash(parts: &[&[u8]]) -> i64 {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update((part.len() as u64).to_le_bytes());
        sha.update(part);
    }
    let digest: [u8; 32] = sha.finalize().into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen \
        eighteen nineteen twenty one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen \
        seventeen eighteen nineteen twenty";

    fn entry(guid: &str, url: &str, title: &str, text: &str) -> Entry {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Entry { guid: some(guid), url: some(url), title: title.into(), text: text.into(), ..Entry::default() }
    }

    /// Whether `new` is known to an archive that read `old`.
    fn knows(old: &[Entry], new: &[Entry]) -> Vec<bool> {
        let remembered: Vec<EntryKey> = identify(old.to_vec()).into_iter().flat_map(|entry| entry.keys).collect();
        identify(new.to_vec()).iter().map(|entry| entry.trusted.iter().any(|key| remembered.contains(key))).collect()
    }

    fn same_story(a: &Entry, b: &Entry) -> bool {
        let prints = |entry: &Entry| identify(vec![entry.clone()]).remove(0).fingerprints;
        prints(a).iter().any(|print| prints(b).contains(print))
    }

    #[test]
    fn edited_title_does_not_make_a_new_entry() {
        let old = [entry("1", "https://a/1", "Old title", "t")];
        assert_eq!(knows(&old, &[entry("1", "https://a/1", "New title", "t2")]), [true]);
        let old = [entry("", "https://a/1", "Old title", "t")];
        assert_eq!(knows(&old, &[entry("", "http://a/1/?utm_source=x", "New title", "t2")]), [true]);
    }

    #[test]
    fn a_guid_that_changes_alone_does_not_make_a_new_entry() {
        let old = [entry("random-1", "https://a/1", "T", "t")];
        assert_eq!(knows(&old, &[entry("random-2", "https://a/1", "T", "t")]), [true]);
        let old = [entry("https://a/c4g8#0", "https://a/c4g8", "T", "t")];
        assert_eq!(knows(&old, &[entry("https://a/c4g8#3", "https://a/c4g8", "Edited", "too")]), [true]);
    }

    #[test]
    fn the_amp_or_mobile_page_of_an_article_is_the_article() {
        let old = [entry("", "https://www.a.org/news/1", "T", "t")];
        for url in ["https://m.a.org/news/1", "https://www.a.org/amp/news/1?usqp=2", "https://www.a.org/news/1?traffic_source=rss"] {
            assert_eq!(knows(&old, &[entry("", url, "Edited", "too")]), [true], "{url}");
            assert_eq!(knows(&[entry("", url, "T", "t")], &[entry("", "https://www.a.org/news/1", "Edited", "too")]), [true], "{url}");
            assert!(same_story(&old[0], &entry("x", url, "T", "another text")), "{url}");
        }
        assert_eq!(knows(&old, &[entry("", "https://m.a.org/news/2", "U", "u")]), [false]);
    }

    #[test]
    fn an_address_is_its_own_entrys_before_it_is_anothers_alias() {
        let both = [entry("", "https://m.a.org/1", "M", "m"), entry("", "https://www.a.org/1", "W", "w")];
        let edited = [entry("", "https://www.a.org/1", "W2", "w2")];
        assert_eq!(knows(&both, &edited), [true]);
        assert!(identify(both.to_vec())[0].keys.len() < identify(both[..1].to_vec())[0].keys.len());
    }

    #[test]
    fn numbers_that_are_the_identity_stay() {
        let old = [entry("https://a/topic#1", "https://a/topic#1", "A", "a"), entry("https://a/topic#2", "https://a/topic#2", "B", "b")];
        assert_eq!(identify(old.to_vec()).len(), 2);
        let new =
            [entry("https://a/topic#2", "https://a/topic#2", "B", "edited"), entry("https://a/topic#3", "https://a/topic#3", "C", "c")];
        assert_eq!(knows(&old, &new), [true, false]);
        assert_eq!(knows(&[entry("item #1", "", "A", "a")], &[entry("item #2", "", "B", "b")]), [false]);
    }

    #[test]
    fn a_guid_shared_by_different_entries_proves_nothing() {
        let old = [entry("0", "https://a/1", "A", "a"), entry("0", "https://a/2", "B", "b")];
        assert_eq!(identify(old.to_vec()).len(), 2);
        assert_eq!(knows(&old, &[entry("0", "https://a/3", "C", "c")]), [false]);
        assert_eq!(knows(&old, &[old[1].clone()]), [true]);
    }

    #[test]
    fn an_address_shared_by_different_entries_proves_nothing() {
        let old = [entry("", "https://a/live", "A", "a"), entry("", "https://a/live", "B", "b")];
        assert_eq!(knows(&old, &[entry("", "https://a/live", "C", "c")]), [false]);
        assert_eq!(knows(&[entry("", "https://a/", "A", "a")], &[entry("", "https://a/", "B", "b")]), [false]);
    }

    #[test]
    fn exact_repeats_are_kept_once_and_remembered_under_both_guids() {
        let old = [entry("1", "https://a/1", "T", "t"), entry("2", "https://a/1?utm_medium=x", "T", "t")];
        let kept = identify(old.to_vec());
        assert_eq!((kept.len(), kept[0].entry.guid.as_deref()), (1, Some("1")));
        assert_eq!(knows(&old, &[entry("2", "https://a/1", "edited", "t")]), [true]);
    }

    #[test]
    fn an_entry_of_nothing_but_text_is_known_by_it() {
        assert_eq!(knows(&[entry("", "", "", "t")], &[entry("", "", "", "t")]), [true]);
        assert_eq!(knows(&[entry("", "", "", "t")], &[entry("", "", "", "u")]), [false]);
    }

    #[test]
    fn trusted_keys_are_among_those_remembered() {
        for identified in
            identify(vec![entry("https://a/1#0", "https://a/1", "T", "t"), entry("", "https://a/2", "", ""), entry("", "", "", "")])
        {
            assert!(identified.trusted.iter().all(|key| identified.keys.contains(key)));
            assert_eq!(identified.trusted[0].kind, KeyKind::Content);
        }
    }

    #[test]
    fn a_copy_in_another_feed_is_the_same_story() {
        let original = entry("1", "https://a/1", "Ceasefire holds in Idlib", "Both sides kept still.");
        assert!(same_story(&original, &entry("x", "http://a/1/?fbclid=9", "CEASEFIRE holds in Idlib!", "other")));
        assert!(same_story(&original, &entry("x", "https://b/9", "Ceasefire holds in  Idlib", "Both sides kept still")));
        assert!(!same_story(&original, &entry("x", "https://b/9", "Ceasefire holds in Idlib", "Nobody kept still.")));
        assert!(same_story(&entry("", "https://a/1", "A", LONG), &entry("", "https://b/1", "B", LONG)));
        assert!(!same_story(&entry("", "https://a/1", "Watch", "live"), &entry("", "https://b/1", "Watch", "live")));
    }

    #[test]
    fn an_empty_entry_has_no_fingerprint() {
        assert!(identify(vec![entry("1", "https://a/", "", "")])[0].fingerprints.is_empty());
    }

    #[test]
    fn the_printed_key_survives_an_edit() {
        let print = |title: &str| key_text(&identify(vec![entry("1", "https://a/1", title, "t")])[0]);
        assert_eq!(print("A"), print("B"));
        assert_eq!(key_texts(&[entry("1", "https://a/1", "A", "t")]), [print("A")]);
    }

    #[test]
    fn keys_are_the_same_in_every_release() {
        let identified = identify(vec![entry("1", "https://a/1", "T", "t")]).remove(0);
        let hashes: Vec<i64> = identified.keys.iter().map(|key| key.hash).collect();
        assert_eq!(hashes, [-6_970_706_630_556_078_304, -2_835_072_071_634_172_558, -6_329_386_032_802_023_892]);
    }
}
