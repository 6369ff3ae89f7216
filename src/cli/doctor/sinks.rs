//! Each sink: is there somebody on the other side, and does what waits go out.

use super::{Error, Finding, Place};
use crate::{
    cli::{run::runtime, sinks::test},
    config::{
        Config, SinkSpec, secret,
        sink::{SinkKind, Tls},
    },
    engine::health::span,
    sink::{SendError, anew::folder_of, desktop},
    store::{open, sink},
};
use std::{collections::BTreeSet, os::unix::fs::PermissionsExt, path::Path, time::Duration};
use url::Url;

/// How long a server may take to let us in.
const PATIENCE: Duration = Duration::from_secs(5);

/// A message that waits for so long is told, in milliseconds.
const LATE_MS: i64 = 3_600_000;

/// Checks the sinks that something goes to; with `send` each gets a test message.
pub fn check(place: &Place, config: &Config, send: bool, now_ms: i64) -> Result<Vec<Finding>, Error> {
    let mut used: BTreeSet<&str> = config.rules.specs().iter().flat_map(|spec| &spec.sinks).map(String::as_str).collect();
    used.extend(config.health.sinks.iter().map(String::as_str));
    used.extend(config.sinks.iter().filter_map(|sink| sink.lane.fallback.as_deref()));
    let lines = open::read_only(&place.archive).ok().and_then(|connection| sink::lines(&connection).ok()).unwrap_or_default();
    let runtime = runtime()?;
    let mut found = Vec::new();
    for spec in config.sinks.iter().filter(|spec| used.contains(spec.name.as_str())) {
        let name = format!("sink {}", spec.name);
        let there = if send { runtime.block_on(sent(place, spec, now_ms)) } else { runtime.block_on(reached(place, spec)) };
        let todo = format!("`marsad sinks test {}` says more; `marsad sinks` shows what waits", spec.name);
        let late = lines.iter().find(|line| line.name == spec.name).and_then(|line| line.waiting_since_ms);
        found.push(match (there, late.map(|since_ms| now_ms - since_ms).filter(|late_ms| *late_ms > LATE_MS)) {
            (Err(reason), _) => Finding::problem(&name, reason, todo),
            (Ok(_), Some(late_ms)) => Finding::warning(&name, format!("a message has waited for {}", span(late_ms)), todo),
            (Ok(said), None) => Finding::ok(&name, said),
        });
    }
    Ok(found)
}

async fn sent(place: &Place, spec: &SinkSpec, now_ms: i64) -> Result<String, String> {
    let sent = test::send(place, spec, now_ms).await.map_err(|error| crate::daemon::chain(&error))?;
    sent.map(|_receipt| "took a test message".to_owned()).map_err(|error: SendError| error.to_string())
}

/// Whether the other side is there, without a message.
async fn reached(place: &Place, spec: &SinkSpec) -> Result<String, String> {
    let of = |url: &str| {
        let url = Url::parse(url.trim()).map_err(|_| "its address is none".to_owned())?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        Ok::<_, String>((host, url.port_or_known_default().unwrap_or(443)))
    };
    let (host, port) = match &spec.kind {
        SinkKind::Journal => return Ok("the log".into()),
        SinkKind::Desktop { .. } => {
            return desktop::answers().await.map(|()| "a notification server answers".into()).map_err(|e| e.to_string());
        }
        SinkKind::Command { argv, .. } => return program(argv.first().map_or("", String::as_str)),
        SinkKind::Atom { path, .. } => return folder(path),
        SinkKind::Webhook { url, .. } => of(url)?,
        SinkKind::Ntfy { server, .. } | SinkKind::Telegram { server, .. } | SinkKind::Matrix { server, .. } => of(server)?,
        SinkKind::Mail(mail) => (mail.server.clone(), if mail.port == 0 && mail.tls == Tls::Tls { 465 } else { mail.port }),
        SinkKind::Chat { url_file, .. } => {
            let path = secret::found(url_file, place.credentials.as_deref()).map_err(|error| error.message)?;
            of(&secret::read(&path).map_err(|error| error.message)?)?
        }
    };
    match tokio::time::timeout(PATIENCE, tokio::net::TcpStream::connect((host.as_str(), port))).await {
        Ok(Ok(_)) => Ok(format!("{host}:{port} lets us in; nothing was sent")),
        Ok(Err(error)) => Err(format!("{host}:{port} cannot be reached: {error}")),
        Err(_) => Err(format!("{host}:{port} has not answered for {} s", PATIENCE.as_secs())),
    }
}

fn program(name: &str) -> Result<String, String> {
    if !name.contains('/') {
        return Ok(format!("{name}, wherever the service finds it"));
    }
    let meta = std::fs::metadata(name).map_err(|error| format!("{name}: {error}"))?;
    if meta.is_file() && meta.permissions().mode() & 0o111 != 0 {
        Ok(format!("{name} is there"))
    } else {
        Err(format!("{name} is no program"))
    }
}

fn folder(path: &Path) -> Result<String, String> {
    let folder = folder_of(path);
    if folder.is_dir() { Ok(format!("{} is there", folder.display())) } else { Err(format!("there is no folder {}", folder.display())) }
}
