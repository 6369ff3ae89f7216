//! `marsad install`: a systemd unit. The unit itself is made in the daemon's room; this says what must be in it and what was
//! done. Refuses a config that the service would refuse.

use super::{
    configuration,
    error::Error,
    output::{Out, Style},
    place::Place,
};
use crate::{
    config::{CREDENTIAL, Config, SinkKind},
    daemon::install::{self, Install, InstallError, Installed},
};
use std::{
    io,
    path::{Path, PathBuf},
};

/// Where a service of the machine has its config.
const SYSTEM_CONFIG: &str = "/etc/marsad/marsad.toml";

/// Run marsad as a systemd service: writes the unit and says the two systemctl commands, or runs them
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad install --user          for your desktop: alerts as notifications of your session
  marsad install --user --now    and start it
  sudo marsad install --system   for a server
  marsad install --user --print  only show the unit")]
#[command(group(clap::ArgGroup::new("manager").required(true).args(["user", "system"])))]
pub struct Args {
    /// A service of your session
    #[arg(long)]
    user: bool,
    /// A service of the machine
    #[arg(long)]
    system: bool,
    /// Enable and start it too
    #[arg(long, conflicts_with = "print")]
    now: bool,
    /// Print the unit and write nothing
    #[arg(long)]
    print: bool,
    /// Overwrite a unit of that name that `marsad install` did not write
    #[arg(long)]
    force: bool,
    /// Add a drop-in for systems that forbid user namespaces to users
    #[arg(long, conflicts_with = "system")]
    relaxed: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let place = &of_service(place, args.user)?;
    let loaded = configuration::load_silently(place)?;
    let done = install::install(&wanted(place, args, &loaded.config)?).map_err(refused)?;
    if args.print {
        return out.raw(done.unit.as_bytes());
    }
    tell(out, &done)?;
    if args.system {
        out.say("Its archive is read by root alone: sudo marsad alerts --db /var/lib/marsad/marsad.db")?;
    }
    Ok(())
}

/// The place that the service will have: its config, its archive.
fn of_service(place: &Place, user: bool) -> Result<Place, Error> {
    if !user && place.archive_is_given {
        let message = "a service of the machine keeps its archive in /var/lib/marsad".to_owned();
        return Err(Error::Usage { message, hint: Some("leave `--db` out, or install with `--user`".into()) });
    }
    let mut place = place.clone();
    if !user && !place.config_is_given {
        place.config = SYSTEM_CONFIG.into();
    }
    let absolute = |path: &Path| std::path::absolute(path).map_err(|source| Error::because("the working directory is gone", source));
    place.config = absolute(&place.config)?;
    if user {
        place.archive = absolute(&place.archive)?;
    }
    Ok(place)
}

fn wanted(place: &Place, args: &Args, config: &Config) -> Result<Install, Error> {
    let unit_dir = if args.user {
        let home = place.config_home.as_ref().ok_or_else(|| Error::failed("neither $XDG_CONFIG_HOME nor $HOME is set"))?;
        home.join("systemd/user")
    } else {
        PathBuf::from("/etc/systemd/system")
    };
    let (binds, credentials) = needs(config);
    Ok(Install {
        user: args.user,
        now: args.now,
        print: args.print,
        force: args.force,
        relaxed: args.relaxed,
        binary: std::env::current_exe().map_err(|source| Error::because("cannot find this program itself", source))?,
        unit_dir,
        config: place.config_is_given.then(|| place.config.clone()),
        archive: args.user.then(|| place.archive.clone()),
        binds,
        credentials,
    })
}

/// Files that feeds and sinks use, and credentials. A script that a program is given as its argument counts.
fn needs(config: &Config) -> (Vec<PathBuf>, Vec<String>) {
    let (mut files, mut credentials): (Vec<PathBuf>, Vec<String>) = Default::default();
    let of_feeds = config.feeds.iter().flat_map(|feed| feed.access.secrets());
    let of_sinks = config.sinks.iter().flat_map(|sink| sink.kind.secrets().into_iter().chain(sink.kind.certificates()));
    for path in of_feeds.chain(of_sinks) {
        match path.to_str().and_then(|path| path.strip_prefix(CREDENTIAL)) {
            Some(name) if credentials.iter().any(|known| known == name) => {}
            Some(name) => credentials.push(name.to_owned()),
            None => files.push(path.clone()),
        }
    }
    for sink in &config.sinks {
        if let SinkKind::Command { argv, .. } = &sink.kind {
            let named = argv.iter().map(Path::new).filter(|path| path.is_absolute() && path.exists());
            files.extend(named.map(Path::to_owned));
        }
    }
    (files, credentials)
}

fn refused(error: InstallError) -> Error {
    let hint = match &error {
        InstallError::Foreign(_) => Some("`--force` overwrites it, `--print` shows what would be written".to_owned()),
        InstallError::Write { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            Some("a service of the machine needs root: run it with sudo".into())
        }
        InstallError::Systemctl { command, .. } => {
            let user = if command.contains("--user") { " --user" } else { "" };
            let relaxed = if user.is_empty() { "" } else { "; where it shows NAMESPACE, USER or CAPABILITIES, add `--relaxed`" };
            Some(format!("`journalctl{user} -u {}` shows why{relaxed}", install::UNIT))
        }
        _ => None,
    };
    let told = Error::because("there is no service", error);
    match hint {
        Some(hint) => told.hinted(hint),
        None => told,
    }
}

fn tell(out: &mut Out, done: &Installed) -> Result<(), Error> {
    out.line(&[Style::Good.part("wrote "), Style::Bold.part(&done.path.display().to_string())])?;
    if !done.started {
        out.say("Start it:")?;
        return done.commands.iter().try_for_each(|command| out.line(&[Style::Bold.part(&format!("  {command}"))]));
    }
    let status = done.commands[0].replace("daemon-reload", "status marsad");
    out.line(&[Style::Good.part("running"), Style::Plain.part("; see "), Style::Bold.part(&status)])
}
