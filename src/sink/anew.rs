//! The half-written file beside one that others read, who may share its folder; and that folder, locked while it is written.

use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};
use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::{Duration, Instant},
};

/// Between two looks whether somebody else still writes in a folder: to write takes a few milliseconds.
const LOOK: Duration = Duration::from_millis(20);

/// A new file of this mode, before the umask. What a kill has left there, or a link by somebody who shares the folder, which leads to
/// another file, is taken away and never opened.
///
/// # Errors
/// When what is there cannot be taken away, somebody puts something there meanwhile, or the file cannot be made.
pub fn anew(path: &Path, mode: u32) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => File::options().write(true).create_new(true).mode(mode).open(path),
    }
}

/// The folder that a file lies in; of a bare name, the one that the process works in.
pub fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Locks a folder, for as long as what is given lives; what is written in it may be another file each time. Blocks for `patience` at
/// most while somebody else has it, and tells `waits` for how long that has been so. `None` where it cannot be locked, or is not there.
///
/// # Errors
/// When somebody else has it for longer: whoever may read a folder may lock it.
pub fn lock_folder(folder: &Path, patience: Duration, mut waits: impl FnMut(Duration)) -> Result<Option<File>, Errno> {
    let Ok(file) = File::open(folder) else { return Ok(None) };
    let began = Instant::now();
    loop {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => {}
            done => return Ok(done.ok().map(|()| file)),
        }
        let waited = began.elapsed();
        if waited >= patience {
            return Err(Errno::WOULDBLOCK);
        }
        waits(waited);
        #[expect(clippy::disallowed_methods, reason = "a thread that may block")]
        std::thread::sleep(LOOK);
    }
}
