//! `marsad install`: the systemd unit for this very program. Renders and writes it, and runs `systemctl` when asked to;
//! never prints, and never overwrites a file that somebody else wrote.

use crate::sink::anew::anew;
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

const USER_UNIT: &str = include_str!("../../systemd/marsad.service");
const SYSTEM_UNIT: &str = include_str!("../../systemd/marsad-system.service");
const RELAXED: &str = include_str!("../../systemd/relaxed.conf");

/// The unit's name under either manager.
pub const UNIT: &str = "marsad.service";

/// How a unit of ours begins.
const MARK: &str = "# Written by `marsad install`";

/// Where the units hide what they are not told to show.
const HIDDEN: &[&str] = &["/home", "/root", "/run/user", "/tmp", "/var/tmp"];

/// What to install.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Install {
    /// A service of the user's session; else one of the machine.
    pub user: bool,
    /// Enable and start it too.
    pub now: bool,
    /// Only render it.
    pub print: bool,
    /// Overwrite a unit that is not ours.
    pub force: bool,
    /// For a user: also a drop-in for systems that forbid user namespaces.
    pub relaxed: bool,
    /// This program; absolute.
    pub binary: PathBuf,
    /// Where units of that manager are.
    pub unit_dir: PathBuf,
    /// The config to name in the unit; `None` where the manager's own directory is looked into.
    pub config: Option<PathBuf>,
    /// The archive of a user's service; a service of the machine keeps its own in `/var/lib/marsad`.
    pub archive: Option<PathBuf>,
    /// Other files that it must see: programs of command sinks, files with secrets.
    pub binds: Vec<PathBuf>,
    /// Names of credentials that the config calls for; each is a file of the config's folder `credentials`.
    pub credentials: Vec<String>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The unit's file.
    pub path: PathBuf,
    /// The unit's text.
    pub unit: String,
    /// Whether it was written.
    pub written: bool,
    /// What starts the service, as typed at a prompt.
    pub commands: Vec<String>,
    /// Whether these have been run.
    pub started: bool,
}

/// Why there is no service.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// A path that cannot stand in a unit.
    #[error("`{}` cannot stand in a unit: {reason}", path.display())]
    Path {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: &'static str,
    },
    /// A file of that name, written by somebody else.
    #[error("{} was not written by `marsad install`", .0.display())]
    Foreign(PathBuf),
    /// The file cannot be read or written.
    #[error("cannot write {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `systemctl` is not there.
    #[error("cannot run `{command}`")]
    Run {
        /// As typed.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// `systemctl` refused, or the service did not start.
    #[error("`{command}` failed: {said}")]
    Systemctl {
        /// As typed.
        command: String,
        /// What it said.
        said: String,
    },
}

/// Renders the unit; writes it unless it is only to be printed; starts the service when asked to.
///
/// # Errors
/// When a path cannot stand in a unit, the file is somebody else's or cannot be written, or `systemctl` fails.
pub fn install(wanted: &Install) -> Result<Installed, InstallError> {
    let (path, unit) = (wanted.unit_dir.join(UNIT), render(wanted)?);
    let mut done = Installed { path, unit, written: false, commands: Vec::new(), started: false };
    let known = if wanted.print { None } else { ours(&done.path, wanted.force)? };
    done.commands = commands(wanted.user, wanted.now, known.is_some());
    if wanted.print {
        return Ok(done);
    }
    write(&done.path, &done.unit)?;
    if wanted.user && wanted.relaxed {
        write(&wanted.unit_dir.join(format!("{UNIT}.d")).join("relaxed.conf"), RELAXED)?;
    }
    done.written = true;
    if wanted.now {
        done.commands.iter().try_for_each(|command| run(command))?;
        done.started = true;
    }
    Ok(done)
}

