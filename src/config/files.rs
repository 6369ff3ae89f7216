//! Config files from disk: the main file and the `feeds.d/*.toml` beside it. Reads bytes; never looks at what they mean.

use std::{
    fmt, fs,
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

impl ReadError {
    /// The file or folder.
    pub fn path(&self) -> &Path {
        match self {
            ReadError::Io { path, .. } | ReadError::NotText { path, .. } => path,
            ReadError::Empty(path) | ReadError::TooLarge(path) | ReadError::NotAFile(path) => path,
        }
    }

    /// The line that it is about, from 1.
    pub(super) fn line(&self) -> usize {
        if let ReadError::NotText { line, .. } = self { *line } else { 1 }
    }

    /// What is wrong, for who knows which file is meant, and what to do.
    pub(super) fn said(&self) -> (String, String) {
        let name = self.path().display();
        let (message, hint) = match self {
            ReadError::Io { source, .. } => {
                let hint = match source.kind() {
                    io::ErrorKind::NotFound => format!("`marsad init --path {name}` writes one"),
                    io::ErrorKind::PermissionDenied => "make it readable for whoever runs marsad".to_owned(),
                    io::ErrorKind::IsADirectory => "name a file in it".to_owned(),
                    io::ErrorKind::NotADirectory => "drop-ins stand in a folder of this name".to_owned(),
                    _ => "look at the disk and the file system".to_owned(),
                };
                return (format!("cannot be read: {source}"), hint);
            }
            ReadError::Empty(_) => ("the file is empty", "is it half-written? `marsad init --path new.toml` writes one to start from"),
            ReadError::TooLarge(_) => ("the file is larger than 8 MiB", "put a part of it into files in `feeds.d`"),
            ReadError::NotText { .. } => ("not UTF-8 text", "save it as UTF-8; `iconv -f ENCODING -t UTF-8` makes it of another encoding"),
            ReadError::NotAFile(_) => {
                ("not a regular file", "in `feeds.d` a name that ends with `.toml` is a config file: give this another")
            }
        };
        (message.to_owned(), hint.to_owned())
    }
}

/// The files of a config that could not all be read, in their order: the main file first.
#[derive(Debug)]
pub struct Unread(pub Vec<Result<Source, ReadError>>);

impl Unread {
    /// Whether there is no main file at all.
    pub fn is_missing(&self) -> bool {
        matches!(self.0.first(), Some(Err(ReadError::Io { source, .. })) if source.kind() == io::ErrorKind::NotFound)
    }
}

/// The first reason.
impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().find_map(|file| file.as_ref().err()).map_or(Ok(()), |error| error.fmt(f))
    }
}

impl std::error::Error for Unread {}

/// Reads the main file at `path` and the drop-ins beside it, in name order; hidden files are passed over.
///
/// # Errors
/// When one of them cannot be read, is empty, too large or not UTF-8; each that is comes with the reason. That `feeds.d` does not
/// exist is no error.
pub fn read(path: &Path) -> Result<Vec<Source>, Unread> {
    let mut files = vec![read_one(path)];
    match drop_ins(path) {
        Ok(paths) => files.extend(paths.into_iter().map(|path| read_one(&path?))),
        Err(error) => files.push(Err(error)),
    }
    if files.iter().any(Result::is_err) {
        return Err(Unread(files));
    }
    Ok(files.into_iter().flatten().collect())
}

/// The folder of the drop-ins of the config whose main file is `main`.
pub fn drop_in_folder(main: &Path) -> PathBuf {
    main.parent().unwrap_or(Path::new("")).join(DROP_IN_FOLDER)
}

/// Whether the config whose main file is `main` reads the file at `path`, which is there: as that file, or as a drop-in.
pub fn reads(main: &Path, path: &Path) -> bool {
    let same = |a: &Path, b: &Path| a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b);
    same(main, path) || (is_drop_in(path) && path.parent().is_some_and(|folder| same(folder, &drop_in_folder(main))))
}

/// Whether a file of this name is read in the folder of drop-ins.
fn is_drop_in(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
    !hidden && path.extension().is_some_and(|e| e == "toml")
}

fn drop_ins(main: &Path) -> Result<Vec<Result<PathBuf, ReadError>>, ReadError> {
    let folder = drop_in_folder(main);
    let failed = |source| ReadError::Io { path: folder.clone(), source };
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(failed(e)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        if is_drop_in(&path) {
            paths.push(path);
        }
    }
    paths.sort();
    let is_file = |path: PathBuf| match fs::metadata(&path) {
        Ok(kind) if kind.is_file() => Ok(path),
        Ok(_) => Err(ReadError::NotAFile(path)),
        // A link that leads nowhere.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(ReadError::NotAFile(path)),
        Err(source) => Err(ReadError::Io { path, source }),
    };
    Ok(paths.into_iter().map(is_file).collect())
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
