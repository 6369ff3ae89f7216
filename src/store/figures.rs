//! The state of the whole in a few numbers that cost little to get, whatever the archive holds.

use super::Result;
use rusqlite::Connection;

/// What waits for a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its name.
    pub sink: String,
    /// Deliveries.
    pub count: i64,
    /// When the oldest of them was made, Unix milliseconds.
    pub since_ms: i64,
}

/// The numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Feeds of the config.
    pub feeds: i64,
    /// Of these, failing.
    pub failing: i64,
    /// Of these, due.
    pub due: i64,
    /// For how long the feed that waits longest has been due, in milliseconds.
    pub lag_ms: i64,
    /// Articles that the index does not hold yet.
    pub unindexed: i64,
    /// Open deliveries by sink.
    pub waiting: Vec<Waiting>,
    /// Open conditions by kind.
    pub conditions: Vec<(String, i64)>,
}

/// Counts.
///
/// # Errors
/// When the archive cannot be read.
pub fn figures(connection: &Connection, now_ms: i64) -> Result<Figures> {
    let snapshot = connection.unchecked_transaction()?;
    let sql = "SELECT count(*), ifnull(sum(failures > 0), 0), ifnull(sum(next_poll_ms <= ?1), 0), ifnull(max(?1 - next_poll_ms), 0),
                 (SELECT count(*) FROM unindexed) FROM feed WHERE retired_ms IS NULL";
    let (feeds, failing, due, lag_ms, unindexed): (i64, i64, i64, i64, i64) =
        snapshot.query_row(sql, [now_ms], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?;
    let mut query = snapshot.prepare(
        "SELECT sink, count(*), min(created_ms) FROM delivery INDEXED BY delivery_open WHERE state IN ('pending', 'leased') GROUP BY sink",
    )?;
    let waiting = query.query_map([], |row| Ok(Waiting { sink: row.get(0)?, count: row.get(1)?, since_ms: row.get(2)? }))?;
    let waiting = waiting.collect::<rusqlite::Result<_>>()?;
    let mut query = snapshot.prepare("SELECT kind, count(*) FROM condition WHERE ended_ms IS NULL GROUP BY kind ORDER BY kind")?;
    let conditions = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    // A feed that was never polled is due since 1970, and has not waited for that long.
    let lag_ms = if lag_ms > now_ms / 2 { 0 } else { lag_ms.max(0) };
    Ok(Figures { feeds, failing, due, lag_ms, unindexed, waiting, conditions })
}
