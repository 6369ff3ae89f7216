//! Where this process stands: the environment, read once in `main` and handed down. Nothing else reads it.

use crate::store::open;
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

/// What the environment says, and the paths that the user gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The config file to read, whether or not it exists.
    pub config: PathBuf,
    /// Whether the user named the config file: it must exist then.
    pub config_is_given: bool,
    /// The archive: where a link leads, where it is one.
    pub archive: PathBuf,
    /// Whether the user named the archive.
    pub archive_is_given: bool,
    /// The form list, whether or not it exists.
    pub forms: PathBuf,
    /// Whether the user named the form list: it must exist then.
    pub forms_is_given: bool,
    /// `$CREDENTIALS_DIRECTORY`: secrets that systemd hands over.
    pub credentials: Option<PathBuf>,
    /// `$NOTIFY_SOCKET`: where the service manager listens.
    pub notify_socket: Option<OsString>,
    /// `$DBUS_SESSION_BUS_ADDRESS`.
    pub bus_address: Option<String>,
    /// Whether a service manager reads standard error into its journal.
    pub journal: bool,
    /// Whether colour is wanted at all: no `$NO_COLOR`, and a terminal that knows it.
    pub colour: bool,
    /// `$MARSAD_LOG`: which log lines are wanted.
    pub log_filter: Option<String>,
    /// `$XDG_CONFIG_HOME`, or `~/.config`: where user units live.
    pub config_home: Option<PathBuf>,
    /// `$TMPDIR`, or `/tmp`.
    pub temporary: PathBuf,
    /// `$XDG_DATA_HOME`, or `~/.local/share`.
    pub data_home: Option<PathBuf>,
    /// `-q`: nothing beside what was asked for.
    pub quiet: bool,
}

impl Place {
    /// The same with another form list, if one is given: it must exist then.
    pub fn with_forms(&self, forms: Option<&Path>) -> Place {
        let own = |path: &Path| Place { forms: path.to_owned(), forms_is_given: true, ..self.clone() };
        forms.map_or_else(|| self.clone(), own)
    }

    /// The place of this process, with the paths of the command line.
    pub fn of_process(config: Option<&Path>, archive: Option<&Path>) -> Place {
        Place::new(|name| std::env::var_os(name), config, archive)
    }

    /// The place that `variable` describes. An empty variable counts as none, as the XDG specification asks.
    fn new(variable: impl Fn(&str) -> Option<OsString>, config: Option<&Path>, archive: Option<&Path>) -> Place {
        let get = |name: &str| variable(name).filter(|value| !value.is_empty());
        let home = |xdg: &str, under: &str| {
            let absolute = get(xdg).map(PathBuf::from).filter(|path| path.is_absolute());
            absolute.or_else(|| get("HOME").map(|home| Path::new(&home).join(under)))
        };
        let (config_home, data_home) = (home("XDG_CONFIG_HOME", ".config"), home("XDG_DATA_HOME", ".local/share"));
        let own = |folder: &Option<PathBuf>| folder.as_ref().map(|folder| folder.join("marsad"));
        // systemd parts several directories by colons; the first is the unit's main one.
        let first = |name| get(name).map(|list| PathBuf::from(list.to_string_lossy().split(':').next().unwrap_or_default()));
        let config_folder = first("CONFIGURATION_DIRECTORY").or_else(|| own(&config_home)).unwrap_or_default();
        let data_folder = first("STATE_DIRECTORY").or_else(|| own(&data_home)).unwrap_or_default();
        let text = |name| get(name).map(|value| value.to_string_lossy().into_owned());
        let archive_path = archive.map_or_else(|| data_folder.join("marsad.db"), Path::to_owned);
        // A link that leads nowhere is told of by whoever opens it.
        let archive_path = open::behind_links(&archive_path).unwrap_or(archive_path);
        Place {
            config: config.map_or_else(|| config_folder.join("marsad.toml"), Path::to_owned),
            config_is_given: config.is_some(),
            forms: archive_path.with_file_name("words.forms"),
            forms_is_given: false,
            archive: archive_path,
            archive_is_given: archive.is_some(),
            credentials: get("CREDENTIALS_DIRECTORY").map(PathBuf::from),
            notify_socket: get("NOTIFY_SOCKET"),
            bus_address: text("DBUS_SESSION_BUS_ADDRESS"),
            journal: get("JOURNAL_STREAM").is_some() || get("NOTIFY_SOCKET").is_some(),
            colour: get("NO_COLOR").is_none() && get("TERM").is_none_or(|term| term != "dumb"),
            log_filter: text("MARSAD_LOG"),
            config_home,
            data_home,
            temporary: get("TMPDIR").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from),
            quiet: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(variables: &[(&str, &str)]) -> Place {
        let get = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value));
        Place::new(get, None, None)
    }

    #[test]
    fn paths_follow_xdg_and_fall_back_to_home() {
        let plain = place(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "")]);
        assert_eq!(plain.config, Path::new("/h/.config/marsad/marsad.toml"));
        assert_eq!(plain.archive, Path::new("/h/.local/share/marsad/marsad.db"));
        let xdg = place(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "/c"), ("XDG_DATA_HOME", "relative")]);
        assert_eq!(xdg.config, Path::new("/c/marsad/marsad.toml"));
        assert_eq!(xdg.archive, Path::new("/h/.local/share/marsad/marsad.db"));
    }

    #[test]
    fn directories_of_systemd_go_before_xdg_and_arguments_before_both() {
        let variables = [("HOME", "/h"), ("STATE_DIRECTORY", "/s:/t"), ("CONFIGURATION_DIRECTORY", "/etc/marsad")];
        let unit = place(&variables);
        assert_eq!((unit.config.as_path(), unit.archive.as_path()), (Path::new("/etc/marsad/marsad.toml"), Path::new("/s/marsad.db")));
        let given = Place::new(|_| Some("/x".into()), Some(Path::new("a.toml")), Some(Path::new("b.db")));
        assert_eq!((given.config.as_path(), given.archive.as_path()), (Path::new("a.toml"), Path::new("b.db")));
        assert!(given.config_is_given && !unit.config_is_given);
    }

    #[test]
    fn no_color_and_dumb_terminals_have_no_colour() {
        assert!(place(&[]).colour && place(&[("NO_COLOR", "")]).colour);
        assert!(!place(&[("NO_COLOR", "1")]).colour && !place(&[("TERM", "dumb")]).colour);
    }
}
