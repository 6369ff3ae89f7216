//! Why a rule holds for an article, or why not: each clause with its hits. Asks the very judge that matching asks; never
//! decides anything by itself.

use super::{
    Clause, Evidence, Ruleset, Subject,
    judge::Article,
    plan::{Node, PlanClause},
};

/// How one rule reads one article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Whether the rule holds.
    pub holds: bool,
    /// Whether it watches the article's feed and language at all.
    pub in_scope: bool,
    /// Each clause in the order `all`, `any`, `none`, `near`, `score`, `when`.
    pub clauses: Vec<Reading>,
}

/// How one clause of a rule, or a part of one, reads one article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Which part of the rule it is.
    pub clause: Clause,
    /// As written, such as `all[0]: @idlib`; the parts of an expression name themselves.
    pub label: String,
    /// Whether it is content: `none` and NOT are when nothing is found.
    pub holds: bool,
    /// What was measured, where there is more to say than yes and no: `5 of 6`, `41 words apart`.
    pub measure: Option<String>,
    /// Every hit of it in its fields, title first, also where it does not hold.
    pub evidence: Vec<Evidence>,
    /// The parts of an expression, in order.
    pub parts: Vec<Reading>,
}

impl Explanation {
    /// The clauses that stand in the way: those that are not content, and every one of `any` when none of them hit.
    pub fn failed(&self) -> impl Iterator<Item = &Reading> {
        let any = self.clauses.iter().any(|reading| reading.clause == Clause::Any && reading.holds);
        self.clauses.iter().filter(move |reading| !(reading.holds || any && reading.clause == Clause::Any))
    }

    /// Every hit that makes the rule hold, each span once, by field and place; of `none` and NOT there are none.
    pub fn evidence(&self) -> Vec<&Evidence> {
        fn gather<'r>(reading: &'r Reading, found: &mut Vec<&'r Evidence>) {
            if reading.holds && reading.clause != Clause::None {
                found.extend(&reading.evidence);
                reading.parts.iter().for_each(|part| gather(part, found));
            }
        }
        let mut found = Vec::new();
        self.clauses.iter().for_each(|reading| gather(reading, &mut found));
        found.sort_by_key(|piece| (piece.field, piece.start, piece.end));
        found.dedup_by_key(|piece| (piece.field, piece.start, piece.end));
        found
    }
}

impl Ruleset {
    /// How rule `rule`, by its position, reads `subject`; `None` when there is no such rule.
    pub fn explain(&self, rule: usize, subject: &Subject<'_>) -> Option<Explanation> {
        let plan = self.plans.get(rule)?;
        let article = self.read(subject);
        let clauses = plan.clauses.iter().map(|clause| article.reading_of(clause)).collect();
        let in_scope = article.in_scope(plan);
        Some(Explanation { holds: in_scope && article.holds_all(plan), in_scope, clauses })
    }
}

impl Article<'_> {
    fn reading_of(&self, clause: &PlanClause) -> Reading {
        let mut reading = self.reading(clause.clause, &clause.node);
        // A clause is named as its author wrote it; an expression of several parts keeps their names below it.
        reading.label = clause.label.to_string();
        reading.holds ^= clause.clause == Clause::None;
        reading
    }

    fn reading(&self, clause: Clause, node: &Node) -> Reading {
        let holds = self.holds(node);
        let parts = |of: &[Node]| of.iter().map(|node| self.reading(clause, node)).collect::<Vec<_>>();
        let mut reading =
            Reading { clause, label: String::new(), holds, measure: self.measured(node), evidence: Vec::new(), parts: Vec::new() };
        match node {
            Node::And(of) => (reading.label, reading.parts) = ("all of".into(), parts(of)),
            Node::Or(of) => (reading.label, reading.parts) = ("one of".into(), parts(of)),
            Node::AtLeast(n, of) => (reading.label, reading.parts) = (format!("at least {n} of"), parts(of)),
            Node::Not(of) => {
                // What is found inside a NOT speaks against the rule: told with the part, never as its evidence.
                let mut inner = self.reading(clause, of);
                inner.clause = Clause::None;
                (reading.label, reading.parts) = ("not".into(), vec![inner]);
            }
            Node::Attribute(_, _, label) => reading.label = label.to_string(),
            Node::Hit(hits) | Node::Compare(_, hits) => {
                reading.label = hits.label.to_string();
                let found = self.all(hits).into_iter().map(|hit| (hits.label.clone(), hit)).collect();
                reading.evidence = self.evidence(found, usize::MAX);
            }
            Node::Window(_, groups, label) => {
                reading.label = label.to_string();
                let mut found = Vec::new();
                if holds {
                    self.collect(node, &mut found);
                } else {
                    found.extend(groups.iter().flat_map(|hits| self.all(hits)).map(|hit| (label.clone(), hit)));
                }
                reading.evidence = self.evidence(found, usize::MAX);
            }
            Node::Score(score) => {
                reading.label = score.label.to_string();
                let keys = score.keys.iter().map(|(hits, worth)| {
                    let found: Vec<_> = self.all(hits).into_iter().map(|hit| (hits.label.clone(), hit)).collect();
                    let evidence = self.evidence(found, usize::MAX);
                    // What subtracts speaks against the rule.
                    let clause = if *worth > 0.0 { clause } else { Clause::None };
                    Reading {
                        clause,
                        label: hits.label.to_string(),
                        holds: !evidence.is_empty(),
                        measure: None,
                        evidence,
                        parts: Vec::new(),
                    }
                });
                reading.parts = keys.collect();
            }
        }
        reading
    }

    /// What a node measures in this article, in words.
    pub fn measured(&self, node: &Node) -> Option<String> {
        match node {
            Node::AtLeast(n, of) => Some(format!("{} of {n}", of.iter().filter(|node| self.holds(node)).count())),
            Node::Window(reach, groups, _) => Some(match self.narrowest(*reach, groups) {
                Some(words) => format!("{words} words apart"),
                None => "not all of them are there".into(),
            }),
            Node::Score(score) => Some(format!("{} of {}", self.score(score), score.threshold)),
            Node::Compare(compare, hits) => {
                Some(self.measure(compare, hits).map_or_else(|| "nothing to compare".into(), |found| shown(compare, found)))
            }
            _ => None,
        }
    }
}

