//! `marsad search`: the archive asked with a rule's means, and answered by the very matcher that raises alerts.

use super::{
    alerts::more,
    configuration,
    error::Error,
    output::{self, Out, Style, table::Table},
    place::Place,
};
use crate::{
    config::{Config, one_of},
    engine::{
        alert::json::rfc3339,
        rule::{FeedScope, Lexicon, RuleSpec, Ruleset, compile, syntax},
    },
    store::search::{Found, search},
};
use serde_json::json;
use std::collections::HashMap;

/// Search the archive, the newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad search ceasefire                        a word, in any spelling and form of it
  marsad search '@idlib ceasefire'               both, in any order; @idlib is a concept: its words in every language
  marsad search '\"وقف إطلاق النار\"'              a phrase
  marsad search 'ateşkes | перемирие -football'  one or the other, and not football
  marsad search 'NEAR(10, @idlib, قصف | shelling) AND NOT title:/opinion/i AND published>=2026-05-01'
  marsad search 'IDP*' --json | jq .title

The language of a rule's `when`: what a search finds, a rule of the same words would have alerted.")]
pub struct Args {
    /// What to look for
    #[arg(required = true)]
    query: Vec<String>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: usize,
    /// One JSON object a line: {id, title, url, feed, first_seen, evidence}
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(place: &Place, out: &mut Out, args: &Args) -> Result<(), Error> {
    let connection = super::archive(place)?;
    let query = args.query.join(" ");
    // A config with problems is no reason not to search; it only takes the user's own concepts and tags away.
    let config = match configuration::load_silently(place) {
        Ok(loaded) => Some(loaded.config),
        Err(error) if query.contains('@') || query.contains("tag:") => return Err(error),
        Err(_) => None,
    };
    let rules = ruleset(&query, config.as_ref())?;
    let tags: HashMap<String, Vec<String>> =
        config.iter().flat_map(|config| &config.feeds).map(|feed| (feed.id.clone(), feed.tags.clone())).collect();
    let found = search(&connection, &rules, &tags, args.limit)?;
    if args.json {
        return found.iter().try_for_each(|found| out.json(&object(found)));
    }
    if let Ok((_, notes)) = syntax::parse(&query)
        && !place.quiet
    {
        notes.iter().for_each(|note| output::note(place, &note.message));
    }
    tell(out, &found, args.limit)
}

fn object(found: &Found) -> serde_json::Value {
    let article = &found.article;
    json!({
        "id": article.id, "title": article.title, "url": article.url, "feed": article.feed, "first_seen": rfc3339(article.first_seen_ms),
        "evidence": found.evidence,
    })
}

fn tell(out: &mut Out, found: &[Found], limit: usize) -> Result<(), Error> {
    let mut table = Table::new(&[">id", "seen", "feed", "found", "title"]);
    for Found { article, evidence } in found {
        let mut forms: Vec<&str> = evidence.iter().map(|piece| piece.text.as_str()).collect();
        forms.dedup();
        forms.truncate(3);
        table.row(vec![
            Style::Dim.part(&article.id.to_string()),
            Style::Plain.part(&out.ago(article.first_seen_ms)),
            Style::Plain.value(&article.feed),
            Style::Warn.value(forms.join(" · ")),
            Style::Plain.value(&article.title),
        ]);
    }
    if table.is_empty() {
        return out.say("nothing found");
    }
    out.table(&table)?;
    more(out, found.len(), limit)
}

/// A query as a ruleset of one rule; its words take the forms of the languages that the feeds are in.
pub fn ruleset(query: &str, config: Option<&Config>) -> Result<Ruleset, Error> {
    let feed_langs = config.map_or_else(Vec::new, |config| FeedScope::languages(&[], &config.feeds));
    let spec = RuleSpec { id: "query".into(), when: Some(query.to_owned()), feed_langs, ..RuleSpec::default() };
    let lexicon = config.map_or_else(Lexicon::default, |config| config.lexicon.clone());
    compile(&[spec], &lexicon).map_err(|errors| {
        let Some(error) = errors.into_iter().next() else { return Error::Usage { message: "the query cannot be read".into(), hint: None } };
        let part = query.get(error.span.clone()).filter(|part| !part.trim().is_empty() && part.len() < query.len());
        let place = part.map_or_else(String::new, |part| format!(" at `{part}`"));
        let concept = query.get(error.span.clone()).and_then(|part| part.strip_prefix('@'));
        let hint = error.hint.or_else(|| one_of(concept?, "@", "concepts", lexicon.concepts.keys().map(String::as_str)));
        Error::Usage { message: format!("in the query{place}: {}", error.message), hint }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_cannot_be_read_says_why_and_where() {
        for bad in ["", "-a", "@nowhere", "\"open", "|", "a |", "NEAR(a, b)"] {
            assert!(matches!(ruleset(bad, None), Err(Error::Usage { .. })), "{bad}");
        }
        let Err(Error::Usage { message, .. }) = ruleset("truce size<3", None) else { panic!("it was read") };
        assert_eq!(message, "in the query at `size`: `size` cannot be compared");
    }
}
