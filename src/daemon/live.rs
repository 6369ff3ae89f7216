//! The config in force, with what was made from it: rows in the archive, the HTTP client, the sinks.

use super::{Result, World, pace::Pace, upkeep::log_buried};
use crate::{
    config::{self, Config},
    engine::{
        alert::{
            digest,
            mute::{Mute, Mutes, silencing},
            policy::Policy,
        },
        entry::Entry,
        feed::Feed,
        health,
        lang::fold::Folded,
        manners::{self, Ending, host::name_of},
        publisher::PublisherSchedule,
        rule::{Match, Occasion, RuleSpec, Severity, Subject},
        schedule::{DAY_MS, Habits, budget, rhythm::Rhythm},
    },
    net::{
        client::Client,
        hosts::{Hosts, host_of},
    },
    sink::{self, Sink},
    store::{
        self,
        health::Outlet,
        hold::Policies,
        import::Target,
        ingest::Found,
        rule::{RuleRow, RuleText},
    },
};
use rusqlite::Connection;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
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
    /// The policies of the rules, in the same order.
    policies: Vec<Arc<Policy>>,
    /// The same by the rule's id.
    pub by_rule: Arc<Policies>,
    /// The mutes that were in force when last looked, compiled with the words and feeds of this config.
    mutes: Mutex<Option<Arc<Mutes>>>,
    /// Where health alerts go.
    pub outlet: Outlet,
    /// How many requests the schedule may spend.
    pub pace: Pace,
    /// The HTTP client.
    pub client: Client,
    /// The gate of each host.
    pub hosts: Hosts,
    /// How many hosts the feeds of the config have; counted when one of them is out of reach.
    host_count: OnceLock<usize>,
    /// Whether all feeds of the config are on this machine or beside it.
    all_near: OnceLock<bool>,
    /// Sinks with how their lanes run.
    pub sinks: Vec<Fitted>,
}

/// A sink as it is in force.
#[derive(Clone)]
pub struct Fitted {
    /// As rules call it.
    pub name: String,
    /// Where messages go.
    pub sink: Arc<dyn Sink>,
    /// Pace, expiry, fallback.
    pub lane: config::sink::Lane,
    /// How long a message may take at most.
    pub limit: Duration,
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
    policies: Arc<Policies>,
    mutes: Vec<Mute>,
}

impl Wanted {
    /// Makes the archive agree, all or nothing where the caller's transaction says so; gives the rules' rows.
    ///
    /// # Errors
    /// When the archive refuses a statement.
    pub fn sync(&self, connection: &Connection, now_ms: i64) -> store::Result<Vec<RuleRow>> {
        store::feed::sync(connection, &self.feeds, now_ms)?;
        log_buried(store::orphan::bury(connection, &self.policies, now_ms)?);
        store::mute::sync(connection, &self.mutes, now_ms)?;
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
        let mut sinks = Vec::new();
        for spec in &config.sinks {
            let sink = Arc::from(sink::build(spec, &with)?);
            sinks.push(Fitted { name: spec.name.clone(), sink, lane: spec.lane.clone(), limit: spec.kind.limit() });
        }
        let (client, hosts) = match old {
            Some(old) if old.config.poll == config.poll => (old.client.clone(), old.hosts.clone()),
            Some(old) => (Client::new(&config.poll)?, old.hosts.renewed(&config.poll)),
            None => (Client::new(&config.poll)?, Hosts::new(&config.poll)),
        };
        let routes: Vec<Arc<[String]>> = config.rules.specs().iter().map(|spec| Arc::from(spec.sinks.clone())).collect();
        let spec = &config.health;
        let row = RuleRow { rule: 0, version: 0 };
        let policies: Vec<Arc<Policy>> = config.policies.iter().cloned().map(Arc::new).collect();
        let other = Arc::new(config.default_policy.clone());
        let sinks_of_health: Arc<[String]> = Arc::from(spec.sinks.clone());
        let ids = || config.rules.specs().iter().map(|spec| spec.id.clone());
        // A digest that is sent again is not gathered into another.
        let of_digests = Arc::new(Policy { quiet: other.quiet.clone(), ..Policy::default() });
        let by_rule = Arc::new(Policies {
            rules: ids().zip(policies.iter().cloned()).chain([(digest::RULE.to_owned(), of_digests)]).collect(),
            routes: ids().zip(routes.iter().cloned()).chain([(health::RULE.to_owned(), sinks_of_health.clone())]).collect(),
            sinks: config.sinks.iter().map(|spec| spec.name.clone()).collect(),
            other: other.clone(),
        });
        let outlet = Outlet { row, enabled: spec.enabled, severity: spec.severity, sinks: sinks_of_health, policy: other };
        let feeds = config.feeds.iter().map(|feed| (feed.id.clone(), feed.clone())).collect();
        let pace = Pace::of(&config);
        Ok(Live {
            config,
            feeds,
            rows: Vec::new(),
            routes,
            policies,
            by_rule,
            mutes: Mutex::default(),
            outlet,
            pace,
            client,
            hosts,
            host_count: OnceLock::new(),
            all_near: OnceLock::new(),
            sinks,
        })
    }

    /// What the archive must agree with before this is put in force.
    pub fn wanted(&self) -> Wanted {
        let rules = (self.config.rules.specs().iter().zip(&self.config.rule_hashes).zip(&self.config.rule_sources))
            .map(|((spec, hash), source)| RuleText { id: spec.id.clone(), hash: hash.clone(), source: source.clone() })
            // An alert names a rule and its version, so what marsad tells of itself has a row too.
            .chain([RuleText { id: health::RULE.to_owned(), hash: health::RULE.to_owned(), source: "{}".to_owned() }])
            .collect();
        Wanted { feeds: self.config.feeds.clone(), rules, policies: self.by_rule.clone(), mutes: self.config.mutes.clone() }
    }

