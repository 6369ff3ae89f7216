//! What the archive's answers make of the entries of a document: new, known, or a revision; and what that shows of the feed.

use super::{
    Facet, Identified, Presence, Trust,
    agreement::{Agreement, Word},
    key::outdated,
};
use crate::engine::entry::{Entry, EntryKey, KeyKind};
use std::collections::{HashMap, HashSet};

pub use super::change::{Change, Piece};

/// So many entries under new identifiers may be a renewal, and so many unknown old ones a flood.
const RENEWAL: usize = 3;
const FLOOD: usize = 10;
/// An entry dated so long before the feed's last good poll was there then, in milliseconds.
const MARGIN_MS: i64 = 3600 * 1000;
/// How many sets of identifiers an article keeps; beyond, the last gives way to the next.
const MAX_RENEWALS: u32 = 8;

/// A key that the archive has, and the article that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Which kind of key.
    pub kind: KeyKind,
    /// The article.
    pub article: i64,
}

/// An article as archived, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Archived {
    /// The publisher's identifier.
    pub guid: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
    /// The publisher's word, Unix milliseconds.
    pub published_ms: Option<i64>,
    /// How often it came under other identifiers.
    pub renewals: u32,
}

impl Archived {
    fn entry(&self) -> Entry {
        let Archived { guid, url, title, text, published_ms, .. } = self.clone();
        Entry { guid, url, title, text, published_ms, ..Entry::default() }
    }
}

/// The feed before this document.
#[derive(Debug, Clone, Copy, Default)]
pub struct Past {
    /// What it has shown so far.
    pub trust: Trust,
    /// When a poll of it last went well, Unix milliseconds; `None` before its first document.
    pub last_ok_ms: Option<i64>,
}

/// What becomes of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Known as it stands: nothing is to be written.
    Known,
    /// An article that is known, with other words or other keys.
    Again(Box<Follow>),
    /// A new article.
    New {
        /// Whether it was there before, as far as one can tell, and only its identity is new: it is archived, and told in a
        /// summary at most.
        silent: bool,
    },
}

impl Verdict {
    /// Whether there are words that rules have not seen.
    pub fn is_news(&self) -> bool {
        match self {
            Verdict::New { .. } => true,
            Verdict::Again(follow) => follow.change.is_edit(),
            Verdict::Known => false,
        }
    }
}

/// A known article, followed to its newest version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follow {
    /// The article.
    pub article: i64,
    /// What changed.
    pub change: Change,
    /// Whether identifier or address are others than those archived.
    pub renewed: bool,
    /// Keys of the older version that no later one will have.
    pub forget: Vec<EntryKey>,
}

/// The decision on a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decided {
    /// One for each entry.
    pub verdicts: Vec<Verdict>,
    /// What the feed has shown with this document.
    pub trust: Trust,
    /// Entries known by what they say alone, all their identifiers being new, where that befell most of the document.
    pub renewed: usize,
    /// Whether the document's identifiers are all new: one event, and not so many news.
    pub identity_changed: bool,
    /// Identifiers that came back with another article.
    pub reused: usize,
}

