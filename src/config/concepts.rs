//! `[concept.NAME]`: lexicons, the shipped ones and the user's, made into one map. Does not fold or match words.

use super::{
    files::Source,
    language,
    nearest::did_you_mean,
    raw::{At, Node, Reader},
    report::{Problems, Spot},
    trials::{self, Trial},
};
use crate::engine::rule::{self, Concept, RuleSpec, compile};
use std::collections::BTreeMap;

/// The lexicons that come with marsad: what a problem in one is called by, and its text.
const SHIPPED: [(&str, &str); 9] = [
    ("<shipped>/concepts/aid.toml", include_str!("../../config/concepts/aid.toml")),
    ("<shipped>/concepts/border.toml", include_str!("../../config/concepts/border.toml")),
    ("<shipped>/concepts/casualties.toml", include_str!("../../config/concepts/casualties.toml")),
    ("<shipped>/concepts/ceasefire.toml", include_str!("../../config/concepts/ceasefire.toml")),
    ("<shipped>/concepts/detention.toml", include_str!("../../config/concepts/detention.toml")),
    ("<shipped>/concepts/displacement.toml", include_str!("../../config/concepts/displacement.toml")),
    ("<shipped>/concepts/idlib.toml", include_str!("../../config/concepts/idlib.toml")),
    ("<shipped>/concepts/refugees.toml", include_str!("../../config/concepts/refugees.toml")),
    ("<shipped>/concepts/shelling.toml", include_str!("../../config/concepts/shelling.toml")),
];

/// The shipped lexicons as sources.
pub(super) fn shipped() -> Vec<Source> {
    SHIPPED.iter().map(|(name, text)| Source { name: (*name).into(), text: (*text).into() }).collect()
}

/// One `[concept.NAME]` as written.
#[derive(Debug)]
pub(super) struct ConceptDraft {
    name: At<String>,
    extend: bool,
    terms: Vec<(String, At<String>)>,
    trials: Vec<Trial>,
}

/// A lexicon after replacing and extending.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    /// What rules are compiled with.
    pub concept: Concept,
    /// Where each of its terms was written.
    pub places: Vec<At<String>>,
    /// Its own tests.
    pub trials: Vec<Trial>,
    /// Whether the user wrote any of it; a shipped one is tested before it ships.
    pub users: bool,
}

/// Reads one `[concept.NAME]`.
pub(super) fn read(name: At<String>, mut table: Reader<'_>, p: &mut Problems) -> Option<ConceptDraft> {
    table.what = format!("concept `{}`", name.value);
    let good = !name.value.is_empty() && name.value.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if !good {
        let hint = "use letters, digits, `-` and `_`; rules call it `@name`";
        p.error(name.at, format!("`{}` is not a name for a concept", name.value), Some(hint.into()));
    }
    if let Some(note) = table.node("note") {
        note.text("a string", p);
    }
    let extend = table.flag("extend", p).unwrap_or(false);
    let trials = table.table("test", p).map(|t| trials::read(t, p)).unwrap_or_default();
    let terms = languages(&table, p);
    if terms.is_empty() && table.entries().iter().all(|(k, _)| !language::has_shape(&k.value)) {
        let hint = "write its words under the key of their language, such as ar = [\"…\"]";
        p.missing(name.at, format!("{} has no words", table.what), Some(hint.into()));
    }
    good.then_some(ConceptDraft { name, extend, terms, trials })
}

/// Keys that are no option of a concept: languages, each with its list of words.
fn languages(table: &Reader<'_>, p: &mut Problems) -> Vec<(String, At<String>)> {
    const OPTIONS: [&str; 3] = ["note", "test", "extend"];
    let mut terms = Vec::new();
    for (key, node) in table.entries() {
        if OPTIONS.contains(&key.value.as_str()) {
            continue;
        }
        if !language::has_shape(&key.value) {
            let hint =
                did_you_mean(&key.value, OPTIONS).or_else(|| Some("known here: note, extend, test, and language tags such as `ar`".into()));
            p.error(key.at, format!("unknown key `{}` in {}", key.value, table.what), hint);
            continue;
        }
        let tag = language::check(&key, p);
        terms.extend(words(node, p).into_iter().map(|term| (tag.clone(), term)));
    }
    terms
}

