//! A copy of the archive in one file of its own, made beside a running daemon.

use super::{Result, StoreError};
use rusqlite::Connection;
use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Writes all that is committed at this moment into `to`, for the owner alone (0600), and gives its bytes. The daemon goes on
/// meanwhile; what it commits later is not in it. The file is written beside its place, checked, brought to disk, and put there
/// whole: whatever stands at `to` is replaced then and not before, and a kill leaves it as it was.
///
/// # Errors
/// When the file cannot be written, or what was written is not sound.
pub fn write(connection: &Connection, to: &Path) -> Result<u64> {
    let part = beside(to);
    let written = fill(connection, &part).and_then(|bytes| {
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let put = fs::rename(&part, to).and_then(|()| File::open(folder)?.sync_all());
        put.map(|()| bytes).map_err(|source| cannot(to, source))
    });
    if written.is_err() {
        // What is half-written helps nobody; the error that matters is the first.
        let _ = fs::remove_file(&part);
    }
    written
}

/// A name in the same folder, so that putting the file in its place is one step.
fn beside(to: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(to.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    to.with_file_name(name)
}

fn fill(connection: &Connection, part: &Path) -> Result<u64> {
    // Made here, for SQLite would make it readable by others; it takes a file that is there where it is empty.
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(part).map_err(|source| cannot(part, source))?;
    let name = part.to_str().ok_or_else(|| cannot(part, io::Error::new(io::ErrorKind::InvalidInput, "the name is not UTF-8")))?;
    connection.execute("VACUUM INTO ?1", [name])?;
    let copy = super::open::read_only(part)?;
    let found: String = copy.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    drop(copy);
    if found != "ok" {
        return Err(StoreError::Corrupt(format!("the copy is not sound: {found}")));
    }
    file.sync_all().and_then(|()| file.metadata()).map(|meta| meta.len()).map_err(|source| cannot(part, source))
}

fn cannot(path: &Path, source: io::Error) -> StoreError {
    StoreError::Backup { path: path.display().to_string(), source }
}
