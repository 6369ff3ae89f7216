//! Which entry of its feed is this, and which story? Keys and fingerprints of the entries of one document, and the decision
//! what is new, what is known, and what is a revision.
//!
//! Never asks the archive: it says which keys to ask for, and decides by the answers.
//!
//! # Keys
//!
//! No one key can be believed. Each fails in its own way, and every feed has its own habits:
//!
//! | key | fails where |
//! | --- | --- |
//! | identifier (guid) | there is none; it is made anew at each poll or each edit (`…#0`, `…#3`); it is a place in the list (`1`, `latest`); a move of the site renews all; all entries share one |
//! | the identifier as an address, without scheme, `www.` and revision | as above, but for moves to `https` and counted edits |
//! | canonical address, its aliases (AMP, mobile), with and without `www.` | it carries a token; it is the home page; the slug follows the title; two mirrors take turns |
//! | title and day | a column has one title ("Daily briefing"); the title is edited |
//! | text | it is edited; there is none; it is boilerplate ("Read more") |
//! | moment of publication, never a key by itself | all entries bear the time of the build; only the day is given; an edit moves it |
//!
//! So an entry has several keys. One that different entries of a document share counts for nothing in it ([`Presence`]), each
//! facet has a record of how it held in this feed ([`Trust`]), and one document's entries are never one article, unless they
//! repeat each other exactly.
//!
//! # Steps
//!
//! 1. [`glance`]: one key of the whole entry ([`KeyKind::Whole`]), without the identifiers that the feed is not trusted in.
//!    Where the archive has it, the entry has not changed, and no other key is asked for.
//! 2. [`identify`]: the other keys of the rest, and which of them are the entry's own.
//! 3. [`decide`]: by the articles that these keys belong to. The table is in its page.
//!
//! [`KeyKind::Whole`]: super::entry::KeyKind::Whole

mod agreement;
mod akin;
mod change;
mod decide;
mod key;
mod normal;
mod own;
mod owners;
mod trust;

pub use decide::{Archived, Change, Decided, Follow, Hit, Past, Piece, Verdict, decide};
pub use key::Glance;
pub use own::set_apart;
pub use owners::Presence;
pub use trust::{Facet, Record, Trust};

use self::{
    key::{Keys, hash},
    normal::Normal,
    owners::Owners,
};
use super::entry::{Entry, EntryKey, Fingerprint, KeyKind};
use super::parse::Reading;
use super::url::is_root;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// A title and text of fewer words are no fingerprint: "Watch live" is many stories.
const MIN_WORDS: usize = 4;
/// A text alone is one from here on.
const MIN_TEXT_WORDS: usize = 40;

/// An entry with all by which it can be known again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identified {
    /// The entry itself.
    pub entry: Entry,
    /// Its article, where it was known at a glance. The fields below are then for the document's other entries alone.
    pub known: Option<i64>,
    /// All keys to ask for and to remember. A key that several different entries share is not among them: it would make the next
    /// entry that carries it alone look known.
    pub keys: Vec<EntryKey>,
    /// Keys to ask for besides.
    pub probes: Vec<EntryKey>,
    /// How it stands to its identifier.
    pub guid: Presence,
    /// How it stands to its address.
    pub link: Presence,
    /// How it stands to its title on its day.
    pub title: Presence,
    /// How it stands to its text.
    pub text: Presence,
    /// Whether its moment of publication is its own, and more exact than an hour.
    pub own_moment: bool,
    /// Whether its text is long enough to be known by alone.
    pub long: bool,
    /// Whether its text is one that other articles of its feed have too: "Read more on our website".
    pub stock: bool,
    /// Identity across feeds; any one shared makes it the same story.
    pub fingerprints: Vec<Fingerprint>,
}

/// The key of each entry that is asked for first. `readings` tell, as far as they go, of which entries the words were not read again:
/// of those that are not known by this key they must be.
pub fn glance(entries: &[Entry], readings: &[Reading], trust: &Trust) -> Vec<Glance> {
    let read = |at: usize| readings.get(at).and_then(|reading| reading.content);
    entries.iter().enumerate().map(|(at, entry)| Glance::new(entry, read(at), trust)).collect()
}

