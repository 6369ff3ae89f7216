//! Alerts to an incoming webhook of Mattermost, in its Markdown, of which nothing of a feed's can be a part.

use super::{Message, Receipt, SendError, Sending, Shape, Sink, http::Hook, told};
use crate::engine::alert::{
    encode::{clip, markdown, unmention},
    plain::Plain,
};
use serde_json::{Value, json};

/// The most letters of a message that every version takes are 16,383; ours is far shorter.
const MAX_LETTERS: usize = 8_000;

/// A channel.
#[derive(Debug)]
pub struct Mattermost(pub(super) Hook);

impl Mattermost {
    async fn post(&self, message: &Message) -> Result<Receipt, SendError> {
        let said = told(message)?;
        self.0.post(&rich(&said), &bare(&said)).await.map(|_ok| Receipt::new())
    }
}

impl Sink for Mattermost {
    fn shape(&self) -> Shape {
        Shape::ByStory { at_once: self.0.at_once }
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.post(message))
    }
}

/// The message in Markdown.
pub fn rich(said: &Plain) -> Value {
    // Two blanks at a line's end make it one, in Markdown.
    let head = markdown(said.head()).replace('\n', "  \n");
    let link = said.link.as_deref().map_or_else(String::new, |link| format!("  \n<{link}>"));
    json!({ "text": format!("**{}**  \n{head}{link}", markdown(&said.title)) })
}

/// A block of code shows letters as they are. Whatever could end it is taken out.
pub fn bare(said: &Plain) -> Value {
    let text = unmention(&format!("{}\n{}", said.title, said.body)).replace('`', "'");
    json!({ "text": format!("```\n{}\n```", clip(&text, MAX_LETTERS, |_| 1)) })
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
    fn mentions_and_markup_are_letters() {
        let said = plain(&[alert("idlib", "@channel **now** ~town [x](http://e)", &[])], &[]).unwrap();
        let text = rich(&said)["text"].as_str().unwrap().to_owned();
        let title = "**@\u{200b}channel \\*\\*now\\*\\* \\~\u{200b}town \\[x\\]\\(http:\u{200b}//e\\)**  \n";
        assert!(text.starts_with(title), "{text}");
        assert!(text.ends_with("enab  \n<https://news.example/1>"), "{text}");
    }

    proptest! {
        #[test]
        fn nobody_is_called_and_no_block_is_left(title in hostile(), hit in hostile()) {
            let said = plain(&[alert("idlib", &title, &[&hit])], &[]).unwrap();
            for text in [rich(&said), bare(&said)].map(|v| v["text"].as_str().unwrap().to_owned()) {
                for name in ["@all", "@channel", "@here", "@everyone"] {
                    prop_assert!(!text.contains(name), "{}", text);
                }
            }
            prop_assert_eq!(bare(&said)["text"].as_str().unwrap().matches("```").count(), 2);
        }
    }
}
