//! `marsad backtest`: what one rule, or any expression, would have alerted in the past. Archives nothing, alerts nobody.

mod tally;

use super::{
    configuration,
    error::Error,
    explain,
    output::{self, Out, Style, table::Table},
    place::Place,
    replay::{self, Replayed, Side},
    rules, search,
};
use crate::engine::{
    alert::json::rfc3339,
    rule::{Match, Ruleset, compile},
};
use serde_json::{Value, json};
use tally::{By, Example, Tally};

/// Run one rule over the archive: how often it would have alerted, where and when
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad backtest idlib --since 30d               a rule of the config
  marsad backtest idlib --since all --by day      day by day, over the whole archive
  marsad backtest --expr 'NEAR(8, @idlib, shelling | قصف) AND age<2d' --by lang
  marsad backtest idlib --config new.toml         the rule as a new config has it
  marsad backtest idlib --matches | jq .article   every article that it holds for

Articles are judged as the daemon judges them, by the text that the archive has now. A story alerts once for each rule, so
alerts are counted by story; an alert counts for the source, language and day of the first article of its story that matched.
What policy would have done with them (cooldowns, quiet hours, digests, mutes) is not replayed.
`--since` goes by when marsad first saw the article.")]
pub struct Args {
    /// A rule of the config
    #[arg(required_unless_present = "expr", conflicts_with = "expr")]
    rule: Option<String>,
    /// An expression instead, in the language of a rule's `when`
    #[arg(long, value_name = "EXPRESSION")]
    expr: Option<String>,
    /// Only articles first seen since: 30d, 12h, a date, an RFC 3339 time, or all
    #[arg(long, value_name = "TIME", default_value = "30d")]
    since: String,
    /// What the table counts by
    #[arg(long, value_enum, default_value_t = By::Source)]
    by: By,
    /// Show so many of the newest articles that match
    #[arg(long, default_value_t = 5, value_name = "N")]
    limit: usize,
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// Instead, one JSON object for each article that matches, oldest first: {article, rule, story, first_seen, evidence}
    #[arg(long, conflicts_with = "json")]
    matches: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let since_ms = replay::since_ms(&args.since, out.now_ms)?;
    let connection = super::archive(place)?;
    let config = configuration::load(place)?.config;
    let (name, rules) = match (&args.expr, &args.rule) {
        (Some(expr), _) => ("expression", search::ruleset(expr, Some(&config))?),
        (None, rule) => {
            let id = rule.as_deref().unwrap_or_default();
            (id, alone(&config, id)?)
        }
    };
    let side = Side::new(&rules, &config.feeds);
    let mut tally = Tally::new(args.by, args.limit);
    let replayed = replay::replay(place, &connection, &[side], since_ms, |article, found| {
        let matched = found.iter().flatten().next();
        if args.matches {
            return matched.map_or(Ok(()), |found| out.json(&line(name, article, found)));
        }
        tally.count(article, matched);
        Ok(())
    })?;
    if args.matches {
        if !place.quiet {
            output::note(place, &replayed.line());
        }
        return Ok(());
    }
    if args.json {
        return out.json(&object(args, since_ms, &replayed, &tally));
    }
    tell(out, args, &replayed, &tally)
}

/// One rule of the config, compiled by itself.
fn alone(config: &crate::config::Config, id: &str) -> Result<Ruleset, Error> {
    let position = rules::position(config, id, "`--expr` runs any expression")?;
    let spec = config.rules.specs().get(position).cloned().into_iter().collect::<Vec<_>>();
    compile(&spec, &config.lexicon).map_err(|_| Error::failed(format!("the rule `{id}` cannot be compiled by itself")))
}

fn line(rule: &str, article: &crate::store::listing::Article, found: &Match) -> Value {
    json!({
        "article": article.id, "rule": rule, "story": article.story, "first_seen": rfc3339(article.first_seen_ms),
        "evidence": found.evidence,
    })
}

fn object(args: &Args, since_ms: Option<i64>, replayed: &Replayed, tally: &Tally) -> Value {
    let group = |(key, group): (&str, &tally::Group)| json!({"key": key, "articles": group.articles, "matched": group.matched, "alerts": group.alerts});
    let example = |example: &Example| {
        json!({
            "id": example.id, "title": example.title, "url": example.url, "feed": example.feed, "story": example.story,
            "first_seen": rfc3339(example.first_seen_ms), "evidence": example.evidence,
        })
    };
    json!({
        "rule": args.rule, "expr": args.expr, "since": since_ms.and_then(rfc3339), "articles": replayed.articles,
        "edited": replayed.edited, "matched": tally.matched, "alerts": tally.alerts(), "by": args.by.name(),
        "groups": tally.groups().map(group).collect::<Vec<_>>(), "newest": tally.newest.iter().rev().map(example).collect::<Vec<_>>(),
        "seconds": replayed.seconds, "articles_per_second": replayed.rate(),
    })
}

fn tell(out: &mut Out, args: &Args, replayed: &Replayed, tally: &Tally) -> Result<(), Error> {
    let what = args.rule.as_ref().map_or(("the expression".to_owned(), ""), |rule| (rule.clone(), "rule "));
    let since = if args.since == "all" { String::new() } else { format!(" since {}", args.since) };
    let share = tally.matched as f64 * 100.0 / (replayed.articles.max(1) as f64);
    out.line(&[
        Style::Plain.part(what.1),
        Style::Bold.value(&what.0),
        Style::Plain.part(&format!(": {} of {} articles{since} match ({share:.1} %), ", tally.matched, replayed.articles)),
        Style::Good.part(&super::check::counted(tally.alerts(), "alert")),
    ])?;
    let rows = tally.shown();
    if !rows.is_empty() {
        out.say("")?;
        out.table(&groups(args.by, &rows))?;
    }
    if !tally.newest.is_empty() {
        out.say("")?;
        out.line(&[Style::Dim.part("the newest:")])?;
    }
    for example in tally.newest.iter().rev() {
        let at = format!("{:>6}  {}  ", example.id, out.ago(example.first_seen_ms));
        out.line(&[Style::Dim.part(&at), Style::Plain.value(&example.feed), Style::Plain.part("  "), Style::Bold.value(&example.title)])?;
        for piece in example.evidence.iter().take(2) {
            out.line(&explain::evidence_line(piece, 8))?;
        }
    }
    out.say("")?;
    let edited = match replayed.edited {
        0 => String::new(),
        edited => format!("; {edited} of them were edited since, and judged by their newest text"),
    };
    out.line(&[Style::Dim.part(&format!("{}{edited}", replayed.line()))])
}

fn groups(by: By, rows: &[(&str, &tally::Group)]) -> Table {
    let most = rows.iter().map(|(_, group)| group.alerts).max().unwrap_or(0);
    let mut table = Table::new(&[by.name(), ">articles", ">match", ">alerts", ""]);
    for (key, group) in rows {
        table.row(vec![
            Style::Plain.value(key),
            Style::Dim.part(&group.articles.to_string()),
            Style::Plain.part(&group.matched.to_string()),
            Style::Bold.part(&group.alerts.to_string()),
            Style::Good.part(&tally::bar(group.alerts, most)),
        ]);
    }
    table
}
