//! `marsad search`: the archive asked with a rule's means, and answered by the very matcher that raises alerts.

use super::{
    alerts::more,
    configuration,
    error::Error,
    output::{Out, Style, table::Table},
    place::Place,
};
use crate::{
    engine::{
        alert::json::rfc3339,
        rule::{Concept, RuleSpec, Ruleset, compile},
    },
    store::search::{Found, search},
};
use serde_json::json;
use std::collections::BTreeMap;

/// Search the archive, the newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad search ceasefire                        a word, whatever its case and accents
  marsad search '@idlib ceasefire'               both, in any order; @idlib is a concept: its words in every language
  marsad search '\"وقف إطلاق النار\"'              a phrase
  marsad search 'ateşkes | перемирие -football'  one or the other, and not football
  marsad search 'IDP*' --json | jq .title

The same terms as in rules: what a search finds, a rule of the same words would have alerted.")]
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
    // A config with problems is no reason not to search; it only takes the user's own concepts away.
    let concepts = if query.contains('@') { configuration::load_silently(place)?.config.concepts } else { BTreeMap::new() };
    let found = search(&connection, &ruleset(&query, &concepts)?, args.limit)?;
    if args.json {
        return found.iter().try_for_each(|found| out.json(&object(found)));
    }
    tell(out, &found, args.limit)
}

fn object(found: &Found) -> serde_json::Value {
    json!({
        "id": found.id, "title": found.title, "url": found.url, "feed": found.feed, "first_seen": rfc3339(found.first_seen_ms),
        "evidence": found.evidence,
    })
}

fn tell(out: &mut Out, found: &[Found], limit: usize) -> Result<(), Error> {
    let mut table = Table::new(&[">id", "seen", "feed", "found", "title"]);
    for article in found {
        let mut forms: Vec<&str> = article.evidence.iter().map(|piece| piece.text.as_str()).collect();
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

/// A query as a ruleset of one rule.
fn ruleset(query: &str, concepts: &BTreeMap<String, Concept>) -> Result<Ruleset, Error> {
    let spec = spec(query);
    compile(&[spec], concepts).map_err(|errors| {
        let first = errors.into_iter().next();
        let (message, hint) = first.map_or_else(|| ("it cannot be read".into(), None), |error| (error.message, error.hint));
        Error::Usage { message: format!("in the query: {message}"), hint }
    })
}

/// A query read into lists: blanks part terms, of which all must hit; `|` joins alternatives, quotes a phrase, `-` before
/// a term excludes it.
fn spec(query: &str) -> RuleSpec {
    let mut spec = RuleSpec { id: "query".into(), ..RuleSpec::default() };
    for (group, excluded) in groups(query) {
        if excluded { spec.none.push(group) } else { spec.all.push(group) }
    }
    spec
}

/// The groups of a query, and whether each is excluded.
fn groups(query: &str) -> Vec<(String, bool)> {
    let mut groups: Vec<(String, bool)> = Vec::new();
    for word in words(query) {
        // A word belongs to the group before it when a bar stands between them.
        if let Some((group, _)) = groups.last_mut().filter(|(group, _)| word.starts_with('|') || group.ends_with('|')) {
            group.push(' ');
            group.push_str(word);
            continue;
        }
        match word.strip_prefix('-').filter(|rest| !rest.is_empty()) {
            Some(rest) => groups.push((rest.to_owned(), true)),
            None => groups.push((word.to_owned(), false)),
        }
    }
    groups
}

/// Cuts at blanks outside quotes.
fn words(query: &str) -> Vec<&str> {
    let mut quoted = false;
    let parts = query.split(move |c: char| {
        quoted ^= c == '"';
        c.is_whitespace() && !quoted
    });
    parts.filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_part_terms_and_bars_join_them() {
        let read = |query| {
            let spec = spec(query);
            (spec.all, spec.none)
        };
        let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        assert_eq!(read("@idlib  ceasefire"), (own(&["@idlib", "ceasefire"]), vec![]));
        assert_eq!(read("a | b c|d -e -\"f g\""), (own(&["a | b", "c|d"]), own(&["e", "\"f g\""])));
        assert_eq!(read("\"وقف إطلاق النار\" إدلب"), (own(&["\"وقف إطلاق النار\"", "إدلب"]), vec![]));
        assert_eq!(read("a |b c| d"), (own(&["a |b", "c| d"]), vec![]));
    }

    #[test]
    fn a_query_that_cannot_be_read_says_why() {
        for bad in ["", "-a", "@nowhere", "\"open", "|", "a |"] {
            assert!(matches!(ruleset(bad, &BTreeMap::new()), Err(Error::Usage { .. })), "{bad}");
        }
    }
}
