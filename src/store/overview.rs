//! What `feeds` and `status` show: each feed as the archive knows it, and totals. Read-only; never decides.

use super::{Result, json};
use crate::engine::{feed::GONE, schedule::lateness::Lateness};
use rusqlite::{Connection, Row};
use std::collections::BTreeMap;

/// A feed as the archive knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedLine {
    /// Its name in the config.
    pub id: String,
    /// The address that is polled: an adopted redirect, else the configured one.
    pub url: String,
    /// Where an adopted redirect came from: the configured address.
    pub moved_from: Option<String>,
    /// When that redirect was adopted, Unix milliseconds.
    pub moved_ms: Option<i64>,
    /// Its own title.
    pub title: Option<String>,
    /// When it was last polled, Unix milliseconds.
    pub last_poll_ms: Option<i64>,
    /// When a poll last went well, Unix milliseconds.
    pub last_ok_ms: Option<i64>,
    /// When it last brought something new, Unix milliseconds.
    pub last_new_ms: Option<i64>,
    /// When it is polled next, Unix milliseconds; `None` for a feed that the archive has yet to meet.
    pub next_poll_ms: Option<i64>,
    /// How many polls in a row have failed.
    pub failures: i64,
    /// Why the last poll failed.
    pub error: Option<String>,
    /// Articles in the archive.
    pub articles: i64,
    /// What had to be repaired in its last document, and how often.
    pub defects: BTreeMap<String, i64>,
    /// How long after publication its entries are first seen.
    pub lateness: Lateness,
    /// How often entries may have scrolled out of it unseen, as far as that is kept.
    pub gaps: i64,
    /// How often that was so and its older pages filled the gap.
    pub filled: i64,
    /// Since when its server says "unchanged" of what has changed, Unix milliseconds.
    pub frozen_ms: Option<i64>,
    /// How many seconds its last document wants between two polls, where it says so.
    pub every_s: Option<i64>,
    /// Whether it left the config.
    pub retired: bool,
}

impl FeedLine {
    /// One word: `ok`, `new` (never polled), `failing`, `gone` (its server says so), `retired`.
    pub fn state(&self) -> &'static str {
        match self {
            Self { retired: true, .. } => "retired",
            Self { last_poll_ms: None, .. } => "new",
            Self { error: Some(error), .. } if error == GONE => "gone",
            Self { failures: 1.., .. } => "failing",
            _ => "ok",
        }
    }
}

/// Every feed that the archive knows, retired ones last.
///
/// # Errors
/// When the archive cannot be read.
pub fn feeds(connection: &Connection) -> Result<Vec<FeedLine>> {
    let mut query = connection.prepare_cached(
        "SELECT f.id, ifnull(f.url_override, f.url), f.title, f.last_poll_ms, f.last_ok_ms, f.last_new_ms, f.next_poll_ms, f.failures, f.last_error,
           ifnull(c.articles, 0), f.defects, f.retired_ms IS NOT NULL, iif(f.url_override IS NULL, NULL, f.url), f.moved_ms,
           h.lateness, (SELECT count(*) FROM gap g WHERE g.feed = f.n AND g.filled_ms IS NULL),
           (SELECT count(*) FROM gap g WHERE g.feed = f.n AND g.filled_ms IS NOT NULL), f.frozen_ms,
           nullif(max(ifnull(f.ttl_s, 0), ifnull(f.update_every_s, 0)), 0)
         FROM feed f LEFT JOIN histogram h ON h.feed = f.n LEFT JOIN (SELECT feed, count(*) AS articles FROM article GROUP BY feed) c ON c.feed = f.n
         ORDER BY f.retired_ms IS NOT NULL, f.n",
    )?;
    Ok(query.query_map([], feed_from)?.collect::<rusqlite::Result<_>>()?)
}

fn feed_from(row: &Row<'_>) -> rusqlite::Result<FeedLine> {
    let defects: Option<String> = row.get(10)?;
    Ok(FeedLine {
        id: row.get(0)?,
        url: row.get(1)?,
        title: row.get(2)?,
        last_poll_ms: row.get(3)?,
        last_ok_ms: row.get(4)?,
        last_new_ms: row.get(5)?,
        next_poll_ms: row.get(6)?,
        failures: row.get(7)?,
        error: row.get(8)?,
        articles: row.get(9)?,
        defects: defects.and_then(|text| json::read(&text)).unwrap_or_default(),
        retired: row.get(11)?,
        moved_from: row.get(12)?,
        moved_ms: row.get(13)?,
        lateness: row.get::<_, Option<Vec<u8>>>(14)?.and_then(|bytes| Lateness::read(&bytes)).unwrap_or_default(),
        gaps: row.get(15)?,
        filled: row.get(16)?,
        frozen_ms: row.get(17)?,
        every_s: row.get(18)?,
    })
}

/// The whole archive in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// The schema's version.
    pub schema: i64,
    /// Feeds of the config.
    pub feeds: i64,
    /// Of these, failing.
    pub failing: i64,
    /// Of these, due now.
    pub due: i64,
    /// Articles in the archive.
    pub articles: i64,
    /// Articles that the index does not hold yet.
    pub unindexed: i64,
    /// Alerts raised since the given moment.
    pub alerts: i64,
    /// Deliveries by state; a state without any is left out.
    pub deliveries: BTreeMap<String, i64>,
    /// When the last poll of any feed was, Unix milliseconds.
    pub last_poll_ms: Option<i64>,
}

/// Counts; alerts since `since_ms`.
///
/// # Errors
/// When the archive cannot be read.
pub fn totals(connection: &Connection, now_ms: i64, since_ms: i64) -> Result<Totals> {
    let snapshot = connection.unchecked_transaction()?;
    let mut query = snapshot.prepare_cached(
        "SELECT (SELECT user_version FROM pragma_user_version), count(*), ifnull(sum(failures > 0), 0), ifnull(sum(next_poll_ms <= ?1), 0),
           (SELECT count(*) FROM article), (SELECT count(*) FROM unindexed), (SELECT count(*) FROM alert WHERE alerted_ms >= ?2), max(last_poll_ms)
         FROM feed WHERE retired_ms IS NULL",
    )?;
    let mut totals = query.query_row([now_ms, since_ms], |row| {
        Ok(Totals {
            schema: row.get(0)?,
            feeds: row.get(1)?,
            failing: row.get(2)?,
            due: row.get(3)?,
            articles: row.get(4)?,
            unindexed: row.get(5)?,
            alerts: row.get(6)?,
            last_poll_ms: row.get(7)?,
            deliveries: BTreeMap::new(),
        })
    })?;
    let mut states = snapshot.prepare_cached("SELECT state, count(*) FROM delivery GROUP BY state")?;
    totals.deliveries = states.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    Ok(totals)
}
