//! The fetch of one feed: conditional, along at most five redirects, each in its host's turn, within one deadline and one cap.
//!
//! It decides nothing about what an outcome means for the feed, and never asks again, but once where a kept connection turns out
//! to be closed, and once where the caller doubts a 304.

mod path;

use super::{
    Body, Fetched,
    body::{BodyError, Wire},
    client::{Client, Lane, Via},
    guard, headers,
    hosts::Turn,
    places::Place,
    reason,
    secrets::Secrets,
};
use crate::engine::feed::Validators;
use path::Path;
use reqwest::{
    RequestBuilder, Response, StatusCode,
    header::{CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION},
};
use sha2::{Digest, Sha256};
use std::time::Duration;
use tokio::time::{Instant, timeout};
use url::Url;

/// What to ask for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The address of the feed, `http` or `https`.
    pub url: &'a str,
    /// What the last answer with a body gave, byte for byte.
    pub validators: &'a Validators,
    /// The address that gave them; they are sent to no other. `None` stands for `url`.
    pub validators_url: Option<&'a str>,
    /// Hash of the last body on the wire: the same again is [`Fetched::Unchanged`], without being unpacked.
    pub known_hash: Option<[u8; 16]>,
    /// Whether "unchanged" is doubted: a 304 is followed by the same question without conditions, which is the one that counts.
    pub doubted: bool,
    /// Whether the host of `url` may have private addresses. No other host may, wherever it redirects.
    pub allow_private: bool,
    /// The time now in Unix milliseconds, for the dates in headers.
    pub now_ms: i64,
    /// The one way to ask, where there is a proxy.
    pub via: Option<Via<'a>>,
    /// Sent to the origin that they were written for, and to no other.
    pub secrets: Option<&'a Secrets>,
}

impl<'a> Request<'a> {
    /// The question without conditions.
    #[must_use]
    pub fn new(url: &'a str, allow_private: bool, now_ms: i64) -> Self {
        const NONE: &Validators = &Validators { etag: None, last_modified: None };
        let (validators_url, known_hash, via, secrets) = (None, None, None, None);
        Self { url, validators: NONE, validators_url, known_hash, doubted: false, allow_private, now_ms, via, secrets }
    }
}

/// An end without a document.
#[derive(Debug)]
enum Stop {
    Refused(String),
    Failed { reason: String, status: Option<StatusCode>, retry_after_s: Option<u64>, unreached: bool },
    Held { host: String, until_ms: i64 },
}

impl Stop {
    fn failed(reason: impl Into<String>, status: Option<StatusCode>) -> Self {
        Self::Failed { reason: reason.into(), status, retry_after_s: None, unreached: false }
    }

    fn told(self, at: &Url) -> Fetched {
        match self {
            Self::Refused(reason) => Fetched::Refused { reason },
            Self::Held { host, until_ms } => Fetched::Held { host, until_ms },
            Self::Failed { reason, status, retry_after_s, unreached } => {
                let host = at.host_str().unwrap_or_default().to_owned();
                Fetched::Failed { reason, status: status.map(|s| s.as_u16()), retry_after_s, host, unreached }
            }
        }
    }
}

/// What one question came to.
#[derive(Debug)]
enum Answer {
    /// A redirect, which the path has followed.
    Moved,
    /// All that there is to say.
    End(Fetched),
    /// A body on the wire, and the head before it.
    Wire(StatusCode, HeaderMap, Vec<u8>),
}

impl Client {
    /// Asks for a feed without waiting for anybody's turn: for one question, asked by a person.
    pub async fn fetch(&self, request: &Request<'_>) -> Fetched {
        self.fetch_in_turn(request, &mut Turn::default()).await
    }

    /// Asks for a feed, at each host on the way when it is its turn. Ends within `[poll] timeout`, whatever the servers do, the
    /// waiting for turns not counted, or within twice that where a 304 is doubted; with at most `max_bytes` of memory for the body.
    pub async fn fetch_in_turn(&self, request: &Request<'_>, turn: &mut Turn) -> Fetched {
        let mut answer = self.question(request, turn).await;
        if request.doubted && matches!(answer, Fetched::Unchanged { body_hash: None, .. }) {
            answer = self.question(&Request { validators: &Validators::default(), ..*request }, turn).await;
            if let Fetched::Body(body) = &mut answer {
                body.denied = true;
            }
        }
        answer
    }

    async fn question(&self, request: &Request<'_>, turn: &mut Turn) -> Fetched {
        let mut path = match Path::begin(request.url) {
            Ok(path) => path,
            Err(reason) => return Fetched::Refused { reason },
        };
        match self.follow(&mut path, request, turn).await {
            Ok(fetched) => fetched,
            Err(stop) => stop.told(&path.at),
        }
    }

