//! systemd units: the shipped ones with this machine's paths filled in, put in place. Prints nothing.

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::Command,
};

const USER_UNIT: &str = include_str!("../../systemd/marsad.service");
const SYSTEM_UNIT: &str = include_str!("../../systemd/marsad-system.service");

/// The first line of a unit of ours.
const OURS: &str = "# marsad as a service";

/// Folders that the units hide, so that what is needed of them is bound back.
const HIDDEN: [&str; 3] = ["/home", "/root", "/run/user"];

/// What to install.
#[derive(Debug, Clone)]
pub struct Install {
    /// For the user's own service manager; else for the system's.
    pub user: bool,
    /// The program, an absolute path.
    pub binary: PathBuf,
    /// `$XDG_CONFIG_HOME` of the user; where units and the config lie.
    pub config_home: PathBuf,
    /// `$XDG_DATA_HOME` of the user.
    pub data_home: PathBuf,
    /// Programs that command sinks call.
    pub programs: Vec<PathBuf>,
}

/// A unit, and how to start it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Where it belongs.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// The commands that start it, as arguments.
    pub commands: [Vec<&'static str>; 2],
}

/// Why it could not be installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// A path that no unit can hold.
    #[error("{} cannot stand in a unit: it has a line end or is not UTF-8", .0.display())]
    Path(PathBuf),
    /// A unit of that name that is not ours.
    #[error("{} is there already and is not from marsad; move it away first", .0.display())]
    Foreign(PathBuf),
    /// A file or folder that cannot be made.
    #[error("cannot write {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// systemctl could not be run, or failed.
    #[error("`{command}` failed: {reason}")]
    Command {
        /// What was run.
        command: String,
        /// What it said.
        reason: String,
    },
}

/// The unit for this machine.
///
/// # Errors
/// When a path cannot stand in a unit.
pub fn unit(install: &Install) -> Result<Unit, InstallError> {
    let data = install.data_home.join("marsad");
    let config = install.config_home.join("marsad");
    let mut readable: Vec<String> = Vec::new();
    for path in install.programs.iter().chain([&install.binary]).filter(|path| HIDDEN.iter().any(|hidden| path.starts_with(hidden))) {
        readable.push(escape(path)?);
    }
    if install.user {
        readable.push(format!("-{}", escape(&config)?));
    }
    let environment = format!("\"XDG_CONFIG_HOME={}\" \"XDG_DATA_HOME={}\"", percent(&install.config_home)?, percent(&install.data_home)?);
    let template = if install.user { USER_UNIT } else { SYSTEM_UNIT };
    let text = template
        .replace("@binary@", &escape(&install.binary)?)
        .replace("@environment@", &environment)
        .replace("@data@", &escape(&data)?)
        .replace("@readable@", &readable.join(" "));
    let (path, commands) = if install.user {
        let path = install.config_home.join("systemd/user/marsad.service");
        (path, [vec!["systemctl", "--user", "daemon-reload"], vec!["systemctl", "--user", "enable", "--now", "marsad"]])
    } else {
        let path = PathBuf::from("/etc/systemd/system/marsad.service");
        (path, [vec!["systemctl", "daemon-reload"], vec!["systemctl", "enable", "--now", "marsad"]])
    };
    Ok(Unit { path, text, commands })
}

/// Puts the unit in place, and makes the folders that it binds. An earlier one of ours is replaced.
///
/// # Errors
/// When something else stands in its place, or a file cannot be written.
pub fn write(install: &Install, unit: &Unit) -> Result<(), InstallError> {
    if fs::read_to_string(&unit.path).is_ok_and(|text| !text.starts_with(OURS)) {
        return Err(InstallError::Foreign(unit.path.clone()));
    }
    let folder = unit.path.parent().unwrap_or(Path::new("/"));
    make(folder, 0o755)?;
    if install.user {
        make(&install.data_home.join("marsad"), 0o700)?;
        make(&install.config_home.join("marsad"), 0o700)?;
    }
    fs::write(&unit.path, &unit.text).map_err(|source| InstallError::Write { path: unit.path.clone(), source })
}

/// Runs the two commands that start the unit.
///
/// # Errors
/// The first that fails, with what it said.
pub fn start(unit: &Unit) -> Result<(), InstallError> {
    for words in &unit.commands {
        let failed = |reason: String| InstallError::Command { command: words.join(" "), reason };
        let output = Command::new(words[0]).args(&words[1..]).output().map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
    }
    Ok(())
}

fn make(folder: &Path, mode: u32) -> Result<(), InstallError> {
    let made = fs::DirBuilder::new().recursive(true).mode(mode).create(folder);
    made.map_err(|source| InstallError::Write { path: folder.to_owned(), source })
}

/// A path without what systemd would take for a specifier (systemd.unit(5)).
fn percent(path: &Path) -> Result<String, InstallError> {
    let text = path.to_str().filter(|text| !text.chars().any(char::is_control));
    Ok(text.ok_or_else(|| InstallError::Path(path.to_owned()))?.replace('%', "%%").replace('\\', "\\\\").replace('"', "\\\""))
}

/// A path as one word of a list (systemd.syntax(7)).
fn escape(path: &Path) -> Result<String, InstallError> {
    let text = percent(path)?;
    Ok(if text.contains([' ', '"', '\'']) { format!("\"{text}\"") } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(user: bool, binary: &str) -> Install {
        let home = PathBuf::from("/home/a b");
        Install {
            user,
            binary: binary.into(),
            config_home: home.join(".config"),
            data_home: home.join(".local/share"),
            programs: vec!["/home/a b/bin/100%".into()],
        }
    }

    #[test]
    fn every_mark_is_filled_in_and_paths_are_escaped() {
        let unit = unit(&install(true, "/home/a b/.cargo/bin/marsad")).unwrap();
        assert!(!unit.text.lines().any(|line| !line.starts_with('#') && (line.contains("@binary@") || line.contains("@data@") || line.contains("@readable@"))));
        assert!(unit.text.contains("ExecStart=\"/home/a b/.cargo/bin/marsad\" run\n"), "{}", unit.text);
        assert!(
            unit.text.contains("BindReadOnlyPaths=\"/home/a b/bin/100%%\" \"/home/a b/.cargo/bin/marsad\" -\"/home/a b/.config/marsad\"\n"),
            "{}",
            unit.text
        );
        assert!(unit.path.ends_with(".config/systemd/user/marsad.service"));
    }

    #[test]
    fn a_program_outside_of_homes_needs_no_binding() {
        let mut install = install(false, "/usr/bin/marsad");
        install.programs.clear();
        assert!(unit(&install).unwrap().text.contains("\nBindReadOnlyPaths=\n"));
    }

    #[test]
    fn a_foreign_unit_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let install =
            Install { config_home: folder.path().into(), data_home: folder.path().join("data"), ..install(true, "/usr/bin/marsad") };
        let unit = unit(&install).unwrap();
        write(&install, &unit).unwrap();
        write(&install, &unit).unwrap();
        fs::write(&unit.path, "[Service]\n").unwrap();
        assert!(matches!(write(&install, &unit), Err(InstallError::Foreign(_))));
    }
}
