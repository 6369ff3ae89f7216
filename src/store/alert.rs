//! The `alert` table: raised once for each rule and group, with the evidence copied into it.

use super::{Result, StoreError, delivery, hold::Message, json, rule::RuleRow};
use crate::{
    abort,
    engine::{
        alert::{Alert, AlertKind, news::Known, policy::Policy},
        rule::Severity,
    },
};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// An alert about to be raised.
#[derive(Debug)]
pub struct NewAlert<'a> {
    /// Rule and version that decided.
    pub row: RuleRow,
    /// What it is raised once for.
    pub group_key: String,
    /// What it tells.
    pub kind: AlertKind,
    /// How urgent.
    pub severity: Severity,
    /// Its story.
    pub story: Option<i64>,
    /// The article that raised it.
    pub article: Option<i64>,
    /// Id of the feed.
    pub feed: &'a str,
    /// Title of the article.
    pub title: &'a str,
    /// Further lines.
    pub lines: &'a [String],
    /// Where to read it.
    pub url: Option<&'a str>,
    /// The publisher's word.
    pub published_ms: Option<i64>,
    /// When its feed was last read without it.
    pub offered_after_ms: Option<i64>,
    /// When the article was first seen.
    pub first_seen_ms: i64,
    /// Now.
    pub alerted_ms: i64,
    /// JSON array.
    pub evidence: &'a str,
    /// Where it goes.
    pub sinks: &'a [String],
    /// When it waits.
    pub policy: &'a Policy,
    /// What its readers will know of its story.
    pub known: Option<&'a Known>,
}

/// Raises an alert with one delivery for each sink. `None` when its group has one already.
///
/// # Errors
/// When the archive refuses a statement.
pub fn raise(connection: &Connection, new: &NewAlert<'_>) -> Result<Option<i64>> {
    let kind = word(&new.kind)?;
    let severity = word(&new.severity)?;
    let lines = serde_json::Value::from(new.lines).to_string();
    let known = new.known.map(|known| serde_json::to_string(known).unwrap_or_default());
    let added = connection
        .prepare_cached(
            "INSERT INTO alert (rule, group_key, version, kind, severity, story, article, feed, title, lines, url, published_ms, offered_after_ms, first_seen_ms, alerted_ms, evidence, known, escalates_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) ON CONFLICT (rule, group_key) DO NOTHING RETURNING n",
        )?
        .query_row(
            params![
                new.row.rule, new.group_key, new.row.version, kind, severity, new.story, new.article, new.feed, new.title, lines, new.url,
                new.published_ms, new.offered_after_ms, new.first_seen_ms, new.alerted_ms, new.evidence, known,
                new.policy.escalates_ms(new.alerted_ms)
            ],
            |row| row.get::<_, i64>(0),
        )
        .optional()?;
    abort::point("ingest.alert");
    if let Some(alert) = added {
        for sink in new.sinks {
            let message = Message { alert, rule: new.row.rule, severity: new.severity, sink };
            delivery::add(connection, new.policy, message, "new", &[], new.alerted_ms)?;
            abort::point("ingest.delivery");
        }
    }
    Ok(added)
}

/// The row of the alert that a group of a rule has.
///
/// # Errors
/// When the archive cannot be read, or there is no such alert.
pub fn find(connection: &Connection, rule: i64, group_key: &str) -> Result<i64> {
    let sql = "SELECT n FROM alert WHERE rule = ?1 AND group_key = ?2";
    Ok(connection.prepare_cached(sql)?.query_row(params![rule, group_key], |row| row.get(0))?)
}

/// What the readers of an alert know of its story.
///
/// # Errors
/// When the archive cannot be read, or there is no such alert.
pub fn known(connection: &Connection, alert: i64) -> Result<Option<Known>> {
    let sql = "SELECT known FROM alert WHERE n = ?1";
    let text: Option<String> = connection.prepare_cached(sql)?.query_row([alert], |row| row.get(0))?;
    Ok(text.and_then(|text| json::read(&text)))
}

/// Notes what they will know.
///
/// # Errors
/// When the archive refuses the statement.
pub fn set_known(connection: &Connection, alert: i64, known: &Known) -> Result<()> {
    let text = serde_json::to_string(known).unwrap_or_default();
    connection.prepare_cached("UPDATE alert SET known = ?2 WHERE n = ?1")?.execute(params![alert, text])?;
    Ok(())
}

