//! The archive: synchronous SQL over one SQLite file, one room a table.
//!
//! One thread owns the write connection ([`writer::Db`]); readers open the file read-only. No async, no HTTP, no decisions:
//! what is new, what matches and what is due is decided in the engine, and uniqueness by the schema.

pub mod alert;
pub mod article;
pub mod audit;
pub mod backup;
pub mod backups;
pub mod dead;
pub mod delivery;
pub mod dossier;
pub mod facts;
pub mod fate;
pub mod feed;
pub mod figures;
pub mod gap;
pub mod health;
pub mod hold;
pub mod host;
pub mod import;
pub mod index;
pub mod ingest;
pub mod json;
pub mod key;
pub mod listing;
pub mod lock;
pub mod mark;
pub mod memory;
pub mod mute;
pub mod open;
pub mod orphan;
pub mod overview;
pub mod pause;
pub mod raise;
pub mod reading;
pub mod recent;
pub mod register;
pub mod rescue;
pub mod retention;
pub mod revision;
pub mod rhythm;
pub mod room;
pub mod rule;
pub mod search;
pub mod setback;
pub mod sink;
pub mod soundness;
pub mod status;
pub mod stories;
pub mod story;
pub mod verdict;
pub mod walk;
pub mod writer;

use rusqlite::ErrorCode;
use std::str::Utf8Error;

/// What can go wrong with the archive.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite said no.
    #[error("the archive refused a statement")]
    Sql(#[from] rusqlite::Error),
    /// The file cannot be opened or made.
    #[error("cannot open the archive {path}")]
    Open {
        /// The file.
        path: String,
        /// Why.
        source: rusqlite::Error,
    },
    /// The folder cannot be made, or is no folder.
    #[error("cannot make the data folder {path}")]
    Folder {
        /// The folder.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is a link that cannot be followed.
    #[error("the archive {path} is a link that cannot be followed")]
    Link {
        /// The link.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file or its folder is for reading alone.
    #[error("the archive {0} cannot be written: the file, its folder or the file system is for reading alone")]
    ReadOnly(String),
    /// It has a log, or wants one, in a folder that is for reading alone.
    #[error("the archive {0} cannot be read where it is: the log beside it needs a folder that may be written")]
    NoLog(String),
    /// The file, or one beside it, cannot be read or moved.
    #[error("cannot read or move {path}")]
    Place {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A copy of it cannot be written.
    #[error("cannot write the copy {path}")]
    Backup {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Not an archive of marsad, or one of a later version.
    #[error("{path} is not an archive that this version can read: {reason}")]
    Schema {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// A column holds what it never should.
    #[error("the archive holds a value that makes no sense: {0}")]
    Corrupt(String),
    /// What SQLite takes for sound cannot be.
    #[error("the archive is damaged: {0}")]
    Damaged(String),
    /// A transaction could not begin or end; nothing of it was kept.
    #[error("the archive could not commit: {0}")]
    Commit(String),
    /// The writer thread has ended.
    #[error("the archive's writer has stopped")]
    Stopped,
}

impl StoreError {
    /// Whether the file itself is damaged: SQLite says so, or a text is none, and nobody but us writes them. Never so for what
    /// passes: a full disk, a lock, a failing call, a mode.
    pub fn is_damage(&self) -> bool {
        let (StoreError::Sql(error) | StoreError::Open { source: error, .. }) = self else {
            return matches!(self, StoreError::Damaged(_));
        };
        // However deep: that depends on how it was read.
        let is_no_text =
            std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source()).any(|error| error.is::<Utf8Error>());
        is_no_text || matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
    }

    /// What SQLite said, in its own words, where it was SQLite.
    pub fn said(&self) -> String {
        match self {
            StoreError::Sql(source) | StoreError::Open { source, .. } => source.to_string(),
            other => other.to_string(),
        }
    }
}

/// The result of everything in here.
pub type Result<T> = std::result::Result<T, StoreError>;
