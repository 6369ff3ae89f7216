//! The `delivery` table, the outbox: claim under a lease, act outside, settle.

use super::{
    Result, StoreError, alert,
    hold::{self, Message},
    json, pause,
};
use crate::engine::alert::{
    Alert,
    policy::{Hold, Policy},
};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A delivery under a lease.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its row.
    pub row: i64,
    /// What is to be told.
    pub alert: Alert,
    /// Why it is told: `new`, `follow-up 1`, `reminder 1`.
    pub occasion: String,
    /// How often it was tried before.
    pub attempts: u32,
    /// When it was put into the outbox, Unix milliseconds.
    pub created_ms: i64,
    /// The first delivery of the message that it was tried in before: the other side may know that one by its key.
    pub batch: Option<i64>,
}

/// How a try ended.
#[derive(Debug, Clone)]
pub enum Settled {
    /// It went out; the sink's receipt.
    Sent(String),
    /// To be tried again.
    Retry {
        /// When, Unix milliseconds.
        due_ms: i64,
        /// Why it failed.
        error: String,
    },
    /// Given up; it stays in the dead-letter list with the reason.
    Dead(String),
    /// Too late to be worth a try; it stays in the list with the reason.
    Expired(String),
}

/// A delivery of an alert to a sink, as far as telling it again goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest {
    /// Its row.
    pub row: i64,
    /// Whether it still waits, so that more can be said in it.
    pub held: bool,
}

/// The newest delivery of an alert to a sink.
///
/// # Errors
/// When the archive cannot be read.
pub fn newest(connection: &Connection, alert: i64, sink: &str) -> Result<Option<Newest>> {
    let sql = "SELECT n, state = 'held' FROM delivery WHERE alert = ?1 AND sink = ?2 ORDER BY n DESC LIMIT 1";
    let read = |row: &Row<'_>| Ok(Newest { row: row.get(0)?, held: row.get(1)? });
    Ok(connection.prepare_cached(sql)?.query_row(params![alert, sink], read).optional()?)
}

