//! What listings show of alerts and articles: read-only queries, each short, newest first unless it says otherwise.
//! Never writes, never decides; feeds and totals are in [`super::overview`].

use super::{Result, alert, json};
use crate::engine::{
    alert::Alert,
    rule::{Evidence, Subject},
};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

/// How many rows an export reads in one go: a long read would keep the write-ahead log from being folded back.
pub const CHUNK: usize = 500;

/// An alert with what became of its deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertLine {
    /// The alert.
    pub alert: Alert,
    /// One for each sink and occasion, in the order they were put into the outbox.
    pub deliveries: Vec<DeliveryLine>,
}

/// What became of one delivery.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DeliveryLine {
    /// The sink's name.
    pub sink: String,
    /// `pending`, `leased`, `held`, `sent`, `merged` (a digest told it), `dead` or `expired`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Why the last try failed.
    pub error: Option<String>,
}

impl AlertLine {
    /// One word for all deliveries, the worst first: `pending`, `held`, `dead`, `expired`, else `sent`. An alert without a sink
    /// has nothing open, so it counts as `sent`.
    pub fn state(&self) -> &'static str {
        let any = |states: &[&str]| self.deliveries.iter().any(|delivery| states.contains(&delivery.state.as_str()));
        match () {
            () if any(&["pending", "leased"]) => "pending",
            () if any(&["held"]) => "held",
            () if any(&["dead"]) => "dead",
            () if any(&["expired"]) => "expired",
            () => "sent",
        }
    }
}

/// Which alerts.
#[derive(Debug, Clone, Default)]
pub struct AlertFilter {
    /// Of this rule.
    pub rule: Option<String>,
    /// Raised at or after, Unix milliseconds.
    pub since_ms: Option<i64>,
}

/// The newest `limit` alerts.
///
/// # Errors
/// When the archive cannot be read; so for every query in here.
pub fn alerts(connection: &Connection, filter: &AlertFilter, limit: usize) -> Result<Vec<AlertLine>> {
    read_alerts(connection, filter, 0, "DESC", limit)
}

/// The oldest [`CHUNK`] alerts with a number above `after`, for exports.
///
/// # Errors
/// As [`alerts`].
pub fn alerts_after(connection: &Connection, filter: &AlertFilter, after: i64) -> Result<Vec<AlertLine>> {
    read_alerts(connection, filter, after, "ASC", CHUNK)
}

fn read_alerts(connection: &Connection, filter: &AlertFilter, after: i64, order: &str, limit: usize) -> Result<Vec<AlertLine>> {
    // One snapshot, so that an alert never stands without its deliveries.
    let snapshot = connection.unchecked_transaction()?;
    let sql = format!(
        "SELECT {} FROM alert a JOIN rule r ON r.n = a.rule
         WHERE a.n > :after AND (:rule IS NULL OR r.id = :rule) AND (:since IS NULL OR a.alerted_ms >= :since) ORDER BY a.n {order} LIMIT :limit",
        alert::COLUMNS
    );
    let found: Vec<Alert> = snapshot
        .prepare_cached(&sql)?
        .query_map(
            named_params! { ":after": after, ":rule": filter.rule, ":since": filter.since_ms, ":limit": rows(limit) },
            alert::from_row,
        )?
        .collect::<rusqlite::Result<_>>()?;
    found.into_iter().map(|alert| Ok(AlertLine { deliveries: deliveries(&snapshot, alert.id)?, alert })).collect()
}

fn deliveries(connection: &Connection, alert: i64) -> Result<Vec<DeliveryLine>> {
    let mut query = connection.prepare_cached("SELECT sink, state, attempts, error FROM delivery WHERE alert = ?1 ORDER BY n")?;
    let read = |row: &Row<'_>| Ok(DeliveryLine { sink: row.get(0)?, state: row.get(1)?, attempts: row.get(2)?, error: row.get(3)? });
    Ok(query.query_map([alert], read)?.collect::<rusqlite::Result<_>>()?)
}

