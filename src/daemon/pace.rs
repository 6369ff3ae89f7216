//! How many requests the schedule may spend: the factor that makes the budget of `[poll]` of what all feeds pull. Looked at
//! anew each minute, since feeds grow and fall silent.

use super::{Daemon, Result, clock};
use crate::{
    config::Config,
    engine::{
        feed::Feed,
        rule::FeedScope,
        schedule::{
            budget::{factor, weight},
            rhythm::Rhythm,
        },
    },
    store,
};
use std::{
    collections::HashMap,
    sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
};

/// Between two looks.
const RENEW_MS: i64 = 60_000;

/// The pace of a config in force.
#[derive(Debug)]
pub struct Pace {
    /// Requests an hour that feeds with an interval of their own make.
    pinned: f64,
    /// Requests an hour that are left for the others.
    requests: f64,
    /// What an entry of each feed without an interval of its own is worth.
    weights: HashMap<String, f64>,
    /// The bits of the factor.
    factor: AtomicU64,
    renewed_ms: AtomicI64,
}

impl Pace {
    /// The pace of a config of whose feeds nothing is known yet.
    pub fn of(config: &Config) -> Pace {
        let specs = config.rules.specs();
        // Most rules watch all feeds: these are looked at once.
        let (everywhere, scoped): (Vec<_>, Vec<_>) = specs.iter().partition(|spec| spec.feeds.is_empty());
        let least = everywhere.iter().map(|spec| spec.severity).max();
        let worth = |feed: &Feed| {
            let watching = scoped.iter().filter(|spec| FeedScope::hold(&spec.feeds, &feed.id, &feed.tags));
            weight(watching.map(|spec| spec.severity).chain(least))
        };
        let (pinned, free): (Vec<&Feed>, Vec<&Feed>) = config.feeds.iter().partition(|feed| feed.interval.is_some());
        let a_day = config.poll.budget.map_or(config.feeds.len() as f64 * 86_400.0 / config.poll.interval.as_secs_f64(), |n| n as f64);
        let taken: f64 = pinned.iter().filter_map(|feed| feed.interval).map(|interval| 3600.0 / interval.as_secs_f64()).sum();
        let pace = Pace {
            pinned: taken,
            requests: (a_day / 24.0 - taken).max(0.0),
            weights: free.into_iter().map(|feed| (feed.id.clone(), worth(feed))).collect(),
            factor: AtomicU64::default(),
            renewed_ms: AtomicI64::new(i64::MIN),
        };
        pace.set(&HashMap::new());
        pace
    }

    fn set(&self, known: &HashMap<String, f64>) {
        let unknown = Rhythm::begin(0).profile().pull();
        let pulls: Vec<f64> = self.weights.iter().map(|(id, weight)| weight.sqrt() * known.get(id).copied().unwrap_or(unknown)).collect();
        self.factor.store(factor(&pulls, self.requests).to_bits(), Relaxed);
    }

    /// Requests in a second, of all feeds on the mean.
    pub fn wanted(&self) -> f64 {
        (self.pinned + self.requests) / 3600.0
    }

    /// The factor now, and what an entry of this feed is worth.
    pub fn for_feed(&self, id: &str) -> (f64, f64) {
        (f64::from_bits(self.factor.load(Relaxed)), self.weights.get(id).copied().unwrap_or(1.0))
    }
}

/// Looks at what all feeds pull, unless that was done a moment ago.
///
/// # Errors
/// When the archive cannot be read.
pub async fn renew(daemon: &Daemon) -> Result<()> {
    let (live, now_ms) = (daemon.live(), clock::now_ms());
    let renewed_ms = live.pace.renewed_ms.load(Relaxed);
    // A clock that was set back does not put it off.
    if (renewed_ms..renewed_ms.saturating_add(RENEW_MS)).contains(&now_ms) {
        return Ok(());
    }
    let known = daemon.db.call(store::rhythm::pulls).await?;
    live.pace.set(&known.into_iter().filter_map(|(id, pull)| Some((id, pull?))).collect());
    live.pace.renewed_ms.store(now_ms, Relaxed);
    Ok(())
}
