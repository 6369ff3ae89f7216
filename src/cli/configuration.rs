//! The config that a command works with: the user's files, else the built-in default, and it says which. Never writes.

use super::{error::Error, last_good, output, place::Place};
use crate::{
    config::{self, Config, Source, files},
    engine::lang::forms::Forms,
};
use std::{io, sync::Arc};

/// The name of the built-in default in messages.
pub const BUILT_IN: &str = "built-in default";

/// The texts of a config, and whose they are.
#[derive(Debug, Clone)]
pub struct Texts {
    /// Main file first.
    pub sources: Vec<Source>,
    /// Whether they are the built-in default, for want of a file.
    pub built_in: bool,
}

/// A config that passed every check.
#[derive(Debug)]
pub struct Loaded {
    /// The config.
    pub config: Config,
    /// Whether it is the built-in default.
    pub built_in: bool,
}

/// Reads the config's files.
///
/// # Errors
/// When a file cannot be read. That the default path has no file is none: the built-in default holds then.
pub fn texts(place: &Place) -> Result<Texts, Error> {
    match files::read(&place.config) {
        Ok(sources) => Ok(Texts { sources, built_in: false }),
        Err(unread) if unread.is_missing() && !place.config_is_given => {
            let built_in = Source { name: BUILT_IN.into(), text: config::default_text().into() };
            Ok(Texts { sources: vec![built_in], built_in: true })
        }
        Err(unread) => Err(config::unread(&unread).into()),
    }
}

/// The same for those who make the archive agree with it. Where a config of the user's was followed before, it is an error that
/// the default path has no file: the built-in default would retire the user's feeds, and end what waits for their sinks.
///
/// # Errors
/// As [`texts`], and then.
pub fn texts_to_follow(place: &Place) -> Result<Texts, Error> {
    texts_after(place, || last_good::kept(place).is_some())
}

/// The same for one who knows whether a config of the user's was `followed` before.
///
/// # Errors
/// As [`texts_to_follow`].
pub fn texts_after(place: &Place, followed: impl FnOnce() -> bool) -> Result<Texts, Error> {
    let texts = texts(place)?;
    if texts.built_in && followed() {
        let (config, kept) = (place.config.display(), last_good::path(place));
        let hint = format!("put it back; without {} too, the built-in default is followed", kept.display());
        let source = format!("there is none at {config}, where one was followed before").into();
        return Err(Error::Unreadable { source, hint: Some(hint) });
    }
    Ok(texts)
}

/// Loads the config and says on standard error when it is the built-in default.
///
/// # Errors
/// When it cannot be read, or has a problem.
pub fn load(place: &Place) -> Result<Loaded, Error> {
    loudly(place, texts(place)?)
}

/// The same for a round that makes the archive agree with it.
///
/// # Errors
/// As [`load`] and [`texts_to_follow`].
pub fn load_to_follow(place: &Place) -> Result<Loaded, Error> {
    loudly(place, texts_to_follow(place)?)
}

/// The form lists: the shipped ones, with the one beside the archive where there is one.
///
/// # Errors
/// When the file cannot be read, or the user named one that is not there.
pub fn forms(place: &Place) -> Result<Arc<Forms>, Error> {
    match std::fs::read(&place.forms) {
        Ok(bytes) => Forms::read(bytes).map(Arc::new).map_err(|source| {
            let what = format!("the form list `{}` cannot be used", place.forms.display());
            Error::because(what, source).hinted("`marsad forms build` makes it anew; without the file, rules match by grammar alone")
        }),
        // That the folder of the archive is none is told by who opens that.
        Err(source) if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) && !place.forms_is_given => {
            Ok(Arc::default())
        }
        Err(source) => Err(Error::because(format!("cannot read the form list `{}`", place.forms.display()), source)),
    }
}

/// Loads the config.
///
/// # Errors
/// As [`load`].
pub fn load_silently(place: &Place) -> Result<Loaded, Error> {
    checked(place, texts(place)?)
}

fn loudly(place: &Place, texts: Texts) -> Result<Loaded, Error> {
    let loaded = checked(place, texts)?;
    if loaded.built_in && !place.quiet {
        output::note(place, &remark(place));
    }
    Ok(loaded)
}

fn checked(place: &Place, texts: Texts) -> Result<Loaded, Error> {
    let config::Loaded { config, .. } = config::load(&texts.sources, &forms(place)?)?;
    Ok(Loaded { config, built_in: texts.built_in })
}

/// What to say when the built-in default is followed.
pub fn remark(place: &Place) -> String {
    format!("there is no config at {}: following the built-in default; `marsad init` writes one to change", place.config.display())
}
