//! A copy of the archive in one file of its own, made beside a running daemon.

use super::{Result, StoreError, open, soundness};
use rusqlite::{Connection, OpenFlags};
use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

/// Writes all that is committed in `archive` at this moment into `to`, for the owner alone (0600), and gives its bytes. The daemon
/// goes on meanwhile; what it commits later is not in it. The file is written beside its place, checked, brought to disk, and put
/// there whole: whatever stands at `to` is replaced then and not before, and a kill leaves it as it was. `stop` ends it early.
///
/// The copy is an archive of its own, with an id of its own: an archive that goes on from it gives the numbers of later alerts
/// anew, and a receiver that keeps idempotency keys must not take them for those that it knows.
///
/// # Errors
/// When the archive, or what was written, is not sound, the file cannot be written, or `stop` was set.
pub fn write(archive: &Path, to: &Path, stop: &Arc<AtomicBool>) -> Result<u64> {
    let part = beside(to);
    // One that may write: to others SQLite does not tell all that is wrong.
    let mut connection = open::beside(archive)?;
    let flag = stop.clone();
    open::stoppable(&mut connection, move || flag.load(Relaxed))?;
    // The copy has its indexes made anew: whether those of a large archive agree with their tables nobody else asks.
    if let Some(found) = soundness::whole(&connection)? {
        return Err(StoreError::Damaged(found));
    }
    let written = fill(&connection, &part, stop).and_then(|bytes| {
        let put = fs::rename(&part, to).and_then(|()| sync_folder(to));
        put.map(|()| bytes).map_err(|source| cannot(to, source))
    });
    if written.is_err() {
        // What is half-written helps nobody; the error that matters is the first.
        let _ = fs::remove_file(&part);
    }
    written
}

/// Brings the folder of `file` to disk: what was renamed in it is there after a power cut.
pub(super) fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// A name in the same folder, so that putting the file in its place is one step.
fn beside(to: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(to.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    to.with_file_name(name)
}

fn fill(connection: &Connection, part: &Path, stop: &Arc<AtomicBool>) -> Result<u64> {
    // Made here, for SQLite would make it readable by others; it takes a file that is there where it is empty.
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(part).map_err(|source| cannot(part, source))?;
    let name = part.to_str().ok_or_else(|| cannot(part, io::Error::new(io::ErrorKind::InvalidInput, "the name is not UTF-8")))?;
    connection.execute("VACUUM INTO ?1", [name])?;
    let mut copy = open::connect(part, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    let flag = stop.clone();
    open::stoppable(&mut copy, move || flag.load(Relaxed))?;
    // Nobody else has it yet, and one that is left half-written is thrown away.
    copy.execute_batch("PRAGMA journal_mode = OFF; UPDATE meta SET value = lower(hex(randomblob(8))) WHERE key = 'archive_id';")?;
    if let Some(found) = soundness::quick(&copy)? {
        // SQLite makes a sound copy of whatever can be read: what is wrong with it stands in the archive.
        return Err(StoreError::Damaged(found));
    }
    drop(copy);
    file.sync_all().and_then(|()| file.metadata()).map(|meta| meta.len()).map_err(|source| cannot(part, source))
}

fn cannot(path: &Path, source: io::Error) -> StoreError {
    StoreError::Backup { path: path.display().to_string(), source }
}
