//! Messages that wait: put on hold as the policy of their rule says, and let go when their time has come, alone or in a digest.
//! All of it is in `delivery`; the decision is the engine's.

use super::{
    Result, StoreError,
    alert::{self, NewAlert},
    dead::SINK_IS_GONE,
    delivery, pause, rule, story,
};
use crate::engine::{
    alert::{
        AlertKind,
        digest::{self, Entry},
        policy::{HOUR_MS, HeldFor, Hold, Policy, Standing, hold, raised},
    },
    rule::Severity,
};
use rusqlite::{Connection, OptionalExtension, params};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

/// The most messages that are let go in one transaction, each by itself, and the most alerts that a digest looks at to find those
/// that it names.
const CHUNK: usize = 500;

/// The most that go into digests in one transaction. A storm is told in one: this is more than a document brings, but for one that is
/// made to hurt; so many take some tenths of a second of the writer, which is the one exception from its rule of short jobs beside the
/// messages of a sink that is gone.
const MOST_GATHERED: usize = 20_000;

/// The longest that anything but a pause or a cooldown holds, in milliseconds: a message that waits longer was held before the clock
/// was set back. A digest comes once a week at least.
const LONGEST_MS: i64 = 8 * 24 * HOUR_MS;

/// The same of a cooldown, for which the config takes 30 days at most.
const LONGEST_COOLDOWN_MS: i64 = 31 * 24 * HOUR_MS;

/// The policies of a config, and where its alerts go.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    /// By the rule's id.
    pub rules: HashMap<String, Arc<Policy>>,
    /// Where each rule's alerts go, by its id.
    pub routes: HashMap<String, Arc<[String]>>,
    /// The sinks that there are.
    pub sinks: HashSet<String>,
    /// Of alerts that no rule of the config raised.
    pub other: Arc<Policy>,
}

impl Policies {
    /// The policy of a rule.
    pub fn of(&self, rule: &str) -> &Policy {
        self.rules.get(rule).unwrap_or(&self.other)
    }

    /// The sinks of a rule; none of one that left the config.
    pub fn route(&self, rule: &str) -> &[String] {
        self.routes.get(rule).map_or(&[], |route| route)
    }
}

/// What an alert is to a sink, as far as holding it goes.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// Row of the alert.
    pub alert: i64,
    /// Row of its rule.
    pub rule: i64,
    /// Its severity.
    pub severity: Severity,
    /// The sink's name.
    pub sink: &'a str,
}

/// Whether a message waits, and until when.
///
/// # Errors
/// When the archive cannot be read.
pub fn decide(connection: &Connection, policy: &Policy, message: Message<'_>, now_ms: i64) -> Result<Option<Hold>> {
    let told_ms = if policy.cooldown_ms > 0 { told_ms(connection, message)? } else { None };
    let spent_until_ms = match policy.max_per_hour {
        Some(most) => spent_until_ms(connection, message, most, now_ms)?,
        None => None,
    };
    let standing = Standing { paused_until_ms: pause::until_ms(connection, now_ms)?, told_ms, spent_until_ms };
    Ok(hold(policy, message.severity, standing, now_ms))
}

/// When the alert last went on its way to the sink.
fn told_ms(connection: &Connection, message: Message<'_>) -> Result<Option<i64>> {
    let sql = "SELECT max(max(created_ms, ifnull(settled_ms, 0))) FROM delivery
               WHERE alert = ?1 AND sink = ?2 AND state <> 'held' AND (error IS NULL OR error <> ?3)";
    Ok(connection.prepare_cached(sql)?.query_row(params![message.alert, message.sink, SINK_IS_GONE], |row| row.get(0))?)
}

/// Until when the rule has had its messages of the hour at the sink. What is over it waits together, so that the digest takes the
/// first place that comes free.
fn spent_until_ms(connection: &Connection, message: Message<'_>, most: u32, now_ms: i64) -> Result<Option<i64>> {
    let waiting: Option<i64> = connection
        .prepare_cached(
            "SELECT min(until_ms) FROM delivery INDEXED BY delivery_budget WHERE sink = ?1 AND rule = ?2 AND state = 'held' AND held_for = 'budget'",
        )?
        .query_row(params![message.sink, message.rule], |row| row.get(0))?;
    match waiting {
        // Its digest is due: what comes now is judged with it.
        Some(until_ms) => Ok(Some(until_ms.max(now_ms + 1))),
        None => hour_full_until_ms(connection, message, most, now_ms),
    }
}

