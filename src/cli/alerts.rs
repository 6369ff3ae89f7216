//! `marsad alerts`: what was raised, and whether it reached anyone; the accounts of it.

mod audit;
mod mark;
mod show;

use super::{
    error::Error,
    output::{Out, Style, table::Table},
    place::Place,
};
use crate::{
    engine::{alert::json::json, alert::plain::severity_word, health::span, rule::Severity},
    store::{
        listing::{self, AlertFilter, AlertLine},
        mark::Mark,
    },
};
use serde_json::Value;

/// List alerts, the newest first; account for them
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  marsad alerts --since 1d
  marsad alerts --rule idlib --limit 5
  marsad alerts show 7               one of them whole
  marsad alerts --dead               what could not be delivered, and why
  marsad alerts --rule health    what was wrong with feeds, rules and marsad itself
  marsad alerts --json | jq -r 'select(.state == \"dead\") | .title'

States: pending (a delivery is still to come), held (quiet hours, a pause, a cooldown, or until its digest), sent (in a digest too), dead (a sink refused it for good), expired. The worst of its deliveries counts.
Rule `health` is what marsad tells of itself: a feed that fails, a config that was refused.
Late is how long, at most, the feed had offered the article when the alert was raised. It was published at published, by its
publisher's word; offered for the first time after offered_after, when the feed was last read without it; fetched at first_seen;
alerted at alerted.
With --json: {id, kind, rule, severity, story, title, lines, url, feed, published, offered_after, first_seen, alerted, state, evidence, figures, news, deliveries}."
)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// Only alerts of this rule
    #[arg(long, value_name = "ID")]
    rule: Option<String>,
    /// Only alerts raised since: 7d, 12h, 30m, a date or an RFC 3339 time
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: usize,
    /// Deliveries that were given up, with the reason, instead of alerts
    #[arg(long, conflicts_with_all = ["rule", "since"])]
    dead: bool,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// What else to do with alerts.
#[derive(Debug, clap::Subcommand)]
enum Action {
    Show(show::Args),
    Audit(audit::Args),
    /// Acknowledge alerts: they will not become more urgent by themselves
    Ack(mark::Args),
    /// Mark alerts as noise: they should not have been raised
    Noise(mark::Args),
    /// Mark alerts as useful: they were rightly raised
    Useful(mark::Args),
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    match &args.action {
        Some(Action::Show(args)) => show::run(place, out, args),
        Some(Action::Audit(args)) => audit::run(place, out, args),
        Some(Action::Ack(args)) => mark::run(place, out, args, Mark::Acknowledged),
        Some(Action::Noise(args)) => mark::run(place, out, args, Mark::Noise),
        Some(Action::Useful(args)) => mark::run(place, out, args, Mark::Useful),
        None => list(place, out, args),
    }
}

fn list(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let connection = super::archive(place)?;
    if args.dead {
        return super::sinks::dead::list(&connection, out, args.limit, args.json);
    }
    let filter = AlertFilter { rule: args.rule.clone(), since_ms: super::since_ms(args.since.as_deref(), out.now_ms)? };
    if let Some(rule) = &args.rule
        && !listing::knows_rule(&connection, rule)?
    {
        return Err(
            Error::failed(format!("the archive knows no rule `{rule}`")).hinted("`marsad alerts --json` names the rule of each alert")
        );
    }
    let lines = listing::alerts(&connection, &filter, args.limit)?;
    if args.json {
        return lines.iter().try_for_each(|line| out.json(&object(line)));
    }
    tell(out, &lines, args.limit)
}

/// An alert with its deliveries, in the shape that scripts rely on.
pub fn object(line: &AlertLine) -> Value {
    let mut object = json(&line.alert, line.state());
    object["deliveries"] = serde_json::to_value(&line.deliveries).unwrap_or_default();
    object
}

fn tell(out: &mut Out, lines: &[AlertLine], limit: usize) -> Result<(), Error> {
    let mut table = Table::new(&[">id", "alerted", ">late", "rule", "severity", "state", "feed", "title"]);
    for line in lines {
        let alert = &line.alert;
        table.row(vec![
            Style::Dim.part(&alert.id.to_string()),
            Style::Plain.part(&out.ago(alert.alerted_ms)),
            // At most so long, so a minute begun counts.
            Style::Dim.part(&alert.late_ms().map(|ms| span(ms + 59_999)).unwrap_or_default()),
            Style::Bold.value(&alert.rule),
            severity_style(alert.severity).part(severity_word(alert.severity)),
            state_style(line.state()).part(line.state()),
            Style::Plain.value(&alert.feed),
            Style::Plain.value(&alert.title),
        ]);
    }
    if table.is_empty() {
        return out.say("no alerts");
    }
    out.table(&table)?;
    more(out, lines.len(), limit)
}

/// Says on a terminal that a listing was cut.
pub fn more(out: &mut Out, shown: usize, limit: usize) -> Result<(), Error> {
    if out.look.terminal && shown == limit {
        out.line(&[Style::Dim.part(&format!("the newest {limit}; `--limit` shows more"))])?;
    }
    Ok(())
}

fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Low => Style::Dim,
        Severity::Normal => Style::Plain,
        Severity::High => Style::Warn,
        Severity::Critical => Style::Bad,
    }
}

fn state_style(state: &str) -> Style {
    match state {
        "sent" => Style::Good,
        "pending" | "held" => Style::Warn,
        _ => Style::Bad,
    }
}
