//! `marsad alerts ack`, `noise` and `useful`: what a person says of alerts. Writes beside a running daemon.

use super::super::{check::counted, error::Error, output::Out, place::Place};
use crate::store::mark::{self, Mark};
use std::collections::HashSet;

/// Which alerts.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Numbers, as `marsad alerts` shows them
    #[arg(required = true, value_name = "N")]
    alerts: Vec<i64>,
}

/// Runs the command: all of them, or none.
pub fn run(place: &Place, out: &mut Out, args: &Args, mark: Mark) -> Result<(), Error> {
    let connection = super::super::archive_for_writing(place)?;
    let (mut alerts, mut seen) = (args.alerts.clone(), HashSet::new());
    alerts.retain(|alert| seen.insert(*alert));
    let unknown = mark::mark(&connection, &alerts, mark, out.now_ms)?;
    if let Some(alert) = unknown {
        return Err(Error::failed(format!("there is no alert {alert}, so none was marked")).hinted("`marsad alerts` numbers them"));
    }
    out.say(format!("{} marked as {}", counted(alerts.len(), "alert"), mark.word()))
}
