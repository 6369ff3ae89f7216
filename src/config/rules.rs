//! `[[rule]]`: from a table to a [`RuleSpec`], and the checks that need to know the other tables.

use super::{
    nearest::{did_you_mean, nearest, one_of},
    policy::{self, PolicyDraft},
    raw::{At, Reader},
    report::{Problems, Spot},
    trials::{self, Trial},
};
use crate::engine::{
    alert::digest,
    feed::Feed,
    health,
    rule::{
        Clause, FeedScope, Field, Near, Occasion, RuleError, RuleSpec, Severity,
        expr::{Expr, Form, Group, Place},
        syntax::{Note, parse, parse_list},
    },
};
use std::collections::BTreeMap;

/// A rule with the places that later checks point at.
#[derive(Debug)]
pub(super) struct RuleDraft {
    pub spec: RuleSpec,
    /// Its name, or the header where it has none.
    pub at: Spot,
    pub trials: Vec<Trial>,
    pub policy: PolicyDraft,
    groups: [Vec<At<String>>; 3],
    score: Vec<At<String>>,
    when: Option<At<String>>,
    near: Option<Spot>,
    feeds: Vec<At<String>>,
    sinks: Vec<At<String>>,
}

const SEVERITIES: [(&str, Severity); 4] =
    [("low", Severity::Low), ("normal", Severity::Normal), ("high", Severity::High), ("critical", Severity::Critical)];

/// What the tables beside the rules offer.
#[derive(Debug)]
pub(super) struct World<'w> {
    pub concepts: Vec<&'w str>,
    pub feeds: &'w [Feed],
    pub sinks: Vec<&'w str>,
    pub default_sinks: &'w [At<String>],
}

impl World<'_> {
    fn feed_ids(&self) -> impl Iterator<Item = &str> + Clone {
        self.feeds.iter().map(|feed| feed.id.as_str())
    }

    fn tags(&self) -> impl Iterator<Item = &str> + Clone {
        self.feeds.iter().flat_map(|feed| feed.tags.iter().map(String::as_str))
    }

    /// What to do about a feed that nobody defines.
    fn feed_hint(&self, name: &str) -> Option<String> {
        one_of(name, "", "feeds", self.feed_ids()).or_else(|| Some("there is no feed yet: add a `[[feed]]` of this name".into()))
    }

    /// What to do about a tag that no feed has.
    fn tag_hint(&self, tag: &str) -> Option<String> {
        one_of(tag, "", "tags", self.tags()).or_else(|| Some(format!("no feed has any: give it to one, as in tags = [\"{tag}\"]")))
    }
}

/// Reads one `[[rule]]`.
pub(super) fn read(mut table: Reader<'_>, p: &mut Problems) -> RuleDraft {
    let header = table.at;
    let name = table.required("name", p);
    let id = table.text("id", p).or_else(|| name.clone());
    if let Some(id) = &id {
        table.what = format!("rule `{}`", id.value.trim());
        if id.value.trim().is_empty() || id.value.chars().any(char::is_control) {
            p.error(id.at, "the id is empty or has a control character", Some("leave `id` out: the name is the id then".into()));
        }
    }
    let groups = ["all", "any", "none"].map(|key| {
        let mut list = table.texts(key, p);
        list.retain(|t| trials::is_plain(t, p));
        list
    });
    let when = table.text("when", p).filter(|when| trials::is_plain(when, p));
    let near_at = table.key_at("near");
    let near = near(&mut table, p);
    let (score, worth) = score(&mut table, p);
    let threshold = threshold(&mut table, !score.is_empty(), p);
    let title_factor = table.number("title_factor", p);
    if let Some(factor) = title_factor.as_ref().filter(|factor| factor.value <= 0.0) {
        let hint = "above 1 a hit in the title counts for more than one in the text, below 1 for less";
        p.error(factor.at, "`title_factor` must be above 0", Some(hint.into()));
    }
    let fields = fields(&mut table, p);
    let feeds = table.texts("feeds", p);
    let on = occasions(&mut table, p);
    let langs = table.texts("lang", p).iter().map(|tag| super::language::check(tag, p)).collect();
    let severity = severity(&mut table, p);
    let (sinks, policy) = table.table("alert", p).map(|t| alert("`[rule.alert]`", t, p)).unwrap_or_default();
    let trials = table.tables("test", p).into_iter().flat_map(|t| trials::read(t, p)).collect();
    refuse_pointless(&table, p);
    table.finish(p);
    let texts = |list: &[At<String>]| list.iter().map(|t| t.value.clone()).collect::<Vec<_>>();
    let spec = RuleSpec {
        id: id.as_ref().map(|i| i.value.trim().to_owned()).unwrap_or_default(),
        all: texts(&groups[0]),
        any: texts(&groups[1]),
        none: texts(&groups[2]),
        near,
        score: texts(&score).into_iter().zip(worth).collect(),
        threshold,
        title_factor: title_factor.map_or(1.0, |factor| factor.value),
        when: when.as_ref().map(|when| when.value.clone()),
        fields,
        langs,
        on,
        severity,
        ..RuleSpec::default()
    };
    RuleDraft { spec, at: id.map_or(header, |i| i.at), trials, policy, groups, score, when, near: near_at, feeds, sinks }
}

