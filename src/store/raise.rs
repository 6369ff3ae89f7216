//! A match inside the `ingest` transaction: put on record, and told, joined to what was told already, or left for a summary.
//! Each way ends in a row of `fate` for each sink; there is no other.

use super::{
    Result, alert, delivery,
    fate::{self, Way},
    ingest::{Batch, Candidate, Found, Report},
};
use crate::{
    abort,
    engine::{alert::AlertKind, identify::Verdict},
};
use rusqlite::{Connection, params};

/// An article that was archived just now, for the rules that hold for it.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// What brought it.
    pub batch: &'a Batch,
    /// The entry.
    pub candidate: &'a Candidate,
    /// Its row.
    pub article: i64,
    /// Its story.
    pub story: i64,
}

/// What became of a story's earlier matches of a rule.
enum Earlier {
    /// There was none.
    None,
    /// They wait for a summary.
    Waiting,
    /// An alert told them.
    Told(i64),
}

/// Puts on record that a rule holds for an article, and settles where that goes.
///
/// # Errors
/// When the archive refuses a statement.
pub fn settle(connection: &Connection, arrival: &Arrival<'_>, found: &Found, report: &mut Report) -> Result<()> {
    let earlier = earlier(connection, arrival.story, found.row.rule)?;
    let evidence = serde_json::to_string(&found.evidence).unwrap_or_default();
    let waits = match earlier {
        Earlier::None => arrival.batch.import || arrival.candidate.verdict == (Verdict::New { silent: true }),
        Earlier::Waiting => true,
        Earlier::Told(_) => false,
    };
    if !record(connection, arrival, found, &evidence, waits)? {
        return Ok(());
    }
    report.matched += 1;
    if waits {
        return Ok(());
    }
    match earlier {
        Earlier::Told(alert) => join(connection, arrival, found, alert),
        _ => {
            report.raised.extend(raise(connection, arrival, found, &evidence)?);
            abort::point("ingest.told");
            Ok(())
        }
    }
}

/// Records the match; `false` when it was on record already.
fn record(connection: &Connection, arrival: &Arrival<'_>, found: &Found, evidence: &str, waits: bool) -> Result<bool> {
    let sinks = (!waits).then(|| serde_json::Value::from(found.sinks.to_vec()).to_string());
    let added = connection
        .prepare_cached(
            "INSERT OR IGNORE INTO match (article, rule, version, story, seen_ms, evidence, sinks) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![arrival.article, found.row.rule, found.row.version, arrival.story, arrival.batch.polled.at_ms, evidence, sinks])?;
    abort::point("ingest.match");
    Ok(added > 0)
}

/// Raises the alert of a rule for a story; `None` when the story had one already, which then tells this match too.
fn raise(connection: &Connection, arrival: &Arrival<'_>, found: &Found, evidence: &str) -> Result<Option<i64>> {
    let (entry, at_ms) = (&arrival.candidate.identified.entry, arrival.batch.polled.at_ms);
    let new = alert::NewAlert {
        row: found.row,
        group_key: format!("story:{}", arrival.story),
        kind: AlertKind::Match,
        severity: found.severity,
        story: Some(arrival.story),
        article: Some(arrival.article),
        feed: &arrival.batch.feed_id,
        title: &entry.title,
        lines: &[],
        url: entry.url.as_deref(),
        published_ms: entry.published_ms,
        first_seen_ms: at_ms,
        alerted_ms: at_ms,
        evidence,
        sinks: &found.sinks,
    };
    let Some(raised) = alert::raise(connection, &new)? else {
        // Its matches were pruned, the alert was not.
        let alert = alert::find(connection, found.row.rule, &new.group_key)?;
        join(connection, arrival, found, alert)?;
        return Ok(None);
    };
    point(connection, arrival, found, raised)?;
    for sink in found.sinks.iter() {
        let delivery = delivery::newest(connection, raised, sink, at_ms)?;
        fate::put(connection, (arrival.article, found.row.rule), sink, Way::Own(delivery))?;
    }
    Ok(Some(raised))
}

/// A match of a group that has its alert: at each sink it goes by the newest delivery of that.
fn join(connection: &Connection, arrival: &Arrival<'_>, found: &Found, alert: i64) -> Result<()> {
    point(connection, arrival, found, alert)?;
    for sink in found.sinks.iter() {
        let delivery = delivery::newest(connection, alert, sink, arrival.batch.polled.at_ms)?;
        fate::put(connection, (arrival.article, found.row.rule), sink, Way::Grouped(delivery))?;
    }
    Ok(())
}

/// Points a match at the alert that tells it.
fn point(connection: &Connection, arrival: &Arrival<'_>, found: &Found, alert: i64) -> Result<()> {
    connection.prepare_cached("UPDATE match SET alert = ?3 WHERE article = ?1 AND rule = ?2")?.execute(params![
        arrival.article,
        found.row.rule,
        alert
    ])?;
    Ok(())
}

fn earlier(connection: &Connection, story: i64, rule: i64) -> Result<Earlier> {
    let mut query = connection.prepare_cached("SELECT count(*), max(alert) FROM match WHERE story = ?1 AND rule = ?2")?;
    Ok(match query.query_row(params![story, rule], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))? {
        (_, Some(alert)) => Earlier::Told(alert),
        (0, None) => Earlier::None,
        (_, None) => Earlier::Waiting,
    })
}
