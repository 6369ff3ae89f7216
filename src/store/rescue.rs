//! A damaged archive is set aside, and the newest sound backup, else an empty archive, takes its place.
//!
//! Only damage of the file leads here ([`StoreError::is_damage`]), and only of a file that is ours: what passes (a full disk, a lock, a
//! mode) and what belongs to somebody else is left as it is. A kill at any point leaves a state from which the next start goes
//! on: what takes the place is made whole beside it first (`NAME.next`), then the damaged files are renamed, then it is.

use super::{
    Result, StoreError,
    backup::sync_folder,
    backups::{self, stamp},
    json,
    lock::Lock,
    open,
    soundness::{self, Depth, Verdict},
};
use crate::{abort, engine::health::judge::Restored};
use rusqlite::{Connection, OptionalExtension};
use std::{
    fs, io,
    io::Read,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

/// An archive up to so many bytes is looked at whole at each start, indexes too: a quarter of a second. A larger one only when
/// the process before did not end well, and its pages alone; what spoils a file in its sleep is found by whoever reads the page,
/// and by the daily backup, which reads all of them.
const SMALL: u64 = 32 << 20;

/// The least that a page of SQLite has, in bytes.
const PAGE: u64 = 512;

/// What only our schema says.
const SCHEMA: [&[u8]; 3] = [b"CREATE TABLE entry_key", b"CREATE TABLE register_run", b"CREATE TABLE rule_version"];

/// So much of a log is searched for what is ours, in bytes: it is folded back when it holds as much.
const LOG: u64 = 16 << 20;

/// How long a start looks at most; about 7 GB that are in memory. A service manager waits longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long one looks at a backup at most.
const THOROUGH: Duration = Duration::from_secs(300);

/// The row of `meta` that says that this archive took the place of a damaged one.
const NOTE: &str = "restored";

/// So many processes must find it damaged in use before that is believed where a look finds nothing: one may have been led astray by
/// bad memory. One that ends well begins the count anew.
const BELIEVED: usize = 2;

/// Looks at the archive at `archive` before it is opened, with what the processes before this one found.
///
/// # Errors
/// What is no damage and keeps from looking.
pub fn look(archive: &Path, before: &Lock) -> Result<Verdict> {
    match seen(archive, before.ended_well())? {
        // In what is empty or gone since, nothing can be damaged.
        Verdict::Sound | Verdict::Unfinished if before.damaged() >= BELIEVED && backups::size(archive) > 0 => {
            damaged(archive, format!("it was found damaged in use {} times", before.damaged()))
        }
        verdict => Ok(verdict),
    }
}

/// Damage of a file that is ours. The file of another program, named by mistake, is not ours to move.
fn damaged(archive: &Path, said: String) -> Result<Verdict> {
    if is_ours(archive)? {
        return Ok(Verdict::Damaged(said));
    }
    let reason = format!("{said}; it does not look like one of marsad, so it is left alone");
    Err(StoreError::Schema { path: archive.display().to_string(), reason })
}

fn seen(archive: &Path, ended_well: bool) -> Result<Verdict> {
    let length = match fs::metadata(archive) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Verdict::Sound),
        meta => meta.map_err(|source| place(archive, source))?.len(),
    };
    let little = format!("the file holds {length} bytes");
    if length == 0 {
        // To SQLite that is a new archive, and what its log holds is thrown away.
        let lost = backups::log_size(archive) > 0 || !backups::list(archive, i64::MAX)?.is_empty();
        return Ok(if lost { Verdict::Damaged(little) } else { Verdict::Sound });
    }
    if length < PAGE {
        return damaged(archive, little);
    }
    let depth = match length {
        ..=SMALL => Depth::All(PATIENCE),
        _ if !ended_well => Depth::Pages(PATIENCE),
        _ => Depth::Header,
    };
    match soundness::look(archive, depth)? {
        Verdict::Damaged(said) => damaged(archive, said),
        verdict => Ok(verdict),
    }
}

/// Whether a damaged file was an archive: by its mark, by what its schema said, by its log, or by the backups of it.
///
/// # Errors
/// When one of these cannot be read.
pub fn is_ours(archive: &Path) -> Result<bool> {
    let file = beginning(archive, 1 << 20)?;
    let is_marked = |page: &[u8]| page.get(68..72) == Some(&(open::APPLICATION_ID as u32).to_be_bytes());
    let says = |bytes: &[u8]| SCHEMA.iter().any(|words| memchr::memmem::find(bytes, words).is_some());
    if is_marked(&file) || says(&file) || !backups::list(archive, i64::MAX)?.is_empty() {
        return Ok(true);
    }
    let log = match beginning(&open::with(archive, "-wal"), LOG) {
        Err(StoreError::Place { source, .. }) if source.kind() == io::ErrorKind::NotFound => return Ok(false),
        log => log?,
    };
    // Pages stand in it whole, the first too.
    Ok(says(&log) || memchr::memmem::find_iter(&log, b"SQLite format 3\0").any(|at| is_marked(&log[at..])))
}

