//! The config in force, with what was made from it: rows in the archive, the HTTP client, the sinks.

use super::{DaemonError, Result, World};
use crate::{
    config::Config,
    engine::{
        feed::Feed,
        rule::{Match, Severity, Subject},
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

impl Live {
    /// Makes the archive agree with `config` and builds what the loops need. Client and gates of `old` go on where the
    /// `[poll]` section did not change, so that a reload opens no second connection to a host.
    ///
    /// # Errors
    /// When the archive refuses, or a sink or the client cannot be made.
    pub fn new(config: Config, connection: &Connection, world: &World, archive_id: &str, old: Option<&Live>, now_ms: i64) -> Result<Live> {
        let with = sink::World { archive: archive_id.to_owned(), credentials: world.credentials.clone() };
        let mut sinks: Vec<(String, Arc<dyn Sink>)> = Vec::new();
        for spec in &config.sinks {
            let built = sink::build(spec, &with).map_err(DaemonError::Sink)?;
            sinks.push((spec.name.clone(), Arc::from(built)));
        }
        let (client, hosts) = match old.filter(|old| old.config.poll == config.poll) {
            Some(old) => (old.client.clone(), old.hosts.clone()),
            None => (Client::new(&config.poll)?, Hosts::new(&config.poll)),
        };
        store::feed::sync(connection, &config.feeds, now_ms)?;
        let texts: Vec<RuleText> = (config.rules.specs().iter().zip(&config.rule_hashes).zip(&config.rule_sources))
            .map(|((spec, hash), source)| RuleText { id: spec.id.clone(), hash: hash.clone(), source: source.clone() })
            .collect();
        let rows = store::rule::sync(connection, &texts, now_ms)?;
        let names: Vec<&str> = sinks.iter().map(|(name, _)| name.as_str()).collect();
        store::delivery::bury_orphans(connection, &names, now_ms)?;
        let routes = config.rules.specs().iter().map(|spec| Arc::from(spec.sinks.clone())).collect();
        let feeds = config.feeds.iter().map(|feed| (feed.id.clone(), feed.clone())).collect();
        Ok(Live { config, feeds, rows, routes, client, hosts, sinks })
    }

    /// The rules that hold for a title and text of `feed`, ready for the archive.
    pub fn found(&self, feed: &Feed, title: &str, text: &str) -> Vec<Found> {
        let subject = Subject { title, text, feed: &feed.id, tags: &feed.tags };
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

    /// Every rule, as a target of import summaries.
    pub fn targets(&self) -> Vec<Target> {
        let specs = self.config.rules.specs().iter().zip(&self.rows);
        specs.map(|(spec, row)| Target { row: *row, id: spec.id.clone(), severity: spec.severity, sinks: spec.sinks.clone() }).collect()
    }
}
