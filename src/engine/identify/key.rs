//! The keys of one entry, before anyone asks which of them other entries of its document share.
//!
//! What the kinds 1 to 3 are made of is frozen: archives hold their hashes.

use super::{
    Trust,
    normal::{Normal, normalise},
    trust::Facet,
};
use crate::engine::{
    entry::{Entry, EntryKey, KeyKind},
    schedule::DAY_MS,
    url::{aliases, canonical, is_root, other_host},
};
use sha2::{Digest as _, Sha256};

/// What an entry is known by at one look, before its other keys are worth computing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// Its key of kind [`KeyKind::Whole`].
    pub whole: EntryKey,
    /// Address, title and text together.
    pub content: EntryKey,
    pub(super) canonical: Option<String>,
}

impl Glance {
    /// `read` is what the entry's key of kind [`KeyKind::Content`] was when its words were read.
    pub(super) fn new(entry: &Entry, read: Option<i64>, trust: &Trust) -> Glance {
        let canonical = entry.url.as_deref().and_then(canonical);
        let parts = [canonical.as_deref().unwrap_or_default().as_bytes(), entry.title.as_bytes(), entry.text.as_bytes()];
        let content = EntryKey { kind: KeyKind::Content, hash: read.unwrap_or_else(|| hash(&parts)) };
        // Words that were not read say nothing without the address.
        let (guid, link) = (trust.of(Facet::Guid).is_good(), read.is_some() || trust.of(Facet::Link).is_good());
        Glance { whole: whole(entry, content, guid, link), content, canonical }
    }
}

/// The whole entry, with the identifiers that count.
fn whole(entry: &Entry, content: EntryKey, with_guid: bool, with_link: bool) -> EntryKey {
    let guid = guid_of(entry).filter(|_| with_guid).unwrap_or_default();
    let words = if with_link { content.hash } else { hash(&[entry.title.as_bytes(), entry.text.as_bytes()]) };
    EntryKey { kind: KeyKind::Whole, hash: hash(&[guid.as_bytes(), &words.to_be_bytes()]) }
}

/// The keys of one entry that others of its document may have too.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub guid: Option<EntryKey>,
    /// The identifier without its revision, as earlier versions remembered it.
    pub revised: Option<EntryKey>,
    pub guid_address: Option<EntryKey>,
    pub url: Option<EntryKey>,
    /// Other canonical addresses of the article: its AMP and mobile pages, other tracking. Most have none.
    pub aliases: Vec<String>,
    /// The address with or without `www.`: asked for, never remembered.
    pub other_host: Option<EntryKey>,
    pub title_day: Option<EntryKey>,
    pub text: Option<EntryKey>,
}

impl Keys {
    /// Identifiers alone: what an entry that is known at a glance still takes from the others of its document.
    pub fn of_identifiers(entry: &Entry, canonical: Option<&str>) -> Keys {
        let guid = guid_of(entry);
        let url = canonical.and_then(|url| article_address(entry, url));
        // A page that shows one article after the other by its fragment has no other page for each.
        let page = canonical.filter(|canonical| url.as_deref() == Some(*canonical));
        Keys {
            guid: guid.map(|guid| key(KeyKind::Guid, guid)),
            revised: guid.and_then(without_revision).map(|guid| key(KeyKind::Guid, guid)),
            guid_address: guid.and_then(guid_address).map(|guid| key(KeyKind::GuidAddress, &guid)),
            aliases: page.map(aliases).unwrap_or_default(),
            other_host: url.as_deref().and_then(other_host).map(|url| key(KeyKind::Url, &url)),
            url: url.map(|url| key(KeyKind::Url, &url)),
            ..Keys::default()
        }
    }

    /// All of them; gives title and text in comparable form too.
    pub fn of(entry: &Entry, canonical: Option<&str>) -> (Keys, Normal, Normal) {
        let (title, text) = (normalise(&entry.title), normalise(&entry.text));
        let keys = Keys {
            title_day: (!title.text.is_empty()).then(|| title_day(&title, entry.published_ms)),
            text: (!text.text.is_empty()).then(|| key(KeyKind::Text, &text.text)),
            ..Keys::of_identifiers(entry, canonical)
        };
        (keys, title, text)
    }

