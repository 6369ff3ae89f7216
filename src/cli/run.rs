//! `marsad run`: the daemon in the foreground, as a service manager or a terminal starts it.

use super::{configuration, error::Error, place::Place};
use crate::{
    config,
    daemon::{self, World},
};

/// Follow the feeds until stopped: poll, archive, match, alert
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad run                     follow the config, or the built-in default where there is none
  marsad run -v                  and say what each poll brought
  marsad run --config my.toml --db my.db

SIGHUP reads the config again; one with a problem leaves the old one in force. SIGTERM and Ctrl-C finish what is in hand.
`marsad install --user` makes it a service.")]
pub struct Args {}

/// Runs the command.
pub fn run(place: &Place) -> Result<(), Error> {
    let loaded = configuration::load_silently(place)?;
    for warning in &loaded.warnings {
        tracing::warn!(file = %warning.file, line = warning.line, "{}", warning.message);
    }
    let remark = loaded.built_in.then(|| configuration::remark(place));
    let again = place.clone();
    let reload = move || reload(&again);
    Ok(runtime()?.block_on(daemon::run::run(loaded.config, world(place), &reload, remark))?)
}

/// Loads the config anew, or renders every problem of it.
fn reload(place: &Place) -> Result<config::Loaded, Vec<String>> {
    let texts = configuration::texts(place).map_err(|error| vec![daemon::chain(&error)])?;
    let rendered = |report: config::Report| report.problems.iter().map(|problem| problem.to_string().trim_end().to_owned()).collect();
    config::load(&texts.sources).map_err(rendered)
}

/// The daemon's world, from this process's place.
pub fn world(place: &Place) -> World {
    World { archive: place.archive.clone(), credentials: place.credentials.clone() }
}

/// A runtime for commands that use the network.
pub fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    built.map_err(|source| Error::because("the system refused threads", source))
}
