//! Config files from disk: the main file and the `feeds.d/*.toml` beside it. Reads bytes; never looks at what they mean.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// The most bytes of one config file.
pub const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024;

/// The folder of drop-ins, beside the main file.
pub const DROP_IN_FOLDER: &str = "feeds.d";

/// The text of one config file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path as shown to the user; relative paths inside it are resolved against this path's folder.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// Why config files could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file or folder cannot be opened or read.
    #[error("cannot read {}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Nothing is in it: probably half-written.
    #[error("{} is empty", .0.display())]
    Empty(PathBuf),
    /// Larger than [`MAX_FILE_BYTES`].
    #[error("{} is larger than 8 MiB", .0.display())]
    TooLarge(PathBuf),
    /// Not UTF-8, as TOML must be.
    #[error("{} is not UTF-8 text (first bad byte on line {line})", path.display())]
    NotText {
        /// Which.
        path: PathBuf,
        /// The line of the first bad byte, from 1.
        line: usize,
    },
    /// A drop-in that is a folder, a pipe or a device.
    #[error("{} is not a regular file", .0.display())]
    NotAFile(PathBuf),
}

/// Reads the main file at `path` and the drop-ins beside it, in name order; hidden files are passed over.
///
/// # Errors
/// For the first file that cannot be read, is empty, too large or not UTF-8. That `feeds.d` does not exist is no error.
pub fn read(path: &Path) -> Result<Vec<Source>, ReadError> {
    let mut sources = vec![read_one(path)?];
    for drop_in in drop_ins(path)? {
        sources.push(read_one(&drop_in)?);
    }
    Ok(sources)
}

fn drop_ins(main: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let folder = main.parent().unwrap_or(Path::new("")).join(DROP_IN_FOLDER);
    let failed = |source| ReadError::Io { path: folder.clone(), source };
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(failed(e)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if hidden || path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        let kind = fs::metadata(&path).map_err(|source| ReadError::Io { path: path.clone(), source })?;
        if !kind.is_file() {
            return Err(ReadError::NotAFile(path));
        }
        paths.push(path);
    }
    paths.sort();
    Ok(paths)
}

fn read_one(path: &Path) -> Result<Source, ReadError> {
    let failed = |source| ReadError::Io { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    fs::File::open(path).and_then(|f| f.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ReadError::TooLarge(path.to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|e| {
        let good = e.utf8_error().valid_up_to();
        let line = e.as_bytes()[..good].iter().filter(|b| **b == b'\n').count() + 1;
        ReadError::NotText { path: path.to_owned(), line }
    })?;
    if text.trim().is_empty() {
        return Err(ReadError::Empty(path.to_owned()));
    }
    Ok(Source { name: path.display().to_string(), text })
}
