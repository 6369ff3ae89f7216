//! The HTTP that sinks share: one bounded call, and what an answer means. It follows no redirect, keeps no cookie, sends
//! no Referer, uses no proxy, and no error of it names more of an address than the host.

use super::{SendError, Wrong, dead, retry, secret::Secret};
use crate::engine::alert::{plain::MAX_TITLE, safe::safe};
use reqwest::{
    Client, Method, Response, StatusCode, Url,
    header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};
use serde_json::Value;
use std::{error::Error, sync::Once, time::Duration};

/// The longest pause that a receiver can ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// How much of an answer is read, in bytes: what is looked for stands in its first lines.
const MAX_ANSWER: usize = 64 * 1024;

/// Who says so.
const USER_AGENT: &str = concat!("marsad/", env!("CARGO_PKG_VERSION"));

/// A client for one sink.
#[derive(Debug, Clone)]
pub struct Http {
    client: Client,
}

/// A request with JSON in it. `Debug` is not derived: it holds secrets.
#[derive(Clone)]
pub struct Call {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: String,
    hidden: Vec<String>,
}

/// An answer that says no, or none at all.
#[derive(Debug)]
struct Refusal {
    status: Option<StatusCode>,
    reason: String,
    after: Option<Duration>,
}

impl Http {
    /// A client whose calls take at most `timeout` each, the answer included.
    ///
    /// # Errors
    /// The system's certificates cannot be used.
    pub fn new(timeout: Duration) -> Result<Self, Wrong> {
        static PROVIDER: Once = Once::new();
        // An error means that somebody installed one already, and any will do.
        PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let builder = Client::builder().timeout(timeout).user_agent(USER_AGENT).redirect(Policy::none()).referer(false).no_proxy();
        let client = builder.build().map_err(|error| (format!("cannot set up HTTP: {}", chain(&error.without_url())), None))?;
        Ok(Http { client })
    }

    /// Makes the call and gives what was answered, as far as it is kept.
    ///
    /// # Errors
    /// Worth another try: no answer, 5xx, 408, 425, 429, and redirects, since a hotel's network answers so to everything.
    /// Dead: the rest of 4xx.
    pub async fn call(&self, call: Call) -> Result<Vec<u8>, SendError> {
        Ok(self.once(call).await?)
    }

    /// Makes the call; where the other side cannot read it (400, 413, 422), makes the plain one instead, once, so that no
    /// fault of our encoding eats an alert.
    ///
    /// # Errors
    /// As [`Http::call`].
    pub async fn call_or_plain(&self, rich: Call, plain: Call) -> Result<Vec<u8>, SendError> {
        match self.once(rich).await {
            Err(Refusal { status: Some(status), reason, .. }) if matches!(status.as_u16(), 400 | 413 | 422) => {
                let again = self.once(plain).await;
                again.map_err(|second| match SendError::from(second) {
                    SendError::Dead { reason: again } => dead(format!("{reason}; as plain text: {again}")),
                    other => other,
                })
            }
            other => Ok(other?),
        }
    }

    async fn once(&self, call: Call) -> Result<Vec<u8>, Refusal> {
        let host = call.url.host_str().unwrap_or_default().to_owned();
        let request = self.client.request(call.method, call.url).headers(call.headers).body(call.body);
        let sent = request.send().await;
        let mut response = sent.map_err(|error| {
            // Not even the library's words may repeat what is hidden.
            let reason = conceal(format!("{host}: {}", chain(&error.without_url())), &call.hidden);
            Refusal { status: None, reason, after: None }
        })?;
        let status = response.status();
        let body = read(&mut response).await;
        if status.is_success() {
            return Ok(body);
        }
        let said = said(&body).map_or_else(String::new, |said| format!(": {said}"));
        let reason = conceal(format!("{host} answered {status}{said}"), &call.hidden);
        let after = retry_after(response.headers()).or_else(|| asked(&body));
        Err(Refusal { status: Some(status), reason, after })
    }
}

impl Call {
    /// A POST of `body` to `url`.
    pub fn post(url: Url, body: &Value) -> Self {
        Self::new(Method::POST, url, body)
    }

    /// A PUT of `body` to `url`.
    pub fn put(url: Url, body: &Value) -> Self {
        Self::new(Method::PUT, url, body)
    }

    fn new(method: Method, url: Url, body: &Value) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Call { method, url, headers, body: body.to_string(), hidden: Vec::new() }
    }

    /// The body, letter by letter as it is sent.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The same with a header field of ours.
    ///
    /// # Errors
    /// The value has letters that no header can hold.
    pub fn with(mut self, name: &'static str, value: &str) -> Result<Self, SendError> {
        let value = HeaderValue::from_str(value).map_err(|_| dead(format!("what should stand in `{name}` cannot stand in a header")))?;
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(self)
    }

    /// The same with `token` as `Authorization: Bearer`, and never in an error.
    ///
    /// # Errors
    /// The token has letters that no header can hold; the file can be put right.
    pub fn bearer(mut self, token: &str) -> Result<Self, SendError> {
        let value = HeaderValue::from_str(&format!("Bearer {token}"));
        let mut value = value.map_err(|_| retry("the token has characters that no header can hold"))?;
        value.set_sensitive(true);
        self.headers.insert(AUTHORIZATION, value);
        Ok(self.hiding(token))
    }

    /// The same; `secret` is taken out of whatever the other side says.
    pub fn hiding(mut self, secret: &str) -> Self {
        self.hidden.push(secret.to_owned());
        self
    }
}

