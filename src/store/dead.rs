//! Dead letters: deliveries that were given up. They are listed, passed on to a fallback, and revived by hand; never
//! deleted.

use super::Result;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Why a message was given up whose sink left the config.
pub(super) const SINK_IS_GONE: &str = "its sink is no longer in the config";

/// A delivery that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Number of the alert.
    pub alert: i64,
    /// Title of the alert.
    pub title: String,
    /// The sink's name.
    pub sink: String,
    /// Why it was told: `new` or a later occasion.
    pub occasion: String,
    /// `dead` or `expired`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Why it was given up.
    pub error: Option<String>,
    /// When, Unix milliseconds.
    pub settled_ms: Option<i64>,
    /// The sink that was told instead, and the state of that delivery.
    pub passed_on: Option<(String, String)>,
}

/// The newest `limit` deliveries that were given up, of all sinks or of one.
///
/// # Errors
/// When the archive cannot be read.
pub fn letters(connection: &Connection, sink: Option<&str>, limit: usize) -> Result<Vec<DeadLetter>> {
    let mut query = connection.prepare_cached(
        "SELECT d.alert, a.title, d.sink, d.occasion, d.state, d.attempts, d.error, d.settled_ms, f.sink, f.state
         FROM delivery d JOIN alert a ON a.n = d.alert
         LEFT JOIN passed_on p ON p.delivery = d.n LEFT JOIN delivery f ON f.n = p.fallback
         WHERE d.state IN ('dead', 'expired') AND (?2 IS NULL OR d.sink = ?2) ORDER BY d.n DESC LIMIT ?1",
    )?;
    let read = |row: &Row<'_>| {
        let fallback: Option<String> = row.get(8)?;
        Ok(DeadLetter {
            alert: row.get(0)?,
            title: row.get(1)?,
            sink: row.get(2)?,
            occasion: row.get(3)?,
            state: row.get(4)?,
            attempts: row.get(5)?,
            error: row.get(6)?,
            settled_ms: row.get(7)?,
            passed_on: fallback.map(|sink| Ok::<_, rusqlite::Error>((sink, row.get(9)?))).transpose()?,
        })
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(query.query_map(params![limit, sink], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Puts the alert of a delivery that was given up into the outbox of `fallback`, once: where that sink is told the same
/// anyway, this is its delivery, but for one that was given up only because that sink was gone for a while. Gives the row of one that
/// was added or waits anew.
///
/// # Errors
/// When the archive refuses a statement.
pub fn pass_on(connection: &Connection, delivery: i64, fallback: &str, now_ms: i64) -> Result<Option<i64>> {
    let added: Option<i64> = connection
        .prepare_cached(
            "INSERT INTO delivery (alert, rule, sink, occasion, state, due_ms, created_ms, news)
             SELECT alert, rule, ?2, occasion, 'pending', ?3, ?3, news FROM delivery WHERE n = ?1 AND state IN ('dead', 'expired')
             ON CONFLICT (alert, sink, occasion) DO UPDATE SET state = 'pending', attempts = 0, due_ms = excluded.due_ms,
               created_ms = excluded.created_ms, settled_ms = NULL, error = NULL, news = excluded.news
             WHERE state = 'dead' AND error = ?4 RETURNING n",
        )?
        .query_row(params![delivery, fallback, now_ms, SINK_IS_GONE], |row| row.get(0))
        .optional()?;
    connection.prepare_cached("DELETE FROM passed_on WHERE delivery = ?1")?.execute([added])?;
    connection
        .prepare_cached(
            "INSERT INTO passed_on (delivery, fallback) SELECT d.n, f.n FROM delivery d
             JOIN delivery f ON f.alert = d.alert AND f.sink = ?2 AND f.occasion = d.occasion
             WHERE d.n = ?1 AND d.state IN ('dead', 'expired') ON CONFLICT (delivery) DO UPDATE SET fallback = excluded.fallback",
        )?
        .execute(params![delivery, fallback])?;
    Ok(added)
}

/// Puts dead letters of `sink` back into the outbox as if they were new: all of them, or those of one alert. Gives how
/// many.
///
/// # Errors
/// When the archive refuses the statement.
pub fn revive(connection: &Connection, sink: &str, alert: Option<i64>, now_ms: i64) -> Result<usize> {
    Ok(connection.execute(
        "UPDATE delivery SET state = 'pending', attempts = 0, due_ms = ?3, created_ms = ?3, settled_ms = NULL
         WHERE sink = ?1 AND state IN ('dead', 'expired') AND (?2 IS NULL OR alert = ?2)",
        params![sink, alert, now_ms],
    )?)
}
