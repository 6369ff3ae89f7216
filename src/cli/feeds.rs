//! `marsad feeds`: every feed of the config and the archive, and how it fares.

mod repairs;

use super::{
    configuration,
    error::Error,
    output::{Out, Style, table::Table},
    place::Place,
};
use crate::{
    engine::{
        alert::json::rfc3339,
        feed::{self, Feed},
        health::span,
    },
    store::overview::{self, FeedLine},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeSet, HashSet},
    time::Duration,
};

/// List the feeds and how they fare
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad feeds
  marsad feeds --failing         those whose last poll failed, with the reason
  marsad feeds --repaired        those whose last document had to be repaired, and what each repair means
  marsad feeds --moved           those that a permanent redirect moved; `marsad feed stay NAME` sends one back
  marsad feeds --json            {id, url, moved_from, moved, title, tags, state, last_poll, last_ok, last_new, next_poll, failures, error,
                                 articles, defects, delay_s, gaps, filled, frozen, every_s}

States: ok, new (never polled), failing, gone (its server says so), retired (no longer in the config; its articles stay).
defects counts what had to be repaired or left out in the last document, by kind. delay is from publication, by the publisher's
word, to when marsad saw it: the median, and in JSON the p90 too. gaps counts times whose entries may have scrolled out unseen,
filled those that the feed's older pages made up for.
frozen is since when its server says \"unchanged\" of what has changed; the feed is asked without conditions too as long as it does.
every_s is how many seconds a feed's last document wants between two polls. It is heeded, for a day at most, unless you give the feed an
interval; the remark says so where that is longer than your `[poll] interval`.")]
pub struct Args {
    /// Only feeds whose last poll failed
    #[arg(long)]
    failing: bool,
    /// Only feeds whose last document had to be repaired, and what the repairs mean
    #[arg(long)]
    repaired: bool,
    /// Only feeds that a permanent redirect moved: polled at another address than the config names
    #[arg(long)]
    moved: bool,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let config = configuration::load(place)?.config;
    let known = if place.archive.exists() { overview::feeds(&super::archive(place)?)? } else { Vec::new() };
    let configured = feed::by_id(&config.feeds);
    let seen: HashSet<String> = known.iter().map(|line| line.id.clone()).collect();
    let known = known.into_iter().map(|line| {
        let feed = configured.get(line.id.as_str()).copied();
        (line, feed)
    });
    // What the config names and no daemon has seen yet.
    let unseen = config.feeds.iter().filter(|feed| !seen.contains(&feed.id)).map(|feed| (unseen(feed), Some(feed)));
    let mut lines: Vec<Line<'_>> = known.chain(unseen).collect();
    lines.retain(|(line, _)| {
        (!args.failing || line.failures > 0) && (!args.repaired || !line.defects.is_empty()) && (!args.moved || line.moved_from.is_some())
    });
    if args.json {
        return lines.iter().try_for_each(|(line, feed)| out.json(&object(line, tags(*feed))));
    }
    tell(out, &lines, config.poll.interval)?;
    if args.repaired { explain(out, &lines) } else { Ok(()) }
}

/// A feed as the archive knows it, and as the config names it.
type Line<'c> = (FeedLine, Option<&'c Feed>);

fn tags(feed: Option<&Feed>) -> &[String] {
    feed.map_or(&[], |feed| &feed.tags)
}