/// Computes keys and fingerprints. `known` are the articles that the archive gave for `glances`, as far as they go. Entries that
/// repeat another of the same document exactly (address, title and text) are dropped, and the one that stays remembers their
/// identifiers too.
pub fn identify(entries: Vec<Entry>, glances: &[Glance], known: &[Option<i64>]) -> Vec<Identified> {
    let known = |at: usize| known.get(at).copied().flatten();
    let firsts = firsts(glances);
    let mut words: Vec<Option<(Normal, Normal)>> = Vec::with_capacity(entries.len());
    let mut keys: Vec<Keys> = Vec::with_capacity(entries.len());
    for (at, (entry, glance)) in entries.iter().zip(glances).enumerate() {
        if known(at).is_some() {
            keys.push(Keys::of_identifiers(entry, glance.canonical.as_deref()));
            words.push(None);
        } else {
            let (of, title, text) = Keys::of(entry, glance.canonical.as_deref());
            keys.push(of);
            words.push(Some((title, text)));
        }
    }
    let content = |at: usize| firsts.get(at).and_then(|first| glances.get(*first)).map_or(0, |glance| glance.content.hash);
    let owners = Owners::new(keys.iter().enumerate().map(|(at, keys)| (keys, content(at))));
    let moments = moments(&entries, &firsts);
    let mut kept: Vec<Identified> = Vec::with_capacity(entries.len());
    let mut places: HashMap<usize, usize> = HashMap::with_capacity(entries.len());
    for (at, (((entry, glance), of), words)) in entries.into_iter().zip(glances).zip(&keys).zip(&words).enumerate() {
        let first = firsts.get(at).copied().unwrap_or(at);
        if let Some(kept) = places.get(&first).and_then(|place| kept.get_mut(*place)) {
            kept.known = kept.known.or(known(at));
            let more: Vec<EntryKey> = identifiers(&owners, of).filter(|key| !kept.keys.contains(key)).collect();
            kept.keys.extend(more);
            continue;
        }
        places.insert(first, kept.len());
        let own_moment = entry.published_ms.is_some_and(|ms| ms % HOUR_MS != 0 && moments.get(&ms) == Some(&1));
        let identified = Identified { own_moment, known: known(at), ..one(&owners, entry, glance, of, words.as_ref()) };
        kept.push(identified);
    }
    kept
}

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3600 * 1000;

/// For each entry, the first that it repeats exactly, or itself.
fn firsts(glances: &[Glance]) -> Vec<usize> {
    let mut seen: HashMap<EntryKey, usize> = HashMap::with_capacity(glances.len() * 2);
    let mut firsts = Vec::with_capacity(glances.len());
    for (at, glance) in glances.iter().enumerate() {
        let first = seen.get(&glance.content).or_else(|| seen.get(&glance.whole)).copied().unwrap_or(at);
        seen.insert(glance.content, first);
        seen.insert(glance.whole, first);
        firsts.push(first);
    }
    firsts
}

/// How many entries bear each moment of publication, repeats aside.
fn moments(entries: &[Entry], firsts: &[usize]) -> HashMap<i64, u32> {
    let mut moments = HashMap::new();
    for (_, entry) in entries.iter().enumerate().filter(|(at, _)| firsts.get(*at) == Some(at)) {
        if let Some(ms) = entry.published_ms {
            *moments.entry(ms).or_default() += 1;
        }
    }
    moments
}

fn identifiers<'o>(owners: &'o Owners, keys: &'o Keys) -> impl Iterator<Item = EntryKey> + 'o {
    let own = [keys.guid, keys.guid_address, keys.url].map(|key| owners.own(key));
    own.into_iter().flatten().chain(owners.own_aliases(keys))
}

fn one(owners: &Owners, entry: Entry, glance: &Glance, keys: &Keys, words: Option<&(Normal, Normal)>) -> Identified {
    let of_words = [owners.own(keys.title_day), owners.own(keys.text)];
    let remembered = [glance.whole, glance.content].into_iter().chain(identifiers(owners, keys)).chain(of_words.into_iter().flatten());
    let probes = [owners.own(keys.revised), owners.unclaimed(keys.other_host)];
    let url = glance.canonical.as_deref().filter(|url| !is_root(url));
    let identified = Identified {
        known: None,
        keys: remembered.collect(),
        probes: probes.into_iter().flatten().collect(),
        guid: owners.presence(keys.guid),
        link: owners.presence(keys.url),
        title: owners.presence(keys.title_day),
        text: owners.presence(keys.text),
        own_moment: false,
        stock: owners.presence(keys.text) == Presence::Shared,
        long: words.is_some_and(|(_, text)| text.words >= MIN_TEXT_WORDS),
        fingerprints: words.map(|(title, text)| fingerprints(title, text, url, &keys.aliases)).unwrap_or_default(),
        entry,
    };
    own::without(identified, owners.presence(keys.url) == Presence::Shared)
}

