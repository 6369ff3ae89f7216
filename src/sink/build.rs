//! From the options of a sink to the sink. It reads the files that the options name, and calls nobody.

use super::{
    Sink, Wrong, atom, command, desktop, discord, http::Hook, journal, mail, matrix, mattermost, ntfy, secret::Secret, slack, telegram,
    webhook,
};
use crate::config::{SinkKind, SinkSpec, sink::Dialect};
use std::path::PathBuf;

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

/// The sink that `spec` describes. Touches nothing but the files of secrets and certificates that it names.
///
/// # Errors
/// A file that is missing, empty or open to everyone, an address that is none, an empty command.
pub fn build(spec: &SinkSpec, world: &World) -> Result<Box<dyn Sink>, SinkError> {
    let wrong = |(message, hint): Wrong| SinkError { sink: spec.name.clone(), message, hint };
    made(&spec.kind, world).map_err(wrong)
}

fn made(kind: &SinkKind, world: &World) -> Result<Box<dyn Sink>, Wrong> {
    let secret = |path: &PathBuf| Secret::open(path, world.credentials.as_deref());
    Ok(match kind {
        SinkKind::Desktop { at_once } => Box::new(desktop::Desktop::new(*at_once)),
        SinkKind::Journal => Box::new(journal::Journal),
        SinkKind::Webhook { url, token_file, secret_file, timeout } => {
            let token = token_file.as_ref().map(secret).transpose()?;
            let signing = secret_file.as_ref().map(secret).transpose()?;
            Box::new(webhook::Webhook::new(url, token, signing, *timeout, &world.archive)?)
        }
        SinkKind::Command { argv, timeout } => Box::new(command::Command::new(argv, *timeout)?),
        SinkKind::Ntfy { server, topic, token_file, at_once, timeout } => {
            let token = token_file.as_ref().map(secret).transpose()?;
            Box::new(ntfy::Ntfy::new(server, topic, token, *at_once, *timeout)?)
        }
        SinkKind::Telegram { server, chat, token_file, at_once, timeout } => {
            Box::new(telegram::Telegram::new(server, chat, secret(token_file)?, *at_once, *timeout)?)
        }
        SinkKind::Matrix { server, room, token_file, at_once, timeout } => {
            Box::new(matrix::Matrix::new(server, room, secret(token_file)?, *at_once, *timeout)?)
        }
        SinkKind::Chat { dialect, url_file, at_once, timeout } => {
            let hook = Hook::new(secret(url_file)?, *at_once, *timeout)?;
            match dialect {
                Dialect::Slack => Box::new(slack::Slack(hook)),
                Dialect::Mattermost => Box::new(mattermost::Mattermost(hook)),
                Dialect::Discord => Box::new(discord::Discord(hook)),
            }
        }
        SinkKind::Mail(mail) => Box::new(mail::Mail::new(mail, mail.password_file.as_ref().map(secret).transpose()?)?),
        SinkKind::Atom { path, entries } => Box::new(atom::Atom::new(path, *entries)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const HOUR: Duration = Duration::from_secs(3600);

    fn spec(kind: SinkKind) -> SinkSpec {
        SinkSpec::new("ops", kind)
    }

    fn webhook(token: &str) -> SinkSpec {
        spec(SinkKind::Webhook { url: "http://[::1]/".into(), token_file: Some(token.into()), secret_file: None, timeout: HOUR })
    }

    #[test]
    fn a_sink_that_cannot_be_built_says_which_and_what_to_do() {
        let error = build(&webhook("credential:hook"), &World::default()).err().unwrap();
        assert_eq!(error.to_string(), "sink `ops`: there is no credentials directory to find `hook` in");
        assert!(error.hint.unwrap().contains("LoadCredential=hook:"));
        assert!(build(&spec(SinkKind::Command { argv: vec![], timeout: HOUR }), &World::default()).is_err());
    }
}
