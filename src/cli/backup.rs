//! `marsad backup`: the archive as one file, made while the daemon runs.

use super::{error::Error, output::Out, place::Place};
use crate::store::{backup, lock, open};
use serde_json::{Value, json};
use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Copy the archive into one file, while the daemon runs
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad backup ~/marsad-2026-12-01.db
  marsad backup --force /backup/marsad.db        every night, over the one of the day before

Beside this the daemon keeps a few copies by itself, one a day, in `backups/` beside the archive ([archive] backups).

The copy holds all that was committed when it began: articles, alerts, what waits to be sent. It is checked before it is put in
its place, and readable by you alone. The config is no part of it. To go back to it, stop marsad and put it where
`marsad status` says that the archive is; what was sent since would be sent again.
Look into one without touching the archive: `marsad --db FILE status`.")]
pub struct Args {
    /// Where to
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace a regular file that is there, unless it is one of the archive's own
    #[arg(long)]
    force: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    // That there is an archive, and of this version, is told before anything else.
    super::archive(place)?;
    let name = args.file.display();
    is_replaceable(&place.archive, &args.file, args.force)?;
    let bytes = backup::write(&place.archive, &args.file, &Arc::default()).map_err(|error| Error::because("no copy was made", error))?;
    if args.json {
        return out.json(&object(&args.file, bytes));
    }
    out.say(format!("{name}: {:.1} MB, sound", bytes as f64 / 1e6))
}

fn object(file: &Path, bytes: u64) -> Value {
    // As shown to a person: JSON has no way to write a name that is not UTF-8.
    json!({"file": file.display().to_string(), "bytes": bytes})
}

/// Refuses what is no new name, nor, with `force`, a regular file of somebody else: what the copy would take the place of is lost.
fn is_replaceable(archive: &Path, file: &Path, force: bool) -> Result<(), Error> {
    let name = file.display();
    // Not what a link leads to: the link itself would be replaced, and one that leads nowhere is there too.
    let meta = match fs::symlink_metadata(file) {
        Ok(meta) => Some(meta),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(Error::because(format!("cannot look at {name}"), error)),
    };
    if let Some(own) = own_files(archive).iter().find(|own| is_same(own, file, meta.as_ref())) {
        let what = if own.as_path() == archive { "is the archive itself" } else { "belongs to the archive itself" };
        return Err(Error::failed(format!("{name} {what}")).hinted("name another file"));
    }
    let (what, hint) = match meta.map(|meta| meta.file_type()) {
        None => return Ok(()),
        Some(kind) if kind.is_dir() => ("a folder", "name a file in it"),
        Some(kind) if kind.is_symlink() => ("a symbolic link", "name the file that it leads to, or remove it"),
        Some(kind) if !kind.is_file() => ("no regular file", "name a new file"),
        Some(_) if force => return Ok(()),
        Some(_) => ("there already", "`--force` replaces it"),
    };
    Err(Error::failed(format!("{name} is {what}")).hinted(hint))
}

/// The archive, and what stands beside it now and then.
fn own_files(archive: &Path) -> Vec<PathBuf> {
    let mut files = ["", "-wal", "-shm", "-journal"].map(|end| open::with(archive, end)).to_vec();
    files.push(lock::path_of(archive));
    files
}

/// Whether two names mean one file, or would: the log of an archive is not always there.
fn is_same(own: &Path, file: &Path, meta: Option<&fs::Metadata>) -> bool {
    let folder =
        |path: &Path| path.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder }.canonicalize());
    let by_name = own.file_name() == file.file_name() && matches!((folder(own), folder(file)), (Some(Ok(a)), Some(Ok(b))) if a == b);
    let by_number = meta.zip(fs::metadata(own).ok()).is_some_and(|(a, b)| (a.dev(), a.ino()) == (b.dev(), b.ino()));
    by_name || by_number
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

    #[test]
    fn a_name_that_is_not_utf_8_is_told_as_it_is_shown() {
        let name = Path::new(OsStr::from_bytes(b"copy-\xff.db"));
        assert_eq!(object(name, 7), json!({"file": "copy-\u{fffd}.db", "bytes": 7}));
    }
}
