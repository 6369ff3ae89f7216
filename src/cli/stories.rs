//! `marsad stories`: what the archive holds to be one story, listed, or one of them article by article.

mod compare;

use super::{
    alerts::more,
    check::counted,
    configuration,
    error::Error,
    output::{Out, Style, table::Table},
    place::Place,
};
use crate::{
    engine::{alert::json::rfc3339, story::growth::Growth},
    store::{
        stories::{self, Member, StoryLine},
        story::growth,
    },
};
use rusqlite::Connection;
use serde_json::{Value, json};

/// List stories, the one that grew last first, or show one article by article
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  marsad stories --since 1d
  marsad stories 42                    its articles in the order in which they were seen; copies name their original
  marsad stories --json | jq -r 'select(.independent_sources >= 3) | .title'
  marsad stories compare pairs.jsonl   what pairs of your own would be to each other

A copy is another article's text: mirrored, under another headline, edited or cut short. Sources are publishers; an independent
one has a text of its own.
With --json: {id, title, first_seen, last_seen, articles, sources, independent_sources, languages, official, figures, alerts};
one story has its members too: {article, feed, source, title, url, language, published, first_seen, edited, copy_of}."
)]
pub struct Args {
    /// Number of one story
    id: Option<i64>,
    /// Only stories that grew since: 7d, 12h, 30m, a date or an RFC 3339 time
    #[arg(long, value_name = "TIME", conflicts_with = "id")]
    since: Option<String>,
    /// Stories of a single article too
    #[arg(long, conflicts_with = "id")]
    all: bool,
    /// At most so many
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: usize,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Compare(compare::Args),
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    if let Some(Command::Compare(args)) = &args.command {
        return compare::run(place, out, args);
    }
    let connection = super::archive(place)?;
    let official = official(place);
    if let Some(id) = args.id {
        return one(out, &connection, id, &official, args.json);
    }
    let since_ms = super::since_ms(args.since.as_deref(), out.now_ms)?;
    let lines = stories::stories(&connection, since_ms, if args.all { 1 } else { 2 }, args.limit)?;
    let mut table = Table::new(&[">id", "first seen", ">articles", ">sources", ">own texts", "languages", "title"]);
    for line in &lines {
        let growth = growth(&connection, line.id, &official)?;
        if args.json {
            out.json(&object(&connection, line, &growth)?)?;
            continue;
        }
        table.row(vec![
            Style::Dim.part(&line.id.to_string()),
            Style::Plain.part(&out.ago(growth.first_seen_ms)),
            Style::Plain.part(&growth.members.to_string()),
            Style::Plain.part(&growth.sources.to_string()),
            Style::Plain.part(&growth.independent_sources.to_string()),
            Style::Plain.value(growth.languages.join(" ")),
            Style::Plain.value(&line.title),
        ]);
    }
    match (args.json, table.is_empty()) {
        (true, _) => Ok(()),
        (false, true) => out.say("no stories of several articles"),
        (false, false) => {
            out.table(&table)?;
            more(out, lines.len(), args.limit)
        }
    }
}

/// Ids of the feeds that speak for an authority. Without a config that can be read there are none.
fn official(place: &Place) -> Vec<String> {
    let Ok(loaded) = configuration::load(place) else { return Vec::new() };
    loaded.config.feeds.iter().filter(|feed| feed.is_official()).map(|feed| feed.id.clone()).collect()
}

fn one(out: &mut Out, connection: &Connection, id: i64, official: &[String], as_json: bool) -> Result<(), Error> {
    let Some(story) = stories::resolve(connection, id)? else {
        return Err(Error::failed(format!("there is no story {id}")).hinted("`marsad stories --all` lists them"));
    };
    let members = stories::members(connection, story)?;
    let (Some(first), Some(last)) = (members.first(), members.last()) else {
        return Err(Error::failed(format!("the articles of story {id} were pruned")).hinted("what was alerted is kept: `marsad alerts`"));
    };
    let growth = growth(connection, story, official)?;
    let line = StoryLine { id: story, title: first.title.clone(), last_seen_ms: last.first_seen_ms };
    if as_json {
        let mut object = object(connection, &line, &growth)?;
        object["members"] = members.iter().map(member).collect();
        return out.json(&object);
    }
    out.line(&[Style::Bold.value(&line.title)])?;
    let merged = if story == id { String::new() } else { format!(" (story {id} is part of it)") };
    out.say(format!(
        "story {story}{merged}: {}, {}, {} with a text of their own; {}",
        counted(growth.members, "article"),
        counted(growth.sources, "source"),
        growth.independent_sources,
        growth.languages.join(" ")
    ))?;
    for (alert, rule) in stories::alerts(connection, story)? {
        out.line(&[Style::Plain.part(&format!("alert {alert} of ")), Style::Bold.value(&rule)])?;
    }
    let mut table = Table::new(&[">article", "seen", "source", "language", "copy of", "title"]);
    for member in &members {
        let copy = member.copy_of.map_or_else(String::new, |article| article.to_string());
        table.row(vec![
            Style::Dim.part(&member.article.to_string()),
            Style::Plain.part(&out.ago(member.first_seen_ms)),
            Style::Plain.value(&member.source),
            Style::Plain.value(member.language.as_deref().unwrap_or("")),
            Style::Dim.part(&copy),
            Style::Plain.value(&member.title),
        ]);
    }
    out.table(&table)
}

/// A story in the shape that scripts rely on.
fn object(connection: &Connection, line: &StoryLine, growth: &Growth) -> Result<Value, Error> {
    let alerts: Vec<Value> = stories::alerts(connection, line.id)?.into_iter().map(|(id, rule)| json!({"id": id, "rule": rule})).collect();
    Ok(json!({
        "id": line.id, "title": line.title, "first_seen": rfc3339(growth.first_seen_ms), "last_seen": rfc3339(line.last_seen_ms),
        "articles": growth.members, "sources": growth.sources, "independent_sources": growth.independent_sources,
        "languages": growth.languages, "official": growth.official, "figures": growth.figures, "alerts": alerts,
    }))
}

fn member(member: &Member) -> Value {
    json!({
        "article": member.article, "feed": member.feed, "source": member.source, "title": member.title, "url": member.url,
        "language": member.language, "published": member.published_ms.and_then(rfc3339), "first_seen": rfc3339(member.first_seen_ms),
        "edited": member.edited_ms.and_then(rfc3339), "copy_of": member.copy_of,
    })
}
