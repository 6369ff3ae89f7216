//! Alerts to an incoming webhook of Discord, in its Markdown, of which nothing of a feed's can be a part. The message says
//! that it may ping nobody.

use super::{Message, Receipt, SendError, Sending, Shape, Sink, http::Hook, told};
use crate::engine::alert::{
    encode::{clip, markdown, markdown_cost, unmention},
    plain::Plain,
};
use serde_json::{Value, json};

/// The most UTF-16 units of title, body and link, encoded; a message takes 2,000 in all.
const MAX_TITLE: usize = 500;
const MAX_HEAD: usize = 900;
const MAX_LINK: usize = 500;

/// Links show no preview (Discord documentation, "Message Flags": 1 << 2).
const SUPPRESS_EMBEDS: u32 = 4;

/// A channel.
#[derive(Debug)]
pub struct Discord(pub(super) Hook);

impl Discord {
    async fn post(&self, message: &Message) -> Result<Receipt, SendError> {
        let said = told(message)?;
        self.0.post(&rich(&said), &bare(&said)).await.map(|_nothing| Receipt::new())
    }
}

impl Sink for Discord {
    fn shape(&self) -> Shape {
        Shape::ByStory { at_once: self.0.at_once }
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.post(message))
    }
}

/// The message in Markdown.
pub fn rich(said: &Plain) -> Value {
    let title = markdown(&clip(&said.title, MAX_TITLE, markdown_cost));
    let head = markdown(&clip(said.head(), MAX_HEAD, markdown_cost));
    let link = said.link.as_deref().filter(|link| link.len() <= MAX_LINK).map_or_else(String::new, |link| format!("\n<{link}>"));
    content(format!("**{title}**\n{head}{link}"))
}

/// A block of code shows letters as they are. Whatever could end it is taken out.
pub fn bare(said: &Plain) -> Value {
    let text = unmention(&format!("{}\n{}", said.title, said.body)).replace('`', "'");
    content(format!("```\n{}\n```", clip(&text, MAX_TITLE + MAX_HEAD, char::len_utf16)))
}

fn content(content: String) -> Value {
    json!({ "content": content, "allowed_mentions": { "parse": [] }, "flags": SUPPRESS_EMBEDS })
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
    fn a_message_may_ping_nobody_and_reads_as_it_was_written() {
        let said = plain(&[alert("idlib", "نزوح بإدلب", &["بإدلب"])], &[]).unwrap();
        let message = rich(&said);
        assert_eq!(message["content"], "**نزوح بإدلب**\nidlib: «\u{2068}بإدلب\u{2069}»\nenab\n<https://news.example/1>");
        assert_eq!(message["allowed_mentions"], json!({ "parse": [] }));
    }

    proptest! {
        #[test]
        fn it_fits_and_calls_nobody(title in hostile(), hit in hostile()) {
            let said = plain(&[alert("idlib", &title, &[&hit])], &[]).unwrap();
            for text in [rich(&said), bare(&said)].map(|v| v["content"].as_str().unwrap().to_owned()) {
                prop_assert!(text.encode_utf16().count() <= 2_000, "{}", text.encode_utf16().count());
                for name in ["@everyone", "@here", "<@U", "<@&"] {
                    prop_assert!(!text.contains(name), "{}", text);
                }
            }
            prop_assert!(!rich(&said)["content"].as_str().unwrap().contains("<#"));
        }
    }
}