fn beginning(path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(|source| place(path, source))?;
    Ok(bytes)
}

/// Goes on with what a kill interrupted.
///
/// # Errors
/// When a file cannot be moved.
pub fn resume(archive: &Path) -> Result<()> {
    let next = open::with(archive, ".next");
    if !next.exists() {
        return Ok(());
    }
    if archive.exists() {
        // Nothing was moved yet: what was being made is made anew, if it is still wanted.
        return discard(&next);
    }
    let connection = open::read_write(&next)?;
    let noted = noted(&connection)?;
    connection.close().map_err(|(_, error)| StoreError::Sql(error))?;
    let aside = noted.map_or_else(|| open::with(archive, ".corrupt"), |noted| PathBuf::from(noted.aside));
    for end in ["-wal", "-shm"] {
        set_aside(&open::with(archive, end), &open::with(&aside, end))?;
    }
    put(&next, archive)
}

/// Sets the archive aside and puts the newest sound backup in its place, or an empty archive; both note what happened.
///
/// # Errors
/// When there is no room for that, or a file cannot be made or moved; the damaged file is where it was then.
pub fn repair(archive: &Path, reason: &str, now_ms: i64) -> Result<Restored> {
    let (next, aside) = (open::with(archive, ".next"), open::with(archive, &format!(".corrupt-{}", stamp(now_ms))));
    discard(&next)?;
    let mut backup_ms = None;
    // The clock may be behind now, as after a start without a battery: by what it was when the archive was written last.
    for backup in backups::list(archive, now_ms.max(written_ms(archive).unwrap_or(now_ms)))? {
        // A backup of a later version or of a disk that fails is passed over: an older one may do.
        if soundness::look(&backup.file, Depth::Pages(THOROUGH)).is_ok_and(|verdict| verdict == Verdict::Sound) {
            copy(&backup.file, &next)?;
            backup_ms = Some(backup.at_ms);
            break;
        }
    }
    let restored = Restored { at_ms: now_ms, backup_ms, aside: aside.display().to_string(), reason: reason.to_owned() };
    note(&next, &restored)?;
    abort::point("rescue.made");
    fs::rename(archive, &aside).map_err(|source| place(&aside, source))?;
    abort::point("rescue.aside");
    // Those after it: a log without its archive is harmless, an archive without its log is not.
    for end in ["-wal", "-shm"] {
        set_aside(&open::with(archive, end), &open::with(&aside, end))?;
    }
    abort::point("rescue.logs");
    put(&next, archive)?;
    abort::point("rescue.done");
    Ok(restored)
}

/// When the archive was written last, by the file system: its log is, where there is one, and it only when that is folded back.
fn written_ms(archive: &Path) -> Option<i64> {
    let file = if backups::log_size(archive) > 0 { open::with(archive, "-wal") } else { archive.to_owned() };
    let at = fs::metadata(file).ok()?.modified().ok()?;
    i64::try_from(at.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// Copies a backup, for the owner alone.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let copied = || {
        let mut target = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
        io::copy(&mut fs::File::open(from)?, &mut target)?;
        target.sync_all()
    };
    copied().map_err(|source| StoreError::Backup { path: to.display().to_string(), source })
}

/// Makes an archive of what stands at `next`, or a new one, and notes in it whose place it takes.
fn note(next: &Path, restored: &Restored) -> Result<()> {
    let connection = open::read_write(next)?;
    let text = serde_json::to_string(restored).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?1, ?2)", [NOTE, &text])?;
    // Closed, it is one file again: the log is folded back.
    connection.close().map_err(|(_, error)| StoreError::Sql(error))?;
    sync_folder(next).map_err(|source| place(next, source))
}

/// What the archive says of whose place it took; nothing where it took none.
///
/// # Errors
/// When the archive cannot be read.
pub fn noted(connection: &Connection) -> Result<Option<Restored>> {
    let text: Option<String> =
        connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?.query_row([NOTE], |row| row.get(0)).optional()?;
    Ok(text.and_then(|text| json::read(&text)))
}

/// Archives that were set aside, with their bytes.
pub fn set_aside_files(archive: &Path) -> Vec<(PathBuf, u64)> {
    let start = format!("{}.corrupt-", archive.file_name().unwrap_or_default().to_string_lossy());
    let folder = archive.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&start));
    let mut found: Vec<_> = ours.filter_map(|entry| Some((entry.path(), entry.metadata().ok()?.len()))).collect();
    found.sort();
    found
}

fn discard(next: &Path) -> Result<()> {
    for end in ["", "-wal", "-shm", "-journal"] {
        let path = open::with(next, end);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(place(&path, error)),
            _ => {}
        }
    }
    Ok(())
}

fn set_aside(from: &Path, to: &Path) -> Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(place(to, error)),
        _ => Ok(()),
    }
}

fn put(next: &Path, archive: &Path) -> Result<()> {
    fs::rename(next, archive).and_then(|()| sync_folder(archive)).map_err(|source| place(archive, source))
}

fn place(path: &Path, source: io::Error) -> StoreError {
    StoreError::Place { path: path.display().to_string(), source }
}
