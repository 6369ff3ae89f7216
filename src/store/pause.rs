//! The pause of everything: until when, in `meta`, and the messages that it holds. Read again with each message, so a running
//! daemon needs no word of it.

use super::Result;
use rusqlite::{Connection, OptionalExtension, params};

const KEY: &str = "paused_until_ms";

/// Until when everything is paused, Unix milliseconds; `None` where nothing is, or the pause is over.
///
/// # Errors
/// When the archive cannot be read.
pub fn until_ms(connection: &Connection, now_ms: i64) -> Result<Option<i64>> {
    Ok(end_ms(connection)?.filter(|until_ms| *until_ms > now_ms))
}

/// When the last pause ends, or did.
fn end_ms(connection: &Connection) -> Result<Option<i64>> {
    let text: Option<String> =
        connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?.query_row([KEY], |row| row.get(0)).optional()?;
    Ok(text.and_then(|text| text.parse().ok()))
}

/// Pauses until then; what waits for a try waits until then too. Gives how many messages wait so.
///
/// # Errors
/// When the archive refuses a statement.
pub fn pause(connection: &Connection, until_ms: i64) -> Result<usize> {
    move_end(connection, until_ms)?;
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)", params![KEY, until_ms.to_string()])?;
    Ok(connection.execute("UPDATE delivery SET state = 'held', held_for = 'pause', until_ms = ?1 WHERE state = 'pending'", [until_ms])?)
}

/// Lets what a sink was to try now wait for the end of a pause that began meanwhile: it was in hand then, and came back, or is told
/// in the place of what another sink gave up. Gives whether there is a pause.
///
/// # Errors
/// When the archive refuses a statement.
pub fn holds(connection: &Connection, sink: &str, now_ms: i64) -> Result<bool> {
    let Some(until_ms) = until_ms(connection, now_ms)? else { return Ok(false) };
    // What the index holds is asked of the row too: else a fallen bit would have one that was sent told again after the pause.
    let sql = "UPDATE delivery SET state = 'held', held_for = 'pause', until_ms = ?2
               WHERE n IN (SELECT n FROM delivery INDEXED BY delivery_turn WHERE sink = ?1 AND state = 'pending') AND state = 'pending'";
    connection.prepare_cached(sql)?.execute(params![sink, until_ms])?;
    Ok(true)
}

/// Ends the pause. Gives how many messages are let go.
///
/// # Errors
/// When the archive refuses a statement.
pub fn resume(connection: &Connection, now_ms: i64) -> Result<usize> {
    let moved = move_end(connection, now_ms)?;
    connection.execute("DELETE FROM meta WHERE key = ?1", [KEY])?;
    Ok(moved)
}

/// Lets what waits for the end of the pause wait until then. That may be a digest too, which keeps why it is one.
fn move_end(connection: &Connection, until_ms: i64) -> Result<usize> {
    let sql = "UPDATE delivery SET until_ms = ?1 WHERE state = 'held' AND (held_for = 'pause' OR until_ms = ?2)";
    Ok(connection.execute(sql, params![until_ms, end_ms(connection)?])?)
}
