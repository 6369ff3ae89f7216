//! Fetching feeds from servers that behave, and from servers that do not.

mod conditional;
mod crowded;
mod guarded;
mod hostile;
mod packed;
mod polite;
mod redirects;
mod tls;

use crate::support::server::{Reply, Server};
use marsad::{
    config::Poll,
    engine::feed::Validators,
    net::{Body, Fetched, client::Client, fetch::Request},
};
use std::time::Duration;

const RSS: &str = "<rss version=\"2.0\"><channel><title>نشرة</title></channel></rss>";
static NONE: Validators = Validators { etag: None, last_modified: None };

fn poll() -> Poll {
    Poll { timeout: Duration::from_secs(20), max_bytes: 1 << 20, host_gap: Duration::ZERO, ..Poll::default() }
}

/// A client that gives up quickly, for servers that never end.
fn hasty() -> Client {
    Client::new(&Poll { timeout: Duration::from_millis(400), ..poll() }).unwrap()
}

fn client() -> Client {
    Client::new(&poll()).unwrap()
}

/// A request without conditions, for a feed that may be private.
fn ask(url: &str) -> Request<'_> {
    Request {
        url,
        validators: &NONE,
        validators_url: None,
        known_hash: None,
        doubted: false,
        allow_private: true,
        now_ms: 0,
        via: None,
        secrets: None,
    }
}

/// What comes of one reply to one request.
async fn answer(reply: Reply) -> Fetched {
    let server = Server::start(move |_| reply.clone());
    client().fetch(&ask(&server.url("/feed"))).await
}

#[track_caller]
fn body(fetched: Fetched) -> Body {
    match fetched {
        Fetched::Body(body) => body,
        other => panic!("no body: {other:?}"),
    }
}

/// The document that came, unpacked.
#[track_caller]
fn document(fetched: Fetched) -> Vec<u8> {
    body(fetched).wire.unpack().unwrap()
}

/// Why none came, or why what came cannot be unpacked.
#[track_caller]
fn failure(fetched: Fetched) -> String {
    match fetched {
        Fetched::Failed { reason, .. } => reason,
        Fetched::Body(body) => body.wire.unpack().expect_err("a document came").to_string(),
        other => panic!("no failure: {other:?}"),
    }
}

#[track_caller]
fn refusal(fetched: Fetched) -> String {
    match fetched {
        Fetched::Refused { reason } => reason,
        other => panic!("no refusal: {other:?}"),
    }
}
