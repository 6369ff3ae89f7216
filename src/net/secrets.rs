//! What is sent to one feed's server and to nobody else: a user's password, headers of its own. Read from files when a feed is
//! asked, so that they can be changed under a running service. They are never part of an error, a log line or the archive.

use crate::{
    config::secret::{SecretError, found, read},
    engine::feed::Feed,
};
use reqwest::header::{HeaderName, HeaderValue};
use std::{fmt, path::Path};
use url::{Origin, Url};

/// The most headers in one file.
const MOST_HEADERS: usize = 32;

/// Headers that belong to the connection, to the conditions or to who is asking (RFC 9110 sections 7.6.1, 10.1.5, 13.1).
const NOT_YOURS: [&str; 14] = [
    "a-im",
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "range",
    "referer",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// The secrets of one feed.
#[derive(Clone)]
pub struct Secrets {
    /// Where the user wrote that the feed is, by scheme, host and port. They go nowhere else, whatever a server or a document says.
    pub(super) origin: Origin,
    pub(super) basic: Option<(String, String)>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", usize::from(self.basic.is_some()) + self.headers.len())
    }
}

impl Secrets {
    /// Reads what the config names for `feed`; `credentials` is the folder that `credential:NAME` stands for. Blocks on the file system.
    ///
    /// # Errors
    /// What is wrong with a file, for a person: missing, no plain file, open to others, empty, or not what it should hold.
    pub fn read(feed: &Feed, credentials: Option<&Path>) -> Result<Secrets, String> {
        let access = &feed.access;
        let text = |file: &Path| found(file, credentials).and_then(|path| read(&path)).map_err(|error: SecretError| error.to_string());
        let basic = match (&access.user, &access.password_file) {
            (Some(user), Some(file)) => Some((user.clone(), text(file)?)),
            _ => None,
        };
        let headers = match &access.headers_file {
            Some(file) => headers(&text(file)?, file)?,
            None => Vec::new(),
        };
        let origin = Url::parse(&feed.url).map_or_else(|_| Origin::new_opaque(), |url| url.origin());
        Ok(Secrets { origin, basic, headers })
    }
}

/// Lines `Name: value`; empty ones and those that begin with `#` are left out.
fn headers(text: &str, path: &Path) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let wrong = |line: usize, what: &str| format!("secret file {}, line {line}: {what}", path.display());
    let mut headers = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#')) {
        let (name, value) = line.split_once(':').ok_or_else(|| wrong(at + 1, "not of the form `Name: value`"))?;
        let name: HeaderName = name.trim().parse().map_err(|_| wrong(at + 1, "not the name of a header"))?;
        let mut value: HeaderValue = value.trim().parse().map_err(|_| wrong(at + 1, "not the value of a header"))?;
        if NOT_YOURS.contains(&name.as_str()) || name.as_str().starts_with("if-") || name.as_str().starts_with("proxy-") {
            return Err(wrong(at + 1, &format!("`{name}` is marsad's own to set")));
        }
        value.set_sensitive(true);
        headers.push((name, value));
    }
    if headers.len() > MOST_HEADERS {
        return Err(format!("secret file {} has more than {MOST_HEADERS} headers", path.display()));
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::feed::Access;
    use std::os::unix::fs::PermissionsExt;

    fn file(content: &str, mode: u32) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    fn of_headers(content: &str, mode: u32) -> Result<Secrets, String> {
        let file = file(content, mode);
        let access = Access { headers_file: Some(file.path().to_owned()), ..Access::default() };
        Secrets::read(&Feed { access, ..Feed::default() }, None)
    }

    #[test]
    fn headers_are_read_line_by_line_and_never_shown() {
        let secrets = of_headers("# for the wire\nX-Key: CANARY\n\nAuthorization: Bearer CANARY\n", 0o600).unwrap();
        assert_eq!(secrets.headers.len(), 2);
        assert!(!format!("{secrets:?} {:?}", secrets.headers).contains("CANARY"));
    }

    #[test]
    fn a_file_that_is_open_to_others_or_says_nonsense_is_refused_without_telling_it() {
        for (content, mode, want) in [
            ("X-Key: CANARY", 0o644, "others can read"),
            ("", 0o600, "is empty"),
            ("CANARY", 0o600, "line 1: not of the form"),
            ("X-Key: a\nCANARY CANARY: b", 0o600, "line 2: not the name"),
            ("If-None-Match: CANARY", 0o600, "marsad's own"),
            ("Host: CANARY", 0o600, "marsad's own"),
            ("Proxy-Authorization: CANARY", 0o600, "marsad's own"),
        ] {
            let error = of_headers(content, mode).unwrap_err();
            assert!(error.contains(want) && !error.contains("CANARY"), "{error}");
        }
    }

    #[test]
    fn a_credential_is_found_in_the_services_folder_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("wire"), "pa55\n").unwrap();
        std::fs::set_permissions(folder.path().join("wire"), std::fs::Permissions::from_mode(0o400)).unwrap();
        let access = Access { user: Some("me".into()), password_file: Some("credential:wire".into()), ..Access::default() };
        let feed = Feed { access, ..Feed::default() };
        assert_eq!(Secrets::read(&feed, Some(folder.path())).unwrap().basic, Some(("me".into(), "pa55".into())));
        assert!(Secrets::read(&feed, None).unwrap_err().contains("LoadCredential=wire"));
    }
}
