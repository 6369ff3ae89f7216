//! `marsad install`: a systemd unit. The unit itself is made in the daemon's room; this only hands over.

use super::{error::Error, output::Out, place::Place};

/// Run marsad as a systemd service: writes the unit and says the two systemctl commands, or runs them
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad install --user          for your desktop: alerts as notifications of your session
  marsad install --user --now    and start it
  sudo marsad install --system   for a server
  marsad install --user --print  only show the unit")]
#[command(group(clap::ArgGroup::new("manager").required(true).args(["user", "system"])))]
pub struct Args {
    /// A service of your session
    #[arg(long)]
    user: bool,
    /// A service of the machine
    #[arg(long)]
    system: bool,
    /// Enable and start it too
    #[arg(long, conflicts_with = "print")]
    now: bool,
    /// Print the unit and write nothing
    #[arg(long)]
    print: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let _ = (place, out, args.user, args.system, args.now, args.print);
    Err(Error::failed("this build cannot install units"))
}