/// Until when the messages of the last hour are as many as may be. A digest counts once for each rule that it tells of.
fn hour_full_until_ms(connection: &Connection, message: Message<'_>, most: u32, now_ms: i64) -> Result<Option<i64>> {
    let nth: Option<i64> = connection
        .prepare_cached(
            "WITH at_sink AS (SELECT n, rule, created_ms AS at FROM delivery INDEXED BY delivery_recent
               WHERE sink = ?1 AND rule IN (?2, (SELECT n FROM rule WHERE id = ?3)) AND created_ms > ?4 AND created_ms <= ?5
                 AND state NOT IN ('held', 'merged'))
             SELECT at FROM at_sink
             WHERE rule = ?2 OR EXISTS (SELECT 1 FROM delivery m INDEXED BY delivery_digest WHERE m.digest = at_sink.n AND m.rule = ?2)
             ORDER BY at DESC LIMIT 1 OFFSET ?6",
        )?
        .query_row(params![message.sink, message.rule, digest::RULE, now_ms - HOUR_MS, now_ms, most - 1], |row| row.get(0))
        .optional()?;
    Ok(nth.map(|at| at + HOUR_MS))
}

/// What became of messages whose time had come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Released {
    /// Let go, each by itself.
    pub single: usize,
    /// Digests made.
    pub digests: usize,
    /// Told by them.
    pub gathered: usize,
    /// On hold for another reason now.
    pub again: usize,
}

impl Released {
    /// Whether any message may go out now.
    pub fn any(&self) -> bool {
        self.single + self.digests > 0
    }

    /// Whether more may be due. What is on hold again is not, so it alone is no reason to look at once, unless it filled a chunk.
    pub fn is_part(&self) -> bool {
        self.any() || self.again >= CHUNK
    }
}

/// A message whose time has come.
struct Due {
    row: i64,
    alert: i64,
    rule: i64,
    rule_id: String,
    sink: String,
    why: HeldFor,
    severity: Severity,
}

/// Lets the messages of a storm be told, all of which is archived now: those that would have waited until then.
///
/// # Errors
/// When the archive refuses the statement.
pub fn storm_is_over(connection: &Connection, until_ms: i64, now_ms: i64) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE delivery INDEXED BY delivery_held SET until_ms = ?2 WHERE state = 'held' AND until_ms = ?1 AND held_for = 'budget'",
        )?
        .execute([until_ms, now_ms])?;
    Ok(())
}

/// Lets go what has waited long enough, up to a chunk: each by itself, or in one digest for each sink. What has another reason to
/// wait goes on waiting.
///
/// # Errors
/// When the archive refuses a statement.
pub fn release(connection: &Connection, policies: &Policies, now_ms: i64) -> Result<Released> {
    let mut released = Released::default();
    let mut digests: BTreeMap<String, Vec<Due>> = BTreeMap::new();
    let gathers = due(connection, true, now_ms)?;
    for due in gathers.into_iter().chain(due(connection, false, now_ms)?) {
        let policy = policies.of(&due.rule_id);
        let message = Message { alert: due.alert, rule: due.rule, severity: due.severity, sink: &due.sink };
        let held = if due.why.gathers() {
            gathered_later(connection, policy, message, due.why, now_ms)?
        } else {
            decide(connection, policy, message, now_ms)?
        };
        match held {
            Some(hold) => {
                delivery::hold_on(connection, due.row, hold)?;
                released.again += 1;
            }
            None if due.why.gathers() => digests.entry(due.sink.clone()).or_default().push(due),
            None => {
                delivery::let_go(connection, due.row, now_ms)?;
                released.single += 1;
            }
        }
    }
    for (sink, dues) in digests {
        match dues.as_slice() {
            // A digest of one is the message itself.
            [only] => {
                delivery::let_go(connection, only.row, now_ms)?;
                released.single += 1;
            }
            _ => {
                released.digests += 1;
                released.gathered += dues.len();
                gather(connection, &sink, dues, now_ms)?;
            }
        }
    }
    Ok(released)
}

/// Whether what waits for a digest that is due must wait for a later one: a pause and quiet hours still hold it, and a budget
/// that others have spent meanwhile.
fn gathered_later(connection: &Connection, policy: &Policy, message: Message<'_>, why: HeldFor, now_ms: i64) -> Result<Option<Hold>> {
    let silent = Policy { quiet: policy.quiet.clone(), ..Policy::default() };
    let spent_until_ms = match policy.max_per_hour {
        Some(most) if why == HeldFor::Budget => hour_full_until_ms(connection, message, most, now_ms)?,
        _ => None,
    };
    let standing = Standing { paused_until_ms: pause::until_ms(connection, now_ms)?, spent_until_ms, ..Standing::default() };
    Ok(hold(&silent, message.severity, standing, now_ms).map(|hold| Hold { why, ..hold }))
}

