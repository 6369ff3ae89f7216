//! What a sink is and how its lane runs, as a config says it. Names files that hold secrets; never holds a secret.

use std::{path::PathBuf, time::Duration};

const HOUR: Duration = Duration::from_secs(3600);

/// `[sink.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkSpec {
    /// Its name, as rules call it.
    pub name: String,
    /// What it is.
    pub kind: SinkKind,
    /// How its lane runs.
    pub lane: Lane,
}

impl SinkSpec {
    /// A sink whose lane runs as is usual for its kind.
    pub fn new(name: impl Into<String>, kind: SinkKind) -> Self {
        SinkSpec { name: name.into(), lane: Lane::of(&kind), kind }
    }
}

/// How the lane of a sink runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// Messages in flight at once, 1 … 16. With more than one, their order is not kept.
    pub concurrency: usize,
    /// The most messages a minute, 1 … 6,000; `None` for no limit of ours.
    pub per_minute: Option<u32>,
    /// How long a delivery is worth trying, from the alert on; 1 min … 30 days.
    pub expires: Duration,
    /// The sink that is told what this one could not deliver.
    pub fallback: Option<String>,
}

impl Lane {
    /// What is usual for a kind. The paces stay below what the services' own pages allow.
    pub fn of(kind: &SinkKind) -> Self {
        let (per_minute, hours) = match kind {
            SinkKind::Desktop { .. } | SinkKind::Journal => (None, 24),
            SinkKind::Webhook { .. } | SinkKind::Command { .. } | SinkKind::Atom { .. } => (None, 72),
            // 20 messages a minute to one group (Telegram Bot API, "Broadcasting to Users").
            SinkKind::Telegram { .. } => (Some(20), 72),
            // 30 requests a minute to one webhook, as it answers in its headers.
            SinkKind::Chat { dialect: Dialect::Discord, .. } => (Some(30), 72),
            SinkKind::Ntfy { .. } | SinkKind::Matrix { .. } | SinkKind::Chat { .. } => (Some(60), 72),
            SinkKind::Mail(_) => (Some(30), 72),
        };
        Lane { concurrency: 1, per_minute, expires: hours * HOUR, fallback: None }
    }
}

/// The kinds of sinks and their options. `at_once` is how many messages go out one by one before a backlog is told in
/// one; `timeout` the limit of one call; files of secrets are paths, or `credential:NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SinkKind {
    /// Notifications on the session bus.
    Desktop {
        /// Default 5.
        at_once: usize,
    },
    /// Lines in the log.
    Journal,
    /// JSON by HTTP POST.
    Webhook {
        /// Where to; private addresses are fine, the user wrote it.
        url: String,
        /// A file whose trimmed content is sent as `Authorization: Bearer …`.
        token_file: Option<PathBuf>,
        /// A file with secrets of Standard Webhooks, `whsec_…`, that the call is signed with.
        secret_file: Option<PathBuf>,
        /// Default 10 s.
        timeout: Duration,
    },
    /// A program with the alert as JSON on its standard input, never through a shell.
    Command {
        /// Program and arguments, fixed.
        argv: Vec<String>,
        /// Limit of one run; default 10 s.
        timeout: Duration,
    },
    /// A topic of an ntfy server.
    Ntfy {
        /// The server; default <https://ntfy.sh>.
        server: String,
        /// 1 … 64 letters, digits, `-` and `_`.
        topic: String,
        /// An access token.
        token_file: Option<PathBuf>,
        /// Default 5.
        at_once: usize,
        /// Default 10 s.
        timeout: Duration,
    },
    /// Mail through an SMTP server.
    Mail(Mail),
    /// A chat of a Telegram bot.
    Telegram {
        /// Where the Bot API is; default <https://api.telegram.org>.
        server: String,
        /// Number of the chat, or `@channel`.
        chat: String,
        /// The bot's token.
        token_file: PathBuf,
        /// Default 5.
        at_once: usize,
        /// Default 10 s.
        timeout: Duration,
    },
    /// A room of Matrix.
    Matrix {
        /// The homeserver's address.
        server: String,
        /// Id of the room, `!…:…`.
        room: String,
        /// The account's access token.
        token_file: PathBuf,
        /// Default 5.
        at_once: usize,
        /// Default 10 s.
        timeout: Duration,
    },
    /// An incoming webhook of a chat.
    Chat {
        /// Whose.
        dialect: Dialect,
        /// A file with the webhook's address, which is a secret.
        url_file: PathBuf,
        /// Default 5.
        at_once: usize,
        /// Default 10 s.
        timeout: Duration,
    },
    /// A file that feed readers can follow.
    Atom {
        /// The file.
        path: PathBuf,
        /// The most entries in it; default 100, 1 … 1,000.
        entries: usize,
    },
}

impl SinkKind {
    /// How long one message may take at most: its calls, and the same once more in plain text where the first is refused; of a letter
    /// that to all, and then to each of the people.
    pub fn limit(&self) -> Duration {
        let timeout = match self {
            SinkKind::Webhook { timeout, .. }
            | SinkKind::Command { timeout, .. }
            | SinkKind::Ntfy { timeout, .. }
            | SinkKind::Telegram { timeout, .. }
            | SinkKind::Matrix { timeout, .. }
            | SinkKind::Chat { timeout, .. } => *timeout,
            SinkKind::Mail(mail) => mail.timeout.saturating_mul(2 + 2 * mail.to.len() as u32),
            SinkKind::Desktop { .. } => Duration::from_secs(10),
            SinkKind::Journal | SinkKind::Atom { .. } => Duration::ZERO,
        };
        timeout.saturating_mul(2)
    }

    /// The files with secrets that it reads, as written.
    pub fn secrets(&self) -> Vec<&PathBuf> {
        match self {
            SinkKind::Webhook { token_file, secret_file, .. } => token_file.iter().chain(secret_file).collect(),
            SinkKind::Ntfy { token_file, .. } => token_file.iter().collect(),
            SinkKind::Telegram { token_file, .. } | SinkKind::Matrix { token_file, .. } => vec![token_file],
            SinkKind::Chat { url_file, .. } => vec![url_file],
            SinkKind::Mail(mail) => mail.password_file.iter().collect(),
            SinkKind::Desktop { .. } | SinkKind::Journal | SinkKind::Command { .. } | SinkKind::Atom { .. } => Vec::new(),
        }
    }

    /// The file with certificates that it reads, as written: no secret, everybody may read it.
    pub fn certificates(&self) -> Option<&PathBuf> {
        if let SinkKind::Mail(mail) = self { mail.ca_file.as_ref() } else { None }
    }
}

/// Chats that take incoming webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Slack.
    Slack,
    /// Mattermost.
    Mattermost,
    /// Discord.
    Discord,
}

/// How the way to a mail server is kept from listeners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// TLS is asked for after the greeting, and nothing is said without it (RFC 3207).
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// None: for a server on this machine.
    None,
}

/// Options of a mail sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Name of the server.
    pub server: String,
    /// Its port; default 587 for [`Tls::StartTls`], 465 for [`Tls::Tls`], 25 for [`Tls::None`].
    pub port: u16,
    /// Default [`Tls::StartTls`].
    pub tls: Tls,
    /// A file with certificates in PEM that are trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Who logs in; nobody does without it.
    pub user: Option<String>,
    /// With which password.
    pub password_file: Option<PathBuf>,
    /// Whom it is from.
    pub from: String,
    /// Whom it goes to, 1 … 50 addresses.
    pub to: Vec<String>,
    /// Default 5.
    pub at_once: usize,
    /// Default 30 s.
    pub timeout: Duration,
}
