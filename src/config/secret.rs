//! Secrets from files or systemd credentials. Reads when asked; never keeps, logs or shows one.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// What a path of a secret begins with when it names a systemd credential.
pub const CREDENTIAL: &str = "credential:";

/// The most bytes of a secret.
const MAX_BYTES: u64 = 64 * 1024;

/// Why a secret could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// `credential:NAME`, but the service manager passed none.
    #[error("credential `{0}` asked for, but no credentials were passed to this process")]
    NoCredentials(String),
    /// It cannot be opened or read.
    #[error("cannot read the secret in {}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Other users can read it.
    #[error("{} can be read by every user; make it private with `chmod 600`", .0.display())]
    WorldReadable(PathBuf),
    /// Empty, too large, or not one line of text.
    #[error("{} does not hold one line of text", .0.display())]
    NotALine(PathBuf),
}

/// The file behind `path`: `credential:NAME` lies in `credentials`, the folder that the service manager passes in
/// `$CREDENTIALS_DIRECTORY`; anything else is a path already.
///
/// # Errors
/// When a credential is asked for and `credentials` is `None`.
pub fn locate(path: &Path, credentials: Option<&Path>) -> Result<PathBuf, SecretError> {
    match path.to_str().and_then(|p| p.strip_prefix(CREDENTIAL)) {
        None => Ok(path.to_owned()),
        Some(name) => credentials.map(|folder| folder.join(name)).ok_or_else(|| SecretError::NoCredentials(name.to_owned())),
    }
}

/// Reads the secret at `path`, trimmed.
///
/// # Errors
/// When it cannot be read, every user could, or it is not one line of text.
pub fn read(path: &Path, credentials: Option<&Path>) -> Result<String, SecretError> {
    let path = locate(path, credentials)?;
    let failed = |source| SecretError::Io { path: path.clone(), source };
    let meta = fs::metadata(&path).map_err(failed)?;
    if meta.permissions().mode() & 0o004 != 0 {
        return Err(SecretError::WorldReadable(path));
    }
    if meta.len() > MAX_BYTES {
        return Err(SecretError::NotALine(path));
    }
    let text = String::from_utf8(fs::read(&path).map_err(failed)?).unwrap_or_default();
    let text = text.trim();
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(SecretError::NotALine(path));
    }
    Ok(text.to_owned())
}
