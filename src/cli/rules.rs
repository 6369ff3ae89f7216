//! `marsad rules …`: the rules of a config listed, tested, compared with those of another, and weighed by what people said of their alerts.

pub mod diff;
pub mod list;
pub mod noise;
pub mod test;

use super::error::Error;
use crate::config::{self, Config};

/// What to do with rules.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    List(list::Args),
    Test(test::Args),
    Diff(diff::Args),
    Noise(noise::Args),
}

/// The most rules that a hint names.
const NAMED: usize = 12;

/// Where the rule of this id stands in the config; without one an error that names the nearest, and what else there is to do.
pub fn position(config: &Config, id: &str, otherwise: &str) -> Result<usize, Error> {
    let ids = || config.rules.specs().iter().map(|spec| spec.id.as_str());
    if let Some(position) = ids().position(|known| known == id) {
        return Ok(position);
    }
    let known = || match ids().count() {
        0 => "the config has no rules".to_owned(),
        1..=NAMED => format!("the rules are {}", ids().collect::<Vec<_>>().join(", ")),
        _ => "`marsad rules list` names them".to_owned(),
    };
    let hint = config::did_you_mean(id, ids()).unwrap_or_else(known);
    Err(Error::failed(format!("the config has no rule `{id}`")).hinted(format!("{hint}; {otherwise}")))
}