/// What has waited long enough, of what is told together or of the rest.
fn due(connection: &Connection, gathers: bool, now_ms: i64) -> Result<Vec<Due>> {
    let mut query = connection.prepare_cached(
        "SELECT d.n, d.alert, a.rule, r.id, d.sink, d.held_for, a.severity FROM delivery d JOIN alert a ON a.n = d.alert JOIN rule r ON r.n = a.rule
         WHERE d.state = 'held' AND (d.until_ms <= ?1 OR (d.until_ms > ?2 AND d.held_for <> 'pause' AND d.until_ms IS NOT ?3
             AND (d.held_for <> 'cooldown' OR d.until_ms > ?6)))
           AND (d.held_for IN ('digest', 'budget')) = ?4
         ORDER BY d.until_ms, d.n LIMIT ?5",
    )?;
    let most = if gathers { MOST_GATHERED } else { CHUNK };
    let paused_until_ms = pause::until_ms(connection, now_ms)?;
    let [longest_ms, cooldown_ms] = [LONGEST_MS, LONGEST_COOLDOWN_MS].map(|ms| now_ms.saturating_add(ms));
    let rows = query.query_map(params![now_ms, longest_ms, paused_until_ms, gathers, most as i64, cooldown_ms], |row| {
        Ok(Due {
            row: row.get(0)?,
            alert: row.get(1)?,
            rule: row.get(2)?,
            rule_id: row.get(3)?,
            sink: row.get(4)?,
            // A word that is none holds nothing back that is due.
            why: HeldFor::of(&row.get::<_, String>(5)?).unwrap_or(HeldFor::Quiet),
            severity: alert::severity_from(row.get(6)?),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Tells messages of one sink in one, which each of them names from now on.
fn gather(connection: &Connection, sink: &str, mut dues: Vec<Due>, now_ms: i64) -> Result<()> {
    dues.sort_by_key(|due| std::cmp::Reverse((due.severity, due.alert)));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    dues.iter().for_each(|due| *counts.entry(&due.rule_id).or_default() += 1);
    let entries = dues.iter().take(CHUNK).map(|due| {
        // Counted now: that its readers know of no more may be because nobody asked.
        let (alert, known) = (alert::load(connection, due.alert)?, alert::known(connection, due.alert)?.map_or(0, |known| known.sources));
        let sources = alert.story.filter(|_| known > 0).map_or(Ok(0), |story| story::independent_sources(connection, story))?;
        Ok(Entry { alert, sources: sources.max(known) })
    });
    let told = digest::tell(&counts, entries.collect::<Result<_>>()?);
    let row = rule::own(connection, digest::RULE, now_ms)?;
    let sinks = [sink.to_owned()];
    let new = NewAlert {
        row,
        group_key: format!("{sink}:{now_ms}:{}", dues[0].row),
        kind: AlertKind::Digest,
        severity: told.severity,
        story: None,
        article: None,
        feed: "",
        title: &told.title,
        lines: &told.lines,
        url: None,
        published_ms: None,
        offered_after_ms: None,
        first_seen_ms: now_ms,
        alerted_ms: now_ms,
        evidence: "[]",
        sinks: &sinks,
        // What made its alerts wait has been asked of each of them.
        policy: &Policy::default(),
        known: None,
    };
    let Some(digest) = alert::raise(connection, &new)? else {
        return Err(StoreError::Corrupt("two digests of one message".into()));
    };
    let into = delivery::newest(connection, digest, sink)?.ok_or_else(|| StoreError::Corrupt("a digest without a delivery".into()))?;
    for due in &dues {
        delivery::merge(connection, due.row, into.row, now_ms)?;
    }
    Ok(())
}

/// Makes alerts more severe that nobody has acknowledged in time, and tells them again where they were told; where none of those
/// sinks is left, where their rule's alerts go now. Gives how many.
///
/// # Errors
/// When the archive refuses a statement.
pub fn escalate(connection: &Connection, policies: &Policies, now_ms: i64) -> Result<usize> {
    let late: Vec<(i64, i64, String, String, i64)> = connection
        .prepare_cached(
            "SELECT a.n, a.rule, r.id, a.severity, a.alerted_ms FROM alert a JOIN rule r ON r.n = a.rule
             WHERE a.escalates_ms <= ?1 AND a.acked_ms IS NULL ORDER BY a.escalates_ms LIMIT ?2",
        )?
        .query_map(params![now_ms, CHUNK as i64], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (alert, rule, rule_id, severity, alerted_ms) in &late {
        let severity = raised(alert::severity_from(severity.clone()));
        alert::set_severity(connection, *alert, severity, now_ms)?;
        let since = match now_ms - alerted_ms {
            HOUR_MS.. => format!("for {} h", (now_ms - alerted_ms) / HOUR_MS),
            0.. => format!("for {} min", (now_ms - alerted_ms) / 60_000),
            // By a clock that was ahead it was told when it is yet to be.
            _ => "in time".to_owned(),
        };
        let news = [format!("more urgent: not acknowledged {since}")];
        let mut sinks = delivery::sinks_of(connection, *alert)?;
        sinks.retain(|sink| policies.sinks.contains(sink));
        if sinks.is_empty() {
            sinks.extend_from_slice(policies.route(rule_id));
        }
        for sink in &sinks {
            let message = Message { alert: *alert, rule: *rule, severity, sink };
            delivery::tell_more(connection, policies.of(rule_id), message, "reminder", &news, now_ms)?;
        }
    }
    Ok(late.len())
}
