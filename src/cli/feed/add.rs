//! `marsad feed add`: one more `[[feed]]` in `feeds.d/added.toml` beside the config. The config as it would be is checked
//! before anything is written, so a problem leaves every file as it was.

use crate::{
    cli::{
        check::problem_lines,
        configuration,
        error::Error,
        output::{self, Out, Style},
        place::Place,
    },
    config::{self, Config, Report, Source, files::DROP_IN_FOLDER},
    engine::url::canonical,
};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

/// Follow one more feed: adds it to feeds.d/added.toml beside the config
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad feed parse https://example.org/rss.xml     first see what is in it
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

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let texts = configuration::texts(place)?;
    if texts.built_in {
        let message = format!("there is no config at {} to add a feed to", place.config.display());
        return Err(Error::failed(message).hinted("`marsad init` writes one; then add the feed"));
    }
    let forms = configuration::forms(place)?;
    let before = config::load(&texts.sources, &forms).map_err(|report| refused(report, "mend it first"))?;
    refuse_known(&before.config, &args.url)?;
    let path = place.config.parent().unwrap_or(Path::new("")).join(DROP_IN_FOLDER).join("added.toml");
    let (sources, text) = with_feed(texts.sources, &path, &table(args));
    let after = config::load(&sources, &forms).map_err(|report| refused(report, "the config as it would be was checked"))?;
    write(&path, &text).map_err(|source| Error::because(format!("cannot write {}", path.display()), source))?;
    for warning in after.warnings.iter().filter(|warning| !before.warnings.contains(warning)) {
        output::complain(place, &problem_lines(warning));
    }
    let name = new_name(&before.config, &after.config).unwrap_or_default();
    out.line(&[Style::Good.part("added "), Style::Bold.value(name), Style::Plain.part(&format!(" to {}", path.display()))])?;
    out.say("a running marsad takes it up on reload: `systemctl --user reload marsad`, or SIGHUP")
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

/// The new table, in the order that the documentation has.
fn table(args: &Args) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut lines = vec!["[[feed]]".to_owned(), format!("url = {}", quoted(&args.url))];
    lines.extend(args.name.as_deref().map(|name| format!("name = {}", quoted(name))));
    if !args.tags.is_empty() {
        lines.push(format!("tags = [{}]", args.tags.iter().map(|tag| quoted(tag)).collect::<Vec<_>>().join(", ")));
    }
    lines.extend(args.language.as_deref().map(|language| format!("language = {}", quoted(language))));
    lines.extend(args.allow_private.then(|| "allow_private = true".to_owned()));
    format!("{}\n", lines.join("\n"))
}

/// The sources as they would be, and the new text of the drop-in.
fn with_feed(mut sources: Vec<Source>, path: &Path, table: &str) -> (Vec<Source>, String) {
    let name = path.display().to_string();
    let old = sources.iter_mut().find(|source| source.name == name);
    let text = match &old {
        Some(source) => format!("{}\n\n{table}", source.text.trim_end()),
        None => format!("# Feeds added by `marsad feed add`. Edit freely.\n\n{table}"),
    };
    match old {
        Some(source) => source.text.clone_from(&text),
        None => sources.push(Source { name, text: text.clone() }),
    }
    (sources, text)
}

/// Writes a file whole or not at all: a reload in this moment reads the old one or the new one.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // Hidden, so that a config read meanwhile passes it over.
    let fresh: PathBuf = folder.join(format!(".added.toml.{}", std::process::id()));
    let done = fs::File::create(&fresh).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    });
    if done.is_err() {
        // The error that matters is the first one.
        let _ = fs::remove_file(&fresh);
    }
    done
}

fn new_name<'a>(before: &Config, after: &'a Config) -> Option<&'a str> {
    after.feeds.iter().find(|feed| !before.feeds.iter().any(|old| old.id == feed.id)).map(|feed| feed.id.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_user_gives_is_quoted_as_toml() {
        let args = Args {
            url: "https://a/\"x\"".into(),
            name: Some("a\\b".into()),
            tags: vec!["t".into(), "u\nv".into()],
            language: Some("ar".into()),
            allow_private: false,
        };
        let read: toml::Table = table(&args).parse().unwrap();
        let feed = &read["feed"][0];
        assert_eq!((feed["url"].as_str(), feed["name"].as_str()), (Some("https://a/\"x\""), Some("a\\b")));
        assert_eq!((feed["tags"][1].as_str(), feed["language"].as_str()), (Some("u\nv"), Some("ar")));
    }

    #[test]
    fn a_second_feed_goes_below_the_first() {
        let path = Path::new("feeds.d/added.toml");
        let (sources, _) = with_feed(Vec::new(), path, "[[feed]]\nurl = 'a'\n");
        let (sources, text) = with_feed(sources, path, "[[feed]]\nurl = 'b'\n");
        assert_eq!(sources.len(), 1);
        assert!(text.ends_with("[[feed]]\nurl = 'a'\n\n[[feed]]\nurl = 'b'\n"), "{text}");
    }
}
