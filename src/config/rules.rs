//! `[[rule]]`: from a table to a [`RuleSpec`], and the checks that need to know the other tables.

use super::{
    nearest::did_you_mean,
    raw::{At, Reader},
    report::{Problems, Spot},
    settings,
    trials::{self, Trial},
};
use crate::engine::rule::{Clause, FeedScope, Field, RuleError, RuleSpec, Severity};
use std::collections::BTreeMap;

/// A rule with the places that later checks point at.
#[derive(Debug)]
pub(super) struct RuleDraft {
    pub spec: RuleSpec,
    /// Its name, or the header where it has none.
    pub at: Spot,
    pub trials: Vec<Trial>,
    groups: [Vec<At<String>>; 3],
    feeds: Vec<At<String>>,
    sinks: Vec<At<String>>,
}

const SEVERITIES: [(&str, Severity); 4] =
    [("low", Severity::Low), ("normal", Severity::Normal), ("high", Severity::High), ("critical", Severity::Critical)];

/// What the tables beside the rules offer.
#[derive(Debug)]
pub(super) struct World<'w> {
    pub concepts: Vec<&'w str>,
    pub feeds: Vec<&'w str>,
    pub tags: Vec<&'w str>,
    pub sinks: Vec<&'w str>,
    pub default_sinks: &'w [At<String>],
}

/// Reads one `[[rule]]`.
pub(super) fn read(mut table: Reader<'_>, p: &mut Problems) -> RuleDraft {
    let header = table.at;
    let name = table.required("name", p);
    let id = table.text("id", p).or_else(|| name.clone());
    if let Some(id) = &id {
        table.what = format!("rule `{}`", id.value.trim());
        if id.value.trim().is_empty() || id.value.chars().any(char::is_control) {
            p.error(id.at, "the id is empty or has a control character", None);
        }
    }
    let groups = ["all", "any", "none"].map(|key| {
        let mut list = table.texts(key, p);
        list.retain(|t| trials::is_plain(t, p));
        list
    });
    let fields = fields(&mut table, p);
    let feeds = table.texts("feeds", p);
    let severity = severity(&mut table, p);
    let sinks = table.table("alert", p).map(|t| alert(t, p)).unwrap_or_default();
    let trials = table.tables("test", p).into_iter().flat_map(|t| trials::read(t, p)).collect();
    refuse_unbuilt(&mut table, p);
    refuse_pointless(&table, p);
    table.finish(p);
    let texts = |list: &[At<String>]| list.iter().map(|t| t.value.clone()).collect();
    let spec = RuleSpec {
        id: id.as_ref().map(|i| i.value.trim().to_owned()).unwrap_or_default(),
        all: texts(&groups[0]),
        any: texts(&groups[1]),
        none: texts(&groups[2]),
        fields,
        severity,
        ..RuleSpec::default()
    };
    RuleDraft { spec, at: id.map_or(header, |i| i.at), trials, groups, feeds, sinks }
}

fn fields(table: &mut Reader<'_>, p: &mut Problems) -> Vec<Field> {
    let mut fields = Vec::new();
    for text in table.texts("where", p) {
        match text.value.as_str() {
            "title" => fields.push(Field::Title),
            "text" => fields.push(Field::Text),
            other => {
                let hint = did_you_mean(other, ["title", "text"]).or_else(|| Some("the fields are title and text".into()));
                p.error(text.at, format!("unknown field `{other}`"), hint);
            }
        }
    }
    fields.sort_unstable();
    fields.dedup();
    if fields.is_empty() { vec![Field::Title, Field::Text] } else { fields }
}

fn severity(table: &mut Reader<'_>, p: &mut Problems) -> Severity {
    let Some(text) = table.text("severity", p) else { return Severity::default() };
    let found = SEVERITIES.iter().find(|(name, _)| *name == text.value);
    if found.is_none() {
        let names = SEVERITIES.map(|(name, _)| name);
        let hint = did_you_mean(&text.value, names).or_else(|| Some(format!("one of: {}", names.join(", "))));
        p.error(text.at, format!("unknown severity `{}`", text.value), hint);
    }
    found.map_or_else(Severity::default, |(_, s)| *s)
}

fn alert(mut table: Reader<'_>, p: &mut Problems) -> Vec<At<String>> {
    table.what = "`[rule.alert]`".into();
    let sinks = table.texts("sinks", p);
    settings::refuse_policies("[rule.alert]", &mut table, p);
    table.finish(p);
    sinks
}

/// Keys of a rule that the language has and this version does not.
fn refuse_unbuilt(table: &mut Reader<'_>, p: &mut Problems) {
    let lists = "write the terms under `all`, `any` and `none`";
    for (key, hint) in [
        ("when", lists),
        ("score", lists),
        ("threshold", lists),
        ("near", "leave it out, or write words that stand together as one phrase"),
    ] {
        table.unbuilt(key, &format!("`{key}`"), hint, p);
    }
}

