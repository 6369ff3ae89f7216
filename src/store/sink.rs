//! The `sink` table: what is known of the other side of each sink. It survives a restart, and `marsad sinks` reads it.

use super::Result;
use crate::engine::breaker::Breaker;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// What is known of a sink's other side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Whether it is worth a call.
    pub breaker: Breaker,
    /// When a message last went out, Unix milliseconds.
    pub last_ok_ms: Option<i64>,
    /// When one last did not, Unix milliseconds.
    pub last_failure_ms: Option<i64>,
    /// Why.
    pub last_error: Option<String>,
}

/// How a message ended, as far as the other side's health goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Noted {
    /// It went out.
    Ok,
    /// It did not.
    Failed {
        /// Why, for a person.
        error: String,
        /// What follows from it.
        breaker: Breaker,
    },
    /// Nothing was sent.
    Nothing,
}

/// What is known of `name`; nothing is known of a sink that was never called.
///
/// # Errors
/// When the archive cannot be read.
pub fn health(connection: &Connection, name: &str) -> Result<Health> {
    let sql = "SELECT failures, rests_until_ms, last_ok_ms, last_failure_ms, last_error FROM sink WHERE name = ?1";
    let found = connection.prepare_cached(sql)?.query_row([name], |row| from(row, 0)).optional()?;
    Ok(found.unwrap_or_default())
}

fn from(row: &Row<'_>, first: usize) -> rusqlite::Result<Health> {
    Ok(Health {
        breaker: Breaker {
            failures: row.get::<_, Option<u32>>(first)?.unwrap_or(0),
            rests_until_ms: row.get::<_, Option<i64>>(first + 1)?.unwrap_or(0),
        },
        last_ok_ms: row.get(first + 2)?,
        last_failure_ms: row.get(first + 3)?,
        last_error: row.get(first + 4)?,
    })
}

/// How long a message that went out says enough of a sink, in milliseconds: in a flood of them each would cost a page of the log.
const SAYS_ENOUGH_MS: i64 = 1_000;

/// Writes down how a message ended. When the last one went out is known to a second.
///
/// # Errors
/// When the archive refuses the statement.
pub fn note(connection: &Connection, name: &str, noted: &Noted, now_ms: i64) -> Result<()> {
    match noted {
        Noted::Ok => connection
            .prepare_cached(
                "INSERT INTO sink (name, last_ok_ms) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET failures = 0, rests_until_ms = 0, last_ok_ms = ?2
                   WHERE failures > 0 OR rests_until_ms > 0 OR last_ok_ms IS NULL OR last_ok_ms NOT BETWEEN ?2 - ?3 AND ?2",
            )?
            .execute(params![name, now_ms, SAYS_ENOUGH_MS])?,
        Noted::Failed { error, breaker } => connection
            .prepare_cached(
                "INSERT INTO sink (name, failures, rests_until_ms, last_failure_ms, last_error) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (name) DO UPDATE SET failures = ?2, rests_until_ms = ?3, last_failure_ms = ?4, last_error = ?5",
            )?
            .execute(params![name, breaker.failures, breaker.rests_until_ms, now_ms, error])?,
        Noted::Nothing => 0,
    };
    Ok(())
}

/// The other side is there again, or a person says so: no rest holds, and what waits for another try is due now.
///
/// # Errors
/// When the archive refuses a statement.
pub fn wake(connection: &Connection, name: &str, now_ms: i64) -> Result<()> {
    connection.execute("UPDATE sink SET failures = 0, rests_until_ms = 0 WHERE name = ?1", [name])?;
    connection.execute(
        "UPDATE delivery INDEXED BY delivery_open SET due_ms = ?2
         WHERE sink = ?1 AND state IN ('pending', 'leased') AND state = 'pending' AND attempts > 0 AND due_ms > ?2",
        params![name, now_ms],
    )?;
    Ok(())
}

/// A sink with its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// As rules call it.
    pub name: String,
    /// What is known of its other side.
    pub health: Health,
    /// Deliveries that are open.
    pub waiting: i64,
    /// When the oldest of them was put there, Unix milliseconds.
    pub waiting_since_ms: Option<i64>,
    /// Deliveries that went out.
    pub sent: i64,
    /// Deliveries that were given up, those that came too late included.
    pub given_up: i64,
}

/// Every sink that the archive knows, by name.
///
/// # Errors
/// When the archive cannot be read.
pub fn lines(connection: &Connection) -> Result<Vec<Line>> {
    let mut query = connection.prepare_cached(
        "WITH queue AS (
           SELECT sink AS name, sum(state IN ('pending', 'leased')) AS waiting, min(iif(state IN ('pending', 'leased'), created_ms, NULL)) AS since,
             sum(state = 'sent') AS sent, sum(state IN ('dead', 'expired')) AS given_up FROM delivery GROUP BY sink)
         SELECT names.name, ifnull(q.waiting, 0), q.since, ifnull(q.sent, 0), ifnull(q.given_up, 0),
           s.failures, s.rests_until_ms, s.last_ok_ms, s.last_failure_ms, s.last_error
         FROM (SELECT name FROM queue UNION SELECT name FROM sink) names
         LEFT JOIN queue q ON q.name = names.name LEFT JOIN sink s ON s.name = names.name ORDER BY names.name",
    )?;
    let read = |row: &Row<'_>| {
        Ok(Line {
            name: row.get(0)?,
            waiting: row.get(1)?,
            waiting_since_ms: row.get(2)?,
            sent: row.get(3)?,
            given_up: row.get(4)?,
            health: from(row, 5)?,
        })
    };
    Ok(query.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::{super::open, *};

    #[test]
    fn a_message_that_went_out_ends_a_rest_and_is_known_to_a_second() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open::read_write(&folder.path().join("a.db")).unwrap();
        let after = |noted: &Noted, now_ms: i64| {
            note(&connection, "phone", noted, now_ms).unwrap();
            let health = health(&connection, "phone").unwrap();
            (health.breaker.failures, health.breaker.rests_until_ms, health.last_ok_ms)
        };
        assert_eq!(after(&Noted::Ok, 5_000), (0, 0, Some(5_000)));
        assert_eq!(after(&Noted::Ok, 6_000), (0, 0, Some(5_000)));
        assert_eq!(after(&Noted::Ok, 6_001), (0, 0, Some(6_001)));
        let failed = Noted::Failed { error: "refused".into(), breaker: Breaker { failures: 2, rests_until_ms: 9_000 } };
        assert_eq!(after(&failed, 6_002), (2, 9_000, Some(6_001)));
        assert_eq!(after(&Noted::Ok, 6_003), (0, 0, Some(6_003)));
        assert_eq!(after(&Noted::Ok, 4_000), (0, 0, Some(4_000)), "the clock was set back");
    }
}
