//! `marsad once`: one round of what is due, then a report. Failed feeds and waiting deliveries are in the report, not in
//! the exit code.

use super::{
    check::counted,
    configuration,
    error::Error,
    output::{Out, Progress, Style},
    place::Place,
    run,
};
use crate::{
    daemon::once::{Report, once},
    store::StoreError,
};
use serde_json::json;

/// From so many feeds on, progress is shown.
const MANY: usize = 10;

/// Poll what is due, deliver, index, report, exit
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad once                    what is due, for a timer or a cron job
  marsad once --all              every feed now
  marsad once --all --json       the report as one JSON object

Exits with 5 while `marsad run` holds the archive. Feeds that failed do not change the exit code.")]
pub struct Args {
    /// Poll every feed now, due or not
    #[arg(long)]
    all: bool,
    /// The report as one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let loaded = configuration::load_to_follow(place)?;
    let bar = Progress::stderr();
    let quiet = place.quiet;
    let mut progress = |report: &Report, feeds: usize| {
        if feeds >= MANY && !quiet {
            bar.show(&format!("polled {} of {feeds} feeds, {} new articles, {} indexed", report.polled, report.new, report.indexed));
        }
    };
    let done = run::runtime_of_one()?.block_on(once(loaded.config, run::world(place), args.all, &mut progress));
    bar.done();
    let report = done?;
    if args.json {
        out.json(&object(&report))?
    } else {
        tell(out, &report)?
    }
    if report.refused {
        return Err(StoreError::Commit("feeds that it refused stay due".into()).into());
    }
    Ok(())
}

fn object(report: &Report) -> serde_json::Value {
    let failed: Vec<_> = report.failed.iter().map(|(feed, reason)| json!({"feed": feed, "reason": reason})).collect();
    json!({
        "polled": report.polled, "unchanged": report.unchanged, "failed": failed, "new": report.new, "edited": report.edited,
        "alerts": report.alerts, "sent": report.delivered.sent, "retry": report.delivered.failed, "ended": report.delivered.ended,
        "waiting": report.waiting, "indexed": report.indexed,
    })
}

fn tell(out: &mut Out, report: &Report) -> Result<(), Error> {
    let (polled, new) = (counted(report.polled, "feed"), counted(report.new, "new article"));
    out.say(format!("{polled} polled: {new}, {} edited; {} unchanged, {} failed", report.edited, report.unchanged, report.failed.len()))?;
    for (feed, reason) in &report.failed {
        out.line(&[Style::Bad.part("  failed  "), Style::Bold.value(feed), Style::Plain.part(": "), Style::Plain.value(reason)])?;
    }
    let alerts = counted(report.alerts, "alert");
    let sent = counted(report.delivered.sent, "delivery");
    out.say(format!(
        "{alerts} raised; {sent} sent, {} failed, {} given up; {} waiting",
        report.delivered.failed, report.delivered.ended, report.waiting
    ))
}
