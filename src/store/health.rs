//! The `condition` table: what is wrong at this moment, since when, and the alert that told it. One condition is open once,
//! so it is told once; what ends and begins anew is told anew. Never decides what is wrong.

use super::{
    Result,
    alert::{self, NewAlert},
    rule::RuleRow,
};
use crate::engine::{
    alert::{AlertKind, policy::Policy},
    health::{About, Condition, Kind, Telling, judge::Findings, tell},
    rule::Severity,
};
use rusqlite::{Connection, Row, params};
use std::{collections::HashSet, sync::Arc};

/// Where health alerts go: `[health]` of the config in force.
#[derive(Debug, Clone)]
pub struct Outlet {
    /// The row that stands for a rule.
    pub row: RuleRow,
    /// Whether conditions are told at all; they are kept all the same.
    pub enabled: bool,
    /// How urgent.
    pub severity: Severity,
    /// Sinks by name.
    pub sinks: Arc<[String]>,
    /// When they wait.
    pub policy: Arc<Policy>,
}

/// A condition as the archive keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What it is about.
    pub about: About,
    /// What is wrong.
    pub kind: Kind,
    /// Since when, Unix milliseconds.
    pub since_ms: i64,
    /// One sentence.
    pub title: String,
    /// The alert that told it.
    pub alert: Option<i64>,
}

/// What changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Conditions that began.
    pub begun: Vec<Condition>,
    /// Conditions that ended.
    pub ended: Vec<(About, Kind)>,
    /// Alerts raised, by row.
    pub raised: Vec<i64>,
}

/// Opens these conditions; those that are not open yet are told, many of a kind in one alert.
///
/// # Errors
/// When the archive refuses a statement; so for all in here.
pub fn begin(connection: &Connection, outlet: &Outlet, conditions: Vec<Condition>, now_ms: i64) -> Result<Change> {
    let mut put = connection.prepare_cached(
        "INSERT INTO condition (about, kind, since_ms, title) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (about, kind) WHERE ended_ms IS NULL DO NOTHING",
    )?;
    let mut begun = Vec::new();
    for condition in conditions {
        let added = put.execute(params![condition.about.to_string(), condition.kind.word(), condition.since_ms, condition.title])?;
        if added > 0 {
            begun.push(condition);
        }
    }
    let mut raised = Vec::new();
    for telling in tell(&begun).iter().filter(|_| outlet.enabled) {
        raised.extend(raise(connection, outlet, &begun, telling, now_ms)?);
    }
    Ok(Change { begun, ended: Vec::new(), raised })
}

fn raise(connection: &Connection, outlet: &Outlet, begun: &[Condition], telling: &Telling, now_ms: i64) -> Result<Option<i64>> {
    let new = NewAlert {
        row: outlet.row,
        group_key: telling.group_key.clone(),
        kind: AlertKind::Health,
        severity: outlet.severity,
        story: None,
        article: None,
        feed: &telling.feed,
        title: &telling.title,
        lines: &telling.lines,
        url: telling.url.as_deref(),
        published_ms: None,
        offered_after_ms: None,
        first_seen_ms: telling.since_ms,
        alerted_ms: now_ms,
        evidence: "[]",
        sinks: &outlet.sinks,
        policy: &outlet.policy,
        known: None,
    };
    let Some(alert) = alert::raise(connection, &new)? else { return Ok(None) };
    let mut note = connection.prepare_cached("UPDATE condition SET alert = ?3 WHERE about = ?1 AND kind = ?2 AND ended_ms IS NULL")?;
    for condition in telling.told.iter().filter_map(|place| begun.get(*place)) {
        note.execute(params![condition.about.to_string(), condition.kind.word(), alert])?;
    }
    Ok(Some(alert))
}

/// Ends a condition; says whether it was open.
///
/// # Errors
/// As [`begin`].
pub fn end(connection: &Connection, about: &About, kind: Kind, now_ms: i64) -> Result<bool> {
    let ended = connection
        .prepare_cached("UPDATE condition SET ended_ms = ?3 WHERE about = ?1 AND kind = ?2 AND ended_ms IS NULL")?
        .execute(params![about.to_string(), kind.word(), now_ms])?;
    Ok(ended > 0)
}

/// Makes the open conditions of `kinds` those that are found: opens and ends as needed. What was not looked at stays as it is.
///
/// # Errors
/// As [`begin`].
pub fn settle(connection: &Connection, outlet: &Outlet, kinds: &[Kind], found: Findings, now_ms: i64) -> Result<Change> {
    let mut ended = Vec::new();
    // Where the network is half away, thousands stand and thousands hold.
    let holds: HashSet<(&About, Kind)> = found.holding.iter().map(|condition| (&condition.about, condition.kind)).collect();
    let judged = |standing: &Standing| kinds.contains(&standing.kind) && !found.leave(&standing.about);
    for standing in open(connection)?.into_iter().filter(judged) {
        if !holds.contains(&(&standing.about, standing.kind)) && end(connection, &standing.about, standing.kind, now_ms)? {
            ended.push((standing.about, standing.kind));
        }
    }
    Ok(Change { ended, ..begin(connection, outlet, found.holding, now_ms)? })
}

/// Every condition that is open, the oldest first.
///
/// # Errors
/// As [`begin`].
pub fn open(connection: &Connection) -> Result<Vec<Standing>> {
    let mut query = connection
        .prepare_cached("SELECT about, kind, since_ms, title, alert FROM condition WHERE ended_ms IS NULL ORDER BY since_ms, n")?;
    let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
    let rows: Vec<_> = query.query_map([], read)?.collect::<rusqlite::Result<_>>()?;
    // What makes no sense is none: what it was begins again, where it still is so.
    let known = rows.into_iter().filter_map(|(about, kind, since_ms, title, alert)| {
        Some(Standing { about: About::parse(&about)?, kind: Kind::of(&kind)?, since_ms, title, alert })
    });
    Ok(known.collect())
}
