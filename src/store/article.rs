//! The `article` table: what was read, in its newest words.

use super::{Result, ingest::Batch};
use crate::engine::{entry::Entry, identify::Archived};
use rusqlite::{Connection, OptionalExtension, params};

/// What an article is held against when an entry may be it; `None` where it was pruned.
///
/// # Errors
/// When the archive cannot be read.
pub fn archived(connection: &Connection, article: i64) -> Result<Option<Archived>> {
    let mut query = connection.prepare_cached("SELECT guid, url, title, text, published_ms, renewals FROM article WHERE n = ?1")?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Archived {
            guid: row.get(0)?,
            url: row.get(1)?,
            title: row.get(2)?,
            text: row.get(3)?,
            published_ms: row.get(4)?,
            renewals: row.get(5)?,
        })
    };
    Ok(query.query_row([article], read).optional()?)
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

/// Puts the newest title, text and date over an article's. The row and its story stay.
///
/// # Errors
/// When the archive refuses the statement.
pub fn edit(connection: &Connection, article: i64, entry: &Entry, now_ms: i64) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE article SET title = ?2, text = ?3, published_ms = ifnull(?4, published_ms), updated_ms = ifnull(?5, updated_ms), edited_ms = ?6
             WHERE n = ?1",
        )?
        .execute(params![article, entry.title, entry.text, entry.published_ms, entry.updated_ms, now_ms])?;
    Ok(())
}

/// Puts the newest identifiers over an article's, and counts.
///
/// # Errors
/// When the archive refuses the statement.
pub fn renew(connection: &Connection, article: i64, entry: &Entry) -> Result<()> {
    connection
        .prepare_cached("UPDATE article SET guid = ?2, url = ?3, renewals = renewals + 1 WHERE n = ?1")?
        .execute(params![article, entry.guid, entry.url])?;
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