    async fn follow(&self, path: &mut Path, request: &Request<'_>, turn: &mut Turn) -> Result<Fetched, Stop> {
        let (mut left, begun) = (self.timeout(), Instant::now());
        loop {
            let host = path.at.host_str().unwrap_or_default().to_owned();
            let now_ms = request.now_ms + i64::try_from(begun.elapsed().as_millis()).unwrap_or(0);
            turn.at(&host, now_ms).await.map_err(|until_ms| Stop::Held { host, until_ms })?;
            let (started, mut headed) = (Instant::now(), false);
            let asking = timeout(left, self.hop(path, request, turn, &mut headed));
            let answer = match turn.place() {
                Some(place) => place.lasting(asking).await.map_err(|crowded| Stop::failed(crowded.to_string(), None))?,
                None => asking.await,
            };
            match answer {
                Ok(Ok(Answer::Moved)) => left = left.saturating_sub(started.elapsed()).max(Duration::from_millis(1)),
                Ok(Ok(Answer::End(fetched))) => return Ok(fetched),
                Ok(Ok(Answer::Wire(status, head, wire))) => {
                    if let Some(place) = turn.place() {
                        place.come_back().await;
                    }
                    return Ok(self.read(path, request, (status, &head, wire)));
                }
                Ok(Err(stop)) => return Err(stop),
                Err(_) => {
                    let reason = format!("no complete answer within {}", reason::span(self.timeout()));
                    return Err(Stop::Failed { reason, status: None, retry_after_s: None, unreached: !headed });
                }
            }
        }
    }

    /// One question and its answer. `headed` tells that a head came.
    async fn hop(&self, path: &mut Path, request: &Request<'_>, turn: &Turn, headed: &mut bool) -> Result<Answer, Stop> {
        let response = self.ask(path, request, turn.is_last()).await?;
        *headed = true;
        let status = response.status();
        if is_redirect(status) {
            path.step(status, response.headers().get(LOCATION))?;
            return Ok(Answer::Moved);
        }
        self.take(response, path, request, turn.place()).await
    }

    /// One request, answered up to the head. A kept connection that the server has closed meanwhile is not its answer: the
    /// question is put once more, over a new one. Where it is the `last` for now, the connection is not kept: it would hold a file
    /// descriptor and the buffer of a whole document for nobody (RFC 9112 section 9.6).
    async fn ask(&self, path: &Path, request: &Request<'_>, last: bool) -> Result<Response, Stop> {
        // The host's own word only covers the host that the user named.
        let open = request.allow_private && path.at.host() == path.home.host();
        if let (false, Some(host)) = (open, path.at.host()) {
            guard::check_literal(&host).map_err(|e| path.refused(&e))?;
        }
        // Asking the public name service for one would tell everybody (RFC 7686 section 2).
        if is_onion(&path.at) && !request.via.is_some_and(|via| via.proxy.starts_with("socks5h:")) {
            return Err(Stop::Refused("an .onion address is asked through a socks5h proxy alone".to_owned()));
        }
        let lane = Lane { open, tls: path.at.scheme() == "https" };
        let client = self.lane(lane, request.via).map_err(|e| Stop::failed(with_cause(&e), None))?;
        let ask = || {
            let ask = conditions(client.get(path.at.clone()), path, request);
            if last { ask.header(CONNECTION, "close") } else { ask }.send()
        };
        let origin = || path.at.origin().ascii_serialization();
        let mut answer = ask().await;
        if answer.as_ref().is_err_and(|e| reason::closed_early(e) && self.is_warm(&origin())) {
            answer = ask().await;
        }
        match answer {
            Ok(response) => {
                if !last {
                    self.warmed(origin());
                }
                Ok(response)
            }
            Err(e) => Err(match reason::private(&e) {
                Some(private) => path.refused(private),
                None => {
                    let unreached = reason::unreached(&e);
                    Stop::Failed { reason: reason::sentence(e), status: None, retry_after_s: None, unreached }
                }
            }),
        }
    }