/// The sinks that an alert went to.
///
/// # Errors
/// When the archive cannot be read.
pub fn sinks_of(connection: &Connection, alert: i64) -> Result<Vec<String>> {
    let mut query = connection.prepare_cached("SELECT sink FROM delivery WHERE alert = ?1 GROUP BY sink ORDER BY min(n)")?;
    Ok(query.query_map([alert], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Puts a message into the outbox, due at once or on hold as the policy says; gives its row.
///
/// # Errors
/// When the archive refuses a statement: an alert has one delivery for each sink and occasion.
pub fn add(connection: &Connection, policy: &Policy, message: Message<'_>, occasion: &str, news: &[String], now_ms: i64) -> Result<i64> {
    let hold = hold::decide(connection, policy, message, now_ms)?;
    let state = if hold.is_some() { "held" } else { "pending" };
    Ok(connection
        .prepare_cached(
            "INSERT INTO delivery (alert, rule, sink, occasion, state, due_ms, created_ms, news, held_for, until_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9) RETURNING n",
        )?
        .query_row(
            params![
                message.alert,
                message.rule,
                message.sink,
                occasion,
                state,
                now_ms,
                serde_json::Value::from(news).to_string(),
                hold.map(|hold| hold.why.word()),
                hold.map(|hold| hold.until_ms)
            ],
            |row| row.get(0),
        )?)
}

/// Tells a match of an alert at a sink: in the message that still waits there, else in one of its own where there is `news`, else by
/// what the sink was told before. Gives the row, and whether the message is a new one. `occasion` is numbered.
///
/// # Errors
/// When the archive refuses a statement.
pub fn tell_again(
    connection: &Connection,
    policy: &Policy,
    message: Message<'_>,
    occasion: &str,
    news: &[String],
    now_ms: i64,
) -> Result<(i64, bool)> {
    match newest(connection, message.alert, message.sink)? {
        None => Ok((add(connection, policy, message, "new", news, now_ms)?, true)),
        Some(newest) if newest.held => {
            append(connection, newest.row, news)?;
            Ok((newest.row, false))
        }
        Some(newest) if news.is_empty() => Ok((newest.row, false)),
        Some(_) => Ok((add_numbered(connection, policy, message, occasion, news, now_ms)?, true)),
    }
}

/// Says more of an alert at a sink than its matches do: in the message that still waits there, else in one of its own. A sink that
/// was told nothing of it before learns of it by this.
///
/// # Errors
/// When the archive refuses a statement.
pub fn tell_more(
    connection: &Connection,
    policy: &Policy,
    message: Message<'_>,
    occasion: &str,
    news: &[String],
    now_ms: i64,
) -> Result<()> {
    match newest(connection, message.alert, message.sink)?.filter(|newest| newest.held) {
        Some(waiting) => append(connection, waiting.row, news),
        None => add_numbered(connection, policy, message, occasion, news, now_ms).map(drop),
    }
}

fn add_numbered(
    connection: &Connection,
    policy: &Policy,
    message: Message<'_>,
    occasion: &str,
    news: &[String],
    now_ms: i64,
) -> Result<i64> {
    // Not by how many there are: a message that was passed on from another sink has the number that it had there.
    let sql = "SELECT ifnull(max(CAST(substr(occasion, length(?3) + 2) AS INTEGER)), 0) + 1 FROM delivery
               WHERE alert = ?1 AND sink = ?2 AND occasion LIKE ?3 || ' %'";
    let of = params![message.alert, message.sink, occasion];
    let number: i64 = connection.prepare_cached(sql)?.query_row(of, |row| row.get(0))?;
    add(connection, policy, message, &format!("{occasion} {number}"), news, now_ms)
}

/// The most lines of news that one message gathers.
const MOST_NEWS: usize = 12;

fn append(connection: &Connection, row: i64, news: &[String]) -> Result<()> {
    if news.is_empty() {
        return Ok(());
    }
    let mut lines = news_of(connection, row)?;
    for line in news {
        if lines.len() < MOST_NEWS && !lines.contains(line) {
            lines.push(line.clone());
        }
    }
    let lines = serde_json::Value::from(lines).to_string();
    connection.prepare_cached("UPDATE delivery SET news = ?2 WHERE n = ?1")?.execute(params![row, lines])?;
    Ok(())
}

fn news_of(connection: &Connection, row: i64) -> Result<Vec<String>> {
    let text: String = connection.prepare_cached("SELECT news FROM delivery WHERE n = ?1")?.query_row([row], |row| row.get(0))?;
    Ok(json::read(&text).unwrap_or_default())
}

/// Holds a message that waits, or holds it until another time or for another reason.
///
/// # Errors
/// When the archive refuses the statement.
pub fn hold_on(connection: &Connection, row: i64, hold: Hold) -> Result<()> {
    connection
        .prepare_cached("UPDATE delivery SET state = 'held', held_for = ?2, until_ms = ?3 WHERE n = ?1 AND state IN ('held', 'pending')")?
        .execute(params![row, hold.why.word(), hold.until_ms])?;
    Ok(())
}

/// Lets a message go that waited: it is put into the outbox now, so its time to expire begins.
///
/// # Errors
/// When the archive refuses the statement.
pub fn let_go(connection: &Connection, row: i64, now_ms: i64) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE delivery SET state = 'pending', held_for = NULL, until_ms = NULL, due_ms = ?2, created_ms = ?2 WHERE n = ?1 AND state = 'held'",
        )?
        .execute([row, now_ms])?;
    Ok(())
}

/// Lets a digest tell a message that waited for it.
///
/// # Errors
/// When the archive refuses the statement.
pub fn merge(connection: &Connection, row: i64, digest: i64, now_ms: i64) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE delivery SET state = 'merged', digest = ?2, held_for = NULL, until_ms = NULL, settled_ms = ?3 WHERE n = ?1 AND state = 'held'",
        )?
        .execute([row, digest, now_ms])?;
    Ok(())
}

