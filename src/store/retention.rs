//! The `upkeep` transaction: old articles go, in chunks. Their keys stay, so that none comes back as new.

use super::Result;
use rusqlite::{Connection, params};

/// The most articles pruned in one transaction.
const CHUNK: usize = 200;

/// The most articles looked at in one: of what is kept for its matches there may be any number.
const MOST_PASSED: usize = 5_000;

/// What a chunk came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// How many articles went.
    pub gone: usize,
    /// The article behind which the next chunk begins; none where all are looked at.
    pub next: Option<i64>,
}

/// Prunes up to a chunk of the articles first seen before `before_ms`, oldest first, from behind the article `after` on, those that a
/// rule matched kept when `keep_alerted`. The newest article of all stays, so that no number is given twice.
///
/// # Errors
/// When the archive refuses a statement.
pub fn prune(connection: &Connection, (before_ms, now_ms): (i64, i64), keep_alerted: bool, after: i64) -> Result<Pruned> {
    let (old, next) = old(connection, (before_ms, now_ms), keep_alerted, after)?;
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
    Ok(Pruned { gone: old.len(), next })
}

/// Rows come in the order of arrival, so the first that is young enough ends the walk. One that came while the clock was ahead is no
/// such: its time is yet to come, and behind it are older ones.
fn old(connection: &Connection, (before_ms, now_ms): (i64, i64), keep_alerted: bool, after: i64) -> Result<(Vec<i64>, Option<i64>)> {
    let mut walk = connection.prepare_cached(
        "SELECT n, first_seen_ms, EXISTS (SELECT 1 FROM match m WHERE m.article = a.n) FROM article a
             WHERE n > ?1 AND n < (SELECT max(n) FROM article) ORDER BY n",
    )?;
    let mut rows = walk.query([after])?;
    let (mut old, mut passed, mut last) = (Vec::new(), 0, after);
    while let Some(row) = rows.next()? {
        let (article, first_seen_ms, matched): (i64, i64, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if (before_ms..=now_ms).contains(&first_seen_ms) {
            break;
        }
        if old.len() == CHUNK || passed == MOST_PASSED {
            return Ok((old, Some(last)));
        }
        if first_seen_ms < before_ms && !(keep_alerted && matched) {
            old.push(article);
        }
        (passed, last) = (passed + 1, article);
    }
    Ok((old, None))
}

#[cfg(test)]
mod tests {
    use super::{super::open, *};

    #[test]
    fn what_is_old_goes_chunk_by_chunk_past_what_is_kept_and_what_came_by_a_clock_that_was_ahead() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let archive = open::read_write(&folder.path().join("a.db"))?;
        // Every tenth is matched; the thousandth came in what is the future now, the last thousand are young.
        archive.execute_batch(
            "INSERT INTO feed (n, id, url, next_poll_ms) VALUES (1, 'f', 'https://a.example/', 0); INSERT INTO story VALUES (1, NULL, 0);
             INSERT INTO rule (n, id) VALUES (1, 'r'); INSERT INTO rule_version (n, rule, hash, source, since_ms) VALUES (1, 1, 'h', '{}', 0);
             WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 8000)
             INSERT INTO article (n, feed, story, title, text, categories, first_seen_ms)
               SELECT i, 1, 1, 't', '', '[]', CASE WHEN i = 1000 THEN 9000 WHEN i > 7000 THEN 600 ELSE 100 END FROM c;
             INSERT INTO match (article, rule, version, story, evidence, seen_ms, sinks)
               SELECT n, 1, 1, 1, '[]', 0, '[]' FROM article WHERE n % 10 = 0;",
        )?;
        let (mut after, mut chunks, mut gone) = (0, 0, 0);
        loop {
            let pruned = prune(&archive, (500, 1_000), true, after)?;
            (chunks, gone) = (chunks + 1, gone + pruned.gone);
            match pruned.next {
                Some(next) => after = next,
                None => break,
            }
        }
        let left: i64 = archive.query_row("SELECT count(*) FROM article", [], |row| row.get(0))?;
        assert_eq!((gone, left, chunks), (6_300, 1_700, 6_300 / CHUNK + 1));
        assert_eq!(prune(&archive, (500, 1_000), true, 0)?, Pruned::default(), "matched ones and that of the future");
        Ok(())
    }
}
