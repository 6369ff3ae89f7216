//! HTTP: the client, the guard against private addresses, the fetch of one feed, the gate of each host.
//!
//! [`client`] holds the connections, [`fetch`] asks for one feed along its redirects, [`guard`] says which addresses may
//! be asked, [`headers`] reads what a server says besides the body, [`body`] unpacks it, `reason` tells an error to a
//! person, [`hosts`] keeps requests to one host apart. Nothing in here knows what a feed is or when to poll it.

pub mod body;
pub mod client;
pub mod fetch;
pub mod guard;
pub mod headers;
pub mod hosts;
mod reason;

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
    /// A new body.
    Body(Body),
    /// 410: the feed is gone for good, says its server.
    Gone,
    /// Not asked at all: the address is private, or not HTTP.
    Refused {
        /// Why, for a person.
        reason: String,
    },
    /// Any other end: time-out, refused connection, status, cap.
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
    /// Decompressed bytes, within the cap.
    pub bytes: Vec<u8>,
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
    /// Wire bytes.
    pub wire_bytes: u64,
    /// Whether it is only what is new since the validators that were sent (226, RFC 3229): nothing follows from what is not in it.
    pub partial: bool,
}

/// What a server says about when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hints {
    /// Remaining freshness in seconds: `max-age` − `Age`, else `Expires` − `Date` (RFC 9111 section 4.2), clamped to a day.
    pub fresh_s: Option<u64>,
}
