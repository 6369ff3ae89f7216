//! The copies that marsad keeps by itself: a few, one a day, in `backups/` beside the archive.

use super::{Result, StoreError, backup, open};
use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
    time::{SystemTime, UNIX_EPOCH},
};

/// Between two of them, in milliseconds.
pub const EVERY_MS: i64 = 24 * 3_600_000;

/// What must be free beside the room for one more, in bytes.
const RESERVE: u64 = 64 << 20;

/// How a file's moment is written in its name, in UTC.
const STAMP: &str = "%Y%m%dT%H%M%SZ";

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The file.
    pub file: PathBuf,
    /// When it was made, Unix milliseconds: by its name.
    pub at_ms: i64,
    /// Bytes.
    pub bytes: u64,
}

/// What making one came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// It is there.
    Whole(Backup),
    /// The disk is too full for it: bytes that are free, and that should be.
    NoRoom(u64, u64),
}

/// The folder of the backups of the archive at `archive`.
pub fn folder(archive: &Path) -> PathBuf {
    archive.with_file_name("backups")
}

/// A moment as names of files have it.
pub(super) fn stamp(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH).strftime(STAMP).to_string()
}

fn name_of(archive: &Path, at_ms: i64) -> String {
    format!("{}-{}.db", archive.file_stem().unwrap_or_default().to_string_lossy(), stamp(at_ms))
}

/// When the backup of this name was made; `None` for a file that is none of this archive.
fn at_ms(archive: &Path, name: &str) -> Option<i64> {
    let stem = archive.file_stem()?.to_str()?;
    let stamp = name.strip_prefix(stem)?.strip_prefix('-')?.strip_suffix(".db")?;
    let at = jiff::civil::DateTime::strptime(STAMP, stamp).ok()?;
    jiff::tz::TimeZone::UTC.to_timestamp(at).ok().map(|at| at.as_millisecond())
}

/// Those of the archive at `archive`, the newest first; none where there is no folder. One whose name lies ahead of `now_ms` was made
/// while the clock was ahead: older than it says, and nobody knows by how much, so those come last.
///
/// # Errors
/// When the folder cannot be read.
pub fn list(archive: &Path, now_ms: i64) -> Result<Vec<Backup>> {
    let folder = folder(archive);
    let cannot = |source| StoreError::Folder { path: folder.display().to_string(), source };
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(cannot)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(cannot)?;
        if let Some(at_ms) = entry.file_name().to_str().and_then(|name| at_ms(archive, name)) {
            // One that was deleted since is no fault.
            let Ok(meta) = entry.metadata() else { continue };
            found.push(Backup { file: entry.path(), at_ms, bytes: meta.len() });
        }
    }
    found.sort_by_key(|backup| (backup.at_ms > now_ms, std::cmp::Reverse(backup.at_ms)));
    Ok(found)
}

/// Whether it is time for one: a day after the last, or after the archive was made. A clock that was set back is no reason to
/// wait for.
///
/// # Errors
/// As [`list`].
pub fn is_due(archive: &Path, now_ms: i64) -> Result<bool> {
    let last_ms = match list(archive, now_ms)?.first() {
        Some(newest) => Some(newest.at_ms),
        None => born_ms(archive),
    };
    Ok(last_ms.is_none_or(|last_ms| !(last_ms..last_ms + EVERY_MS).contains(&now_ms)))
}