    /// The keys of its aliases: of the kind of addresses, since another entry may have one of them for its own.
    pub fn aliases(&self) -> impl Iterator<Item = EntryKey> {
        self.aliases.iter().map(|url| key(KeyKind::Url, url))
    }
}

/// Every key that an archived version of an entry was remembered by and that no later version has: what it says, whole and in
/// parts. With `identifiers`, those too.
pub(super) fn outdated(entry: &Entry, identifiers: bool) -> Vec<EntryKey> {
    let glance = Glance::new(entry, None, &Trust::default());
    let (keys, ..) = Keys::of(entry, glance.canonical.as_deref());
    let wholes = [(true, true), (true, false), (false, true), (false, false)];
    let mut found: Vec<EntryKey> = wholes.map(|(guid, link)| whole(entry, glance.content, guid, link)).to_vec();
    found.push(glance.content);
    if identifiers {
        found.extend(keys.aliases());
        found.extend([keys.guid, keys.revised, keys.guid_address, keys.url].into_iter().flatten());
    } else {
        found.extend([keys.title_day, keys.text].into_iter().flatten());
    }
    found
}

fn key(kind: KeyKind, text: &str) -> EntryKey {
    EntryKey { kind, hash: hash(&[text.as_bytes()]) }
}

fn guid_of(entry: &Entry) -> Option<&str> {
    entry.guid.as_deref().map(str::trim).filter(|guid| !guid.is_empty())
}

fn title_day(title: &Normal, published_ms: Option<i64>) -> EntryKey {
    let day = published_ms.map_or(i64::MIN, |ms| ms.div_euclid(DAY_MS));
    EntryKey { kind: KeyKind::TitleDay, hash: hash(&[title.text.as_bytes(), &day.to_be_bytes()]) }
}

/// The address by which an article is known: its canonical one, and with it the fragment where a site routes by fragments
/// (`#!/news/1`, `#/news/1`). `None` where it names the site, not an article.
fn article_address(entry: &Entry, canonical: &str) -> Option<String> {
    let route = entry.url.as_deref().and_then(|url| url.split_once('#')).map(|(_, fragment)| fragment.trim());
    match route.filter(|route| route.len() > 2 && (route.starts_with('!') || route.starts_with('/'))) {
        Some(route) => Some(format!("{canonical}#{route}")),
        None => (!is_root(canonical)).then(|| canonical.to_owned()),
    }
}

/// An identifier that is an address with a small number behind it, which some publishers raise at each edit (`…/c4g8#3`).
fn without_revision(guid: &str) -> Option<&str> {
    let (base, revision) = guid.rsplit_once('#')?;
    let number = (1..=2).contains(&revision.len()) && revision.bytes().all(|byte| byte.is_ascii_digit());
    (number && is_address(base)).then_some(base)
}

fn is_address(guid: &str) -> bool {
    guid.starts_with("http://") || guid.starts_with("https://")
}

/// An identifier that is an address, without what changes when a site moves to `https`, drops its `www.` or counts revisions.
fn guid_address(guid: &str) -> Option<String> {
    let guid = without_revision(guid).unwrap_or(guid);
    let (base, fragment) = guid.split_once('#').unwrap_or((guid, ""));
    let address = is_address(base).then(|| canonical(base))??;
    if is_root(&address) && fragment.is_empty() {
        return None;
    }
    let bare = address.strip_prefix("https://").unwrap_or(&address);
    Some(format!("{}#{fragment}", bare.strip_prefix("www.").unwrap_or(bare)))
}

/// The first 8 bytes of the SHA-256 of the parts, each after its length, so that no two lists of parts run together.
pub(super) fn hash(parts: &[&[u8]]) -> i64 {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update((part.len() as u64).to_le_bytes());
        sha.update(part);
    }
    let digest: [u8; 32] = sha.finalize().into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}
