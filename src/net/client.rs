//! The HTTP client: connections, TLS and the settings that every request shares.
//!
//! It never follows a redirect, keeps no cookies, sends no `Referer`, and reads no proxy from the environment. What is
//! asked along the redirects is in [`super::fetch`].

use super::{guard::GuardedResolver, warm::Warm};
use crate::config::Poll;
use reqwest::{
    header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderValue},
    redirect::Policy,
};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

/// Limit on connecting, TLS included.
pub(super) const CONNECT: Duration = Duration::from_secs(10);
/// Limit on silence in the middle of an answer, where the whole answer has longer.
pub(super) const SILENCE: Duration = Duration::from_secs(30);
/// How long a connection is kept for the next feed of the same host, after the host's pause: that feed is asked as soon as it is over.
/// Longer would hold a file descriptor and some 60 KB of buffers for each of thousands of hosts, and run into servers that close it
/// at the moment of the next request.
const KEEP: Duration = Duration::from_millis(250);
/// Over a longer pause of a host no connection is kept.
pub(super) const LONG_PAUSE: Duration = Duration::from_secs(2);
/// Limit on connecting where a proxy does it: Tor takes its time.
const CONNECT_BEHIND_PROXY: Duration = Duration::from_secs(30);
/// Ways through proxies that are kept open for the next poll.
const MOST_WAYS: usize = 1024;
/// What marsad reads, dearest first; everything else is worth a look too, since feeds come under every type.
const TYPES: &str = "application/atom+xml, application/rss+xml, application/feed+json;q=0.9, application/rdf+xml;q=0.9, \
                     application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5";

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// `[poll] contact` cannot stand in a header.
    #[error("the contact in `[poll]` has signs that a User-Agent cannot carry; write it in ASCII")]
    Contact,
    /// The TLS settings or the system's certificate authorities could not be loaded.
    #[error("cannot prepare connections")]
    Setup(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The client of all feeds. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    agent: HeaderValue,
    timeout: Duration,
    max_bytes: u64,
    /// How long a connection is kept.
    keep: Duration,
    resolver: GuardedResolver,
    /// One of each kind, made when first needed: reading the system's certificate authorities takes milliseconds, and
    /// a machine that has none can still follow plain `http` feeds.
    lanes: [OnceLock<reqwest::Client>; 4],
    /// The same behind proxies, one for each way: connections of two identities are never shared.
    ways: Mutex<HashMap<String, reqwest::Client>>,
    /// Origins to which the next request may go over the same connection.
    warm: Mutex<Warm>,
}

/// A kind of connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lane {
    /// Whether private addresses may be connected to.
    pub open: bool,
    /// Whether it is for `https`.
    pub tls: bool,
}

/// A way through a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Via<'a> {
    /// Its address: `http`, `https` or `socks5h`, as the config has checked.
    pub proxy: &'a str,
    /// The feed that is asked through it: at a `socks5h` proxy each is somebody else.
    pub feed: &'a str,
}

