//! Which words of an index could make a rule hold: the rule's terms looked up in a vocabulary.

use super::{Clause, matcher::Ruleset};
use crate::engine::lang::fold::BLANK;
use std::collections::BTreeSet;

/// For each word of each term, the words of the vocabulary that it hits. Filled chunk by chunk.
#[derive(Debug)]
pub struct Forms {
    /// By term, then by position in the term.
    found: Vec<Vec<BTreeSet<String>>>,
}

impl Ruleset {
    /// An empty set of forms for this ruleset.
    pub fn forms(&self) -> Forms {
        Forms { found: self.terms.iter().map(|term| vec![BTreeSet::new(); term.length as usize]).collect() }
    }

    /// Adds the forms found in `words`: folded words, one a line.
    pub fn look_up(&self, words: &str, forms: &mut Forms) {
        let Some(automaton) = &self.automaton else { return };
        for found in automaton.find_overlapping_iter(words) {
            let start = words[..found.start()].rfind('\n').map_or(0, |at| at + 1);
            let end = words[found.end()..].find('\n').map_or(words.len(), |at| found.end() + at);
            let (before, after) = (&words[start..found.start()], &words[found.end()..end]);
            for used in
                self.uses[found.value() as usize].iter().filter(|used| used.glue.allows(&words[found.start()..found.end()], before, after))
            {
                forms.found[used.term as usize][used.position as usize].insert(words[start..end].to_owned());
            }
        }
    }

    /// An FTS5 query that finds every article for which rule `rule` can hold; a superset, to be verified on the article.
    /// `None` when no article of the index can.
    pub fn index_query(&self, rule: usize, forms: &Forms) -> Option<String> {
        let plan = self.plans.get(rule)?;
        let group = |terms: &[u32]| any_of(terms.iter().filter_map(|term| all_of(forms.found[*term as usize].iter().map(one_of))));
        let mut parts = Vec::new();
        for clause in plan.groups.iter().filter(|group| group.clause == Clause::All) {
            parts.push(group(&clause.terms)?);
        }
        let any: Vec<_> = plan.groups.iter().filter(|group| group.clause == Clause::Any).collect();
        if !any.is_empty() {
            parts.push(any_of(any.iter().filter_map(|clause| group(&clause.terms)))?);
        }
        all_of(parts.into_iter().map(Some))
    }
}

/// The words of one position, of which one must stand in the article.
fn one_of(words: &BTreeSet<String>) -> Option<String> {
    // Folded words hold letters, digits and marks only; quotes keep `and`, `or`, `not` and `near` words.
    any_of(words.iter().filter(|word| !word.contains([BLANK, '"'])).map(|word| format!("\"{word}\"")))
}

fn any_of(parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| format!("({})", parts.join(" OR ")))
}

fn all_of(parts: impl Iterator<Item = Option<String>>) -> Option<String> {
    let parts: Option<Vec<String>> = parts.collect();
    parts.filter(|parts| !parts.is_empty()).map(|parts| format!("({})", parts.join(" AND ")))
}
