//! `marsad man`: manual pages, made from the same text as `--help`.

use super::{error::Error, output::Out};
use clap::Command;
use std::path::PathBuf;

/// Print the manual page, or write one for each command into a folder
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad man | man -l -
  marsad man --dir ~/.local/share/man/man1       then: man marsad-alerts")]
pub struct Args {
    /// Write marsad.1, marsad-run.1 and so on into this folder
    #[arg(long, value_name = "PATH")]
    dir: Option<PathBuf>,
}

/// Runs the command.
pub fn run(out: &mut Out, args: &Args, command: Command) -> Result<(), Error> {
    let Some(folder) = &args.dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).map_err(|source| Error::because("cannot make the manual page", source))?;
        return out.raw(&page);
    };
    let write = std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
    write.map_err(|source| Error::because(format!("cannot write manual pages into {}", folder.display()), source))?;
    out.say(format!("wrote manual pages into {}", folder.display()))
}
