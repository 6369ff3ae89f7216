//! The `gap` table: when entries of a feed may have been missed. Bounded for each feed; the newest are kept.

use super::Result;
use crate::engine::gap::Gap;
use rusqlite::{Connection, Row, params};

/// Gaps that are kept of a feed.
const KEPT: i64 = 100;

/// A gap on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Id of the feed.
    pub feed: String,
    /// When entries may have been missed.
    pub gap: Gap,
    /// When older pages filled it, Unix milliseconds: nothing is missing then.
    pub filled_ms: Option<i64>,
}

/// Keeps a gap that was found at `now_ms`.
///
/// # Errors
/// When the archive refuses a statement; so for all in here.
pub fn add(connection: &Connection, feed: i64, gap: &Gap, now_ms: i64) -> Result<()> {
    connection.prepare_cached("INSERT OR REPLACE INTO gap (feed, from_ms, to_ms, seen_ms) VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        feed,
        gap.from_ms,
        gap.to_ms,
        now_ms
    ])?;
    connection
        .prepare_cached(
            "DELETE FROM gap WHERE feed = ?1 AND from_ms < (SELECT from_ms FROM gap WHERE feed = ?1 ORDER BY from_ms DESC LIMIT 1 OFFSET ?2)",
        )?
        .execute(params![feed, KEPT - 1])?;
    Ok(())
}

/// Notes that older pages filled the gap of `feed` that begins at `from_ms`.
///
/// # Errors
/// As [`add`].
pub fn filled(connection: &Connection, feed: i64, from_ms: i64, now_ms: i64) -> Result<()> {
    let sql = "UPDATE gap SET filled_ms = ?3 WHERE feed = ?1 AND from_ms = ?2";
    connection.prepare_cached(sql)?.execute(params![feed, from_ms, now_ms])?;
    Ok(())
}

/// The gaps of each feed that end at or after `since_ms`, the newest first.
///
/// # Errors
/// As [`add`].
pub fn since(connection: &Connection, since_ms: i64) -> Result<Vec<Kept>> {
    let mut query = connection.prepare_cached(
        "SELECT f.id, g.from_ms, g.to_ms, g.filled_ms FROM gap g JOIN feed f ON f.n = g.feed WHERE g.to_ms >= ?1 ORDER BY g.to_ms DESC, f.n",
    )?;
    let kept =
        |row: &Row<'_>| Ok(Kept { feed: row.get(0)?, gap: Gap { from_ms: row.get(1)?, to_ms: row.get(2)? }, filled_ms: row.get(3)? });
    Ok(query.query_map([since_ms], kept)?.collect::<rusqlite::Result<_>>()?)
}
