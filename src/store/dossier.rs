//! All that the archive holds about one alert: the alert, what people said of it, each message with what became of it, and where
//! each article that it tells went. Read-only.

use super::{
    Result, alert,
    audit::OUTCOME,
    json,
    listing::{AlertLine, DeliveryLine},
};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// The most articles whose way is shown.
const MOST_WAYS: i64 = 1_000;

/// An alert with everything about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dossier {
    /// The alert, with its deliveries as listings show them.
    pub line: AlertLine,
    /// The version of its rule that decided: the hash of its meaning.
    pub version: String,
    /// When a person first acknowledged it, Unix milliseconds.
    pub acknowledged_ms: Option<i64>,
    /// `noise` or `useful`, as a person judged it.
    pub verdict: Option<String>,
    /// When it becomes more urgent if nobody acknowledges it, Unix milliseconds.
    pub escalates_ms: Option<i64>,
    /// Its messages, in the order in which they were put into the outbox.
    pub messages: Vec<Message>,
    /// Where the articles that it tells went, by article and sink; at most a thousand.
    pub ways: Vec<Way>,
}

/// One message of an alert to one sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The sink's name.
    pub sink: String,
    /// `new`, `follow-up N` or `reminder`.
    pub occasion: String,
    /// As [`DeliveryLine::state`].
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was put into the outbox or let go from being held, Unix milliseconds.
    pub created_ms: i64,
    /// When it was sent or given up, Unix milliseconds.
    pub settled_ms: Option<i64>,
    /// `pause`, `quiet`, `cooldown`, `digest` or `budget`, while it is held.
    pub held_for: Option<String>,
    /// Until when it is held, Unix milliseconds.
    pub until_ms: Option<i64>,
    /// Why the last try failed.
    pub error: Option<String>,
    /// What it says is new.
    pub news: Vec<String>,
    /// The digest that told it, by the number of its alert.
    pub digest: Option<i64>,
    /// The sink that was told in place of this one.
    pub passed_on: Option<String>,
}

/// Where an article went at a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The article.
    pub article: i64,
    /// The sink's name.
    pub sink: String,
    /// In one word, as the account of [`super::audit`] has it.
    pub outcome: String,
}

/// The dossier of an alert; `None` when there is no alert of this number.
///
/// # Errors
/// When the archive cannot be read.
pub fn dossier(connection: &Connection, number: i64) -> Result<Option<Dossier>> {
    // One snapshot, so that an alert never stands with messages of another moment.
    let snapshot = connection.unchecked_transaction()?;
    let marks = "SELECT v.hash, a.acked_ms, a.verdict, a.escalates_ms FROM alert a JOIN rule_version v ON v.n = a.version WHERE a.n = ?1";
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    let Some((version, acknowledged_ms, verdict, escalates_ms)) = snapshot.query_row(marks, [number], read).optional()? else {
        return Ok(None);
    };
    let messages = messages(&snapshot, number)?;
    let short = |message: &Message| DeliveryLine {
        sink: message.sink.clone(),
        state: message.state.clone(),
        attempts: message.attempts,
        error: message.error.clone(),
    };
    let line = AlertLine { alert: alert::load(&snapshot, number)?, deliveries: messages.iter().map(short).collect() };
    Ok(Some(Dossier { line, version, acknowledged_ms, verdict, escalates_ms, ways: ways(&snapshot, number)?, messages }))
}

fn messages(connection: &Connection, alert: i64) -> Result<Vec<Message>> {
    let mut query = connection.prepare(
        "SELECT d.sink, d.occasion, d.state, d.attempts, d.created_ms, d.settled_ms, d.held_for, d.until_ms, d.error, d.news, g.alert, f.sink
         FROM delivery d LEFT JOIN delivery g ON g.n = d.digest
         LEFT JOIN passed_on p ON p.delivery = d.n LEFT JOIN delivery f ON f.n = p.fallback WHERE d.alert = ?1 ORDER BY d.n",
    )?;
    let read = |row: &Row<'_>| {
        Ok(Message {
            sink: row.get(0)?,
            occasion: row.get(1)?,
            state: row.get(2)?,
            attempts: row.get(3)?,
            created_ms: row.get(4)?,
            settled_ms: row.get(5)?,
            held_for: row.get(6)?,
            until_ms: row.get(7)?,
            error: row.get(8)?,
            // What cannot be read says nothing new.
            news: json::read(&row.get::<_, String>(9)?).unwrap_or_default(),
            digest: row.get(10)?,
            passed_on: row.get(11)?,
        })
    };
    Ok(query.query_map([alert], read)?.collect::<rusqlite::Result<_>>()?)
}

fn ways(connection: &Connection, alert: i64) -> Result<Vec<Way>> {
    let mut query = connection.prepare(&format!(
        "SELECT f.article, f.sink, {OUTCOME} FROM delivery d JOIN fate f ON f.delivery = d.n WHERE d.alert = ?1 ORDER BY f.article, f.sink LIMIT ?2"
    ))?;
    let read = |row: &Row<'_>| Ok(Way { article: row.get(0)?, sink: row.get(1)?, outcome: row.get(2)? });
    Ok(query.query_map(params![alert, MOST_WAYS], read)?.collect::<rusqlite::Result<_>>()?)
}
