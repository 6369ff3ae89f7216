//! The `host` table: hosts that asked for a pause or could not be reached. It outlives the process, so that a restart is no
//! way round a 429.

use super::Result;
use crate::engine::manners::host::Strain;
use rusqlite::{Connection, params};

/// Every host that is remembered.
///
/// # Errors
/// When the archive cannot be read.
pub fn all(connection: &Connection) -> Result<Vec<(String, Strain)>> {
    let mut query = connection.prepare_cached("SELECT name, times, until_ms, asked FROM host")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, Strain { times: row.get(1)?, until_ms: row.get(2)?, asked: row.get(3)? })))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Remembers a host, or forgets it with `None`.
///
/// # Errors
/// When the archive refuses the statement.
pub fn put(connection: &Connection, name: &str, strain: Option<Strain>) -> Result<()> {
    match strain {
        Some(Strain { times, until_ms, asked }) => connection
            .prepare_cached("INSERT OR REPLACE INTO host (name, times, until_ms, asked) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![name, times, until_ms, asked])?,
        None => connection.prepare_cached("DELETE FROM host WHERE name = ?1")?.execute([name])?,
    };
    Ok(())
}
