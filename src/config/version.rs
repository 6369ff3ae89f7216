//! The meaning of a rule as canonical JSON, and its hash: what the archive calls a version of a rule.

use super::rules::concepts_of;
use crate::engine::rule::{Concept, FeedScope, Field, RuleSpec};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, fmt::Write};

/// Fields in the order of their names: the JSON is canonical.
#[derive(Serialize)]
struct Meaning<'r> {
    all: &'r [String],
    any: &'r [String],
    concepts: BTreeMap<&'r str, &'r [(String, String)]>,
    feeds: Vec<String>,
    id: &'r str,
    none: &'r [String],
    #[serde(rename = "where")]
    fields: &'r [Field],
}

/// What `rule` means, with the words of its concepts, and the SHA-256 of that text in hex. Severity and sinks are no
/// part of it: they do not change what matches.
pub(super) fn version(rule: &RuleSpec, concepts: &BTreeMap<String, Concept>) -> (String, String) {
    let groups = rule.all.iter().chain(&rule.any).chain(&rule.none);
    let used = groups.flat_map(|g| concepts_of(g)).filter_map(|name| concepts.get_key_value(name));
    let meaning = Meaning {
        all: &rule.all,
        any: &rule.any,
        concepts: used.map(|(name, c)| (name.as_str(), c.terms.as_slice())).collect(),
        feeds: rule.feeds.iter().map(scope_text).collect(),
        id: &rule.id,
        none: &rule.none,
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