    /// With the rows that [`Wanted::sync`] gave: ready to be put in force.
    pub fn with_rows(mut self, mut rows: Vec<RuleRow>) -> Live {
        if let Some(row) = rows.pop() {
            self.outlet.row = row;
        }
        self.rows = rows;
        self
    }

    /// The mutes in force, compiled: again only when they are others than before.
    pub fn mutes(&self, active: Vec<Mute>) -> Arc<Mutes> {
        let mut kept = self.mutes.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.as_ref().filter(|mutes| mutes.given == active) {
            Some(mutes) => mutes.clone(),
            None => {
                let mutes = Arc::new(Mutes::new(active, &self.config.lexicon, &self.config.feeds));
                for (row, reason) in &mutes.broken {
                    tracing::warn!(mute = row, reason, "a mute silences nothing: it does not fit this config; see `marsad mute --list`");
                }
                *kept = Some(mutes.clone());
                mutes
            }
        }
    }

    /// The rules that hold for an entry of `feed` with words that were first seen at `now_ms`, ready for the archive. With it come its
    /// title and text, folded; `language` is the document's. `mutes` gives those in force, and is asked where a rule holds.
    ///
    /// # Errors
    /// Those of `mutes`.
    pub fn found(
        &self,
        feed: &Feed,
        (entry, folded): (&Entry, [&Folded; 2]),
        (occasion, language): (Occasion, Option<&str>),
        mutes: impl FnOnce() -> store::Result<Arc<Mutes>>,
        now_ms: i64,
    ) -> store::Result<Vec<Found>> {
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
            folded: Some(folded),
        };
        let matches = self.config.rules.matches(&subject);
        if matches.is_empty() {
            return Ok(Vec::new());
        }
        let mutes = mutes()?;
        let holding = mutes.holding(&subject);
        Ok(matches.into_iter().map(|found| self.with_row(found, occasion, &holding, now_ms)).collect())
    }

    fn with_row(&self, found: Match, occasion: Occasion, holding: &[&Mute], now_ms: i64) -> Found {
        let spec = &self.config.rules.specs()[found.rule];
        Found {
            policy: self.policies[found.rule].clone(),
            begins: spec.on.is_empty() || spec.on.contains(&occasion),
            muted: silencing(holding, &spec.id, now_ms),
            row: self.rows[found.rule],
            severity: self.severity(found.rule),
            sinks: self.routes[found.rule].clone(),
            evidence: found.evidence,
        }
    }

    fn severity(&self, rule: usize) -> Severity {
        self.config.rules.specs()[rule].severity
    }

    /// How many hosts the feeds of the config have that speak for the network.
    pub fn host_count(&self) -> usize {
        let names = || self.config.feeds.iter().filter_map(|feed| Some(name_of(&host_of(&feed.url)?)));
        *self.host_count.get_or_init(|| names().filter(|name| self.speaks_for_network(name)).collect::<HashSet<_>>().len())
    }

    /// Whether it says something of the network that the host of this name answers, or does not. This machine and its neighbours
    /// do so without any; they count where there are no others.
    pub fn speaks_for_network(&self, name: &str) -> bool {
        let is_near = config::is_private_address;
        !is_near(&format!("http://{name}/")) || *self.all_near.get_or_init(|| self.config.feeds.iter().all(|feed| is_near(&feed.url)))
    }

    /// When to poll a feed next, Unix milliseconds, after a poll that ended like this: the schedule's wish, within the limits
    /// of manners. What is known of it now: its publisher's word, which no longer counts where the user set an interval for
    /// this feed, and its habits.
    pub fn next_poll_ms(
        &self,
        feed: &Feed,
        now_ms: i64,
        ending: Ending,
        (publisher, habits): (&PublisherSchedule, Option<&Habits>),
    ) -> i64 {
        let pause = self.pause(feed, now_ms, habits);
        let heeded = if feed.interval.is_some() { &PublisherSchedule::default() } else { publisher };
        let earliest_ms = manners::earliest_ms(now_ms, pause, ending, heeded);
        manners::next_ms(now_ms, now_ms + i64::try_from(pause.as_millis()).unwrap_or(DAY_MS), earliest_ms, &feed.id)
    }

    /// How long the schedule would leave a feed alone that was asked at `now_ms`: its own interval, or what the budget gives.
    fn pause(&self, feed: &Feed, now_ms: i64, habits: Option<&Habits>) -> Duration {
        if let Some(interval) = feed.interval {
            return interval;
        }
        let (factor, weight) = self.pace.for_feed(&feed.id);
        let profile = habits.map_or_else(|| Rhythm::begin(now_ms).profile(), |habits| habits.rhythm.profile());
        let wish_ms = budget::wish_ms(now_ms, &profile, factor, weight, habits.and_then(|habits| habits.entries));
        let hurry_ms = habits.and_then(|habits| habits.hurry_ms).unwrap_or(i64::MAX);
        Duration::from_millis((wish_ms - now_ms).min(hurry_ms).unsigned_abs()).max(budget::SHORTEST)
    }

    /// Every rule, as a target of import summaries.
    pub fn targets(&self) -> Vec<Target> {
        let specs = self.config.rules.specs().iter().zip(&self.rows).zip(&self.policies);
        let target = |((spec, row), policy): ((&RuleSpec, &RuleRow), &Arc<Policy>)| Target {
            row: *row,
            severity: spec.severity,
            sinks: spec.sinks.clone(),
            policy: policy.clone(),
        };
        specs.map(target).collect()
    }
}
