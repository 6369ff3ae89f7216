//! `marsad mute`: silence what an expression finds, for a while. Writes beside a running daemon, which sees it at its next poll.

use super::{
    check::counted,
    configuration,
    error::Error,
    output::{Out, Style, table::Table},
    place::Place,
    search,
};
use crate::{
    config::Config,
    engine::{
        alert::{json::rfc3339, mute::Mute},
        rule::{
            expr::{self, Form},
            syntax,
        },
    },
    store::mute::{self, Line, Origin},
};
use serde_json::json;

/// Silence what an expression finds, for a while; list what is silenced, lift it again
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad mute '@idlib \"world cup\"' --until 2026-12-20
  marsad mute football --for 3d --rule idlib --feed tag:sport
  marsad mute --list
  marsad mute --lift 4

What is muted matches and is archived as ever, and told to nobody: `marsad alerts audit` counts it, `marsad explain` shows the
match. A running daemon sees it at the next poll of a feed. What was raised before goes out. For good, use a rule's `none`.")]
pub struct Args {
    /// What to silence, in the language of a rule's `when`
    #[arg(required_unless_present_any = ["list", "lift"])]
    expr: Option<String>,
    /// Until: a date (its local beginning) or an RFC 3339 time
    #[arg(long, value_name = "TIME", conflicts_with = "for_")]
    until: Option<String>,
    /// For so long: 30m, 12h, 3d
    #[arg(long = "for", value_name = "TIME")]
    for_: Option<String>,
    /// Only matches of this rule; may be repeated
    #[arg(long = "rule", value_name = "ID")]
    rules: Vec<String>,
    /// Only articles of this feed, or tag:NAME; may be repeated
    #[arg(long = "feed", value_name = "FEED")]
    feeds: Vec<String>,
    /// List the mutes whose time is not over
    #[arg(long, conflicts_with_all = ["lift", "expr", "until", "for_", "rules", "feeds"])]
    list: bool,
    /// Lift the mute of this number, for all that it silences
    #[arg(long, value_name = "N", conflicts_with_all = ["expr", "until", "for_", "rules", "feeds"])]
    lift: Option<i64>,
    // Where an argument that conflicts with `list` is there, clap does not ask for `list`.
    /// With --list, one JSON object a line
    #[arg(long, requires = "list", conflicts_with_all = ["lift", "expr"])]
    json: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    if args.list {
        return list(out, &mute::lines(&super::archive(place)?, out.now_ms)?, args.json);
    }
    if let Some(row) = args.lift {
        let connection = super::archive_for_writing(place)?;
        if mute::lift(&connection, row, out.now_ms)? {
            return out.say(format!("mute {row} is lifted"));
        }
        return Err(Error::failed(format!("there is no mute {row} in force")).hinted("`marsad mute --list` numbers them"));
    }
    set(place, out, args)
}

fn set(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let expr = args.expr.clone().unwrap_or_default();
    let Some(until) = args.until.as_ref().or(args.for_.as_ref()) else {
        let hint = "say `--for 3d` or `--until 2026-12-20`; what is never wanted belongs into the rule's `none`".to_owned();
        return Err(Error::Usage { message: "a mute needs an end".into(), hint: Some(hint) });
    };
    let until_ms = super::until_ms(until, out.now_ms)?;
    let config = configuration::load(place)?.config;
    search::ruleset(&expr, Some(&config))?;
    for rule in &args.rules {
        super::rules::position(&config, rule, "a mute may name them")?;
    }
    let mut feeds = args.feeds.clone();
    feeds.extend(named(&expr));
    feeds.iter().try_for_each(|feed| is_known(&config, feed))?;
    let mute = Mute { row: 0, expr, rules: args.rules.clone(), feeds: args.feeds.clone(), until_ms };
    let row = mute::set(&super::archive_for_writing(place)?, &mute, Origin::Command, out.now_ms)?;
    out.say(format!("mute {row} holds until {}", rfc3339(until_ms).unwrap_or_default()))
}

/// The feeds and tags that an expression names whole.
fn named(expr: &str) -> Vec<String> {
    let mut names = Vec::new();
    let Ok((expr, _)) = syntax::parse(expr) else { return names };
    expr.each_group(&mut |place, group| {
        let whole = group.terms.iter().filter(|term| matches!(term.form, Form::Bare | Form::Exact)).map(|term| &term.text);
        match place {
            Some(expr::Place::Feed) => names.extend(whole.cloned()),
            Some(expr::Place::Tag) => names.extend(whole.map(|tag| format!("tag:{tag}"))),
            _ => {}
        }
    });
    names
}

/// Refuses a feed or `tag:NAME` that the config does not have.
fn is_known(config: &Config, feed: &str) -> Result<(), Error> {
    let known = match feed.strip_prefix("tag:") {
        Some(tag) => config.feeds.iter().any(|known| known.tags.iter().any(|t| t == tag)),
        None => config.feeds.iter().any(|known| known.id == feed),
    };
    if known {
        return Ok(());
    }
    Err(Error::failed(format!("the config has no feed `{feed}`")).hinted("`marsad feeds` lists them; a tag is `tag:NAME`"))
}

fn list(out: &mut Out, lines: &[Line], as_json: bool) -> Result<(), Error> {
    if as_json {
        return lines.iter().try_for_each(|line| {
            out.json(&json!({
                "id": line.mute.row, "when": line.mute.expr, "rules": line.mute.rules, "feeds": line.mute.feeds, "origin": line.origin,
                "since": rfc3339(line.since_ms), "until": rfc3339(line.mute.until_ms), "lifted": line.lifted_ms.and_then(rfc3339),
                "silenced": line.silenced,
            }))
        });
    }
    let mut table = Table::new(&[">id", "until", "from", "silenced", "scope", "when"]);
    for line in lines {
        let until = if line.lifted_ms.is_some() { "lifted".to_owned() } else { out.ago(line.mute.until_ms) };
        let scope: Vec<&str> = line.mute.rules.iter().chain(&line.mute.feeds).map(String::as_str).collect();
        table.row(vec![
            Style::Dim.part(&line.mute.row.to_string()),
            Style::Plain.part(&until),
            Style::Plain.part(&line.origin),
            Style::Plain.part(&counted(usize::try_from(line.silenced).unwrap_or(0), "message")),
            Style::Plain.value(if scope.is_empty() { "all".to_owned() } else { scope.join(" ") }),
            Style::Bold.value(&line.mute.expr),
        ]);
    }
    if table.is_empty() { out.say("nothing is muted") } else { out.table(&table) }
}
