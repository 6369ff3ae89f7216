//! `marsad init`: a commented config to start from. Never overwrites one without being told to.

use super::{
    error::Error,
    output::{Out, Style},
    place::Place,
};
use crate::config;
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Write a commented config to start from
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad init                    at the place where `marsad run` looks for it
  marsad init --path my.toml     anywhere else; use it with --config my.toml")]
pub struct Args {
    /// Where to; the place where `marsad run` looks otherwise
    #[arg(long, value_name = "PATH")]
    path: Option<PathBuf>,
    /// Overwrite a config that is there
    #[arg(long)]
    force: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let path = args.path.as_ref().unwrap_or(&place.config);
    write(path, args.force).map_err(|source| {
        let taken = source.kind() == io::ErrorKind::AlreadyExists;
        let error = Error::because(format!("cannot write {}", path.display()), source);
        if taken { error.hinted("`--force` overwrites it; `marsad check` says whether it is sound") } else { error }
    })?;
    let option = if *path == place.config && !place.config_is_given { String::new() } else { format!(" --config {}", path.display()) };
    out.line(&[Style::Good.part("wrote "), Style::Bold.part(&path.display().to_string())])?;
    out.say("Next:")?;
    let steps = [
        ("edit it: your feeds, your words; every line is explained", String::new()),
        ("see whether it is sound", format!("marsad check{option}")),
        ("try it once", format!("marsad once --all{option}")),
        ("keep it running", format!("marsad run{option}")),
        ("as a service of your desktop", "marsad install --user --now".into()),
    ];
    for (number, (what, command)) in steps.iter().enumerate() {
        out.line(&[Style::Plain.part(&format!("  {}. {what:<57} ", number + 1)), Style::Bold.part(command)])?;
    }
    Ok(())
}

fn write(path: &Path, force: bool) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    let options = if force { options.write(true).create(true).truncate(true) } else { options.write(true).create_new(true) };
    options.open(path)?.write_all(config::default_text().as_bytes())
}
