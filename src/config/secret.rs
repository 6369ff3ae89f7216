//! Files of secrets, and `credential:NAME` for those that systemd hands a service. Read when they are needed, so that they can
//! be changed under a running service; what is in them is never part of an error.

use super::CREDENTIAL;
use std::{
    fs::File,
    io::{ErrorKind, Read},
    os::unix::fs::PermissionsExt,
    path::{Component, Path, PathBuf},
};

/// The longest file of secrets that is read, in bytes; of a longer one, its beginning.
const MAX_BYTES: u64 = 16 * 1024;

/// Those who are neither the owner nor of the group may do something with it.
const OTHERS: u32 = 0o007;

/// Why a secret cannot be had, without a word of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretError {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// On one line: what is wrong, and what to do.
impl std::fmt::Display for SecretError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, "; {hint}"))
    }
}

impl std::error::Error for SecretError {}

fn wrong(message: String, hint: Option<String>) -> SecretError {
    SecretError { message, hint }
}

/// The file that a config means by `path`; `credentials` is the folder that `credential:NAME` stands for (systemd's
/// `$CREDENTIALS_DIRECTORY`), `None` outside of a service. Touches nothing.
///
/// # Errors
/// There is no such folder, or the name is not that of one file in it.
pub fn found(path: &Path, credentials: Option<&Path>) -> Result<PathBuf, SecretError> {
    let Some(name) = path.to_str().and_then(|path| path.strip_prefix(CREDENTIAL)) else { return Ok(path.to_owned()) };
    let mut parts = Path::new(name).components();
    if !matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)) {
        let hint = "write `credential:NAME`, without slashes".to_owned();
        return Err(wrong(format!("`credential:{name}` does not name a credential"), Some(hint)));
    }
    let Some(folder) = credentials else {
        let hint = format!("add `LoadCredential={name}:/path/to/file` to the systemd unit, or name a file here");
        return Err(wrong(format!("there is no credentials directory to find `{name}` in"), Some(hint)));
    };
    Ok(folder.join(name))
}

/// The trimmed content of `path`. Blocks on the file system.
///
/// # Errors
/// It is missing, no plain file, open to others, empty, or not UTF-8.
pub fn read(path: &Path) -> Result<String, SecretError> {
    let name = path.display();
    let cannot = |error: std::io::Error| {
        let hint = match error.kind() {
            ErrorKind::NotFound => Some("write the secret into it, for you alone (chmod 600)"),
            ErrorKind::PermissionDenied => Some("it must be readable for whoever runs marsad, and for nobody else"),
            _ => None,
        };
        wrong(format!("cannot read secret file {name}: {error}"), hint.map(str::to_owned))
    };
    // Asked before it is opened: opening a named pipe would wait for its writer.
    if !std::fs::metadata(path).map_err(cannot)?.is_file() {
        return Err(wrong(format!("secret file {name} is not a plain file"), None));
    }
    let file = File::open(path).map_err(cannot)?;
    if file.metadata().map_err(cannot)?.permissions().mode() & OTHERS != 0 {
        return Err(wrong(format!("others can read secret file {name}"), Some(format!("chmod 600 {name}"))));
    }
    let mut text = String::new();
    file.take(MAX_BYTES).read_to_string(&mut text).map_err(cannot)?;
    match text.trim() {
        "" => {
            let hint = "write the secret into it; a service is handed its credentials at its start, out of the folder `credentials` beside its config";
            Err(wrong(format!("secret file {name} is empty"), Some(hint.into())))
        }
        text => Ok(text.to_owned()),
    }
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
        assert_eq!(read(file("s3cret", 0o640).path()).unwrap(), "s3cret");
    }

    #[test]
    fn a_token_that_others_can_read_is_refused_without_telling_it() {
        for mode in [0o644, 0o602, 0o601] {
            let error = read(file("s3cret", mode).path()).unwrap_err();
            assert!(error.message.starts_with("others can read secret file") && !error.to_string().contains("s3cret"), "{error}");
            assert!(error.hint.unwrap().starts_with("chmod 600"));
        }
    }

    #[test]
    fn an_empty_or_missing_token_is_named() {
        assert!(read(file(" \n", 0o600).path()).unwrap_err().message.ends_with("is empty"));
        assert!(read(Path::new("/nowhere/token")).unwrap_err().message.starts_with("cannot read secret file /nowhere/token"));
        assert!(read(Path::new("/dev/null")).unwrap_err().message.ends_with("is not a plain file"));
    }

    #[test]
    fn a_credential_is_found_in_the_services_folder_and_nowhere_else() {
        let folder = Path::new("/run/credentials/marsad");
        assert_eq!(found(Path::new("credential:hook"), Some(folder)), Ok(folder.join("hook")));
        assert_eq!(found(Path::new("/run/token"), Some(folder)), Ok("/run/token".into()));
        for bad in ["credential:../hook", "credential:/etc/passwd", "credential:", "credential:a/b", "credential:.."] {
            assert!(found(Path::new(bad), Some(folder)).is_err(), "{bad}");
        }
        assert!(found(Path::new("credential:hook"), None).unwrap_err().to_string().contains("LoadCredential=hook:"));
    }
}
