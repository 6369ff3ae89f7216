//! Alerts as JSON by HTTP POST. Every repeat carries the same `webhook-id`, so that a receiver can tell it twice from
//! two, and a signature where there is a secret to sign with.

use super::{
    Message, NEW, Receipt, SendError, Sending, Shape, Sink, Wrong,
    http::{Call, Http, web},
    only, retry,
    secret::Secret,
    signature,
};
use crate::engine::alert::{self, Alert};
use reqwest::Url;
use serde_json::{Value, json};
use std::time::Duration;

/// A receiver of alerts over HTTP.
#[derive(Debug)]
pub struct Webhook {
    http: Http,
    url: Url,
    token: Option<Secret>,
    signing: Option<Secret>,
    archive: String,
}

impl Webhook {
    /// A webhook at `url`.
    ///
    /// # Errors
    /// An address that is not http(s), or a secret that cannot sign.
    pub(super) fn new(url: &str, token: Option<Secret>, signing: Option<Secret>, timeout: Duration, archive: &str) -> Result<Self, Wrong> {
        if let Some(signing) = &signing {
            signature::sign(&signing.at_start()?, "", 0, "").map_err(|message| (message, None))?;
        }
        Ok(Webhook { http: Http::new(timeout)?, url: web(url)?, token, signing, archive: archive.to_owned() })
    }

    async fn post(&self, message: &Message) -> Result<Receipt, SendError> {
        let alert = only(message)?;
        let mut call = Call::post(self.url.clone(), &body(&self.archive, alert)).with("webhook-id", &message.key)?;
        if let Some(token) = &self.token {
            call = call.bearer(&token.now().await?)?;
        }
        let seconds = message.sent_ms.div_euclid(1000);
        call = call.with("webhook-timestamp", &seconds.to_string())?;
        if let Some(signing) = &self.signing {
            let secrets = signing.now().await?;
            let signed = signature::sign(&secrets, &message.key, seconds, call.body()).map_err(retry)?;
            call = call.with("webhook-signature", &signed)?;
        }
        self.http.call(call).await.map(|_answer| Receipt::new())
    }
}

/// What is sent of `alert` from the archive of this id.
pub fn body(archive: &str, alert: &Alert) -> Value {
    json!({ "version": 1, "archive": archive, "alert": alert::json::json(alert, NEW) })
}

impl Sink for Webhook {
    fn shape(&self) -> Shape {
        Shape::Each
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.post(message))
    }
}
