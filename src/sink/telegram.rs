//! Alerts to a chat, through the Bot API of Telegram. The text is in its HTML, where three letters mean something; one
//! that it cannot read goes out once more as plain text. The bot's token is part of the address: neither is ever told.

use super::{
    Message, Receipt, SendError, Sending, Shape, Sink, Wrong,
    http::{Call, Http, web},
    retry,
    secret::Secret,
    told,
};
use crate::engine::{
    alert::{
        encode::{clip, unmention, xml},
        plain::Plain,
    },
    rule::Severity,
};
use reqwest::Url;
use serde_json::{Value, json};
use std::time::Duration;

/// The most UTF-16 units of title and body together; the API takes 4,096 after its markup is read.
const MAX_UNITS: usize = 4_000;

/// A chat.
#[derive(Debug)]
pub struct Telegram {
    http: Http,
    server: Url,
    chat: String,
    token: Secret,
    at_once: usize,
}

impl Telegram {
    /// The chat `chat`, told by the bot of `token`.
    ///
    /// # Errors
    /// An address that is not http(s), or a token that is none.
    pub(super) fn new(server: &str, chat: &str, token: Secret, at_once: usize, timeout: Duration) -> Result<Self, Wrong> {
        let server = web(server)?;
        method(&server, &token.at_start()?).ok_or_else(|| ("a bot's token is a number, a colon and letters".to_owned(), None))?;
        Ok(Telegram { http: Http::new(timeout)?, server, chat: chat.to_owned(), token, at_once })
    }

    async fn tell(&self, message: &Message) -> Result<Receipt, SendError> {
        let said = told(message)?;
        let token = self.token.now().await?;
        let url = method(&self.server, &token).ok_or_else(|| retry("the bot's token is not a number, a colon and letters"))?;
        let call = |body: &Value| Call::post(url.clone(), body).hiding(&token);
        let answer = self.http.call_or_plain(call(&rich(&self.chat, &said)), call(&bare(&self.chat, &said))).await?;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        Ok(answer["result"]["message_id"].as_i64().map_or_else(String::new, |id| id.to_string()))
    }
}

impl Sink for Telegram {
    fn shape(&self) -> Shape {
        Shape::ByStory { at_once: self.at_once }
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.tell(message))
    }
}

/// Where `sendMessage` is. A token has no letters that could lead elsewhere.
fn method(server: &Url, token: &str) -> Option<Url> {
    let sound = token.contains(':') && token.chars().all(|c| c.is_ascii_alphanumeric() || ":_-".contains(c));
    let base = server.as_str().trim_end_matches('/');
    sound.then(|| Url::parse(&format!("{base}/bot{token}/sendMessage")).ok()).flatten()
}

/// The message to `chat` in the HTML of Telegram.
pub fn rich(chat: &str, said: &Plain) -> Value {
    let (title, body) = parts(said);
    let mut message = message(chat, said, format!("<b>{}</b>\n{}", xml(&title), xml(&body)));
    message["parse_mode"] = "HTML".into();
    message
}

/// The message to `chat` as plain text.
pub fn bare(chat: &str, said: &Plain) -> Value {
    let (title, body) = parts(said);
    message(chat, said, format!("{title}\n{body}"))
}

/// Title and body, calling nobody, and together no longer than a message may be.
fn parts(said: &Plain) -> (String, String) {
    let title = clip(&unmention(&said.title), MAX_UNITS / 4, char::len_utf16);
    let link = said.link.as_deref().filter(|link| link.len() <= MAX_UNITS / 4);
    let head = clip(&unmention(said.head()), MAX_UNITS / 2, char::len_utf16);
    (title, format!("{head}{}", link.map_or_else(String::new, |link| format!("\n{link}"))))
}

fn message(chat: &str, said: &Plain, text: String) -> Value {
    json!({
        "chat_id": chat,
        "text": text,
        // A preview would let Telegram's servers fetch what a feed names.
        "link_preview_options": { "is_disabled": true },
        "disable_notification": said.severity == Severity::Low,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::alert::{
        encode::tests::hostile,
        plain::{plain, tests::alert},
    };
    use proptest::prelude::*;

    #[test]
    fn a_token_that_leads_elsewhere_is_none() {
        let server = Url::parse("https://api.telegram.org").unwrap();
        assert_eq!(method(&server, "12:aB-_").unwrap().as_str(), "https://api.telegram.org/bot12:aB-_/sendMessage");
        for bad in ["12", "12:a/../x", "12:a?x", "12:a b", "12:a#"] {
            assert_eq!(method(&server, bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn its_only_tag_is_our_own_and_it_always_fits(title in hostile(), hit in hostile()) {
            let said = plain(&[alert("idlib", &title, &[&hit])], &[]).unwrap();
            let rich = rich("1", &said);
            let text = rich["text"].as_str().unwrap();
            prop_assert_eq!((text.matches('<').count(), text.matches('>').count()), (2, 2));
            prop_assert!(text.starts_with("<b>"));
            prop_assert!(bare("1", &said)["text"].as_str().unwrap().encode_utf16().count() <= 4_096);
        }
    }
}
