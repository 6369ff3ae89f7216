//! `marsad completions`: a script for the shell's completion.

use super::{error::Error, output::Out};
use clap::Command;
use clap_complete::Shell;

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad completions bash > ~/.local/share/bash-completion/completions/marsad
  marsad completions zsh > ~/.zfunc/_marsad
  marsad completions fish > ~/.config/fish/completions/marsad.fish")]
pub struct Args {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs the command.
pub fn run(out: &mut Out, args: &Args, command: &mut Command) -> Result<(), Error> {
    // Into memory first: the generator panics on a closed pipe.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "marsad", &mut script);
    out.raw(&script)
}
