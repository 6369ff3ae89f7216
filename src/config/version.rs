//! The meaning of a rule as canonical JSON, and its hash: what the archive calls a version of a rule.

use super::rules::concepts_of;
use crate::engine::rule::{FeedScope, Field, Lexicon, Near, RuleSpec};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, fmt::Write};

/// Fields in the order of their names: the JSON is canonical.
#[derive(Serialize)]
struct Meaning<'r> {
    all: &'r [String],
    any: &'r [String],
    concepts: BTreeMap<&'r str, &'r [(String, String)]>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    feed_langs: &'r [String],
    feeds: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    forms: Vec<String>,
    id: &'r str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    langs: &'r [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    near: Option<String>,
    none: &'r [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    on: Vec<&'static str>,
    #[serde(skip_serializing_if = "<[(String, f64)]>::is_empty")]
    score: &'r [(String, f64)],
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title_factor: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<&'r str>,
    #[serde(rename = "where")]
    fields: &'r [Field],
}

/// What `rule` means, with the words of its concepts and the form lists that words are matched by, and the SHA-256 of that text in hex. Severity and sinks are no
/// part of it: they do not change what matches.
pub(super) fn version(rule: &RuleSpec, lexicon: &Lexicon) -> (String, String) {
    let concepts = &lexicon.concepts;
    let names = concepts_of(rule);
    let used = names.iter().filter_map(|name| concepts.get_key_value(name));
    let meaning = Meaning {
        all: &rule.all,
        any: &rule.any,
        concepts: used.map(|(name, c)| (name.as_str(), c.terms.as_slice())).collect(),
        feed_langs: &rule.feed_langs,
        feeds: rule.feeds.iter().map(scope_text).collect(),
        forms: lexicon.forms.sources().iter().map(|list| format!("{}:{}", list.language.grammar().tag, list.digest)).collect(),
        id: &rule.id,
        langs: &rule.langs,
        near: rule.near.map(|near| match near {
            Near::Words(n) => n.to_string(),
            Near::Sentence => "sentence".to_owned(),
        }),
        none: &rule.none,
        on: rule.on.iter().map(|occasion| occasion.name()).collect(),
        score: &rule.score,
        threshold: (!rule.score.is_empty()).then_some(rule.threshold),
        title_factor: (!rule.score.is_empty()).then_some(rule.title_factor),
        when: rule.when.as_deref(),
        fields: &rule.fields,
    };
    let source = serde_json::to_string(&meaning).unwrap_or_default();
    let hash = Sha256::digest(source.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    (source, hash)
}

fn scope_text(scope: &FeedScope) -> String {
    match scope {
        FeedScope::Feed(id) => id.clone(),
        FeedScope::Tag(tag) => format!("tag:{tag}"),
    }
}
