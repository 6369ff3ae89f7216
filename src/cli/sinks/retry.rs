//! `marsad sinks retry NAME`: dead letters back into the queue. It writes beside a running daemon, which looks within half
//! a minute.

use super::named;
use crate::{
    cli::{archive_for_writing, check::counted, configuration, error::Error, last_good, output::Out, place::Place},
    config,
    store::{dead, lock, sink},
};

/// Put a sink's dead letters into its queue again, and end its rest
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad sinks retry phone             all that this sink gave up
  marsad sinks retry phone --alert 42  what it gave up of one alert

A running marsad looks within half a minute; without one, the next `marsad run` or `marsad once` does.")]
pub struct Args {
    /// The sink
    #[arg(value_name = "NAME")]
    name: String,
    /// Only of this alert
    #[arg(long, value_name = "ID")]
    alert: Option<i64>,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let config = configuration::load(place)?.config;
    named(&config, &args.name)?;
    let connection = archive_for_writing(place)?;
    let runs = lock::holder(&place.archive).is_some();
    if runs && is_unknown_yet(place, &args.name)? {
        let message = format!("the marsad that runs has no sink `{}` yet, and nothing may wait for it there", args.name);
        return Err(Error::failed(message).hinted("reload it first: `systemctl --user reload marsad`, or SIGHUP; then try again"));
    }
    let revived = dead::revive(&connection, &args.name, args.alert, out.now_ms)?;
    sink::wake(&connection, &args.name, out.now_ms)?;
    let when = if runs { "within half a minute" } else { "at the next `marsad run` or `marsad once`" };
    match revived {
        0 => out.say(format!("no dead letters of `{}`; what waits there is tried {when}", args.name)),
        _ => out.say(format!("{} of `{}` back in its queue, tried {when}", counted(revived, "dead letter"), args.name)),
    }
}

/// Whether the config that a daemon has in force is without this sink, as far as it was kept.
fn is_unknown_yet(place: &Place, name: &str) -> Result<bool, Error> {
    let Some(kept) = last_good::kept(place) else { return Ok(false) };
    let in_force = config::load(&kept, &configuration::forms(place)?);
    Ok(in_force.is_ok_and(|loaded| loaded.config.sinks.iter().all(|sink| sink.name != name)))
}
