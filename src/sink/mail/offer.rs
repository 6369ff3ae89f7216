//! One letter and the server that it is offered to: what goes over the wire, and what the server makes of it.

use super::{Mail, letter::Letter};
use crate::{
    engine::alert::{plain::MAX_TITLE, safe::safe},
    sink::{SendError, dead, http::chain, retry},
};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    message::Mailbox,
    transport::smtp::{Error, authentication::Credentials},
};

/// A letter that is to be handed over.
pub struct Offer<'a> {
    mail: &'a Mail,
    /// The letter.
    pub letter: &'a Letter,
    sent_ms: i64,
    transport: AsyncSmtpTransport<Tokio1Executor>,
    password: Option<String>,
}

impl<'a> Offer<'a> {
    /// `letter`, made at `sent_ms`, for the server of `mail`; `password` is for its user.
    pub fn new(mail: &'a Mail, letter: &'a Letter, sent_ms: i64, password: Option<String>) -> Offer<'a> {
        let spec = &mail.spec;
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&spec.server).port(spec.port);
        builder = builder.tls(mail.way.clone()).timeout(Some(spec.timeout));
        if let (Some(user), Some(password)) = (&spec.user, &password) {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Offer { mail, letter, sent_ms, transport: builder.build(), password }
    }

    /// Offers it to all, or to one alone. The server may take offence at the letter: then once more without anything that could give
    /// any.
    pub async fn to(&self, only: Option<&Mailbox>) -> Result<(), Said> {
        match self.hand_over(true, only).await {
            Err(first) if first.refused => self.hand_over(false, only).await.map_err(|second| Said {
                reason: if second.refused { format!("{}; as plain text: {}", first.reason, second.reason) } else { second.reason },
                ..second
            }),
            other => other,
        }
    }

    async fn hand_over(&self, rich: bool, only: Option<&Mailbox>) -> Result<(), Said> {
        let spec = &self.mail.spec;
        let cannot = |error| Said { refused: true, again: false, answered: true, reason: chain(&error) };
        let mail = self.mail.mail(self.letter, self.sent_ms, rich, only).map_err(cannot)?;
        // Each of the commands has the timeout; a server that drips has it for all of them, twice over.
        match tokio::time::timeout(spec.timeout * 2, self.transport.send(mail)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(self.said(&error)),
            Err(_) => {
                Err(Said { refused: false, again: true, answered: false, reason: format!("{} did not take it in time", spec.server) })
            }
        }
    }

    /// What an error of the transport means. A login that is refused can be put right, and is no fault of the letter.
    fn said(&self, error: &Error) -> Said {
        let login = error.status().is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538));
        let mut words = chain(error);
        // A server may repeat what it was told.
        if let Some(password) = self.password.as_deref().filter(|password| !password.is_empty()) {
            words = words.replace(password, "…");
        }
        let mut reason = format!("{}: {}", self.mail.spec.server, safe(&words, MAX_TITLE));
        if login {
            reason.push_str(" (is the password right?)");
        }
        let (permanent, answered) = (error.is_permanent(), error.status().is_some());
        Said { refused: permanent && !login, again: !permanent || login, answered, reason }
    }
}

/// How a server answered, or that it did not.
pub struct Said {
    /// It will not have this letter.
    pub refused: bool,
    /// Whether it may have it later.
    pub again: bool,
    /// Whether that is what it said; else it said nothing.
    pub answered: bool,
    /// In words.
    pub reason: String,
}

impl From<Said> for SendError {
    fn from(said: Said) -> Self {
        if said.again { retry(said.reason) } else { dead(said.reason) }
    }
}
