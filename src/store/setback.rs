//! What follows from a clock that was set back: times that the old one wrote and that lie ahead move with it. Else whatever waits
//! for them would wait as much longer as the clock was wrong. What a person or a calendar has set stays: quiet hours, digests at
//! their times, pauses, mutes. Whether it is quiet now is asked again, by the clock as it is.

use super::Result;
use rusqlite::Connection;

/// A clock that is corrected by less than this, in milliseconds, was not set back.
pub const LEAST_MS: i64 = 5_000;

/// Moves what lies ahead of `now_ms`: the next poll of each feed and the last, retries, what cools down or waits for its budget,
/// hosts and sinks that are left alone, and alerts that nobody has acknowledged. The clock was set back by `seen_ms` milliseconds, or
/// by what the newest poll of the archive lies ahead, where that is more. Gives by how much all was moved, which is 0 where it is too
/// little to matter. Within one transaction, since a second time finds nothing ahead.
///
/// # Errors
/// When the archive refuses a statement.
pub fn follow(connection: &Connection, seen_ms: i64, now_ms: i64) -> Result<i64> {
    let newest: Option<i64> = connection.query_row("SELECT max(last_poll_ms) FROM feed", [], |row| row.get(0))?;
    let by_ms = newest.map_or(0, |newest| newest.saturating_sub(now_ms)).max(seen_ms);
    if by_ms < LEAST_MS {
        return Ok(0);
    }
    for sql in [
        "UPDATE feed SET next_poll_ms = max(next_poll_ms - ?1, ?2), last_poll_ms = min(last_poll_ms, ?2) WHERE next_poll_ms > ?2 OR last_poll_ms > ?2",
        "UPDATE delivery SET due_ms = max(due_ms - ?1, ?2) WHERE state = 'pending' AND due_ms > ?2",
        "UPDATE delivery SET until_ms = max(until_ms - ?1, ?2) WHERE state = 'held' AND held_for IN ('cooldown', 'budget') AND until_ms > ?2",
        "UPDATE delivery SET until_ms = ?2 WHERE state = 'held' AND held_for = 'quiet' AND until_ms > ?2 AND ?1 > 0",
        "UPDATE alert SET escalates_ms = max(escalates_ms - ?1, ?2) WHERE escalates_ms > ?2",
        "UPDATE host SET until_ms = max(until_ms - ?1, ?2) WHERE until_ms > ?2",
        "UPDATE sink SET rests_until_ms = max(rests_until_ms - ?1, ?2) WHERE rests_until_ms > ?2",
    ] {
        connection.execute(sql, [by_ms, now_ms])?;
    }
    // When a feed was read last, by the new clock: what was published since is new. An archive that is ahead does not tell how long ago
    // it was written, so that stays unknown.
    if seen_ms >= LEAST_MS {
        for sql in [
            "UPDATE feed SET last_ok_ms = last_ok_ms - ?1 WHERE last_ok_ms > ?2",
            "UPDATE feed SET whole_ms = whole_ms - ?1 WHERE whole_ms > ?2",
        ] {
            connection.execute(sql, [seen_ms, now_ms])?;
        }
    }
    Ok(by_ms)
}
