//! Rules that can never hold: a group that is required where all its terms are excluded, comparisons that leave no value, two feeds or
//! two languages of one article. As far as AND reaches; what stands in an alternative is only odd, and a warning of `lint`.

use super::{
    Clause, RuleError, RuleSpec,
    expr::{Compare, Place},
    plan::{Hits, Node, PlanClause, Word},
};
use crate::engine::lang::primary;

/// A string of a rule: the part, and the position in its list.
type At = (Clause, usize);

/// What must hold in a rule, and what must not.
#[derive(Default)]
struct Demands<'n> {
    required: Vec<(At, &'n Hits)>,
    excluded: Vec<&'n Hits>,
    compared: Vec<(At, &'n Compare, &'n Hits)>,
    attributes: Vec<(At, Place, &'n [Word])>,
}

/// Why the rule at position `rule`, each string of which became a clause, can never hold; nothing for one that may.
pub(super) fn find(rule: usize, spec: &RuleSpec, clauses: &[PlanClause]) -> Vec<RuleError> {
    let mut demands = Demands::default();
    for (n, PlanClause { clause, node, .. }) in clauses.iter().enumerate() {
        let index = clauses[..n].iter().filter(|before| before.clause == *clause).count();
        match (clause, node) {
            (Clause::All | Clause::When, node) => demands.collect((*clause, index), node),
            (Clause::None, Node::Hit(hits)) => demands.excluded.push(hits),
            _ => {}
        }
    }
    let mut found = Vec::new();
    let mut refuse = |at, span, message, hint| found.push(RuleError { rule, place: Some(at), span, message, hint: Some(hint) });
    for (at, need) in demands.excluded_wholly() {
        let message = format!("`{}` can never hold: all its terms are excluded", need.label);
        refuse(at, 0..0, message, "take them out of `none`, or behind the NOT".into());
    }
    for (n, (at, b, hits)) in demands.compared.iter().enumerate() {
        let is_apart = |(_, a, other): &&(At, &Compare, &Hits)| {
            let same_terms = other.terms == hits.terms && other.fields == hits.fields;
            same_terms && std::mem::discriminant(&a.quantity) == std::mem::discriminant(&b.quantity) && a.excludes(b)
        };
        if let Some((_, a, _)) = demands.compared[..n].iter().find(is_apart) {
            let message = format!("`{a}` and `{b}` can never both hold");
            refuse(*at, b.span.0.clone(), message, "put OR between them, or take one out".into());
        }
    }
    for (n, (at, place, b)) in demands.attributes.iter().enumerate() {
        let before = demands.attributes[..n].iter().find(|(_, other, a)| other == place && are_apart(*place, a, b));
        let (name, shown) = (place.name(), listed(b));
        if let Some((_, _, a)) = before {
            let other = listed(a);
            let message = format!("`{name}:{other}` and `{name}:{shown}` can never both hold: an article has one");
            refuse(*at, 0..0, message, format!("write `{name}:{other} | {shown}`, or OR"));
        }
        let langs: Vec<Word> = spec.langs.iter().map(|tag| Word { text: tag.clone(), open: false, regex: None }).collect();
        if *place == Place::Lang && !langs.is_empty() && are_apart(*place, &langs, b) {
            let message = format!("`lang:{shown}` can never hold: the rule's `lang` is `{}`", listed(&langs));
            refuse(*at, 0..0, message, "take one of the two out".into());
        }
    }
    found
}

impl<'n> Demands<'n> {
    fn collect(&mut self, at: At, node: &'n Node) {
        match node {
            Node::And(of) => of.iter().for_each(|node| self.collect(at, node)),
            Node::Hit(hits) => self.required.push((at, hits)),
            Node::Not(of) => {
                if let Node::Hit(hits) = &**of {
                    self.excluded.push(hits);
                }
            }
            Node::Compare(compare, hits) => self.compared.push((at, compare, hits)),
            // A feed has several tags.
            Node::Attribute(place @ (Place::Feed | Place::Lang), words, _) => self.attributes.push((at, *place, words)),
            _ => {}
        }
    }

    /// Groups none of whose terms is left.
    fn excluded_wholly(&self) -> impl Iterator<Item = (At, &'n Hits)> {
        let gone = |need: &Hits, id: u32| self.excluded.iter().any(|hits| hits.place(id).is_some() && need.fields.within(hits.fields));
        self.required.iter().copied().filter(move |(_, need)| need.terms.iter().all(|id| gone(need, *id)))
    }
}

/// Whether no feed, or no language, is one of both.
fn are_apart(place: Place, a: &[Word], b: &[Word]) -> bool {
    let same = |a: &Word, b: &Word| if place == Place::Feed { a.text == b.text } else { primary(&a.text) == primary(&b.text) };
    a.iter().chain(b).all(is_plain) && !a.iter().any(|a| b.iter().any(|b| same(a, b)))
}

/// As they are written: `ar | tr`.
fn listed(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" | ")
}

/// Whether it is the thing itself, rather than a pattern.
fn is_plain(word: &Word) -> bool {
    !word.open && word.regex.is_none()
}
