//! The config: TOML read with every problem named, checked, and kept immutable.
//!
//! `files` reads bytes, `secret` those that no config may hold, `raw` takes values with their places, one room for each kind of table makes drafts, `check` puts
//! them together, `report` shows what is wrong. Nothing in here fetches, delivers or reads a clock.

mod access;
mod check;
mod concepts;
mod crowd;
mod duration;
mod feeds;
pub mod files;
mod hours;
mod language;
mod metrics;
mod mutes;
mod nearest;
mod policy;
mod raw;
mod report;
mod rules;
pub mod secret;
mod settings;
pub mod sink;
mod sinks;
mod trials;
mod userinfo;
mod version;
mod written;

pub use check::{check, load, test, unread};
pub use feeds::is_private_address;
pub use files::{Source, Unread};
pub use nearest::{did_you_mean, one_of};
pub use report::{Level, Problem, Report, Snippet};
pub use sink::{SinkKind, SinkSpec};
pub use written::Written;

use crate::engine::{
    alert::{mute::Mute, policy::Policy},
    feed::{Backlog, Feed},
    rule::{Lexicon, Ruleset, Severity},
};
use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// A config that passed every check. Swapped whole on reload, never changed.
#[derive(Debug)]
pub struct Config {
    /// Feeds in the order written.
    pub feeds: Vec<Feed>,
    /// All rules, compiled; [`Ruleset::specs`] has them as written.
    pub rules: Ruleset,
    /// Sinks by name: those that the config defines and the built-in `desktop` and `journal`.
    pub sinks: Vec<SinkSpec>,
    /// `[poll]`.
    pub poll: Poll,
    /// `[archive]`.
    pub archive: Archive,
    /// What each rule's alerts do beside being told, in the order of the rules. No part of a rule's version.
    pub policies: Vec<Policy>,
    /// `[alert]`: the policy of alerts that no rule raised.
    pub default_policy: Policy,
    /// `[[mute]]`, with row 0.
    pub mutes: Vec<Mute>,
    /// `[health]`.
    pub health: Health,
    /// `[metrics]`.
    pub metrics: Metrics,
    /// SHA-256 of each rule's meaning (its lists, resolved concepts and scope) in hex, in the order of the rules: a
    /// rule's version in the archive.
    pub rule_hashes: Vec<String>,
    /// Each rule as JSON, in the same order, for the archive.
    pub rule_sources: Vec<String>,
    /// Every concept by name, the shipped ones included, and the form lists: what a search is compiled with.
    pub lexicon: Lexicon,
}

/// `[poll]`: how feeds are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    /// Between two polls of a feed on the mean over all feeds; default 15 min, at least 1 min.
    pub interval: Duration,
    /// Requests a day over all feeds, in place of what `interval` comes to.
    pub budget: Option<u64>,
    /// Requests in flight at once over all hosts, those that last not counted ([`crate::net::places`]); default 16, 1 … 256.
    pub concurrency: usize,
    /// From connecting to the last byte; default 30 s.
    pub timeout: Duration,
    /// Most bytes of a body, on the wire and decompressed; default 10 MiB.
    pub max_bytes: u64,
    /// Pause between two requests to one host; default 1 s.
    pub host_gap: Duration,
    /// Who to write to, in the User-Agent: a URL or a mail address.
    pub contact: Option<String>,
    /// What a feed's first document does, unless the feed says otherwise.
    pub backlog: Backlog,
    /// The proxy of every feed that names none of its own.
    pub proxy: Option<String>,
}

/// `[archive]`: how long articles are kept, and how many backups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// Articles first seen longer ago are pruned; `None` keeps all. Default 400 days.
    pub keep: Option<Duration>,
    /// Whether articles with alerts are kept all the same; default true.
    pub keep_alerted: bool,
    /// Backups kept beside the archive, one a day; 0 for none, at most 100. Default 3.
    pub backups: usize,
}

/// `[health]`: how marsad tells what is wrong with feeds, rules and itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Whether it raises alerts; the status tells in any case. Default true.
    pub enabled: bool,
    /// Severity of the alerts; default normal.
    pub severity: Severity,
    /// Where they go; the sinks of `[alert]` by default.
    pub sinks: Vec<String>,
}

/// `[metrics]`: where figures about the daemon are shown; nowhere by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metrics {
    /// An address of loopback that answers `GET /metrics`.
    pub listen: Option<SocketAddr>,
    /// A file that is written anew four times a minute.
    pub file: Option<PathBuf>,
}

/// What the path of a secret begins with when it names a systemd credential: `credential:NAME`.
pub const CREDENTIAL: &str = "credential:";

/// A config that was taken, and what is odd about it.
#[derive(Debug)]
pub struct Loaded {
    /// The config.
    pub config: Config,
    /// Warnings, in the order of files and places.
    pub warnings: Vec<Problem>,
}

/// What the tests of one rule or concept came to.
#[derive(Debug)]
pub struct Tested {
    /// A rule's id, or `@` and a concept's name.
    pub id: String,
    /// Whether nothing of it is the user's.
    pub shipped: bool,
    /// How many passed.
    pub passed: usize,
    /// Those that failed, each at its place.
    pub failures: Vec<Problem>,
}

/// The config that marsad follows when there is none, and that `init` starts from: documented line by line.
pub fn default_text() -> &'static str {
    include_str!("../../config/default.toml")
}
