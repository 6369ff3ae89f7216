//! The `feed` table: which feeds there are, what is remembered of each, which are due.

use super::{Result, StoreError, rhythm};
use crate::engine::{
    feed::{Feed, FeedState, Validators},
    identify::Trust,
    schedule::Habits,
};
use rusqlite::{Connection, Row, named_params, params};
use std::collections::HashSet;

/// What a poll leaves behind in a feed's row.
#[derive(Debug, Clone, Default)]
pub struct Polled {
    /// When it was polled, Unix milliseconds.
    pub at_ms: i64,
    /// When to poll next, Unix milliseconds.
    pub next_poll_ms: i64,
    /// What went wrong; `None` for a poll that went well.
    pub error: Option<String>,
    /// New validators, body hash and the address they belong to; `None` leaves them alone.
    pub seen: Option<Seen>,
    /// What the document says of itself; `None` leaves it alone.
    pub document: Option<DocumentFacts>,
    /// What is known of the feed's rhythm now; `None` leaves it alone.
    pub habits: Option<Habits>,
    /// What its entries showed of the feed; `None` leaves it alone.
    pub learned: Option<Learned>,
}

/// What a document's entries showed of the feed's identifiers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Learned {
    /// How far they can be believed from now on.
    pub trust: Trust,
    /// Whether they have all changed at once.
    pub identity_changed: bool,
    /// How many known entries came so.
    pub renewed: usize,
}

/// The cursor of a feed: what to send next time, so that only news comes back.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The address that gave it.
    pub url: String,
    /// Byte for byte.
    pub validators: Validators,
    /// Hash of the wire body; `None` keeps the old one.
    pub body_hash: Option<[u8; 16]>,
}

/// What a document says of itself.
#[derive(Debug, Clone, Default)]
pub struct DocumentFacts {
    /// The feed's own title.
    pub title: Option<String>,
    /// `rss`, `rdf`, `atom` or `json`.
    pub format: String,
    /// JSON object of repaired defects and their counts.
    pub defects: String,
    /// Whether this is the first valid document.
    pub first: bool,
    /// Whether it brought anything new.
    pub news: bool,
}

/// Makes the table agree with the config: adds new feeds, due at `first_due_ms(i)`; revives and retires. A changed address
/// drops validators and is due at once.
///
/// # Errors
/// When the archive refuses a statement.
pub fn sync(connection: &Connection, feeds: &[Feed], now_ms: i64) -> Result<()> {
    let mut known = connection.prepare_cached("SELECT id FROM feed WHERE retired_ms IS NULL")?;
    let mut left: HashSet<String> = known.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut put = connection.prepare_cached(
        "INSERT INTO feed (id, url, next_poll_ms) VALUES (:id, :url, :now)
         ON CONFLICT (id) DO UPDATE SET retired_ms = NULL,
           next_poll_ms = iif(url <> excluded.url, :now, next_poll_ms), failures = iif(url <> excluded.url, 0, failures),
           url_override = iif(url <> excluded.url, NULL, url_override), url = excluded.url
         WHERE url <> excluded.url OR retired_ms IS NOT NULL",
    )?;
    for feed in feeds {
        put.execute(named_params! { ":id": feed.id, ":url": feed.url, ":now": now_ms })?;
        left.remove(&feed.id);
    }
    let mut retire = connection.prepare_cached("UPDATE feed SET retired_ms = ?2 WHERE id = ?1")?;
    for id in left {
        retire.execute(params![id, now_ms])?;
    }
    Ok(())
}

const STATE: &str =
    "SELECT n, id, url_override, etag, last_modified, validators_url, body_hash, next_poll_ms, failures, imported_ms IS NOT NULL,
   last_ok_ms, trust FROM feed";

fn state(row: &Row<'_>) -> rusqlite::Result<(String, FeedState)> {
    let hash: Option<Vec<u8>> = row.get(6)?;
    let state = FeedState {
        row: row.get(0)?,
        url_override: row.get(2)?,
        validators: Validators { etag: row.get(3)?, last_modified: row.get(4)? },
        validators_url: row.get(5)?,
        body_hash: hash.and_then(|bytes| bytes.try_into().ok()),
        next_poll_ms: row.get(7)?,
        failures: row.get(8)?,
        imported: row.get(9)?,
        habits: None,
        last_ok_ms: row.get(10)?,
        // What cannot be read is learned anew.
        trust: row.get::<_, Option<String>>(11)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
    };
    Ok((row.get(1)?, state))
}

