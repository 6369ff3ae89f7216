//! The `revision` table: what became of an article after it was first read. Bounded for each article, so that a page that
//! changes at every poll fills no disk; goes when the article is pruned.

use super::Result;
use crate::engine::identify::{Change, Piece};
use rusqlite::{Connection, Row, params};

/// How many revisions of an article are kept: the first, which has its original title, and the newest. With 4,000 bytes of
/// text each at most.
const KEPT: i64 = 20;

/// A revision as archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Its number, from 1.
    pub n: i64,
    /// When it was seen, Unix milliseconds.
    pub seen_ms: i64,
    /// What it changed.
    pub change: Change,
}

/// Notes a revision; beyond the bound, the oldest but the first gives way. Gives its number.
///
/// # Errors
/// When the archive refuses a statement.
pub fn add(connection: &Connection, article: i64, change: &Change, now_ms: i64) -> Result<i64> {
    let text = change.text.as_ref();
    let n: i64 = connection
        .prepare_cached(
            "INSERT INTO revision (article, n, seen_ms, title, url, published_ms, text_at, text_old, text_new)
             SELECT ?1, ifnull(max(n), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM revision WHERE article = ?1 RETURNING n",
        )?
        .query_row(
            params![
                article,
                now_ms,
                change.title,
                change.url,
                change.published_ms,
                text.map(|piece| piece.at as i64),
                text.map(|piece| &piece.old),
                text.map(|piece| &piece.new)
            ],
            |row| row.get(0),
        )?;
    if n > KEPT {
        connection
            .prepare_cached("DELETE FROM revision WHERE article = ?1 AND n > 1 AND n <= ?2")?
            .execute(params![article, n - KEPT + 1])?;
    }
    Ok(n)
}

/// What is kept of an article's revisions, the oldest first.
///
/// # Errors
/// When the archive cannot be read.
pub fn of(connection: &Connection, article: i64) -> Result<Vec<Revision>> {
    let mut query = connection.prepare_cached(
        "SELECT n, seen_ms, title, url, published_ms, text_at, text_old, text_new FROM revision WHERE article = ?1 ORDER BY n",
    )?;
    Ok(query.query_map([article], from_row)?.collect::<rusqlite::Result<_>>()?)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Revision> {
    let text = match row.get::<_, Option<i64>>(5)? {
        Some(at) => Some(Piece { at: usize::try_from(at).unwrap_or_default(), old: row.get(6)?, new: row.get(7)? }),
        None => None,
    };
    let change = Change { title: row.get(2)?, url: row.get(3)?, published_ms: row.get(4)?, text };
    Ok(Revision { n: row.get(0)?, seen_ms: row.get(1)?, change })
}