/// `near`: a number of words, or `"sentence"`.
fn near(table: &mut Reader<'_>, p: &mut Problems) -> Option<Near> {
    let node = table.node("near")?;
    if node.value.as_str() == Some("sentence") {
        return Some(Near::Sentence);
    }
    let words = node.value.as_integer().and_then(|n| n.as_str().parse::<u32>().ok()).filter(|n| (1..=10_000).contains(n));
    if words.is_none() {
        p.error(node.at, "`near` must be a number of words from 1 to 10000, or \"sentence\"", Some("such as near = 30".into()));
    }
    words.map(Near::Words)
}

/// `score`: groups and what each is worth.
fn score(table: &mut Reader<'_>, p: &mut Problems) -> (Vec<At<String>>, Vec<f64>) {
    let Some(keys) = table.table("score", p) else { return (Vec::new(), Vec::new()) };
    if keys.is_empty() {
        p.error(keys.at, "`score` has no keys", Some("such as score = { \"@idlib\" = 3, \"UNHCR | OCHA\" = 2 }".into()));
    }
    keys.entries().into_iter().filter_map(|(key, node)| Some((key, node.number(p)?.value))).unzip()
}

/// `threshold`, which belongs to a score.
fn threshold(table: &mut Reader<'_>, scored: bool, p: &mut Problems) -> f64 {
    let threshold = table.number("threshold", p);
    match (&threshold, scored) {
        (None, true) if table.key_at("threshold").is_none() => {
            p.missing(table.at, format!("{} has a `score` and no `threshold`", table.what), Some("say what the score must reach".into()));
        }
        (Some(found), true) if found.value <= 0.0 => {
            p.error(found.at, "`threshold` must be above 0", Some("say what the score must reach, such as the worth of two keys".into()));
        }
        (Some(found), false) => p.missing(found.at, "`threshold` without a `score`", Some("give the rule a `score`".into())),
        _ => {}
    }
    threshold.map_or(0.0, |threshold| threshold.value)
}

fn fields(table: &mut Reader<'_>, p: &mut Problems) -> Vec<Field> {
    let mut fields = Vec::new();
    let names = Field::ALL.map(Field::name);
    for text in table.texts("where", p) {
        match Field::ALL.into_iter().find(|field| field.name() == text.value) {
            Some(field) => fields.push(field),
            None => {
                let hint = did_you_mean(&text.value, names).or_else(|| Some(format!("the fields are {}", names.join(", "))));
                p.error(text.at, format!("unknown field `{}`", text.value), hint);
            }
        }
    }
    fields.sort_unstable();
    fields.dedup();
    if fields.is_empty() { vec![Field::Title, Field::Text] } else { fields }
}

