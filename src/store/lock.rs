//! Who owns the archive for ingestion: a lock file beside it, held for the life of the process. What stands in it tells the next
//! process how this one ended: its number, on a second line when it and those before it began that did not end well, on a third
//! how many of these found the archive damaged. One that ends well leaves the file empty.

use rustix::fs::{FlockOperation, flock};
use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// How often the lock is tried that others only look at: they hold it for two system calls, of a microsecond each.
const GLANCES: usize = 100_000;

/// The lock; it is let go when this is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
    ended_well: bool,
    /// When the processes before this one began that did not end well, Unix milliseconds.
    starts_ms: Vec<i64>,
    /// How many of them found the archive damaged.
    damaged: usize,
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

/// The lock file of the archive at `archive`: of the file itself ([`super::open::behind_links`]), never of a link to it.
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
    let free = alone(&file);
    let mut text = String::new();
    // An owner that is just writing its number leaves this empty for a moment; the answer is the same. What is no text says
    // nothing of who wrote it.
    let _ = file.read_to_string(&mut text);
    if !free {
        return Err(LockError::Held(owner(&text)));
    }
    let starts_ms = text.lines().nth(1).unwrap_or_default().split(' ').filter_map(|ms| ms.parse().ok()).collect();
    let damaged = text.lines().nth(2).and_then(|line| line.parse().ok()).unwrap_or(0);
    let lock = Lock { file, ended_well: text.trim().is_empty(), starts_ms, damaged };
    lock.write().map_err(fail)?;
    Ok(lock)
}

/// Takes the lock, unless another process has it. One that only looks who has it ([`holder`]) shares it for that moment and is
/// waited for: who owns it shares it with nobody.
fn alone(file: &File) -> bool {
    for _ in 0..GLANCES {
        if flock(file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            return true;
        }
        if flock(file, FlockOperation::NonBlockingLockShared).is_err() {
            return false;
        }
        std::thread::yield_now();
    }
    false
}

/// The number of the process that wrote this.
fn owner(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().to_owned()
}

impl Lock {
    /// Whether the process that had it before ended well, or there was none.
    pub fn ended_well(&self) -> bool {
        self.ended_well
    }

    /// How many processes in a row found the archive damaged while they used it.
    pub fn damaged(&self) -> usize {
        self.damaged
    }

    /// Notes that this process found the archive damaged, or, where it is `false`, that another archive took its place.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn note_damage(&mut self, found: bool) -> std::io::Result<()> {
        self.damaged = if found { self.damaged + 1 } else { 0 };
        self.write()
    }

    /// Notes that this process begins its work at `now_ms`, and gives how many did within `within_ms` before it that did not end
    /// well.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin(&mut self, now_ms: i64, within_ms: i64) -> std::io::Result<usize> {
        self.starts_ms.retain(|start_ms| (0..within_ms).contains(&(now_ms - start_ms)));
        let before = self.starts_ms.len();
        self.starts_ms.push(now_ms);
        self.write()?;
        Ok(before)
    }

    /// Notes that this process ends well.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn end(&self) -> std::io::Result<()> {
        self.file.set_len(0)
    }

    fn write(&self) -> std::io::Result<()> {
        let starts: Vec<String> = self.starts_ms.iter().map(i64::to_string).collect();
        let mut file = &self.file;
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "{}\n{}\n{}\n", std::process::id(), starts.join(" "), self.damaged)
    }
}

impl Drop for Lock {
    /// A program that is just being started has all our files open until it begins, and would hold the lock as long.
    fn drop(&mut self) {
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

/// The process that holds the archive at this moment, if any does.
pub fn holder(archive: &Path) -> Option<String> {
    let mut file = OpenOptions::new().read(true).open(path_of(archive)).ok()?;
    if flock(&file, FlockOperation::NonBlockingLockShared).is_ok() {
        let _ = flock(&file, FlockOperation::Unlock);
        return None;
    }
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    Some(owner(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

    #[test]
    fn the_next_process_is_told_how_those_before_it_ended() {
        let place = tempfile::tempdir().unwrap();
        let archive = place.path().join("news.db");
        let mut lock = take(&archive).unwrap();
        assert!(lock.ended_well() && lock.begin(1_000, 100).unwrap() == 0);
        assert_eq!(holder(&archive), Some(std::process::id().to_string()));
        assert!(matches!(take(&archive), Err(LockError::Held(owner)) if owner == std::process::id().to_string()));
        drop(lock);
        let mut lock = take(&archive).unwrap();
        assert!(!lock.ended_well() && lock.begin(1_050, 100).unwrap() == 1);
        drop(lock);
        let mut lock = take(&archive).unwrap();
        assert_eq!(lock.begin(1_120, 100).unwrap(), 1, "the first is long ago");
        lock.note_damage(true).unwrap();
        drop(lock);
        let lock = take(&archive).unwrap();
        assert_eq!(lock.damaged(), 1);
        lock.end().unwrap();
        drop(lock);
        let mut lock = take(&archive).unwrap();
        assert!(lock.ended_well() && lock.damaged() == 0 && lock.begin(1_130, 100).unwrap() == 0);
        drop(lock);
        std::fs::write(path_of(&archive), b"\xff\xfe 12").unwrap();
        assert!(take(&archive).unwrap().begin(2_000, 100).unwrap() == 0);
    }

    #[test]
    fn a_lock_that_is_let_go_is_free_at_once_whatever_program_is_just_being_started() {
        let place = tempfile::tempdir().unwrap();
        let archive = place.path().join("news.db");
        let is_done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..100 {
                    assert!(std::process::Command::new("true").status().unwrap().success());
                }
                is_done.store(true, Relaxed);
            });
            while !is_done.load(Relaxed) {
                drop(take(&archive).unwrap());
            }
        });
    }

    #[test]
    fn who_only_looks_keeps_nobody_from_the_lock() {
        let place = tempfile::tempdir().unwrap();
        let archive = place.path().join("news.db");
        drop(take(&archive).unwrap());
        let looks = std::sync::atomic::AtomicUsize::new(0);
        let look = || {
            while looks.fetch_add(1, Relaxed) < 20_000 {
                holder(&archive);
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(look);
            scope.spawn(look);
            while looks.load(Relaxed) < 20_000 {
                take(&archive).unwrap();
            }
        });
    }
}
