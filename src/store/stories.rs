//! What listings show of stories: read-only queries, the story that grew last first. Never decides what belongs to one.

use super::Result;
use crate::engine::story::growth::source;
use rusqlite::{Connection, OptionalExtension, named_params, params};

/// The most members that are shown of one story.
const MOST_MEMBERS: i64 = 1_000;

/// A story in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryLine {
    /// Its row.
    pub id: i64,
    /// Title of its first article.
    pub title: String,
    /// When its newest article was seen, Unix milliseconds.
    pub last_seen_ms: i64,
}

/// An article of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its row.
    pub article: i64,
    /// Id of its feed.
    pub feed: String,
    /// Who published it.
    pub source: String,
    /// Its title.
    pub title: String,
    /// Where to read it.
    pub url: Option<String>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// The publisher's word, Unix milliseconds.
    pub published_ms: Option<i64>,
    /// When it was first seen, Unix milliseconds.
    pub first_seen_ms: i64,
    /// When its title or text last changed, Unix milliseconds.
    pub edited_ms: Option<i64>,
    /// The article whose text it has.
    pub copy_of: Option<i64>,
}

/// The stories of at least `least` articles whose newest article was seen since, the newest first.
///
/// # Errors
/// When the archive cannot be read; so for every query in here.
pub fn stories(connection: &Connection, since_ms: Option<i64>, least: i64, limit: usize) -> Result<Vec<StoryLine>> {
    let mut query = connection.prepare_cached(
        "WITH grown AS (
           SELECT ifnull(s.merged_into, s.n) AS story, count(*) AS articles, min(a.n) AS first, max(a.n) AS last
           FROM article a JOIN story s ON s.n = a.story GROUP BY 1 HAVING articles >= :least)
         SELECT g.story, f.title, l.first_seen_ms FROM grown g JOIN article f ON f.n = g.first JOIN article l ON l.n = g.last
         WHERE :since IS NULL OR l.first_seen_ms >= :since ORDER BY g.last DESC LIMIT :limit",
    )?;
    let given = named_params! { ":least": least, ":since": since_ms, ":limit": i64::try_from(limit).unwrap_or(i64::MAX) };
    let read = |row: &rusqlite::Row<'_>| Ok(StoryLine { id: row.get(0)?, title: row.get(1)?, last_seen_ms: row.get(2)? });
    Ok(query.query_map(given, read)?.collect::<rusqlite::Result<_>>()?)
}

/// The story that stands for this one, after merges; `None` when there is none.
///
/// # Errors
/// As [`stories`].
pub fn resolve(connection: &Connection, story: i64) -> Result<Option<i64>> {
    let sql = "SELECT ifnull(merged_into, n) FROM story WHERE n = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([story], |row| row.get(0)).optional()?)
}

/// The articles of a story, in the order in which they were seen.
///
/// # Errors
/// As [`stories`].
pub fn members(connection: &Connection, story: i64) -> Result<Vec<Member>> {
    let mut query = connection.prepare_cached(
        "SELECT a.n, f.id, a.title, a.url, a.language, a.published_ms, a.first_seen_ms, a.edited_ms, c.original
         FROM article a JOIN feed f ON f.n = a.feed LEFT JOIN copy c ON c.article = a.n
         WHERE a.story IN (SELECT n FROM story WHERE n = ?1 OR merged_into = ?1) ORDER BY a.n LIMIT ?2",
    )?;
    let read = |row: &rusqlite::Row<'_>| {
        let (feed, url): (String, Option<String>) = (row.get(1)?, row.get(3)?);
        Ok(Member {
            article: row.get(0)?,
            source: source(url.as_deref(), &feed),
            feed,
            title: row.get(2)?,
            url,
            language: row.get(4)?,
            published_ms: row.get(5)?,
            first_seen_ms: row.get(6)?,
            edited_ms: row.get(7)?,
            copy_of: row.get(8)?,
        })
    };
    Ok(query.query_map(params![story, MOST_MEMBERS], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The alerts that belong to a story: their rows and rules, in the order in which they were raised.
///
/// # Errors
/// As [`stories`].
pub fn alerts(connection: &Connection, story: i64) -> Result<Vec<(i64, String)>> {
    let mut query =
        connection.prepare_cached("SELECT a.n, r.id FROM alert a JOIN rule r ON r.n = a.rule WHERE a.story = ?1 ORDER BY a.n")?;
    Ok(query.query_map([story], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
}
