//! The `rhythm` table: what was learned of each feed from its good polls. Written in the same transaction as what they brought.

use super::{Result, StoreError};
use crate::engine::schedule::{Habits, lateness::Lateness, quiet::Quiet, rhythm::Rhythm};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// What is known of a feed; `None` before its first good poll.
///
/// # Errors
/// When the archive cannot be read, or holds what it never should; so for all in here.
pub fn load(connection: &Connection, feed: i64) -> Result<Option<Habits>> {
    let row = connection
        .prepare_cached(
            "SELECT since_ms, seen_ms, slots, lateness, entries, news_ms, missed, longest_ms, hurry_ms, times FROM rhythm WHERE feed = ?1",
        )?
        .query_row([feed], from_row)
        .optional()?;
    row.map(|habits| habits.ok_or_else(|| StoreError::Corrupt(format!("what was learned of the feed with the number {feed}")))).transpose()
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Option<Habits>> {
    let (slots, lateness): (Vec<u8>, Vec<u8>) = (row.get(2)?, row.get(3)?);
    let rhythm = Rhythm::read(row.get(0)?, row.get(1)?, &slots);
    let entries = row.get::<_, Option<i64>>(4)?.map(i64::unsigned_abs);
    let quiet = Quiet { asked_ms: row.get(1)?, news_ms: row.get(5)?, missed: row.get(6)?, longest_ms: row.get(7)?, times: row.get(9)? };
    let hurry_ms = row.get(8)?;
    Ok(rhythm.zip(Lateness::read(&lateness)).map(|(rhythm, lateness)| Habits { rhythm, lateness, entries, quiet, hurry_ms }))
}

/// Keeps what is known of a feed now.
///
/// # Errors
/// As [`load`].
pub fn put(connection: &Connection, feed: i64, habits: &Habits) -> Result<()> {
    let (rhythm, quiet) = (&habits.rhythm, &habits.quiet);
    let entries = habits.entries.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO rhythm (feed, since_ms, seen_ms, slots, pull, lateness, entries, news_ms, missed, longest_ms, hurry_ms, times)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            feed,
            rhythm.since_ms,
            rhythm.seen_ms,
            rhythm.bytes(),
            rhythm.profile().pull(),
            habits.lateness.bytes(),
            entries,
            quiet.news_ms,
            quiet.missed,
            quiet.longest_ms,
            habits.hurry_ms,
            quiet.times
        ])?;
    Ok(())
}

/// What each feed of the config pulls, by id; `None` for one of which nothing is known.
///
/// # Errors
/// As [`load`].
pub fn pulls(connection: &Connection) -> Result<Vec<(String, Option<f64>)>> {
    let mut query =
        connection.prepare_cached("SELECT f.id, r.pull FROM feed f LEFT JOIN rhythm r ON r.feed = f.n WHERE f.retired_ms IS NULL")?;
    Ok(query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
}
