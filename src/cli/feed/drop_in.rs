//! Drop-ins that commands write: `[[feed]]` tables at the end of a file in `feeds.d`. The config as it would be is checked
//! by the callers before anything is written.

use crate::{
    cli::{Error, Place, output},
    config::Source,
    sink::anew::{folder_of, lock_folder},
};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long another command is waited for: one that adds is done within seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a wait goes without a word.
const SILENCE: Duration = Duration::from_secs(1);

/// A feed to be followed, as its user or a list gives it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewFeed {
    /// Its address.
    pub url: String,
    /// Its name; made from the address otherwise.
    pub name: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Whether it may be on a private network.
    pub allow_private: bool,
}

/// The feed's table, in the order that the documentation has.
pub fn table(feed: &NewFeed) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut lines = vec!["[[feed]]".to_owned(), format!("url = {}", quoted(&feed.url))];
    lines.extend(feed.name.as_deref().map(|name| format!("name = {}", quoted(name))));
    if !feed.tags.is_empty() {
        lines.push(format!("tags = [{}]", feed.tags.iter().map(|tag| quoted(tag)).collect::<Vec<_>>().join(", ")));
    }
    lines.extend(feed.language.as_deref().map(|language| format!("language = {}", quoted(language))));
    lines.extend(feed.allow_private.then(|| "allow_private = true".to_owned()));
    format!("{}\n", lines.join("\n"))
}

/// Waits until no other command adds to this config, and keeps others waiting while it lives: two that read the same files at once
/// would each write what they read with their own, and the second would undo the first. The folder is what is locked: editors put
/// another file in the place of the main one, and all configs in there share its drop-ins. Nothing where it cannot be locked, or is
/// not there.
///
/// # Errors
/// When somebody holds it for a minute: whoever may read a folder may lock it.
pub fn alone(place: &Place) -> Result<Option<fs::File>, Error> {
    let folder = folder_of(&place.config);
    let mut said = false;
    let waits = |waited| {
        if !said && waited >= SILENCE {
            output::note(place, &format!("waiting for whoever has {} locked", folder.display()));
            said = true;
        }
    };
    lock_folder(folder, PATIENCE, waits).map_err(|_| {
        Error::failed(format!("another program has {} locked; nothing was written", folder.display()))
            .hinted(format!("`lslocks` lists who holds locks, `fuser -v {}` who has the folder open", folder.display()))
    })
}

/// What stands before new tables in the file at `path`: its text and a blank line, or `heading` as a comment in a new file.
pub fn before(sources: &[Source], path: &Path, heading: &str) -> String {
    match sources.iter().find(|source| Path::new(&source.name) == path) {
        Some(source) => format!("{}\n\n", source.text.trim_end()),
        None => format!("# {heading}\n\n"),
    }
}

/// The sources as they would be with `text` in the file at `path`.
pub fn replaced(mut sources: Vec<Source>, path: &Path, text: &str) -> Vec<Source> {
    match sources.iter_mut().find(|source| Path::new(&source.name) == path) {
        Some(source) => source.text = text.to_owned(),
        None => sources.push(Source { name: path.display().to_string(), text: text.to_owned() }),
    }
    sources
}

/// Writes a file whole or not at all: a reload in this moment reads the old one or the new one.
///
/// # Errors
/// When the folder or the file cannot be written; nothing is left then.
pub fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = folder_of(path);
    fs::create_dir_all(folder)?;
    // Hidden, so that a config read meanwhile passes it over.
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let fresh: PathBuf = folder.join(format!(".{name}.{}", std::process::id()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_user_gives_is_quoted_as_toml() {
        let feed = NewFeed {
            url: "https://a/\"x\"".into(),
            name: Some("a\\b".into()),
            tags: vec!["t".into(), "u\nv".into()],
            language: Some("ar".into()),
            allow_private: false,
        };
        let read: toml::Table = table(&feed).parse().unwrap();
        let feed = &read["feed"][0];
        assert_eq!((feed["url"].as_str(), feed["name"].as_str()), (Some("https://a/\"x\""), Some("a\\b")));
        assert_eq!((feed["tags"][1].as_str(), feed["language"].as_str()), (Some("u\nv"), Some("ar")));
    }

    #[test]
    fn who_adds_keeps_others_waiting_also_where_an_editor_saved_the_config_meanwhile() {
        let place = tempfile::tempdir().unwrap();
        let config = place.path().join("marsad.toml");
        write(&config, "").unwrap();
        let alone = |patience| lock_folder(folder_of(&config), patience, |_| {});
        let first = alone(Duration::ZERO).unwrap().unwrap();
        write(&config, "# anew").unwrap();
        assert!(alone(Duration::from_millis(50)).is_err(), "both add");
        let waiting = std::thread::scope(|scope| {
            let second = scope.spawn(|| alone(Duration::from_secs(60)).unwrap().is_some());
            drop(first);
            second.join()
        });
        assert!(waiting.unwrap());
    }

    #[test]
    fn a_second_feed_goes_below_the_first() {
        let path = Path::new("feeds.d/added.toml");
        let add = |sources: Vec<Source>, table: &str| {
            let text = before(&sources, path, "Heading.") + table;
            replaced(sources, path, &text)
        };
        let sources = add(add(Vec::new(), "[[feed]]\nurl = 'a'\n"), "[[feed]]\nurl = 'b'\n");
        assert_eq!(sources.len(), 1);
        assert_eq!(sources[0].text, "# Heading.\n\n[[feed]]\nurl = 'a'\n\n[[feed]]\nurl = 'b'\n");
    }
}
