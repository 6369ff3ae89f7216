//! `marsad status`: whether it runs, and the archive in numbers.

mod sight;

use super::{
    check::counted,
    configuration,
    error::Error,
    output::{Out, Style, time},
    place::Place,
};
use crate::{
    engine::{
        alert::json::rfc3339,
        lang::forms::{Forms, Source},
    },
    store::{
        backups,
        dead::{self, DeadLetter},
        lock,
        overview::{self, Totals},
        pause,
    },
};
use serde_json::{Value, json};
use sight::Sight;
use std::sync::Arc;

/// How many dead letters are listed.
const LISTED: usize = 5;

/// Whether marsad runs, and the archive in numbers
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad status
  marsad status --json | jq .deliveries

Each rule says how many of its feeds are seen: \"no match\" is one thing, \"not looking\" another. A gap is a time whose entries
may have scrolled out of a feed unseen, in the last day; trouble is what is told under the rule `health`. While `marsad pause`
holds every message, it says until when (`paused_until` in JSON, else null).
`alerts` counts those since midnight here. Dead letters are deliveries that were given up; `marsad alerts --dead` lists them.")]
pub struct Args {
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let connection = super::archive(place)?;
    let totals = overview::totals(&connection, out.now_ms, time::midnight_ms(out.now_ms))?;
    let letters = dead::letters(&connection, None, LISTED)?;
    let pid = lock::holder(&place.archive);
    let bytes = backups::size(&place.archive);
    let forms = configuration::forms(place);
    let sight = Sight::look(place, &connection, out.now_ms)?;
    let paused_ms = pause::until_ms(&connection, out.now_ms)?;
    if args.json {
        let mut object = object(place, pid.as_deref(), bytes, &totals, &letters);
        for (key, value) in sight.object() {
            object[key] = value;
        }
        object["backup"] = backups::list(&place.archive, out.now_ms)?.first().and_then(|newest| rfc3339(newest.at_ms)).into();
        object["paused_until"] = paused_ms.and_then(rfc3339).into();
        object["forms"] = forms.map_or(Value::Null, |forms| listed(&forms));
        return out.json(&object);
    }
    tell(place, out, pid.as_deref(), bytes, &totals)?;
    let kept = backups::list(&place.archive, out.now_ms)?;
    if let Some(newest) = kept.first() {
        row(out, "backups", Style::Plain, &format!("{}, the newest {}", kept.len(), out.ago(newest.at_ms)))?;
    }
    if let Some(until) = paused_ms.and_then(rfc3339) {
        row(out, "paused", Style::Warn, &format!("until {until}: every message waits; `marsad resume` ends it"))?;
    }
    tell_forms(place, out, forms)?;
    sight.tell(out)?;
    tell_letters(out, &totals, &letters)
}

/// The form list beside the archive, by language: how many forms, and the digest of the dictionary.
fn listed(forms: &Forms) -> Value {
    let one = |list: &Source| (list.language.grammar().tag.to_owned(), json!({"forms": list.pairs, "dictionary": list.digest}));
    Value::Object(forms.sources().iter().map(one).collect())
}

fn tell_forms(place: &Place, out: &mut Out, forms: Result<Arc<Forms>, Error>) -> Result<(), Error> {
    let (style, text) = match forms {
        Ok(forms) if forms.sources().is_empty() => {
            (Style::Plain, "the short lists that ship; `marsad forms build` makes a full one".to_owned())
        }
        Ok(forms) => {
            let tags: Vec<&str> = forms.sources().iter().map(|list| list.language.grammar().tag).collect();
            (Style::Plain, format!("{} ({})", place.forms.display(), tags.join(" ")))
        }
        Err(error) => (Style::Bad, format!("{error}; `marsad forms build` makes it anew")),
    };
    row(out, "forms", style, &text)
}

fn row(out: &mut Out, name: &str, style: Style, text: &str) -> Result<(), Error> {
    out.line(&[Style::Dim.part(&format!("{name:<11}")), style.part(text)])
}

fn given_up(totals: &Totals) -> i64 {
    ["dead", "expired"].iter().filter_map(|state| totals.deliveries.get(*state)).sum()
}

fn object(place: &Place, pid: Option<&str>, bytes: u64, totals: &Totals, letters: &[DeadLetter]) -> Value {
    let letter = |letter: &DeadLetter| {
        json!({
            "alert": letter.alert, "title": letter.title, "sink": letter.sink, "state": letter.state, "attempts": letter.attempts,
            "error": letter.error, "settled": letter.settled_ms.and_then(rfc3339),
        })
    };
    json!({
        // A number, or null; a process that is just starting has not written its number yet.
        "running": pid.map(|pid| pid.parse::<u32>().map_or(Value::Bool(true), Value::from)),
        "archive": place.archive.display().to_string(), "bytes": bytes, "schema": totals.schema,
        "feeds": {"total": totals.feeds, "failing": totals.failing, "due": totals.due},
        "articles": totals.articles, "unindexed": totals.unindexed, "alerts_today": totals.alerts, "deliveries": totals.deliveries,
        "dead_letters": {"total": given_up(totals), "newest": letters.iter().map(letter).collect::<Vec<_>>()},
        "last_poll": totals.last_poll_ms.and_then(rfc3339),
    })
}

fn tell(place: &Place, out: &mut Out, pid: Option<&str>, bytes: u64, totals: &Totals) -> Result<(), Error> {
    match pid {
        Some(pid) => row(out, "running", Style::Good, &format!("yes, process {pid}"))?,
        None => row(out, "running", Style::Warn, "no; `marsad run` starts it")?,
    }
    let megabytes = bytes as f64 / 1e6;
    row(out, "archive", Style::Plain, &format!("{} ({megabytes:.1} MB, schema {})", place.archive.display(), totals.schema))?;
    let last = totals.last_poll_ms.map_or_else(|| "never polled".into(), |at| format!("last polled {}", out.ago(at)));
    let style = if totals.failing > 0 { Style::Warn } else { Style::Plain };
    row(out, "feeds", style, &format!("{}, {} failing, {} due; {last}", totals.feeds, totals.failing, totals.due))?;
    let waiting = if totals.unindexed > 0 { format!(", {} not in the index yet", totals.unindexed) } else { String::new() };
    row(out, "articles", Style::Plain, &format!("{}{waiting}", totals.articles))?;
    row(out, "alerts", Style::Plain, &format!("{} today", totals.alerts))?;
    let deliveries: Vec<String> = totals.deliveries.iter().map(|(state, count)| format!("{count} {state}")).collect();
    row(out, "deliveries", Style::Plain, &if deliveries.is_empty() { "none".into() } else { deliveries.join(", ") })
}

/// The newest deliveries that were given up.
fn tell_letters(out: &mut Out, totals: &Totals, letters: &[DeadLetter]) -> Result<(), Error> {
    if letters.is_empty() {
        return Ok(());
    }
    let count = usize::try_from(given_up(totals)).unwrap_or(usize::MAX);
    row(out, "given up", Style::Bad, &counted(count, "delivery"))?;
    for letter in letters {
        let reason = letter.error.as_deref().unwrap_or("no reason was kept");
        let start = format!(
            "  alert {} at {} ({} after {}): ",
            letter.alert,
            letter.sink,
            letter.state,
            counted(usize::try_from(letter.attempts).unwrap_or(0), "try")
        );
        out.line(&[Style::Plain.part(&start), Style::Plain.value(reason), Style::Dim.part("  "), Style::Dim.value(&letter.title)])?;
    }
    Ok(())
}
