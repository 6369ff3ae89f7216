//! `marsad sinks`: how each sink is, and what to do about one that is not well.

pub mod dead;
mod list;
mod retry;
pub mod test;

use super::{error::Error, output::Out, place::Place};
use crate::config::{Config, SinkSpec, did_you_mean};

/// List the sinks with their health and queue; test one, or try its dead letters again
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  marsad sinks                       which of them are well, and how much waits
  marsad sinks test phone            send a test message, and say exactly what came of it
  marsad alerts --dead               what was given up
  marsad sinks retry phone           put all of that into the queue again

States: ok, new (never called), failing (the last message did not go out), resting (no call before some time), gone (left the config).
With --json: {name, type, state, failures, rests_until, last_ok, last_failure, last_error, waiting, waiting_since, sent, given_up, fallback}."
)]
pub struct Args {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Test(test::Args),
    Retry(retry::Args),
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    match &args.command {
        None => list::run(place, out, args.json),
        Some(Command::Test(args)) => test::run(place, out, args),
        Some(Command::Retry(args)) => retry::run(place, out, args),
    }
}

/// The sink of this name.
fn named<'c>(config: &'c Config, name: &str) -> Result<&'c SinkSpec, Error> {
    let names = || config.sinks.iter().map(|sink| sink.name.as_str());
    config.sinks.iter().find(|sink| sink.name == name).ok_or_else(|| {
        let known = || format!("there are: {}", names().collect::<Vec<_>>().join(", "));
        Error::failed(format!("the config has no sink `{name}`")).hinted(did_you_mean(name, names()).unwrap_or_else(known))
    })
}
