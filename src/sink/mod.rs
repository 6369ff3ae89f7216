//! Where alerts go. A sink sends one message and says whether an error is worth another try; it never queues,
//! retries or remembers.

use crate::engine::alert::Alert;
use std::{future::Future, pin::Pin, time::Duration};

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
    /// How long a delivery is worth trying, from the alert on.
    fn expires_after(&self) -> Duration;
    /// Whether the other side is this machine: then it is asked again every half minute until the delivery expires, as a
    /// session that begins is no matter of hours. Otherwise the ladder of `engine::schedule` holds.
    fn is_local(&self) -> bool {
        false
    }
    /// Sends one message. Bounded in time by itself.
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a>;
}

/// Stub until the sinks are merged.
#[derive(Debug)]
pub struct World {
    /// Archive id.
    pub archive_id: String,
    /// Credentials folder.
    pub credentials: Option<std::path::PathBuf>,
}
/// Stub.
#[derive(Debug, thiserror::Error)]
#[error("stub")]
pub struct SinkError;
/// Stub.
///
/// # Errors
/// Never.
pub fn build(_spec: &crate::config::SinkSpec, _world: &World) -> Result<Box<dyn Sink>, SinkError> {
    Err(SinkError)
}
