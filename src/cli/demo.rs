//! `marsad demo`: the whole job on bundled feeds. The job itself is in the daemon's room; this only hands over.

use super::{error::Error, output::Out, place::Place};

/// See the whole job on bundled feeds, with no network and no config
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad demo                    feeds in four languages on loopback, a temporary archive, alerts as they come")]
pub struct Args {}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let _ = (place, out, args);
    Err(Error::failed("this build has no demo"))
}
