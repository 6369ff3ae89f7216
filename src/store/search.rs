//! Search says what the rules say: the query is compiled as a rule, looked up in the vocabulary, and verified by the matcher
//! on each candidate. Newest first. Articles that the index does not hold yet are scanned by the matcher itself.

use super::{
    Result, index,
    listing::{self, Article},
};
use crate::engine::rule::{Evidence, Lookup, Query, Ruleset};
use rusqlite::{Connection, params};
use std::{collections::HashMap, hash::BuildHasher};

/// An article that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The article.
    pub article: Article,
    /// What was found in it.
    pub evidence: Vec<Evidence>,
}

/// The newest `limit` articles for which the one rule of `query` holds. `tags` are those of the feeds, by the feed's id.
///
/// # Errors
/// When the archive cannot be read.
pub fn search<S: BuildHasher>(
    connection: &Connection,
    query: &Ruleset,
    tags: &HashMap<String, Vec<String>, S>,
    limit: usize,
) -> Result<Vec<Found>> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    // One snapshot, so that an article on its way into the index is seen once.
    let snapshot = connection.unchecked_transaction()?;
    let mut found = Vec::new();
    let waiting = "SELECT article FROM unindexed ORDER BY article DESC";
    collect(&snapshot, waiting, params![], query, tags, limit, &mut found)?;
    let mut lookup = Lookup::new(query);
    if lookup.is_needed() {
        index::each_chunk(&snapshot, |words| lookup.look_up(words))?;
    }
    match lookup.query(0) {
        Query::Nothing => {}
        Query::All => {
            let all = "SELECT n FROM article WHERE n NOT IN (SELECT article FROM unindexed) ORDER BY n DESC";
            collect(&snapshot, all, params![], query, tags, limit, &mut found)?;
        }
        Query::Words(expression) => {
            let indexed = "SELECT rowid FROM article_fts WHERE article_fts MATCH ?1 AND rowid NOT IN (SELECT article FROM unindexed) ORDER BY rowid DESC";
            collect(&snapshot, indexed, params![expression], query, tags, limit, &mut found)?;
        }
    }
    found.sort_by_key(|found| std::cmp::Reverse(found.article.id));
    found.truncate(limit);
    Ok(found)
}

/// Adds the rows that the matcher confirms, up to `limit` of them.
fn collect<S: BuildHasher>(
    connection: &Connection,
    sql: &str,
    given: impl rusqlite::Params,
    query: &Ruleset,
    tags: &HashMap<String, Vec<String>, S>,
    limit: usize,
    found: &mut Vec<Found>,
) -> Result<()> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(given)?;
    let mut left = limit;
    while let Some(row) = rows.next()? {
        let Some(article) = listing::article(connection, row.get(0)?)? else { continue };
        let categories = article.categories.join("\n");
        let matches = query.matches(&article.subject(&categories, tags.get(&article.feed).map_or(&[], Vec::as_slice))).pop();
        let Some(first) = matches else { continue };
        found.push(Found { article, evidence: first.evidence });
        left -= 1;
        if left == 0 {
            break;
        }
    }
    Ok(())
}
