//! What `rules diff` says: for each rule its gains and losses with a few examples, and the days before and after.

use super::changes::{Changes, Fate, Rule};
use crate::{
    cli::{
        check::counted,
        error::Error,
        explain::evidence_line,
        output::{Out, Style, table::Table},
        replay::{Replayed, Side},
    },
    engine::{
        alert::json::rfc3339,
        rule::{Evidence, Lack},
    },
    store::listing::{self, Article},
};
use rusqlite::Connection;
use serde_json::{Value, json};

/// An alert that only one side raises.
#[derive(Debug)]
pub struct Example {
    article: Article,
    /// Why the rule holds, on the side on which it does.
    evidence: Vec<Evidence>,
    /// What it lacks on the other side; nothing where there is no such rule.
    lacks: Vec<Lack>,
    /// Whether the other side's rule does not watch the article.
    out_of_scope: bool,
}

/// The newest losses and gains of one rule.
pub type Told = [Vec<Example>; 2];

/// Looks the newest gains and losses of each rule up again, and asks both sides why.
pub fn of(connection: &Connection, changes: &Changes, sides: &[Side<'_>; 2], limit: usize) -> Result<Vec<Told>, Error> {
    let mut told = Vec::new();
    for rule in &changes.rules {
        let mut both = Told::default();
        for (side, examples) in both.iter_mut().enumerate() {
            for id in rule.only(side).into_iter().take(limit) {
                if let Some(article) = listing::article(connection, id)? {
                    examples.push(example(article, rule, sides, side));
                }
            }
        }
        told.push(both);
    }
    Ok(told)
}

fn example(article: Article, rule: &Rule, sides: &[Side<'_>; 2], side: usize) -> Example {
    let matched = sides[side].matches(&article).into_iter().find(|found| Some(found.rule) == rule.positions[side]);
    let other = rule.positions[1 - side].and_then(|position| sides[1 - side].why_not(position, &article));
    let (lacks, out_of_scope) = other.map_or_else(Default::default, |why| (why.lacks, why.out_of_scope));
    Example { evidence: matched.map(|found| found.evidence).unwrap_or_default(), lacks, out_of_scope, article }
}

/// The answer in the shape that scripts rely on.
pub fn object(changes: &Changes, told: &[Told], replayed: &Replayed) -> Value {
    let example = |example: &Example| {
        let article = &example.article;
        let lacks = example.lacks.iter().map(|lack| json!({"clause": lack.label, "reason": lack.reason}));
        json!({
            "id": article.id, "title": article.title, "url": article.url, "feed": article.feed, "story": article.story,
            "first_seen": rfc3339(article.first_seen_ms), "evidence": example.evidence,
            "other_side": {"out_of_scope": example.out_of_scope, "lacks": lacks.collect::<Vec<_>>()},
        })
    };
    let rule = |(rule, told): (&Rule, &Told)| {
        let examples = |side: usize| told[side].iter().map(example).collect::<Vec<_>>();
        json!({
            "rule": rule.id, "fate": rule.fate.word(), "before": rule.alerts(0), "after": rule.alerts(1),
            "gained": rule.only(1).len(), "lost": rule.only(0).len(), "gained_examples": examples(1), "lost_examples": examples(0),
        })
    };
    let day = |(day, counts): (&String, &[usize; 2])| json!({"day": day, "before": counts[0], "after": counts[1]});
    json!({
        "articles": replayed.articles, "edited": replayed.edited, "before": changes.alerts(0), "after": changes.alerts(1),
        "rules": changes.rules.iter().zip(told).map(rule).collect::<Vec<_>>(), "days": changes.days.iter().map(day).collect::<Vec<_>>(),
        "seconds": replayed.seconds,
    })
}

/// Prints the answer.
pub fn tell(out: &mut Out, changes: &Changes, told: &[Told], replayed: &Replayed) -> Result<(), Error> {
    let total = |side: usize| changes.rules.iter().map(|rule| rule.only(side).len()).sum::<usize>();
    out.line(&[
        Style::Plain.part(&format!("{} before, {} after: ", counted(changes.alerts(0), "alert"), changes.alerts(1))),
        Style::Good.part(&format!("{} gained", total(1))),
        Style::Plain.part(", "),
        Style::Bad.part(&format!("{} lost", total(0))),
    ])?;
    let mut as_before = 0;
    for (rule, told) in changes.rules.iter().zip(told) {
        if rule.only(0).is_empty() && rule.only(1).is_empty() && matches!(rule.fate, Fate::Same | Fate::Changed) {
            as_before += 1;
            continue;
        }
        tell_rule(out, rule, told)?;
    }
    if as_before > 0 {
        out.say("")?;
        out.line(&[Style::Dim.part(&format!("{} with the alerts of before", counted(as_before, "rule")))])?;
    }
    if !changes.days.is_empty() {
        out.say("")?;
        out.table(&days(changes))?;
    }
    out.say("")?;
    out.line(&[Style::Dim.part(&replayed.line())])
}

fn tell_rule(out: &mut Out, rule: &Rule, told: &Told) -> Result<(), Error> {
    let (lost, gained) = (rule.only(0), rule.only(1));
    out.say("")?;
    out.line(&[
        Style::Plain.part("rule "),
        Style::Bold.value(&rule.id),
        Style::Dim.part(&format!(" ({}): ", rule.fate.word())),
        Style::Plain.part(&format!("{} before, {} after, ", rule.alerts(0), rule.alerts(1))),
        Style::Good.part(&format!("{} gained", gained.len())),
        Style::Plain.part(", "),
        Style::Bad.part(&format!("{} lost", lost.len())),
    ])?;
    for (side, sign, all) in [(1, Style::Good.part("  + "), gained.len()), (0, Style::Bad.part("  - "), lost.len())] {
        for example in &told[side] {
            let article = &example.article;
            let at = format!("{:>6}  {}  ", article.id, out.ago(article.first_seen_ms));
            out.line(&[
                sign.clone(),
                Style::Dim.part(&at),
                Style::Plain.value(&article.feed),
                Style::Plain.part("  "),
                Style::Bold.value(&article.title),
            ])?;
            tell_why(out, example, if side == 1 { "before" } else { "now" })?;
        }
        if all > told[side].len() && !told[side].is_empty() {
            out.line(&[Style::Dim.part(&format!("    and {} more", all - told[side].len()))])?;
        }
    }
    Ok(())
}

/// Why an alert is there on one side, and not on the other.
fn tell_why(out: &mut Out, example: &Example, other: &str) -> Result<(), Error> {
    for piece in example.evidence.iter().take(2) {
        out.line(&evidence_line(piece, 10))?;
    }
    if example.out_of_scope {
        out.line(&[Style::Dim.part(&format!("          {other}: ")), Style::Warn.part("the feed or language is not watched")])?;
    }
    for lack in example.lacks.iter().take(2) {
        out.line(&[
            Style::Dim.part(&format!("          {other}: ")),
            Style::Plain.value(&lack.label),
            Style::Plain.part(": "),
            Style::Warn.value(&lack.reason),
        ])?;
    }
    Ok(())
}

fn days(changes: &Changes) -> Table {
    let mut table = Table::new(&["day", ">before", ">after", ">change"]);
    for (day, [before, after]) in &changes.days {
        let change = match after.cmp(before) {
            std::cmp::Ordering::Less => Style::Bad.part(&format!("-{}", before - after)),
            std::cmp::Ordering::Equal => Style::Dim.part("0"),
            std::cmp::Ordering::Greater => Style::Good.part(&format!("+{}", after - before)),
        };
        table.row(vec![Style::Plain.part(day), Style::Plain.part(&before.to_string()), Style::Plain.part(&after.to_string()), change]);
    }
    table
}