/// What each kind of defect in the lines means, once.
fn explain(out: &mut Out, lines: &[Line<'_>]) -> Result<(), Error> {
    let kinds: BTreeSet<&str> = lines.iter().flat_map(|(line, _)| line.defects.keys().map(String::as_str)).collect();
    for kind in kinds {
        out.line(&[Style::Warn.value(kind), Style::Plain.part(": "), Style::Plain.part(repairs::meaning(kind))])?;
    }
    Ok(())
}

fn unseen(feed: &Feed) -> FeedLine {
    FeedLine {
        id: feed.id.clone(),
        url: feed.url.clone(),
        moved_from: None,
        moved_ms: None,
        title: None,
        last_poll_ms: None,
        last_ok_ms: None,
        last_new_ms: None,
        next_poll_ms: None,
        failures: 0,
        error: None,
        articles: 0,
        defects: Default::default(),
        lateness: Default::default(),
        gaps: 0,
        filled: 0,
        frozen_ms: None,
        every_s: None,
        retired: false,
    }
}

/// Where a feed went that a permanent redirect moved.
fn moved(out: &Out, line: &FeedLine) -> String {
    match (&line.moved_from, line.moved_ms) {
        (Some(_), Some(at)) => format!("moved to {} {}", line.url, out.ago(at)),
        (Some(_), None) => format!("moved to {}", line.url),
        _ => String::new(),
    }
}

fn object(line: &FeedLine, tags: &[String]) -> Value {
    let time = |at: Option<i64>| at.and_then(rfc3339);
    json!({
        "id": line.id, "url": line.url, "moved_from": line.moved_from, "moved": time(line.moved_ms), "title": line.title, "tags": tags,
        "state": line.state(), "last_poll": time(line.last_poll_ms),
        "last_ok": time(line.last_ok_ms), "last_new": time(line.last_new_ms), "next_poll": time(line.next_poll_ms),
        "failures": line.failures, "error": line.error, "articles": line.articles, "defects": line.defects,
        "delay_s": {"median": delay_s(line, 0.5), "p90": delay_s(line, 0.9)}, "gaps": line.gaps, "filled": line.filled,
        "frozen": time(line.frozen_ms), "every_s": line.every_s,
    })
}

/// How long after publication its entries are first seen, in seconds; known to a factor of two.
fn delay_s(line: &FeedLine, q: f32) -> Option<i64> {
    line.lateness.quantile_ms(q).map(|ms| ms / 1000)
}

/// That its document wants to be asked less often than the config says.
fn slower(line: &FeedLine, feed: Option<&Feed>, interval: Duration) -> String {
    let asked = feed.is_some_and(|feed| feed.interval.is_none());
    line.every_s
        .filter(|every_s| asked && *every_s > interval.as_secs() as i64)
        .map_or_else(String::new, |every_s| format!("its document wants {} between two polls", span(every_s.min(86_400) * 1000)))
}

fn tell(out: &mut Out, lines: &[Line<'_>], interval: Duration) -> Result<(), Error> {
    let mut table = Table::new(&["feed", "state", ">articles", "polled", "news", ">delay", "tags", "remark"]);
    for (line, feed) in lines {
        let style = match line.state() {
            "ok" => Style::Good,
            "failing" | "gone" => Style::Bad,
            "new" => Style::Plain,
            _ => Style::Dim,
        };
        let ago = |at: Option<i64>| at.map_or_else(|| "never".into(), |at| out.ago(at));
        let counted = |count: i64, what: &str| if count > 0 { format!("{what}: {count}") } else { String::new() };
        let gaps = [counted(line.gaps, "gaps"), counted(line.filled, "gaps filled")];
        let frozen = line.frozen_ms.map_or_else(String::new, |at| format!("says \"unchanged\" of what has changed, since {}", out.ago(at)));
        let remark: Vec<String> = line
            .error
            .iter()
            .cloned()
            .chain([moved(out, line), repairs::told(&line.defects), frozen, slower(line, *feed, interval)])
            .chain(gaps)
            .filter(|part| !part.is_empty())
            .collect();
        table.row(vec![
            Style::Bold.value(&line.id),
            style.part(line.state()),
            Style::Plain.part(&line.articles.to_string()),
            Style::Plain.part(&ago(line.last_poll_ms)),
            Style::Plain.part(&ago(line.last_new_ms)),
            Style::Plain.part(&line.lateness.quantile_ms(0.5).map(span).unwrap_or_default()),
            Style::Dim.value(tags(*feed).join(" ")),
            Style::Plain.value(remark.join("; ")),
        ]);
    }
    if table.is_empty() { out.say("no feeds") } else { out.table(&table) }
}
