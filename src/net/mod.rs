//! HTTP: the client, the guard against private addresses, the fetch of one feed, the gate of each host.
//!
//! [`client`] holds the connections, [`fetch`] asks for one feed along its redirects, [`guard`] says which addresses may
//! be asked, [`headers`] reads what a server says besides the body, [`body`] unpacks it, `reason` tells an error to a
//! person, [`hosts`] keeps requests to one host apart, [`places`] counts those in flight, [`secrets`] reads what is sent to one server alone. Nothing in here
//! knows what a feed is or when to poll it.
//!
//! # The manners of polling
//!
//! What is decided is in [`crate::engine::manners`] (`manners` below). The tests are modules of `tests/it/`, or unit tests
//! beside the code; each rule has one that breaks when the rule is broken.
//!
//! | rule | clause | where | test |
//! | --- | --- | --- | --- |
//! | validators go back byte for byte, to the address that gave them alone; a 304 replaces those it names; none is made up | RFC 9110 8.8, 13.1; RFC 9111 4.3.4 | [`fetch`], [`headers::merged`] | `polite::validators`, `net::conditional` |
//! | the first question is unconditional, and no other but one that follows a 304 which is doubted: once in a month or two, in a silence that the feed's rhythm does not explain, and from a server that was caught | | `manners::frozen` | `polite::validators`, `polite::frozen` |
//! | the hash of the body is a third validator; it is sent to nobody | | [`fetch`] | `polite::validators` |
//! | only what is new is asked for where there is an entity tag; a part is never taken for the whole | RFC 3229 10.5.3, `A-IM: feed` | [`fetch`], [`Body::partial`] | `polite::validators` |
//! | a fresh answer is not asked for again: `max-age` − `Age`, else `Expires` − `Date`, of a 304 too; a day at most | RFC 9111 4.2, 5.2, 5.3 | [`headers::hints`], `manners::earliest_ms` | `polite::time` |
//! | `ttl`, `sy:updatePeriod`, `skipHours` and `skipDays` are waited for, unless the user gave the feed an interval | RSS 2.0, RSS 1.0 Syndication | `manners::earliest_ms` | `polite::time`, `manners` |
//! | `Retry-After` in seconds or as a date is obeyed, for a day at most | RFC 9110 10.2.3 | [`headers::retry_after_s`] | `polite::time`, `net::polite` |
//! | 429 holds for all feeds of the host, or of the hosting platform, across restarts; 503 for its feed | RFC 6585 4; RFC 9110 15.6.4 | `manners::host`, [`hosts`], table `host` | `polite::time` |
//! | failures double the pause of a feed up to a day; a host out of reach is asked by one feed at a time | | `manners::earliest_ms`, `manners::host` | `polite::time`, `polite::silence` |
//! | a network that is away is nobody's failure; one feed at a time asks whether it is back | | `manners::link` | `polite::silence` |
//! | 301 and 308 are adopted after three same answers over a day, never from https to http, never to a private address; undone by `marsad feed stay` | RFC 9110 15.4.2, 15.4.9 | `manners::agreement` | `polite::moving` |
//! | 410 is believed after three answers over a day, and asked once a week then | RFC 9110 15.5.11 | `manners::agreement` | `polite::moving` |
//! | one request at a time and a pause between two, at each host on the way, that of a redirect too | | [`hosts::Turn`] | `polite::moving`, `net::polite` |
//! | servers that answer late, or a byte at a time, keep the slots from nobody | | [`places`] | `crowd`, `places` |
//! | many feeds that are due at once are spread over minutes; none is asked before its time across restarts | | `manners::spread`, `feed.next_poll_ms` | `polite::time` |
//! | each feed keeps its own place in time | | `manners::next_ms` | `manners` |
//! | a kept connection that turns out to be closed is no answer: asked again, once | RFC 9112 9.3.1 | [`fetch`] | `net::polite` |
//! | the bytes count more than `Content-Encoding` | | [`body`] | `net::packed` |
//! | no cookie, no referrer, no proxy from the environment; who asks is told | RFC 9110 10.1.5 | [`client`] | `net::polite`, `polite::validators` |
//! | private and special addresses are refused at every hop, in every spelling; the checked address is the connected one | RFC 6890, IANA registries | [`guard`] | `net::guarded`, `guard` |
//! | secrets go to their own origin alone, and nowhere else: not along redirects, not into log or archive | RFC 9110 15.4; RFC 7617 | [`secrets`], [`fetch`] | `polite::hidden` |
//! | behind a SOCKS proxy names are resolved there, each feed is somebody else, and there is no way around it | RFC 1928, 1929, 7686 | [`client::Via`] | `polite::hidden` |

pub mod body;
pub mod client;
pub mod fetch;
pub mod guard;
pub mod headers;
pub mod hosts;
pub mod places;
mod reason;
pub mod secrets;
mod warm;

use crate::engine::feed::Validators;

/// What came of asking for a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// 304, or the body that was already known by the hash of its wire bytes.
    Unchanged {
        /// What to send next time: those of a 304 replace the old ones field by field.
        validators: Validators,
        /// Hash of the body, where one came.
        body_hash: Option<[u8; 16]>,
        /// What the server said of its freshness.
        hints: Hints,
        /// Wire bytes of the body, 0 for a 304.
        wire_bytes: u64,
        /// The address that answered, after redirects: the one that `validators` belong to.
        url: String,
        /// The target when every hop was a permanent redirect (301, 308).
        moved_to: Option<String>,
    },
    /// A new body. Whether it can be unpacked is found out by who reads it.
    Body(Body),
    /// 410: the feed is gone for good, says its server.
    Gone,
    /// Not asked at all: the address is private, or not HTTP.
    Refused {
        /// Why, for a person.
        reason: String,
    },
    /// Any other end: time-out, refused connection, status, more than the cap on the wire.
    Failed {
        /// Why, for a person; never holds a token of the address.
        reason: String,
        /// The status, where an answer came.
        status: Option<u16>,
        /// `Retry-After` in seconds, clamped to a day.
        retry_after_s: Option<u64>,
        /// The host that it ended at; empty where none was asked.
        host: String,
        /// Whether the host was out of reach: its name was not resolved, no connection was made, or not a byte came in time.
        unreached: bool,
    },
    /// Not asked: the host, or one that it redirects to, wants to be left alone.
    Held {
        /// The host.
        host: String,
        /// Until when, Unix milliseconds.
        until_ms: i64,
    },
}

/// A body and what came with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The document, as it came over the wire.
    pub wire: body::Wire,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// Validators byte for byte.
    pub validators: Validators,
    /// SHA-256 of the wire bytes, cut to 16.
    pub body_hash: [u8; 16],
    /// The address that gave it, after redirects and without credentials: the base of relative links, and the one that
    /// `validators` belong to.
    pub url: String,
    /// The target when every hop was a permanent redirect (301, 308). An address with credentials never moves: they
    /// would have to be kept in the archive.
    pub moved_to: Option<String>,
    /// What the server said of its freshness.
    pub hints: Hints,
    /// The `Link` headers, a few and not too long.
    pub links: Vec<String>,
    /// Whether it is only what is new since the validators that were sent (226, RFC 3229): nothing follows from what is not in it.
    pub partial: bool,
    /// Whether the server had said a moment before, when it was asked with conditions, that nothing had changed.
    pub denied: bool,
}

/// What a server says about when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hints {
    /// Remaining freshness in seconds: `max-age` − `Age`, else `Expires` − `Date` (RFC 9111 section 4.2), clamped to a day.
    pub fresh_s: Option<u64>,
}
