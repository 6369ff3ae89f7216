//! `marsad run`: the daemon in the foreground, as a service manager or a terminal starts it.

use super::{configuration, error::Error, last_good, place::Place};
use crate::{
    config::{self, Config},
    daemon::{self, Remark, Texts, World},
};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Follow the feeds until stopped: poll, archive, match, alert
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad run                     follow the config, or the built-in default where there is none
  marsad run -v                  and say what each poll brought
  marsad run --config my.toml --db my.db

SIGHUP reads the config again; one with a problem, or away, leaves the old one in force. SIGTERM and Ctrl-C finish
what is in hand where that takes a few seconds; the rest is begun anew at the next start.
`marsad install --user` makes it a service.")]
pub struct Args {}

/// The texts that were read last, and whether the config in force is one of the user's.
struct InHand {
    read: configuration::Texts,
    follows_user: bool,
}

/// Runs the command.
pub fn run(place: &Place) -> Result<(), Error> {
    let (config, texts, remark) = start(place)?;
    let in_hand = Mutex::new(InHand { follows_user: !texts.built_in, read: texts });
    let in_hand = || in_hand.lock().unwrap_or_else(PoisonError::into_inner);
    let again = || {
        let follows_user = in_hand().follows_user;
        let (loaded, texts) = read(place, follows_user)?;
        in_hand().read = texts;
        Ok(loaded)
    };
    let keep = || {
        let mut in_hand = in_hand();
        in_hand.follows_user = !in_hand.read.built_in;
        if in_hand.follows_user
            && let Err(error) = last_good::keep(place, &in_hand.read.sources)
        {
            tracing::warn!(%error, "the config in force was not kept beside the archive");
        }
    };
    let runtime = runtime()?;
    let ended = runtime.block_on(daemon::run::run(config, world(place), &Texts { load: &again, keep: &keep }, remark));
    runtime.shutdown_timeout(LEFT);
    Ok(ended?)
}

/// The config to start with: the user's, or the last one that passed when that is refused or away now.
fn start(place: &Place) -> Result<(Config, configuration::Texts, Option<Remark>), Error> {
    let kept = last_good::kept(place);
    match read(place, kept.is_some()) {
        Ok((loaded, texts)) => {
            for warning in &loaded.warnings {
                tracing::warn!(file = %warning.file, line = warning.line, "{}", warning.message);
            }
            let remark = texts.built_in.then(|| Remark { line: configuration::remark(place), refused: Vec::new() });
            Ok((loaded.config, texts, remark))
        }
        Err(problems) => {
            let forms = configuration::forms(place).unwrap_or_default();
            let kept = kept.and_then(|sources| Some((config::load(&sources, &forms).ok()?.config, sources)));
            let Some((config, sources)) = kept else { return Err(configuration::load_to_follow(place).err().unwrap_or(Error::Told)) };
            problems.iter().for_each(|problem| tracing::error!("{problem}"));
            let line = "the config is refused: running on the last good one; `marsad check` says why".to_owned();
            Ok((config, configuration::Texts { sources, built_in: false }, Some(Remark { line, refused: problems })))
        }
    }
}

/// Loads the config with its texts, or renders every problem of it; that there is none is one where a config of the user's was
/// `followed` before.
fn read(place: &Place, followed: bool) -> Result<(config::Loaded, configuration::Texts), Vec<String>> {
    let rendered = |error: Error| match error {
        Error::Refused { problems, .. } => problems.iter().map(|problem| problem.to_string().trim_end().to_owned()).collect(),
        error => vec![daemon::chain(&error)],
    };
    let texts = configuration::texts_after(place, || followed).map_err(rendered)?;
    let forms = configuration::forms(place).map_err(rendered)?;
    Ok((config::load(&texts.sources, &forms).map_err(|report| rendered(report.into()))?, texts))
}

/// The daemon's world, from this process's place.
pub fn world(place: &Place) -> World {
    World { archive: place.archive.clone(), credentials: place.credentials.clone() }
}

/// How long the end waits for threads, once the archive is closed: long enough for what was dropped to end its programs and
/// connections, not for a name that is looked up or a file of another machine.
const LEFT: Duration = Duration::from_millis(500);

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
    fn the_built_in_default_is_followed_for_want_of_a_config_and_never_in_the_place_of_one() {
        let folder = tempfile::tempdir().unwrap();
        let place =
            Place { config: folder.path().join("marsad.toml"), archive: folder.path().join("marsad.db"), quiet: true, ..Place::default() };
        assert!(read(&place, false).unwrap().1.built_in, "a reload while the built-in one is in force");
        assert!(read(&place, true).unwrap_err()[0].contains("where one was followed before"), "a reload while another is");
        let source = |name: &str| config::Source { name: name.into(), text: "[health]\nenabled = false\n".into() };
        // As earlier versions did.
        last_good::keep(&place, &[source(configuration::BUILT_IN)]).unwrap();
        assert!(start(&place).unwrap().1.built_in && configuration::load_to_follow(&place).is_ok());
        last_good::keep(&place, &[source("marsad.toml")]).unwrap();
        let (_, texts, remark) = start(&place).unwrap();
        assert!(!texts.built_in && texts.sources == [source("marsad.toml")] && remark.unwrap().refused.len() == 1);
        assert!(configuration::load_to_follow(&place).is_err());
    }

    #[test]
    fn a_machine_of_many_processors_gets_no_more_threads_than_a_few() {
        assert!((1..=WORKERS).contains(&runtime().unwrap().metrics().num_workers()));
    }
}
