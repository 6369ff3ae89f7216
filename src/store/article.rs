//! The `article` and `entry_key` tables: what was read, and by which keys it is known.

use super::{Result, ingest::Batch};
use crate::engine::{
    entry::{Entry, EntryKey, KeyKind},
    identify::Identified,
};
use rusqlite::{Connection, OptionalExtension, params};

/// What the archive knows of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    New,
    /// This article, with this very title and text.
    Unchanged(i64),
    /// This article, with another title or text.
    Edited(i64),
    /// Its article was pruned; its key is remembered.
    Pruned,
}

/// Looks an entry up by its trusted keys, the first known deciding.
///
/// # Errors
/// When the archive cannot be read.
pub fn standing(connection: &Connection, feed: i64, identified: &Identified) -> Result<Standing> {
    let mut query = connection.prepare_cached("SELECT article FROM entry_key WHERE feed = ?1 AND kind = ?2 AND hash = ?3")?;
    for key in &identified.trusted {
        let article: Option<i64> = query.query_row(params![feed, key.kind as u8, key.hash], |row| row.get(0)).optional()?;
        let Some(article) = article else { continue };
        // The content key says that title and text are the ones that were read before.
        return if key.kind == KeyKind::Content {
            Ok(Standing::Unchanged(article))
        } else {
            compare(connection, article, &identified.entry)
        };
    }
    Ok(Standing::New)
}

fn compare(connection: &Connection, article: i64, entry: &Entry) -> Result<Standing> {
    let mut query = connection.prepare_cached("SELECT title = ?2 AND text = ?3 FROM article WHERE n = ?1")?;
    let same: Option<bool> = query.query_row(params![article, entry.title, entry.text], |row| row.get(0)).optional()?;
    Ok(match same {
        Some(true) => Standing::Unchanged(article),
        Some(false) => Standing::Edited(article),
        None => Standing::Pruned,
    })
}

/// Adds an article and gives its row.
///
/// # Errors
/// When the archive refuses the statement.
pub fn add(connection: &Connection, batch: &Batch, story: i64, entry: &Entry) -> Result<i64> {
    let language = entry.language.as_ref().or(batch.language.as_ref());
    let categories = (!entry.categories.is_empty()).then(|| serde_json::Value::from(entry.categories.clone()).to_string());
    connection
        .prepare_cached(
            "INSERT INTO article (feed, story, guid, url, title, text, author, language, categories, published_ms, updated_ms, first_seen_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            batch.feed, story, entry.guid, entry.url, entry.title, entry.text, entry.author, language, categories, entry.published_ms, entry.updated_ms, batch.polled.at_ms
        ])?;
    Ok(connection.last_insert_rowid())
}

/// Puts the newest title and text over an article's. The row, its keys and its story stay.
///
/// # Errors
/// When the archive refuses the statement.
pub fn edit(connection: &Connection, article: i64, entry: &Entry, now_ms: i64) -> Result<()> {
    connection
        .prepare_cached("UPDATE article SET title = ?2, text = ?3, updated_ms = ifnull(?4, updated_ms), edited_ms = ?5 WHERE n = ?1")?
        .execute(params![article, entry.title, entry.text, entry.updated_ms, now_ms])?;
    Ok(())
}

/// Remembers keys of an article. A key that another article of the feed has keeps that one.
///
/// # Errors
/// When the archive refuses the statement.
pub fn remember(connection: &Connection, feed: i64, article: i64, keys: &[EntryKey]) -> Result<()> {
    let mut put = connection.prepare_cached("INSERT OR IGNORE INTO entry_key (feed, kind, hash, article) VALUES (?1, ?2, ?3, ?4)")?;
    for key in keys {
        put.execute(params![feed, key.kind as u8, key.hash, article])?;
    }
    Ok(())
}

/// The story that an article belongs to, after merges.
///
/// # Errors
/// When the archive cannot be read, or there is no such article.
pub fn story_of(connection: &Connection, article: i64) -> Result<i64> {
    let sql = "SELECT ifnull(s.merged_into, s.n) FROM article a JOIN story s ON s.n = a.story WHERE a.n = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([article], |row| row.get(0))?)
}
