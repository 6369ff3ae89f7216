//! Which words of an index could make a rule hold: the rule's terms looked up in a vocabulary.

use super::{
    Clause, Field, Ruleset,
    pattern::Glue,
    plan::{Hits, Node},
};
use crate::engine::lang::fold::BLANK;
use daachorse::CharwiseDoubleArrayAhoCorasick;
use std::collections::{BTreeMap, BTreeSet};

/// What an index must be asked for a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// Every article may be one.
    All,
    /// No article of the index is one.
    Nothing,
    /// An FTS5 expression that finds every article that may be one; to be verified on the article.
    Words(String),
}

/// Looks the terms of a ruleset up in a vocabulary, chunk by chunk.
pub struct Lookup<'r> {
    rules: &'r Ruleset,
    automaton: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
    /// By pattern: which words of which terms, with what glue.
    uses: Vec<Vec<(u32, u16, Glue)>>,
    /// By term, then by position in the term: the words of the vocabulary.
    found: Vec<Vec<BTreeSet<String>>>,
}

impl std::fmt::Debug for Lookup<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lookup").field("found", &self.found).finish_non_exhaustive()
    }
}

impl<'r> Lookup<'r> {
    /// For one small ruleset, such as a search's.
    pub fn new(rules: &'r Ruleset) -> Lookup<'r> {
        let mut patterns: BTreeMap<String, Vec<(u32, u16, Glue)>> = BTreeMap::new();
        for (id, term) in rules.terms.iter().enumerate() {
            for (position, part) in term.parts.iter().enumerate() {
                for (stem, glue) in &part.stems {
                    patterns.entry(glue.pattern(stem)).or_default().push((id as u32, position as u16, *glue));
                }
            }
        }
        let distinct = patterns.keys().enumerate().map(|(id, pattern)| (pattern.as_str(), id as u32));
        let automaton = if patterns.is_empty() { None } else { CharwiseDoubleArrayAhoCorasick::with_values(distinct).ok() };
        let uses = patterns.values().cloned().collect();
        let found = rules.terms.iter().map(|term| vec![BTreeSet::new(); term.parts.len()]).collect();
        Lookup { rules, automaton, uses, found }
    }

    /// Adds the forms found in `words`: folded words, one a line.
    pub fn look_up(&mut self, words: &str) {
        let Some(automaton) = &self.automaton else { return };
        // Patterns have blanks for ends of words.
        let text = format!(" {} ", words.replace('\n', " "));
        for found in automaton.find_overlapping_iter(&text) {
            let from = found.start() + usize::from(text.as_bytes()[found.start()] == b' ');
            let to = found.end() - usize::from(text.as_bytes()[found.end() - 1] == b' ');
            let start = text[..from].rfind(BLANK).map_or(0, |at| at + 1);
            let end = text[to..].find(BLANK).map_or(text.len(), |at| to + at);
            let (before, stem, after) = (&text[start..from], &text[from..to], &text[to..end]);
            for (term, position, glue) in &self.uses[found.value() as usize] {
                let part = &self.rules.terms[*term as usize].parts[*position as usize];
                if glue.allows(&part.word, stem, before, after) && !part.vetoed(*glue, &text[start..end], &self.rules.forms) {
                    self.found[*term as usize][*position as usize].insert(text[start..end].to_owned());
                }
            }
        }
    }

    /// What to ask the index for rule `rule`: never less than what the rule holds for.
    pub fn query(&self, rule: usize) -> Query {
        let Some(plan) = self.rules.plans.get(rule) else { return Query::Nothing };
        let mut parts = Vec::new();
        let any: Vec<Query> =
            plan.clauses.iter().filter(|clause| clause.clause == Clause::Any).map(|clause| self.node(&clause.node)).collect();
        if !any.is_empty() {
            parts.push(one_of(any));
        }
        let others = plan.clauses.iter().filter(|clause| !matches!(clause.clause, Clause::Any | Clause::None));
        parts.extend(others.map(|clause| self.node(&clause.node)));
        all_of(parts)
    }

    fn node(&self, node: &Node) -> Query {
        match node {
            Node::And(of) => all_of(of.iter().map(|node| self.node(node)).collect()),
            Node::AtLeast(n, of) if *n as usize == of.len() => all_of(of.iter().map(|node| self.node(node)).collect()),
            Node::Or(of) | Node::AtLeast(_, of) => one_of(of.iter().map(|node| self.node(node)).collect()),
            Node::Hit(hits) => self.hits(hits),
            Node::Window(_, groups, _) => all_of(groups.iter().map(|hits| self.hits(hits)).collect()),
            Node::Score(score) if score.threshold > 0.0 => {
                one_of(score.keys.iter().filter(|(_, worth)| *worth > 0.0).map(|(hits, _)| self.hits(hits)).collect())
            }
            Node::Compare(_, hits) if !hits.terms.is_empty() => self.hits(hits),
            Node::Score(_) | Node::Compare(..) | Node::Not(_) | Node::Attribute(..) => Query::All,
        }
    }

    fn hits(&self, hits: &Hits) -> Query {
        // The index holds titles and texts.
        let indexed = hits.fields.iter().all(|field| matches!(field, Field::Title | Field::Text));
        if !indexed || hits.terms.iter().any(|term| self.rules.terms[*term as usize].regex.is_some()) {
            return Query::All;
        }
        one_of(hits.terms.iter().map(|term| all_of(self.found[*term as usize].iter().map(words).collect())).collect())
    }
}

/// The words of one position, of which one must stand in the article.
fn words(found: &BTreeSet<String>) -> Query {
    // Folded words hold letters, digits and marks only; quotes keep `and`, `or`, `not` and `near` words.
    one_of(found.iter().filter(|word| !word.contains([BLANK, '"'])).map(|word| Query::Words(format!("\"{word}\""))).collect())
}

fn one_of(parts: Vec<Query>) -> Query {
    let mut words = Vec::new();
    for part in parts {
        match part {
            Query::All => return Query::All,
            Query::Nothing => {}
            Query::Words(expression) => words.push(expression),
        }
    }
    joined(words, " OR ").map_or(Query::Nothing, Query::Words)
}

fn all_of(parts: Vec<Query>) -> Query {
    let mut words = Vec::new();
    for part in parts {
        match part {
            Query::All => {}
            Query::Nothing => return Query::Nothing,
            Query::Words(expression) => words.push(expression),
        }
    }
    joined(words, " AND ").map_or(Query::All, Query::Words)
}

fn joined(mut words: Vec<String>, between: &str) -> Option<String> {
    match words.len() {
        0 => None,
        1 => words.pop(),
        _ => Some(format!("({})", words.join(between))),
    }
}
