//! The tests that rules and concepts carry, and running them. A failing one is a problem at its own place.

use super::{
    language,
    raw::{At, Node, Reader},
    report::{Problems, Spot},
};
use crate::engine::rule::{Field, Lexicon, Match, RuleSpec, Ruleset, Subject, compile};
use std::borrow::Cow;
use toml::de::DeValue;

/// One text that a rule must or must not match.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    matches: bool,
    title: Option<String>,
    text: String,
    language: Option<String>,
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
        let hint = "write texts that the rule must find, as in match = [\"a truce in Idlib\"], or must not, in `reject`";
        p.missing(table.at, format!("{} has neither `match` nor `reject`", table.what), Some(hint.into()));
    }
    table.finish(p);
    trials
}

fn one(node: Node<'_>, matches: bool, p: &mut Problems) -> Option<Trial> {
    if !matches!(node.value, DeValue::Table(_)) {
        let text = node.text("a text, or { title = \"…\", text = \"…\" }", p)?;
        return Some(Trial { matches, title: None, text: text.value, language: None, at: text.at });
    }
    let mut table = node.table("test", p)?;
    let title = table.text("title", p);
    let text = table.text("text", p);
    let language = table.text("lang", p).map(|lang| language::check(&lang, p));
    if table.key_at("title").is_none() && table.key_at("text").is_none() {
        p.missing(node.at, "a test has neither `title` nor `text`", Some("as in { title = \"…\", text = \"…\" }".into()));
    }
    table.finish(p);
    let text = text.map(|t| t.value).unwrap_or_default();
    Some(Trial { matches, title: Some(title.map(|t| t.value).unwrap_or_default()), text, language, at: node.at })
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

/// The tests of one rule or concept.
#[derive(Debug)]
pub(super) struct Suite<'s> {
    /// What it is called: a rule's id, or `@` and a concept's name.
    pub id: String,
    /// Whether nothing of it is the user's: it was tested before it shipped.
    pub shipped: bool,
    pub spec: Cow<'s, RuleSpec>,
    pub trials: &'s [Trial],
}

impl Suite<'_> {
    /// Runs the tests, whatever feeds the rule watches; reports those that fail, and says how many.
    pub fn run(&self, lexicon: &Lexicon, p: &mut Problems) -> usize {
        if self.trials.is_empty() {
            return 0;
        }
        let spec = RuleSpec { feeds: Vec::new(), ..self.spec.clone().into_owned() };
        let Ok(rules) = compile(std::slice::from_ref(&spec), lexicon) else { return 0 };
        let what = self.id.strip_prefix('@').map_or_else(|| format!("rule `{}`", self.id), |name| format!("concept `{name}`"));
        let mut failed = 0;
        for trial in self.trials {
            let subject = subject(&spec, trial);
            let (message, hint) = match (trial.matches, rules.matches(&subject).into_iter().next()) {
                (true, None) => (format!("this text should match {what}, and does not"), why_not(&rules, &subject)),
                (false, Some(found)) => (format!("this text should not match {what}, and does"), what_hit(&found)),
                _ => continue,
            };
            p.error(trial.at, message, hint);
            failed += 1;
        }
        failed
    }
}

/// A bare text stands in the field that the rule looks in.
fn subject<'t>(spec: &RuleSpec, trial: &'t Trial) -> Subject<'t> {
    let in_title = trial.title.is_none() && !spec.fields.is_empty() && !spec.fields.contains(&Field::Text);
    let (title, text) = if in_title { (trial.text.as_str(), "") } else { (trial.title.as_deref().unwrap_or(""), trial.text.as_str()) };
    Subject { title, text, language: trial.language.as_deref(), ..Subject::default() }
}

fn what_hit(found: &Match) -> Option<String> {
    let hits: Vec<String> = found.evidence.iter().take(3).map(|e| format!("{} hit “{}”", e.clause, e.text)).collect();
    (!hits.is_empty()).then(|| hits.join("; "))
}

/// The clauses that keep the rule from holding.
fn why_not(rules: &Ruleset, subject: &Subject<'_>) -> Option<String> {
    let why = rules.why_not(0, subject)?;
    if why.out_of_scope {
        return Some("the rule watches another language; give the test its `lang`".into());
    }
    let lacks: Vec<String> = why.lacks.iter().take(3).map(|lack| format!("{}: {}", lack.label, lack.reason)).collect();
    (!lacks.is_empty()).then(|| lacks.join("; "))
}
