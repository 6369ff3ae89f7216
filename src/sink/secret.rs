//! Secrets from files: read when they are needed, so that they can be changed under a running service. They are never
//! part of an error.

use super::{SendError, Wrong, retry};
use crate::config::secret::{self, SecretError};
use std::path::{Path, PathBuf};

/// A file with a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret(PathBuf);

impl Secret {
    /// The secret in the file that a config means by `path`, read once to know early that it can be; `credentials` is the
    /// folder that `credential:NAME` stands for.
    ///
    /// # Errors
    /// It is missing, no plain file, empty, not UTF-8, or others may read it.
    pub fn open(path: &Path, credentials: Option<&Path>) -> Result<Self, Wrong> {
        let path = secret::found(path, credentials).map_err(told)?;
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

fn read(path: &Path) -> Result<String, Wrong> {
    secret::read(path).map_err(told)
}

fn told(error: SecretError) -> Wrong {
    (error.message, error.hint)
}
