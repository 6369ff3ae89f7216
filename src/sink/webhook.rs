//! Alerts as JSON by HTTP POST. Every repeat carries the same `webhook-id`, so that a receiver can tell it twice from
//! two. It follows no redirect, sends no cookie and no Referer, and no error of it names more of the URL than the host.

use super::{HOUR, Message, NEW, Receipt, SendError, Sending, Shape, Sink, Wrong, only, retry, token};
use crate::engine::alert::json::json;
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};
use std::{error::Error, path::PathBuf, sync::Once, time::Duration};

/// The longest pause that a receiver can ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Who says so.
const USER_AGENT: &str = concat!("marsad/", env!("CARGO_PKG_VERSION"));

/// A receiver of alerts over HTTP.
#[derive(Debug)]
pub struct Webhook {
    client: Client,
    url: Url,
    host: String,
    token_file: Option<PathBuf>,
    archive: String,
}

impl Webhook {
    /// A webhook at `url`. The token file is read at every send; here only to know early that it can be.
    ///
    /// # Errors
    /// A URL that is not http(s), or a token that [`token::read`] refuses.
    pub fn new(url: &str, token_file: Option<PathBuf>, timeout: Duration, archive: &str) -> Result<Self, Wrong> {
        let web = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        // The URL itself may hold a secret: it is not repeated here.
        let url = web.ok_or_else(|| ("the webhook's url is not an http or https address".to_owned(), None))?;
        if let Some(path) = &token_file {
            bearer(&token::read(path)?).map_err(|message| (message, None))?;
        }
        let client = client(timeout).map_err(|error| (format!("cannot set up HTTP: {}", chain(&error.without_url())), None))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        Ok(Webhook { client, url, host, token_file, archive: archive.to_owned() })
    }

    async fn post(&self, message: &Message) -> Result<Receipt, SendError> {
        let alert = only(message)?;
        let body = serde_json::json!({ "version": 1, "archive": self.archive, "alert": json(alert, NEW) });
        let key = HeaderValue::from_str(&message.key).map_err(|_| SendError::Dead { reason: "the key cannot stand in a header".into() })?;
        let mut request = self.client.post(self.url.clone()).header("webhook-id", key).header(CONTENT_TYPE, "application/json");
        if let Some(token) = self.authorization().await? {
            request = request.header(reqwest::header::AUTHORIZATION, token);
        }
        let response = request.body(body.to_string()).send().await;
        answer(&response.map_err(|error| retry(format!("{}: {}", self.host, chain(&error.without_url()))))?, &self.host)
    }

    async fn authorization(&self) -> Result<Option<HeaderValue>, SendError> {
        let Some(path) = self.token_file.clone() else { return Ok(None) };
        let token = tokio::task::spawn_blocking(move || token::read(&path)).await;
        let token = token.map_err(|error| retry(format!("reading the token stopped: {error}")))?.map_err(|(message, _)| retry(message))?;
        bearer(&token).map(Some).map_err(retry)
    }
}

impl Sink for Webhook {
    fn shape(&self) -> Shape {
        Shape::Each
    }

    fn expires_after(&self) -> Duration {
        72 * HOUR
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.post(message))
    }
}

fn client(timeout: Duration) -> reqwest::Result<Client> {
    static PROVIDER: Once = Once::new();
    // An error means that somebody installed one already, and any will do.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    // The whole call, answer included, has this long; connecting cannot take longer either.
    Client::builder().timeout(timeout).user_agent(USER_AGENT).redirect(Policy::none()).referer(false).no_proxy().build()
}

fn bearer(token: &str) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| "the token has characters that no header can hold")?;
    value.set_sensitive(true);
    Ok(value)
}

/// What an answer means. A redirect is worth another try: a hotel's network answers so to everything.
fn answer(response: &Response, host: &str) -> Result<Receipt, SendError> {
    let status = response.status();
    if status.is_success() {
        return Ok(String::new());
    }
    let reason = format!("{host} answered {status}");
    let again = status.is_server_error()
        || status.is_redirection()
        || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS);
    if again { Err(SendError::Retry { reason, after: retry_after(response.headers()) }) } else { Err(SendError::Dead { reason }) }
}

/// How long the other side asks to be left alone (RFC 9110, 10.2.3): seconds, or a date that is counted from the
/// answer's own `Date`, since their clock may not be ours. At most 24 h.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let asked = text(RETRY_AFTER)?;
    if !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = asked.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER));
    }
    let date = |text| jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok();
    let seconds = date(asked)?.as_second().saturating_sub(date(text(DATE)?)?.as_second());
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)).min(MAX_RETRY_AFTER))
}

/// An error and its causes in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(asked: &str) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, HeaderValue::from_static("Sun, 22 Nov 2026 08:00:00 GMT"));
        headers.insert(RETRY_AFTER, HeaderValue::from_str(asked).unwrap());
        retry_after(&headers).map(|after| after.as_secs())
    }

    #[test]
    fn a_pause_that_is_asked_for_is_honoured_up_to_a_day() {
        assert_eq!(after("120"), Some(120));
        assert_eq!(after("1000000000000"), Some(86_400));
        assert_eq!(after("99999999999999999999999"), Some(86_400));
        assert_eq!(after("Sun, 22 Nov 2026 08:01:30 GMT"), Some(90));
        assert_eq!(after("Sun, 22 Nov 2020 08:01:30 GMT"), Some(0));
        assert_eq!((after("-5"), after("soon"), after("")), (None, None, None));
    }

    #[test]
    fn a_url_that_is_not_of_the_web_is_refused_without_repeating_it() {
        let (message, _) = Webhook::new("ftp://user:s3cret@host/", None, HOUR, "a").unwrap_err();
        assert!(!message.contains("s3cret"), "{message}");
    }
}
