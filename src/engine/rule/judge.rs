//! Does a rule hold for an article whose hits are known, and which hits make it hold?

use super::{
    Clause, Evidence, FeedScope, Field, Match, Subject,
    expr::{Compare, Place, Quantity, Reach},
    near, number,
    plan::{Fields, Hits, Node, Plan, Score, Word},
    scan::{Hit, Ruleset},
};
use crate::engine::{
    figure,
    lang::{fold::Folded, preferred},
};
use std::{borrow::Cow, cell::RefCell, collections::HashMap, ops::Range, sync::Arc};

/// The most pieces of evidence that one clause of a match keeps.
const MAX_EVIDENCE: usize = 8;
/// The most figures that a match keeps.
const MAX_FIGURES: usize = 16;
/// The most hits of a regular expression that are looked at in one field.
const MAX_REGEX_HITS: usize = 1000;

/// A hit with the label of the clause that it speaks for.
pub(super) type Labelled = (Arc<str>, Hit);

/// An article in the hand of the judge.
pub(super) struct Article<'a> {
    pub rules: &'a Ruleset,
    pub subject: &'a Subject<'a>,
    pub folded: [Cow<'a, Folded>; 5],
    /// Ascending by term, field, position.
    pub hits: Vec<Hit>,
    /// The terms that hit it and, of regular expressions, those that may.
    terms: Vec<u32>,
    /// Hits of regular expressions, found when first asked for.
    regexes: RefCell<HashMap<(u32, Field), Vec<Hit>>>,
}

