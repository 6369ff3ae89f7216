//! What a start tells of a migration, which takes a minute or more where millions of articles are archived: the log says that it
//! goes on, and the service manager waits for it.

use super::systemd;
use crate::store::{
    self,
    open::{self, Migrating},
};
use rusqlite::Connection;
use sd_notify::NotifyState;
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// From one line of the log to the next, at least.
const PACE: Duration = Duration::from_secs(5);

/// How long the service manager waits from one word to the next, in microseconds.
const PATIENCE_US: u32 = 15 * 60 * 1_000_000;

/// Opens the archive for writing, and tells of its migration where it needs one.
///
/// # Errors
/// As [`open::read_write`].
pub fn opened(archive: &Path) -> store::Result<Connection> {
    let began = Instant::now();
    let (mut of, mut last) = (None, began);
    let connection = open::read_write_telling(archive, |at| {
        if let Migrating::Begins { keys, .. } = at {
            of = Some(keys);
        } else if last.elapsed() < PACE {
            return;
        }
        let line = line(at, of.unwrap_or_default());
        tracing::info!("{line}");
        systemd::say(&[NotifyState::ExtendTimeoutUsec(PATIENCE_US), NotifyState::Status(&line)]);
        last = Instant::now();
    })?;
    if of.is_some() {
        tracing::info!(seconds = began.elapsed().as_secs(), "the archive is up to date");
    }
    Ok(connection)
}

/// What it is at, with `of` keys to move in all.
fn line(at: Migrating, of: u64) -> String {
    match at {
        Migrating::Begins { from, to, keys: 0 } => format!("bringing the archive up to date: schema {from} becomes {to}"),
        Migrating::Begins { from, to, keys } => {
            format!("bringing the archive up to date: schema {from} becomes {to}, {keys} keys of articles are written in another order")
        }
        Migrating::Moved { keys } => format!("bringing the archive up to date: {keys} of {of} keys, {} %", keys * 100 / of.max(1)),
        Migrating::Checks => "bringing the archive up to date: looking at it once more".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_is_done_and_how_much_there_is() {
        let said = |at| line(at, 2_000_000).replace("bringing the archive up to date: ", "");
        assert_eq!(said(Migrating::Begins { from: 12, to: 13, keys: 0 }), "schema 12 becomes 13");
        let begins = Migrating::Begins { from: 1, to: 13, keys: 2_000_000 };
        assert_eq!(said(begins), "schema 1 becomes 13, 2000000 keys of articles are written in another order");
        assert_eq!(said(Migrating::Moved { keys: 458_752 }), "458752 of 2000000 keys, 22 %");
        assert_eq!(said(Migrating::Checks), "looking at it once more");
    }
}
