//! The config in force, with what was made from it: rows in the archive, the HTTP client, the sinks.

use super::{Result, World, pace::Pace};
use crate::{
    config::Config,
    engine::{
        entry::Entry,
        feed::Feed,
        health,
        rule::{Match, Severity, Subject},
        schedule::{self, Habits, budget, rhythm::Rhythm},
    },
    net::{client::Client, hosts::Hosts},
    sink::{self, Sink},
    store::{
        self,
        health::Outlet,
        import::Target,
        ingest::Found,
        rule::{RuleRow, RuleText},
    },
};
use rusqlite::Connection;
use std::{collections::HashMap, sync::Arc, time::Duration};

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
    /// Where health alerts go.
    pub outlet: Outlet,
    /// How many requests the schedule may spend.
    pub pace: Pace,
    /// The HTTP client.
    pub client: Client,
    /// The gate of each host.
    pub hosts: Hosts,
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
        let (client, hosts) = match old.filter(|old| old.config.poll == config.poll) {
            Some(old) => (old.client.clone(), old.hosts.clone()),
            None => (Client::new(&config.poll)?, Hosts::new(&config.poll)),
        };
        let routes = config.rules.specs().iter().map(|spec| Arc::from(spec.sinks.clone())).collect();
        let spec = &config.health;
        let row = RuleRow { rule: 0, version: 0 };
        let outlet = Outlet { row, enabled: spec.enabled, severity: spec.severity, sinks: Arc::from(spec.sinks.clone()) };
        let feeds = config.feeds.iter().map(|feed| (feed.id.clone(), feed.clone())).collect();
        let pace = Pace::of(&config);
        Ok(Live { config, feeds, rows: Vec::new(), routes, outlet, pace, client, hosts, sinks })
    }

    /// What the archive must agree with before this is put in force.
    pub fn wanted(&self) -> Wanted {
        let rules = (self.config.rules.specs().iter().zip(&self.config.rule_hashes).zip(&self.config.rule_sources))
            .map(|((spec, hash), source)| RuleText { id: spec.id.clone(), hash: hash.clone(), source: source.clone() })
            // An alert names a rule and its version, so what marsad tells of itself has a row too.
            .chain([RuleText { id: health::RULE.to_owned(), hash: health::RULE.to_owned(), source: "{}".to_owned() }])
            .collect();
        Wanted { feeds: self.config.feeds.clone(), rules, sinks: self.sinks.iter().map(|(name, _)| name.clone()).collect() }
    }

    /// With the rows that [`Wanted::sync`] gave: ready to be put in force.
    pub fn with_rows(mut self, mut rows: Vec<RuleRow>) -> Live {
        if let Some(row) = rows.pop() {
            self.outlet.row = row;
        }
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

    /// When to poll a feed next, Unix milliseconds, after a poll that ended like this; `habits` is what is known of it now.
    pub fn next_poll_ms(&self, feed: &Feed, now_ms: i64, outcome: schedule::Outcome, habits: Option<&Habits>) -> i64 {
        schedule::next_poll_ms(now_ms, self.pause(feed, now_ms, habits), outcome, &feed.id)
    }

    /// How long the schedule would leave a feed alone that was asked at `now_ms`: its own interval, or what the budget gives.
    fn pause(&self, feed: &Feed, now_ms: i64, habits: Option<&Habits>) -> Duration {
        if let Some(interval) = feed.interval {
            return interval;
        }
        let (factor, weight) = self.pace.for_feed(&feed.id);
        let profile = habits.map_or_else(|| Rhythm::begin(now_ms).profile(), |habits| habits.rhythm.profile());
        let wish_ms = budget::wish_ms(now_ms, &profile, factor, weight, habits.and_then(|habits| habits.entries));
        Duration::from_millis((wish_ms - now_ms).unsigned_abs())
    }

    /// Every rule, as a target of import summaries.
    pub fn targets(&self) -> Vec<Target> {
        let specs = self.config.rules.specs().iter().zip(&self.rows);
        specs.map(|(spec, row)| Target { row: *row, severity: spec.severity, sinks: spec.sinks.clone() }).collect()
    }
}
