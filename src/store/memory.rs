//! What of the archive is kept in memory, so that an article costs the same however many are archived.

use super::{Result, recent::Recent, register::Register};
use rusqlite::Connection;

/// It belongs to the write connection: only the writer's jobs use it, one at a time.
#[derive(Debug, Default)]
pub struct Memory {
    /// The newest articles, which stories are found among.
    pub recent: Recent,
    /// By what articles and stories are known.
    pub register: Register,
}

impl Memory {
    /// Holds all of it against the archive. Once a transaction, before anything else in here.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn refresh(&mut self, connection: &Connection) -> Result<()> {
        self.recent.refresh(connection)?;
        self.register.refresh(connection)
    }
}