    /// The end of the hops: what the last answer says.
    async fn take(&self, mut response: Response, path: &Path, request: &Request<'_>, place: Option<&Place>) -> Result<Answer, Stop> {
        let status = response.status();
        let is_part = status == StatusCode::IM_USED && path.owns(request) && request.validators.etag.is_some();
        if is_part || matches!(status, StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION) {
            let head = std::mem::take(response.headers_mut());
            let wire = self.wire(&mut response, &head, place).await.map_err(|reason| Stop::failed(reason, Some(status)))?;
            return Ok(Answer::Wire(status, head, wire));
        }
        let head = response.headers();
        match status {
            StatusCode::NOT_MODIFIED if path.owns(request) && !request.validators.is_empty() => Ok(Answer::End(Fetched::Unchanged {
                validators: headers::merged(request.validators, headers::validators(head)),
                body_hash: None,
                hints: headers::hints(head, request.now_ms),
                wire_bytes: 0,
                url: path.shown().to_owned(),
                moved_to: path.moved_to(),
            })),
            StatusCode::NOT_MODIFIED => Err(Stop::failed("answered 304 to a question without conditions", Some(status))),
            // A temporary redirect's target speaks for today, not for good.
            StatusCode::GONE if path.permanent => Ok(Answer::End(Fetched::Gone)),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Err(Stop::Failed {
                reason: answered(status),
                status: Some(status),
                retry_after_s: headers::retry_after_s(head, request.now_ms),
                unreached: false,
            }),
            _ => Err(Stop::failed(answered(status), Some(status))),
        }
    }

    /// What a good answer is: the body that is known, or a new one.
    fn read(&self, path: &Path, request: &Request<'_>, (status, head, wire): (StatusCode, &HeaderMap, Vec<u8>)) -> Fetched {
        let partial = status == StatusCode::IM_USED;
        let body_hash = hash(&wire);
        let validators = headers::validators(head);
        let hints = headers::hints(head, request.now_ms);
        let (url, moved_to) = (path.shown().to_owned(), path.moved_to());
        if !partial && request.known_hash == Some(body_hash) {
            return Fetched::Unchanged { validators, body_hash: Some(body_hash), hints, wire_bytes: wire.len() as u64, url, moved_to };
        }
        let wire = Wire { bytes: wire, encoding: headers::content_encoding(head), cap: self.max_bytes() };
        let (content_type, links) = (headers::content_type(head), headers::links(head));
        Fetched::Body(Body { wire, content_type, validators, body_hash, url, moved_to, hints, links, partial, denied: false })
    }

    /// The bytes on the wire, up to the cap; beyond it the connection is dropped.
    async fn wire(&self, response: &mut Response, head: &HeaderMap, place: Option<&Place>) -> Result<Vec<u8>, String> {
        let cap = self.max_bytes();
        let announced = head.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok()).unwrap_or(0);
        if announced > cap {
            return Err(BodyError::TooLarge(cap).to_string());
        }
        // No more is set aside on a stranger's word than a usual feed takes.
        let mut wire = Vec::with_capacity(usize::try_from(announced).unwrap_or(0).min(1 << 20));
        while let Some(chunk) = response.chunk().await.map_err(reason::sentence)? {
            if (wire.len() + chunk.len()) as u64 > cap {
                return Err(BodyError::TooLarge(cap).to_string());
            }
            if let Some(place) = place {
                place.hold(wire.len() + chunk.len()).await;
            }
            wire.extend_from_slice(&chunk);
        }
        Ok(wire)
    }
}

/// The request with the validators that belong to its address, byte for byte (RFC 9110 section 13.1). With an entity tag it
/// also asks for less: only what is new since then (RFC 3229 section 10.5.3, with the practice of feeds for its name).
/// Secrets go to the origin they were written for alone (RFC 9110 section 15.4), wherever the question began.
fn conditions(mut ask: RequestBuilder, path: &Path, request: &Request<'_>) -> RequestBuilder {
    if let Some(secrets) = request.secrets.filter(|secrets| secrets.origin == path.at.origin()) {
        if let Some((user, password)) = &secrets.basic {
            ask = ask.basic_auth(user, Some(password));
        }
        ask = secrets.headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value));
    }
    if !path.owns(request) {
        return ask;
    }
    for (name, value) in [(IF_NONE_MATCH, &request.validators.etag), (IF_MODIFIED_SINCE, &request.validators.last_modified)] {
        if let Some(value) = value.as_deref().and_then(|v| HeaderValue::from_bytes(v).ok()) {
            ask = ask.header(name, value);
        }
    }
    if request.validators.etag.is_some() { ask.header("A-IM", "feed") } else { ask }
}

fn is_onion(url: &Url) -> bool {
    url.domain().is_some_and(|name| name.trim_end_matches('.').ends_with(".onion"))
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// "answered 404 Not Found", in the words of the standard, not of the server.
fn answered(status: StatusCode) -> String {
    format!("answered {status}").replace(" <unknown status code>", "")
}

fn with_cause(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", with_cause(cause)),
        None => error.to_string(),
    }
}

fn hash(wire: &[u8]) -> [u8; 16] {
    let mut cut = [0; 16];
    cut.copy_from_slice(&Sha256::digest(wire)[..16]);
    cut
}
