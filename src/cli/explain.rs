//! `marsad explain`: why a rule holds for an archived article, or which clauses stand in the way. Runs the engine's rules of
//! today over the article, and tells what the archive recorded at the time.

use super::{
    articles, configuration,
    error::Error,
    output::{Out, Span, Style},
    place::Place,
};
use crate::{
    config::Config,
    engine::{
        alert::json::rfc3339,
        rule::{Evidence, Explanation, Field},
    },
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
        return Err(Error::failed(format!("there is no rule `{rule}`")).hinted("`marsad explain ARTICLE` goes through all of them"));
    }
    if args.json { out.json(&object(&article, &told)) } else { tell(out, &article, &told) }
}

fn told<'a>(config: &'a Config, article: &Article, recorded: &'a [Recorded], only: Option<&str>) -> Vec<Told<'a>> {
    let tags = config.feeds.iter().find(|feed| feed.id == article.feed).map_or(&[][..], |feed| &feed.tags);
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
        let clause =
            |reading: &crate::engine::rule::Reading| json!({"clause": reading.label, "holds": reading.holds, "evidence": reading.evidence});
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
            "clauses": told.now.as_ref().map(|now| now.clauses.iter().map(clause).collect::<Vec<_>>()),
            "failed": told.now.as_ref().map(|now| now.failed().map(|reading| reading.label.as_str()).collect::<Vec<_>>()),
            "recorded": recorded,
        })
    };
    json!({"article": articles::object(article), "rules": told.iter().map(rule).collect::<Vec<_>>()})
}

fn tell(out: &mut Out, article: &Article, told: &[Told<'_>]) -> Result<(), Error> {
    for rule in told {
        tell_rule(out, rule)?;
    }
    let evidence: Vec<&Evidence> =
        told.iter().flat_map(|told| &told.now).flat_map(|now| &now.clauses).flat_map(|reading| &reading.evidence).collect();
    let spans_of = |field| {
        let mut spans: Vec<(usize, usize)> =
            evidence.iter().filter(|piece| piece.field == field).map(|piece| (piece.start, piece.end)).collect();
        spans.sort_unstable();
        spans
    };
    let (title, text) = (spans_of(Field::Title), spans_of(Field::Text));
    let seen = format!("article {}, first seen {}, feed ", article.id, out.ago(article.first_seen_ms));
    out.line(&[Style::Dim.part(&seen), Style::Dim.value(&article.feed)])?;
    if let Some(url) = &article.url {
        out.line(&[Style::Dim.value(url)])?;
    }
    out.say("")?;
    for line in marked(&article.title, &title, out.look.colour) {
        out.line(&line)?;
    }
    out.say("")?;
    marked(&article.text, &text, out.look.colour).iter().try_for_each(|line| out.line(line))
}

fn tell_rule(out: &mut Out, told: &Told<'_>) -> Result<(), Error> {
    let verdict = match &told.now {
        None => Style::Dim.part(" is no longer in the config"),
        Some(now) if now.holds => Style::Good.part(" holds"),
        Some(now) if !now.in_scope => Style::Bad.part(" does not hold: it does not watch this feed"),
        Some(_) => Style::Bad.part(" does not hold"),
    };
    out.line(&[Style::Plain.part("rule "), Style::Bold.value(told.rule), verdict])?;
    for reading in told.now.iter().flat_map(|now| &now.clauses) {
        let mark = if reading.holds { Style::Good.part("  yes  ") } else { Style::Bad.part("  no   ") };
        let end = if reading.evidence.is_empty() { "  no hit" } else { "" };
        out.line(&[mark, Style::Plain.value(&reading.label), Style::Dim.part(end)])?;
        for piece in &reading.evidence {
            out.line(&evidence_line(piece))?;
        }
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

fn evidence_line(piece: &Evidence) -> Vec<Span> {
    let field = piece.field.name();
    vec![
        Style::Plain.part("         "),
        Style::Plain.value(&piece.term),
        Style::Dim.part(" hit "),
        Style::Warn.value(format!("«{}»", piece.text)),
        Style::Dim.part(&format!(" in the {field}, bytes {} to {}", piece.start, piece.end)),
    ]
}

/// The lines of `text` with these byte spans marked: by colour, or between « and ». Spans are ascending and may overlap.
fn marked(text: &str, spans: &[(usize, usize)], colour: bool) -> Vec<Vec<Span>> {
    let (mut lines, mut at, mut line_start) = (Vec::new(), 0, 0);
    for line in text.split('\n') {
        let line_end = line_start + line.len();
        let mut parts = Vec::new();
        at = at.max(line_start);
        for &(start, end) in spans {
            let (start, end) = (start.max(at), end.min(line_end));
            let (Some(before), Some(hit)) = (text.get(at..start), text.get(start..end)) else { continue };
            if hit.is_empty() {
                continue;
            }
            parts.push(Style::Plain.part(before));
            parts.push(if colour { Style::Mark.part(hit) } else { Style::Mark.part(&format!("«{hit}»")) });
            at = end;
        }
        parts.push(Style::Plain.part(text.get(at..line_end).unwrap_or_default()));
        lines.push(parts);
        line_start = line_end + 1;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::paint;

    fn shown(text: &str, spans: &[(usize, usize)]) -> String {
        marked(text, spans, false).iter().map(|line| paint(line, false)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn hits_are_marked_where_they_stand() {
        assert_eq!(shown("قصف بإدلب\nاليوم", &[(7, 17)]), "قصف «بإدلب»\nاليوم");
        assert_eq!(shown("a b c", &[(0, 1), (4, 5)]), "«a» b «c»");
        assert_eq!(shown("abc", &[]), "abc");
    }

    #[test]
    fn spans_that_overlap_or_cross_a_line_are_marked_once() {
        assert_eq!(shown("abcdef", &[(0, 4), (2, 6)]), "«abcd»«ef»");
        assert_eq!(shown("وقف\nالنار", &[(0, 17)]), "«وقف»\n«النار»");
        assert_eq!(shown("ab\ncd", &[(0, 1), (1, 4)]), "«a»«b»\n«c»d");
    }

    #[test]
    fn spans_that_do_not_fit_are_passed_over() {
        assert_eq!(shown("é", &[(1, 2), (5, 9)]), "é");
    }
}