/// A limit as SQLite takes it.
fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// An article as archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// Its row.
    pub id: i64,
    /// Id of its feed.
    pub feed: String,
    /// Its story, after merges.
    pub story: i64,
    /// The publisher's identifier.
    pub guid: Option<String>,
    /// Where to read it.
    pub url: Option<String>,
    /// Its title.
    pub title: String,
    /// Its visible text.
    pub text: String,
    /// Who wrote it.
    pub author: Option<String>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// In document order.
    pub categories: Vec<String>,
    /// The publisher's word, Unix milliseconds.
    pub published_ms: Option<i64>,
    /// The publisher's word on the last change, Unix milliseconds.
    pub updated_ms: Option<i64>,
    /// When it was first seen, Unix milliseconds.
    pub first_seen_ms: i64,
    /// When its title or text last changed, Unix milliseconds.
    pub edited_ms: Option<i64>,
}

impl Article {
    /// The article as rules see it: `categories` one a line, `tags` of its feed.
    pub fn subject<'a>(&'a self, categories: &'a str, tags: &'a [String]) -> Subject<'a> {
        Subject {
            title: &self.title,
            text: &self.text,
            url: self.url.as_deref().unwrap_or(""),
            author: self.author.as_deref().unwrap_or(""),
            categories,
            feed: &self.feed,
            tags,
            language: self.language.as_deref(),
            published_ms: self.published_ms,
            seen_ms: self.first_seen_ms,
            folded: None,
        }
    }
}

/// Which articles.
#[derive(Debug, Clone, Default)]
pub struct ArticleFilter {
    /// Of this feed.
    pub feed: Option<String>,
    /// First seen at or after, Unix milliseconds.
    pub since_ms: Option<i64>,
}

const ARTICLE: &str = "SELECT a.n, f.id, ifnull(s.merged_into, s.n), a.guid, a.url, a.title, a.text, a.author, a.language, a.categories,
  a.published_ms, a.updated_ms, a.first_seen_ms, a.edited_ms FROM article a JOIN feed f ON f.n = a.feed JOIN story s ON s.n = a.story";

/// Articles as the outer loop, which CROSS JOIN keeps: rows come in order, and no sort has to read them all.
pub(super) fn in_order() -> String {
    ARTICLE.replace(" JOIN", " CROSS JOIN")
}

pub(super) fn article_from(row: &Row<'_>) -> rusqlite::Result<Article> {
    Ok(Article {
        id: row.get(0)?,
        feed: row.get(1)?,
        story: row.get(2)?,
        guid: row.get(3)?,
        url: row.get(4)?,
        title: row.get(5)?,
        text: row.get(6)?,
        author: row.get(7)?,
        language: row.get(8)?,
        categories: row.get::<_, Option<String>>(9)?.and_then(|text| json::read(&text)).unwrap_or_default(),
        published_ms: row.get(10)?,
        updated_ms: row.get(11)?,
        first_seen_ms: row.get(12)?,
        edited_ms: row.get(13)?,
    })
}

/// The newest `limit` articles.
///
/// # Errors
/// As [`alerts`].
pub fn articles(connection: &Connection, filter: &ArticleFilter, limit: usize) -> Result<Vec<Article>> {
    read_articles(connection, filter, 0, "DESC", limit)
}

/// The oldest [`CHUNK`] articles with a number above `after`, for exports.
///
/// # Errors
/// As [`alerts`].
pub fn articles_after(connection: &Connection, filter: &ArticleFilter, after: i64) -> Result<Vec<Article>> {
    read_articles(connection, filter, after, "ASC", CHUNK)
}

