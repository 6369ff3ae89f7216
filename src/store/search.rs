//! Search says what the rules say: the query is compiled as a rule, looked up in the vocabulary, and verified by the matcher
//! on each candidate. Newest first. Articles that the index does not hold yet are scanned by the matcher itself.

use super::{Result, index};
use crate::engine::rule::{Evidence, Ruleset, Subject};
use rusqlite::{Connection, params};

/// An article that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Row of the article.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// Where to read it.
    pub url: Option<String>,
    /// Id of its feed.
    pub feed: String,
    /// When it was first seen, Unix milliseconds.
    pub first_seen_ms: i64,
    /// What was found in it.
    pub evidence: Vec<Evidence>,
}

const ARTICLE: &str = "SELECT a.n, a.title, a.text, a.url, f.id, a.first_seen_ms FROM article a JOIN feed f ON f.n = a.feed";

/// The newest `limit` articles for which the one rule of `query` holds.
///
/// # Errors
/// When the archive cannot be read.
pub fn search(connection: &Connection, query: &Ruleset, limit: usize) -> Result<Vec<Found>> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    // One snapshot, so that an article on its way into the index is seen once.
    let snapshot = connection.unchecked_transaction()?;
    let mut found = Vec::new();
    let waiting = format!("{ARTICLE} WHERE a.n IN (SELECT article FROM unindexed) ORDER BY a.n DESC");
    collect(&snapshot, &waiting, params![], query, limit, &mut found)?;
    let mut forms = query.forms();
    index::each_chunk(&snapshot, |words| query.look_up(words, &mut forms))?;
    if let Some(expression) = query.index_query(0, &forms) {
        // CROSS JOIN keeps the index as the outer loop: newest first, and no sorting.
        let indexed = "SELECT a.n, a.title, a.text, a.url, f.id, a.first_seen_ms FROM article_fts x CROSS JOIN article a ON a.n = x.rowid
             JOIN feed f ON f.n = a.feed WHERE x.article_fts MATCH ?1 AND x.rowid NOT IN (SELECT article FROM unindexed) ORDER BY x.rowid DESC";
        collect(&snapshot, indexed, params![expression], query, limit, &mut found)?;
    }
    found.sort_by_key(|article| std::cmp::Reverse(article.id));
    found.truncate(limit);
    Ok(found)
}

/// Adds the rows that the matcher confirms, up to `limit` of them.
fn collect(
    connection: &Connection,
    sql: &str,
    given: impl rusqlite::Params,
    query: &Ruleset,
    limit: usize,
    found: &mut Vec<Found>,
) -> Result<()> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(given)?;
    let mut left = limit;
    while let Some(row) = rows.next()? {
        let (title, text): (String, String) = (row.get(1)?, row.get(2)?);
        let feed: String = row.get(4)?;
        let mut matches = query.matches(&Subject { title: &title, text: &text, feed: &feed, tags: &[] });
        let Some(first) = matches.pop() else { continue };
        found.push(Found { id: row.get(0)?, title, url: row.get(3)?, feed, first_seen_ms: row.get(5)?, evidence: first.evidence });
        left -= 1;
        if left == 0 {
            break;
        }
    }
    Ok(())
}
