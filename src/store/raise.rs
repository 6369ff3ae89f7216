//! A match inside the `ingest` transaction: put on record, and told, joined to what was told already, silenced, or left for a
//! summary. Each way but the last ends in a row of `fate` for each sink; there is no other.

use super::{
    Result, alert, delivery,
    fate::{self, Way},
    hold::Message,
    ingest::{Batch, Candidate, Found, Report},
    story,
};
use crate::{
    abort,
    engine::{
        alert::{
            AlertKind,
            news::{self, Known, News},
            policy::{FollowUp, GroupBy, raised},
        },
        identify::Verdict,
        lang::primary,
    },
};
use rusqlite::{Connection, OptionalExtension, params};

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
    /// The article whose text it repeats.
    pub copy_of: Option<i64>,
}

impl Arrival<'_> {
    /// Whether it is part of a backlog, which is told in sum and makes no news of what was told.
    fn is_backlog(&self) -> bool {
        self.batch.import || self.candidate.verdict == (Verdict::New { silent: true })
    }

    fn now_ms(&self) -> i64 {
        self.batch.polled.at_ms
    }
}

/// What became of earlier matches of the rule in the group of a match.
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
    let earlier = earlier(connection, arrival, found)?;
    let evidence = serde_json::to_string(&found.evidence).unwrap_or_default();
    let waits = found.muted.is_none()
        && match earlier {
            Earlier::None => arrival.is_backlog(),
            Earlier::Waiting => true,
            Earlier::Told(_) => false,
        };
    if !found.begins || !record(connection, arrival, found, &evidence, waits)? {
        return edited(connection, arrival, found);
    }
    report.matched += 1;
    if let Some(mute) = found.muted {
        return put(connection, arrival, found, |_| Ok(Way::Muted(mute)));
    }
    match earlier {
        _ if waits => Ok(()),
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
        .execute(params![arrival.article, found.row.rule, found.row.version, arrival.story, arrival.now_ms(), evidence, sinks])?;
    abort::point("ingest.match");
    Ok(added > 0)
}

/// Raises the alert of a match; `None` when its group had one already, which then tells this match too.
fn raise(connection: &Connection, arrival: &Arrival<'_>, found: &Found, evidence: &str) -> Result<Option<i64>> {
    let (entry, at_ms) = (&arrival.candidate.identified.entry, arrival.now_ms());
    let known = Known { sources: story::independent_sources(connection, arrival.story)?, ..brought(arrival, found) };
    let new = alert::NewAlert {
        row: found.row,
        group_key: match found.policy.group_by {
            GroupBy::Story => format!("story:{}", arrival.story),
            GroupBy::Article => format!("article:{}", arrival.article),
            GroupBy::Rule => format!("rule:{at_ms}"),
        },
        kind: AlertKind::Match,
        severity: found.severity,
        story: Some(arrival.story),
        article: Some(arrival.article),
        feed: &arrival.batch.feed_id,
        title: &entry.title,
        lines: &[],
        url: entry.url.as_deref(),
        published_ms: entry.published_ms,
        offered_after_ms: arrival.batch.offered_after_ms,
        first_seen_ms: at_ms,
        alerted_ms: at_ms,
        evidence,
        sinks: &found.sinks,
        policy: &found.policy,
        known: Some(&known),
    };
    let Some(raised) = alert::raise(connection, &new)? else {
        // Its matches were pruned, the alert was not; or its group began in this very moment.
        let alert = alert::find(connection, found.row.rule, &new.group_key)?;
        join(connection, arrival, found, alert)?;
        return Ok(None);
    };
    point(connection, arrival, found, raised)?;
    put(connection, arrival, found, |sink| {
        let message = Message { alert: raised, rule: found.row.rule, severity: found.severity, sink };
        let (row, _) = delivery::tell_again(connection, &found.policy, message, "new", &[], at_ms)?;
        Ok(Way::Own(row))
    })?;
    Ok(Some(raised))
}

/// A match of a group that has its alert: it is told again where that is news, else by what tells the alert.
fn join(connection: &Connection, arrival: &Arrival<'_>, found: &Found, alert: i64) -> Result<()> {
    point(connection, arrival, found, alert)?;
    let news = if arrival.is_backlog() { News::default() } else { grow(connection, arrival, found, alert, false)? };
    let severity = alert::severity(connection, alert)?;
    put(connection, arrival, found, |sink| {
        let message = Message { alert, rule: found.row.rule, severity, sink };
        let (row, own) = delivery::tell_again(connection, &found.policy, message, "follow-up", &news.lines, arrival.now_ms())?;
        Ok(match arrival.copy_of {
            _ if own => Way::Own(row),
            Some(of) => Way::Copy { delivery: row, of },
            None => Way::Grouped(row),
        })
    })
}