impl Via<'_> {
    /// Name and password by which a SOCKS proxy keeps this feed's connections from all others (RFC 1929; Tor's
    /// `IsolateSOCKSAuth`): they are no secret, and say nothing of the feed.
    fn identity(&self) -> Option<String> {
        let digest = Sha256::digest(self.feed);
        self.proxy.starts_with("socks5h:").then(|| digest[..8].iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn proxy(&self) -> Result<reqwest::Proxy, NetError> {
        let mut url = url::Url::parse(self.proxy).map_err(|e| NetError::Setup(e.into()))?;
        if let Some(identity) = self.identity() {
            let _ = url.set_username(&identity);
            let _ = url.set_password(Some(&identity));
        }
        reqwest::Proxy::all(url).map_err(|e| NetError::Setup(e.without_url().into()))
    }
}

impl Client {
    /// A client with these limits. Opens nothing and reads nothing yet.
    ///
    /// # Errors
    /// [`NetError::Contact`] when the contact cannot stand in the User-Agent.
    pub fn new(poll: &Poll) -> Result<Self, NetError> {
        // An error says that the process has one already, which does as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let keep = poll.host_gap.min(LONG_PAUSE) + KEEP;
        Ok(Self {
            shared: Arc::new(Shared {
                agent: agent(poll.contact.as_deref())?,
                timeout: poll.timeout,
                max_bytes: poll.max_bytes,
                keep,
                resolver: GuardedResolver::default(),
                lanes: Default::default(),
                ways: Mutex::default(),
                warm: Mutex::new(Warm::new(keep)),
            }),
        })
    }

    pub(super) fn timeout(&self) -> Duration {
        self.shared.timeout
    }

    pub(super) fn max_bytes(&self) -> u64 {
        self.shared.max_bytes
    }

    /// Remembers that this origin has just answered.
    pub(super) fn warmed(&self, origin: String) {
        self.shared.warm.lock().unwrap_or_else(PoisonError::into_inner).add(origin, Instant::now());
    }

    /// Whether a connection to this origin may have been kept.
    pub(super) fn is_warm(&self, origin: &str) -> bool {
        self.shared.warm.lock().unwrap_or_else(PoisonError::into_inner).has(origin, Instant::now())
    }

    /// The connections of one kind.
    pub(super) fn lane(&self, lane: Lane, via: Option<Via<'_>>) -> Result<reqwest::Client, NetError> {
        if let Some(via) = via {
            return self.way(lane, via);
        }
        let slot = &self.shared.lanes[usize::from(lane.open) * 2 + usize::from(lane.tls)];
        match slot.get() {
            Some(made) => Ok(made.clone()),
            // A failure is not kept: the certificate authorities may be installed while marsad runs.
            None => self.make(lane, None).map(|made| slot.get_or_init(|| made).clone()),
        }
    }

    /// The connections behind a proxy.
    fn way(&self, lane: Lane, via: Via<'_>) -> Result<reqwest::Client, NetError> {
        let key = format!("{} {} {}", via.proxy, via.identity().unwrap_or_default(), lane.tls);
        let mut ways = self.shared.ways.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = ways.get(&key) {
            return Ok(made.clone());
        }
        if ways.len() >= MOST_WAYS {
            ways.clear();
        }
        let made = self.make(lane, Some(via))?;
        ways.insert(key, made.clone());
        Ok(made)
    }

    fn make(&self, lane: Lane, via: Option<Via<'_>>) -> Result<reqwest::Client, NetError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(TYPES));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate, br"));
        let mut builder = reqwest::Client::builder()
            .user_agent(self.shared.agent.clone())
            .default_headers(headers)
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT)
            .pool_idle_timeout(self.shared.keep)
            .pool_max_idle_per_host(1)
            .tcp_keepalive(None)
            .http1_ignore_invalid_headers_in_responses(true)
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true);
        // Below that the deadline over all hops is the one that ends it, with its clearer word.
        if self.shared.timeout > SILENCE {
            builder = builder.read_timeout(SILENCE);
        }
        match via {
            // Names are resolved at the proxy's end. Its own address is the user's word, wherever it leads.
            Some(via) => builder = builder.proxy(via.proxy()?).connect_timeout(CONNECT_BEHIND_PROXY),
            None if !lane.open => builder = builder.dns_resolver(self.shared.resolver.clone()),
            None => {}
        }
        if !lane.tls {
            builder = builder.tls_backend_preconfigured(trusting_nobody()?);
        }
        builder.build().map_err(|e| NetError::Setup(e.into()))
    }
}

/// TLS settings that accept no certificate, for the lanes that never use TLS: they cost no reading of authorities.
fn trusting_nobody() -> Result<rustls::ClientConfig, NetError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| NetError::Setup(e.into()))?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth())
}

fn agent(contact: Option<&str>) -> Result<HeaderValue, NetError> {
    let name = concat!("marsad/", env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
    let text = match contact.map(str::trim).filter(|c| !c.is_empty()) {
        Some(contact) => format!("{name} (+{contact})"),
        None => name.to_owned(),
    };
    if text.is_ascii() { HeaderValue::from_str(&text).map_err(|_| NetError::Contact) } else { Err(NetError::Contact) }
}
