//! The state of the whole in a few numbers.

use super::{Result, delivery};
use rusqlite::Connection;

/// What the daemon is doing, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Feeds of the config.
    pub feeds: i64,
    /// Of these, failing.
    pub failing: i64,
    /// Articles archived so far, those pruned since counted too.
    pub articles: i64,
    /// Alerts raised in the last 24 hours.
    pub alerts_today: i64,
    /// Deliveries that wait.
    pub waiting: u64,
}

/// Counts.
///
/// # Errors
/// When the archive cannot be read.
pub fn counts(connection: &Connection, now_ms: i64) -> Result<Counts> {
    // Rows are never renumbered, so the highest number costs nothing where a count would read the whole table.
    let sql = "SELECT (SELECT count(*) FROM feed WHERE retired_ms IS NULL), (SELECT count(*) FROM feed WHERE retired_ms IS NULL AND failures > 0),
                 (SELECT ifnull(max(n), 0) FROM article), (SELECT count(*) FROM alert WHERE alerted_ms > ?1)";
    let (feeds, failing, articles, alerts_today) =
        connection.prepare_cached(sql)?.query_row([now_ms - 86_400_000], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    Ok(Counts { feeds, failing, articles, alerts_today, waiting: delivery::open_count(connection)? })
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} feeds ({} failing), {} articles, {} alerts in 24 h, {} deliveries waiting",
            self.feeds, self.failing, self.articles, self.alerts_today, self.waiting
        )
    }
}
