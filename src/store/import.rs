//! Summaries of imports: one alert for each rule over everything that feeds already held when they were first read.

use super::{
    Result,
    alert::{self, NewAlert},
    delivery,
    rule::RuleRow,
};
use crate::engine::{
    alert::{AlertKind, policy::Policy},
    rule::Severity,
};
use rusqlite::{Connection, params};
use std::sync::Arc;

/// How many titles a summary names.
const TITLES: i64 = 3;

/// A rule of the config, for [`summarise`].
#[derive(Debug, Clone)]
pub struct Target {
    /// Rule and version.
    pub row: RuleRow,
    /// Severity of its alerts.
    pub severity: Severity,
    /// Where its alerts go.
    pub sinks: Vec<String>,
    /// When they wait.
    pub policy: Arc<Policy>,
}

/// When the oldest match that waits for a summary was seen, Unix milliseconds. What a rule matched that has left the config waits for
/// none, unless the rule comes back.
///
/// # Errors
/// When the archive cannot be read.
pub fn waiting_since_ms(connection: &Connection) -> Result<Option<i64>> {
    let sql = "SELECT min(m.seen_ms) FROM match m JOIN rule r ON r.n = m.rule WHERE m.sinks IS NULL AND r.retired_ms IS NULL";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Raises one summary for each rule that has matches waiting; gives the alerts' rows.
///
/// # Errors
/// When the archive refuses a statement.
pub fn summarise(connection: &Connection, targets: &[Target], now_ms: i64) -> Result<Vec<i64>> {
    let mut raised = Vec::new();
    for target in targets {
        let (stories, articles): (i64, i64) = connection
            .prepare_cached("SELECT count(DISTINCT story), count(*) FROM match WHERE rule = ?1 AND sinks IS NULL")?
            .query_row([target.row.rule], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if articles > 0 {
            raised.extend(raise(connection, target, stories, articles, now_ms)?);
        }
    }
    // What a rule that is gone matched waits for nobody: no sink is left to tell.
    Ok(raised)
}

fn raise(connection: &Connection, target: &Target, stories: i64, articles: i64, now_ms: i64) -> Result<Option<i64>> {
    let group_key = format!("import:{now_ms}");
    let title = match (stories, articles) {
        (1, 1) => "1 article was there already".to_owned(),
        (s, a) if s == a => format!("{a} articles were there already"),
        (s, a) => format!("{a} articles in {s} stories were there already"),
    };
    let lines: Vec<String> = connection
        .prepare_cached(
            "SELECT max(a.title) FROM match m JOIN article a ON a.n = m.article WHERE m.rule = ?1 AND m.sinks IS NULL
             GROUP BY m.story ORDER BY max(ifnull(a.published_ms, a.first_seen_ms)) DESC, max(a.n) DESC LIMIT ?2",
        )?
        .query_map(params![target.row.rule, TITLES], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let new = NewAlert {
        row: target.row,
        group_key,
        kind: AlertKind::Import,
        severity: target.severity.min(Severity::Normal),
        story: None,
        article: None,
        feed: "",
        title: &title,
        lines: &lines,
        url: None,
        published_ms: None,
        offered_after_ms: None,
        first_seen_ms: now_ms,
        alerted_ms: now_ms,
        evidence: "[]",
        sinks: &target.sinks,
        policy: &target.policy,
        known: None,
    };
    let Some(alert) = alert::raise(connection, &new)? else { return Ok(None) };
    for sink in &target.sinks {
        let delivery = delivery::newest(connection, alert, sink)?.map(|newest| newest.row);
        connection
            .prepare_cached(
                "INSERT INTO fate (article, rule, sink, way, delivery) SELECT article, rule, ?2, 'summary', ?3 FROM match WHERE rule = ?1 AND sinks IS NULL",
            )?
            .execute(params![target.row.rule, sink, delivery])?;
    }
    let sinks = serde_json::Value::from(target.sinks.clone()).to_string();
    connection.prepare_cached("UPDATE match SET alert = ?2, sinks = ?3 WHERE rule = ?1 AND sinks IS NULL")?.execute(params![
        target.row.rule,
        alert,
        sinks
    ])?;
    Ok(Some(alert))
}

#[cfg(test)]
mod tests {
    use super::{super::open, *};

    #[test]
    fn what_a_rule_matched_that_is_gone_keeps_no_other_summary_from_waiting_for_all_of_it() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let archive = open::read_write(&folder.path().join("a.db"))?;
        archive.execute_batch(
            "INSERT INTO rule (n, id, retired_ms) VALUES (1, 'old', 5), (2, 'new', NULL);
             INSERT INTO rule_version (n, rule, hash, source, since_ms) VALUES (1, 1, 'h', '{}', 0), (2, 2, 'h', '{}', 0);
             INSERT INTO match (article, rule, version, story, evidence, seen_ms) VALUES (1, 1, 1, 1, '[]', 7);",
        )?;
        assert_eq!(waiting_since_ms(&archive)?, None);
        archive.execute("INSERT INTO match (article, rule, version, story, evidence, seen_ms) VALUES (2, 2, 2, 1, '[]', 9)", [])?;
        assert_eq!(waiting_since_ms(&archive)?, Some(9));
        Ok(())
    }
}