/// Decides on the entries of a document. `hits` has, for each entry, the keys that the archive knows (none for those known at a
/// glance); `archive` their articles, but for those that were pruned.
pub fn decide(entries: &[Identified], hits: &[Vec<Hit>], archive: &HashMap<i64, Archived>, past: &Past) -> Decided {
    let none = Vec::new();
    let hits_of = |at: usize| hits.get(at).unwrap_or(&none);
    let agreement = |at: usize, article: i64| {
        entries.get(at).map(|entry| Agreement::new(entry, article, hits_of(at), archive.get(&article), &past.trust))
    };
    let taken: HashSet<i64> = entries.iter().filter_map(|entry| entry.known).collect();
    let mut pairs: Vec<(usize, i64, Agreement<'_>)> = Vec::new();
    for (at, _) in entries.iter().enumerate().filter(|(_, entry)| entry.known.is_none()) {
        let mut articles: Vec<i64> = hits_of(at).iter().map(|hit| hit.article).filter(|article| !taken.contains(article)).collect();
        articles.sort_unstable();
        articles.dedup();
        pairs.extend(articles.into_iter().filter_map(|article| Some((at, article, agreement(at, article)?))));
    }
    let renewal = is_renewal(&pairs, taken.len());
    let matched = assign(&pairs, renewal);
    let (reuse, reused) = reused(entries, &hits_of, &matched);
    let trust = past.trust.after(&learn(entries, &hits_of, archive, &matched, past, reuse));
    let mut decided = Decided { trust, reused, ..Decided::default() };
    let silence = Silence::new(entries, &matched, renewal, past);
    for (at, entry) in entries.iter().enumerate() {
        let verdict = match (entry.known, matched.get(&at)) {
            (Some(_), _) => Verdict::Known,
            (None, Some((article, link))) => again(entry, *article, archive.get(article), *link),
            (None, None) => Verdict::New { silent: silence.of(entry) },
        };
        decided.verdicts.push(verdict);
    }
    let is_match = |at: &usize, article: &i64| matched.get(at).is_some_and(|(matched, _)| matched == article);
    decided.renewed = pairs.iter().filter(|(at, article, a)| renewal && a.is_renewed() && is_match(at, article)).count();
    decided.identity_changed = renewal || silence.flood;
    decided
}

/// Whether more articles came under new identifiers than are known by their old ones.
fn is_renewal(pairs: &[(usize, i64, Agreement<'_>)], known: usize) -> bool {
    let by_identifier: HashSet<usize> =
        pairs.iter().filter(|(.., a)| a.rank(false).is_some_and(|rank| rank < 3)).map(|(at, ..)| *at).collect();
    let renewed: HashSet<i64> =
        pairs.iter().filter(|(at, _, a)| !by_identifier.contains(at) && a.is_renewed()).map(|(_, article, _)| *article).collect();
    renewed.len() >= RENEWAL && renewed.len() > known + by_identifier.len()
}

/// One article for an entry, and one entry for an article, the best agreement first. With each, what its address says.
fn assign(pairs: &[(usize, i64, Agreement<'_>)], renewal: bool) -> HashMap<usize, (i64, Word)> {
    let mut ranked: Vec<(u8, usize, i64, Word)> =
        pairs.iter().filter_map(|(at, article, a)| Some((a.rank(renewal)?, *at, *article, a.link))).collect();
    ranked.sort_by_key(|(rank, at, article, _)| (*rank, *at, *article));
    let (mut matched, mut taken) = (HashMap::new(), HashSet::new());
    for (_, at, article, link) in ranked {
        if !taken.contains(&article) && !matched.contains_key(&at) {
            taken.insert(article);
            matched.insert(at, (article, link));
        }
    }
    matched
}

fn again(entry: &Identified, article: i64, archived: Option<&Archived>, link: Word) -> Verdict {
    // Pruned: its keys are remembered, and there is nothing left to revise.
    let Some(old) = archived else { return Verdict::Known };
    let change = Change::between(old, &entry.entry, link == Word::Another);
    let renewed = old.guid != entry.entry.guid || old.url != entry.entry.url;
    let before = old.entry();
    let mut forget = if change.is_edit() { outdated(&before, false) } else { Vec::new() };
    if renewed && old.renewals >= MAX_RENEWALS {
        forget.extend(outdated(&before, true));
    }
    Verdict::Again(Box::new(Follow { article, change, renewed, forget }))
}

/// Which new entries were there before: old ones of a document whose identifiers are all new, or that knows none of the archive.
struct Silence {
    renewal: bool,
    flood: bool,
    before_ms: Option<i64>,
}

impl Silence {
    fn new(entries: &[Identified], matched: &HashMap<usize, (i64, Word)>, renewal: bool, past: &Past) -> Silence {
        let before_ms = past.last_ok_ms.map(|ms| ms - MARGIN_MS);
        let is_old = |entry: &Identified| before_ms.is_some_and(|before| entry.entry.published_ms.is_some_and(|ms| ms < before));
        let old = entries.iter().filter(|entry| is_old(entry)).count();
        let none_known = matched.is_empty() && entries.iter().all(|entry| entry.known.is_none());
        Silence { renewal, flood: none_known && old >= FLOOD && old * 2 >= entries.len(), before_ms }
    }

    fn of(&self, entry: &Identified) -> bool {
        let old = match (entry.entry.published_ms, self.before_ms) {
            (Some(ms), Some(before)) => Some(ms < before),
            _ => None,
        };
        (self.renewal && old != Some(false)) || (self.flood && old == Some(true))
    }
}

/// Whether the entry's identifier, and its address, belong to an article that no entry of the document is; and how many do.
fn reused<'h>(entries: &[Identified], hits_of: &impl Fn(usize) -> &'h Vec<Hit>, matched: &HashMap<usize, (i64, Word)>) -> (Trust, usize) {
    let present: HashSet<i64> =
        entries.iter().filter_map(|entry| entry.known).chain(matched.values().map(|(article, _)| *article)).collect();
    let (mut seen, mut count) = (Trust::default(), 0);
    for at in 0..entries.len() {
        let strange = |kinds: &[KeyKind]| hits_of(at).iter().any(|hit| kinds.contains(&hit.kind) && !present.contains(&hit.article));
        let (guid, link) = (strange(&[KeyKind::Guid, KeyKind::GuidAddress]), strange(&[KeyKind::Url]));
        seen.count(Facet::Guid).failed(u32::from(guid));
        seen.count(Facet::Link).failed(u32::from(link));
        count += usize::from(guid || link);
    }
    (seen, count)
}

/// What this document shows of the feed, beside `reuse`.
fn learn<'h>(
    entries: &[Identified],
    hits_of: &impl Fn(usize) -> &'h Vec<Hit>,
    archive: &HashMap<i64, Archived>,
    matched: &HashMap<usize, (i64, Word)>,
    past: &Past,
    reuse: Trust,
) -> Trust {
    let mut seen = reuse;
    for (at, entry) in entries.iter().enumerate() {
        let article = entry.known.or(matched.get(&at).map(|(article, _)| *article));
        let old = article.and_then(|article| archive.get(&article));
        let same = |kinds: &[KeyKind]| hits_of(at).iter().any(|hit| Some(hit.article) == article && kinds.contains(&hit.kind));
        let asked = article.is_some() && !hits_of(at).is_empty();
        let had = |id: fn(&Archived) -> bool| old.is_none_or(id);
        let identifiers: [(_, _, &[KeyKind], _); 2] = [
            (Facet::Guid, entry.guid, &[KeyKind::Guid, KeyKind::GuidAddress], had(|old| old.guid.is_some())),
            (Facet::Link, entry.link, &[KeyKind::Url, KeyKind::Content], had(|old| old.url.is_some())),
        ];
        for (facet, presence, kinds, had) in identifiers {
            // Known at a glance: what the glance holds is the same, of the others nothing is known unless asked.
            let glanced = entry.known.is_some() && past.trust.of(facet).is_good();
            match presence {
                Presence::Shared => seen.count(facet).failed(1),
                Presence::Own if glanced || (asked && same(kinds)) => seen.count(facet).held(1),
                Presence::Own if asked && had => seen.count(facet).failed(1),
                Presence::Own | Presence::Absent => {}
            }
        }
        match entry.title {
            Presence::Shared => seen.count(Facet::Title).failed(1),
            Presence::Own | Presence::Absent => {
                seen.count(Facet::Title).held(u32::from(entry.known.is_some() || same(&[KeyKind::TitleDay])));
            }
        }
        // Of a text that was known at a glance nobody has asked who else has it: that says nothing.
        let elsewhere = hits_of(at).iter().any(|hit| hit.kind == KeyKind::Text && Some(hit.article) != article);
        match entry.text {
            Presence::Shared => seen.count(Facet::Text).failed(1),
            Presence::Own if elsewhere => seen.count(Facet::Text).failed(1),
            Presence::Own => seen.count(Facet::Text).held(1),
            Presence::Absent => {}
        }
    }
    seen
}
