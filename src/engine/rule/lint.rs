//! What is odd about rules and lexicons that are sound: words that hit nothing, words that are never needed, parts that contradict
//! each other, regular expressions that take long. Over what was written, never over articles, but for [`census`], which counts hits
//! of a sample. Decides nothing: a finding is a warning, and a rule with findings does what it says.

pub mod census;
mod clauses;
mod compare;
mod cover;
mod slow;
mod word;

use super::{
    Clause, Concept, FeedScope, Lexicon, RuleSpec,
    expr::{Expr, Form, Group},
    syntax,
};
use crate::engine::{feed::Feed, lang::primary};
use std::{collections::BTreeMap, ops::Range};

/// Something odd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was written there.
    pub site: Site,
    /// The bytes of that string that are meant; all of it where empty.
    pub span: Range<usize>,
    /// Lower-case fragment: what is odd.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A string of a config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Site {
    /// Of a rule.
    Rule {
        /// Its position.
        rule: usize,
        /// The part and the position in its list, or `None` for the rule as a whole.
        place: Option<(Clause, usize)>,
    },
    /// Of a concept.
    Concept {
        /// Its name.
        name: String,
        /// Position in [`Concept::terms`].
        word: usize,
    },
}

/// Everything odd about `rules` in themselves; what cannot be read is passed over. `feeds` are those of the config.
pub fn rules(rules: &[RuleSpec], lexicon: &Lexicon, feeds: &[Feed]) -> Vec<Finding> {
    let words = lexicon.concepts.iter().map(|(name, concept)| (name.as_str(), cover::Words::of_concept(concept))).collect();
    let mut found = Vec::new();
    for (rule, spec) in rules.iter().enumerate() {
        let pieces = pieces(spec);
        let mut add = |(clause, index), span: Range<usize>, message, hint| {
            found.push(Finding { site: Site::Rule { rule, place: Some((clause, index)) }, span, message, hint });
        };
        let spoken = spoken(spec, feeds);
        for piece in &pieces {
            let spoken = if spec.langs.is_empty() { spoken.as_deref() } else { None };
            words_of(&piece.expr, &piece.text, spoken, &mut |span, message, hint| add(piece.at, span, message, hint));
        }
        clauses::look(spec, &pieces, &words, &mut add);
    }
    found
}

/// Everything odd about a concept in itself. `feeds` are those of the config.
pub fn concept(name: &str, concept: &Concept, feeds: &[Feed]) -> Vec<Finding> {
    let mut found = Vec::new();
    let spoken = languages(feeds.iter());
    let mut by_language: BTreeMap<&str, Vec<(usize, Group)>> = BTreeMap::new();
    for (word, (language, text)) in concept.terms.iter().enumerate() {
        let Ok((Expr::Group(group), _)) = syntax::parse_list(text) else { continue };
        let mut add = |span, message, hint| {
            found.push(Finding { site: Site::Concept { name: name.to_owned(), word }, span, message, hint });
        };
        words_of(&Expr::Group(group.clone()), text, None, &mut add);
        let unheard = spoken.as_ref().filter(|spoken| !spoken.iter().any(|tag| same_language(tag, language)));
        if let Some(spoken) = unheard.filter(|_| !by_language.contains_key(language.as_str())) {
            let message = format!("no feed is in `{language}`: its words find what feeds in {} quote of it", listed(spoken));
            add(0..0, message, Some("fine if such a feed is to come".into()));
        }
        by_language.entry(language).or_default().push((word, group));
    }
    for groups in by_language.values() {
        let groups: Vec<(usize, &Group)> = groups.iter().map(|(word, group)| (*word, group)).collect();
        clauses::alternatives(&groups, &BTreeMap::new(), &mut |word, span, message, hint| {
            found.push(Finding { site: Site::Concept { name: name.to_owned(), word }, span, message, hint });
        });
    }
    found
}

/// One string of a rule, read.
struct Piece {
    at: (Clause, usize),
    text: String,
    expr: Expr,
    /// What a hit is worth, in a score.
    worth: f64,
}

/// Every string of a rule that can be read.
fn pieces(spec: &RuleSpec) -> Vec<Piece> {
    let lists = [(Clause::All, &spec.all), (Clause::Any, &spec.any), (Clause::None, &spec.none)];
    let lists = lists.into_iter().flat_map(|(clause, list)| list.iter().enumerate().map(move |(i, text)| (clause, i, text, 0.0)));
    let scores = spec.score.iter().enumerate().map(|(i, (text, worth))| (Clause::Score, i, text, *worth));
    let mut pieces: Vec<Piece> = lists
        .chain(scores)
        .filter_map(|(clause, i, text, worth)| {
            let (expr, _) = syntax::parse_list(text).ok()?;
            Some(Piece { at: (clause, i), text: text.clone(), expr, worth })
        })
        .collect();
    if let Some((text, (expr, _))) = spec.when.as_ref().and_then(|text| Some((text, syntax::parse(text).ok()?))) {
        pieces.push(Piece { at: (Clause::When, 0), text: text.clone(), expr, worth: 0.0 });
    }
    pieces
}

/// What is odd about each term of an expression by itself.
fn words_of(expr: &Expr, text: &str, spoken: Option<&[String]>, add: &mut dyn FnMut(Range<usize>, String, Option<String>)) {
    expr.each_group(&mut |place, group| {
        let in_article = place.is_none_or(|place| matches!(place, super::expr::Place::Field(_)));
        for term in group.terms.iter().filter(|term| in_article && term.form != Form::Concept) {
            word::look(term, text, spoken, add);
            slow::look(term, add);
        }
    });
}

/// The languages of the feeds that a rule watches; `None` when one of them does not say.
fn spoken(spec: &RuleSpec, feeds: &[Feed]) -> Option<Vec<String>> {
    languages(feeds.iter().filter(|feed| FeedScope::hold(&spec.feeds, &feed.id, &feed.tags)))
}

fn languages<'f>(feeds: impl Iterator<Item = &'f Feed>) -> Option<Vec<String>> {
    let mut tags = feeds.map(|feed| feed.language.as_deref().map(primary)).collect::<Option<Vec<String>>>()?;
    tags.sort_unstable();
    tags.dedup();
    (!tags.is_empty()).then_some(tags)
}

/// Whether two tags name one language; `ku` is both of Kurdish.
fn same_language(a: &str, b: &str) -> bool {
    let (a, b) = (primary(a), primary(b));
    let kurdish = |tag: &str| matches!(tag, "ku" | "kmr" | "ckb");
    a == b || (a == "ku" && kurdish(&b)) || (b == "ku" && kurdish(&a))
}

/// Tags as a message names them: `ar`, `en` and `tr`.
fn listed(tags: &[String]) -> String {
    match tags {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [first @ .., last] => format!("{} and `{last}`", first.iter().map(|tag| format!("`{tag}`")).collect::<Vec<_>>().join(", ")),
    }
}

/// A part of a rule as a message shows it.
fn shown(what: &impl std::fmt::Display) -> String {
    const MOST: usize = 60;
    let text = what.to_string();
    if text.chars().count() <= MOST { text } else { text.chars().take(MOST - 1).chain(['…']).collect() }
}

#[cfg(test)]
mod tests;