impl<'a> Article<'a> {
    pub fn new(rules: &'a Ruleset, subject: &'a Subject<'a>, folded: [Cow<'a, Folded>; 5], hits: Vec<Hit>) -> Article<'a> {
        let mut terms: Vec<u32> = hits.chunk_by(|a, b| a.term == b.term).map(|of_one| of_one[0].term).collect();
        terms.extend(&rules.regexes);
        Article { rules, subject, folded, hits, terms, regexes: RefCell::default() }
    }

    /// The rule's match, if it holds.
    pub fn judge(&self, rule: usize) -> Option<Match> {
        let plan = &self.rules.plans[rule];
        if !self.in_scope(plan) || !self.holds_all(plan) {
            return None;
        }
        let mut evidence = Vec::new();
        for clause in plan.clauses.iter().filter(|clause| clause.clause != Clause::None) {
            let mut found = Vec::new();
            self.collect(&clause.node, &mut found);
            evidence.extend(self.evidence(found, MAX_EVIDENCE));
        }
        self.add_figures(&mut evidence);
        Some(Match { rule, evidence })
    }

    /// Adds the figures of the sentences that evidence stands in, each once.
    fn add_figures(&self, evidence: &mut [Evidence]) {
        let mut shown: Vec<(Field, usize)> = Vec::new();
        let mut read: Vec<(Field, Range<usize>)> = Vec::new();
        for piece in evidence.iter_mut().filter(|piece| matches!(piece.field, Field::Title | Field::Text)) {
            let folded = &self.folded[piece.field as usize];
            let word = |byte: usize| folded.words.partition_point(|word| word.end as usize <= byte);
            let sentence = figure::sentence(folded, word(piece.start), word(piece.end.saturating_sub(1)));
            if read.contains(&(piece.field, sentence.clone())) {
                continue;
            }
            read.push((piece.field, sentence.clone()));
            for figure in figure::within(self.subject.field(piece.field), folded, sentence) {
                if shown.len() < MAX_FIGURES && !shown.contains(&(piece.field, figure.start)) {
                    shown.push((piece.field, figure.start));
                    piece.figures.push(figure);
                }
            }
        }
    }

    /// Whether every clause is content, and one of `any` where there are any.
    pub fn holds_all(&self, plan: &Plan) -> bool {
        let (mut any, mut has_any) = (false, false);
        for clause in &plan.clauses {
            match clause.clause {
                Clause::Any => {
                    has_any = true;
                    any = any || self.holds(&clause.node);
                }
                Clause::None if self.holds(&clause.node) => return false,
                Clause::None => {}
                _ if !self.holds(&clause.node) => return false,
                _ => {}
            }
        }
        any || !has_any
    }

    /// Whether the rule watches the article's feed and language.
    pub fn in_scope(&self, plan: &Plan) -> bool {
        let feed = FeedScope::hold(&plan.feeds, self.subject.feed, self.subject.tags);
        feed && (plan.langs.is_empty() || plan.langs.iter().any(|tag| speaks(self.subject.language, &tag.to_lowercase(), false)))
    }

    pub fn holds(&self, node: &Node) -> bool {
        match node {
            Node::And(of) => of.iter().all(|node| self.holds(node)),
            Node::Or(of) => of.iter().any(|node| self.holds(node)),
            Node::Not(of) => !self.holds(of),
            Node::AtLeast(n, of) => of.iter().filter(|node| self.holds(node)).take(*n as usize).count() == *n as usize,
            Node::Hit(hits) => self.any(hits),
            Node::Window(reach, groups, _) => self.fields_of(groups).any(|field| !self.window(*reach, groups, field).is_empty()),
            Node::Score(score) => self.score(score) >= score.threshold,
            Node::Attribute(place, words, _) => self.attribute(*place, words),
            Node::Compare(compare, hits) => self.measure(compare, hits).is_some_and(|found| compare.takes(found)),
        }
    }

    /// Adds hits that make a node hold, as many of each group as evidence may need; none for one that does not hold, and none for
    /// what is absent.
    pub fn collect(&self, node: &Node, found: &mut Vec<Labelled>) {
        if !self.holds(node) {
            return;
        }
        match node {
            Node::And(of) | Node::Or(of) | Node::AtLeast(_, of) => of.iter().for_each(|node| self.collect(node, found)),
            Node::Not(_) | Node::Attribute(..) => {}
            Node::Hit(hits) | Node::Compare(_, hits) => {
                found.extend(self.first(hits).into_iter().map(|hit| (hits.label.clone(), hit)));
            }
            Node::Window(reach, groups, label) => {
                for field in self.fields_of(groups) {
                    found.extend(self.window(*reach, groups, field).into_iter().map(|hit| (label.clone(), hit)));
                }
            }
            Node::Score(score) => {
                for (hits, _) in score.keys.iter().filter(|(_, worth)| *worth > 0.0) {
                    found.extend(self.first(hits).into_iter().map(|hit| (hits.label.clone(), hit)));
                }
            }
        }
    }

    /// The hits as evidence: by clause and place, each span once, at most `limit` for a clause.
    pub fn evidence(&self, found: Vec<Labelled>, limit: usize) -> Vec<Evidence> {
        let mut pieces: Vec<Evidence> = Vec::new();
        let mut shown: HashMap<Arc<str>, usize> = HashMap::new();
        let mut last: Option<(Arc<str>, Field, u32, u32)> = None;
        for (label, hit) in found {
            let key = (label.clone(), hit.field, hit.start, hit.end);
            // One span is shown once, though several spellings of a lexicon may hit it.
            if last.as_ref() == Some(&key) {
                continue;
            }
            last = Some(key);
            let count = shown.entry(label.clone()).or_default();
            *count += 1;
            if *count <= limit {
                pieces.push(self.piece(&label, hit));
            }
        }
        pieces
    }

    fn piece(&self, label: &str, hit: Hit) -> Evidence {
        let (start, end) = (hit.start as usize, hit.end as usize);
        let term = &self.rules.terms[hit.term as usize];
        let folded = &self.folded[hit.field as usize];
        let words = self.words_of(&hit);
        let words: Vec<&str> = words.into_iter().map(|word| folded.word(word)).collect();
        Evidence {
            clause: label.to_owned(),
            term: term.written.to_string(),
            field: hit.field,
            start,
            end,
            text: self.subject.field(hit.field).get(start..end).unwrap_or("").to_owned(),
            path: term.path(&words, &self.rules.forms),
            figures: Vec::new(),
        }
    }

    /// The folded words that a hit's term was found in, by index: one for each of its words.
    fn words_of(&self, hit: &Hit) -> Vec<usize> {
        let (term, folded) = (&self.rules.terms[hit.term as usize], &self.folded[hit.field as usize]);
        let (mut next, last) = (hit.first as usize, hit.last as usize);
        let (count, mut words) = (term.parts.len(), Vec::with_capacity(term.parts.len()));
        for (position, part) in term.parts.iter().enumerate() {
            // A joined word is one word of the term over several of the text.
            let joined = folded.joined_from(next).filter(|joined| {
                let alone = position + 1 == count && next < last;
                folded.span(*joined).1 <= last && (alone || !part.fits(folded.word(next), &self.rules.forms))
            });
            let word = joined.unwrap_or(next);
            words.push(word);
            next = folded.span(word).1 + 1;
        }
        words
    }

    /// The hits of one term in one field, in order.
    fn of_term(&self, term: u32, field: Field) -> Vec<Hit> {
        if let Some(regex) = &self.rules.terms[term as usize].regex {
            return self.regexes.borrow_mut().entry((term, field)).or_insert_with(|| self.of_regex(term, field, regex)).clone();
        }
        let from = self.hits.partition_point(|hit| (hit.term, hit.field) < (term, field));
        self.hits[from..].iter().take_while(|hit| (hit.term, hit.field) == (term, field)).copied().collect()
    }

    /// Where a regular expression matches the original text; the words it touches are where it stands.
    fn of_regex(&self, term: u32, field: Field, regex: &regex::Regex) -> Vec<Hit> {
        let words = &self.folded[field as usize].words;
        let found = regex.find_iter(self.subject.field(field)).filter(|found| !found.is_empty()).take(MAX_REGEX_HITS);
        let hit = |found: regex::Match<'_>| {
            let (start, end) = (found.start() as u32, found.end() as u32);
            let first = words.partition_point(|word| word.end <= start).min(words.len().saturating_sub(1)) as u32;
            let last = words.partition_point(|word| word.start < end).saturating_sub(1) as u32;
            Hit { term, field, first, last: last.max(first), start, end }
        };
        found.map(hit).collect()
    }

    /// Whether a term of a group hits in one of its fields.
    fn any(&self, hits: &Hits) -> bool {
        let is_hit = |term: u32, field: Field| {
            if self.rules.terms[term as usize].regex.is_some() {
                return !self.of_term(term, field).is_empty();
            }
            let from = self.hits.partition_point(|hit| (hit.term, hit.field) < (term, field));
            self.hits.get(from).is_some_and(|hit| (hit.term, hit.field) == (term, field))
        };
        self.terms_of(hits).iter().any(|term| hits.fields.iter().any(|field| is_hit(*term, field)))
    }

    /// The terms of a group, in the order written; of a large one those that hit the article or may.
    fn terms_of<'h>(&self, hits: &'h Hits) -> Cow<'h, [u32]> {
        if hits.terms.len() <= self.terms.len() {
            return Cow::Borrowed(&hits.terms);
        }
        let mut terms: Vec<(u32, u32)> = self.terms.iter().filter_map(|term| Some((hits.place(*term)?, *term))).collect();
        terms.sort_unstable();
        terms.into_iter().map(|(_, term)| term).collect()
    }

    /// The hits of a group in one field, by position.
    fn in_field(&self, hits: &Hits, field: Field) -> Vec<Hit> {
        if !hits.fields.has(field) {
            return Vec::new();
        }
        in_order(self.terms_of(hits).iter().flat_map(|term| self.of_term(*term, field)).collect())
    }

    /// The first [`MAX_EVIDENCE`] spans of a group in each of its fields, and some behind them, by field and position.
    fn first(&self, hits: &Hits) -> Vec<Hit> {
        let some = |term: u32, field: Field| {
            let mut of = self.of_term(term, field);
            if let Some(spare) = of.get(MAX_EVIDENCE).map(|hit| hit.first) {
                of.truncate(of.partition_point(|hit| hit.first <= spare));
            }
            of
        };
        let terms = self.terms_of(hits);
        let in_field = |field| in_order(terms.iter().flat_map(|term| some(*term, field)).collect());
        hits.fields.iter().flat_map(in_field).collect()
    }

    /// The hits of a group in all its fields, by field and position.
    pub fn all(&self, hits: &Hits) -> Vec<Hit> {
        hits.fields.iter().flat_map(|field| self.in_field(hits, field)).collect()
    }

    fn fields_of(&self, groups: &[Hits]) -> impl Iterator<Item = Field> + use<> {
        groups.iter().fold(Fields::default(), |fields, hits| fields.with(hits.fields)).iter()
    }

    fn window(&self, reach: Reach, groups: &[Hits], field: Field) -> Vec<Hit> {
        let found: Vec<Vec<Hit>> = groups.iter().map(|hits| self.in_field(hits, field)).collect();
        if found.iter().any(Vec::is_empty) {
            return Vec::new();
        }
        let words = &self.folded[field as usize].words;
        let stops: Vec<u32> = match reach {
            Reach::Sentence => (0..words.len() as u32).filter(|word| words[*word as usize].stop).collect(),
            _ => Vec::new(),
        };
        near::within(reach, &found, |word| {
            let ahead = stops.partition_point(|stop| *stop < word);
            stops.get(ahead).copied().unwrap_or(words.len().saturating_sub(1) as u32)
        })
    }

    /// How many words apart the groups stand at best, in any field.
    pub fn narrowest(&self, reach: Reach, groups: &[Hits]) -> Option<u32> {
        let width = |field| {
            let found: Vec<Vec<Hit>> = groups.iter().map(|hits| self.in_field(hits, field)).collect();
            near::narrowest(reach, &found)
        };
        self.fields_of(groups).filter_map(width).min()
    }

    /// What the keys that hit add up to; each counts once.
    pub fn score(&self, score: &Score) -> f64 {
        let worth = |(hits, worth): &(Hits, f64)| {
            if !self.any(hits) {
                return 0.0;
            }
            let titled = hits.fields.has(Field::Title) && !self.in_field(hits, Field::Title).is_empty();
            if titled { worth * score.title_factor } else { *worth }
        };
        score.keys.iter().map(worth).sum()
    }

    fn attribute(&self, place: Place, words: &[Word]) -> bool {
        let is = |value: &str, word: &Word| match &word.regex {
            Some(regex) => regex.is_match(value),
            None if word.open => value.to_lowercase().starts_with(&word.text),
            None => value.to_lowercase() == word.text,
        };
        words.iter().any(|word| match place {
            Place::Feed => is(self.subject.feed, word),
            Place::Tag => self.subject.tags.iter().any(|tag| is(tag, word)),
            Place::Lang if word.regex.is_none() => speaks(self.subject.language, &word.text, word.open),
            Place::Lang => self.subject.language.is_some_and(|language| is(language, word)),
            Place::Field(_) => false,
        })
    }

    /// What a comparison measures in this article; `None` when there is nothing to measure.
    pub fn measure(&self, compare: &Compare, hits: &Hits) -> Option<i64> {
        let subject = self.subject;
        match compare.quantity {
            // A date in the future is no age.
            Quantity::Age => Some(subject.seen_ms - subject.published_ms.unwrap_or(subject.seen_ms).min(subject.seen_ms)),
            Quantity::Published => subject.published_ms,
            Quantity::Seen => Some(subject.seen_ms),
            Quantity::Count(_) => {
                let field = |field: Field| number::beside(subject.field(field), &self.folded[field as usize], &self.in_field(hits, field));
                hits.fields.iter().filter_map(field).max()
            }
        }
    }
}

/// The hits of one field by position.
fn in_order(mut hits: Vec<Hit>) -> Vec<Hit> {
    // Stable: of terms that hit the same words the one written first is shown.
    hits.sort_by_key(|hit| (hit.first, std::cmp::Reverse(hit.last), hit.start));
    hits
}

/// Whether an article's language is the one of `tag`, in lower case: `ar` is also ar-SY, but not the other way round.
fn speaks(language: Option<&str>, tag: &str, open: bool) -> bool {
    let Some(language) = language.map(|language| preferred(language).to_lowercase()) else { return false };
    language.strip_prefix(&*preferred(tag)).is_some_and(|rest| open || rest.is_empty() || rest.starts_with(['-', '_']))
}
