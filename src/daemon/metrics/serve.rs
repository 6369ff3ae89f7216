//! `GET /metrics` on loopback: one answer a connection, no keep-alive, nothing read but the head of the request. A page of the web
//! that calls this machine by a name of its own (DNS rebinding) is turned away by its `Host`.

use super::{super::Daemon, made};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// The longest head of a request, in bytes.
const HEAD: usize = 8 * 1024;

/// How long a caller has, from connecting to having read the answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Callers at once; the next one waits.
const CALLERS: usize = 8;

/// How long it waits for a port that is taken, and after an error of the system.
const REST: Duration = Duration::from_secs(10);

/// Answers for ever.
pub(super) async fn serve(daemon: Arc<Daemon>, address: SocketAddr) {
    let listener = loop {
        match TcpListener::bind(address).await {
            Ok(listener) => break listener,
            Err(error) => tracing::warn!(%address, %error, "the metrics cannot be shown there; it is tried again"),
        }
        tokio::time::sleep(REST).await;
    };
    tracing::info!(%address, "metrics at /metrics");
    let callers = Arc::new(Semaphore::new(CALLERS));
    let mut answering = tokio::task::JoinSet::new();
    loop {
        // It is never closed.
        let Ok(turn) = callers.clone().acquire_owned().await else { return };
        while answering.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                let daemon = daemon.clone();
                answering.spawn(async move {
                    let _turn = turn;
                    // A caller that goes away, or takes too long, gets nothing.
                    let _ = tokio::time::timeout(PATIENCE, answer(&daemon, stream)).await;
                });
            }
            // No descriptors left, or the like.
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
}

async fn answer(daemon: &Arc<Daemon>, mut stream: TcpStream) -> std::io::Result<()> {
    let (status, body) = match head(&mut stream).await? {
        Some(head) => match asked(&head) {
            Ok(()) => match made(daemon).await {
                Ok(page) => ("200 OK", page),
                Err(error) => {
                    tracing::warn!(error = %crate::daemon::chain(&error), "the metrics cannot be made");
                    ("503 Service Unavailable", "the archive does not answer\n".to_owned())
                }
            },
            Err(status) => (status, String::new()),
        },
        None => ("431 Request Header Fields Too Large", String::new()),
    };
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

/// The head of the request; `None` where it is too long.
async fn head(stream: &mut TcpStream) -> std::io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    loop {
        let read = stream.read(&mut piece).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        head.extend_from_slice(&piece[..read]);
        if let Some(end) = memchr::memmem::find(&head, b"\r\n\r\n") {
            head.truncate(end);
            return Ok(Some(String::from_utf8_lossy(&head).into_owned()));
        }
        if head.len() > HEAD {
            return Ok(None);
        }
    }
}

/// Whether this asks for the page, by a name of this machine; else the status that says what is wrong.
fn asked(head: &str) -> Result<(), &'static str> {
    let mut lines = head.split("\r\n");
    let words: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let [method, path, version] = words[..] else { return Err("400 Bad Request") };
    if !version.starts_with("HTTP/1.") {
        return Err("505 HTTP Version Not Supported");
    }
    let mut hosts = lines.filter_map(|line| line.split_once(':')).filter(|(name, _)| name.eq_ignore_ascii_case("host"));
    match (hosts.next(), hosts.next()) {
        (Some((_, host)), None) if is_this_machine(host.trim()) => {}
        (Some(_), None) => return Err("403 Forbidden"),
        _ => return Err("400 Bad Request"),
    }
    match (method, path.split('?').next()) {
        ("GET", Some("/metrics")) => Ok(()),
        ("GET", _) => Err("404 Not Found"),
        _ => Err("405 Method Not Allowed"),
    }
}

/// Whether a `Host` is `localhost` or an address of loopback, with a port or without.
fn is_this_machine(host: &str) -> bool {
    let bare = |text: &str| text.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |(name, _)| name);
    name.eq_ignore_ascii_case("localhost") || host.parse::<SocketAddr>().is_ok_and(|address| address.ip().is_loopback()) || bare(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for good in ["localhost", "LocalHost:9469", "127.0.0.1", "127.0.0.1:1", "[::1]:9469", "[::1]"] {
            assert!(is_this_machine(good), "{good}");
        }
        for bad in ["", "evil.example", "localhost.evil.example:9469", "127.0.0.1.nip.io", "10.0.0.1:9469", "[::2]:1", "localhost:x"] {
            assert!(!is_this_machine(bad), "{bad}");
        }
        assert_eq!(asked("GET /metrics HTTP/1.1\r\nHost: localhost"), Ok(()));
        assert_eq!(asked("GET /metrics HTTP/1.1"), Err("400 Bad Request"));
        assert_eq!(asked("GET /metrics HTTP/1.1\r\nHost: localhost\r\nhost: evil.example"), Err("400 Bad Request"));
    }
}
