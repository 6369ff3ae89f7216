//! What `engine::health::judge` wants to know of feeds and rules: read-only, and no long read.

use super::Result;
use crate::engine::{
    health::judge::{FeedFacts, RuleFacts},
    schedule::quiet::Quiet,
};
use rusqlite::{Connection, Row};

/// The newest alerts that are looked at, over all rules: a busy rule needs no more to show its silence, and no archive is so
/// long that this takes a while.
const ALERTS: i64 = 5_000;

/// Every feed of the config.
///
/// # Errors
/// When the archive cannot be read; so for all in here.
pub fn feeds(connection: &Connection) -> Result<Vec<FeedFacts>> {
    let mut query = connection.prepare_cached(
        "SELECT f.id, ifnull(f.url_override, f.url), f.failures, f.last_error, f.last_poll_ms, f.last_ok_ms, f.last_new_ms,
           r.entries, r.news_ms, ifnull(r.seen_ms, 0), ifnull(r.missed, 0), ifnull(r.longest_ms, 0), ifnull(r.times, 0),
           iif(f.url_override IS NULL, NULL, f.moved_ms), f.renewed_ms, f.renewed,
           f.frozen_ms
         FROM feed f LEFT JOIN rhythm r ON r.feed = f.n WHERE f.retired_ms IS NULL ORDER BY f.n",
    )?;
    Ok(query.query_map([], feed)?.collect::<rusqlite::Result<_>>()?)
}

fn feed(row: &Row<'_>) -> rusqlite::Result<FeedFacts> {
    Ok(FeedFacts {
        id: row.get(0)?,
        url: row.get(1)?,
        failures: row.get(2)?,
        error: row.get(3)?,
        last_poll_ms: row.get(4)?,
        last_ok_ms: row.get(5)?,
        last_new_ms: row.get(6)?,
        entries: row.get::<_, Option<i64>>(7)?.map(i64::unsigned_abs),
        quiet: Quiet { news_ms: row.get(8)?, asked_ms: row.get(9)?, missed: row.get(10)?, longest_ms: row.get(11)?, times: row.get(12)? },
        moved_ms: row.get(13)?,
        frozen_ms: row.get(16)?,
        renewed: row.get::<_, Option<i64>>(14)?.zip(row.get(15)?),
    })
}

/// Every rule of the config that raised something lately, by its newest alerts.
///
/// # Errors
/// As [`feeds`].
pub fn rules(connection: &Connection) -> Result<Vec<RuleFacts>> {
    let mut query = connection.prepare_cached(
        "SELECT r.id, a.alerted_ms FROM alert a JOIN rule r ON r.n = a.rule
         WHERE a.n > (SELECT ifnull(max(n), 0) FROM alert) - ?1 AND a.kind = 'match' AND r.retired_ms IS NULL ORDER BY a.rule, a.alerted_ms",
    )?;
    let rows: Vec<(String, i64)> = query.query_map([ALERTS], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    let mut rules: Vec<RuleFacts> = Vec::new();
    for (id, alerted_ms) in rows {
        match rules.last_mut().filter(|rule| rule.id == id) {
            Some(rule) => rule.alerts_ms.push(alerted_ms),
            None => rules.push(RuleFacts { id, alerts_ms: vec![alerted_ms] }),
        }
    }
    Ok(rules)
}