/// A measure as its author would write it.
fn shown(compare: &super::expr::Compare, found: i64) -> String {
    use super::expr::Quantity;
    match compare.quantity {
        Quantity::Age => format!("{} min old", found / 60_000),
        Quantity::Published | Quantity::Seen => {
            jiff::Timestamp::from_millisecond(found).map_or_else(|_| found.to_string(), |moment| moment.to_string())
        }
        Quantity::Count(_) => found.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::rule::{FeedScope, Lexicon, RuleSpec, Subject, compile};

    fn spec() -> RuleSpec {
        let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
        let feeds = vec![FeedScope::Feed("f".into())];
        RuleSpec {
            id: "r".into(),
            all: own(&["Idlib", "truce"]),
            any: own(&["=a", "=b"]),
            none: own(&["football"]),
            feeds,
            ..RuleSpec::default()
        }
    }

    fn failed(text: &str, feed: &str) -> (bool, bool, Vec<String>) {
        let rules = compile(&[spec()], &Lexicon::default()).unwrap();
        let explanation = rules.explain(0, &Subject { title: "Idlib", text, feed, ..Subject::default() }).unwrap();
        let failed = explanation.failed().map(|reading| reading.label.clone()).collect();
        (explanation.holds, explanation.in_scope, failed)
    }

    #[test]
    fn a_rule_that_holds_has_no_failed_clause() {
        assert_eq!(failed("truce b", "f"), (true, true, vec![]));
    }

    #[test]
    fn every_clause_that_stands_in_the_way_is_named() {
        let all: Vec<String> = ["all[1]: truce", "any[0]: =a", "any[1]: =b", "none[0]: football"].map(String::from).into();
        assert_eq!(failed("football", "f"), (false, true, all));
    }

    #[test]
    fn a_feed_that_the_rule_does_not_watch_is_said_so() {
        assert_eq!(failed("truce a", "g"), (false, false, vec![]));
    }

    #[test]
    fn there_is_no_explanation_without_a_rule() {
        let rules = compile(&[], &Lexicon::default()).unwrap();
        assert_eq!(rules.explain(0, &Subject::default()), None);
    }

    #[test]
    fn an_expression_is_told_part_by_part_with_what_was_measured() {
        let when = "NEAR(2, Idlib, truce) AND NOT football".to_owned();
        let rules = compile(&[RuleSpec { id: "r".into(), when: Some(when), ..RuleSpec::default() }], &Lexicon::default()).unwrap();
        let read = |text| rules.explain(0, &Subject { text, ..Subject::default() }).unwrap();
        let near = read("Idlib has seen no truce");
        assert!(!near.holds);
        let window = &near.clauses[0].parts[0];
        assert_eq!((window.measure.as_deref(), window.evidence.len()), (Some("4 words apart"), 2));
        let held = read("Idlib: truce at last");
        assert_eq!(held.evidence().iter().map(|piece| piece.text.as_str()).collect::<Vec<_>>(), ["Idlib", "truce"]);
    }
}
