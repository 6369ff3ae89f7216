//! The alerts of two rule sets, rule by rule and day by day. Holds one number for each rule and story, never an article.

use crate::{cli::output::time, config::Config, engine::rule::Match, store::listing::Article};
use std::collections::{BTreeMap, HashMap};

/// What became of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Added,
    Removed,
    Changed,
    Same,
}

impl Fate {
    pub fn word(self) -> &'static str {
        match self {
            Fate::Added => "added",
            Fate::Removed => "removed",
            Fate::Changed => "changed",
            Fate::Same => "same",
        }
    }
}

/// The articles of a story that are the first to match, before and after.
type First = [Option<i64>; 2];

/// One rule in both configs.
#[derive(Debug)]
pub struct Rule {
    pub id: String,
    pub fate: Fate,
    /// Its position in either config.
    pub positions: [Option<usize>; 2],
    stories: HashMap<i64, First>,
}

impl Rule {
    /// How many alerts it raises, before or after.
    pub fn alerts(&self, side: usize) -> usize {
        self.stories.values().filter(|first| first[side].is_some()).count()
    }

    /// The articles of the alerts that only `side` has, the newest first.
    pub fn only(&self, side: usize) -> Vec<i64> {
        let mut articles: Vec<i64> =
            self.stories.values().filter(|first| first[1 - side].is_none()).filter_map(|first| first[side]).collect();
        articles.sort_unstable_by_key(|article| std::cmp::Reverse(*article));
        articles
    }
}

/// The alerts of both sides; 0 is before, 1 after.
#[derive(Debug, Default)]
pub struct Changes {
    /// The rules of the new config in its order, then those that are gone.
    pub rules: Vec<Rule>,
    /// Alerts of each day, before and after.
    pub days: BTreeMap<String, [usize; 2]>,
    /// Where the rules of each config stand in `rules`.
    places: [Vec<usize>; 2],
}

impl Changes {
    /// No alerts yet, of the rules of both configs.
    pub fn new(old: Option<&Config>, new: Option<&Config>) -> Changes {
        let rules_of = |config: Option<&Config>| -> Vec<(String, String)> {
            let both = config.map(|config| config.rules.specs().iter().zip(&config.rule_hashes));
            both.into_iter().flatten().map(|(spec, hash)| (spec.id.clone(), hash.clone())).collect()
        };
        let (old, new) = (rules_of(old), rules_of(new));
        let mut changes = Changes::default();
        for (after, (id, hash)) in new.iter().enumerate() {
            let before = old.iter().position(|(known, _)| known == id);
            let fate = match before.and_then(|before| old.get(before)) {
                None => Fate::Added,
                Some((_, known)) if known == hash => Fate::Same,
                Some(_) => Fate::Changed,
            };
            changes.rules.push(Rule { id: id.clone(), fate, positions: [before, Some(after)], stories: HashMap::new() });
        }
        for (before, (id, _)) in old.iter().enumerate().filter(|(_, (id, _))| !new.iter().any(|(known, _)| known == id)) {
            changes.rules.push(Rule { id: id.clone(), fate: Fate::Removed, positions: [Some(before), None], stories: HashMap::new() });
        }
        for (side, of) in [old, new].iter().enumerate() {
            changes.places[side] = of.iter().filter_map(|(id, _)| changes.rules.iter().position(|rule| rule.id == *id)).collect();
        }
        changes
    }

    /// Counts an article with the matches of both sides; articles come oldest first.
    pub fn count(&mut self, article: &Article, found: &[Vec<Match>]) {
        for (side, found) in found.iter().enumerate().take(2) {
            for found in found {
                let Some(rule) = self.places[side].get(found.rule).and_then(|place| self.rules.get_mut(*place)) else { continue };
                let first = &mut rule.stories.entry(article.story).or_default()[side];
                if first.is_none() {
                    *first = Some(article.id);
                    self.days.entry(time::date(article.first_seen_ms)).or_default()[side] += 1;
                }
            }
        }
    }

    /// All alerts, before or after.
    pub fn alerts(&self, side: usize) -> usize {
        self.rules.iter().map(|rule| rule.alerts(side)).sum()
    }
}
