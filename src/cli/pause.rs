//! `marsad pause` and `marsad resume`: hold every message for a while. Writes beside a running daemon.

use super::{check::counted, error::Error, output::Out, place::Place};
use crate::{
    engine::alert::json::rfc3339,
    store::{open, pause},
};

/// Hold every message for a while, critical ones too; nothing is lost
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad pause 2h
  marsad pause 2026-12-20T08:00:00+03:00
  marsad resume

Feeds are read and alerts are raised as ever; they wait, and go out when the pause ends. What a sink has in hand goes out.")]
pub struct Args {
    /// How long (30m, 2h, 1d), or until when: a date (its local beginning) or an RFC 3339 time
    #[arg(value_name = "TIME")]
    time: String,
}

/// End a pause: what waited goes out within 30 seconds
#[derive(Debug, clap::Args)]
pub struct Resume {}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let until_ms = super::until_ms(&args.time, out.now_ms)?;
    let connection = super::archive_for_writing(place)?;
    let transaction = open::writing(&connection)?;
    let waiting = pause::pause(&transaction, until_ms)?;
    transaction.commit().map_err(crate::store::StoreError::from)?;
    let beside = if waiting > 0 { format!("; {} on the way waits too", counted(waiting, "message")) } else { String::new() };
    out.say(format!("paused until {}{beside}", rfc3339(until_ms).unwrap_or_default()))
}

/// Runs `resume`.
pub fn resume(place: &Place, out: &mut Out, _: &Resume) -> Result<(), Error> {
    let connection = super::archive_for_writing(place)?;
    let transaction = open::writing(&connection)?;
    let waiting = pause::resume(&transaction, out.now_ms)?;
    transaction.commit().map_err(crate::store::StoreError::from)?;
    out.say(format!("the pause is over; {} waited for it", counted(waiting, "message")))
}
