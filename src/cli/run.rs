//! `marsad run`: the daemon in the foreground, as a service manager or a terminal starts it.

use super::{configuration, error::Error, last_good, place::Place};
use crate::{
    config::{self, Config, Source},
    daemon::{self, Remark, Texts, World},
};
use std::sync::{Mutex, PoisonError};

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
    let (config, texts, remark) = start(place)?;
    let in_hand = Mutex::new(texts);
    let again = || {
        let (loaded, texts) = reload(place)?;
        *in_hand.lock().unwrap_or_else(PoisonError::into_inner) = texts;
        Ok(loaded)
    };
    let keep = || {
        let texts = in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = last_good::keep(place, &texts) {
            tracing::warn!(%error, "the config in force was not kept beside the archive");
        }
    };
    Ok(runtime()?.block_on(daemon::run::run(config, world(place), &Texts { load: &again, keep: &keep }, remark))?)
}

/// The config to start with: the user's, or the last one that passed when that is refused now.
fn start(place: &Place) -> Result<(Config, Vec<Source>, Option<Remark>), Error> {
    match reload(place) {
        Ok((loaded, texts)) => {
            for warning in &loaded.warnings {
                tracing::warn!(file = %warning.file, line = warning.line, "{}", warning.message);
            }
            let built_in = configuration::texts(place)?.built_in;
            Ok((loaded.config, texts, built_in.then(|| Remark { line: configuration::remark(place), refused: Vec::new() })))
        }
        Err(problems) => {
            let forms = configuration::forms(place).unwrap_or_default();
            let kept = last_good::kept(place).and_then(|texts| Some((config::load(&texts, &forms).ok()?.config, texts)));
            let Some((config, texts)) = kept else { return Err(configuration::load_silently(place).err().unwrap_or(Error::Told)) };
            problems.iter().for_each(|problem| tracing::error!("{problem}"));
            let line = "the config is refused: running on the last good one; `marsad check` says why".to_owned();
            Ok((config, texts, Some(Remark { line, refused: problems })))
        }
    }
}

/// Loads the config anew with its texts, or renders every problem of it.
fn reload(place: &Place) -> Result<(config::Loaded, Vec<Source>), Vec<String>> {
    let rendered = |error: Error| match error {
        Error::Refused { problems, .. } => problems.iter().map(|problem| problem.to_string().trim_end().to_owned()).collect(),
        error => vec![daemon::chain(&error)],
    };
    let texts = configuration::texts(place).map_err(rendered)?;
    let forms = configuration::forms(place).map_err(rendered)?;
    Ok((config::load(&texts.sources, &forms).map_err(|report| rendered(report.into()))?, texts.sources))
}

/// The daemon's world, from this process's place.
pub fn world(place: &Place) -> World {
    World { archive: place.archive.clone(), credentials: place.credentials.clone() }
}

/// Threads that wait for sockets, at most. What is dear runs elsewhere, and each thread costs memory; by default a machine of 64
/// processors would have more of them than the service may have tasks.
const WORKERS: usize = 4;

/// The most threads that may block, beside those that read documents: to look up names there are 32 at most.
const BLOCKING: usize = 44;

/// A runtime for commands that use the network.
pub fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(WORKERS);
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).max_blocking_threads(BLOCKING).enable_all().build();
    built.map_err(|source| Error::because("the system refused threads", source))
}

/// A runtime for one round: a single thread waits for all sockets, and documents are read by threads of their own. Waking another
/// thread for each answer would cost a tenth of a round in which nothing is new.
pub fn runtime_of_one() -> Result<tokio::runtime::Runtime, Error> {
    let built = tokio::runtime::Builder::new_current_thread().max_blocking_threads(BLOCKING).enable_all().build();
    built.map_err(|source| Error::because("the system refused", source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_of_many_processors_gets_no_more_threads_than_a_few() {
        assert!((1..=WORKERS).contains(&runtime().unwrap().metrics().num_workers()));
    }
}
