//! The `fate` table: where a match went at each sink, one row each, written by the transaction that decided it. What became of
//! a delivery stands in `delivery`; never decides.

use super::Result;
use rusqlite::{Connection, params};

/// How a match goes to a sink, with the row that it goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It has this delivery to itself.
    Own(i64),
    /// An alert of its group tells it, by this delivery.
    Grouped(i64),
    /// It is the same text as an article that this delivery tells.
    Copy {
        /// The delivery.
        delivery: i64,
        /// The article.
        of: i64,
    },
    /// What a feed held when it was first read: told in sum by this delivery.
    Summary(i64),
    /// Silenced by this row of `mute`.
    Muted(i64),
}

/// A match, by its article and its rule's row.
pub type Matched = (i64, i64);

/// Writes down where a match went at a sink.
///
/// # Errors
/// When the archive refuses the statement: a match goes to a sink in one way, once.
pub fn put(connection: &Connection, (article, rule): Matched, sink: &str, way: Way) -> Result<()> {
    let (word, delivery, copy_of, mute) = match way {
        Way::Own(delivery) => ("own", Some(delivery), None, None),
        Way::Grouped(delivery) => ("grouped", Some(delivery), None, None),
        Way::Copy { delivery, of } => ("copy", Some(delivery), Some(of), None),
        Way::Summary(delivery) => ("summary", Some(delivery), None, None),
        Way::Muted(mute) => ("muted", None, None, Some(mute)),
    };
    connection
        .prepare_cached("INSERT INTO fate (article, rule, sink, way, delivery, copy_of, mute) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![article, rule, sink, word, delivery, copy_of, mute])?;
    Ok(())
}
