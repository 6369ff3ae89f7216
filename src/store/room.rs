//! Whether the archive has room: a row in `meta` that is written for nothing else, and taken away again.

use super::Result;
use rusqlite::Connection;

const KEY: &str = "room";

/// About what a part of a document takes. What is smaller may find room where the log has been before.
const BYTES: usize = 1 << 20;

/// Writes the row.
///
/// # Errors
/// When the archive takes nothing in.
pub fn take(connection: &Connection) -> Result<()> {
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)", [KEY, &"0".repeat(BYTES)])?;
    Ok(())
}

/// Takes it away, in a transaction of its own: what is gone again at the end of one is never written.
///
/// # Errors
/// When the archive takes nothing in.
pub fn give_back(connection: &Connection) -> Result<()> {
    connection.execute("DELETE FROM meta WHERE key = ?1", [KEY])?;
    Ok(())
}