/// A rule needs something to look for.
fn refuse_pointless(table: &Reader<'_>, p: &mut Problems) {
    let has = |key| table.key_at(key).is_some();
    if has("all") || has("any") || has("when") || has("score") {
        return;
    }
    if let Some(at) = table.key_at("none") {
        let hint = "add `all` or `any`: what is to be found";
        p.missing(at, format!("{} has only `none`, so everything else would match", table.what), Some(hint.into()));
    } else {
        p.missing(table.at, format!("{} looks for nothing", table.what), Some("add `all` or `any`: what is to be found".into()));
    }
}

/// Checks the rules of all files against `world`, and fills in their feeds and sinks.
pub(super) fn settle(drafts: &mut [RuleDraft], world: &World<'_>, p: &mut Problems) {
    let mut ids: BTreeMap<String, ()> = BTreeMap::new();
    for draft in drafts {
        if !draft.spec.id.is_empty() && ids.insert(draft.spec.id.clone(), ()).is_some() {
            let hint = "an id is the name, unless `id` is given; each rule needs its own";
            p.error(draft.at, format!("two rules have the id `{}`", draft.spec.id), Some(hint.into()));
        }
        for group in draft.groups.iter().flatten() {
            check_concepts(group, world, p);
        }
        draft.spec.feeds = draft.feeds.iter().filter_map(|f| scope(f, world, p)).collect();
        let sinks = if draft.sinks.is_empty() { world.default_sinks } else { &draft.sinks };
        check_sinks(&draft.sinks, world, p);
        for sink in sinks {
            if !draft.spec.sinks.contains(&sink.value) {
                draft.spec.sinks.push(sink.value.clone());
            }
        }
    }
}

/// The concepts that a group names.
pub(super) fn concepts_of(group: &str) -> impl Iterator<Item = &str> {
    group.split('|').filter_map(|term| term.trim().strip_prefix('@'))
}

fn check_concepts(group: &At<String>, world: &World<'_>, p: &mut Problems) {
    for name in concepts_of(&group.value) {
        if !world.concepts.contains(&name) {
            let near = super::nearest::nearest(name, world.concepts.iter().copied());
            let hint = near.map_or_else(
                || format!("known concepts: {}", world.concepts.iter().map(|c| format!("@{c}")).collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `@{near}`?"),
            );
            p.missing(group.at, format!("unknown concept `@{name}`"), Some(hint));
        }
    }
}

fn scope(text: &At<String>, world: &World<'_>, p: &mut Problems) -> Option<FeedScope> {
    let written = text.value.trim();
    if let Some(tag) = written.strip_prefix("tag:") {
        if !world.tags.contains(&tag) {
            let near = super::nearest::nearest(tag, world.tags.iter().copied()).map(|t| format!("did you mean `tag:{t}`?"));
            p.missing(text.at, format!("no feed has the tag `{tag}`"), near);
        }
        return Some(FeedScope::Tag(tag.to_owned()));
    }
    if !world.feeds.contains(&written) {
        let tag = world.tags.contains(&written).then(|| format!("`{written}` is a tag: write `tag:{written}`"));
        p.missing(text.at, format!("unknown feed `{written}`"), tag.or_else(|| did_you_mean(written, world.feeds.iter().copied())));
    }
    Some(FeedScope::Feed(written.to_owned()))
}

/// Reports the sinks that nobody defines.
pub(super) fn check_sinks(sinks: &[At<String>], world: &World<'_>, p: &mut Problems) {
    for sink in sinks.iter().filter(|s| !world.sinks.contains(&s.value.as_str())) {
        let hint = did_you_mean(&sink.value, world.sinks.iter().copied());
        let hint = hint.or_else(|| Some(format!("known sinks: {}; others are defined by `[sink.NAME]`", world.sinks.join(", "))));
        p.missing(sink.at, format!("unknown sink `{}`", sink.value), hint);
    }
}

impl RuleDraft {
    /// Reports what the compiler found, unless its place has a problem already.
    pub fn report(&self, error: RuleError, p: &mut Problems) {
        let at = error.place.and_then(|(clause, i)| self.groups[clause_index(clause)].get(i)).map_or(self.at, |g| g.at);
        let told_already = error.place.is_none() && self.spec.all.is_empty() && self.spec.any.is_empty();
        if !told_already && !p.has_error_in(at) {
            p.error(at, error.message, error.hint);
        }
    }
}

fn clause_index(clause: Clause) -> usize {
    match clause {
        Clause::All => 0,
        Clause::Any => 1,
        Clause::None => 2,
    }
}
