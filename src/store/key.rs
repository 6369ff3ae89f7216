//! By which keys each article of a feed is known: entries of the register. Keys outlive pruned articles.

use super::{
    Result,
    register::{Mark, Register},
};
use crate::engine::{
    entry::EntryKey,
    identify::{Hit, Identified},
};
use rusqlite::Connection;

fn mark(feed: i64, key: EntryKey) -> Mark {
    Mark::new(key.hash.cast_unsigned(), feed, key.kind as u8)
}

/// The article of each key, where the archive has it.
///
/// # Errors
/// When the archive cannot be read.
pub fn articles(
    connection: &Connection,
    register: &Register,
    feed: i64,
    keys: impl IntoIterator<Item = EntryKey>,
) -> Result<Vec<Option<i64>>> {
    let marks: Vec<Mark> = keys.into_iter().map(|key| mark(feed, key)).collect();
    register.find_all(connection, &marks)
}

/// Which of an entry's keys the archive has.
///
/// # Errors
/// When the archive cannot be read.
pub fn hits(connection: &Connection, register: &Register, feed: i64, entry: &Identified) -> Result<Vec<Hit>> {
    let keys = || entry.keys.iter().chain(&entry.probes).copied();
    let found = articles(connection, register, feed, keys())?;
    Ok(keys().zip(found).filter_map(|(key, article)| Some(Hit { kind: key.kind, article: article? })).collect())
}

/// Remembers the keys of a new article. A key that another article of the feed had is this one's from now on.
pub fn remember(register: &mut Register, feed: i64, article: i64, keys: &[EntryKey]) {
    keys.iter().for_each(|key| register.put(mark(feed, *key), article));
}

/// The same for an article that may have some of them.
///
/// # Errors
/// When the archive cannot be read.
pub fn remember_more(connection: &Connection, register: &mut Register, feed: i64, article: i64, keys: &[EntryKey]) -> Result<()> {
    for key in keys {
        let mark = mark(feed, *key);
        if register.find(connection, mark)? != Some(article) {
            register.put(mark, article);
        }
    }
    Ok(())
}

/// Forgets keys of an article, as far as they are still its own.
///
/// # Errors
/// When the archive cannot be read.
pub fn forget(connection: &Connection, register: &mut Register, feed: i64, article: i64, keys: &[EntryKey]) -> Result<()> {
    for key in keys {
        let mark = mark(feed, *key);
        if register.find(connection, mark)? == Some(article) {
            register.forget(mark);
        }
    }
    Ok(())
}
