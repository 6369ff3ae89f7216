//! The `story` and `fingerprint` tables: which story an article belongs to.

use super::Result;
use crate::engine::{entry::Fingerprint, story::STORY_WINDOW_MS};
use rusqlite::{Connection, OptionalExtension, params};

/// The story that one of these fingerprints speaks for, or a new one; the fingerprints speak for it from now on.
///
/// # Errors
/// When the archive refuses a statement.
pub fn find_or_add(connection: &Connection, fingerprints: &[Fingerprint], now_ms: i64) -> Result<i64> {
    let story = match find(connection, fingerprints, now_ms)? {
        Some(story) => story,
        None => {
            connection.prepare_cached("INSERT INTO story (first_seen_ms) VALUES (?1)")?.execute([now_ms])?;
            connection.last_insert_rowid()
        }
    };
    speak_for(connection, story, fingerprints, now_ms)?;
    Ok(story)
}

/// Lets fingerprints speak for a story. One that speaks for another story of the window keeps doing so; an old one is taken over.
///
/// # Errors
/// When the archive refuses a statement.
pub fn speak_for(connection: &Connection, story: i64, fingerprints: &[Fingerprint], now_ms: i64) -> Result<()> {
    let mut put = connection.prepare_cached(
        "INSERT INTO fingerprint (kind, hash, story) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET story = excluded.story
         WHERE (SELECT first_seen_ms FROM story WHERE n = fingerprint.story) < ?4",
    )?;
    for print in fingerprints {
        put.execute(params![print.kind, print.hash, story, now_ms - STORY_WINDOW_MS])?;
    }
    Ok(())
}

/// The first article of a story beside `article`. Articles share a story because their words do, so one that joins is a copy.
///
/// # Errors
/// When the archive cannot be read.
pub fn first_but(connection: &Connection, story: i64, article: i64) -> Result<Option<i64>> {
    let sql = "SELECT min(n) FROM article WHERE story = ?1 AND n <> ?2";
    Ok(connection.prepare_cached(sql)?.query_row([story, article], |row| row.get(0))?)
}

/// The oldest story of the window that any of the fingerprints speaks for, after merges.
fn find(connection: &Connection, fingerprints: &[Fingerprint], now_ms: i64) -> Result<Option<i64>> {
    let mut query = connection.prepare_cached(
        "SELECT ifnull(s.merged_into, s.n) FROM fingerprint f JOIN story s ON s.n = f.story
         WHERE f.kind = ?1 AND f.hash = ?2 AND s.first_seen_ms >= ?3",
    )?;
    let mut oldest: Option<i64> = None;
    for print in fingerprints {
        let found: Option<i64> = query.query_row(params![print.kind, print.hash, now_ms - STORY_WINDOW_MS], |row| row.get(0)).optional()?;
        oldest = match (oldest, found) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    Ok(oldest)
}
