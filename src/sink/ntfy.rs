//! Alerts to a topic of an ntfy server, by its JSON API. Title and body are plain text there; markup is off.

use super::{
    Message, Receipt, SendError, Sending, Shape, Sink, Wrong,
    http::{Call, Http, web},
    secret::Secret,
    told,
};
use crate::engine::{
    alert::{
        encode::clip,
        plain::{Plain, severity_word},
    },
    rule::Severity,
};
use reqwest::Url;
use serde_json::{Value, json};
use std::time::Duration;

/// The most bytes of a message; a longer one becomes an attachment (ntfy documentation, "Limitations").
const MAX_MESSAGE: usize = 4_000;
/// The most bytes of a title: what phones show, and far below what its other ways of transport take.
const MAX_TITLE: usize = 1_000;

/// A topic.
#[derive(Debug)]
pub struct Ntfy {
    http: Http,
    server: Url,
    topic: String,
    token: Option<Secret>,
    at_once: usize,
}

impl Ntfy {
    /// The topic `topic` of `server`.
    ///
    /// # Errors
    /// An address that is not http(s).
    pub(super) fn new(server: &str, topic: &str, token: Option<Secret>, at_once: usize, timeout: Duration) -> Result<Self, Wrong> {
        Ok(Ntfy { http: Http::new(timeout)?, server: web(server)?, topic: topic.to_owned(), token, at_once })
    }

    async fn publish(&self, message: &Message) -> Result<Receipt, SendError> {
        let said = told(message)?;
        let token = match &self.token {
            Some(token) => Some(token.now().await?),
            None => None,
        };
        let call = |body: &Value| {
            let call = Call::post(self.server.clone(), body);
            token.as_deref().map_or(Ok(call.clone()), |token| call.bearer(token))
        };
        let answer = self.http.call_or_plain(call(&rich(&self.topic, &said))?, call(&bare(&self.topic, &said))?).await?;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        Ok(answer["id"].as_str().unwrap_or_default().to_owned())
    }
}

impl Sink for Ntfy {
    fn shape(&self) -> Shape {
        Shape::ByStory { at_once: self.at_once }
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.publish(message))
    }
}

/// The message to `topic` with title, priority, tags and link.
pub fn rich(topic: &str, said: &Plain) -> Value {
    let mut body = bare(topic, said);
    body["title"] = clip(&said.title, MAX_TITLE, char::len_utf8).into();
    body["message"] = clip(if said.body.is_empty() { &said.title } else { &said.body }, MAX_MESSAGE, char::len_utf8).into();
    body["priority"] = priority(said.severity).into();
    body["tags"] = json!(["newspaper", severity_word(said.severity)]);
    if let Some(link) = &said.link {
        body["click"] = link.as_str().into();
    }
    body
}

/// The message to `topic` with nothing that a server could stumble over.
pub fn bare(topic: &str, said: &Plain) -> Value {
    json!({ "topic": topic, "message": clip(&format!("{}\n{}", said.title, said.body), MAX_MESSAGE, char::len_utf8) })
}

/// 1 is the least, 3 the usual, 5 the most (ntfy documentation, "Message priority").
fn priority(severity: Severity) -> u8 {
    match severity {
        Severity::Low => 2,
        Severity::Normal => 3,
        Severity::High => 4,
        Severity::Critical => 5,
    }
}
