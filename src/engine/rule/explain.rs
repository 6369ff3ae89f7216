//! Why a rule holds for an article, or why not: each clause with its hits. Asks the very judge that matching asks; never
//! decides anything by itself.

use super::{
    Clause, Evidence, Subject,
    matcher::{Article, Ruleset},
};

/// How one rule reads one article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Whether the rule holds.
    pub holds: bool,
    /// Whether it watches the article's feed at all.
    pub in_scope: bool,
    /// Each clause in the order `all`, `any`, `none`.
    pub clauses: Vec<Reading>,
}

/// How one clause of a rule reads one article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Which list it stands in.
    pub clause: Clause,
    /// The clause as written, such as `all[0]: @idlib`.
    pub label: String,
    /// Whether it is content: a group of `all` or `any` with a hit, a group of `none` without one.
    pub holds: bool,
    /// Its hits in the rule's fields, title first.
    pub evidence: Vec<Evidence>,
}

impl Explanation {
    /// The clauses that stand in the way: those of `all` and `none` that are not content, and every one of `any` when
    /// none of them hit.
    pub fn failed(&self) -> impl Iterator<Item = &Reading> {
        let any = self.clauses.iter().any(|reading| reading.clause == Clause::Any && reading.holds);
        self.clauses.iter().filter(move |reading| !(reading.holds || any && reading.clause == Clause::Any))
    }
}

impl Ruleset {
    /// How rule `rule`, by its position, reads `subject`; `None` when there is no such rule.
    pub fn explain(&self, rule: usize, subject: &Subject<'_>) -> Option<Explanation> {
        let plan = self.plans.get(rule)?;
        let (folded, hits) = self.read(subject);
        let article = Article { subject, folded: &folded, hits: &hits, terms: &self.terms };
        let clauses = plan.groups.iter().map(|group| {
            let found = article.of_group(plan, group);
            let holds = found.is_empty() == (group.clause == Clause::None);
            Reading { clause: group.clause, label: group.label.clone(), holds, evidence: article.pieces(group, found) }
        });
        let clauses = clauses.collect();
        Some(Explanation { holds: article.judge(rule, plan).is_some(), in_scope: article.in_scope(plan), clauses })
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::rule::{FeedScope, RuleSpec, Subject, compile};
    use std::collections::BTreeMap;

    fn spec() -> RuleSpec {
        let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
        let feeds = vec![FeedScope::Feed("f".into())];
        RuleSpec {
            id: "r".into(),
            all: own(&["Idlib", "truce"]),
            any: own(&["a", "b"]),
            none: own(&["football"]),
            feeds,
            ..RuleSpec::default()
        }
    }

    fn failed(text: &str, feed: &str) -> (bool, bool, Vec<String>) {
        let rules = compile(&[spec()], &BTreeMap::new()).unwrap();
        let explanation = rules.explain(0, &Subject { title: "Idlib", text, feed, tags: &[] }).unwrap();
        let failed = explanation.failed().map(|reading| reading.label.clone()).collect();
        (explanation.holds, explanation.in_scope, failed)
    }

    #[test]
    fn a_rule_that_holds_has_no_failed_clause() {
        assert_eq!(failed("truce b", "f"), (true, true, vec![]));
    }

    #[test]
    fn every_clause_that_stands_in_the_way_is_named() {
        let all: Vec<String> = ["all[1]: truce", "any[0]: a", "any[1]: b", "none[0]: football"].map(String::from).into();
        assert_eq!(failed("football", "f"), (false, true, all));
    }

    #[test]
    fn a_feed_that_the_rule_does_not_watch_is_said_so() {
        assert_eq!(failed("truce a", "g"), (false, false, vec![]));
    }

    #[test]
    fn there_is_no_explanation_without_a_rule() {
        let rules = compile(&[], &BTreeMap::new()).unwrap();
        assert_eq!(rules.explain(0, &Subject { title: "", text: "", feed: "", tags: &[] }), None);
    }
}
