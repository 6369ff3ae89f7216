//! What can end a command, as its user is told: one line for each cause, a hint, an exit code. Printed once, by `cli`.

use super::{
    output::{Span, Style},
    place::Place,
};
use crate::{
    config::{Problem, Report},
    daemon::{self, DaemonError},
    store::{StoreError, lock::LockError, rescue},
};
use std::{error::Error as _, io, path::Path, process::ExitCode};

/// What to do where an archive cannot be read for want of a log.
pub const READ_A_COPY: &str = "copy it, with its -wal, into a folder of yours and name the copy with `--db PATH`; or have its owner make one with `marsad backup FILE`";

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Anything that has no code of its own.
    #[error("{message}")]
    Failed {
        /// Lower-case fragment.
        message: String,
        /// What to do.
        hint: Option<String>,
        /// Why.
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// Arguments that do not fit together.
    #[error("{message}")]
    Usage {
        /// Lower-case fragment.
        message: String,
        /// What to write.
        hint: Option<String>,
    },
    /// The config cannot be read.
    #[error("the config cannot be used")]
    Unreadable {
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
        /// What to do.
        hint: Option<String>,
    },
    /// The config has problems; they are printed before this.
    #[error("the config is refused")]
    Refused {
        /// Every one.
        problems: Vec<Problem>,
        /// What to do.
        hint: Option<String>,
    },
    /// The config has problems, and its user has seen them already.
    #[error("the config is refused")]
    Told,
    /// The answer was printed, and it is not the one that was asked for: a rule holds after all, a test failed.
    #[error("the answer is no")]
    Answered,
    /// The archive cannot be used.
    #[error("the archive cannot be used")]
    Archive(#[source] StoreError),
    /// Whether another process holds the archive cannot be found out.
    #[error("the archive cannot be used")]
    Lock(#[source] LockError),
    /// There is no archive.
    #[error("there is no archive at {0}")]
    NoArchive(String),
    /// The archive was found to be damaged while it was in use.
    #[error("the archive is damaged: {0}")]
    Damaged(String),
    /// Another process owns the archive for ingestion.
    #[error("another marsad holds the archive (process {0})")]
    Held(String),
    /// Standard output is closed or full.
    #[error("cannot write the output")]
    Output(#[source] io::Error),
}

impl From<Report> for Error {
    fn from(report: Report) -> Error {
        Error::Refused { problems: report.problems, hint: None }
    }
}

impl From<StoreError> for Error {
    fn from(source: StoreError) -> Error {
        Error::Archive(source)
    }
}

impl From<LockError> for Error {
    fn from(error: LockError) -> Error {
        match error {
            LockError::Held(owner) => Error::Held(owner),
            error @ LockError::File { .. } => Error::Lock(error),
        }
    }
}

impl From<DaemonError> for Error {
    fn from(error: DaemonError) -> Error {
        match error {
            DaemonError::Store(source) => source.into(),
            DaemonError::Lock(source) => source.into(),
            DaemonError::Sink(source) => Error::Unreadable { hint: source.hint.clone(), source: Box::new(source) },
            DaemonError::Net(source) => Error::because("cannot make the HTTP client", source),
            DaemonError::Damaged(said) => Error::Damaged(said),
            error @ (DaemonError::System(_) | DaemonError::Stopped(_)) => Error::because("the daemon cannot go on", error),
        }
    }
}

impl Error {
    /// An error without a cause.
    pub fn failed(message: impl Into<String>) -> Error {
        Error::Failed { message: message.into(), hint: None, source: None }
    }

    /// An error with its cause.
    pub fn because(message: impl Into<String>, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::Failed { message: message.into(), hint: None, source: Some(Box::new(source)) }
    }

    /// The same error with a hint, where it takes one.
    #[must_use]
    pub fn hinted(mut self, text: impl Into<String>) -> Error {
        if let Error::Failed { hint, .. } | Error::Usage { hint, .. } | Error::Unreadable { hint, .. } | Error::Refused { hint, .. } =
            &mut self
        {
            *hint = Some(text.into());
        }
        self
    }

    /// 0 done, 1 error, 2 usage, 3 config refused, 4 archive unusable, 5 another marsad holds the archive, 6 archive
    /// found damaged.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            _ if self.is_closed_pipe() => 0,
            Error::Failed { .. } | Error::Output(_) | Error::Answered => 1,
            Error::Usage { .. } => 2,
            Error::Unreadable { .. } | Error::Refused { .. } | Error::Told => 3,
            Error::Archive(_) | Error::Lock(_) | Error::NoArchive(_) => 4,
            Error::Held(_) => 5,
            Error::Damaged(_) => 6,
        })
    }

    /// Whether the reader of the output has gone away, which is its right.
    fn is_closed_pipe(&self) -> bool {
        matches!(self, Error::Output(e) if e.kind() == io::ErrorKind::BrokenPipe)
    }

    /// What to print on standard error: the error, its causes, a hint. Nothing for a closed pipe or what was told before.
    pub fn lines(&self, place: &Place) -> Vec<Vec<Span>> {
        if self.is_closed_pipe() || matches!(self, Error::Told | Error::Answered) {
            return Vec::new();
        }
        let mut lines = Vec::new();
        if let Error::Refused { problems, .. } = self {
            lines.extend(problems.iter().flat_map(super::check::problem_lines));
        }
        lines.push(vec![Style::Bad.part("error: "), Style::Plain.value(self.to_string())]);
        let mut cause = self.source();
        while let Some(error) = cause {
            lines.push(vec![Style::Dim.part("caused by: "), Style::Plain.value(error.to_string())]);
            cause = error.source();
        }
        lines.extend(self.hint(place).map(|hint| vec![Style::Good.part("hint: "), Style::Plain.value(hint)]));
        lines
    }

    /// Tells a service manager why its daemon ended: each problem of a config, and all else in one line, which its status shows
    /// too.
    pub fn log(&self) {
        if let Error::Refused { problems, .. } = self {
            problems.iter().for_each(|problem| tracing::error!("{}", problem.to_string().trim_end()));
        }
        let line = daemon::chain(self);
        tracing::error!("{line}");
        daemon::systemd::status(&line);
    }

    fn hint(&self, place: &Place) -> Option<String> {
        match self {
            Error::Failed { hint, .. } | Error::Usage { hint, .. } | Error::Unreadable { hint, .. } | Error::Refused { hint, .. } => {
                hint.clone()
            }
            // What a look at the file does not show is believed when two have met it.
            Error::Damaged(_) => Some("the next start, or the one after it, sets it aside and goes on from the newest backup".into()),
            Error::Archive(error) if error.is_damage() => Some(of_damage(&place.archive)),
            Error::Archive(StoreError::NoLog(_)) => Some(READ_A_COPY.into()),
            Error::Archive(_) | Error::Lock(_) => Some(format!("the archive is {}; `--db PATH` names another", place.archive.display())),
            Error::NoArchive(_) => Some("`marsad run` or `marsad once` makes it; `--db PATH` names another".into()),
            Error::Held(_) => Some("stop that process first, or use another archive with `--db PATH`".into()),
            Error::Told | Error::Answered | Error::Output(_) => None,
        }
    }
}

/// What becomes of an archive that a reader found damaged. What is not ours is never set aside.
fn of_damage(archive: &Path) -> String {
    let name = archive.display();
    if rescue::is_ours(archive).is_ok_and(|ours| ours) {
        return format!(
            "the archive is {name}; where `marsad run` or `marsad once` finds it damaged too, it goes back to the newest backup"
        );
    }
    format!("{name} does not look like an archive of marsad; `--db PATH` names another")
}
