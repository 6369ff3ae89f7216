//! `marsad match`: the config's rules over any corpus, JSON lines in and JSON lines out. Archives nothing, alerts nobody.

use super::{check::counted, configuration, error::Error, output, output::Out, place::Place};
use crate::{
    config::Config,
    engine::{
        feed::{self, Feed},
        rule::Subject,
    },
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::PathBuf,
};

/// The most bytes of one line.
const MAX_LINE: u64 = 64 << 20;

/// Run the rules over JSON lines: one line in for each article, one line out for each hit
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad match articles.jsonl
  marsad articles --json | marsad match - --config new-rules.toml

In:  {\"id\": 7, \"title\": \"…\", \"text\": \"…\", \"lang\": \"ar\"}; id is any JSON value, all else may be left out:
     also url, author, categories, published and first_seen, as `marsad articles --json` writes them.
     With \"feed\", the name of one in the config, rules that watch certain feeds hold too; without it they never do.
Out: {\"id\": 7, \"rule\": \"idlib\", \"evidence\": [{\"clause\", \"term\", \"field\", \"start\", \"end\", \"text\", \"path\"}]};
     bytes of the UTF-8 field; path is how the term came to hit.

A line that cannot be read is named on standard error, the others go on, and the exit code is 1 at the end. No hit is 0.")]
pub struct Args {
    /// A file of JSON lines, or - for standard input
    #[arg(value_name = "FILE|-")]
    file: String,
    /// Match with this form list, whether or not one lies beside the archive
    #[arg(long, value_name = "FILE")]
    forms: Option<PathBuf>,
}

/// One article of the corpus. Its language never decides whether a term may match, only what `lang` of a rule asks.
#[derive(Deserialize)]
struct Line {
    id: Value,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    feed: Option<String>,
    #[serde(default, alias = "language")]
    lang: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    author: Option<String>,
    #[serde(default)]
    categories: Vec<String>,
    #[serde(default)]
    published: Option<String>,
    #[serde(default)]
    first_seen: Option<String>,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let place = &place.with_forms(args.forms.as_deref());
    let config = configuration::load(place)?.config;
    let feeds = feed::by_id(&config.feeds);
    let unread = |source| Error::because(format!("cannot read `{}`", args.file), source);
    let input: Box<dyn Read> =
        if args.file == "-" { Box::new(io::stdin().lock()) } else { Box::new(File::open(&args.file).map_err(unread)?) };
    let mut input = BufReader::with_capacity(64 * 1024, input);
    let (mut number, mut bad, mut line) = (0_usize, 0_usize, Vec::new());
    loop {
        line.clear();
        let read = (&mut input).take(MAX_LINE).read_until(b'\n', &mut line).map_err(unread)?;
        if read == 0 {
            break;
        }
        number += 1;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if let Err(reason) = one(out, &config, &feeds, &line)? {
            bad += 1;
            output::complain(place, &[vec![output::Style::Bad.part(&format!("line {number}: ")), output::Style::Plain.value(reason)]]);
        }
        // What was found so far goes out before this waits for more.
        if input.buffer().is_empty() {
            out.flush()?;
        }
    }
    if bad > 0 { Err(Error::failed(format!("{} could not be read", counted(bad, "line")))) } else { Ok(()) }
}

/// Matches one line; the inner error is the line's own.
fn one(out: &mut Out, config: &Config, feeds: &HashMap<&str, &Feed>, line: &[u8]) -> Result<Result<(), String>, Error> {
    let article: Line = match serde_json::from_slice(line) {
        Ok(article) => article,
        Err(error) => return Ok(Err(reason(&error))),
    };
    let feed = article.feed.unwrap_or_default();
    let tags = feeds.get(feed.as_str()).map_or(&[][..], |known| &known.tags);
    let categories = article.categories.join("\n");
    let moment =
        |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<jiff::Timestamp>().ok()).map(jiff::Timestamp::as_millisecond);
    let published_ms = moment(&article.published);
    let subject = Subject {
        title: article.title.as_deref().unwrap_or(""),
        text: article.text.as_deref().unwrap_or(""),
        url: article.url.as_deref().unwrap_or(""),
        author: article.author.as_deref().unwrap_or(""),
        categories: &categories,
        feed: &feed,
        tags,
        language: article.lang.as_deref(),
        published_ms,
        seen_ms: moment(&article.first_seen).or(published_ms).unwrap_or(0),
        folded: None,
    };
    for found in config.rules.matches(&subject) {
        let rule = config.rules.specs().get(found.rule).map(|spec| spec.id.as_str());
        out.json(&json!({"id": article.id, "rule": rule, "evidence": found.evidence}))?;
    }
    Ok(Ok(()))
}

/// The parser's words without its line number, which counts within the one line.
fn reason(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let end = format!(" at line {} column {}", error.line(), error.column());
    said.strip_suffix(&end).map_or_else(|| said.clone(), |said| format!("{said}, column {}", error.column()))
}
