//! A rule, compiled: clauses of nodes over the ids of terms, and the terms that wake it.

use super::{
    Clause, FeedScope, Field,
    expr::{Compare, Place, Reach},
    term::Term,
};
use std::sync::Arc;

/// A set of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Fields(u8);

impl Fields {
    pub fn of(fields: impl IntoIterator<Item = Field>) -> Fields {
        Fields(fields.into_iter().fold(0, |set, field| set | 1 << field as u8))
    }

    pub fn has(self, field: Field) -> bool {
        self.0 & (1 << field as u8) != 0
    }

    pub fn with(self, other: Fields) -> Fields {
        Fields(self.0 | other.0)
    }

    /// Whether every field of `self` is one of `other`.
    pub fn within(self, other: Fields) -> bool {
        self.0 & !other.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL.into_iter().filter(move |field| self.has(*field))
    }
}

/// A rule, compiled.
#[derive(Debug)]
pub(super) struct Plan {
    /// In the order all, any, none, near, score, when.
    pub clauses: Vec<PlanClause>,
    pub feeds: Vec<FeedScope>,
    pub langs: Vec<String>,
}

/// A clause of a rule.
#[derive(Debug)]
pub(super) struct PlanClause {
    pub clause: Clause,
    /// As written, such as `all[0]: @idlib`.
    pub label: Arc<str>,
    pub node: Node,
}

/// Something that holds for an article or does not.
#[derive(Debug)]
pub(super) enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    AtLeast(u32, Vec<Node>),
    Hit(Hits),
    Window(Reach, Vec<Hits>, Arc<str>),
    Score(Score),
    /// The feed's id, one of its tags, or the article's language is one of these words.
    Attribute(Place, Vec<Word>, Arc<str>),
    /// The terms are those of `count(…)`.
    Compare(Compare, Hits),
}

/// A word that an attribute may be.
#[derive(Debug)]
pub(super) struct Word {
    /// Lower case.
    pub text: String,
    /// `word*`.
    pub open: bool,
    pub regex: Option<regex::Regex>,
}

/// Terms of which one must hit, and where.
#[derive(Debug, Clone)]
pub(super) struct Hits {
    /// In the order written, each once.
    pub terms: Box<[u32]>,
    /// The same ascending, each with its place in `terms`: a lexicon has thousands, and an article a few.
    places: Box<[(u32, u32)]>,
    pub fields: Fields,
    pub label: Arc<str>,
}

/// `score`.
#[derive(Debug)]
pub(super) struct Score {
    pub keys: Vec<(Hits, f64)>,
    pub threshold: f64,
    pub title_factor: f64,
    pub label: Arc<str>,
}

impl Node {
    /// Whether it would hold for an article in which nothing is found and nothing known.
    pub fn holds_on_nothing(&self) -> bool {
        match self {
            Node::And(of) => of.iter().all(Node::holds_on_nothing),
            Node::Or(of) => of.iter().any(Node::holds_on_nothing),
            Node::Not(of) => !of.holds_on_nothing(),
            Node::AtLeast(n, of) => of.iter().filter(|node| node.holds_on_nothing()).count() >= *n as usize,
            Node::Score(score) => score.threshold <= 0.0,
            Node::Hit(_) | Node::Window(..) | Node::Attribute(..) | Node::Compare(..) => false,
        }
    }

    /// Terms of which at least one hits wherever this holds, those that hit most rarely; `None` when it may hold without any.
    pub fn triggers(&self, terms: &[Term]) -> Option<Vec<u32>> {
        match self {
            Node::And(of) => rarest(of.iter().filter_map(|node| node.triggers(terms)), terms),
            Node::Or(of) | Node::AtLeast(_, of) => union(of.iter().map(|node| node.triggers(terms))),
            Node::Hit(hits) => hits.triggers(terms),
            Node::Window(_, groups, _) => rarest(groups.iter().filter_map(|hits| hits.triggers(terms)), terms),
            Node::Score(score) if score.threshold > 0.0 => {
                union(score.keys.iter().filter(|(_, worth)| *worth > 0.0).map(|(hits, _)| hits.triggers(terms)))
            }
            // Without a hit there is no number beside it.
            Node::Compare(_, hits) if !hits.terms.is_empty() => hits.triggers(terms),
            Node::Score(_) | Node::Not(_) | Node::Attribute(..) | Node::Compare(..) => None,
        }
    }
}

impl Hits {
    /// Of these terms, in the order written, each once.
    pub fn new(terms: Vec<u32>, fields: Fields, label: Arc<str>) -> Hits {
        let mut places: Box<[(u32, u32)]> = terms.iter().copied().zip(0..).collect();
        places.sort_unstable();
        Hits { terms: terms.into(), places, fields, label }
    }

    /// The place of a term, where it is one of these.
    pub fn place(&self, term: u32) -> Option<u32> {
        self.places.binary_search_by_key(&term, |(term, _)| *term).ok().map(|at| self.places[at].1)
    }

    fn triggers(&self, terms: &[Term]) -> Option<Vec<u32>> {
        let scanned = self.terms.iter().all(|id| terms[*id as usize].regex.is_none());
        scanned.then(|| self.terms.to_vec())
    }
}

impl Plan {
    /// The terms that wake the rule; `None` when it must be judged for every article.
    pub fn triggers(&self, terms: &[Term]) -> Option<Vec<u32>> {
        let any = self.clauses.iter().filter(|clause| clause.clause == Clause::Any).map(|clause| clause.node.triggers(terms));
        let any: Vec<_> = any.collect();
        let any = if any.is_empty() { None } else { union(any.into_iter()) };
        let others = self.clauses.iter().filter(|clause| !matches!(clause.clause, Clause::Any | Clause::None));
        rarest(others.filter_map(|clause| clause.node.triggers(terms)).chain(any), terms)
    }
}

/// The union of all, or nothing if one of them is nothing.
fn union(sets: impl Iterator<Item = Option<Vec<u32>>>) -> Option<Vec<u32>> {
    let mut all = Vec::new();
    for set in sets {
        all.extend(set?);
    }
    all.sort_unstable();
    all.dedup();
    Some(all)
}

/// The set whose terms hit most rarely.
fn rarest(sets: impl Iterator<Item = Vec<u32>>, terms: &[Term]) -> Option<Vec<u32>> {
    let cost = |set: &Vec<u32>| set.iter().map(|id| terms[*id as usize].commonness()).sum::<f64>();
    sets.min_by(|a, b| cost(a).total_cmp(&cost(b)))
}