/// How urgent an alert is by now.
///
/// # Errors
/// When the archive cannot be read, or there is no such alert.
pub fn severity(connection: &Connection, alert: i64) -> Result<Severity> {
    let sql = "SELECT severity FROM alert WHERE n = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([alert], |row| Ok(severity_from(row.get(0)?)))?)
}

/// Makes an alert as urgent as this; it will not rise again for want of an answer. What waits of it is judged again, as what is
/// critical waits for no quiet hours.
///
/// # Errors
/// When the archive refuses a statement.
pub fn set_severity(connection: &Connection, alert: i64, severity: Severity, now_ms: i64) -> Result<()> {
    let word = word(&severity)?;
    connection
        .prepare_cached("UPDATE alert SET severity = ?2, escalates_ms = iif(escalates_ms <= ?3, NULL, escalates_ms) WHERE n = ?1")?
        .execute(params![alert, word, now_ms])?;
    if severity == Severity::Critical {
        connection
            .prepare_cached(
                "UPDATE delivery SET until_ms = ?2, held_for = iif(held_for IN ('digest', 'budget'), 'quiet', held_for) WHERE alert = ?1 AND state = 'held'",
            )?
            .execute(params![alert, now_ms])?;
    }
    Ok(())
}

/// The severity of this word; the default where it is none.
pub fn severity_from(word: String) -> Severity {
    from_word(word).unwrap_or_default()
}

/// A unit variant's name, as serde writes it.
fn word<T: serde::Serialize>(value: &T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(StoreError::Corrupt("a kind or severity without a name".into())),
    }
}

fn from_word<T: serde::de::DeserializeOwned>(word: String) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word)).ok()
}

/// The columns that [`from_row`] reads, in its order; `a` is `alert`, `r` is `rule`.
pub const COLUMNS: &str = "a.n, a.kind, r.id, a.severity, a.story, a.article, a.title, a.lines, a.url, a.feed, a.published_ms, a.first_seen_ms, a.alerted_ms, a.evidence, a.offered_after_ms";

/// What an alert says of itself where a part of it makes no sense.
const LOST: &str = "a part of this alert can no longer be read";

/// An alert from a row of [`COLUMNS`]. One that has lost its severity, lines or evidence is told without them, and says so.
///
/// # Errors
/// When the archive cannot be read.
pub fn from_row(row: &Row<'_>) -> rusqlite::Result<Alert> {
    let severity = from_word(row.get(3)?);
    let (lines, evidence) = (json::read::<Vec<String>>(&row.get::<_, String>(7)?), json::read(&row.get::<_, String>(13)?));
    let lost = (severity.is_none() || lines.is_none() || evidence.is_none()).then(|| LOST.to_owned());
    Ok(Alert {
        id: row.get(0)?,
        kind: from_word(row.get(1)?).unwrap_or(AlertKind::Match),
        rule: row.get(2)?,
        severity: severity.unwrap_or_default(),
        story: row.get(4)?,
        article: row.get(5)?,
        title: row.get(6)?,
        lines: lost.into_iter().chain(lines.unwrap_or_default()).collect(),
        url: row.get(8)?,
        feed: row.get(9)?,
        published_ms: row.get(10)?,
        offered_after_ms: row.get(14)?,
        first_seen_ms: row.get(11)?,
        alerted_ms: row.get(12)?,
        evidence: evidence.unwrap_or_default(),
        news: Vec::new(),
    })
}

/// The alert of this row.
///
/// # Errors
/// When the archive cannot be read, or there is no such alert.
pub fn load(connection: &Connection, alert: i64) -> Result<Alert> {
    let sql = format!("SELECT {COLUMNS} FROM alert a JOIN rule r ON r.n = a.rule WHERE a.n = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([alert], from_row)?)
}

/// Writes down that a person has seen these alerts. The first time counts.
///
/// # Errors
/// When the archive refuses the statement.
pub fn acknowledge(connection: &Connection, alerts: &[i64], now_ms: i64) -> Result<()> {
    let mut update = connection.prepare_cached("UPDATE alert SET acked_ms = ?2 WHERE n = ?1 AND acked_ms IS NULL")?;
    for alert in alerts {
        update.execute(params![alert, now_ms])?;
    }
    Ok(())
}