/// Feeds that are due, the longest due first. A due time further off than `longest_ms` counts as due: the clock was set back.
///
/// # Errors
/// When the archive cannot be read.
pub fn due(connection: &Connection, now_ms: i64, longest_ms: i64, limit: usize) -> Result<Vec<(String, FeedState)>> {
    let sql = format!("{STATE} WHERE retired_ms IS NULL AND (next_poll_ms <= ?1 OR next_poll_ms > ?1 + ?2) ORDER BY next_poll_ms LIMIT ?3");
    let mut query = connection.prepare_cached(&sql)?;
    let mut due = query.query_map(params![now_ms, longest_ms, limit as i64], state)?.collect::<rusqlite::Result<Vec<_>>>()?;
    for (_, state) in &mut due {
        state.habits = rhythm::load(connection, state.row)?;
    }
    Ok(due)
}

/// When the next feed is due, Unix milliseconds.
///
/// # Errors
/// When the archive cannot be read.
pub fn next_due_ms(connection: &Connection) -> Result<Option<i64>> {
    Ok(connection.prepare_cached("SELECT min(next_poll_ms) FROM feed WHERE retired_ms IS NULL")?.query_row([], |row| row.get(0))?)
}

/// Makes every feed of the config due now.
///
/// # Errors
/// When the archive refuses the statement.
pub fn all_due(connection: &Connection, now_ms: i64) -> Result<()> {
    connection.execute("UPDATE feed SET next_poll_ms = ?1 WHERE retired_ms IS NULL", [now_ms])?;
    Ok(())
}

/// Makes the feed of this id due at `at_ms`.
///
/// # Errors
/// When the archive refuses the statement.
pub fn due_at(connection: &Connection, id: &str, at_ms: i64) -> Result<()> {
    connection.prepare_cached("UPDATE feed SET next_poll_ms = ?2 WHERE id = ?1")?.execute(params![id, at_ms])?;
    Ok(())
}

/// Whether some feed has yet to be polled for the first time and is not failing: an import is still under way.
///
/// # Errors
/// When the archive cannot be read.
pub fn importing(connection: &Connection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM feed WHERE retired_ms IS NULL AND last_poll_ms IS NULL)";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Writes what a poll found out into the feed's row.
///
/// # Errors
/// When the archive refuses a statement, or the feed is not there.
pub fn polled(connection: &Connection, feed: i64, polled: &Polled) -> Result<()> {
    let ok = polled.error.is_none();
    let changed = connection
        .prepare_cached(
            "UPDATE feed SET last_poll_ms = :at, next_poll_ms = :next, last_error = :error,
               failures = iif(:ok, 0, failures + 1), last_ok_ms = iif(:ok, :at, last_ok_ms) WHERE n = :feed",
        )?
        .execute(named_params! { ":at": polled.at_ms, ":next": polled.next_poll_ms, ":error": polled.error, ":ok": ok, ":feed": feed })?;
    if changed != 1 {
        return Err(StoreError::Corrupt(format!("no feed has the number {feed}")));
    }
    if let Some(seen) = &polled.seen {
        connection
            .prepare_cached(
                "UPDATE feed SET etag = ?2, last_modified = ?3, validators_url = ?4, body_hash = ifnull(?5, body_hash) WHERE n = ?1",
            )?
            .execute(params![
                feed,
                seen.validators.etag,
                seen.validators.last_modified,
                seen.url,
                seen.body_hash.map(|hash| hash.to_vec())
            ])?;
    }
    if let Some(document) = &polled.document {
        connection
            .prepare_cached(
                "UPDATE feed SET title = ifnull(?2, title), format = ?3, defects = ?4,
                   imported_ms = iif(?5, ifnull(imported_ms, ?7), imported_ms), last_new_ms = iif(?6, ?7, last_new_ms) WHERE n = ?1",
            )?
            .execute(params![feed, document.title, document.format, document.defects, document.first, document.news, polled.at_ms])?;
    }
    if let Some(learned) = &polled.learned {
        let renewed = learned.identity_changed.then_some(learned.renewed as i64);
        connection
            .prepare_cached(
                "UPDATE feed SET trust = ?2, renewed = ifnull(?3, renewed), renewed_ms = iif(?3 IS NULL, renewed_ms, ?4) WHERE n = ?1",
            )?
            .execute(params![feed, serde_json::to_string(&learned.trust).unwrap_or_default(), renewed, polled.at_ms])?;
    }
    polled.habits.as_ref().map_or(Ok(()), |habits| rhythm::put(connection, feed, habits))
}
