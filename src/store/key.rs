//! The `entry_key` table: by which keys each article of a feed is known. Keys outlive pruned articles.

use super::Result;
use crate::engine::{
    entry::EntryKey,
    identify::{Hit, Identified},
};
use rusqlite::{Connection, OptionalExtension, params};

/// The article of each key, where the archive has it.
///
/// # Errors
/// When the archive cannot be read.
pub fn articles(connection: &Connection, feed: i64, keys: impl IntoIterator<Item = EntryKey>) -> Result<Vec<Option<i64>>> {
    let mut query = connection.prepare_cached("SELECT article FROM entry_key WHERE feed = ?1 AND kind = ?2 AND hash = ?3")?;
    let find = |key: EntryKey| Ok(query.query_row(params![feed, key.kind as u8, key.hash], |row| row.get(0)).optional()?);
    keys.into_iter().map(find).collect()
}

/// Whether anything of a feed is in the archive.
///
/// # Errors
/// When the archive cannot be read.
pub fn has_any(connection: &Connection, feed: i64) -> Result<bool> {
    Ok(connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM entry_key WHERE feed = ?1)")?.query_row([feed], |row| row.get(0))?)
}

/// Which of an entry's keys the archive has.
///
/// # Errors
/// When the archive cannot be read.
pub fn hits(connection: &Connection, feed: i64, entry: &Identified) -> Result<Vec<Hit>> {
    let keys = || entry.keys.iter().chain(&entry.probes).copied();
    let found = articles(connection, feed, keys())?;
    Ok(keys().zip(found).filter_map(|(key, article)| Some(Hit { kind: key.kind, article: article? })).collect())
}

/// Remembers keys of an article. A key that another article of the feed had is this one's from now on.
///
/// # Errors
/// When the archive refuses the statement.
pub fn remember(connection: &Connection, feed: i64, article: i64, keys: &[EntryKey]) -> Result<()> {
    let mut put = connection.prepare_cached(
        "INSERT INTO entry_key (feed, kind, hash, article) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET article = excluded.article WHERE article <> excluded.article",
    )?;
    for key in keys {
        put.execute(params![feed, key.kind as u8, key.hash, article])?;
    }
    Ok(())
}

/// Forgets keys of an article, as far as they are still its own.
///
/// # Errors
/// When the archive refuses the statement.
pub fn forget(connection: &Connection, feed: i64, article: i64, keys: &[EntryKey]) -> Result<()> {
    let mut drop = connection.prepare_cached("DELETE FROM entry_key WHERE feed = ?1 AND kind = ?2 AND hash = ?3 AND article = ?4")?;
    for key in keys {
        drop.execute(params![feed, key.kind as u8, key.hash, article])?;
    }
    Ok(())
}
