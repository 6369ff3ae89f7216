//! Alerts that a person marked as noise or useful, with what spoke for them. Read-only.

use super::{Result, json};
use crate::engine::rule::Evidence;
use rusqlite::{Connection, Row, params};

/// The most verdicts that are read of one rule, the newest.
const MOST: i64 = 1_000;

/// A judged alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Its number.
    pub alert: i64,
    /// Whether it was noise; else it was useful.
    pub noise: bool,
    /// The article that raised it.
    pub article: Option<i64>,
    /// Its evidence.
    pub evidence: Vec<Evidence>,
}

/// The judged alerts of a rule, the newest first, at most a thousand.
///
/// # Errors
/// When the archive cannot be read; so for all in here.
pub fn judged(connection: &Connection, rule: &str) -> Result<Vec<Judged>> {
    let mut query = connection.prepare_cached(
        "SELECT a.n, a.verdict = 'noise', a.article, a.evidence FROM alert a JOIN rule r ON r.n = a.rule
         WHERE r.id = ?1 AND a.kind = 'match' AND a.verdict IS NOT NULL ORDER BY a.n DESC LIMIT ?2",
    )?;
    let read = |row: &Row<'_>| {
        // What cannot be read speaks for nothing.
        let evidence = json::read(&row.get::<_, String>(3)?).unwrap_or_default();
        Ok(Judged { alert: row.get(0)?, noise: row.get(1)?, article: row.get(2)?, evidence })
    };
    Ok(query.query_map(params![rule, MOST], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Ids of the rules of which alerts were judged, in order.
///
/// # Errors
/// As [`judged`].
pub fn rules(connection: &Connection) -> Result<Vec<String>> {
    let sql =
        "SELECT DISTINCT r.id FROM alert a JOIN rule r ON r.n = a.rule WHERE a.kind = 'match' AND a.verdict IS NOT NULL ORDER BY r.id";
    Ok(connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}
