//! `marsad why-not`: the smallest set of clauses that keep a rule from holding for an article, and how near it came. Asks the
//! engine with the rules of today; never looks at what the archive recorded.

use super::{
    articles, configuration,
    error::Error,
    output::{Out, Style},
    place::Place,
    replay::Side,
    rules,
};
use crate::{
    engine::rule::{RuleSpec, WhyNot},
    store::listing::Article,
};
use serde_json::{Value, json};

/// What keeps a rule from matching an article
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad why-not 42 ceasefire         the clauses that would have had to turn out otherwise, as few as can be
  marsad why-not 42 ceasefire --json
  marsad why-not 42 ceasefire --config new.toml

Exits with 0 when it answers, and with 1 when the rule holds for the article after all.")]
pub struct Args {
    /// Number of the article
    article: i64,
    /// Id of the rule
    rule: String,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let connection = super::archive(place)?;
    let article = articles::one(&connection, args.article)?;
    let config = configuration::load(place)?.config;
    let hint = format!("`marsad explain {}` goes through all of them", article.id);
    let position = rules::position(&config, &args.rule, &hint)?;
    let side = Side::new(&config.rules, &config.feeds);
    let (tags, why) = (side.tags_of(&article), side.why_not(position, &article));
    let Some(spec) = config.rules.specs().get(position) else { return Err(Error::failed("the config has no such rule")) };
    if args.json {
        out.json(&object(&article, spec, why.as_ref()))?;
    } else {
        tell(out, &article, tags, spec, why.as_ref())?;
    }
    why.map_or(Err(Error::Answered), |_| Ok(()))
}

/// The answer in the shape that scripts rely on.
fn object(article: &Article, spec: &RuleSpec, why: Option<&WhyNot>) -> Value {
    let lacks = |why: &WhyNot| why.lacks.iter().map(|lack| json!({"clause": lack.label, "reason": lack.reason})).collect::<Vec<_>>();
    json!({
        "article": article.id, "rule": spec.id, "holds": why.is_none(), "out_of_scope": why.is_some_and(|why| why.out_of_scope),
        "lacks": why.map(lacks).unwrap_or_default(), "held": why.map(|why| why.content.0), "needed": why.map(|why| why.content.1),
    })
}

fn tell(out: &mut Out, article: &Article, tags: &[String], spec: &RuleSpec, why: Option<&WhyNot>) -> Result<(), Error> {
    let rule = [Style::Plain.part("rule "), Style::Bold.value(&spec.id)];
    let Some(why) = why else {
        let hint = format!("`marsad explain {} {}` shows which terms hit", article.id, spec.id);
        out.line(&[&rule[..], &[Style::Good.part(&format!(" holds for article {}", article.id))]].concat())?;
        return out.line(&[Style::Good.part("hint: "), Style::Plain.value(hint)]);
    };
    let (held, needed) = why.content;
    out.line(
        &[&rule[..], &[Style::Bad.part(&format!(" does not hold for article {}: ", article.id)), Style::Plain.part(&near(held, needed))]]
            .concat(),
    )?;
    if why.out_of_scope {
        let from = format!("{}{}", article.feed, tags.iter().map(|tag| format!(" tag:{tag}")).collect::<String>());
        let language = article.language.as_deref().map_or_else(|| "no language given".into(), |language| format!("in {language}"));
        out.line(&[Style::Bad.part("  it watches "), Style::Plain.value(rules::list::watches(spec))])?;
        out.line(&[
            Style::Dim.part("  the article is from "),
            Style::Plain.value(from),
            Style::Dim.part(", "),
            Style::Plain.value(language),
        ])?;
    }
    for lack in &why.lacks {
        out.line(&[Style::Bad.part("  no   "), Style::Plain.value(&lack.label)])?;
        out.line(&[Style::Plain.part("         "), Style::Warn.value(&lack.reason)])?;
    }
    out.say("")?;
    let seen = format!("article {}, first seen {}, feed ", article.id, out.ago(article.first_seen_ms));
    out.line(&[Style::Dim.part(&seen), Style::Dim.value(&article.feed)])?;
    out.line(&[Style::Plain.value(&article.title)])
}

/// Such as `2 of 3 clauses held`.
fn near(held: usize, needed: usize) -> String {
    match needed {
        1 => format!("{held} of 1 clause held"),
        _ => format!("{held} of {needed} clauses held"),
    }
}