/// New words of an article that matched before: news where the policy says so. A match is on record once, so this adds none.
fn edited(connection: &Connection, arrival: &Arrival<'_>, found: &Found) -> Result<()> {
    let wanted = found.policy.follow_up.iter().any(|on| matches!(on, FollowUp::Edited | FollowUp::NumberChanged));
    if !wanted || arrival.is_backlog() || found.muted.is_some() {
        return Ok(());
    }
    let alert: Option<i64> = connection
        .prepare_cached(
            "SELECT m.alert FROM match m JOIN alert a ON a.n = m.alert WHERE m.article = ?1 AND m.rule = ?2 AND a.kind = 'match'",
        )?
        .query_row([arrival.article, found.row.rule], |row| row.get(0))
        .optional()?;
    let Some(alert) = alert else { return Ok(()) };
    let news = grow(connection, arrival, found, alert, true)?;
    let severity = alert::severity(connection, alert)?;
    if !news.lines.is_empty() {
        for sink in found.sinks.iter() {
            let message = Message { alert, rule: found.row.rule, severity, sink };
            delivery::tell_more(connection, &found.policy, message, "follow-up", &news.lines, arrival.now_ms())?;
        }
    }
    Ok(())
}

/// What an alert's readers learn from this article; they know it from now on.
fn grow(connection: &Connection, arrival: &Arrival<'_>, found: &Found, alert: i64, edited: bool) -> Result<News> {
    let mut brought = brought(arrival, found);
    let Some(told) = alert::known(connection, alert)? else {
        // An alert of an earlier version: what its readers know begins here.
        brought.sources = story::independent_sources(connection, arrival.story)?;
        alert::set_known(connection, alert, &brought)?;
        return Ok(News::default());
    };
    // To count them takes a look at all that is of the story.
    if found.policy.asks_for_more_sources_than(told.sources) {
        brought.sources = story::independent_sources(connection, arrival.story)?;
    }
    let now = told.joined(&brought);
    let news = news::news(&found.policy, &told, &now, edited);
    if now != told {
        alert::set_known(connection, alert, &now)?;
    }
    if news.escalates {
        let severity = raised(alert::severity(connection, alert)?);
        alert::set_severity(connection, alert, severity, arrival.now_ms())?;
    }
    Ok(news)
}

/// What this article itself lets readers know: all but how many sources its story has.
fn brought(arrival: &Arrival<'_>, found: &Found) -> Known {
    let entry = &arrival.candidate.identified.entry;
    let language = entry.language.as_ref().or(arrival.batch.language.as_ref());
    let languages = language.map(|tag| primary(tag)).into_iter().collect();
    Known { languages, sources: 0, official: arrival.batch.official, figures: news::tolls(&found.evidence) }
}

/// Writes down where the match went at each sink of its rule.
fn put(connection: &Connection, arrival: &Arrival<'_>, found: &Found, mut way: impl FnMut(&str) -> Result<Way>) -> Result<()> {
    for sink in found.sinks.iter() {
        let way = way(sink)?;
        fate::put(connection, (arrival.article, found.row.rule), sink, way)?;
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

/// What became of earlier matches of the group. A copy goes where its original went, whatever the group.
fn earlier(connection: &Connection, arrival: &Arrival<'_>, found: &Found) -> Result<Earlier> {
    if found.policy.group_by == GroupBy::Story || arrival.copy_of.is_some() {
        let of_story = of_story(connection, arrival.story, found.row.rule)?;
        if found.policy.group_by == GroupBy::Story || !matches!(of_story, Earlier::None) {
            return Ok(of_story);
        }
    }
    if found.policy.group_by == GroupBy::Article {
        return Ok(Earlier::None);
    }
    let (now_ms, window_ms) = (arrival.now_ms(), found.policy.window_ms());
    let open: Option<i64> = connection
        .prepare_cached(
            "SELECT max(n) FROM alert WHERE rule = ?1 AND group_key >= 'rule:' AND group_key < 'rule;' AND alerted_ms > ?2 AND alerted_ms <= ?3",
        )?
        .query_row(params![found.row.rule, now_ms.saturating_sub(window_ms), now_ms], |row| row.get(0))?;
    Ok(open.map_or(Earlier::None, Earlier::Told))
}

/// Muted matches were told to nobody, so they count for nothing here. Neither question looks at more than one match: thousands may
/// be of one story.
fn of_story(connection: &Connection, story: i64, rule: i64) -> Result<Earlier> {
    let told: Option<i64> = connection
        .prepare_cached("SELECT max(alert) FROM match INDEXED BY match_story WHERE story = ?1 AND rule = ?2")?
        .query_row([story, rule], |row| row.get(0))?;
    if let Some(alert) = told {
        return Ok(Earlier::Told(alert));
    }
    let waits = connection
        .prepare_cached(
            "SELECT 1 FROM match INDEXED BY match_story WHERE story = ?1 AND rule = ?2 AND alert IS NULL AND (sinks IS NULL) = 1",
        )?
        .exists([story, rule])?;
    Ok(if waits { Earlier::Waiting } else { Earlier::None })
}
