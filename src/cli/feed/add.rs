//! `marsad feed add`: one more `[[feed]]` in `feeds.d/added.toml` beside the config. The config as it would be is checked
//! before anything is written, so a problem leaves every file as it was.

use super::drop_in::{self, NewFeed};
use crate::{
    cli::{
        check::problem_lines,
        configuration,
        error::Error,
        output::{self, Out, Style},
        place::Place,
    },
    config::{self, Config, Report, files::DROP_IN_FOLDER},
    engine::url::canonical,
};
use std::path::Path;

/// Follow one more feed: adds it to feeds.d/added.toml beside the config
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad feed discover https://example.org/         first find its address
  marsad feed parse https://example.org/rss.xml     and see what is in it
  marsad feed add https://example.org/rss.xml
  marsad feed add https://example.org/ar/feed --name example-ar --tag syria --tag agency --language ar

An address that the config has already is refused. A running marsad takes it up when it reads its config again.")]
pub struct Args {
    /// The feed's address, http or https
    url: String,
    /// Its name, and its identity in the archive; made from the address otherwise
    #[arg(long)]
    name: Option<String>,
    /// A label that rules select feeds by; may be given again
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// The language it is written in, such as ar or pt-BR
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// For a feed on your own machine or network
    #[arg(long)]
    allow_private: bool,
}

impl Args {
    fn feed(&self) -> NewFeed {
        NewFeed {
            url: self.url.clone(),
            name: self.name.clone(),
            tags: self.tags.clone(),
            language: self.language.clone(),
            allow_private: self.allow_private,
        }
    }
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let alone = drop_in::alone(place)?;
    let texts = configuration::texts(place)?;
    if texts.built_in {
        let message = format!("there is no config at {} to add a feed to", place.config.display());
        return Err(Error::failed(message).hinted("`marsad init` writes one; then add the feed"));
    }
    let forms = configuration::forms(place)?;
    let before = config::load(&texts.sources, &forms).map_err(|report| refused(report, "mend it first"))?;
    refuse_known(&before.config, &args.url)?;
    let path = place.config.parent().unwrap_or(Path::new("")).join(DROP_IN_FOLDER).join("added.toml");
    let text = drop_in::before(&texts.sources, &path, "Feeds added by `marsad feed add`. Edit freely.") + &drop_in::table(&args.feed());
    let after = config::load(&drop_in::replaced(texts.sources, &path, &text), &forms)
        .map_err(|report| refused(by_option(report, args), "the config as it would be was checked"))?;
    drop_in::write(&path, &text).map_err(|source| Error::because(format!("cannot write {}", path.display()), source))?;
    drop(alone);
    for warning in after.warnings.iter().filter(|warning| !before.warnings.contains(warning)) {
        output::complain(place, &problem_lines(warning));
    }
    let name = new_name(&before.config, &after.config).unwrap_or_default();
    out.line(&[Style::Good.part("added "), Style::Bold.value(name), Style::Plain.part(&format!(" to {}", path.display()))])?;
    out.say("a running marsad takes it up on reload: `systemctl --user reload marsad`, or SIGHUP")
}

/// Names the option that does what a hint says of the file.
fn by_option(mut report: Report, args: &Args) -> Report {
    if config::is_private_address(&args.url) && !args.allow_private {
        let hints = report.problems.iter_mut().filter_map(|problem| problem.hint.as_mut());
        hints.filter(|hint| hint.contains("allow_private")).for_each(|hint| *hint = "if it is meant, add `--allow-private`".to_owned());
    }
    report
}

fn refused(report: Report, what: &str) -> Error {
    Error::from(report).hinted(format!("{what}; nothing was written"))
}

fn refuse_known(config: &Config, url: &str) -> Result<(), Error> {
    let same = |other: &str| other == url || (canonical(other).is_some() && canonical(other) == canonical(url));
    match config.feeds.iter().find(|feed| same(&feed.url)) {
        Some(feed) => {
            Err(Error::failed(format!("the feed `{}` has this address already", feed.id)).hinted("`marsad feeds` lists what is followed"))
        }
        None => Ok(()),
    }
}

fn new_name<'a>(before: &Config, after: &'a Config) -> Option<&'a str> {
    after.feeds.iter().find(|feed| !before.feeds.iter().any(|old| old.id == feed.id)).map(|feed| feed.id.as_str())
}
