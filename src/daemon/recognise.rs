//! Which entries of a document are new, by the archive's answers. Asks in short turns, decides outside of them.
//!
//! Of most entries one look is enough, and the words of those that are written as before need not even be read for it.

use crate::{
    engine::{
        entry::Entry,
        feed::FeedState,
        identify::{Archived, Facet, Glance, Hit, Identified, Past, Verdict, decide, glance, identify, set_apart},
        parse::Reading,
    },
    store::{self, article, feed::Learned, key, memory::Memory, register::Register, writer::Db},
};
use rusqlite::Connection;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

/// Entries asked about in one turn of the archive's thread.
const TURN: usize = 250;
/// How many entries that are known at a glance are asked about all the same where a feed is distrusted: it may have mended.
const PROBED: usize = 4;

/// A document, recognised.
#[derive(Debug)]
pub struct Recognised {
    /// The entries that something is to be written of, in the order of the document.
    pub entries: Vec<(Identified, Verdict)>,
    /// For each entry of the document, in its order, whether it is new.
    pub new: Vec<bool>,
    /// What all of them showed of the feed.
    pub learned: Learned,
}

impl Recognised {
    /// The publishing dates of new entries, out of those of all. Those of a feed whose identifiers were all renewed are none.
    pub fn news(&self, published: &[Option<i64>]) -> Vec<Option<i64>> {
        let new = published.iter().zip(&self.new).filter(|(_, new)| **new && !self.learned.identity_changed);
        new.map(|(published, _)| *published).collect()
    }
}

/// What the archive says of a document's entries at a glance.
#[derive(Debug)]
pub struct Look {
    glances: Vec<Glance>,
    known: Vec<Option<i64>>,
    /// Whether that is all that must be known of those whose words were not read.
    pub is_enough: bool,
}

/// Asks the archive for the entries of a document, of which not all may have been read.
///
/// # Errors
/// When the archive cannot be read.
pub fn look(db: &Db, memory: &Arc<Mutex<Memory>>, state: &FeedState, entries: &[Entry], readings: &[Reading]) -> store::Result<Look> {
    let feed = state.row;
    let glances = glance(entries, readings, &state.trust);
    let wholes: Vec<_> = glances.iter().map(|glance| glance.whole).collect();
    let known = db.call(remembering(memory, move |connection, register| key::articles(connection, register, feed, wholes))).wait()?;
    // One that repeats a known entry of the document is that entry, whatever its identifier.
    let told: HashSet<i64> =
        glances.iter().zip(&known).filter(|(_, known)| known.is_some()).map(|(glance, _)| glance.content.hash).collect();
    let is_enough = readings.iter().filter_map(|reading| reading.content).all(|content| told.contains(&content));
    Ok(Look { glances, known, is_enough })
}

/// Recognises the entries of a document, after a look that was enough.
///
/// # Errors
/// When the archive cannot be read.
pub fn recognise(
    db: &Db,
    memory: &Arc<Mutex<Memory>>,
    state: &FeedState,
    (entries, look): (Vec<Entry>, &Look),
) -> store::Result<Recognised> {
    let (feed, past) = (state.row, Past { trust: state.trust, last_ok_ms: state.last_ok_ms.filter(|_| state.imported) });
    let entries = identify(entries, &look.glances, &look.known);
    let answers = ask(db, memory, feed, &entries, &past)?;
    let decided = decide(&entries, &answers.hits, &answers.archive, &past);
    let learned = Learned { trust: decided.trust, identity_changed: decided.identity_changed, renewed: decided.renewed };
    let new = decided.verdicts.iter().map(|verdict| matches!(verdict, Verdict::New { .. })).collect();
    let apart = |(entry, hits): (_, &Vec<_>), verdict: &_| match verdict {
        Verdict::New { .. } => set_apart(entry, hits, &answers.archive, &past.trust),
        _ => entry,
    };
    let entries = entries.into_iter().zip(&answers.hits).zip(decided.verdicts).filter(|(_, verdict)| *verdict != Verdict::Known);
    let entries = entries.map(|(entry, verdict)| (apart(entry, &verdict), verdict)).collect();
    Ok(Recognised { entries, new, learned })
}

impl Look {
    /// The key of kind [`KeyKind::Content`] of each entry, in the order of the document.
    ///
    /// [`KeyKind::Content`]: crate::engine::entry::KeyKind::Content
    pub fn contents(&self) -> impl Iterator<Item = i64> {
        self.glances.iter().map(|glance| glance.content.hash)
    }
}

/// A job that asks the register.
fn remembering<T>(
    memory: &Arc<Mutex<Memory>>,
    work: impl FnOnce(&Connection, &Register) -> store::Result<T> + Send + 'static,
) -> impl FnOnce(&Connection) -> store::Result<T> + Send + 'static {
    let memory = memory.clone();
    move |connection| {
        let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.register.refresh(connection)?;
        work(connection, &memory.register)
    }
}

/// What the archive knows of a document's entries.
#[derive(Debug, Default)]
struct Answers {
    hits: Vec<Vec<Hit>>,
    archive: HashMap<i64, Archived>,
}

fn ask(db: &Db, memory: &Arc<Mutex<Memory>>, feed: i64, entries: &[Identified], past: &Past) -> store::Result<Answers> {
    let distrusted = [Facet::Guid, Facet::Link].iter().any(|facet| !past.trust.of(*facet).is_good());
    let mut probed = if distrusted { PROBED } else { 0 };
    let mut answers = Answers { hits: vec![Vec::new(); entries.len()], ..Answers::default() };
    let mut places = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        if entry.known.is_none() {
            places.push(place);
        } else if probed > 0 {
            probed -= 1;
            places.push(place);
        }
    }
    for turn in places.chunks(TURN) {
        let asked: Vec<Identified> = turn.iter().filter_map(|place| entries.get(*place)).map(keys_alone).collect();
        let (hits, archive) =
            db.call(remembering(memory, move |connection, register| one_turn(connection, register, feed, &asked))).wait()?;
        for (place, hits) in turn.iter().zip(hits) {
            answers.hits[*place] = hits;
        }
        answers.archive.extend(archive);
    }
    Ok(answers)
}

/// An entry without its words, which need not travel to the archive's thread.
fn keys_alone(entry: &Identified) -> Identified {
    Identified { known: entry.known, keys: entry.keys.clone(), probes: entry.probes.clone(), ..Identified::default() }
}

type Turn = (Vec<Vec<Hit>>, HashMap<i64, Archived>);

fn one_turn(connection: &Connection, register: &Register, feed: i64, entries: &[Identified]) -> store::Result<Turn> {
    let hits = entries.iter().map(|entry| key::hits(connection, register, feed, entry)).collect::<store::Result<Vec<_>>>()?;
    let articles: HashSet<i64> = hits.iter().flatten().map(|hit| hit.article).collect();
    let mut archive = HashMap::with_capacity(articles.len());
    for number in articles {
        if let Some(article) = article::archived(connection, number)? {
            archive.insert(number, article);
        }
    }
    Ok((hits, archive))
}

#[cfg(test)]
mod tests;
