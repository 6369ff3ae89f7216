//! `marsad explain`: why a rule holds for an archived article, or which clauses stand in the way. Runs the engine's rules of
//! today over the article, and tells what the archive recorded at the time.

mod marks;
mod reading;

pub use reading::evidence_line;

use super::{
    articles, configuration,
    error::Error,
    output::{Out, Style},
    place::Place,
    replay::Side,
    rules,
};
use crate::{
    config::Config,
    engine::{alert::json::rfc3339, rule::Explanation},
    store::listing::{self, Article, Recorded},
};
use serde_json::{Value, json};

/// Why a rule matched an article, or why not
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad explain 42              every rule over article 42, and the article with its hits marked
  marsad explain 42 ceasefire    one rule: which clauses hold, which stand in the way
  marsad explain 42 --json

Under a clause stands each hit: the term, the form that it hit, the field and bytes, and how the term came to hit it: exact,
و+ادلب (what is written onto the word), form list, one typo, pattern. The parts of an expression are indented below it.
`marsad why-not ARTICLE RULE` tells only what is missing.

The number is an article's, as `marsad articles` and `marsad search` list it.")]
pub struct Args {
    /// Number of the article
    article: i64,
    /// Only this rule
    rule: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// One rule over the article, and what was recorded of it.
struct Told<'a> {
    rule: &'a str,
    /// `None` for a rule that left the config.
    now: Option<Explanation>,
    recorded: Option<&'a Recorded>,
    /// Whether the rule means now what it meant then.
    same: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let connection = super::archive(place)?;
    let article = articles::one(&connection, args.article)?;
    let recorded = listing::recorded(&connection, args.article)?;
    let config = configuration::load(place)?.config;
    let told = told(&config, &article, &recorded, args.rule.as_deref());
    if let (Some(rule), true) = (&args.rule, told.is_empty()) {
        let all = format!("`marsad explain {}` goes through all of them", article.id);
        return rules::position(&config, rule, &all).map(|_| ());
    }
    if args.json { out.json(&object(&article, &told)) } else { tell(out, &article, &told) }
}

fn told<'a>(config: &'a Config, article: &Article, recorded: &'a [Recorded], only: Option<&str>) -> Vec<Told<'a>> {
    let tags = Side::new(&config.rules, &config.feeds).tags_of(article);
    let categories = article.categories.join("\n");
    let subject = article.subject(&categories, tags);
    let specs = config.rules.specs();
    let mut told: Vec<Told<'a>> = Vec::new();
    for (position, spec) in specs.iter().enumerate() {
        let then = recorded.iter().find(|row| row.rule == spec.id);
        let same = then.is_some_and(|row| config.rule_hashes.get(position) == Some(&row.version));
        told.push(Told { rule: &spec.id, now: config.rules.explain(position, &subject), recorded: then, same });
    }
    let left = recorded.iter().filter(|row| !specs.iter().any(|spec| spec.id == row.rule));
    told.extend(left.map(|row| Told { rule: &row.rule, now: None, recorded: Some(row), same: false }));
    told.retain(|told| only.is_none_or(|rule| rule == told.rule));
    told
}

fn object(article: &Article, told: &[Told<'_>]) -> Value {
    let rule = |told: &Told<'_>| {
        let recorded = told.recorded.map(|row| {
            json!({
                "seen": rfc3339(row.seen_ms), "version": row.version, "same_rule": told.same, "alert": row.alert,
                "alerted": row.alerted_ms.and_then(rfc3339), "raised_by_this_article": row.own, "evidence": row.evidence,
            })
        });
        json!({
            "rule": told.rule,
            "holds": told.now.as_ref().map(|now| now.holds),
            "watches_feed": told.now.as_ref().map(|now| now.in_scope),
            "clauses": told.now.as_ref().map(|now| now.clauses.iter().map(reading::object).collect::<Vec<_>>()),
            "failed": told.now.as_ref().map(|now| now.failed().map(|reading| reading.label.as_str()).collect::<Vec<_>>()),
            "evidence": told.now.as_ref().map(Explanation::evidence),
            "recorded": recorded,
        })
    };
    json!({"article": articles::object(article), "rules": told.iter().map(rule).collect::<Vec<_>>()})
}

fn tell(out: &mut Out, article: &Article, told: &[Told<'_>]) -> Result<(), Error> {
    for rule in told {
        tell_rule(out, rule)?;
    }
    let mut evidence = Vec::new();
    told.iter().flat_map(|told| &told.now).flat_map(|now| &now.clauses).for_each(|clause| reading::hits(clause, &mut evidence));
    marks::article(out, article, &evidence)
}

fn tell_rule(out: &mut Out, told: &Told<'_>) -> Result<(), Error> {
    let verdict = match &told.now {
        None => Style::Dim.part(" is no longer in the config"),
        Some(now) if now.holds => Style::Good.part(" holds"),
        Some(now) if !now.in_scope => Style::Bad.part(" does not hold: it does not watch this feed or language"),
        Some(_) => Style::Bad.part(" does not hold"),
    };
    out.line(&[Style::Plain.part("rule "), Style::Bold.value(told.rule), verdict])?;
    for clause in told.now.iter().flat_map(|now| &now.clauses) {
        reading::tell(out, clause)?;
    }
    if let Some(row) = told.recorded {
        let end = match (row.alert, row.own) {
            (Some(alert), true) => format!("raised alert {alert}"),
            (Some(alert), false) => format!("told by alert {alert}"),
            (None, _) => "waiting for the summary of an import".into(),
        };
        let version = if told.same { "" } else { ", by another version of the rule" };
        out.line(&[Style::Dim.part(&format!("  at the time: held, {}{version}; {end}", out.ago(row.seen_ms)))])?;
    } else if told.now.as_ref().is_some_and(|now| now.holds) {
        out.line(&[Style::Dim.part("  at the time: nothing was recorded; the rule or the article has changed since")])?;
    }
    out.say("")
}
