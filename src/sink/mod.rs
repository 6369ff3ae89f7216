//! Where alerts go. A sink sends one message and says whether an error is worth another try; it never queues,
//! retries or remembers.

use crate::{
    config::{CREDENTIAL, SinkKind, SinkSpec},
    engine::alert::Alert,
};
use std::{
    future::Future,
    path::{Component, Path, PathBuf},
    pin::Pin,
    time::Duration,
};

pub mod command;
pub mod desktop;
pub mod journal;
pub mod token;
pub mod webhook;

/// One hour.
const HOUR: Duration = Duration::from_secs(60 * 60);

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
    /// session that begins is no matter of hours. Otherwise the ladder of `engine::retry` holds.
    fn is_local(&self) -> bool {
        false
    }
    /// Sends one message. Bounded in time by itself.
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a>;
}

/// What a sink needs to know of the world.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct World {
    /// The archive's random id, for the receivers' bookkeeping.
    pub archive: String,
    /// The directory that `credential:NAME` stands for (systemd's `$CREDENTIALS_DIRECTORY`); none outside a service.
    pub credentials: Option<PathBuf>,
}

/// A sink that cannot be built from its options.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("sink `{sink}`: {message}")]
pub struct SinkError {
    /// Its name in the config.
    pub sink: String,
    /// Lower-case fragment: what is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The sink that `spec` describes. Touches nothing but the token file it names.
///
/// # Errors
/// A token file that is missing, empty or open to everyone, a URL that is not http(s), an empty command.
pub fn build(spec: &SinkSpec, world: &World) -> Result<Box<dyn Sink>, SinkError> {
    let wrong = |(message, hint): (String, Option<String>)| SinkError { sink: spec.name.clone(), message, hint };
    Ok(match &spec.kind {
        SinkKind::Desktop { at_once } => Box::new(desktop::Desktop::new(*at_once)),
        SinkKind::Journal => Box::new(journal::Journal),
        SinkKind::Webhook { url, token_file, timeout } => {
            let token_file = token_file.as_deref().map(|path| credential(path, world)).transpose().map_err(wrong)?;
            Box::new(webhook::Webhook::new(url, token_file, *timeout, &world.archive).map_err(wrong)?)
        }
        SinkKind::Command { argv, timeout } => Box::new(command::Command::new(argv, *timeout).map_err(wrong)?),
    })
}

/// What is wrong with an option, and a hint.
type Wrong = (String, Option<String>);

/// The file that `path` means: `credential:NAME` is a file of the credentials directory.
fn credential(path: &Path, world: &World) -> Result<PathBuf, Wrong> {
    let Some(name) = path.to_str().and_then(|path| path.strip_prefix(CREDENTIAL)) else {
        return Ok(path.to_owned());
    };
    let mut parts = Path::new(name).components();
    if !matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)) {
        return Err((format!("`credential:{name}` does not name a credential"), Some("write `credential:NAME`, without slashes".into())));
    }
    match &world.credentials {
        Some(directory) => Ok(directory.join(name)),
        None => {
            let hint = format!("add `LoadCredential={name}:/path/to/file` to the systemd unit, or name a file here");
            Err((format!("there is no credentials directory to find `{name}` in"), Some(hint)))
        }
    }
}

/// The one alert of a message to a sink whose shape is [`Shape::Each`].
fn only(message: &Message) -> Result<&Alert, SendError> {
    match message.alerts.as_slice() {
        [alert] => Ok(alert),
        alerts => Err(SendError::Dead { reason: format!("this sink takes one alert a message, not {}", alerts.len()) }),
    }
}

/// Worth another try, at the ladder's own pace.
fn retry(reason: impl Into<String>) -> SendError {
    SendError::Retry { reason: reason.into(), after: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(kind: SinkKind) -> SinkSpec {
        SinkSpec { name: "ops".into(), kind }
    }

    fn webhook(token: &str) -> SinkSpec {
        spec(SinkKind::Webhook { url: "http://[::1]/".into(), token_file: Some(token.into()), timeout: HOUR })
    }

    #[test]
    fn a_credential_is_found_in_the_services_directory_and_nowhere_else() {
        let directory = tempfile::tempdir().unwrap();
        let world = World { credentials: Some(directory.path().into()), ..World::default() };
        assert_eq!(credential(Path::new("credential:hook"), &world), Ok(directory.path().join("hook")));
        assert_eq!(credential(Path::new("/run/token"), &world), Ok("/run/token".into()));
        for bad in ["credential:../hook", "credential:/etc/passwd", "credential:", "credential:a/b", "credential:.."] {
            assert!(credential(Path::new(bad), &world).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_sink_that_cannot_be_built_says_which_and_what_to_do() {
        let error = build(&webhook("credential:hook"), &World::default()).err().unwrap();
        assert_eq!(error.to_string(), "sink `ops`: there is no credentials directory to find `hook` in");
        assert!(error.hint.unwrap().contains("LoadCredential=hook:"));
        assert!(build(&spec(SinkKind::Command { argv: vec![], timeout: HOUR }), &World::default()).is_err());
    }

    #[test]
    fn shapes_and_expiries_are_those_of_the_promise() {
        let world = World::default();
        let desktop = build(&spec(SinkKind::Desktop { at_once: 5 }), &world).unwrap();
        assert_eq!((desktop.shape(), desktop.expires_after()), (Shape::ByStory { at_once: 5 }, 24 * HOUR));
        let journal = build(&spec(SinkKind::Journal), &world).unwrap();
        assert_eq!((journal.shape(), journal.expires_after()), (Shape::Each, 24 * HOUR));
        let command = build(&spec(SinkKind::Command { argv: vec!["true".into()], timeout: HOUR }), &world).unwrap();
        assert_eq!((command.shape(), command.expires_after()), (Shape::Each, 72 * HOUR));
    }
}
