//! The `gap` table: when entries of a feed may have been missed. Bounded for each feed; the newest are kept.

use super::Result;
use crate::engine::gap::Gap;
use rusqlite::{Connection, params};

/// Gaps that are kept of a feed.
const KEPT: i64 = 100;

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

/// The gaps of each feed that end at or after `since_ms`, by the feed's id, the newest first.
///
/// # Errors
/// As [`add`].
pub fn since(connection: &Connection, since_ms: i64) -> Result<Vec<(String, Gap)>> {
    let mut query = connection.prepare_cached(
        "SELECT f.id, g.from_ms, g.to_ms FROM gap g JOIN feed f ON f.n = g.feed WHERE g.to_ms >= ?1 ORDER BY g.to_ms DESC, f.n",
    )?;
    let read = query.query_map([since_ms], |row| Ok((row.get(0)?, Gap { from_ms: row.get(1)?, to_ms: row.get(2)? })))?;
    Ok(read.collect::<rusqlite::Result<_>>()?)
}
