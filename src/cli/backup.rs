//! `marsad backup`: the archive as one file, made while the daemon runs.

use super::{error::Error, output::Out, place::Place};
use crate::store::backup;
use serde_json::json;
use std::{path::PathBuf, sync::Arc};

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
    /// Replace a file that is there
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
    let same = args.file.canonicalize().ok().is_some_and(|file| place.archive.canonicalize().is_ok_and(|archive| archive == file));
    if same {
        return Err(Error::failed(format!("{name} is the archive itself")).hinted("name another file"));
    }
    if args.file.is_dir() {
        return Err(Error::failed(format!("{name} is a folder")).hinted("name a file in it"));
    }
    if args.file.exists() && !args.force {
        return Err(Error::failed(format!("{name} is there already")).hinted("`--force` replaces it"));
    }
    let bytes = backup::write(&place.archive, &args.file, &Arc::default()).map_err(|error| Error::because("no copy was made", error))?;
    if args.json {
        return out.json(&json!({"file": args.file, "bytes": bytes}));
    }
    out.say(format!("{name}: {:.1} MB, sound", bytes as f64 / 1e6))
}
