//! Alerts by mail. Headers are typed values and one line each, so nothing of a feed's can become a header or a recipient.
//! The Message-ID is made of the idempotency key: a repeat is the same letter.

mod letter;
mod offer;

use super::{Message, Receipt, SendError, Sending, Shape, Sink, Wrong, dead, http::chain, retry, secret::Secret};
use crate::{
    config::sink::{self, Tls},
    engine::alert::{plain::MAX_BODY, safe::safe},
};
use letter::Letter;
use lettre::{
    address::Envelope,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::client::{Certificate, Tls as Way, TlsParameters},
};
use offer::Offer;
use std::{
    collections::HashMap,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, UNIX_EPOCH},
};

/// The largest file of certificates, in bytes.
const MAX_CERTIFICATES: u64 = 1 << 20;

/// Letters to a fixed list of people.
#[derive(Debug)]
pub struct Mail {
    spec: sink::Mail,
    from: Mailbox,
    to: Vec<Mailbox>,
    password: Option<Secret>,
    way: Way,
    /// Letters that are to be tried again for some of the people: by their ids, the places in `to` of those who have them. A start
    /// or a reload forgets it, and they get it once more under the same id.
    reached: Mutex<HashMap<String, Vec<usize>>>,
}

/// The most letters of which it is known who has them.
const MOST_KNOWN: usize = 256;

impl Mail {
    /// Mail as `spec` says; `password` is for its user.
    ///
    /// # Errors
    /// An address that is none, or certificates that cannot be read.
    pub fn new(spec: &sink::Mail, password: Option<Secret>) -> Result<Self, Wrong> {
        let mailbox =
            |text: &String| text.parse::<Mailbox>().map_err(|error| (format!("`{}` is no address: {error}", safe(text, 80)), None));
        let to = spec.to.iter().map(mailbox).collect::<Result<Vec<_>, _>>()?;
        Ok(Mail { from: mailbox(&spec.from)?, to, password, way: way(spec)?, spec: spec.clone(), reached: Mutex::default() })
    }

    /// The letter for `message` as it goes out, with HTML beside its text or without.
    ///
    /// # Errors
    /// A message without an alert, or one that no letter can be made of.
    pub fn written(&self, message: &Message, rich: bool) -> Result<Vec<u8>, SendError> {
        let letter = Letter::write(message, self.from.email.domain())?;
        self.mail(&letter, message.sent_ms, rich, None).map(|mail| mail.formatted()).map_err(|error| dead(chain(&error)))
    }

    async fn deliver(&self, message: &Message) -> Result<Receipt, SendError> {
        let letter = Letter::write(message, self.from.email.domain())?;
        let password = match &self.password {
            Some(password) => Some(password.now().await?),
            None => None,
        };
        let offer = Offer::new(self, &letter, message.sent_ms, password);
        let known = self.reached().remove(&letter.id);
        if known.is_none() {
            match offer.to(None).await {
                // Perhaps at one of the people, and then nobody has it.
                Err(said) if said.refused && self.to.len() > 1 => {}
                other => return other.map(|()| letter.id).map_err(SendError::from),
            }
        }
        self.deliver_to_each(&offer, known.unwrap_or_default()).await?;
        Ok(letter.id)
    }

    /// Hands it over to each by himself, but to those whom it has `reached`. Who must wait for it gets it by another try; whom the
    /// server does not know is named, and is in nobody's way.
    async fn deliver_to_each(&self, offer: &Offer<'_>, mut reached: Vec<usize>) -> Result<(), SendError> {
        let (mut again, mut missed, mut reason) = (false, Vec::new(), None);
        for (place, to) in self.to.iter().enumerate() {
            if reached.contains(&place) {
                continue;
            }
            match offer.to(Some(to)).await {
                Ok(()) => reached.push(place),
                Err(said) => {
                    again |= said.again;
                    missed.push(to.email.to_string());
                    reason.get_or_insert(said.reason);
                    // Who does not answer would hold up each of the others.
                    if said.again && !said.answered {
                        break;
                    }
                }
            }
        }
        let missed = format!("{}: {}", missed.join(", "), reason.unwrap_or_default());
        if again {
            self.remember(&offer.letter.id, reached);
            return Err(retry(missed));
        }
        if reached.is_empty() {
            return Err(dead(missed));
        }
        if reached.len() < self.to.len() {
            tracing::warn!(refused = %safe(&missed, MAX_BODY), "a letter did not reach everybody; take who is gone out of `to`");
        }
        Ok(())
    }

    /// Keeps whom a letter has reached until it is tried again.
    fn remember(&self, letter: &str, reached: Vec<usize>) {
        let mut known = self.reached();
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        if !reached.is_empty() {
            known.insert(letter.to_owned(), reached);
        }
    }

    fn reached(&self) -> MutexGuard<'_, HashMap<String, Vec<usize>>> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The letter to all, or by its envelope to one alone.
    fn mail(&self, letter: &Letter, sent_ms: i64, rich: bool, only: Option<&Mailbox>) -> Result<lettre::Message, lettre::error::Error> {
        let date = UNIX_EPOCH + Duration::from_millis(sent_ms.max(0).unsigned_abs());
        let mut builder = lettre::Message::builder().from(self.from.clone()).date(date).message_id(Some(letter.id.clone()));
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        if let Some(only) = only {
            builder = builder.envelope(Envelope::new(Some(self.from.email.clone()), vec![only.email.clone()])?);
        }
        if let Some(earlier) = &letter.follows {
            builder = builder.in_reply_to(earlier.clone()).references(earlier.clone());
        }
        // No holiday notices in return (RFC 3834, section 5).
        let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into());
        let builder = builder.raw_header(automatic).subject(letter.subject.clone());
        if rich {
            builder.multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
        } else {
            builder.singlepart(SinglePart::plain(letter.text.clone()))
        }
    }
}

impl Sink for Mail {
    fn shape(&self) -> Shape {
        Shape::ByStory { at_once: self.spec.at_once }
    }

    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(self.deliver(message))
    }
}

fn way(spec: &sink::Mail) -> Result<Way, Wrong> {
    if spec.tls == Tls::None {
        return Ok(Way::None);
    }
    let mut parameters = TlsParameters::builder(spec.server.clone());
    if let Some(path) = &spec.ca_file {
        for certificate in certificates(path)? {
            parameters = parameters.add_root_certificate(certificate);
        }
    }
    let parameters = parameters.build().map_err(|error| (format!("cannot set up TLS: {}", chain(&error)), None))?;
    Ok(if spec.tls == Tls::Tls { Way::Wrapper(parameters) } else { Way::Required(parameters) })
}

/// The certificates of a `ca_file`. Blocks on the file system.
///
/// # Errors
/// When it cannot be read, or is no file of certificates in PEM.
pub fn certificates(path: &Path) -> Result<Vec<Certificate>, Wrong> {
    let name = path.display();
    let cannot = |error: &dyn std::error::Error| (format!("cannot read the certificates in {name}: {}", chain(error)), None);
    let size = std::fs::metadata(path).map_err(|error| cannot(&error))?;
    if !size.is_file() || size.len() > MAX_CERTIFICATES {
        return Err((format!("{name} is no file of certificates"), None));
    }
    let pem = std::fs::read(path).map_err(|error| cannot(&error))?;
    let one = Certificate::from_pem(&pem).map_err(|error| cannot(&error))?;
    Ok(vec![one])
}
