//! `marsad rules list`: the rules of the config, one a line.

use crate::{
    cli::{
        configuration,
        error::Error,
        output::{Out, Style, table::Table},
        place::Place,
    },
    engine::{
        alert::plain::severity_word,
        rule::{FeedScope, Occasion, RuleSpec},
    },
};
use serde_json::{Value, json};

/// List the rules of the config
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad rules list
  marsad rules list --json | jq -r .id")]
pub struct Args {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let config = configuration::load(place)?.config;
    let mut table = Table::new(&["rule", "severity", "watches", "sinks", "looks for"]);
    for (spec, version) in config.rules.specs().iter().zip(&config.rule_hashes) {
        if args.json {
            out.json(&object(spec, version))?;
            continue;
        }
        table.row(vec![
            Style::Bold.value(&spec.id),
            Style::Plain.part(severity_word(spec.severity)),
            Style::Plain.value(watches(spec)),
            Style::Plain.value(spec.sinks.join(" ")),
            Style::Plain.value(looks_for(spec)),
        ]);
    }
    match (args.json, table.is_empty()) {
        (true, _) => Ok(()),
        (false, true) => out.say("no rules"),
        (false, false) => out.table(&table),
    }
}

fn object(spec: &RuleSpec, version: &str) -> Value {
    json!({
        "id": spec.id, "severity": severity_word(spec.severity), "all": spec.all, "any": spec.any, "none": spec.none,
        "score": spec.score.iter().map(|(key, worth)| json!({"key": key, "worth": worth})).collect::<Vec<_>>(),
        "threshold": (!spec.score.is_empty()).then_some(spec.threshold), "when": spec.when,
        "feeds": spec.feeds.iter().map(scope).collect::<Vec<_>>(), "lang": spec.langs, "on": on(spec), "sinks": spec.sinks, "version": version,
    })
}

/// The occasions on which an article may begin to match.
fn on(spec: &RuleSpec) -> Vec<&'static str> {
    Occasion::ALL.into_iter().filter(|occasion| spec.on.is_empty() || spec.on.contains(occasion)).map(Occasion::name).collect()
}

fn scope(scope: &FeedScope) -> String {
    match scope {
        FeedScope::Feed(id) => id.clone(),
        FeedScope::Tag(tag) => format!("tag:{tag}"),
    }
}

/// Which feeds and languages a rule watches, in one line.
pub fn watches(spec: &RuleSpec) -> String {
    let feeds: Vec<String> = spec.feeds.iter().map(scope).collect();
    match (feeds.is_empty(), spec.langs.is_empty()) {
        (true, true) => "all feeds".into(),
        (false, true) => feeds.join(" "),
        (true, false) => format!("in {}", spec.langs.join(" ")),
        (false, false) => format!("{} in {}", feeds.join(" "), spec.langs.join(" ")),
    }
}

/// A rule's clauses in one line.
fn looks_for(spec: &RuleSpec) -> String {
    let mut parts = spec.all.clone();
    if !spec.any.is_empty() {
        parts.push(format!("({})", spec.any.join(" | ")));
    }
    let keys = spec.score.iter().map(|(key, worth)| format!("{key} = {worth}"));
    if !spec.score.is_empty() {
        parts.push(format!("score {} >= {}", keys.collect::<Vec<_>>().join(", "), spec.threshold));
    }
    parts.extend(spec.when.iter().map(|when| when.split_whitespace().collect::<Vec<_>>().join(" ")));
    parts.extend(spec.none.iter().map(|term| format!("-{term}")));
    parts.join(" · ")
}