/// A short printable form of the key that outlives an edit of `entry`, as `feed parse` shows it: its identifier, else its
/// address, else what it says.
pub fn key_text(entry: &Identified) -> String {
    let lasting = entry.keys.iter().filter(|key| matches!(key.kind, KeyKind::Guid | KeyKind::Url | KeyKind::Content));
    lasting.min_by_key(|key| key.kind).map_or_else(String::new, |key| format!("{:016x}", key.hash))
}

/// [`key_text`] of each entry of a document as it stands, those that [`identify`] drops among them.
pub fn key_texts(entries: &[Entry]) -> Vec<String> {
    let glances = glance(entries, &[], &Trust::default());
    let firsts = firsts(&glances);
    let kept: HashMap<usize, String> = (firsts.iter().enumerate().filter(|(at, first)| at == *first).map(|(at, _)| at))
        .zip(identify(entries.to_vec(), &glances, &[]).iter().map(key_text))
        .collect();
    firsts.iter().map(|first| kept.get(first).cloned().unwrap_or_default()).collect()
}

/// What a copy of the article shares. Where the text is long enough to speak alone, what it says together with others would say no more.
fn fingerprints(title: &Normal, text: &Normal, url: Option<&str>, aliases: &[String]) -> Vec<Fingerprint> {
    let Normal { text, words } = text;
    let url = url.unwrap_or_default().as_bytes();
    // The text is long; its digest stands for it.
    let digest = if text.is_empty() { [0; 32] } else { Sha256::digest(text.as_bytes()).into() };
    let alone = *words >= MIN_TEXT_WORDS;
    let (has_title, has_text) = (!title.text.is_empty(), !text.is_empty() && !alone);
    let title_bytes = title.text.as_bytes();
    let of_link = |link: &[u8], is_one: bool| {
        [
            (Fingerprint::LINK_AND_TITLE, is_one && has_title, hash(&[link, title_bytes])),
            (Fingerprint::LINK_AND_TEXT, is_one && has_text, hash(&[link, &digest])),
        ]
    };
    let of_words = [
        (Fingerprint::TITLE_AND_TEXT, has_title && has_text && title.words + words >= MIN_WORDS, hash(&[title_bytes, &digest])),
        (Fingerprint::LONG_TEXT, alone, hash(&[&digest])),
    ];
    let by_alias = aliases.iter().flat_map(|alias| of_link(alias.as_bytes(), true));
    let kinds = of_link(url, !url.is_empty()).into_iter().chain(of_words).chain(by_alias);
    kinds.filter(|(_, holds, _)| *holds).map(|(kind, _, hash)| Fingerprint { kind, hash }).collect()
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

    fn read(entries: &[Entry]) -> Vec<Identified> {
        identify(entries.to_vec(), &glance(entries, &[], &Trust::default()), &[])
    }

    /// Whether `new` is known to an archive that read `old`.
    fn knows(old: &[Entry], new: &[Entry]) -> Vec<bool> {
        let (old, new) = (read(old), read(new));
        let remembered: HashMap<EntryKey, i64> =
            old.iter().zip(0..).flat_map(|(entry, article)| entry.keys.iter().map(move |key| (*key, article))).collect();
        let archived = |e: &Entry| Archived {
            guid: e.guid.clone(),
            url: e.url.clone(),
            title: e.title.clone(),
            text: e.text.clone(),
            ..Archived::default()
        };
        let archive = old.iter().zip(0..).map(|(entry, article)| (article, archived(&entry.entry))).collect();
        let hit = |key: &EntryKey| Some(Hit { kind: key.kind, article: *remembered.get(key)? });
        let hits: Vec<Vec<Hit>> = new.iter().map(|entry| entry.keys.iter().chain(&entry.probes).filter_map(hit).collect()).collect();
        let decided = decide(&new, &hits, &archive, &Past::default());
        decided.verdicts.iter().map(|verdict| !matches!(verdict, Verdict::New { .. })).collect()
    }

    fn same_story(a: &Entry, b: &Entry) -> bool {
        let prints = |entry: &Entry| read(std::slice::from_ref(entry)).remove(0).fingerprints;
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
        assert!(read(&both)[0].keys.len() < read(&both[..1])[0].keys.len());
    }

    #[test]
    fn numbers_that_are_the_identity_stay() {
        let old = [entry("https://a/topic#1", "https://a/topic#1", "A", "a"), entry("https://a/topic#2", "https://a/topic#2", "B", "b")];
        assert_eq!(read(&old).len(), 2);
        let new =
            [entry("https://a/topic#2", "https://a/topic#2", "B", "edited"), entry("https://a/topic#3", "https://a/topic#3", "C", "c")];
        assert_eq!(knows(&old, &new), [true, false]);
        assert_eq!(knows(&[entry("item #1", "", "A", "a")], &[entry("item #2", "", "B", "b")]), [false]);
    }

    #[test]
    fn a_guid_shared_by_different_entries_proves_nothing() {
        let old = [entry("0", "https://a/1", "A", "a"), entry("0", "https://a/2", "B", "b")];
        assert_eq!(read(&old).len(), 2);
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
        let kept = read(&old);
        assert_eq!((kept.len(), kept[0].entry.guid.as_deref()), (1, Some("1")));
        assert_eq!(knows(&old, &[entry("2", "https://a/1", "edited", "t")]), [true]);
    }

    #[test]
    fn an_entry_of_nothing_but_text_is_known_by_it() {
        assert_eq!(knows(&[entry("", "", "", "t")], &[entry("", "", "", "t")]), [true]);
        assert_eq!(knows(&[entry("", "", "", "t")], &[entry("", "", "", "u")]), [false]);
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
    fn a_text_that_entries_of_one_document_share_is_stock_however_long() {
        let both = [entry("1", "https://a/1", "Ceasefire holds in Idlib", LONG), entry("2", "https://a/2", "Flour comes by lorry", LONG)];
        let kinds = |entry: &Identified| entry.fingerprints.iter().map(|print| print.kind).collect::<Vec<_>>();
        assert_eq!(read(&both).iter().map(kinds).collect::<Vec<_>>(), [[Fingerprint::LINK_AND_TITLE]; 2]);
        assert_eq!(kinds(&read(&both[..1])[0]), [Fingerprint::LINK_AND_TITLE, Fingerprint::LONG_TEXT]);
    }

    #[test]
    fn an_empty_entry_has_no_fingerprint() {
        assert!(read(&[entry("1", "https://a/", "", "")])[0].fingerprints.is_empty());
    }

    #[test]
    fn the_printed_key_survives_an_edit() {
        let print = |title: &str| key_text(&read(&[entry("1", "https://a/1", title, "t")])[0]);
        assert_eq!(print("A"), print("B"));
        assert_eq!(key_texts(&[entry("1", "https://a/1", "A", "t")]), [print("A")]);
    }

    #[test]
    fn keys_are_the_same_in_every_release() {
        let dated = Entry { published_ms: Some(1_700_000_000_000), ..entry("https://a.b/1", "https://a.b/1", "T", "t") };
        let identified = read(&[dated]).remove(0);
        let keys: Vec<(u8, i64)> = identified.keys.iter().map(|key| (key.kind as u8, key.hash)).collect();
        let expected = [
            (7, 5_205_332_718_114_005_201),
            (3, 3_072_906_322_513_791_445),
            (1, 264_152_891_158_868_140),
            (4, 257_454_816_993_249_794),
            (2, 264_152_891_158_868_140),
            (5, -7_581_756_222_757_072_174),
            (6, 240_607_853_585_954_830),
        ];
        assert_eq!(keys, expected);
        let frozen = read(&[entry("1", "https://a/1", "T", "t")]).remove(0);
        let frozen: Vec<i64> = frozen.keys.iter().filter(|key| key.kind as u8 <= 3).map(|key| key.hash).collect();
        assert_eq!(frozen, [-6_970_706_630_556_078_304, -2_835_072_071_634_172_558, -6_329_386_032_802_023_892]);
    }
}
