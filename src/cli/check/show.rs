//! `marsad check --show`: each rule as it was read. Decides nothing.

use crate::{
    cli::{
        check::counted,
        error::Error,
        output::{Out, Style},
    },
    config::Config,
    engine::rule::{Clause, FeedScope, Field, Near, RuleSpec, Shown, ShownConcept, show},
};
use serde_json::{Value, json};

/// Columns of the names of parts.
const NAME: usize = 10;

/// Prints the rules, or the one of this id.
pub fn rules(out: &mut Out, config: &Config, only: Option<&str>, as_json: bool) -> Result<(), Error> {
    let specs: Vec<&RuleSpec> = config.rules.specs().iter().filter(|spec| only.is_none_or(|id| id == spec.id)).collect();
    if let (Some(id), true) = (only, specs.is_empty()) {
        let known = config.rules.specs().iter().map(|spec| spec.id.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Error::failed(format!("there is no rule `{id}`")).hinted(format!("the rules are {known}")));
    }
    for (nth, spec) in specs.into_iter().enumerate() {
        let shown = show(spec, &config.lexicon);
        if as_json {
            out.json(&object(spec, &shown))?;
            continue;
        }
        if nth > 0 {
            out.say("")?;
        }
        tell(out, spec, &shown)?;
    }
    Ok(())
}

fn tell(out: &mut Out, spec: &RuleSpec, shown: &Shown) -> Result<(), Error> {
    out.line(&[Style::Plain.part("rule "), Style::Bold.value(&spec.id)])?;
    for part in &shown.parts {
        let name = match part.clause {
            Clause::When => "when".to_owned(),
            clause => format!("{}[{}]", clause.name(), part.index),
        };
        let worth = if part.clause == Clause::Score { spec.score.get(part.index).map(|(_, worth)| format!(" = {worth}")) } else { None };
        line(out, &name, &part.read, &worth.unwrap_or_default())?;
        for note in &part.notes {
            out.line(&[Style::Plain.part(&" ".repeat(NAME + 3)), Style::Warn.part("note: "), Style::Plain.value(note)])?;
        }
    }
    for (name, value) in limits(spec) {
        line(out, name, &value, "")?;
    }
    if !shown.terms.is_empty() {
        out.line(&[Style::Dim.part("  words")])?;
    }
    for term in &shown.terms {
        let how = match (term.stems, term.languages.is_empty()) {
            (0, _) => "a pattern over the text as it stands".to_owned(),
            (_, true) if term.term.ends_with('*') => "every word that begins so".to_owned(),
            (_, true) if term.term.starts_with('*') => "every word that ends so".to_owned(),
            (_, true) if term.term.starts_with('~') => "and every word that is one typo away".to_owned(),
            (stems, true) => format!("in this form, {}", counted(stems, "stem")),
            (stems, false) => format!("with the forms of {}, {}", term.languages.join(" "), counted(stems, "stem")),
        };
        out.line(&[Style::Plain.part("    "), Style::Plain.value(&term.term), Style::Dim.part(&format!("  {how}"))])?;
    }
    if !shown.concepts.is_empty() {
        out.line(&[Style::Dim.part("  concepts")])?;
    }
    for concept in &shown.concepts {
        let name = Style::Plain.value(format!("@{}", concept.name));
        out.line(&[Style::Plain.part("    "), name, Style::Dim.part(&format!("  {}", resolved(concept)))])?;
    }
    Ok(())
}

fn line(out: &mut Out, name: &str, value: &str, end: &str) -> Result<(), Error> {
    out.line(&[Style::Dim.part(&format!("  {name:NAME$} ")), Style::Plain.value(value), Style::Dim.part(end)])
}

/// `14 words in 3 languages, 60 stems: ar 6, en 5, tr 3`.
fn resolved(concept: &ShownConcept) -> String {
    let words: usize = concept.terms.values().sum();
    let languages = concept.terms.iter().map(|(tag, count)| format!("{tag} {count}")).collect::<Vec<_>>().join(", ");
    format!("{} in {}, {}: {languages}", counted(words, "word"), counted(concept.terms.len(), "language"), counted(concept.stems, "stem"))
}

/// What limits the rule besides its words.
fn limits(spec: &RuleSpec) -> Vec<(&'static str, String)> {
    let mut limits = Vec::new();
    match spec.near {
        Some(Near::Words(n)) => limits.push(("near", format!("the groups of `all` within {} in one field", counted(n as usize, "word")))),
        Some(Near::Sentence) => limits.push(("near", "the groups of `all` in one sentence".to_owned())),
        None => {}
    }
    if !spec.score.is_empty() {
        let factor = if (spec.title_factor - 1.0).abs() > f64::EPSILON {
            format!(", a hit in the title counts {} times", spec.title_factor)
        } else {
            String::new()
        };
        limits.push(("threshold", format!("{}{factor}", spec.threshold)));
    }
    limits.push(("where", spec.fields.iter().map(|field| Field::name(*field)).collect::<Vec<_>>().join(", ")));
    let feeds = scopes(spec).join(", ");
    limits.push(("feeds", if feeds.is_empty() { "all".to_owned() } else { feeds }));
    if !spec.langs.is_empty() {
        limits.push(("lang", spec.langs.join(", ")));
    }
    limits
}

fn scopes(spec: &RuleSpec) -> Vec<String> {
    let one = |scope: &FeedScope| match scope {
        FeedScope::Feed(id) => id.clone(),
        FeedScope::Tag(tag) => format!("tag:{tag}"),
    };
    spec.feeds.iter().map(one).collect()
}

fn object(spec: &RuleSpec, shown: &Shown) -> Value {
    let parts: Vec<Value> = shown
        .parts
        .iter()
        .map(|part| {
            let worth = spec.score.get(part.index).filter(|_| part.clause == Clause::Score).map(|(_, worth)| worth);
            json!({"clause": part.clause.name(), "index": part.index, "read": part.read, "worth": worth, "notes": part.notes})
        })
        .collect();
    let near = spec.near.map(|near| match near {
        Near::Words(n) => json!(n),
        Near::Sentence => json!("sentence"),
    });
    let terms: Vec<Value> =
        shown.terms.iter().map(|term| json!({"term": term.term, "languages": term.languages, "stems": term.stems})).collect();
    let concepts: Vec<Value> =
        shown.concepts.iter().map(|concept| json!({"concept": concept.name, "terms": concept.terms, "stems": concept.stems})).collect();
    json!({
        "rule": spec.id, "parts": parts, "near": near, "threshold": (!spec.score.is_empty()).then_some(spec.threshold),
        "title_factor": spec.title_factor, "where": spec.fields, "feeds": scopes(spec), "lang": spec.langs, "terms": terms,
        "concepts": concepts,
    })
}