/// Lets go every lease of another owner: its process is gone, as this one holds the archive's lock.
///
/// # Errors
/// When the archive refuses the statement.
pub fn recover(connection: &Connection, owner: &str) -> Result<usize> {
    Ok(connection
        .execute("UPDATE delivery SET state = 'pending', lease_owner = NULL WHERE state = 'leased' AND lease_owner <> ?1", [owner])?)
}

/// Leases up to `limit` deliveries of a sink that are due, the oldest alert first, and none in a pause; gives up those whose alert is
/// gone. A due time further off than `longest_ms` counts as due: the clock was set back. The index is named, else SQLite might take
/// one by which each look would read every delivery that waits, or every one that was ever made.
///
/// # Errors
/// When the archive refuses a statement, or contradicts itself.
pub fn claim(connection: &Connection, sink: &str, owner: &str, now_ms: i64, longest_ms: i64, limit: usize) -> Result<Vec<Delivery>> {
    if pause::holds(connection, sink, now_ms)? {
        return Ok(Vec::new());
    }
    let waits = "sink = ?1 AND state = 'pending' AND (due_ms <= ?3 OR due_ms > ?3 + ?4)";
    let in_turn = format!("SELECT n FROM delivery INDEXED BY delivery_turn WHERE {waits} ORDER BY n LIMIT ?5");
    // What the index holds is asked of the row too: else one that a fallen bit keeps in there would be told for ever.
    let sql = format!(
        "UPDATE delivery SET state = 'leased', lease_owner = ?2 WHERE n IN ({in_turn}) AND state = 'pending'
         RETURNING n, alert, occasion, attempts, created_ms, batch"
    );
    let asked = params![sink, owner, now_ms, longest_ms, limit as i64];
    let rows: Vec<(i64, i64, String, u32, i64, Option<i64>)> = connection
        .prepare_cached(&sql)?
        .query_map(asked, |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?)))?
        .collect::<rusqlite::Result<_>>()?;
    if rows.is_empty() {
        // Nothing is due by the rows; then it must be by neither of the indexes.
        let open = format!("SELECT n FROM delivery INDEXED BY delivery_open WHERE {waits} AND state IN ('pending', 'leased')");
        if connection.prepare_cached(&format!("SELECT ?2 FROM ({in_turn}) UNION ALL SELECT ?2 FROM ({open})"))?.exists(asked)? {
            return Err(StoreError::Damaged("the indexes of the outbox contradict it".into()));
        }
    }
    let mut claimed = Vec::with_capacity(rows.len());
    for (row, alert, occasion, attempts, created_ms, batch) in rows {
        let alert = match alert::load(connection, alert) {
            // Nobody can tell it, and the others must not wait for it.
            Err(StoreError::Sql(rusqlite::Error::QueryReturnedNoRows)) => {
                settle(connection, row, owner, &Settled::Dead("the archive no longer has its alert".into()), now_ms)?;
                continue;
            }
            loaded => Alert { news: news_of(connection, row)?, ..loaded? },
        };
        claimed.push(Delivery { row, alert, occasion, attempts, created_ms, batch });
    }
    claimed.sort_unstable_by_key(|delivery| delivery.row);
    Ok(claimed)
}

/// Notes that deliveries go out as one message, the first of which is `batch`. Written down before it is sent: whatever becomes of this
/// process, they are told again in a message of the same key.
///
/// # Errors
/// When the archive refuses the statement.
pub fn put_together(connection: &Connection, rows: &[i64], batch: i64) -> Result<()> {
    let mut update = connection.prepare_cached("UPDATE delivery SET batch = ?2 WHERE n = ?1")?;
    rows.iter().try_for_each(|row| update.execute([*row, batch]).map(drop))?;
    Ok(())
}

