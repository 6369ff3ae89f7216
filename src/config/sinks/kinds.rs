//! The options that each kind of sink takes.

use super::super::{
    CREDENTIAL, SinkKind, feeds,
    nearest::did_you_mean,
    raw::{At, Reader},
    report::{Problems, SecretFile},
    sink::{Dialect, Mail, Tls},
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Messages sent one by one before a backlog is told in one.
pub(super) const AT_ONCE: usize = 5;
const TIMEOUT: Duration = Duration::from_secs(10);
/// Mail servers may greet late, on purpose (RFC 5321, section 4.5.3.2, allows minutes).
const MAIL_TIMEOUT: Duration = Duration::from_secs(30);
const MIN_TIMEOUT: Duration = Duration::from_secs(1);
const MAX_TIMEOUT: Duration = Duration::from_secs(300);
const MOST_ADDRESSES: usize = 50;

/// Reads the options of `kind`; paths are taken from `folder`.
pub(super) fn read(kind: &str, table: &mut Reader<'_>, folder: &Path, p: &mut Problems) -> Option<SinkKind> {
    match kind {
        "desktop" => Some(SinkKind::Desktop { at_once: at_once(table, p) }),
        "journal" => Some(SinkKind::Journal),
        "webhook" => webhook(table, folder, p),
        "command" => command(table, folder, p),
        "ntfy" => ntfy(table, folder, p),
        "mail" => mail(table, folder, p),
        "telegram" => telegram(table, folder, p),
        "matrix" => matrix(table, folder, p),
        "slack" => chat(Dialect::Slack, table, folder, p),
        "mattermost" => chat(Dialect::Mattermost, table, folder, p),
        "discord" => chat(Dialect::Discord, table, folder, p),
        _ => atom(table, folder, p),
    }
}

fn at_once(table: &mut Reader<'_>, p: &mut Problems) -> usize {
    table.whole("at_once", 1..=50, p).and_then(|n| usize::try_from(n).ok()).unwrap_or(AT_ONCE)
}

fn timeout(table: &mut Reader<'_>, p: &mut Problems) -> Duration {
    table.duration("timeout", MIN_TIMEOUT..=MAX_TIMEOUT, p).unwrap_or(TIMEOUT)
}

fn webhook(table: &mut Reader<'_>, folder: &Path, p: &mut Problems) -> Option<SinkKind> {
    let url = table.required("url", p);
    let token_file = secret(table, "token_file", folder, p);
    let secret_file = secret(table, "secret_file", folder, p);
    let timeout = timeout(table, p);
    let url = feeds::address(&url?, p)?.to_string();
    Some(SinkKind::Webhook { url, token_file, secret_file, timeout })
}

fn command(table: &mut Reader<'_>, folder: &Path, p: &mut Problems) -> Option<SinkKind> {
    let timeout = timeout(table, p);
    let Some(node) = table.node("argv") else {
        let hint = "write program and arguments as a list, such as argv = [\"notify-team\", \"--quiet\"]";
        p.missing(table.at, format!("{} has no `argv`", table.what), Some(hint.into()));
        return None;
    };
    let items: Vec<_> = node.list("a list of program and arguments", p).into_iter().map(|n| n.text("a string", p)).collect();
    let mut argv: Vec<At<String>> = items.into_iter().collect::<Option<_>>()?;
    if let Some(bad) = argv.iter().find(|a| a.value.contains('\0')) {
        p.error(bad.at, "an argument has a NUL character", None);
        return None;
    }
    let program = argv.first_mut()?;
    if program.value.trim().is_empty() {
        p.error(program.at, "the program has no name", None);
        return None;
    }
    if program.value.contains('/') {
        program.value = resolve(program, folder, p)?.to_string_lossy().into_owned();
    }
    Some(SinkKind::Command { argv: argv.into_iter().map(|a| a.value).collect(), timeout })
}

fn ntfy(table: &mut Reader<'_>, folder: &Path, p: &mut Problems) -> Option<SinkKind> {
    let server = server(table, "https://ntfy.sh", p);
    let topic = table.required("topic", p);
    let token_file = secret(table, "token_file", folder, p);
    let (at_once, timeout) = (at_once(table, p), timeout(table, p));
    let topic = topic?;
    let sound = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if topic.value.len() > 64 || !topic.value.chars().all(sound) {
        p.error(topic.at, "a topic has 1 to 64 letters, digits, `-` and `_`", None);
        return None;
    }
    Some(SinkKind::Ntfy { server: server?, topic: topic.value, token_file, at_once, timeout })
}

fn telegram(table: &mut Reader<'_>, folder: &Path, p: &mut Problems) -> Option<SinkKind> {
    let server = server(table, "https://api.telegram.org", p);
    let chat = table.required("chat", p);
    let token_file = required_secret(table, "token_file", folder, p);
    let (at_once, timeout) = (at_once(table, p), timeout(table, p));
    let chat = chat?;
    let name = chat.value.strip_prefix('@').is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
    if !name && chat.value.parse::<i64>().is_err() {
        p.error(chat.at, "`chat` is a number, such as \"-1001234567890\", or \"@channel\"", None);
        return None;
    }
    Some(SinkKind::Telegram { server: server?, chat: chat.value, token_file: token_file?, at_once, timeout })
}

fn matrix(table: &mut Reader<'_>, folder: &Path, p: &mut Problems) -> Option<SinkKind> {
    let server = table.required("server", p);
    let room = table.required("room", p);
    let token_file = required_secret(table, "token_file", folder, p);
    let (at_once, timeout) = (at_once(table, p), timeout(table, p));
    let (server, room) = (feeds::address(&server?, p)?, room?);
    if !room.value.starts_with('!') {
        let hint = "the id, which starts with `!`: in Element it stands under Room settings, Advanced";
        p.error(room.at, "`room` is not the id of a room", Some(hint.into()));
        return None;
    }
    Some(SinkKind::Matrix { server: server.to_string(), room: room.value, token_file: token_file?, at_once, timeout })
}

fn chat(dialect: Dialect, table: &mut Reader<'_>, folder: &Path, p: &mut Problems) -> Option<SinkKind> {
    let url_file = required_secret(table, "url_file", folder, p);
    let (at_once, timeout) = (at_once(table, p), timeout(table, p));
    Some(SinkKind::Chat { dialect, url_file: url_file?, at_once, timeout })
}

fn atom(table: &mut Reader<'_>, folder: &Path, p: &mut Problems) -> Option<SinkKind> {
    let entries = table.whole("entries", 1..=1_000, p).and_then(|n| usize::try_from(n).ok()).unwrap_or(100);
    let path = table.required("path", p)?;
    Some(SinkKind::Atom { path: resolve(&path, folder, p)?, entries })
}

fn mail(table: &mut Reader<'_>, folder: &Path, p: &mut Problems) -> Option<SinkKind> {
    let server = table.required("server", p);
    let tls = tls(table, p);
    let port = table.whole("port", 1..=65_535, p).and_then(|n| u16::try_from(n).ok());
    let ca_file = table.text("ca_file", p).and_then(|t| resolve(&t, folder, p));
    let user = table.text("user", p);
    let password_file = secret(table, "password_file", folder, p);
    let from = table.required("from", p).and_then(|from| address(from, p));
    let at = table.at;
    let to: Vec<_> = table.texts("to", p).into_iter().map(|to| address(to, p)).collect();
    let at_once = at_once(table, p);
    let timeout = table.duration("timeout", MIN_TIMEOUT..=MAX_TIMEOUT, p).unwrap_or(MAIL_TIMEOUT);
    let (server, tls) = (server?, tls?);
    if to.is_empty() || to.len() > MOST_ADDRESSES {
        p.missing(at, format!("{} needs 1 to {MOST_ADDRESSES} addresses in `to`", table.what), None);
        return None;
    }
    if user.is_some() != password_file.is_some() {
        p.error(at, format!("{} needs both `user` and `password_file`, or neither", table.what), None);
        return None;
    }
    let local = ["localhost", "127.0.0.1", "::1"].contains(&server.value.as_str());
    if tls == Tls::None && user.is_some() && !local {
        p.error(server.at, "a password is not sent to another machine without TLS", Some("set `tls` to \"starttls\" or \"tls\"".into()));
        return None;
    }
    let port = port.unwrap_or(match tls {
        Tls::StartTls => 587,
        Tls::Tls => 465,
        Tls::None => 25,
    });
    let (server, user) = (server.value, user.map(|user| user.value));
    let to = to.into_iter().collect::<Option<Vec<_>>>()?;
    Some(SinkKind::Mail(Mail { server, port, tls, ca_file, user, password_file, from: from?, to, at_once, timeout }))
}

fn tls(table: &mut Reader<'_>, p: &mut Problems) -> Option<Tls> {
    let Some(text) = table.text("tls", p) else { return Some(Tls::StartTls) };
    match text.value.as_str() {
        "starttls" => Some(Tls::StartTls),
        "tls" => Some(Tls::Tls),
        "none" => Some(Tls::None),
        other => {
            let hint = did_you_mean(other, ["starttls", "tls", "none"]);
            p.error(text.at, format!("unknown tls `{other}`"), hint.or_else(|| Some("one of: starttls, tls, none".into())));
            None
        }
    }
}

/// A mail address, with a name before it or without. The mail library reads it whole when the sink is made.
fn address(text: At<String>, p: &mut Problems) -> Option<String> {
    let bare = text.value.split_once('<').map_or(text.value.as_str(), |(_, rest)| rest.trim_end().trim_end_matches('>'));
    let sound = bare.split_once('@').is_some_and(|(user, host)| !user.trim().is_empty() && !host.is_empty() && !host.contains('@'));
    if !sound || text.value.chars().any(char::is_control) {
        let hint = "write \"name@example.org\" or \"A Name <name@example.org>\"";
        p.error(text.at, format!("`{}` is not a mail address", text.value.escape_debug()), Some(hint.into()));
        return None;
    }
    Some(text.value)
}

fn server(table: &mut Reader<'_>, usual: &str, p: &mut Problems) -> Option<String> {
    match table.text("server", p) {
        Some(text) => feeds::address(&text, p).map(|url| url.to_string()),
        None => Some(usual.to_owned()),
    }
}

fn secret(table: &mut Reader<'_>, key: &'static str, folder: &Path, p: &mut Problems) -> Option<PathBuf> {
    table.text(key, p).and_then(|text| named(&text, &table.what, folder, p))
}

fn required_secret(table: &mut Reader<'_>, key: &'static str, folder: &Path, p: &mut Problems) -> Option<PathBuf> {
    table.required(key, p).and_then(|text| named(&text, &table.what, folder, p))
}

/// The path of a secret of `what`, kept for who looks into it.
fn named(text: &At<String>, what: &str, folder: &Path, p: &mut Problems) -> Option<PathBuf> {
    let path = secret_path(text, folder, p)?;
    p.secret_files.push(SecretFile { at: text.at, of: what.to_owned(), path: path.clone() });
    Some(path)
}

/// A path of a secret: `credential:NAME` is left for the sink to find, all else is resolved against `folder`.
fn secret_path(text: &At<String>, folder: &Path, p: &mut Problems) -> Option<PathBuf> {
    match text.value.strip_prefix(CREDENTIAL) {
        Some(name) if name.is_empty() || name.contains('/') || name == ".." => {
            p.error(text.at, format!("`{name}` is not the name of a credential"), None);
            None
        }
        Some(_) => Some(PathBuf::from(&text.value)),
        None => resolve(text, folder, p),
    }
}

fn resolve(text: &At<String>, folder: &Path, p: &mut Problems) -> Option<PathBuf> {
    if text.value.trim().is_empty() {
        p.error(text.at, "the path is empty", None);
        return None;
    }
    if text.value.starts_with('~') {
        p.error(text.at, "`~` is not expanded here", Some("write the whole path, or one that starts at this file's folder".into()));
        return None;
    }
    Some(folder.join(&text.value))
}
