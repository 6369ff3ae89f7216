//! `marsad export`: all articles or alerts, oldest first, as JSON lines or as CSV that no spreadsheet takes for formulas; the
//! feeds of the config as OPML.

use super::{
    alerts, articles, configuration,
    error::Error,
    output::{self, Out, safe},
    place::Place,
};
use crate::{
    engine::{
        feed::Feed,
        opml::{self, Outline},
    },
    store::listing::{self, AlertFilter, ArticleFilter},
};
use rusqlite::Connection;
use serde_json::Value;

/// Export articles or alerts, the oldest first, or the feeds as OPML
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad export alerts --since 30d --format csv > alerts.csv
  marsad export articles > articles.jsonl
  marsad export --opml > feeds.opml      every feed of the config, for another reader or another machine

CSV is for spreadsheets: a cell that would be read as a formula begins with an apostrophe. JSON lines hold everything.
OPML holds names, addresses, tags and languages; `marsad import` reads it back.")]
pub struct Args {
    /// What to export
    #[arg(value_enum, required_unless_present = "opml")]
    what: Option<What>,
    /// The feeds of the config as an OPML list
    #[arg(long, conflicts_with_all = ["what", "format", "since"])]
    opml: bool,
    /// How
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// Only what was first seen or alerted since: 7d, 12h, 30m, a date or an RFC 3339 time
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    Articles,
    Alerts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One JSON object a line
    Jsonl,
    /// With a heading; lists are joined by blanks
    Csv,
}

const ARTICLE_COLUMNS: &[&str] =
    &["id", "feed", "story", "published", "first_seen", "edited", "language", "title", "url", "author", "categories", "text"];
const ALERT_COLUMNS: &[&str] = &[
    "id",
    "kind",
    "rule",
    "severity",
    "story",
    "feed",
    "published",
    "offered_after",
    "first_seen",
    "alerted",
    "state",
    "title",
    "url",
    "evidence",
];

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    // Without `--opml` the arguments are refused where nothing is named.
    let Some(what) = args.what else { return feeds(place, out) };
    let connection = super::archive(place)?;
    let since_ms = super::since_ms(args.since.as_deref(), out.now_ms)?;
    let columns = if what == What::Articles { ARTICLE_COLUMNS } else { ALERT_COLUMNS };
    if args.format == Format::Csv {
        let heading: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
        out.raw(&record(&heading)?)?;
    }
    let mut last = 0;
    loop {
        // Each chunk is a read of its own, so that a long export holds nothing up.
        let objects = match what {
            What::Articles => article_chunk(&connection, since_ms, last)?,
            What::Alerts => alert_chunk(&connection, since_ms, last)?,
        };
        let Some((id, _)) = objects.last() else { return Ok(()) };
        last = *id;
        for (_, object) in &objects {
            match args.format {
                Format::Jsonl => out.json(object)?,
                Format::Csv => out.raw(&record(&columns.iter().map(|column| cell(&object[*column])).collect::<Vec<_>>())?)?,
            }
        }
    }
}

/// The feeds as OPML, and a word on what it has no place for.
fn feeds(place: &Place, out: &mut Out) -> Result<(), Error> {
    let feeds = configuration::load(place)?.config.feeds;
    let outline = |feed: &Feed| Outline {
        name: Some(feed.id.clone()),
        url: feed.url.clone(),
        tags: feed.tags.clone(),
        language: feed.language.clone(),
    };
    out.raw(opml::write("feeds of marsad", &feeds.iter().map(outline).collect::<Vec<_>>()).as_bytes())?;
    let more = feeds.iter().filter(|feed| feed.interval.is_some() || feed.allow_private).count();
    if more > 0 && !place.quiet {
        let what = "an `interval` or `allow_private`, which OPML has no place for";
        output::note(place, &format!("{} with {what}", super::check::counted(more, "feed")));
    }
    Ok(())
}

fn article_chunk(connection: &Connection, since_ms: Option<i64>, after: i64) -> Result<Vec<(i64, Value)>, Error> {
    let chunk = listing::articles_after(connection, &ArticleFilter { feed: None, since_ms }, after)?;
    Ok(chunk.iter().map(|article| (article.id, articles::object(article))).collect())
}

fn alert_chunk(connection: &Connection, since_ms: Option<i64>, after: i64) -> Result<Vec<(i64, Value)>, Error> {
    let chunk = listing::alerts_after(connection, &AlertFilter { rule: None, since_ms }, after)?;
    Ok(chunk.iter().map(|line| (line.alert.id, alerts::object(line))).collect())
}

/// One line of CSV, as RFC 4180 has it.
///
/// # Errors
/// None that a line in memory could have.
pub fn record(cells: &[String]) -> Result<Vec<u8>, Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells).map_err(|source| Error::because("cannot write a line of CSV", source))?;
    writer.into_inner().map_err(|source| Error::because("cannot write a line of CSV", std::io::Error::other(source.to_string())))
}

/// A value as one cell: lists joined by blanks, evidence by its forms.
pub fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => harmless(text),
        Value::Array(items) => {
            let texts: Vec<&str> = items.iter().filter_map(|item| item.as_str().or_else(|| item["text"].as_str())).collect();
            harmless(&texts.join(" "))
        }
        other => other.to_string(),
    }
}

/// A cell that no spreadsheet reads as a formula, and no terminal as an escape. The full-width forms count in some locales.
fn harmless(text: &str) -> String {
    let starts = |text: &str| text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠']);
    let shown = safe::block(text);
    // What is dropped may have hidden the sign.
    if starts(text) || starts(&shown) { format!("'{shown}") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_cell_is_a_formula() {
        for start in ["=", "+", "-", "@", "\t=", "\r=", "\n=", "\0=", "＝", "\u{1b}=", "\u{202e}=", "\u{1b}\t="] {
            assert!(cell(&json!(format!("{start}cmd|' /C calc'!A0"))).starts_with('\''), "{start:?}");
        }
        assert_eq!(cell(&json!(-5)), "-5");
        assert_eq!(cell(&json!("خرق = وقف")), "خرق = وقف");
    }

    #[test]
    fn a_record_is_quoted_where_it_must_be() {
        let cells = ["a".to_owned(), "b \"c\", d\ne".to_owned()];
        assert_eq!(record(&cells).unwrap(), b"a,\"b \"\"c\"\", d\ne\"\r\n");
    }

    #[test]
    fn lists_become_one_cell() {
        assert_eq!(cell(&json!(["a", "b"])), "a b");
        assert_eq!(cell(&json!([{"text": "بإدلب"}, {"text": "x"}])), "بإدلب x");
        assert_eq!(cell(&json!(null)), "");
    }
}