fn read_articles(connection: &Connection, filter: &ArticleFilter, after: i64, order: &str, limit: usize) -> Result<Vec<Article>> {
    let feed: Option<i64> = match &filter.feed {
        None => None,
        Some(id) => match feed_row(connection, id)? {
            None => return Ok(Vec::new()),
            row => row,
        },
    };
    let sql = format!(
        "{} WHERE a.n > :after AND (:feed IS NULL OR a.feed = :feed) AND (:since IS NULL OR a.first_seen_ms >= :since) ORDER BY a.n {order} LIMIT :limit",
        in_order()
    );
    let given = named_params! { ":after": after, ":feed": feed, ":since": filter.since_ms, ":limit": rows(limit) };
    Ok(connection.prepare_cached(&sql)?.query_map(given, article_from)?.collect::<rusqlite::Result<_>>()?)
}

fn feed_row(connection: &Connection, id: &str) -> Result<Option<i64>> {
    Ok(connection.prepare_cached("SELECT n FROM feed WHERE id = ?1")?.query_row([id], |row| row.get(0)).optional()?)
}

/// The article of this number; `None` when there is none, or it was pruned.
///
/// # Errors
/// As [`alerts`].
pub fn article(connection: &Connection, id: i64) -> Result<Option<Article>> {
    Ok(connection.prepare_cached(&format!("{ARTICLE} WHERE a.n = ?1"))?.query_row([id], article_from).optional()?)
}

/// Whether an article of this number was archived and then pruned. Numbers are given in order, and the newest article stays.
///
/// # Errors
/// As [`alerts`].
pub fn was_pruned(connection: &Connection, id: i64) -> Result<bool> {
    let sql = "SELECT ?1 BETWEEN 1 AND (SELECT ifnull(max(n), 0) FROM article) AND NOT EXISTS (SELECT 1 FROM article WHERE n = ?1)";
    Ok(connection.prepare_cached(sql)?.query_row([id], |row| row.get(0))?)
}

/// What the archive recorded when a rule held for an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Id of the rule.
    pub rule: String,
    /// Hash of the rule's meaning at the time.
    pub version: String,
    /// When, Unix milliseconds.
    pub seen_ms: i64,
    /// Why it held.
    pub evidence: Vec<Evidence>,
    /// The alert that told it; `None` while an import waits for its summary.
    pub alert: Option<i64>,
    /// When that alert was raised, Unix milliseconds.
    pub alerted_ms: Option<i64>,
    /// Whether that alert was raised by this very article, and not by another of its story.
    pub own: bool,
}

/// What the archive recorded of rules that held for `article`, by rule.
///
/// # Errors
/// As [`alerts`].
pub fn recorded(connection: &Connection, article: i64) -> Result<Vec<Recorded>> {
    let mut query = connection.prepare_cached(
        "SELECT r.id, v.hash, m.seen_ms, m.evidence, m.alert, a.alerted_ms, ifnull(a.article = m.article, 0)
         FROM match m JOIN rule r ON r.n = m.rule JOIN rule_version v ON v.n = m.version LEFT JOIN alert a ON a.n = m.alert
         WHERE m.article = ?1 ORDER BY r.id",
    )?;
    let read = |row: &Row<'_>| {
        Ok(Recorded {
            rule: row.get(0)?,
            version: row.get(1)?,
            seen_ms: row.get(2)?,
            evidence: json::read(&row.get::<_, String>(3)?).unwrap_or_default(),
            alert: row.get(4)?,
            alerted_ms: row.get(5)?,
            own: row.get(6)?,
        })
    };
    Ok(query.query_map(params![article], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Whether the archive knows a rule of this id.
///
/// # Errors
/// As [`alerts`].
pub fn knows_rule(connection: &Connection, id: &str) -> Result<bool> {
    Ok(connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM rule WHERE id = ?1)")?.query_row([id], |row| row.get(0))?)
}

/// Whether the archive knows a feed of this id.
///
/// # Errors
/// As [`alerts`].
pub fn knows_feed(connection: &Connection, id: &str) -> Result<bool> {
    Ok(feed_row(connection, id)?.is_some())
}
