//! An error of the HTTP stack as a short sentence for a person.
//!
//! It walks the chain of causes for the one that says something. It never prints an address: those carry tokens.

use super::{
    client::{CONNECT, SILENCE},
    guard::Private,
};
use rustls::CertificateError;
use std::{error::Error, io, time::Duration};

/// The refusal of the guard, where the chain holds one.
pub fn private<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Private> {
    chain(error).find_map(|e| e.downcast_ref())
}

/// Whether the host was out of reach: nothing says that it, or anybody on the way to it, is there. One that refuses, resets or
/// shows a certificate is.
pub fn unreached(error: &reqwest::Error) -> bool {
    let there = chain(error).any(|e| e.is::<rustls::Error>() || e.downcast_ref().is_some_and(|e: &io::Error| is_sign_of_life(e.kind())));
    (error.is_connect() || error.is_timeout()) && !there
}

fn is_sign_of_life(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted)
}

/// Whether the connection ended before a whole head had come. On a kept connection that means that the server had closed it
/// when the question came: it may be asked again (RFC 9112 section 9.3.1).
pub fn closed_early(error: &reqwest::Error) -> bool {
    let closed = |e: &(dyn Error + 'static)| {
        e.downcast_ref::<hyper::Error>().is_some_and(|e| e.is_incomplete_message() || e.is_closed() || e.is_canceled())
            || e.downcast_ref::<io::Error>()
                .is_some_and(|e| is_sign_of_life(e.kind()) || matches!(e.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof))
    };
    !error.is_connect() && !error.is_timeout() && chain(error).any(closed)
}

/// Why a request failed.
pub fn sentence(error: reqwest::Error) -> String {
    let error = error.without_url();
    let known = chain(&error).find_map(|e| match e.downcast_ref::<rustls::Error>() {
        Some(tls) => Some(tls_sentence(tls)),
        None => io_sentence(e.downcast_ref::<io::Error>()?.kind()).map(str::to_owned),
    });
    match known {
        _ if error.is_timeout() && error.is_connect() => format!("no connection within {}", span(CONNECT)),
        _ if error.is_timeout() => format!("nothing came for {}", span(SILENCE)),
        _ if error.is_dns() => format!("the host's name was not resolved: {}", last(&error)),
        Some(sentence) => sentence,
        None => last(&error),
    }
}

/// A span of time as a person reads it: "30 s", "0.3 s".
pub fn span(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&e| match e.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        // An I/O error that wraps another one gives that one's source as its own, and so would skip it.
        Some(wrapped) => Some(wrapped),
        None => e.source(),
    })
}

/// The innermost cause: in this stack the outer ones only name the layer.
fn last(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

fn io_sentence(kind: io::ErrorKind) -> Option<&'static str> {
    Some(match kind {
        io::ErrorKind::ConnectionRefused => "connection refused",
        io::ErrorKind::ConnectionReset => "connection reset by the server",
        io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => "connection closed by the server",
        io::ErrorKind::UnexpectedEof => "the connection ended in the middle of the answer",
        io::ErrorKind::HostUnreachable => "the host cannot be reached",
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => "the network cannot be reached",
        io::ErrorKind::TimedOut => "the connection timed out",
        _ => return None,
    })
}

fn tls_sentence(error: &rustls::Error) -> String {
    let rustls::Error::InvalidCertificate(why) = error else {
        return format!("no secure connection: {error}");
    };
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "certificate expired".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "certificate not valid yet (is the clock right?)".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => "certificate is for another host".to_owned(),
        CertificateError::UnknownIssuer => "certificate from an unknown authority".to_owned(),
        CertificateError::Revoked => "certificate revoked".to_owned(),
        other => format!("certificate not accepted: {other}"),
    }
}
