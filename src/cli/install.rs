//! `marsad install`: a systemd unit. The unit itself is made in the daemon's room; this only hands over.

use super::{configuration, error::Error, output::Out, place::Place};
use crate::{
    config::{Config, SinkKind, SinkSpec},
    daemon::install::{self, Install},
};
use std::path::PathBuf;

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
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let home = || Error::failed("there is no home to install into").hinted("set $HOME, or use --system");
    let binary = std::env::current_exe().map_err(|source| Error::because("the path of this program is unknown", source))?;
    let install = Install {
        user: args.user,
        binary,
        config_home: if args.user { place.config_home.clone().ok_or_else(home)? } else { "/etc".into() },
        data_home: if args.user { place.data_home.clone().ok_or_else(home)? } else { "/var/lib".into() },
        programs: programs(&configuration::load_silently(place)?.config),
    };
    let failed = |source| Error::because("the service is not installed", source);
    let unit = install::unit(&install).map_err(failed)?;
    if args.print {
        return out.raw(unit.text.as_bytes());
    }
    install::write(&install, &unit).map_err(failed)?;
    out.say(format!("wrote {}", unit.path.display()))?;
    if args.now {
        install::start(&unit).map_err(failed)?;
        return out.say(if args.user { "started; it starts again with each login" } else { "started; it starts again at each boot" });
    }
    out.say("start it with:")?;
    unit.commands.iter().try_for_each(|words| out.say(format!("  {}", words.join(" "))))
}

/// The programs of command sinks, which the unit must let the service see.
fn programs(config: &Config) -> Vec<PathBuf> {
    let program = |sink: &SinkSpec| match &sink.kind {
        SinkKind::Command { argv, .. } => argv.first().map(PathBuf::from).filter(|path| path.is_absolute()),
        _ => None,
    };
    config.sinks.iter().filter_map(program).collect()
}
