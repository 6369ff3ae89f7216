//! The `rule` and `rule_version` tables: which rules there are, and every text that they had.

use super::Result;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashSet;

/// A rule in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleRow {
    /// Its row.
    pub rule: i64,
    /// The row of the version that decides now.
    pub version: i64,
}

/// One rule of the config, for [`sync`].
#[derive(Debug, Clone)]
pub struct RuleText {
    /// Its id.
    pub id: String,
    /// Hash of its meaning, in hex.
    pub hash: String,
    /// Its text as JSON.
    pub source: String,
}

/// Makes the tables agree with the config: adds rules and versions, revives and retires. Rows come in the order given.
///
/// # Errors
/// When the archive refuses a statement.
pub fn sync(connection: &Connection, rules: &[RuleText], now_ms: i64) -> Result<Vec<RuleRow>> {
    let mut live = connection.prepare_cached("SELECT n FROM rule WHERE retired_ms IS NULL")?;
    let mut left: HashSet<i64> = live.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let rows = rules.iter().map(|text| put(connection, text, now_ms)).collect::<Result<Vec<_>>>()?;
    rows.iter().for_each(|row| _ = left.remove(&row.rule));
    let mut retire = connection.prepare_cached("UPDATE rule SET retired_ms = ?2 WHERE n = ?1")?;
    for rule in left {
        retire.execute(params![rule, now_ms])?;
    }
    Ok(rows)
}

/// The row of a rule that is marsad's own, such as that of its digests: in no config, so retired from the first.
///
/// # Errors
/// When the archive refuses a statement.
pub fn own(connection: &Connection, id: &str, now_ms: i64) -> Result<RuleRow> {
    let row = put(connection, &RuleText { id: id.to_owned(), hash: id.to_owned(), source: "{}".to_owned() }, now_ms)?;
    connection.prepare_cached("UPDATE rule SET retired_ms = ifnull(retired_ms, ?2) WHERE n = ?1")?.execute(params![row.rule, now_ms])?;
    Ok(row)
}

fn put(connection: &Connection, text: &RuleText, now_ms: i64) -> Result<RuleRow> {
    // At most starts every rule is known as it is: nothing is written then.
    let mut known = connection.prepare_cached(
        "SELECT r.n, v.n FROM rule r JOIN rule_version v ON v.rule = r.n AND v.hash = ?2 WHERE r.id = ?1 AND r.retired_ms IS NULL",
    )?;
    let row = known.query_row(params![text.id, text.hash], |row| Ok(RuleRow { rule: row.get(0)?, version: row.get(1)? })).optional()?;
    row.map_or_else(|| renew(connection, text, now_ms), Ok)
}

fn renew(connection: &Connection, text: &RuleText, now_ms: i64) -> Result<RuleRow> {
    let rule: i64 = connection
        .prepare_cached("INSERT INTO rule (id) VALUES (?1) ON CONFLICT (id) DO UPDATE SET retired_ms = NULL RETURNING n")?
        .query_row([&text.id], |row| row.get(0))?;
    let mut find = connection.prepare_cached("SELECT n FROM rule_version WHERE rule = ?1 AND hash = ?2")?;
    let known = find.query_row(params![rule, text.hash], |row| row.get(0)).optional()?;
    let version = match known {
        Some(version) => version,
        None => {
            connection
                .prepare_cached("INSERT INTO rule_version (rule, hash, source, since_ms) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![rule, text.hash, text.source, now_ms])?;
            connection.last_insert_rowid()
        }
    };
    Ok(RuleRow { rule, version })
}
