//! The config in force, with what was made from it: rows in the archive, the HTTP client, the sinks.

use super::{Result, World};
use crate::{
    config::{self, Config},
    engine::{
        entry::Entry,
        feed::Feed,
        rule::{Match, Severity, Subject},
        schedule,
    },
    net::{client::Client, hosts::Hosts},
    sink::{self, Sink},
    store::{
        self,
        import::Target,
        ingest::Found,
        rule::{RuleRow, RuleText},
    },
};
use rusqlite::Connection;
use std::{collections::HashMap, sync::Arc};

/// A config in force.
pub struct Live {
    /// As checked.
    pub config: Config,
    /// Feeds by id.
    pub feeds: HashMap<String, Feed>,
    /// The archive's row of each rule, in the order of the rules.
    rows: Vec<RuleRow>,
    /// The sinks of each rule, in the same order.
    routes: Vec<Arc<[String]>>,
    /// The HTTP client.
    pub client: Client,
    /// The gate of each host.
    pub hosts: Hosts,
    /// Sinks with how their lanes run.
    pub outlets: Vec<Outlet>,
}

/// A sink with its name and how its lane runs.
#[derive(Clone)]
pub struct Outlet {
    /// As rules call it.
    pub name: String,
    /// Where messages go.
    pub sink: Arc<dyn Sink>,
    /// Pace, expiry, fallback.
    pub lane: config::sink::Lane,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live")
            .field("feeds", &self.feeds.len())
            .field("rules", &self.config.rules)
            .field("outlets", &self.outlets.len())
            .finish()
    }
}

/// What a config wants of the archive: its feeds, rules and sinks, and no others.
#[derive(Debug, Clone)]
pub struct Wanted {
    feeds: Vec<Feed>,
    rules: Vec<RuleText>,
    sinks: Vec<String>,
}

impl Wanted {
    /// Makes the archive agree, all or nothing where the caller's transaction says so; gives the rules' rows.
    ///
    /// # Errors
    /// When the archive refuses a statement.
    pub fn sync(&self, connection: &Connection, now_ms: i64) -> store::Result<Vec<RuleRow>> {
        store::feed::sync(connection, &self.feeds, now_ms)?;
        let sinks: Vec<&str> = self.sinks.iter().map(String::as_str).collect();
        store::delivery::bury_orphans(connection, &sinks, now_ms)?;
        store::rule::sync(connection, &self.rules, now_ms)
    }
}

impl Live {
    /// Builds what the loops need, the archive apart: it may still fail, and then nothing has changed. Client and gates of
    /// `old` go on where the `[poll]` section did not change, so that a reload opens no second connection to a host.
    ///
    /// # Errors
    /// When a sink or the client cannot be made.
    pub fn build(config: Config, world: &World, archive_id: &str, old: Option<&Live>) -> Result<Live> {
        let with = sink::World { archive: archive_id.to_owned(), credentials: world.credentials.clone() };
        let mut outlets = Vec::new();
        for spec in &config.sinks {
            outlets.push(Outlet { name: spec.name.clone(), sink: Arc::from(sink::build(spec, &with)?), lane: spec.lane.clone() });
        }
        let (client, hosts) = match old.filter(|old| old.config.poll == config.poll) {
            Some(old) => (old.client.clone(), old.hosts.clone()),
            None => (Client::new(&config.poll)?, Hosts::new(&config.poll)),
        };
        let routes = config.rules.specs().iter().map(|spec| Arc::from(spec.sinks.clone())).collect();
        let feeds = config.feeds.iter().map(|feed| (feed.id.clone(), feed.clone())).collect();
        Ok(Live { config, feeds, rows: Vec::new(), routes, client, hosts, outlets })
    }

    /// What the archive must agree with before this is put in force.
    pub fn wanted(&self) -> Wanted {
        let rules = (self.config.rules.specs().iter().zip(&self.config.rule_hashes).zip(&self.config.rule_sources))
            .map(|((spec, hash), source)| RuleText { id: spec.id.clone(), hash: hash.clone(), source: source.clone() })
            .collect();
        Wanted { feeds: self.config.feeds.clone(), rules, sinks: self.outlets.iter().map(|outlet| outlet.name.clone()).collect() }
    }

    /// With the rows that [`Wanted::sync`] gave: ready to be put in force.
    pub fn with_rows(mut self, rows: Vec<RuleRow>) -> Live {
        self.rows = rows;
        self
    }

    /// The rules that hold for an entry of `feed` first seen at `now_ms`, ready for the archive. `language` is the document's.
    pub fn found(&self, feed: &Feed, entry: &Entry, language: Option<&str>, now_ms: i64) -> Vec<Found> {
        let categories = entry.categories.join("\n");
        let subject = Subject {
            title: &entry.title,
            text: &entry.text,
            url: entry.url.as_deref().unwrap_or(""),
            author: entry.author.as_deref().unwrap_or(""),
            categories: &categories,
            feed: &feed.id,
            tags: &feed.tags,
            language: entry.language.as_deref().or(language),
            published_ms: entry.published_ms,
            seen_ms: now_ms,
        };
        self.config.rules.matches(&subject).into_iter().map(|found| self.with_row(found)).collect()
    }

    fn with_row(&self, found: Match) -> Found {
        Found {
            row: self.rows[found.rule],
            severity: self.severity(found.rule),
            sinks: self.routes[found.rule].clone(),
            evidence: found.evidence,
        }
    }

    fn severity(&self, rule: usize) -> Severity {
        self.config.rules.specs()[rule].severity
    }

    /// When to poll a feed next, Unix milliseconds, after a poll that ended like this.
    pub fn next_poll_ms(&self, feed: &Feed, now_ms: i64, outcome: schedule::Outcome) -> i64 {
        schedule::next_poll_ms(now_ms, feed.interval.unwrap_or(self.config.poll.interval), outcome, &feed.id)
    }

    /// Every rule, as a target of import summaries.
    pub fn targets(&self) -> Vec<Target> {
        let specs = self.config.rules.specs().iter().zip(&self.rows);
        specs.map(|(spec, row)| Target { row: *row, severity: spec.severity, sinks: spec.sinks.clone() }).collect()
    }
}
