//! The config in force, with what was made from it: rows in the archive, the HTTP client, the sinks.

use super::{Result, World};
use crate::{
    config::Config,
    engine::{
        entry::Entry,
        feed::Feed,
        manners::{self, Ending, host::name_of},
        publisher::PublisherSchedule,
        rule::{Match, Severity, Subject},
        schedule,
    },
    net::{
        client::Client,
        hosts::{Hosts, host_of},
    },
    sink::{self, Sink},
    store::{
        self,
        import::Target,
        ingest::Found,
        rule::{RuleRow, RuleText},
    },
};
use rusqlite::Connection;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

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
    /// How many hosts the feeds of the config have.
    pub host_count: usize,
    /// Sinks by name.
    pub sinks: Vec<(String, Arc<dyn Sink>)>,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live")
            .field("feeds", &self.feeds.len())
            .field("rules", &self.config.rules)
            .field("sinks", &self.sinks.len())
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
        let mut sinks: Vec<(String, Arc<dyn Sink>)> = Vec::new();
        for spec in &config.sinks {
            sinks.push((spec.name.clone(), Arc::from(sink::build(spec, &with)?)));
        }
        let (client, hosts) = match old {
            Some(old) if old.config.poll == config.poll => (old.client.clone(), old.hosts.clone()),
            Some(old) => (Client::new(&config.poll)?, old.hosts.renewed(&config.poll)),
            None => (Client::new(&config.poll)?, Hosts::new(&config.poll)),
        };
        let host_count = config.feeds.iter().filter_map(|feed| Some(name_of(&host_of(&feed.url)?))).collect::<HashSet<_>>().len();
        let routes = config.rules.specs().iter().map(|spec| Arc::from(spec.sinks.clone())).collect();
        let feeds = config.feeds.iter().map(|feed| (feed.id.clone(), feed.clone())).collect();
        Ok(Live { config, feeds, rows: Vec::new(), routes, client, hosts, host_count, sinks })
    }

    /// What the archive must agree with before this is put in force.
    pub fn wanted(&self) -> Wanted {
        let rules = (self.config.rules.specs().iter().zip(&self.config.rule_hashes).zip(&self.config.rule_sources))
            .map(|((spec, hash), source)| RuleText { id: spec.id.clone(), hash: hash.clone(), source: source.clone() })
            .collect();
        Wanted { feeds: self.config.feeds.clone(), rules, sinks: self.sinks.iter().map(|(name, _)| name.clone()).collect() }
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

    /// When to poll a feed next, Unix milliseconds, after a poll that ended like this: the schedule's wish, within the limits
    /// of manners. Where the user set an interval for this feed, the document's own rhythm no longer counts.
    pub fn next_poll_ms(&self, feed: &Feed, now_ms: i64, ending: Ending, publisher: &PublisherSchedule) -> i64 {
        let rhythm = feed.interval.unwrap_or(self.config.poll.interval);
        let heeded = if feed.interval.is_some() { &PublisherSchedule::default() } else { publisher };
        let earliest_ms = manners::earliest_ms(now_ms, rhythm, ending, heeded);
        manners::next_ms(now_ms, schedule::wish_ms(now_ms, rhythm), earliest_ms, &feed.id)
    }

    /// Every rule, as a target of import summaries.
    pub fn targets(&self) -> Vec<Target> {
        let specs = self.config.rules.specs().iter().zip(&self.rows);
        specs.map(|(spec, row)| Target { row: *row, severity: spec.severity, sinks: spec.sinks.clone() }).collect()
    }
}
