//! What `status` says of what is seen and what is not: conditions that hold, gaps of the last day, and each rule's feeds.

use super::{super::check::counted, Out, Style, row};
use crate::{
    cli::{configuration, error::Error, place::Place},
    config::Config,
    engine::{
        alert::json::rfc3339,
        feed::{self, Feed},
        health::{
            About, Kind,
            coverage::{Coverage, by_feed},
            judge::FeedFacts,
        },
        rule::{FeedScope, RuleSpec},
    },
    store::{
        facts,
        gap::{self, Kept},
        health::{self, Standing},
    },
};
use rusqlite::Connection;
use serde_json::{Value, json};

/// How many conditions and rules are listed.
const LISTED: usize = 12;
/// How far back gaps are told, in milliseconds.
const DAY_MS: i64 = 24 * 3_600_000;

/// What is seen.
pub struct Sight {
    open: Vec<Standing>,
    gaps: Vec<Kept>,
    /// By rule; none where the config cannot be read.
    rules: Option<Vec<(String, Coverage)>>,
}

impl Sight {
    /// Looks into the archive, and into the config where it can be read.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn look(place: &Place, connection: &Connection, now_ms: i64) -> Result<Sight, Error> {
        let (open, gaps) = (health::open(connection)?, gap::since(connection, now_ms - DAY_MS)?);
        let facts = facts::feeds(connection)?;
        let config = configuration::load_silently(place).ok().map(|loaded| loaded.config);
        let rules = config.map(|config| by_rule(&config, &facts, &open, &gaps));
        Ok(Sight { open, gaps, rules })
    }

    /// As parts of the JSON object.
    pub fn object(&self) -> [(&'static str, Value); 3] {
        let open = self.open.iter().map(|c| {
            json!({"about": c.about.to_string(), "kind": c.kind.word(), "since": rfc3339(c.since_ms), "title": c.title, "alert": c.alert})
        });
        let gaps = self.gaps.iter().map(|Kept { feed, gap, filled_ms }| {
            json!({"feed": feed, "from": rfc3339(gap.from_ms), "to": rfc3339(gap.to_ms), "filled": filled_ms.and_then(rfc3339)})
        });
        let rules = self.rules.as_ref().map(|rules| {
            let one = |(id, seen): &(String, Coverage)| {
                let mut object = json!(seen);
                object["id"] = json!(id);
                object
            };
            rules.iter().map(one).collect::<Vec<_>>()
        });
        [("conditions", open.collect()), ("gaps", gaps.collect()), ("rules", json!(rules))]
    }

    /// In lines.
    ///
    /// # Errors
    /// When they cannot be printed.
    pub fn tell(&self, out: &mut Out) -> Result<(), Error> {
        for condition in self.open.iter().take(LISTED) {
            let since = format!("since {}: ", out.ago(condition.since_ms));
            out.line(&[Style::Dim.part(&format!("{:<11}", "trouble")), Style::Bad.part(&since), Style::Plain.value(&condition.title)])?;
        }
        if self.open.len() > LISTED {
            row(out, "trouble", Style::Bad, &format!("and {} more; `marsad status --json` lists all", self.open.len() - LISTED))?;
        }
        for Kept { feed, gap, filled_ms } in self.gaps.iter().take(LISTED) {
            let (style, what) = if filled_ms.is_some() { (Style::Plain, "filled") } else { (Style::Warn, "items may be missing") };
            let between = format!("{what} between {} and {}: ", out.ago(gap.from_ms), out.ago(gap.to_ms));
            out.line(&[Style::Dim.part(&format!("{:<11}", "gap")), style.part(&between), Style::Plain.value(feed)])?;
        }
        for (id, seen) in self.rules.iter().flatten().take(LISTED) {
            let style = if seen.seen < seen.feeds { Style::Warn } else { Style::Plain };
            let said = [Style::Dim.part(&format!("{:<11}", "rule")), Style::Bold.value(id), style.part(&format!(": {}", sees(seen)))];
            out.line(&said)?;
        }
        Ok(())
    }
}

fn by_rule(config: &Config, facts: &[FeedFacts], open: &[Standing], gaps: &[Kept]) -> Vec<(String, Coverage)> {
    let open: Vec<(About, Kind)> = open.iter().map(|standing| (standing.about.clone(), standing.kind)).collect();
    let gaps: Vec<String> = gaps.iter().filter(|kept| kept.filled_ms.is_none()).map(|kept| kept.feed.clone()).collect();
    let configured = feed::by_id(&config.feeds);
    let feeds = by_feed(facts, &open, &gaps).into_iter();
    let feeds: Vec<_> = feeds.filter_map(|(id, one)| Some((*configured.get(id)?, one))).collect();
    let watches = |spec: &RuleSpec, feed: &Feed| FeedScope::hold(&spec.feeds, &feed.id, &feed.tags);
    let watched = |spec: &RuleSpec| feeds.iter().filter(|(feed, _)| watches(spec, feed)).map(|(_, one)| *one).sum();
    config.rules.specs().iter().map(|spec| (spec.id.clone(), watched(spec))).collect()
}

fn sees(coverage: &Coverage) -> String {
    let mut said = format!("{} of {} seen", coverage.seen, counted(coverage.feeds, "feed"));
    let parts =
        [(coverage.failing, "failing"), (coverage.silent, "silent"), (coverage.unpolled, "never polled"), (coverage.gaps, "with gaps")];
    for (count, what) in parts.into_iter().filter(|(count, _)| *count > 0) {
        said += &format!(", {count} {what}");
    }
    said
}
