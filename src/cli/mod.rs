//! The command line: one room a subcommand; `output` is the only place that prints, `place` the only one that reads the
//! environment. Commands return what went wrong; it is printed here, once.

mod alerts;
mod articles;
mod backtest;
mod backup;
mod check;
mod completions;
mod configuration;
mod demo;
mod doctor;
mod error;
mod explain;
pub mod export;
mod feed;
mod feeds;
mod forms;
pub mod import;
mod init;
mod install;
mod last_good;
pub mod log;
mod man;
mod matching;
mod mute;
mod once;
pub mod output;
mod pause;
mod place;
mod replay;
mod rules;
mod run;
mod search;
mod sinks;
mod status;
mod stories;
mod why_not;

pub use feed::drop_in;

use crate::{daemon::clock, engine, store};
use clap::{ArgAction, CommandFactory, Parser, Subcommand};
use error::Error;
use log::Loudness;
use output::Out;
use place::Place;
use rusqlite::Connection;
use std::{ffi::OsString, path::PathBuf, process::ExitCode};

const LONG_ABOUT: &str = "marsad follows news feeds, matches rules in the language of the article, shows an alert for each \
story that matches, and archives everything to SQLite.";

const START_HERE: &str = "\
Start here:
  marsad demo                      see the whole job on bundled feeds, with no network
  marsad run                       follow the built-in config: Syria in four languages
  marsad init                      write a config of your own to start from
  marsad check                     name every problem of the config
  marsad install --user --now      run as a service of your desktop
  marsad doctor                    what is not as it should be, and what to do

Look around:
  marsad alerts --since 1d         what was alerted, and whether it reached you
  marsad search '@idlib ceasefire' what the archive holds
  marsad explain 42                why article 42 matched, or why not
  marsad backtest idlib            what a rule would have alerted in the last 30 days

Exit codes: 0 done, 1 error, 2 usage, 3 config refused, 4 archive unusable, 5 another marsad holds the archive,
6 archive found damaged while in use: the next start, or the one after it, repairs it.";

/// The arguments.
#[derive(Debug, Parser)]
#[command(name = "marsad", version, about = "A streaming news monitor", long_about = LONG_ABOUT, after_help = START_HERE)]
struct Cli {
    /// The config file [default: $XDG_CONFIG_HOME/marsad/marsad.toml; the built-in config where that does not exist]
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "PATH")]
    config: Option<PathBuf>,
    /// The archive [default: $XDG_DATA_HOME/marsad/marsad.db]
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "PATH")]
    db: Option<PathBuf>,
    /// Log more; twice for the libraries too. $MARSAD_LOG takes a filter such as `marsad::net=debug`
    #[arg(short, long, global = true, help_heading = "Everywhere", action = ArgAction::Count)]
    verbose: u8,
    /// Log errors only, and say nothing beside what was asked for
    #[arg(short, long, global = true, help_heading = "Everywhere", conflicts_with = "verbose")]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Once(once::Args),
    Check(check::Args),
    Status(status::Args),
    Doctor(doctor::Args),
    Feeds(feeds::Args),
    Alerts(alerts::Args),
    Mute(mute::Args),
    Pause(pause::Args),
    Resume(pause::Resume),
    Sinks(sinks::Args),
    Search(search::Args),
    Articles(articles::Args),
    Stories(stories::Args),
    Explain(explain::Args),
    WhyNot(why_not::Args),
    Backtest(backtest::Args),
    /// List the rules, run their tests, or compare them with those of another config
    #[command(subcommand)]
    Rules(rules::Command),
    /// Find the feeds of a page, look into one, follow one more
    #[command(subcommand)]
    Feed(feed::Command),
    Match(matching::Args),
    /// The form list: what grammar alone cannot know of words
    #[command(subcommand)]
    Forms(forms::Command),
    Init(init::Args),
    Import(import::Args),
    Export(export::Args),
    Backup(backup::Args),
    Demo(demo::Args),
    Install(install::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Runs the command line `arguments`, the program's name first, in the environment of this process.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    engine::parse::quiet_panics();
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(answer) => {
            // Help and versions come this way too. A closed pipe has nobody left to tell.
            let _ = answer.print();
            return ExitCode::from(u8::try_from(answer.exit_code()).unwrap_or(2));
        }
    };
    let mut place = Place::of_process(cli.config.as_deref(), cli.db.as_deref());
    place.quiet = cli.quiet;
    // Wrong usage may be why there is no log.
    let is_service = matches!(cli.command, Command::Run(_)) && log::is_for_journal(&place);
    match perform(&place, cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            match error {
                Error::Usage { .. } => output::complain(&place, &error.lines(&place)),
                _ if is_service => error.log(),
                _ => output::complain(&place, &error.lines(&place)),
            }
            error.exit_code()
        }
    }
}

/// Runs the command and hands its output to the reader, all of it also when it fails.
fn perform(place: &Place, cli: Cli) -> Result<(), Error> {
    log::start(place, loudness(&cli)).map_err(|message| Error::Usage { message, hint: None })?;
    let mut out = Out::stdout(place, clock::now_ms());
    let done = dispatch(place, &mut out, cli.command);
    let written = out.flush();
    done.and(written)
}

