//! Alerts to a room of Matrix. Every repeat carries the same transaction id, by which the homeserver knows it for one
//! (client-server API, "Transaction identifiers"). The message says that it mentions nobody.

use super::{
    Message, Receipt, SendError, Sending, Shape, Sink, Wrong,
    http::{Call, Http, web},
    secret::Secret,
    told,
};
use crate::engine::alert::{
    encode::{unmention, xml},
    plain::Plain,
};
use reqwest::Url;
use serde_json::{Value, json};
use std::time::Duration;

/// A room.
#[derive(Debug)]
pub struct Matrix {
    http: Http,
    server: Url,
    room: String,
    token: Secret,
    at_once: usize,
}

impl Matrix {
    /// The room `room`, told by the account of `token` at `server`.
    ///
    /// # Errors
    /// An address that is not http(s).
    pub(super) fn new(server: &str, room: &str, token: Secret, at_once: usize, timeout: Duration) -> Result<Self, Wrong> {
        Ok(Matrix { http: Http::new(timeout)?, server: web(server)?, room: room.to_owned(), token, at_once })
    }

    async fn put(&self, message: &Message) -> Result<Receipt, SendError> {
        let said = told(message)?;
        let token = self.token.now().await?;
        let call = |transaction: &str, body: &Value| Call::put(self.event(transaction), body).bearer(&token);
        // What was refused under an id may be remembered under it.
        let plain_id = format!("{}-plain", message.key);
        let answer = self.http.call_or_plain(call(&message.key, &rich(&said))?, call(&plain_id, &bare(&said))?).await?;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        Ok(answer["event_id"].as_str().unwrap_or_default().to_owned())
    }

    fn event(&self, transaction: &str) -> Url {
        let mut url = self.server.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["_matrix", "client", "v3", "rooms", &self.room, "send", "m.room.message", transaction]);
        }
        url
    }
}

impl Sink for Matrix {
    fn shape(&self) -> Shape {
        Shape::ByStory { at_once: self.at_once }
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.put(message))
    }
}

/// The event with HTML.
pub fn rich(said: &Plain) -> Value {
    let mut event = bare(said);
    let head = xml(&unmention(said.head())).replace('\n', "<br>");
    let link = said.link.as_deref().map_or_else(String::new, |link| format!("<br><a href=\"{0}\">{0}</a>", xml(link)));
    event["format"] = "org.matrix.custom.html".into();
    event["formatted_body"] = format!("<strong>{}</strong><br>{head}{link}", xml(&unmention(&said.title))).into();
    event
}

/// The event as plain text.
pub fn bare(said: &Plain) -> Value {
    let body = format!("{}\n{}", unmention(&said.title), unmention(&said.body));
    json!({ "msgtype": "m.text", "body": body, "m.mentions": {} })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::alert::{
        encode::tests::hostile,
        plain::{plain, tests::alert},
    };
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn its_only_tags_are_our_own_and_nobody_is_mentioned(title in hostile(), hit in hostile()) {
            let said = plain(&[alert("idlib", &title, &[&hit])], &[]).unwrap();
            let event = rich(&said);
            let html = event["formatted_body"].as_str().unwrap();
            let rest = html.replace("<strong>", "").replace("</strong>", "").replace("<br>", "").replace("</a>", "");
            prop_assert_eq!(rest.replace("<a href=\"https://news.example/1\">", "").matches(['<', '>']).count(), 0);
            prop_assert_eq!(&event["m.mentions"], &json!({}));
            prop_assert!(!event["body"].as_str().unwrap().contains("@room"));
        }
    }
}
