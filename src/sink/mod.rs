//! Where alerts go. A sink sends one message and says whether an error is worth another try; it never queues,
//! retries or remembers.

use crate::engine::alert::{
    Alert,
    plain::{Plain, digest, plain},
};
use std::{future::Future, pin::Pin, time::Duration};

pub mod anew;
pub mod atom;
pub mod build;
pub mod command;
pub mod desktop;
pub mod discord;
mod http;
pub mod journal;
pub mod mail;
pub mod matrix;
pub mod mattermost;
pub mod ntfy;
mod secret;
mod signature;
pub mod slack;
pub mod telegram;
pub mod webhook;

pub use build::{SinkError, World, build};

/// What an alert's `state` is in the JSON that a sink sends: it is told for the first time.
const NEW: &str = "new";

/// What one call hands to a sink.
#[derive(Debug, Clone)]
pub struct Message {
    /// Idempotency key, the same at every repeat: archive, alert and occasion.
    pub key: String,
    /// What to tell; one alert, or several where the sink gathers them (see [`Shape`]).
    pub alerts: Vec<Alert>,
    /// Ids of rules whose alerts of the same story this sink already shows, to be told again when replacing.
    pub earlier_rules: Vec<String>,
    /// The receipt of the message to replace, where there is one.
    pub replaces: Option<String>,
    /// Whether these alerts piled up while the sink was away and are told in one message.
    pub digest: bool,
    /// When this try is made, Unix milliseconds.
    pub sent_ms: i64,
}

/// How a sink wants its alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One alert a message, always.
    Each,
    /// Alerts of one story together; a backlog of more than this many messages in one digest.
    ByStory {
        /// The most messages shown one by one.
        at_once: usize,
    },
}

/// Why a message did not go out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Worth another try.
    #[error("{reason}")]
    Retry {
        /// Why, for a person; without secrets.
        reason: String,
        /// When the other side asked to be left alone for so long.
        after: Option<Duration>,
    },
    /// Never going to work.
    #[error("{reason}")]
    Dead {
        /// Why, for a person; without secrets.
        reason: String,
    },
}

/// What a sink gives back for a message that went out, kept for replacing it later. May be empty.
pub type Receipt = String;

/// The future of a send.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Receipt, SendError>> + Send + 'a>>;

/// One place that alerts go to.
pub trait Sink: Send + Sync {
    /// How it wants its alerts.
    fn shape(&self) -> Shape;
    /// Whether what is too late to be told by itself is told in a digest first: a person comes back to a desktop.
    fn tells_late(&self) -> bool {
        false
    }
    /// Whether the other side is this machine: then it is asked again every half minute until the delivery expires, as a
    /// session that begins is no matter of hours. Otherwise the ladder of `engine::retry` holds.
    fn is_local(&self) -> bool {
        false
    }
    /// Sends one message. Bounded in time by itself.
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a>;
    /// Listens to what the other side says on its own, for as long as this is polled. Most sides say nothing.
    fn listen<'a>(&'a self, _hears: &'a Hears) -> Listening<'a> {
        Box::pin(std::future::pending())
    }
}

/// What the other side of a sink said on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// It is there again.
    Back,
    /// A person has taken note of these alerts.
    Acknowledged(Vec<i64>),
}

/// Who is told what was heard.
pub type Hears = dyn Fn(Heard) + Send + Sync;

/// The future of listening; it ends when it is dropped.
pub type Listening<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// What is wrong with an option, and a hint.
type Wrong = (String, Option<String>);

/// A message in words.
fn told(message: &Message) -> Result<Plain, SendError> {
    let said = if message.digest { digest(&message.alerts) } else { plain(&message.alerts, &message.earlier_rules) };
    said.ok_or_else(|| dead("a message without an alert"))
}

/// The one alert of a message to a sink whose shape is [`Shape::Each`].
fn only(message: &Message) -> Result<&Alert, SendError> {
    match message.alerts.as_slice() {
        [alert] => Ok(alert),
        alerts => Err(dead(format!("this sink takes one alert a message, not {}", alerts.len()))),
    }
}

/// Worth another try, at the ladder's own pace.
fn retry(reason: impl Into<String>) -> SendError {
    SendError::Retry { reason: reason.into(), after: None }
}

/// Never going to work.
fn dead(reason: impl Into<String>) -> SendError {
    SendError::Dead { reason: reason.into() }
}