/// The unit's text.
///
/// # Errors
/// When a path cannot stand in a unit.
pub fn render(wanted: &Install) -> Result<String, InstallError> {
    let template = if wanted.user { USER_UNIT } else { SYSTEM_UNIT };
    let mut options = String::new();
    for (name, path) in [("--config", &wanted.config), ("--db", &wanted.archive)] {
        if let Some(path) = path {
            options.push_str(&format!(" {name} {}", argument(path)?));
        }
    }
    let data = wanted.archive.as_deref().and_then(Path::parent).unwrap_or(Path::new("/"));
    let folder = if wanted.user { "%E/marsad/credentials" } else { "/etc/marsad/credentials" };
    // Without the second line, systemd starts nothing where a file is away (systemd.exec(5)); so marsad finds an empty one, says whose it
    // is, and goes on with the rest.
    let credential = |name: &String| format!("LoadCredential={name}:{folder}/{name}\nSetCredential={name}:\\n\n");
    let credentials = wanted.credentials.iter().map(credential);
    let mut binds = String::new();
    for path in visible(wanted) {
        // systemd starts nothing where a file is away; marsad says what lacks it, and goes on with the rest.
        let away = if wanted.binds.iter().any(|bind| bind == path) { "-" } else { "" };
        binds.push_str(&format!("BindReadOnlyPaths={away}{}\n", value(path)?));
    }
    let unit = template
        .replace("@CREDENTIALS@\n", &credentials.collect::<String>())
        .replace("@BINDS@\n", &binds)
        .replace("@DATA_WORD@", &argument(data)?)
        .replace("@DATA@", &value(data)?)
        .replace("@OPTIONS@", &options);
    Ok(unit.replace("@BINARY@", &value(&wanted.binary)?))
}

