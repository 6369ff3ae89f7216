//! The account of a period: each match went to each sink of its rule in exactly one way, and this says which. Read-only: what
//! does not balance is named, never mended.

use super::Result;
use rusqlite::{Connection, named_params};
use std::collections::BTreeMap;

/// The most faults that are named; all are counted.
const NAMED: i64 = 20;

/// Where the matches of a period went.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Account {
    /// Matches of rules in the period.
    pub matches: i64,
    /// Of these, matches of an import that wait for their summary.
    pub waiting: i64,
    /// Of these, matches of an import whose rule left the config before it was summed up.
    pub orphaned: i64,
    /// In: what was to be told, one for each match and sink of its rule.
    pub routed: i64,
    /// Out, by where it went: `delivered`, `pending`, `leased`, `held`, `grouped`, `copy`, `muted`, `in digest`, `expired`,
    /// `dead`. A word without any is left out.
    pub went: BTreeMap<String, i64>,
    /// Messages beside the first of an alert: follow-ups and reminders.
    pub followed: i64,
    /// Whatever is lost, doubled or told without a reason.
    pub faults: i64,
    /// The first of these.
    pub named: Vec<Fault>,
}

/// Something that does not balance.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// What is wrong, as a fragment.
    pub what: String,
    /// The article of the match, where there is one.
    pub article: Option<i64>,
    /// Id of the rule.
    pub rule: String,
    /// The sink.
    pub sink: String,
}

impl Account {
    /// Whether as much went out as came in, and nothing is lost or doubled.
    pub fn balances(&self) -> bool {
        self.faults == 0 && self.routed == self.went.values().sum::<i64>()
    }
}

/// What a row of `fate` came to, in one word.
pub const OUTCOME: &str =
    "CASE f.way WHEN 'muted' THEN 'muted' WHEN 'copy' THEN 'copy' WHEN 'grouped' THEN 'grouped' WHEN 'summary' THEN 'in digest'
  ELSE CASE d.state WHEN 'sent' THEN 'delivered' WHEN 'merged' THEN 'in digest' ELSE d.state END END";

/// What must never be: each gives article, rule and sink.
const FAULTS: &[(&str, &str)] = &[
    (
        "went nowhere at this sink",
        "SELECT m.article, m.rule, s.value FROM match m, json_each(m.sinks) s
         WHERE m.seen_ms >= :since AND m.seen_ms < :until AND NOT EXISTS (SELECT 1 FROM fate f WHERE f.article = m.article AND f.rule = m.rule AND f.sink = s.value)",
    ),
    (
        "went to a sink that its rule did not have",
        "SELECT f.article, f.rule, f.sink FROM match m JOIN fate f ON f.article = m.article AND f.rule = m.rule
         WHERE m.seen_ms >= :since AND m.seen_ms < :until AND f.sink NOT IN (SELECT value FROM json_each(ifnull(m.sinks, '[]')))",
    ),
    (
        "was told by another sink, rule or alert than it says",
        "SELECT f.article, f.rule, f.sink FROM match m JOIN fate f ON f.article = m.article AND f.rule = m.rule
         JOIN delivery d ON d.n = f.delivery JOIN alert a ON a.n = d.alert
         WHERE m.seen_ms >= :since AND m.seen_ms < :until AND (d.sink <> f.sink OR a.rule <> f.rule OR d.alert IS NOT m.alert)",
    ),
    (
        "is in a digest of another sink, or one that is in a digest itself",
        "SELECT a.article, a.rule, d.sink FROM delivery d JOIN alert a ON a.n = d.alert JOIN delivery into_ ON into_.n = d.digest JOIN alert b ON b.n = into_.alert
         WHERE a.alerted_ms >= :since AND a.alerted_ms < :until AND (into_.sink <> d.sink OR into_.state = 'merged' OR b.kind <> 'digest')",
    ),
    (
        "was told without a match",
        "SELECT a.article, a.rule, d.sink FROM alert a JOIN delivery d ON d.alert = a.n
         WHERE a.kind = 'match' AND d.occasion = 'new' AND a.alerted_ms >= :since AND a.alerted_ms < :until
           AND EXISTS (SELECT 1 FROM match m WHERE m.article = a.article AND m.rule = a.rule) AND NOT EXISTS (SELECT 1 FROM fate f WHERE f.delivery = d.n)
           AND NOT EXISTS (SELECT 1 FROM passed_on p JOIN delivery o ON o.n = p.delivery WHERE o.alert = d.alert AND o.occasion = d.occasion)",
    ),
    (
        "was passed on as something else",
        "SELECT a.article, a.rule, f.sink FROM passed_on p JOIN delivery d ON d.n = p.delivery JOIN delivery f ON f.n = p.fallback JOIN alert a ON a.n = d.alert
         WHERE a.alerted_ms >= :since AND a.alerted_ms < :until AND (f.alert <> d.alert OR f.occasion <> d.occasion OR f.sink = d.sink)",
    ),
    (
        "has two messages to itself",
        "SELECT min(f.article), f.rule, f.sink FROM match m JOIN fate f ON f.article = m.article AND f.rule = m.rule
         WHERE m.seen_ms >= :since AND m.seen_ms < :until AND f.way = 'own' GROUP BY f.delivery HAVING count(*) > 1",
    ),
];

/// The account of the matches seen from `since_ms` up to before `until_ms`.
///
/// # Errors
/// When the archive cannot be read.
pub fn account(connection: &Connection, since_ms: i64, until_ms: i64) -> Result<Account> {
    // One snapshot: a match that is settled meanwhile is in on both sides or on none.
    let snapshot = connection.unchecked_transaction()?;
    let period = named_params! { ":since": since_ms, ":until": until_ms };
    let sums = "SELECT count(*), ifnull(sum(m.sinks IS NULL AND r.retired_ms IS NULL), 0), ifnull(sum(m.sinks IS NULL AND r.retired_ms IS NOT NULL), 0),
      ifnull(sum(json_array_length(m.sinks)), 0) FROM match m JOIN rule r ON r.n = m.rule WHERE m.seen_ms >= :since AND m.seen_ms < :until";
    let (matches, waiting, orphaned, routed) =
        snapshot.query_row(sums, period, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let went = format!(
        "SELECT {OUTCOME}, count(*) FROM match m JOIN fate f ON f.article = m.article AND f.rule = m.rule LEFT JOIN delivery d ON d.n = f.delivery
         WHERE m.seen_ms >= :since AND m.seen_ms < :until GROUP BY 1"
    );
    let went = snapshot.prepare(&went)?.query_map(period, |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    let more = "SELECT count(*) FROM delivery WHERE occasion <> 'new' AND created_ms >= :since AND created_ms < :until";
    let followed = snapshot.query_row(more, period, |row| row.get(0))?;
    let mut account = Account { matches, waiting, orphaned, routed, went, followed, ..Account::default() };
    for (what, sql) in FAULTS {
        account.faults += snapshot.query_row(&format!("SELECT count(*) FROM ({sql})"), period, |row| row.get::<_, i64>(0))?;
        let named = format!("SELECT x.*, r.id FROM ({sql} LIMIT {NAMED}) x JOIN rule r ON r.n = x.rule");
        let read = |row: &rusqlite::Row<'_>| Ok(Fault { what: (*what).into(), article: row.get(0)?, rule: row.get(3)?, sink: row.get(2)? });
        account.named.extend(snapshot.prepare(&named)?.query_map(period, read)?.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    Ok(account)
}
