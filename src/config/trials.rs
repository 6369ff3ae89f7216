//! The tests that rules and concepts carry, and running them. A failing one is a problem at its own place.

use super::{
    language,
    raw::{At, Node, Reader},
    report::{Problems, Spot},
};
use crate::engine::rule::{Concept, Field, Match, RuleSpec, Ruleset, Subject, compile};
use std::collections::BTreeMap;
use toml::de::DeValue;

/// One text that a rule must or must not match.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    matches: bool,
    title: Option<String>,
    text: String,
    at: Spot,
}

/// Reads `match` and `reject` of a `[[rule.test]]` or a concept's `test`.
pub(super) fn read(mut table: Reader<'_>, p: &mut Problems) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (key, matches) in [("match", true), ("reject", false)] {
        let items = table.node(key).map(|n| n.list("a list of texts", p)).unwrap_or_default();
        trials.extend(items.into_iter().filter_map(|n| one(n, matches, p)));
    }
    if table.key_at("match").is_none() && table.key_at("reject").is_none() {
        p.missing(table.at, format!("{} has neither `match` nor `reject`", table.what), None);
    }
    table.finish(p);
    trials
}

fn one(node: Node<'_>, matches: bool, p: &mut Problems) -> Option<Trial> {
    if !matches!(node.value, DeValue::Table(_)) {
        let text = node.text("a text, or { title = \"…\", text = \"…\" }", p)?;
        return Some(Trial { matches, title: None, text: text.value, at: text.at });
    }
    let mut table = node.table("test", p)?;
    let title = table.text("title", p);
    let text = table.text("text", p);
    if let Some(lang) = table.text("lang", p) {
        language::check(&lang, p);
    }
    if table.key_at("title").is_none() && table.key_at("text").is_none() {
        p.missing(node.at, "a test has neither `title` nor `text`", None);
    }
    table.finish(p);
    let text = text.map(|t| t.value).unwrap_or_default();
    Some(Trial { matches, title: Some(title.map(|t| t.value).unwrap_or_default()), text, at: node.at })
}

/// Whether a term is free of control characters; reports it otherwise.
pub(super) fn is_plain(term: &At<String>, p: &mut Problems) -> bool {
    let Some(bad) = term.value.chars().find(|c| c.is_control() && !c.is_whitespace()) else { return true };
    if bad == '\u{8}' {
        let hint = "in \"…\" a \\b is a backspace; write a literal string: '…'";
        p.error(term.at, "a backspace in a term", Some(hint.into()));
    } else {
        p.error(term.at, format!("a control character (U+{:04X}) in a term", u32::from(bad)), None);
    }
    false
}

/// Runs `trials` against one rule, whatever feeds it watches.
pub(super) fn run(what: &str, spec: &RuleSpec, trials: &[Trial], concepts: &BTreeMap<String, Concept>, p: &mut Problems) {
    let spec = RuleSpec { feeds: Vec::new(), ..spec.clone() };
    if trials.is_empty() {
        return;
    }
    let Ok(rules) = compile(std::slice::from_ref(&spec), concepts) else { return };
    for trial in trials {
        match (trial.matches, matches(&rules, &spec, trial)) {
            (true, None) => p.error(trial.at, format!("this text should match {what}, and does not"), why_not(&spec, trial, concepts)),
            (false, Some(found)) => p.error(trial.at, format!("this text should not match {what}, and does"), what_hit(&found)),
            _ => {}
        }
    }
}

/// A bare text stands in the field that the rule looks in.
fn matches(rules: &Ruleset, spec: &RuleSpec, trial: &Trial) -> Option<Match> {
    let in_title = trial.title.is_none() && !spec.fields.is_empty() && !spec.fields.contains(&Field::Text);
    let (title, text) = if in_title { (trial.text.as_str(), "") } else { (trial.title.as_deref().unwrap_or(""), trial.text.as_str()) };
    rules.matches(&Subject { title, text, feed: "", tags: &[] }).into_iter().next()
}

fn what_hit(found: &Match) -> Option<String> {
    let hits: Vec<String> = found.evidence.iter().take(3).map(|e| format!("{} hit “{}”", e.clause, e.text)).collect();
    (!hits.is_empty()).then(|| hits.join("; "))
}

/// The first clause that keeps `spec` from holding.
fn why_not(spec: &RuleSpec, trial: &Trial, concepts: &BTreeMap<String, Concept>) -> Option<String> {
    let hit = |groups: Vec<String>| {
        let part = RuleSpec { any: groups, fields: spec.fields.clone(), ..RuleSpec::default() };
        compile(std::slice::from_ref(&part), concepts).ok().and_then(|rules| matches(&rules, &part, trial))
    };
    if let Some((i, group)) = spec.all.iter().enumerate().find(|(_, g)| hit(vec![(*g).clone()]).is_none()) {
        return Some(format!("nothing in it hits all[{i}]: {group}"));
    }
    if !spec.any.is_empty() && hit(spec.any.clone()).is_none() {
        return Some(format!("nothing in it hits any: {}", spec.any.join(", ")));
    }
    hit(spec.none.clone()).and_then(|m| m.evidence.first().map(|e| format!("none cancels it: {} hit “{}”", e.term, e.text)))
}
