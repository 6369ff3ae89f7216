//! Messages that wait for a sink which left the config: nobody would ever take them out. They are handed on to where the alerts of
//! their rule go now.

use super::{
    Result, alert,
    dead::{self, SINK_IS_GONE},
    delivery,
    hold::{self, Message, Policies},
    json,
};
use crate::engine::alert::policy::MOST_AT_ONCE;
use rusqlite::{Connection, OptionalExtension, params};
use std::{borrow::Cow, collections::HashSet};

/// What became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Buried {
    /// How many other sinks tell.
    pub handed_on: usize,
    /// How many nobody tells.
    pub given_up: usize,
}

/// A message that waited for a sink which left the config.
struct Orphan {
    row: i64,
    alert: i64,
    /// Row of the alert's rule.
    rule: i64,
    /// The rule by whose policy and route it goes: of a digest, one that it tells.
    rule_id: String,
    severity: String,
    occasion: String,
    news: Vec<String>,
    is_digest: bool,
}

/// Ends every message that waits for a sink which left the config, however many there are, and hands it on to each sink of its
/// rule's that was not told the same. There it is held as any other would be; a digest goes out at once.
///
/// # Errors
/// When the archive refuses a statement.
pub fn bury(connection: &Connection, policies: &Policies, now_ms: i64) -> Result<Buried> {
    let orphans = end(connection, &policies.sinks, now_ms)?;
    // So many are told together, as a storm of articles is.
    let is_storm = orphans.len() > MOST_AT_ONCE;
    let mut buried = Buried::default();
    for row in orphans {
        let handed_on = match read(connection, row)? {
            Some(orphan) => hand_on(connection, policies, &orphan, is_storm, now_ms)?,
            // Not in an archive that is sound.
            None => false,
        };
        buried.handed_on += usize::from(handed_on);
        buried.given_up += usize::from(!handed_on);
    }
    Ok(buried)
}

/// Ends every delivery that waits for a sink which is not among `sinks`; gives the rows. What such a sink has in hand comes to its own
/// end. The indexes are named, else each look would read every delivery that was ever made.
fn end(connection: &Connection, sinks: &HashSet<String>, now_ms: i64) -> Result<Vec<i64>> {
    let names = serde_json::Value::from_iter(sinks.iter().map(String::as_str)).to_string();
    // What the indexes hold is asked of the row too, as in `delivery::claim`: else a fallen bit would make one that was sent a dead
    // letter.
    let orphan = "sink NOT IN (SELECT value FROM json_each(?1))";
    let sql = format!(
        "UPDATE delivery SET state = 'dead', error = ?3, settled_ms = ?2, held_for = NULL, until_ms = NULL
         WHERE n IN (SELECT n FROM delivery INDEXED BY delivery_turn WHERE state = 'pending' AND {orphan}
                     UNION ALL SELECT n FROM delivery INDEXED BY delivery_held WHERE state = 'held' AND {orphan})
           AND state IN ('pending', 'held') RETURNING n"
    );
    let mut ended = connection.prepare_cached(&sql)?;
    let mut rows: Vec<i64> = ended.query_map(params![names, now_ms, SINK_IS_GONE], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    rows.sort_unstable();
    Ok(rows)
}

fn read(connection: &Connection, row: i64) -> Result<Option<Orphan>> {
    let sql = "SELECT d.alert, a.rule, a.severity, d.occasion, d.news, a.kind = 'digest',
                 ifnull((SELECT m.id FROM delivery whole JOIN delivery part ON part.digest = whole.n JOIN alert told ON told.n = part.alert
                         JOIN rule m ON m.n = told.rule WHERE whole.alert = d.alert ORDER BY part.n LIMIT 1), r.id)
               FROM delivery d JOIN alert a ON a.n = d.alert JOIN rule r ON r.n = a.rule WHERE d.n = ?1";
    let orphan = connection.prepare_cached(sql)?.query_row([row], |found| {
        Ok(Orphan {
            row,
            alert: found.get(0)?,
            rule: found.get(1)?,
            severity: found.get(2)?,
            occasion: found.get(3)?,
            news: json::read(&found.get::<_, String>(4)?).unwrap_or_default(),
            is_digest: found.get(5)?,
            rule_id: found.get(6)?,
        })
    });
    Ok(orphan.optional()?)
}

/// Gives whether anybody tells it.
fn hand_on(connection: &Connection, policies: &Policies, orphan: &Orphan, is_storm: bool, now_ms: i64) -> Result<bool> {
    let policy = policies.of(&orphan.rule_id);
    let policy = if is_storm { Cow::Owned(policy.in_storm(now_ms)) } else { Cow::Borrowed(policy) };
    let severity = alert::severity_from(orphan.severity.clone());
    let mut is_told = false;
    for sink in policies.route(&orphan.rule_id) {
        let known = told(connection, orphan, sink)?;
        is_told |= known != Some(false);
        if known.is_some() {
            continue;
        }
        let message = Message { alert: orphan.alert, rule: orphan.rule, severity, sink };
        match orphan.occasion.split_once(' ') {
            // Each sink counts its own.
            Some((occasion, _number)) => delivery::tell_more(connection, &policy, message, occasion, &orphan.news, now_ms)?,
            None => {
                let hold = if orphan.is_digest { None } else { hold::decide(connection, &policy, message, now_ms)? };
                let added = dead::pass_on(connection, orphan.row, sink, now_ms)?;
                if let Some((row, hold)) = added.zip(hold) {
                    delivery::hold_on(connection, row, hold)?;
                }
            }
        }
    }
    Ok(is_told)
}

/// Whether a sink has a message that tells the same, and whether that one was told or waits; `None` where it has none.
fn told(connection: &Connection, orphan: &Orphan, sink: &str) -> Result<Option<bool>> {
    let sql = "SELECT occasion, news, state NOT IN ('dead', 'expired') FROM delivery
               WHERE alert = ?1 AND sink = ?2 AND (error IS NULL OR error <> ?3 OR state <> 'dead')";
    let mut there = connection.prepare_cached(sql)?;
    let there = there.query_map(params![orphan.alert, sink, SINK_IS_GONE], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let there: Vec<(String, String, bool)> = there.collect::<rusqlite::Result<_>>()?;
    if orphan.occasion == "new" {
        return Ok(there.iter().find(|(occasion, ..)| occasion == "new").map(|(.., lives)| *lives));
    }
    let lines: HashSet<String> =
        there.iter().filter(|(.., lives)| *lives).flat_map(|(_, news, _)| json::read::<Vec<String>>(news).unwrap_or_default()).collect();
    Ok(orphan.news.iter().all(|line| lines.contains(line)).then_some(true))
}