fn loudness(cli: &Cli) -> Loudness {
    match (cli.quiet, cli.verbose, &cli.command) {
        // Its summary tells of toasts that were not shown; warnings would stand between the alerts.
        (_, _, Command::Demo(_)) if cli.verbose == 0 => Loudness::Demo,
        (true, ..) => Loudness::Errors,
        (_, 2.., _) => Loudness::Everything,
        (_, 1, _) => Loudness::Debug,
        (_, 0, Command::Run(_)) => Loudness::Info,
        _ => Loudness::Warnings,
    }
}

fn dispatch(place: &Place, out: &mut Out, command: Command) -> Result<(), Error> {
    match command {
        Command::Run(_) => run::run(place),
        Command::Once(args) => once::run(place, out, &args),
        Command::Check(args) => check::run(place, out, &args),
        Command::Status(args) => status::run(place, out, &args),
        Command::Doctor(args) => doctor::run(place, out, &args),
        Command::Feeds(args) => feeds::run(place, out, &args),
        Command::Alerts(args) => alerts::run(place, out, &args),
        Command::Mute(args) => mute::run(place, out, &args),
        Command::Pause(args) => pause::run(place, out, &args),
        Command::Resume(args) => pause::resume(place, out, &args),
        Command::Sinks(args) => sinks::run(place, out, &args),
        Command::Search(args) => search::run(place, out, &args),
        Command::Articles(args) => articles::run(place, out, &args),
        Command::Stories(args) => stories::run(place, out, &args),
        Command::Explain(args) => explain::run(place, out, &args),
        Command::WhyNot(args) => why_not::run(place, out, &args),
        Command::Backtest(args) => backtest::run(place, out, &args),
        Command::Rules(rules::Command::List(args)) => rules::list::run(place, out, &args),
        Command::Rules(rules::Command::Test(args)) => rules::test::run(place, out, &args),
        Command::Rules(rules::Command::Diff(args)) => rules::diff::run(place, out, &args),
        Command::Rules(rules::Command::Noise(args)) => rules::noise::run(place, out, &args),
        Command::Feed(feed::Command::Discover(args)) => feed::discover::run(place, out, &args),
        Command::Feed(feed::Command::Parse(args)) => feed::parse::run(place, out, &args),
        Command::Feed(feed::Command::Add(args)) => feed::add::run(place, out, &args),
        Command::Feed(feed::Command::Stay(args)) => feed::stay::run(place, out, &args),
        Command::Match(args) => matching::run(place, out, &args),
        Command::Forms(forms::Command::Build(args)) => forms::build(place, out, &args),
        Command::Forms(forms::Command::Show(args)) => forms::show(place, out, &args),
        Command::Init(args) => init::run(place, out, &args),
        Command::Import(args) => import::run(place, out, &args),
        Command::Export(args) => export::run(place, out, &args),
        Command::Backup(args) => backup::run(place, out, &args),
        Command::Demo(args) => demo::run(place, out, &args),
        Command::Install(args) => install::run(place, out, &args),
        Command::Completions(args) => completions::run(out, &args, &mut Cli::command()),
        Command::Man(args) => man::run(out, &args, Cli::command()),
    }
}

/// That there is an archive.
fn must_exist(place: &Place) -> Result<(), Error> {
    if store::open::behind_links(&place.archive)?.exists() {
        return Ok(());
    }
    Err(Error::NoArchive(place.archive.display().to_string()))
}

/// The archive for reading, beside a running daemon or without one.
fn archive(place: &Place) -> Result<Connection, Error> {
    must_exist(place)?;
    Ok(store::open::read_only(&place.archive)?)
}

/// The archive for a short write, beside a running daemon or without one.
fn archive_for_writing(place: &Place) -> Result<Connection, Error> {
    must_exist(place)?;
    Ok(store::open::beside(&place.archive)?)
}

/// The moment that an end such as `2h` means; it must lie ahead.
fn until_ms(text: &str, now_ms: i64) -> Result<i64, Error> {
    let at_ms =
        output::time::until(text, now_ms).map_err(|hint| Error::Usage { message: format!("`{text}` is no time"), hint: Some(hint) })?;
    if at_ms <= now_ms {
        return Err(Error::Usage { message: format!("`{text}` is over already"), hint: None });
    }
    Ok(at_ms)
}

/// The moment that `--since` means.
fn since_ms(since: Option<&str>, now_ms: i64) -> Result<Option<i64>, Error> {
    let parse = |text: &str| {
        output::time::since(text, now_ms).map_err(|hint| Error::Usage { message: format!("`{text}` is no time"), hint: Some(hint) })
    };
    since.map(parse).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_sound_and_every_command_has_help() {
        let command = Cli::command();
        command.clone().debug_assert();
        for sub in command.get_subcommands() {
            assert!(sub.get_about().is_some(), "{}", sub.get_name());
        }
    }
}
