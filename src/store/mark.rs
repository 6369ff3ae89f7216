//! What a person says of alerts: acknowledged, noise, useful. Columns of `alert`.

use super::{Result, open};
use rusqlite::{Connection, params};

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Seen: it will not become more urgent by itself.
    Acknowledged,
    /// It should not have been raised.
    Noise,
    /// It was rightly raised.
    Useful,
}

impl Mark {
    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Mark::Acknowledged => "acknowledged",
            Mark::Noise => "noise",
            Mark::Useful => "useful",
        }
    }
}

/// Marks alerts, all or none; gives the first that there is not. Who judges an alert has seen it.
///
/// # Errors
/// When the archive refuses a statement.
pub fn mark(connection: &Connection, alerts: &[i64], mark: Mark, now_ms: i64) -> Result<Option<i64>> {
    let transaction = open::writing(connection)?;
    let verdict = (mark != Mark::Acknowledged).then(|| mark.word());
    for alert in alerts {
        let sql = "UPDATE alert SET acked_ms = ifnull(acked_ms, ?2), escalates_ms = NULL, verdict = ifnull(?3, verdict) WHERE n = ?1";
        if transaction.prepare_cached(sql)?.execute(params![alert, now_ms, verdict])? == 0 {
            return Ok(Some(*alert));
        }
    }
    transaction.commit()?;
    Ok(None)
}