/// `on`: both occasions where it is left out.
fn occasions(table: &mut Reader<'_>, p: &mut Problems) -> Vec<Occasion> {
    let mut on = Vec::new();
    let names = Occasion::ALL.map(Occasion::name);
    for text in table.texts("on", p) {
        match Occasion::ALL.into_iter().find(|occasion| occasion.name() == text.value) {
            Some(occasion) if !on.contains(&occasion) => on.push(occasion),
            Some(_) => {}
            None => {
                let hint = did_you_mean(&text.value, names).or_else(|| Some(format!("one or both of: {}", names.join(", "))));
                p.error(text.at, format!("unknown occasion `{}`", text.value), hint);
            }
        }
    }
    on
}

/// `severity`, which is normal where it is left out.
pub(super) fn severity(table: &mut Reader<'_>, p: &mut Problems) -> Severity {
    let Some(text) = table.text("severity", p) else { return Severity::default() };
    let found = SEVERITIES.iter().find(|(name, _)| *name == text.value);
    if found.is_none() {
        let names = SEVERITIES.map(|(name, _)| name);
        let hint = did_you_mean(&text.value, names).or_else(|| Some(format!("one of: {}", names.join(", "))));
        p.error(text.at, format!("unknown severity `{}`", text.value), hint);
    }
    found.map_or_else(Severity::default, |(_, s)| *s)
}

/// `[alert]` and `[rule.alert]`: where alerts go, and by which policy.
pub(super) fn alert(what: &str, mut table: Reader<'_>, p: &mut Problems) -> (Vec<At<String>>, PolicyDraft) {
    table.what = what.into();
    let sinks = table.texts("sinks", p);
    let policy = policy::read(&mut table, p);
    table.finish(p);
    (sinks, policy)
}

/// A rule needs something to look for.
fn refuse_pointless(table: &Reader<'_>, p: &mut Problems) {
    let has = |key| table.key_at(key).is_some();
    if has("all") || has("any") || has("when") || has("score") {
        return;
    }
    let hint = "add `all`, `any`, `score` or `when`: what is to be found";
    if let Some(at) = table.key_at("none") {
        p.missing(at, format!("{} has only `none`, so everything else would match", table.what), Some(hint.into()));
    } else {
        p.missing(table.at, format!("{} looks for nothing", table.what), Some(hint.into()));
    }
}

/// Checks the rules of all files against `world`, and fills in their feeds and sinks.
pub(super) fn settle(drafts: &mut [RuleDraft], world: &World<'_>, p: &mut Problems) {
    let mut ids: BTreeMap<String, ()> = BTreeMap::new();
    let all_langs = FeedScope::languages(&[], world.feeds);
    for draft in drafts {
        if !draft.spec.id.is_empty() && ids.insert(draft.spec.id.clone(), ()).is_some() {
            let hint = "an id is the name, unless `id` is given; each rule needs its own";
            p.error(draft.at, format!("two rules have the id `{}`", draft.spec.id), Some(hint.into()));
        }
        if draft.spec.id == digest::RULE {
            p.error(draft.at, format!("the id `{}` is marsad's own", digest::RULE), Some("give the rule another `name` or `id`".into()));
        }
        if draft.spec.id == health::RULE {
            let hint = "alerts on feeds that fail and the like carry it; give the rule another `name` or `id`";
            p.error(draft.at, format!("the id `{}` is marsad's own", health::RULE), Some(hint.into()));
        }
        for (text, expr, notes) in draft.expressions() {
            check_names(text, &expr, world, p);
            for note in notes {
                p.warning(text.at, note.message, None);
                p.within(&text.value, note.span);
            }
        }
        draft.spec.feeds = draft.feeds.iter().filter_map(|f| scope(f, world, p)).collect();
        let feeds = &draft.spec.feeds;
        draft.spec.feed_langs = if feeds.is_empty() { all_langs.clone() } else { FeedScope::languages(feeds, world.feeds) };
        let sinks = if draft.sinks.is_empty() { world.default_sinks } else { &draft.sinks };
        check_sinks(&draft.sinks, world, p);
        for sink in sinks {
            if !draft.spec.sinks.contains(&sink.value) {
                draft.spec.sinks.push(sink.value.clone());
            }
        }
    }
}