fn words(node: Node<'_>, p: &mut Problems) -> Vec<At<String>> {
    let mut words = node.texts(p);
    words.retain(|term| {
        if term.value.trim_start().starts_with('@') {
            p.error(term.at, "a concept cannot hold another concept", Some("list its words here".into()));
            return false;
        }
        trials::is_plain(term, p)
    });
    words
}

/// Puts shipped and user concepts together: a user's replaces the shipped one, `extend = true` adds to it.
pub(super) fn settle(shipped: Vec<ConceptDraft>, users: Vec<ConceptDraft>, p: &mut Problems) -> BTreeMap<String, Lexicon> {
    let mut map: BTreeMap<String, Lexicon> = BTreeMap::new();
    let mut defined: BTreeMap<String, Spot> = BTreeMap::new();
    for draft in shipped {
        add(map.entry(draft.name.value.clone()).or_default(), draft, false, p);
    }
    let (extending, whole): (Vec<_>, Vec<_>) = users.into_iter().partition(|d| d.extend);
    for draft in whole {
        let name = draft.name.value.clone();
        if defined.insert(name.clone(), draft.name.at).is_some() {
            let hint = "write `extend = true` in one of them to have both";
            p.error(draft.name.at, format!("the concept `{name}` is defined twice"), Some(hint.into()));
            continue;
        }
        map.insert(name.clone(), Lexicon::default());
        add(map.entry(name).or_default(), draft, true, p);
    }
    for draft in extending {
        let known: Vec<String> = map.keys().cloned().collect();
        match map.get_mut(&draft.name.value) {
            Some(lexicon) => add(lexicon, draft, true, p),
            None => {
                let hint = did_you_mean(&draft.name.value, known.iter().map(String::as_str));
                let message = format!("there is no concept `{}` to extend", draft.name.value);
                p.missing(draft.name.at, message, hint.or_else(|| Some("leave out `extend = true` to define it".into())));
            }
        }
    }
    map
}

/// Adds what was written to `lexicon`; of a user's, not the terms that cannot be looked for.
fn add(lexicon: &mut Lexicon, mut draft: ConceptDraft, users: bool, p: &mut Problems) {
    if users {
        drop_bad_terms(&mut draft, p);
    }
    for (tag, term) in draft.terms {
        lexicon.concept.terms.push((tag, term.value.clone()));
        lexicon.places.push(term);
    }
    lexicon.trials.extend(draft.trials);
    lexicon.users |= users;
}

/// Reports terms at their own place, so that the rules that use the concept need not repeat it.
fn drop_bad_terms(draft: &mut ConceptDraft, p: &mut Problems) {
    let spec =
        RuleSpec { id: draft.name.value.clone(), any: draft.terms.iter().map(|(_, t)| t.value.clone()).collect(), ..RuleSpec::default() };
    if spec.any.is_empty() {
        return;
    }
    let Err(errors) = compile(std::slice::from_ref(&spec), &rule::Lexicon::default()) else { return };
    let mut bad: Vec<usize> = Vec::new();
    for error in errors {
        let at = error.place.and_then(|(_, i)| draft.terms.get(i).map(|(_, t)| t.at));
        p.error(at.unwrap_or(draft.name.at), error.message, error.hint);
        if let Some((_, term)) = error.place.and_then(|(_, i)| draft.terms.get(i)) {
            p.within(&term.value, error.span);
        }
        bad.extend(error.place.map(|(_, i)| i));
    }
    let mut index = 0..;
    draft.terms.retain(|_| index.next().is_some_and(|i| !bad.contains(&i)));
}
