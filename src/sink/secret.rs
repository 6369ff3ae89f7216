//! Secrets from files: read when they are needed, so that they can be changed under a running service. They are never
//! part of an error.

use super::{SendError, Wrong, retry};
use std::{
    fs::File,
    io::Read,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// The longest secret, in bytes.
const MAX_BYTES: u64 = 16 * 1024;

/// Others may read.
const WORLD_READABLE: u32 = 0o004;

/// A file with a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret(PathBuf);

impl Secret {
    /// The secret in `path`, read once to know early that it can be.
    ///
    /// # Errors
    /// It is missing, no plain file, empty, not UTF-8, or everyone may read it.
    pub fn open(path: PathBuf) -> Result<Self, Wrong> {
        read(&path)?;
        Ok(Secret(path))
    }

    /// The secret as it is now.
    ///
    /// # Errors
    /// As [`Secret::open`]; each is worth another try, since the file can be put right.
    pub async fn now(&self) -> Result<String, SendError> {
        let path = self.0.clone();
        let read = tokio::task::spawn_blocking(move || read(&path)).await;
        let read = read.map_err(|error| retry(format!("reading a secret stopped: {error}")))?;
        read.map_err(|(message, _)| retry(message))
    }

    /// The secret as it is now, outside of a runtime's tasks.
    ///
    /// # Errors
    /// As [`Secret::open`].
    pub fn at_start(&self) -> Result<String, Wrong> {
        read(&self.0)
    }
}

/// The trimmed content of `path`.
fn read(path: &Path) -> Result<String, Wrong> {
    let name = path.display();
    let cannot = |error: std::io::Error| (format!("cannot read secret file {name}: {error}"), None);
    // Asked before it is opened: opening a named pipe would wait for its writer.
    if !std::fs::metadata(path).map_err(cannot)?.is_file() {
        return Err((format!("secret file {name} is not a plain file"), None));
    }
    let file = File::open(path).map_err(cannot)?;
    if file.metadata().map_err(cannot)?.permissions().mode() & WORLD_READABLE != 0 {
        return Err((format!("everyone can read secret file {name}"), Some(format!("chmod 600 {name}"))));
    }
    let mut text = String::new();
    file.take(MAX_BYTES).read_to_string(&mut text).map_err(cannot)?;
    let token = text.trim();
    if token.is_empty() {
        return Err((format!("secret file {name} is empty"), None));
    }
    Ok(token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &str, mode: u32) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    #[test]
    fn a_token_is_trimmed() {
        assert_eq!(read(file(" s3cret\n", 0o600).path()).unwrap(), "s3cret");
    }

    #[test]
    fn a_token_that_everyone_can_read_is_refused_without_telling_it() {
        let file = file("s3cret", 0o644);
        let (message, hint) = read(file.path()).unwrap_err();
        assert!(message.starts_with("everyone can read secret file") && !message.contains("s3cret"), "{message}");
        assert!(hint.unwrap().starts_with("chmod 600"));
    }

    #[test]
    fn an_empty_or_missing_token_is_named() {
        assert!(read(file(" \n", 0o600).path()).unwrap_err().0.ends_with("is empty"));
        assert!(read(Path::new("/nowhere/token")).unwrap_err().0.starts_with("cannot read secret file /nowhere/token"));
        assert!(read(Path::new("/dev/null")).unwrap_err().0.ends_with("is not a plain file"));
    }
}