/// Writes down how a try ended. A delivery that this owner no longer leases is left alone.
///
/// # Errors
/// When the archive refuses the statement.
pub fn settle(connection: &Connection, row: i64, owner: &str, settled: &Settled, now_ms: i64) -> Result<()> {
    let (state, due_ms, receipt, error, done) = match settled {
        Settled::Sent(receipt) => ("sent", None, Some(receipt), None, true),
        Settled::Retry { due_ms, error } => ("pending", Some(*due_ms), None, Some(error), false),
        Settled::Dead(error) => ("dead", None, None, Some(error), true),
        Settled::Expired(error) => ("expired", None, None, Some(error), true),
    };
    connection
        .prepare_cached(
            "UPDATE delivery SET state = ?3, due_ms = ifnull(?4, due_ms), receipt = ifnull(?5, receipt), error = ?6, lease_owner = NULL,
               attempts = attempts + 1, settled_ms = iif(?7, ?8, NULL) WHERE n = ?1 AND lease_owner = ?2 AND state = 'leased'",
        )?
        .execute(params![row, owner, state, due_ms, receipt, error, done, now_ms])?;
    Ok(())
}

/// Gives leases back untouched, without counting a try.
///
/// # Errors
/// When the archive refuses the statement.
pub fn release(connection: &Connection, sink: &str, owner: &str) -> Result<()> {
    connection.execute(
        "UPDATE delivery INDEXED BY delivery_open SET state = 'pending', lease_owner = NULL
         WHERE sink = ?1 AND lease_owner = ?2 AND state IN ('pending', 'leased') AND state = 'leased'",
        [sink, owner],
    )?;
    Ok(())
}

/// Gives back every lease of `owner`, for a process that stops.
///
/// # Errors
/// When the archive refuses the statement.
pub fn release_all(connection: &Connection, owner: &str) -> Result<usize> {
    Ok(connection
        .execute("UPDATE delivery SET state = 'pending', lease_owner = NULL WHERE lease_owner = ?1 AND state = 'leased'", [owner])?)
}

/// When the next delivery of a sink is due, Unix milliseconds.
///
/// # Errors
/// When the archive cannot be read.
pub fn next_due_ms(connection: &Connection, sink: &str) -> Result<Option<i64>> {
    Ok(connection
        .prepare_cached("SELECT min(due_ms) FROM delivery INDEXED BY delivery_open WHERE sink = ?1 AND state IN ('pending', 'leased') AND state = 'pending'")?
        .query_row([sink], |row| row.get(0))?)
}

/// What a sink already shows of a story: the receipt of the newest message, and the rules that it named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// To replace it.
    pub receipt: Option<String>,
    /// Rules already named.
    pub rules: Vec<String>,
}

/// What `sink` shows of `story` since `since_ms`.
///
/// # Errors
/// When the archive cannot be read.
pub fn shown(connection: &Connection, sink: &str, story: i64, since_ms: i64) -> Result<Shown> {
    let receipt = connection
        .prepare_cached(
            "SELECT d.receipt FROM delivery d JOIN alert a ON a.n = d.alert
             WHERE a.story = ?2 AND d.sink = ?1 AND d.state = 'sent' AND d.receipt <> '' AND d.settled_ms >= ?3 ORDER BY d.settled_ms DESC LIMIT 1",
        )?
        .query_row(params![sink, story, since_ms], |row| row.get(0))
        .optional()?;
    let rules = connection
        .prepare_cached(
            "SELECT DISTINCT r.id FROM delivery d JOIN alert a ON a.n = d.alert JOIN rule r ON r.n = a.rule
             WHERE a.story = ?2 AND d.sink = ?1 AND d.state = 'sent' AND d.settled_ms >= ?3 ORDER BY a.n",
        )?
        .query_map(params![sink, story, since_ms], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Shown { receipt, rules })
}

/// Counts of deliveries that are still open, over all sinks.
///
/// # Errors
/// When the archive cannot be read.
pub fn open_count(connection: &Connection) -> Result<u64> {
    let sql = "SELECT count(*) FROM delivery WHERE state IN ('pending', 'leased')";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0))?.unsigned_abs())
}
