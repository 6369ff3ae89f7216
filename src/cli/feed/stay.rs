//! `marsad feed stay`: undoes the move of a feed that a permanent redirect moved. Writes one short transaction beside a running
//! daemon, which polls the configured address from then on.

use crate::{
    cli::{archive_for_writing, error::Error, output::Out, place::Place},
    store::feed,
};

/// Send a feed that moved back to the address in the config
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad feeds --moved              the feeds that a permanent redirect moved, and where to
  marsad feed stay \"UN News\"       poll the configured address again, and never adopt that target again

A permanent redirect (301, 308) is followed at once, and adopted when three answers in a row over more than a day agree on it.
To follow the move in the config too, write the new address there.")]
pub struct Args {
    /// The feed's name
    feed: String,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let connection = archive_for_writing(place)?;
    match feed::stay(&connection, &args.feed, out.now_ms)? {
        Some(from) => out.say(format!("{} is polled at its own address again, and no longer at {from}", args.feed)),
        None => {
            Err(Error::failed(format!("no feed called `{}` has moved", args.feed)).hinted("`marsad feeds --moved` lists those that have"))
        }
    }
}
