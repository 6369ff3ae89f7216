//! The half-written file beside one that others read, who may share its folder.

use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

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