/// What must be bound because the unit hides the place where it is. A config's folder is bound, not the file: an editor
/// that writes a new file in its place would else not be seen.
fn visible(wanted: &Install) -> Vec<&Path> {
    let config = wanted.config.as_deref().and_then(Path::parent);
    let mut paths: Vec<&Path> = std::iter::once(wanted.binary.as_path()).chain(config).collect();
    paths.extend(wanted.binds.iter().map(PathBuf::as_path));
    paths.retain(|path| HIDDEN.iter().any(|hidden| path.starts_with(hidden)));
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// A path as one word of a unit's value: specifiers and quotes escaped, quoted where it has blanks or colons.
fn value(path: &Path) -> Result<String, InstallError> {
    let refuse = |reason| Err(InstallError::Path { path: path.to_owned(), reason });
    let Some(text) = path.to_str() else { return refuse("it is not UTF-8") };
    if !path.is_absolute() {
        return refuse("it is not absolute");
    }
    if text.contains(char::is_control) {
        return refuse("it has control characters");
    }
    let escaped = text.replace('%', "%%").replace('\\', "\\\\").replace('"', "\\\"");
    let plain = |c: char| c.is_alphanumeric() || "/._-+@%,=~".contains(c);
    Ok(if escaped.chars().all(plain) { escaped } else { format!("\"{escaped}\"") })
}

/// A path as an argument in `ExecStart=`, where variables are replaced as well.
fn argument(path: &Path) -> Result<String, InstallError> {
    Ok(value(path)?.replace('$', "$$"))
}

/// Whether there is a unit of ours already; an error when it is somebody else's.
fn ours(path: &Path, force: bool) -> Result<Option<()>, InstallError> {
    match fs::read_to_string(path) {
        Ok(text) if force || text.starts_with(MARK) => Ok(Some(())),
        Ok(_) => Err(InstallError::Foreign(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(_) if force => Ok(Some(())),
        Err(source) => Err(InstallError::Write { path: path.to_owned(), source }),
    }
}

/// Writes beside and renames: a half-written unit is never seen, and a link in its place is replaced, not followed.
fn write(path: &Path, text: &str) -> Result<(), InstallError> {
    let beside = path.with_extension("marsad-new");
    let make = || {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        let mut file = anew(&beside, 0o644)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    make().map_err(|source| {
        // What is left of a write that failed has no use; the failure itself is what counts.
        let _ = fs::remove_file(&beside);
        InstallError::Write { path: path.to_owned(), source }
    })
}

/// What a user types. A service that may be running is started anew, or it would go on as the old unit said.
fn commands(user: bool, now: bool, known: bool) -> Vec<String> {
    let systemctl = if user { "systemctl --user" } else { "systemctl" };
    let mut commands = vec![format!("{systemctl} daemon-reload")];
    if known && now {
        commands.extend([format!("{systemctl} enable {UNIT}"), format!("{systemctl} restart {UNIT}")]);
    } else {
        commands.push(format!("{systemctl} enable --now {UNIT}"));
    }
    commands
}

fn run(command: &str) -> Result<(), InstallError> {
    let mut words = command.split(' ');
    let program = words.next().unwrap_or_default();
    let output = Command::new(program).args(words).output();
    let output = output.map_err(|source| InstallError::Run { command: command.to_owned(), source })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', " ");
    Err(InstallError::Systemctl { command: command.to_owned(), said })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(binary: &str) -> Install {
        let (binary, archive) = (binary.into(), Some("/home/ana/.local/share/marsad/marsad.db".into()));
        Install { user: true, binary, archive, ..Install::default() }
    }

    fn lines<'u>(unit: &'u str, key: &str) -> Vec<&'u str> {
        unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
    }

    #[test]
    fn a_unit_has_no_placeholder_left_and_keeps_its_sections_apart() {
        let system = Install { binary: "/usr/bin/marsad".into(), ..Install::default() };
        for wanted in [user("/usr/bin/marsad"), system] {
            let unit = render(&wanted).unwrap();
            assert!(!unit.lines().any(|line| line.contains('@') && !line.contains("=@system") && !line.contains("~@priv")), "{unit}");
            let service = unit.find("[Service]").unwrap();
            assert!(unit.find("StartLimitBurst").is_some_and(|at| at < service), "systemd ignores it elsewhere");
            assert!(unit.starts_with(MARK));
        }
    }

    #[test]
    fn only_what_the_unit_hides_is_bound_and_a_file_that_is_away_keeps_no_service_from_starting() {
        let mut wanted = user("/home/ana/.cargo/bin/marsad");
        wanted.binds = vec!["/usr/bin/jq".into(), "/home/ana/alert.sh".into(), "/homes/x".into(), "/home/ana/alert.sh".into()];
        wanted.binds.push("/home/ana/my keys/wire".into());
        wanted.config = Some("/home/ana/feeds/my.toml".into());
        let unit = render(&wanted).unwrap();
        let program = "/home/ana/.cargo/bin/marsad";
        let bound = ["-%E/marsad", program, "-/home/ana/alert.sh", "/home/ana/feeds", "-\"/home/ana/my keys/wire\""];
        assert_eq!(lines(&unit, "BindReadOnlyPaths"), bound);
        let start = "/home/ana/.cargo/bin/marsad run --config /home/ana/feeds/my.toml --db /home/ana/.local/share/marsad/marsad.db";
        assert_eq!(lines(&unit, "ExecStart"), [start]);
    }

    #[test]
    fn paths_are_escaped_as_systemd_reads_them() {
        let mut wanted = user("/home/ana/my 100% \"tools\"/marsad");
        wanted.archive = Some("/home/ana/a:b $HOME/marsad.db".into());
        let unit = render(&wanted).unwrap();
        let start = r#""/home/ana/my 100%% \"tools\"/marsad" run --db "/home/ana/a:b $$HOME/marsad.db""#;
        assert_eq!(lines(&unit, "ExecStart"), [start]);
        assert_eq!(lines(&unit, "BindPaths")[0], r#""/home/ana/a:b $HOME""#);
        assert!(render(&user("marsad")).is_err() && render(&user("/a\nExecStart=/bin/sh")).is_err());
    }

    #[test]
    fn credentials_lie_in_the_folder_of_the_config() {
        let wanted = Install { binary: "/usr/bin/marsad".into(), credentials: vec!["hook".into()], ..Install::default() };
        let unit = render(&wanted).unwrap();
        assert_eq!(lines(&unit, "LoadCredential"), ["hook:/etc/marsad/credentials/hook"]);
        assert_eq!(lines(&unit, "SetCredential"), ["hook:\\n"], "one that is away is empty, and keeps no service from starting");
    }

    #[test]
    fn a_foreign_unit_stays_and_our_own_is_renewed() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = Install { unit_dir: folder.path().join("user"), relaxed: true, ..user("/usr/bin/marsad") };
        let done = install(&wanted).unwrap();
        assert_eq!(fs::read_to_string(&done.path).unwrap(), done.unit);
        assert_eq!(fs::read_to_string(folder.path().join("user/marsad.service.d/relaxed.conf")).unwrap(), RELAXED);
        assert_eq!(done.commands, ["systemctl --user daemon-reload", "systemctl --user enable --now marsad.service"]);
        assert!(install(&wanted).unwrap().written);
        fs::write(&done.path, "[Service]\n").unwrap();
        assert!(matches!(install(&wanted), Err(InstallError::Foreign(_))));
        assert!(!install(&Install { print: true, ..wanted.clone() }).unwrap().written);
        assert!(install(&Install { force: true, ..wanted }).unwrap().written);
    }
}
