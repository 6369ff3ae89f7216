//! What a sample of articles says of rules: terms that hit too many of them, rules that hold too often, languages of which a
//! concept has no word. Counts what it is given; never reads an archive.

use super::{Finding, Site, listed, pieces, same_language, shown};
use crate::engine::{
    lang::primary,
    rule::{
        Clause, Lexicon, RuleSpec, Ruleset, Subject,
        expr::{Expr, Form, Place, Term},
        plan::{Hits, Node},
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// The fewest articles that a share is told of, and that make a language one of the archive's.
pub const FEWEST: usize = 20;
/// The share of the articles that makes a language one of the archive's.
pub const LANGUAGE_SHARE: f64 = 0.05;

/// Counts of a sample.
#[derive(Debug)]
pub struct Census<'r> {
    rules: &'r Ruleset,
    articles: usize,
    /// By term: the articles that it hit.
    hit: Vec<usize>,
    /// By rule: the articles that it held for.
    held: Vec<usize>,
    languages: BTreeMap<String, usize>,
}

impl<'r> Census<'r> {
    /// Of no article yet.
    pub fn new(rules: &'r Ruleset) -> Census<'r> {
        Census { rules, articles: 0, hit: vec![0; rules.terms.len()], held: vec![0; rules.specs().len()], languages: BTreeMap::new() }
    }

    /// Counts one more article.
    pub fn count(&mut self, subject: &Subject<'_>) {
        self.articles += 1;
        self.rules.terms_hit(subject).into_iter().for_each(|term| self.hit[term as usize] += 1);
        self.rules.matches(subject).into_iter().for_each(|found| self.held[found.rule] += 1);
        if let Some(language) = subject.language {
            *self.languages.entry(primary(language)).or_default() += 1;
        }
    }

    /// What is odd: a term or rule with more than the share `most` (0 … 1) of the articles, and a concept of a rule with no word
    /// in a language of the archive. Nothing of a sample below [`FEWEST`].
    pub fn findings(&self, lexicon: &Lexicon, most: f64) -> Vec<Finding> {
        if self.articles < FEWEST {
            return Vec::new();
        }
        let (mut found, mut told, mut named) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for (rule, spec) in self.rules.specs().iter().enumerate() {
            for (clause, index, term) in self.terms_of(rule) {
                if self.share(self.hit[term as usize]) > most && told.insert(term) {
                    found.extend(self.common_term(rule, (clause, index), term, lexicon));
                }
            }
            if self.share(self.held[rule]) > most {
                let message = format!("the rule `{}` holds for {}", spec.id, self.part(self.held[rule]));
                let hint = Some("narrow it with one more group in `all`, with `near`, `where` or `none`".into());
                found.push(Finding { site: Site::Rule { rule, place: None }, span: 0..0, message, hint });
            }
            self.unspoken(rule, spec, lexicon, &mut named, &mut found);
        }
        found
    }

    fn share(&self, count: usize) -> f64 {
        count as f64 / self.articles as f64
    }

    /// `31 % of the newest 2000 articles`.
    fn part(&self, count: usize) -> String {
        format!("{:.0} % of the newest {} articles", self.share(count) * 100.0, self.articles)
    }

    /// The terms that speak for a rule, with where they stand.
    fn terms_of(&self, rule: usize) -> Vec<(Clause, usize, u32)> {
        let mut terms = Vec::new();
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for clause in self.rules.plans.get(rule).map_or(&[][..], |plan| &plan.clauses) {
            let index = seen.entry(clause.clause.name()).or_default();
            let at = *index;
            *index += 1;
            match (&clause.node, clause.clause) {
                (_, Clause::None | Clause::Near) => {}
                (Node::Score(score), _) => {
                    let keys = score.keys.iter().enumerate().filter(|(_, (_, worth))| *worth > 0.0);
                    terms.extend(keys.flat_map(|(key, (hits, _))| hits.terms.iter().map(move |term| (Clause::Score, key, *term))));
                }
                (node, kind) => each_hits(node, &mut |hits| terms.extend(hits.terms.iter().map(|term| (kind, at, *term)))),
            }
        }
        terms
    }

    fn common_term(&self, rule: usize, place: (Clause, usize), term: u32, lexicon: &Lexicon) -> Option<Finding> {
        let written = &*self.rules.terms[term as usize].written;
        let piece = pieces(&self.rules.specs()[rule]).into_iter().find(|piece| piece.at == place)?;
        let (mut span, mut owner) = (0..0, None);
        each_term(&piece.expr, &mut |candidate| {
            if candidate.text == written || candidate.to_string() == written {
                (span, owner) = (candidate.span.0.clone(), None);
            } else if span.is_empty() && candidate.form == Form::Concept && has(lexicon, &candidate.text, written) {
                (span, owner) = (candidate.span.0.clone(), Some(candidate.text.clone()));
            }
        });
        let of = owner.map(|name| format!(" of `@{name}`")).unwrap_or_default();
        let message = format!("`{}`{of} fires on {}", shown(&written), self.part(self.hit[term as usize]));
        let hint = Some("as common a word tells little: write a phrase, or a narrower word".into());
        Some(Finding { site: Site::Rule { rule, place: Some(place) }, span, message, hint })
    }

    /// Concepts of a rule without a word in a language of the archive that the rule watches.
    fn unspoken(&self, rule: usize, spec: &RuleSpec, lexicon: &Lexicon, named: &mut BTreeSet<String>, found: &mut Vec<Finding>) {
        for piece in pieces(spec) {
            each_term(&piece.expr, &mut |term| {
                let Some(concept) = lexicon.concepts.get(&term.text).filter(|_| term.form == Form::Concept) else { return };
                let lacking = self.languages.iter().filter(|(tag, count)| {
                    let held = **count >= FEWEST && self.share(**count) >= LANGUAGE_SHARE;
                    let watched = spec.langs.is_empty() || spec.langs.iter().any(|lang| same_language(lang, tag));
                    held && watched && !concept.terms.iter().any(|(language, _)| same_language(language, tag))
                });
                let lacking: Vec<(&String, &usize)> = lacking.collect();
                if lacking.is_empty() || !named.insert(term.text.clone()) {
                    return;
                }
                let tags: Vec<String> = lacking.iter().map(|(tag, _)| (*tag).clone()).collect();
                let count: usize = lacking.iter().map(|(_, count)| **count).sum();
                let are = if tags.len() == 1 { "it" } else { "them" };
                let message = format!(
                    "the concept `{}` has no word in {}, and {count} of the newest {} articles are in {are}",
                    term.text,
                    listed(&tags),
                    self.articles
                );
                let hint = Some(format!("add some: [concept.{}] extend = true, {} = [\"…\"]", term.text, tags[0]));
                found.push(Finding { site: Site::Rule { rule, place: Some(piece.at) }, span: term.span.0.clone(), message, hint });
            });
        }
    }
}

/// Whether a concept holds this term.
fn has(lexicon: &Lexicon, name: &str, written: &str) -> bool {
    let unquoted = |text: &str| text.split('|').any(|part| part.trim() == written || part.trim().trim_matches('"') == written);
    lexicon.concepts.get(name).is_some_and(|concept| concept.terms.iter().any(|(_, text)| unquoted(text)))
}

/// Visits the terms that are looked for in an article.
fn each_term(expr: &Expr, visit: &mut dyn FnMut(&Term)) {
    expr.each_group(&mut |place, group| {
        if place.is_none_or(|place| matches!(place, Place::Field(_))) {
            group.terms.iter().for_each(&mut *visit);
        }
    });
}

/// Visits the groups that speak for a node: not those of a NOT.
fn each_hits(node: &Node, visit: &mut dyn FnMut(&Hits)) {
    match node {
        Node::And(of) | Node::Or(of) | Node::AtLeast(_, of) => of.iter().for_each(|node| each_hits(node, visit)),
        Node::Hit(hits) | Node::Compare(_, hits) => visit(hits),
        Node::Window(_, groups, _) => groups.iter().for_each(&mut *visit),
        Node::Not(_) | Node::Score(_) | Node::Attribute(..) => {}
    }
}
