//! Alerts to an incoming webhook of Slack, as blocks of rich text, whose letters are letters: no mention, emoji or markup
//! can be made of them.

use super::{Message, Receipt, SendError, Sending, Shape, Sink, http::Hook, told};
use crate::engine::alert::{encode::slack, plain::Plain};
use serde_json::{Value, json};

/// A channel.
#[derive(Debug)]
pub struct Slack(pub(super) Hook);

impl Slack {
    async fn post(&self, message: &Message) -> Result<Receipt, SendError> {
        let said = told(message)?;
        self.0.post(&rich(&said), &bare(&said)).await.map(|_ok| Receipt::new())
    }
}

impl Sink for Slack {
    fn shape(&self) -> Shape {
        Shape::ByStory { at_once: self.0.at_once }
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.post(message))
    }
}

/// The message in blocks. `text` is what notifications show; clients that know blocks show those.
pub fn rich(said: &Plain) -> Value {
    let mut elements = vec![json!({ "type": "text", "text": said.title, "style": { "bold": true } })];
    elements.push(json!({ "type": "text", "text": format!("\n{}", said.head()) }));
    if let Some(link) = &said.link {
        elements.push(json!({ "type": "text", "text": "\n" }));
        elements.push(json!({ "type": "link", "url": link }));
    }
    let section = json!({ "type": "rich_text_section", "elements": elements });
    let mut message = bare(said);
    message["text"] = slack(&said.title).into();
    message["blocks"] = json!([{ "type": "rich_text", "elements": [section] }]);
    message
}

/// The message as plain text.
pub fn bare(said: &Plain) -> Value {
    let text = slack(&format!("{}\n{}", said.title, said.body));
    json!({ "text": text, "mrkdwn": false, "link_names": false, "unfurl_links": false, "unfurl_media": false })
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
        fn a_title_is_letters_and_calls_nobody(title in hostile(), hit in hostile()) {
            let said = plain(&[alert("idlib", &title, &[&hit])], &[]).unwrap();
            let rich = rich(&said);
            prop_assert!(!rich["text"].as_str().unwrap().contains(['<', '>']));
            prop_assert!(!bare(&said)["text"].as_str().unwrap().contains(['<', '>']));
            let elements = rich["blocks"][0]["elements"][0]["elements"].as_array().unwrap();
            prop_assert_eq!(elements[0]["text"].as_str(), Some(said.title.as_str()));
            prop_assert!(elements.iter().all(|e| e["type"] == "text" || e["type"] == "link"));
        }
    }
}
