//! Columns that hold JSON. Of letters that a disk exchanged within a text SQLite knows nothing (see [`super::soundness`]): such a value
//! is gone, and no reason to keep from anybody what its row says else, or what stands in other rows.

use super::Result;
use rusqlite::Connection;
use serde::de::DeserializeOwned;

/// What a column holds; `None` where it makes no sense.
pub fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// How many alerts, messages, matches and mutes have lost a part of what they say.
///
/// # Errors
/// When the archive cannot be read.
pub fn lost(connection: &Connection) -> Result<u64> {
    let sql =
        "SELECT (SELECT count(*) FROM alert WHERE NOT (json_valid(lines) AND json_valid(evidence) AND json_valid(ifnull(known, '{}'))))
                 + (SELECT count(*) FROM delivery WHERE NOT json_valid(news)) + (SELECT count(*) FROM match WHERE NOT json_valid(evidence))
                 + (SELECT count(*) FROM mute WHERE NOT (json_valid(rules) AND json_valid(feeds)))";
    Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))?.cast_unsigned())
}
