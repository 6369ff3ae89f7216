//! Which words of an index could make a rule hold: the rule's terms looked up in a vocabulary.

use super::{
    Clause, Field, Ruleset,
    pattern::Glue,
    plan::{Hits, Node},
};
use crate::engine::lang::fold::BLANK;
use aho_corasick::{AhoCorasick, Input, MatchKind};
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

/// One use of a pattern: this word of this term, with this round its stem.
type Use = (u32, u16, Glue);

/// Looks the terms of a ruleset up in a vocabulary, chunk by chunk.
pub struct Lookup<'r> {
    rules: &'r Ruleset,
    /// Finds the next word that holds any stem: leftmost matches let it skip the rest many bytes at a time.
    next: Option<AhoCorasick>,
    /// Finds every stem of such a word, the line end before and behind it included.
    stems: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
    /// By pattern.
    uses: Vec<Vec<Use>>,
    /// By term, then by position in the term: the words of the vocabulary.
    found: Vec<Vec<BTreeSet<String>>>,
    /// The word in hand between two line ends.
    word: String,
}

impl std::fmt::Debug for Lookup<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lookup").field("found", &self.found).finish_non_exhaustive()
    }
}

impl<'r> Lookup<'r> {
    /// For one small ruleset, such as a search's.
    pub fn new(rules: &'r Ruleset) -> Lookup<'r> {
        let mut patterns: BTreeMap<String, Vec<Use>> = BTreeMap::new();
        let mut found: Vec<Vec<BTreeSet<String>>> = rules.terms.iter().map(|term| vec![BTreeSet::new(); term.parts.len()]).collect();
        for (id, term) in rules.terms.iter().enumerate() {
            for (position, part) in term.parts.iter().enumerate() {
                for (stem, glue) in part.stems(&rules.forms) {
                    if glue == Glue::Whole {
                        // A word as it stands needs no look: the index is asked for it, whether or not it holds it.
                        found[id][position].insert(stem.to_owned());
                        continue;
                    }
                    // The vocabulary has line ends where a text has blanks.
                    patterns.entry(glue.pattern(stem).replace(BLANK, "\n")).or_default().push((id as u32, position as u16, glue));
                }
            }
        }
        let next = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(patterns.keys());
        let stems = CharwiseDoubleArrayAhoCorasick::with_values(patterns.keys().zip(0..));
        let (next, stems) = if patterns.is_empty() { (None, None) } else { (next.ok(), stems.ok()) };
        Lookup { rules, next, stems, uses: patterns.into_values().collect(), found, word: String::new() }
    }

    /// Whether anything is to be looked up at all.
    pub fn is_needed(&self) -> bool {
        self.stems.is_some()
    }

    /// Adds the forms found in `words`: folded words, each followed by a line end.
    pub fn look_up(&mut self, words: &str) {
        let Some(next) = self.next.take() else { return };
        let bytes = words.as_bytes();
        // The first word has no line end before it.
        let mut at = words.find('\n').unwrap_or(words.len());
        self.try_word(&words[..at]);
        while let Some(found) = next.find(Input::new(bytes).range(at..)) {
            let start = match bytes[found.start()] {
                b'\n' => found.start() + 1,
                _ => words[..found.start()].rfind('\n').map_or(0, |line| line + 1),
            };
            let end = words[start..].find('\n').map_or(words.len(), |length| start + length);
            self.try_word(&words[start..end]);
            if end == words.len() {
                break;
            }
            at = end;
        }
        self.next = Some(next);
    }

    /// Adds a word to every position of every term that it is a form of.
    fn try_word(&mut self, word: &str) {
        let Some(stems) = &self.stems else { return };
        self.word.clear();
        self.word.extend(["\n", word, "\n"]);
        let end = self.word.len() - 1;
        for hit in stems.find_overlapping_iter(&self.word) {
            let (from, to) = (hit.start().max(1), hit.end().min(end));
            let (before, stem, after) = (&self.word[1..from], &self.word[from..to], &self.word[to..end]);
            for (term, position, glue) in &self.uses[hit.value() as usize] {
                let part = &self.rules.terms[*term as usize].parts[*position as usize];
                let forms = &mut self.found[*term as usize][*position as usize];
                if glue.allows(part.word(), stem, before, after) && !forms.contains(word) && !part.vetoed(*glue, word, &self.rules.forms) {
                    forms.insert(word.to_owned());
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
