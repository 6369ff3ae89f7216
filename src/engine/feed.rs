//! A feed as the user configured it, and what is remembered of it between two polls.

use super::{alert::safe::safe, identify::Trust, manners::agreement::Agreement, publisher::PublisherSchedule, schedule::Habits};
use std::{collections::HashMap, fmt, path::PathBuf, time::Duration};

/// The tag of feeds that speak for an authority: a ministry, an agency of the UN.
const OFFICIAL_TAG: &str = "official";

/// What a feed's first document does: everything in it is old news to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backlog {
    /// Archive it and tell it in one summary for each rule.
    #[default]
    Summary,
    /// Raise an alert for each match, as for any later document.
    Alert,
}

/// The most graphemes of a [`Reason`].
const REASON: usize = 200;

/// Why a poll failed. Log, archive and alerts take it from here alone: libraries quote what a stranger sent, megabytes of it, so it
/// is one line without control characters, and short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// What is left of `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(safe(text, REASON))
    }

    /// The line.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The reason that a feed's row holds when its server answered 410 (RFC 9110 section 15.5.11).
pub const GONE: &str = "gone for good, says its server (410)";

/// The same until the server has said so often enough to be believed.
pub const GONE_SAYS_ONE: &str = "says that it is gone (410); it is asked again before that is believed";

impl Validators {
    /// Whether there is nothing to make a condition of.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// One feed of the config.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Feed {
    /// Its name in the config, and its identity in the archive: the URL may change, the history stays.
    pub id: String,
    /// The address to poll, `http` or `https`.
    pub url: String,
    /// Free labels that rules select feeds by (`tag:syria`).
    pub tags: Vec<String>,
    /// BCP 47 tag of the language it is written in, where known.
    pub language: Option<String>,
    /// A fixed interval between polls; without it the schedule decides.
    pub interval: Option<Duration>,
    /// Whether the address may be private or loopback. Refused otherwise, at every hop.
    pub allow_private: bool,
    /// What its first document does.
    pub backlog: Backlog,
    /// The way to it.
    pub access: Access,
}

/// The way to a feed, where it is not open to all. The secrets themselves stay in their files until the feed is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Access {
    /// The address of a proxy, `http`, `https` or `socks5h`, through which every request goes: there is no other way then.
    pub proxy: Option<String>,
    /// The user of Basic authentication (RFC 7617).
    pub user: Option<String>,
    /// A file with that user's password, or `credential:NAME`.
    pub password_file: Option<PathBuf>,
    /// A file with headers, one a line, or `credential:NAME`.
    pub headers_file: Option<PathBuf>,
}

impl Access {
    /// The files with its secrets, as the config names them.
    pub fn secrets(&self) -> impl Iterator<Item = &PathBuf> {
        self.password_file.iter().chain(&self.headers_file)
    }
}

/// Feeds by their ids: of thousands, each is asked for many times.
pub fn by_id(feeds: &[Feed]) -> HashMap<&str, &Feed> {
    feeds.iter().map(|feed| (feed.id.as_str(), feed)).collect()
}

impl Feed {
    /// Whether something secret is sent to its server, that belongs to nobody else.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        self.access.user.is_some() || self.access.headers_file.is_some()
    }

    /// Whether `url` may have private addresses: where the user allows that, and wrote this host. One that was adopted since is the
    /// word of a server.
    #[must_use]
    pub fn may_be_private_at(&self, url: &str) -> bool {
        let host = |url: &str| url::Url::parse(url).ok()?.host_str().map(str::to_owned);
        self.allow_private && (url == self.url || host(url).is_some_and(|there| host(&self.url) == Some(there)))
    }

    /// Whether it speaks for an authority, by its tag `official`.
    #[must_use]
    pub fn is_official(&self) -> bool {
        self.tags.iter().any(|tag| tag == OFFICIAL_TAG)
    }
}

/// HTTP validators, byte for byte as the server sent them (RFC 9110 section 8.8): echoed, never made up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Validators {
    /// The `ETag` header.
    pub etag: Option<Vec<u8>>,
    /// The `Last-Modified` header.
    pub last_modified: Option<Vec<u8>>,
}

/// What is remembered of a feed between polls: its row in the archive.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeedState {
    /// Row number of the feed in the archive.
    pub row: i64,
    /// An adopted redirect, polled in place of the configured address.
    pub url_override: Option<String>,
    /// From the last answer that carried a body, bound to the address that gave them.
    pub validators: Validators,
    /// The address that `validators` and `body_hash` belong to.
    pub validators_url: Option<String>,
    /// SHA-256 of the last body as it came over the wire, cut to 16 bytes.
    pub body_hash: Option<[u8; 16]>,
    /// When to poll next, Unix milliseconds.
    pub next_poll_ms: i64,
    /// How many polls in a row have failed.
    pub failures: u32,
    /// Whether its first valid document has been read.
    pub imported: bool,
    /// When to come again, by its last document.
    pub publisher: PublisherSchedule,
    /// When its server last gave a whole body, Unix milliseconds.
    pub whole_ms: Option<i64>,
    /// Since when its server has said "unchanged" of a document that has changed, Unix milliseconds; `None` while its word is
    /// good.
    pub frozen_ms: Option<i64>,
    /// What its server says of a move or of its end, and is not believed yet.
    pub agreement: Option<Agreement>,
    /// The address that the user has sent it back from: never adopted again.
    pub stays_from: Option<String>,
    /// What its good polls have taught of its rhythm.
    pub habits: Option<Habits>,
    /// When a poll last went well, Unix milliseconds.
    pub last_ok_ms: Option<i64>,
    /// How far each kind of key can be believed, learned from its documents.
    pub trust: Trust,
}
