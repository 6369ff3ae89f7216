//! The `upkeep` transaction: old articles go, in chunks. Their keys stay, so that none comes back as new.

use super::Result;
use rusqlite::{Connection, params};

/// The most articles pruned in one transaction.
const CHUNK: usize = 200;

/// Prunes up to a chunk of the articles first seen before `before_ms`, oldest first, those that a rule matched kept when
/// `keep_alerted`. The newest article of all stays, so that no number is given twice. Gives how many went; none means done.
///
/// # Errors
/// When the archive refuses a statement.
pub fn prune(connection: &Connection, before_ms: i64, keep_alerted: bool) -> Result<usize> {
    let old = old(connection, before_ms, keep_alerted)?;
    for article in &old {
        for sql in [
            "DELETE FROM article_fts WHERE rowid = ?1",
            "DELETE FROM unindexed WHERE article = ?1",
            "DELETE FROM revision WHERE article = ?1",
            "DELETE FROM copy WHERE article = ?1",
            "DELETE FROM match WHERE article = ?1 AND sinks IS NOT NULL",
            "DELETE FROM article WHERE n = ?1",
        ] {
            connection.prepare_cached(sql)?.execute(params![article])?;
        }
    }
    Ok(old.len())
}

/// Rows come in the order of arrival, so the first that is young enough ends the walk: nothing old, nothing read.
fn old(connection: &Connection, before_ms: i64, keep_alerted: bool) -> Result<Vec<i64>> {
    let mut walk = connection.prepare_cached(
        "SELECT n, first_seen_ms, EXISTS (SELECT 1 FROM match m WHERE m.article = a.n) FROM article a
             WHERE n < (SELECT max(n) FROM article) ORDER BY n",
    )?;
    let mut rows = walk.query([])?;
    let mut old = Vec::new();
    while let Some(row) = rows.next()? {
        let (article, first_seen_ms, matched): (i64, i64, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if first_seen_ms >= before_ms || old.len() == CHUNK {
            break;
        }
        if !(keep_alerted && matched) {
            old.push(article);
        }
    }
    Ok(old)
}
