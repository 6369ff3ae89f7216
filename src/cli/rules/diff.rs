//! `marsad rules diff`: two configs' rules over the same articles of the archive, and which alerts come and go between them.
//! Archives nothing, alerts nobody.

mod changes;
mod report;

use crate::{
    cli::{
        configuration,
        error::Error,
        output::Out,
        place::Place,
        replay::{self, Side},
    },
    config::Config,
    engine::rule::{Lexicon, Ruleset, compile},
};
use changes::Changes;
use std::path::PathBuf;

/// Which alerts another config would have raised, and which not
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad rules diff ~/.config/marsad/marsad.toml new.toml --since 30d
  marsad rules diff old/ new/ --json         folders with a marsad.toml and its feeds.d
  marsad rules diff - new.toml               everything that new.toml would have alerted

Both rule sets go over the articles first seen since, as the daemon judges them. An alert is a rule and a story; it is gained
when no article of the story matched the old rule, and lost when none matches the new one. Rules are the same by their id. A
loss is shown with what the new rule lacks, a gain with what the old one lacked.")]
pub struct Args {
    /// A config, the folder of one, or - for no rules
    #[arg(value_name = "OLD")]
    old: String,
    /// A config, the folder of one, or - for no rules
    #[arg(value_name = "NEW")]
    new: String,
    /// Only articles first seen since: 30d, 12h, a date, an RFC 3339 time, or all
    #[arg(long, value_name = "TIME", default_value = "30d")]
    since: String,
    /// Show so many of the newest gains and losses of each rule
    #[arg(long, default_value_t = 3, value_name = "N")]
    limit: usize,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let since_ms = replay::since_ms(&args.since, out.now_ms)?;
    let connection = crate::cli::archive(place)?;
    let (old, new) = (load(place, &args.old)?, load(place, &args.new)?);
    let none = compile(&[], &Lexicon::default()).map_err(|_| Error::failed("no rules cannot be compiled"))?;
    let sides = [side(old.as_ref(), &none), side(new.as_ref(), &none)];
    let mut changes = Changes::new(old.as_ref(), new.as_ref());
    let replayed = replay::replay(place, &connection, &sides, since_ms, |article, found| {
        changes.count(article, found);
        Ok(())
    })?;
    let told = report::of(&connection, &changes, &sides, args.limit)?;
    if args.json { out.json(&report::object(&changes, &told, &replayed)) } else { report::tell(out, &changes, &told, &replayed) }
}

fn load(place: &Place, path: &str) -> Result<Option<Config>, Error> {
    if path == "-" {
        return Ok(None);
    }
    let mut config = PathBuf::from(path);
    if config.is_dir() {
        config.push("marsad.toml");
    }
    let place = Place { config, config_is_given: true, ..place.clone() };
    Ok(Some(configuration::load_silently(&place)?.config))
}

fn side<'a>(config: Option<&'a Config>, none: &'a Ruleset) -> Side<'a> {
    config.map_or_else(|| Side::new(none, &[]), |config| Side::new(&config.rules, &config.feeds))
}
