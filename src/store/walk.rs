//! A walk over the archive's articles in the order of their rows, in short reads: what a replay goes by. Never writes, never
//! decides; between two reads it holds nothing open, so a long walk keeps no write-ahead log from being folded back.

use super::{
    Result,
    listing::{self, Article, CHUNK},
};
use rusqlite::{Connection, named_params};

/// How many rows one read passes over at most, most of them too old to be taken.
const STRIDE: i64 = 5_000;

/// Where a walk stands. It ends at the row that was the last when it began: what arrives later is not part of it.
#[derive(Debug, Clone)]
pub struct Walk {
    since_ms: i64,
    first: i64,
    after: i64,
    last: i64,
}

impl Walk {
    /// A walk over the articles first seen at or after `since_ms`, Unix milliseconds; over all without it.
    ///
    /// # Errors
    /// When the archive cannot be read; so for every read in here.
    pub fn new(connection: &Connection, since_ms: Option<i64>) -> Result<Walk> {
        let ends = "SELECT ifnull((SELECT min(n) FROM article), 1), ifnull((SELECT max(n) FROM article), 0)";
        let (first, last): (i64, i64) = connection.query_row(ends, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Walk { since_ms: since_ms.unwrap_or(i64::MIN), first, after: first - 1, last })
    }

    /// The next articles, at most [`CHUNK`] and possibly none; `None` at the end.
    ///
    /// # Errors
    /// As [`Walk::new`].
    pub fn next(&mut self, connection: &Connection) -> Result<Option<Vec<Article>>> {
        if self.after >= self.last {
            return Ok(None);
        }
        let until = self.last.min(self.after.saturating_add(STRIDE));
        let sql =
            format!("{} WHERE a.n > :after AND a.n <= :until AND a.first_seen_ms >= :since ORDER BY a.n LIMIT :limit", listing::in_order());
        let given = named_params! { ":after": self.after, ":until": until, ":since": self.since_ms, ":limit": CHUNK as i64 };
        let chunk: Vec<Article> =
            connection.prepare_cached(&sql)?.query_map(given, listing::article_from)?.collect::<rusqlite::Result<_>>()?;
        self.after = chunk.last().filter(|_| chunk.len() == CHUNK).map_or(until, |article| article.id);
        Ok(Some(chunk))
    }

    /// How much of it is done, from 0 to 1.
    pub fn done(&self) -> f64 {
        let whole = (self.last - self.first + 1).max(1);
        (self.after - self.first + 1) as f64 / whole as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::open;

    fn ids(connection: &Connection, since_ms: Option<i64>) -> Vec<i64> {
        let mut walk = Walk::new(connection, since_ms).unwrap();
        let mut ids = Vec::new();
        while let Some(chunk) = walk.next(connection).unwrap() {
            assert!(chunk.len() <= CHUNK);
            ids.extend(chunk.iter().map(|article| article.id));
        }
        assert!(walk.done() >= 1.0 || ids.is_empty());
        ids
    }

    #[test]
    fn a_walk_meets_every_article_once_over_gaps_and_chunks() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open::read_write(&folder.path().join("a.db")).unwrap();
        assert_eq!(ids(&connection, None), Vec::<i64>::new());
        let many = "INSERT INTO feed (n, id, url, next_poll_ms) VALUES (1, 'f', 'u', 0); INSERT INTO story VALUES (1, NULL, 0);
                    WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 12000)
                    INSERT INTO article (n, feed, story, title, text, first_seen_ms) SELECT i * 3, 1, 1, '', '', i FROM c;
                    DELETE FROM article WHERE n BETWEEN 9000 AND 27000;";
        connection.execute_batch(many).unwrap();
        let kept =
            |from: i64| (1..=12_000).filter(|i| *i >= from && !(9000..=27_000).contains(&(i * 3))).map(|i| i * 3).collect::<Vec<_>>();
        assert_eq!(ids(&connection, None), kept(1));
        assert_eq!(ids(&connection, Some(11_990)), kept(11_990));
        assert_eq!(ids(&connection, Some(99_999)), Vec::<i64>::new());
    }
}
