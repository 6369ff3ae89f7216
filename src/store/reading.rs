//! The `reading` table: what the entries of a feed's last document were read as. It saves work and decides nothing: what it says is held
//! against the register, and where it says nothing the document is read.

use super::Result;
use crate::engine::parse::Readings;
use rusqlite::{Connection, OptionalExtension, params};

/// Those of a feed.
///
/// # Errors
/// When the archive cannot be read.
pub fn load(connection: &Connection, feed: i64) -> Result<Readings> {
    let mut query = connection.prepare_cached("SELECT readings FROM reading WHERE feed = ?1")?;
    let bytes: Option<Vec<u8>> = query.query_row([feed], |row| row.get(0)).optional()?;
    Ok(Readings::from_bytes(&bytes.unwrap_or_default()))
}

/// Puts those of a new document in their place, as [`Readings::bytes`] gives them.
///
/// # Errors
/// When the archive refuses the statement.
pub fn put(connection: &Connection, feed: i64, readings: &[u8]) -> Result<()> {
    let sql = "INSERT INTO reading (feed, readings) VALUES (?1, ?2)
               ON CONFLICT (feed) DO UPDATE SET readings = excluded.readings WHERE readings <> excluded.readings";
    connection.prepare_cached(sql)?.execute(params![feed, readings])?;
    Ok(())
}
