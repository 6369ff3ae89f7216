//! The way to a feed: `proxy`, `user` with `password_file`, `headers_file`. Names files; never opens them, never asks a proxy.

use super::{
    raw::{At, Reader},
    report::{Problems, SecretFile},
    userinfo,
};
use crate::engine::feed::Access;
use std::path::{Path, PathBuf};
use url::{Host, Url};

/// What `proxy` says of a feed that goes without the one of `[poll]`.
const NONE: &str = "none";

/// Reads the keys of a `[[feed]]` at `url`; `default_proxy` is that of `[poll]`, `folder` the one of the file.
pub(super) fn read(table: &mut Reader<'_>, url: Option<&Url>, default_proxy: Option<&str>, folder: &Path, p: &mut Problems) -> Access {
    let at = table.at;
    let written = table.text("proxy", p);
    let own = written.as_ref().filter(|text| text.value.trim() != NONE);
    let proxy = match (&written, own) {
        (None, _) => default_proxy.map(str::to_owned),
        (Some(_), None) => None,
        (_, Some(text)) => proxy(text, p),
    };
    let user = table.text("user", p).filter(|user| user_is_good(user, p));
    let password = table.text("password_file", p);
    let headers = table.text("headers_file", p);
    match (&user, &password) {
        (Some(user), None) => {
            p.error(user.at, "`user` without `password_file`", Some("name a file with the password, readable by you alone".into()))
        }
        (None, Some(file)) => p.error(file.at, "`password_file` without `user`", None),
        _ => {}
    }
    for key in ["password", "auth", "headers", "token"] {
        let hint = "secrets stand in files: `user` with `password_file`, or `headers_file` with lines such as `Authorization: Bearer …`";
        table.secret(key, &format!("`{key}` is not written into a feed"), hint, p);
    }
    if let Some(url) = url {
        let place = written.as_ref().map_or(at, |text| text.at);
        if is_onion(url) && !proxy.as_deref().is_some_and(|proxy| proxy.starts_with("socks5h:")) {
            let hint = "write `proxy = \"socks5h://127.0.0.1:9050\"`, where Tor listens";
            p.error(place, "an .onion address is reached through a socks5h proxy alone (RFC 7686)", Some(hint.into()));
        }
        if let Some(secret) =
            user.as_ref().or(headers.as_ref()).filter(|_| url.scheme() == "http" && !is_onion(url) && !super::feeds::is_private(url))
        {
            p.warning(secret.at, "secrets go over plain http, where everybody on the way can read them", Some("use https".into()));
        }
    }
    let of = table.what.clone();
    let file = |text: Option<At<String>>, p: &mut Problems| {
        let text = text?;
        let path = secret_path(&text, folder, p)?;
        p.secret_files.push(SecretFile { at: text.at, of: of.clone(), path: path.clone() });
        Some(path)
    };
    Access { proxy, user: user.map(|user| user.value), password_file: file(password, p), headers_file: file(headers, p) }
}

fn is_onion(url: &Url) -> bool {
    matches!(url.host(), Some(Host::Domain(name)) if name.trim_end_matches('.').ends_with(".onion"))
}

/// A user's name as Basic authentication can carry it (RFC 7617 section 2).
fn user_is_good(user: &At<String>, p: &mut Problems) -> bool {
    let bad = user.value.is_empty() || user.value.contains(':') || user.value.chars().any(char::is_control);
    let message = "`user` is empty, or has a colon or a control character";
    if user.value.contains(':') {
        // What stands behind the colon is the password, as a rule.
        p.secret(user.at, user.at, message, "write the name alone; the password stands in the file that `password_file` names");
    } else if bad {
        p.error(user.at, message, None);
    }
    !bad
}

/// The address of a proxy: `http`, `https`, or `socks5h`, which resolves names at its own end.
pub(super) fn proxy(text: &At<String>, p: &mut Problems) -> Option<String> {
    let written = text.value.trim();
    let parsed = Url::parse(written);
    if userinfo::is_in(written) {
        let message = match parsed {
            Ok(url) if url.has_host() => "a user name or password in the address of a proxy is not supported",
            _ => "this is not the address of a proxy",
        };
        p.secret(text.at, text.at, message, "write scheme, host and port alone, such as \"socks5h://127.0.0.1:9050\"");
        return None;
    }
    let Ok(url) = parsed else {
        p.error(
            text.at,
            format!("`{written}` is not the address of a proxy"),
            Some("write it as \"socks5h://127.0.0.1:9050\" or \"http://proxy.example:3128\"".into()),
        );
        return None;
    };
    let wrong = match url.scheme() {
        "http" | "https" | "socks5h" => None,
        "socks5" | "socks4" | "socks4a" | "socks" => {
            let hint = written
                .split_once("://")
                .map(|(_, rest)| format!("write `socks5h://{rest}`: then names are resolved by the proxy and not beside it"));
            Some((format!("a `{}` proxy lets names be asked for outside of it", url.scheme()), hint))
        }
        other => Some((format!("a proxy cannot be reached by `{other}`"), Some("http, https and socks5h are known".to_owned()))),
    };
    if let Some((message, hint)) = wrong {
        p.error(text.at, message, hint);
        return None;
    }
    if url.host_str().is_none_or(str::is_empty) {
        p.error(text.at, "the proxy has no host", None);
        return None;
    }
    Some(written.to_owned())
}

/// A path of a secret: `credential:NAME` is left for the daemon to find, all else is resolved against `folder`.
fn secret_path(text: &At<String>, folder: &Path, p: &mut Problems) -> Option<PathBuf> {
    let written = text.value.trim();
    if let Some(name) = written.strip_prefix(super::CREDENTIAL) {
        let good = !name.is_empty() && !name.contains('/') && name != "..";
        if !good {
            p.error(text.at, format!("`{name}` is not the name of a credential"), None);
        }
        return good.then(|| PathBuf::from(written));
    }
    if written.is_empty() || written.starts_with('~') {
        p.error(text.at, "not the path of a file", Some("write the whole path, or one that starts at this file's folder".into()));
        return None;
    }
    Some(folder.join(written))
}
