//! `marsad alerts audit`: whether as much went out as came in, and where it went. An answer that does not balance is a failure.

use super::super::{
    check::counted,
    error::Error,
    output::{Out, Style},
    place::Place,
};
use crate::{
    engine::alert::json::rfc3339,
    store::audit::{self, Account},
};
use serde_json::json;

/// Account for every match: each went to each sink of its rule in exactly one way
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad alerts audit
  marsad alerts audit --since 7d --json | jq .went

In: one for each match and sink of its rule. Out: delivered; pending or leased (on its way); held (quiet hours, a pause, a
cooldown, or until its digest); grouped (an alert of its group tells it); copy (of an article that was told); muted; in digest (or
in the summary of an import); expired; dead.
Exit code 1 when it does not balance: something is lost, doubled, or told without a reason.
With --json: {since, until, balances, matches, waiting, orphaned, routed, went, followed, faults, named}.")]
pub struct Args {
    /// Only matches seen since: 7d, 12h, 30m, a date or an RFC 3339 time
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only matches seen before
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let connection = super::super::archive(place)?;
    let since_ms = super::super::since_ms(args.since.as_deref(), out.now_ms)?;
    let until_ms = super::super::since_ms(args.until.as_deref(), out.now_ms)?;
    let account = audit::account(&connection, since_ms.unwrap_or(i64::MIN), until_ms.unwrap_or(i64::MAX))?;
    if args.json {
        let mut object = serde_json::to_value(&account).unwrap_or_default();
        object["since"] = json!(since_ms.and_then(rfc3339));
        object["until"] = json!(until_ms.and_then(rfc3339));
        object["balances"] = account.balances().into();
        out.json(&object)?;
    } else {
        tell(out, &account)?;
    }
    if account.balances() { Ok(()) } else { Err(Error::Answered) }
}

fn tell(out: &mut Out, account: &Account) -> Result<(), Error> {
    let count = |n: i64, noun: &str| counted(usize::try_from(n).unwrap_or(0), noun);
    let row =
        |out: &mut Out, number: i64, style: Style, what: &str| out.line(&[Style::Plain.part(&format!("{number:>9}  ")), style.part(what)]);
    out.line(&[Style::Bold.part("in"), Style::Dim.part(&format!("  {}", count(account.matches, "match")))])?;
    row(out, account.routed, Style::Plain, "for a sink")?;
    out.line(&[Style::Bold.part("out")])?;
    for (way, number) in &account.went {
        let style = if way == "dead" || way == "expired" { Style::Bad } else { Style::Plain };
        row(out, *number, style, way)?;
    }
    if account.waiting > 0 {
        out.say(format!("beside these, {} of an import wait for the summary", count(account.waiting, "match")))?;
    }
    if account.orphaned > 0 {
        out.say(format!("beside these, {} of an import lost their rule before the summary", count(account.orphaned, "match")))?;
    }
    if account.followed > 0 {
        out.say(format!("beside these, {} on what was told before", count(account.followed, "message")))?;
    }
    for fault in &account.named {
        let article = fault.article.map_or_else(String::new, |article| format!("article {article}, "));
        let place = format!("{article}rule {}, sink {}", fault.rule, fault.sink);
        out.line(&[Style::Bad.part("fault: "), Style::Plain.value(&place), Style::Plain.part(&format!(" {}", fault.what))])?;
    }
    let went: i64 = account.went.values().sum();
    let balance = if account.balances() { Style::Good.part("it balances") } else { Style::Bad.part("it does not balance") };
    out.line(&[balance, Style::Dim.part(&format!(": {} in, {went} out, {}", account.routed, count(account.faults, "fault")))])
}