impl From<Refusal> for SendError {
    fn from(Refusal { status, reason, after }: Refusal) -> Self {
        let again = status.is_none_or(|status| {
            let later = matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS);
            status.is_server_error() || status.is_redirection() || status.is_informational() || later
        });
        if again { SendError::Retry { reason, after } } else { SendError::Dead { reason } }
    }
}

/// An incoming webhook of a chat: its address is the secret.
#[derive(Debug)]
pub struct Hook {
    http: Http,
    address: Secret,
    /// Messages one by one before a backlog is told in one.
    pub at_once: usize,
}

impl Hook {
    /// A webhook whose address stands in a file.
    ///
    /// # Errors
    /// What stands there is no web address.
    pub fn new(address: Secret, at_once: usize, timeout: Duration) -> Result<Self, Wrong> {
        web(&address.at_start()?)?;
        Ok(Hook { http: Http::new(timeout)?, address, at_once })
    }

    /// Posts `rich`, or `plain` where that cannot be read.
    ///
    /// # Errors
    /// As [`Http::call`].
    pub async fn post(&self, rich: &Value, plain: &Value) -> Result<Vec<u8>, SendError> {
        let address = self.address.now().await?;
        let url = web(&address).map_err(|(message, _)| retry(message))?;
        let call = |body| Call::post(url.clone(), body).hiding(&address).hiding(url.path());
        self.http.call_or_plain(call(rich), call(plain)).await
    }
}

/// A web address, or a complaint that does not repeat it: it may hold a secret.
///
/// # Errors
/// It is no address, or not http(s).
pub fn web(text: &str) -> Result<Url, Wrong> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| ("the sink's address is not an http or https address".to_owned(), None))
}

/// The beginning of an answer. One that is cut is as good as it is: its status has come.
async fn read(response: &mut Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = MAX_ANSWER - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == MAX_ANSWER {
            break;
        }
    }
    body
}

fn conceal(text: String, hidden: &[String]) -> String {
    hidden.iter().filter(|secret| secret.len() > 1).fold(text, |text, secret| text.replace(secret.as_str(), "…"))
}

/// What the other side says of its refusal, in one line: the field of its JSON that services use for it, or plain text.
fn said(body: &[u8]) -> Option<String> {
    let text = match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(answer)) => {
            ["description", "error", "message"].into_iter().find_map(|key| answer.get(key)?.as_str().map(str::to_owned))?
        }
        Ok(_) => return None,
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    let line = safe(&text, MAX_TITLE);
    (!line.is_empty() && !line.starts_with('<')).then_some(line)
}

/// How long the other side asks for in the body of its answer: Telegram, Matrix and Discord do.
fn asked(body: &[u8]) -> Option<Duration> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let seconds = [&answer["parameters"]["retry_after"], &answer["retry_after"]].into_iter().find_map(Value::as_f64);
    let seconds = seconds.or_else(|| answer["retry_after_ms"].as_f64().map(|ms| ms / 1000.0))?;
    Duration::try_from_secs_f64(seconds.max(0.0)).ok().map(|after| after.min(MAX_RETRY_AFTER))
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
pub fn chain(error: &dyn Error) -> String {
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
    fn a_pause_in_the_body_is_found_where_services_put_it() {
        let ms = |body: &str| asked(body.as_bytes()).map(|after| after.as_millis());
        assert_eq!(ms(r#"{"ok":false,"error_code":429,"parameters":{"retry_after":35}}"#), Some(35_000));
        assert_eq!(ms(r#"{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":1500}"#), Some(1_500));
        assert_eq!(ms(r#"{"message":"slow","retry_after":0.25}"#), Some(250));
        assert_eq!(ms(r#"{"retry_after":1e30}"#), None);
        assert_eq!((ms(r#"{"retry_after":-3}"#), ms("no"), ms("[]")), (Some(0), None, None));
    }

    #[test]
    fn what_is_said_is_one_safe_line() {
        assert_eq!(said(br#"{"description":"chat\nnot \u001b[31mfound"}"#).as_deref(), Some("chat not [31mfound"));
        assert_eq!(said(b"invalid_payload").as_deref(), Some("invalid_payload"));
        assert_eq!((said(b"<html>"), said(b""), said(b"[1]")), (None, None, None));
        assert_eq!(conceal("no bot123:abc here".into(), &["123:abc".into(), String::new()]), "no bot… here");
    }

    #[test]
    fn an_address_that_is_not_of_the_web_is_refused_without_repeating_it() {
        let (message, _) = web("ftp://user:s3cret@host/").unwrap_err();
        assert!(!message.contains("s3cret"), "{message}");
    }
}
