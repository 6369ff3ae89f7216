//! What a start does about a damaged archive: sets it aside, goes on from the newest backup, and says so. A daemon that finds
//! the damage while it runs ends, with an exit code of its own, and is started anew.

use super::systemd;
use crate::{
    engine::health::judge,
    store::{
        self,
        health::{self as conditions, Change, Outlet},
        lock::Lock,
        rescue,
        soundness::Verdict,
    },
};
use rusqlite::Connection;
use sd_notify::NotifyState;
use std::path::Path;

/// How long the service manager waits for a repair, in microseconds: a backup is looked at and copied.
const REPAIR_US: u32 = 15 * 60 * 1_000_000;

/// Looks at the archive before it is opened, and repairs what is damaged.
///
/// # Errors
/// When it cannot be looked at, or there is no room for another in its place.
pub fn before_opening(archive: &Path, lock: &mut Lock) -> store::Result<()> {
    rescue::resume(archive)?;
    match rescue::look(archive, lock)? {
        Verdict::Sound => return Ok(()),
        Verdict::Unfinished => {
            tracing::warn!("the last process did not end well, and the archive is too large to be looked at whole; what was seen is sound");
            return Ok(());
        }
        Verdict::Damaged(reason) => {
            systemd::say(&[
                NotifyState::ExtendTimeoutUsec(REPAIR_US),
                NotifyState::Status("the archive is damaged: going back to a backup"),
            ]);
            let repaired = rescue::repair(archive, &reason, super::clock::now_ms())?;
            let from = repaired.backup_ms.and_then(crate::engine::alert::json::rfc3339);
            tracing::error!(
                reason,
                set_aside = repaired.aside,
                backup = from.as_deref().unwrap_or("none"),
                "the archive was damaged; another took its place"
            );
            note(lock, false);
        }
    }
    Ok(())
}

/// Notes for the next process whether the archive was found damaged.
pub fn note(lock: &mut Lock, found: bool) {
    if let Err(error) = lock.note_damage(found) {
        tracing::warn!(%error, "the lock file cannot be written");
    }
}

/// Puts on record, and tells, that the archive took the place of a damaged one.
///
/// # Errors
/// When the archive refuses.
pub fn tell(connection: &Connection, outlet: &Outlet, now_ms: i64) -> store::Result<Change> {
    let condition = rescue::noted(connection)?.and_then(|noted| judge::restored(&noted, now_ms));
    conditions::begin(connection, outlet, condition.into_iter().collect(), now_ms)
}
