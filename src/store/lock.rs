//! Who owns the archive for ingestion: a lock file beside it, held for the life of the process.

use rustix::fs::{FlockOperation, flock};
use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// The lock; it is let go when this is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why the lock was not had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("another marsad holds the archive (process {0})")]
    Held(String),
    /// The lock file cannot be made.
    #[error("cannot make the lock file {path}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

/// The lock file of the archive at `archive`.
pub fn path_of(archive: &Path) -> PathBuf {
    archive.with_extension("lock")
}

/// Takes the lock and writes this process's number into the file.
///
/// # Errors
/// [`LockError::Held`] when another process has it.
pub fn take(archive: &Path) -> Result<Lock, LockError> {
    let path = path_of(archive);
    let fail = |source| LockError::File { path: path.display().to_string(), source };
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(fail)?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        let mut owner = String::new();
        // An owner that is just writing its number leaves this empty for a moment; the answer is the same.
        let _ = file.read_to_string(&mut owner);
        return Err(LockError::Held(owner.trim().to_owned()));
    }
    file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(fail)?;
    Ok(Lock { _file: file })
}

/// The process that holds the archive at this moment, if any does.
pub fn holder(archive: &Path) -> Option<String> {
    let mut file = OpenOptions::new().read(true).open(path_of(archive)).ok()?;
    if flock(&file, FlockOperation::NonBlockingLockShared).is_ok() {
        return None;
    }
    let mut owner = String::new();
    file.read_to_string(&mut owner).ok()?;
    Some(owner.trim().to_owned())
}