/// The concepts that a rule names, each once.
pub(super) fn concepts_of(spec: &RuleSpec) -> Vec<String> {
    let mut names = Vec::new();
    let mut add = |_: Option<Place>, group: &Group| {
        names.extend(group.terms.iter().filter(|term| term.form == Form::Concept).map(|term| term.text.clone()));
    };
    let lists = spec.all.iter().chain(&spec.any).chain(&spec.none).chain(spec.score.iter().map(|(key, _)| key));
    for (expr, _) in lists.filter_map(|text| parse_list(text).ok()).chain(spec.when.iter().filter_map(|text| parse(text).ok())) {
        expr.each_group(&mut add);
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// Reports concepts, feeds and tags that nobody defines.
pub(super) fn check_names(text: &At<String>, expr: &Expr, world: &World<'_>, p: &mut Problems) {
    expr.each_group(&mut |place, group| {
        for term in &group.terms {
            let (message, hint) = match (place, term.form) {
                (_, Form::Concept) if !world.concepts.contains(&term.text.as_str()) => unknown_concept(&term.text, world),
                (Some(Place::Feed), Form::Bare | Form::Exact) if !world.feed_ids().any(|id| id == term.text) => {
                    (format!("unknown feed `{}`", term.text), world.feed_hint(&term.text))
                }
                (Some(Place::Tag), Form::Bare | Form::Exact) if !world.tags().any(|tag| tag == term.text) => {
                    (format!("no feed has the tag `{}`", term.text), world.tag_hint(&term.text))
                }
                _ => continue,
            };
            p.missing(text.at, message, hint);
            p.within(&text.value, term.span.0.clone());
        }
    });
}

fn unknown_concept(name: &str, world: &World<'_>) -> (String, Option<String>) {
    (format!("unknown concept `@{name}`"), one_of(name, "@", "concepts", world.concepts.iter().copied()))
}

pub(super) fn scope(text: &At<String>, world: &World<'_>, p: &mut Problems) -> Option<FeedScope> {
    let written = text.value.trim();
    if let Some(tag) = written.strip_prefix("tag:") {
        if !world.tags().any(|known| known == tag) {
            let near = nearest(tag, world.tags()).map(|t| format!("did you mean `tag:{t}`?"));
            p.missing(text.at, format!("no feed has the tag `{tag}`"), near.or_else(|| world.tag_hint(tag)));
        }
        return Some(FeedScope::Tag(tag.to_owned()));
    }
    if !world.feed_ids().any(|id| id == written) {
        let tag = world.tags().any(|tag| tag == written).then(|| format!("`{written}` is a tag: write `tag:{written}`"));
        p.missing(text.at, format!("unknown feed `{written}`"), tag.or_else(|| world.feed_hint(written)));
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
    /// Every text of the rule that is an expression and can be read, with what is easily misread in it.
    fn expressions(&self) -> Vec<(&At<String>, Expr, Vec<Note>)> {
        let lists = self.groups.iter().flatten().chain(&self.score).filter_map(|text| Some((text, parse_list(&text.value).ok()?)));
        let when = self.when.iter().filter_map(|text| Some((text, parse(&text.value).ok()?)));
        lists.chain(when).map(|(text, (expr, notes))| (text, expr, notes)).collect()
    }

    /// The string of a clause, as it was written.
    pub fn text_of(&self, (clause, index): (Clause, usize)) -> Option<&At<String>> {
        match clause {
            Clause::All => self.groups[0].get(index),
            Clause::Any => self.groups[1].get(index),
            Clause::None => self.groups[2].get(index),
            Clause::Score => self.score.get(index),
            Clause::When => self.when.as_ref(),
            Clause::Near => None,
        }
    }

    /// Reports what the compiler found, unless its place has a problem already.
    pub fn report(&self, error: RuleError, p: &mut Problems) {
        let text = error.place.and_then(|place| self.text_of(place));
        let near = error.place.filter(|(clause, _)| *clause == Clause::Near).and(self.near);
        let at = text.map_or(near.unwrap_or(self.at), |text| text.at);
        let told_already = error.place.is_none() && self.groups.iter().take(2).all(Vec::is_empty) && self.when.is_none();
        if !told_already && !p.has_error_in(at) {
            p.error(at, error.message, error.hint);
            if let Some(text) = text {
                p.within(&text.value, error.span);
            }
        }
    }
}
