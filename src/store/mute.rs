//! The `mute` table: expressions whose matches are told to nobody for a while. Never decides what they silence.

use super::{Result, json};
use crate::engine::alert::mute::Mute;
use rusqlite::{Connection, Row, params};

/// Who set a mute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `[[mute]]`.
    Config,
    /// `marsad mute`.
    Command,
}

impl Origin {
    fn word(self) -> &'static str {
        match self {
            Origin::Config => "config",
            Origin::Command => "command",
        }
    }
}

/// A mute as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The mute.
    pub mute: Mute,
    /// `config` or `command`.
    pub origin: String,
    /// When it was set, Unix milliseconds.
    pub since_ms: i64,
    /// When it was lifted before its time, Unix milliseconds.
    pub lifted_ms: Option<i64>,
    /// How many matches it silenced, counted for each sink.
    pub silenced: i64,
}

/// Sets a mute, and gives its row; the same one again is the one that is there.
///
/// # Errors
/// When the archive refuses the statement; so for all in here.
pub fn set(connection: &Connection, mute: &Mute, origin: Origin, now_ms: i64) -> Result<i64> {
    let [rules, feeds] = [&mute.rules, &mute.feeds].map(|list| serde_json::Value::from(list.clone()).to_string());
    Ok(connection
        .prepare_cached(
            "INSERT INTO mute (expr, rules, feeds, origin, since_ms, until_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (expr, rules, feeds, origin, until_ms) WHERE lifted_ms IS NULL DO UPDATE SET expr = excluded.expr RETURNING n",
        )?
        .query_row(params![mute.expr, rules, feeds, origin.word(), now_ms, mute.until_ms], |row| row.get(0))?)
}

/// Lifts a mute; `false` when there is none that could be.
///
/// # Errors
/// As [`set`].
pub fn lift(connection: &Connection, row: i64, now_ms: i64) -> Result<bool> {
    let sql = "UPDATE mute SET lifted_ms = ?2 WHERE n = ?1 AND lifted_ms IS NULL AND until_ms > ?2";
    Ok(connection.execute(sql, params![row, now_ms])? > 0)
}

/// Makes the mutes of the config those in `mutes`.
///
/// # Errors
/// As [`set`].
pub fn sync(connection: &Connection, mutes: &[Mute], now_ms: i64) -> Result<()> {
    let kept = mutes.iter().map(|mute| set(connection, mute, Origin::Config, now_ms)).collect::<Result<Vec<i64>>>()?;
    connection.execute(
        "UPDATE mute SET lifted_ms = ?2 WHERE origin = 'config' AND lifted_ms IS NULL AND n NOT IN (SELECT value FROM json_each(?1))",
        params![serde_json::Value::from(kept).to_string(), now_ms],
    )?;
    Ok(())
}

/// The mutes in force, the oldest first.
///
/// # Errors
/// As [`set`].
pub fn active(connection: &Connection, now_ms: i64) -> Result<Vec<Mute>> {
    Ok(lines(connection, now_ms)?.into_iter().filter(|line| line.lifted_ms.is_none()).map(|line| line.mute).collect())
}

/// Every mute whose time is not over at `now_ms`, lifted ones too.
///
/// # Errors
/// As [`set`].
pub fn lines(connection: &Connection, now_ms: i64) -> Result<Vec<Line>> {
    let mut query = connection.prepare_cached(
        "SELECT n, expr, rules, feeds, until_ms, origin, since_ms, lifted_ms, (SELECT count(*) FROM fate f WHERE f.mute = mute.n)
         FROM mute WHERE until_ms > ?1 ORDER BY n",
    )?;
    let rows: Vec<(Line, String, String)> = query.query_map([now_ms], read)?.collect::<rusqlite::Result<_>>()?;
    let scoped = |(mut line, rules, feeds): (Line, String, String)| {
        match json::read(&rules).zip(json::read(&feeds)) {
            Some((rules, feeds)) => (line.mute.rules, line.mute.feeds) = (rules, feeds),
            // Without its scope it would silence what nobody meant: as an expression of nothing it is no sound one, and told.
            None => line.mute.expr.clear(),
        }
        line
    };
    Ok(rows.into_iter().map(scoped).collect())
}

fn read(row: &Row<'_>) -> rusqlite::Result<(Line, String, String)> {
    let mute = Mute { row: row.get(0)?, expr: row.get(1)?, rules: Vec::new(), feeds: Vec::new(), until_ms: row.get(4)? };
    let line = Line { mute, origin: row.get(5)?, since_ms: row.get(6)?, lifted_ms: row.get(7)?, silenced: row.get(8)? };
    Ok((line, row.get(2)?, row.get(3)?))
}