/// When the file was made, where the file system keeps that.
fn born_ms(archive: &Path) -> Option<i64> {
    let born: SystemTime = fs::metadata(archive).ok()?.created().ok()?;
    i64::try_from(born.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// Makes one beside whoever writes, and deletes the oldest of more than `keep`. It is not made where less than twice its room
/// is free: the archive needs the rest. `stop` ends it early.
///
/// # Errors
/// When the archive cannot be read, which may be damage ([`StoreError::is_damage`]), or the file not be written.
pub fn make(archive: &Path, keep: usize, now_ms: i64, stop: &Arc<AtomicBool>) -> Result<Made> {
    let folder = folder(archive);
    let cannot = |source| StoreError::Folder { path: folder.display().to_string(), source };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(cannot)?;
    sweep(archive, &folder);
    let (free, needed) = (free(&folder)?, room(archive));
    if free < needed {
        return Ok(Made::NoRoom(free, needed));
    }
    let file = folder.join(name_of(archive, now_ms));
    let bytes = backup::write(archive, &file, stop)?;
    for old in list(archive, now_ms)?.into_iter().skip(keep.max(1)) {
        // It is tried again after the next.
        let _ = fs::remove_file(old.file);
    }
    Ok(Made::Whole(Backup { file, at_ms: now_ms, bytes }))
}

/// Bytes that must be free for one to be made.
pub fn room(archive: &Path) -> u64 {
    2 * size(archive) + RESERVE
}

/// Removes what processes that were killed left half-written of these copies. None is being made now: only who holds the archive does.
/// What a command, or another archive of the same folder, writes there is its own.
fn sweep(archive: &Path, folder: &Path) {
    let is_ours = |name: &str| {
        let copy = name.strip_prefix('.').and_then(|name| name.strip_suffix(".part")).and_then(|name| name.rsplit_once('.'));
        copy.is_some_and(|(copy, _process)| at_ms(archive, copy).is_some())
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_ours) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Bytes of the archive with its write-ahead log.
pub fn size(archive: &Path) -> u64 {
    fs::metadata(archive).map_or(0, |meta| meta.len()) + log_size(archive)
}

/// Bytes of its write-ahead log.
pub fn log_size(archive: &Path) -> u64 {
    fs::metadata(open::with(archive, "-wal")).map_or(0, |meta| meta.len())
}

/// Bytes that are free for us where `folder` is.
///
/// # Errors
/// When the file system does not say.
pub fn free(folder: &Path) -> Result<u64> {
    let stat = rustix::fs::statvfs(folder).map_err(|e| StoreError::Folder { path: folder.display().to_string(), source: e.into() })?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const DAY: i64 = EVERY_MS;

    #[test]
    fn a_few_are_kept_the_newest_first_and_files_of_others_are_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let archive = place.path().join("news.db");
        open::read_write(&archive).unwrap();
        let stop = Arc::default();
        let now = 1_790_000_000_000;
        fs::create_dir(folder(&archive)).unwrap();
        for other in ["notes.txt", "other-20260101T000000Z.db", "news-today.db", ".news-20260101T000000Z.db.7.part"] {
            fs::write(folder(&archive).join(other), "x").unwrap();
        }
        for day in 0..5 {
            assert!(matches!(make(&archive, 3, now + day * DAY, &stop).unwrap(), Made::Whole(_)));
        }
        let kept = list(&archive, now + 4 * DAY).unwrap();
        assert_eq!(kept.iter().map(|b| b.at_ms).collect::<Vec<_>>(), [4, 3, 2].map(|day| now + day * DAY));
        assert!(kept.iter().all(|b| fs::metadata(&b.file).unwrap().permissions().mode() & 0o777 == 0o600 && b.bytes > 0));
        let ids: std::collections::BTreeSet<String> =
            kept.iter().map(|b| &b.file).chain([&archive]).map(|f| open::archive_id(&open::read_only(f).unwrap()).unwrap()).collect();
        assert_eq!(ids.len(), 4, "each is an archive of its own");
        assert_eq!(fs::read_dir(folder(&archive)).unwrap().count(), 6, "three of ours, three of others, nothing half-written");
    }

    #[test]
    fn what_others_are_just_writing_there_is_left_to_them() {
        let place = tempfile::tempdir().unwrap();
        let archive = place.path().join("news.db");
        open::read_write(&archive).unwrap();
        fs::create_dir(folder(&archive)).unwrap();
        // `marsad backup` into this folder, and another archive beside this one.
        let others = [".mine.db.7.part", ".other-20260101T000000Z.db.7.part"].map(|name| folder(&archive).join(name));
        others.iter().for_each(|part| fs::write(part, "x").unwrap());
        make(&archive, 3, 1_790_000_000_000, &Arc::default()).unwrap();
        assert!(others.iter().all(|part| part.exists()));
    }

    #[test]
    fn one_is_due_a_day_after_the_last_whatever_the_clock_did() {
        let place = tempfile::tempdir().unwrap();
        let archive = place.path().join("news.db");
        open::read_write(&archive).unwrap();
        let born = born_ms(&archive).unwrap();
        let due = |at| is_due(&archive, at).unwrap();
        assert!(!due(born + DAY - 1) && due(born + DAY));
        make(&archive, 2, born + 9 * DAY, &Arc::default()).unwrap();
        let made = list(&archive, i64::MAX).unwrap()[0].at_ms;
        assert!(!due(made) && !due(made + DAY - 1) && due(made + DAY) && due(made - 1));
        // The clock was ahead when that was made, and is right now: one more, which is the newest, and the last to go.
        for (keep, left) in [(2, 2), (1, 1)] {
            let right = made - keep as i64 * 60_000;
            make(&archive, keep, right, &Arc::default()).unwrap();
            let kept = list(&archive, right).unwrap();
            assert_eq!((kept.len(), kept[0].at_ms), (left, right / 1000 * 1000));
            assert!(!due(right) && !due(right + DAY / 2));
        }
    }

    #[test]
    fn a_stop_leaves_nothing_half_written() {
        let place = tempfile::tempdir().unwrap();
        let archive = place.path().join("news.db");
        let connection = open::read_write(&archive).unwrap();
        let many = "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 20000) INSERT INTO meta SELECT 'k' || i, hex(randomblob(50)) FROM c";
        connection.execute_batch(many).unwrap();
        let stop = Arc::new(AtomicBool::new(true));
        assert!(make(&archive, 3, 1_790_000_000_000, &stop).is_err());
        assert_eq!(fs::read_dir(folder(&archive)).unwrap().count(), 0);
    }
}
