//! One pass over an article for all rules: find stems, check what stands round each, complete phrases, wake rules.

use super::{
    Field, Match, RuleSpec, Subject,
    judge::Article,
    part::Part,
    pattern::Glue,
    plan::{Fields, Node, Plan},
    quiet::Quiet,
    term::Term,
};
use crate::engine::{
    lang::{fold::Folded, forms::Forms},
    prehashed::BuildPrehashed,
};
use daachorse::CharwiseDoubleArrayAhoCorasick;
use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::HashMap,
    ops::Range,
    sync::{Arc, OnceLock},
};

/// One use of a stem: with this round it, it is the anchor of this term. Ordered so that uses with the same round them stand
/// together: what stands round a stem is looked at once for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Use {
    glue: Glue,
    term: u32,
}

/// All rules of a config, compiled.
pub struct Ruleset {
    specs: Vec<RuleSpec>,
    pub(super) plans: Vec<Plan>,
    pub(super) terms: Vec<Term>,
    pub(super) forms: Arc<Forms>,
    /// Made for the first article: most commands read a config and no article.
    anchors: OnceLock<Anchors>,
    /// Words that no term is about, whatever stands round them.
    quiet: Quiet,
    /// The fields that any rule looks at.
    fields: Fields,
    /// Rules that no term wakes: judged for every article.
    always: Vec<u32>,
    /// Terms that are regular expressions, ascending: looked for when a rule asks.
    pub(super) regexes: Vec<u32>,
}

impl std::fmt::Debug for Ruleset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ruleset").field("rules", &self.specs.len()).field("terms", &self.terms.len()).finish_non_exhaustive()
    }
}

/// What is looked for: the stems of every term's anchor.
struct Anchors {
    /// Every use of pattern `n` is `uses[starts[n]..starts[n + 1]]`.
    starts: Vec<u32>,
    uses: Vec<Use>,
    /// `None` when there is nothing to look for.
    automaton: Option<Automaton>,
}

type Automaton = CharwiseDoubleArrayAhoCorasick<u32>;

/// A term found in a field: its words, and its bytes in the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub term: u32,
    pub field: Field,
    pub first: u32,
    pub last: u32,
    pub start: u32,
    pub end: u32,
}

impl Ruleset {
    pub(super) fn new(specs: Vec<RuleSpec>, plans: Vec<Plan>, mut terms: Vec<Term>, forms: Arc<Forms>) -> Ruleset {
        settle_anchors(&mut terms);
        let mut always = Vec::new();
        for (rule, plan) in plans.iter().enumerate() {
            match plan.triggers(&terms) {
                Some(triggers) => triggers.iter().for_each(|id| terms[*id as usize].rules.push(rule as u32)),
                None => always.push(rule as u32),
            }
        }
        let fields =
            plans.iter().flat_map(|plan| &plan.clauses).fold(Fields::default(), |fields, clause| fields.with(fields_of(&clause.node)));
        let regexes = (0..).zip(&terms).filter(|(_, term)| term.regex.is_some()).map(|(id, _)| id).collect();
        Ruleset { specs, plans, terms, forms, anchors: OnceLock::new(), quiet: Quiet::default(), fields, always, regexes }
    }

    fn anchors(&self) -> &Anchors {
        self.anchors.get_or_init(|| Anchors::new(&self.terms, &self.forms))
    }

    /// The rules, in the order they were given.
    pub fn specs(&self) -> &[RuleSpec] {
        &self.specs
    }

    /// How many terms and stems the rules come to.
    pub fn size(&self) -> (usize, usize) {
        (self.terms.len(), self.anchors().starts.len().saturating_sub(1))
    }

    /// Every rule that holds for `subject`, in the order of the rules.
    pub fn matches(&self, subject: &Subject<'_>) -> Vec<Match> {
        let article = self.read(subject);
        let mut touched: Vec<u32> = self.always.clone();
        let mut last = None;
        for hit in &article.hits {
            if last != Some(hit.term) {
                touched.extend(&self.terms[hit.term as usize].rules);
                last = Some(hit.term);
            }
        }
        touched.sort_unstable();
        touched.dedup();
        touched.into_iter().filter_map(|rule| article.judge(rule as usize)).collect()
    }

    /// Every term that hits `subject` anywhere, ascending by position; for counts over many articles.
    pub(super) fn terms_hit(&self, subject: &Subject<'_>) -> Vec<u32> {
        let article = self.read(subject);
        let mut terms: Vec<u32> = article.hits.iter().map(|hit| hit.term).collect();
        let matches = |regex: &regex::Regex| self.fields.iter().any(|field| regex.is_match(subject.field(field)));
        terms.extend(self.regexes.iter().filter(|id| self.terms[**id as usize].regex.as_deref().is_some_and(matches)));
        terms.sort_unstable();
        terms.dedup();
        terms
    }

    /// The article folded, with every term's hits in it.
    pub(super) fn read<'a>(&'a self, subject: &'a Subject<'a>) -> Article<'a> {
        let mut folded: [Cow<'a, Folded>; 5] = Default::default();
        let mut hits = Vec::new();
        for field in self.fields.iter() {
            let original = subject.field(field);
            let text = match (subject.folded, field) {
                (Some([title, _]), Field::Title) => Cow::Borrowed(title),
                (Some([_, text]), Field::Text) => Cow::Borrowed(text),
                (_, Field::Category) => Cow::Owned(Folded::of_lines(original)),
                _ => Cow::Owned(Folded::new(original)),
            };
            self.scan(&text, original, field, &mut hits);
            folded[field as usize] = text;
        }
        hits.sort_unstable();
        hits.dedup();
        Article::new(self, subject, folded, hits)
    }

    /// Adds every term's hits in one field. No pattern reaches beyond a word, so each word is looked at alone, once in this field,
    /// and most words not at all: they were met before, and were the anchor of no term.
    fn scan(&self, folded: &Folded, original: &str, field: Field, hits: &mut Vec<Hit>) {
        let Anchors { automaton: Some(automaton), .. } = self.anchors() else { return };
        let text = folded.text.as_str();
        // What the words that say something are the anchors of, and for each of them its part of that.
        let (mut said, mut speaking) = (Vec::new(), HashMap::<u64, Range<usize>, BuildPrehashed>::default());
        let mut anchored = Vec::new();
        let place = |word: usize| folded.at(word).unwrap_or(0)..folded.word_end(word);
        // All of them first: so the places of the next words are on their way from memory while one is looked at.
        let tags: Vec<u64> = (0..folded.words.len() + folded.joined.len()).map(|word| self.quiet.tag(&text[place(word)])).collect();
        for (word, tag) in tags.into_iter().enumerate() {
            if self.quiet.holds(tag) {
                continue;
            }
            let terms = speaking.entry(tag).or_insert_with(|| {
                self.add_anchored(automaton, text, place(word), &mut anchored);
                let first = said.len();
                said.append(&mut anchored);
                first..said.len()
            });
            let terms = &said[terms.clone()];
            if terms.is_empty() {
                self.quiet.add(tag);
            }
            terms.iter().for_each(|term| self.complete(*term, folded, original, field, word, hits));
        }
    }

    /// Puts the terms of whose anchors the word at `word` is a form into `terms`, which is empty, ascending. It alone decides that,
    /// with the blanks round it, which may be part of a pattern but are none of its stem's letters.
    fn add_anchored(&self, automaton: &Automaton, text: &str, word: Range<usize>, terms: &mut Vec<u32>) {
        let Anchors { starts, uses, .. } = self.anchors();
        let from = word.start - 1;
        for found in automaton.find_overlapping_iter(&text[from..word.end + 1]) {
            let stem = (from + found.start()).max(word.start)..(from + found.end()).min(word.end);
            let id = found.value() as usize;
            self.add_used(&uses[starts[id] as usize..starts[id + 1] as usize], (text, &word, stem), terms);
        }
        terms.sort_unstable();
        terms.dedup();
    }

    /// Adds every term of whose anchor a stem with these uses makes a form of this word, where it stands in it.
    fn add_used(&self, uses: &[Use], (text, word, stem): (&str, &Range<usize>, Range<usize>), terms: &mut Vec<u32>) {
        let (before, letters, after) = (&text[word.start..stem.start], &text[stem.clone()], &text[stem.end..word.end]);
        let mut last: Option<(Glue, bool)> = None;
        for used in uses {
            let part = || self.anchor(used.term);
            let allowed = match last {
                Some((glue, allowed)) if glue == used.glue && glue != Glue::Typo => allowed,
                _ => part().is_some_and(|part| used.glue.allows(part.word(), letters, before, after)),
            };
            last = Some((used.glue, allowed));
            if allowed && part().is_some_and(|part| !part.vetoed(used.glue, &text[word.clone()], &self.forms)) {
                terms.push(used.term);
            }
        }
    }

    /// The word of a term that is looked for.
    fn anchor(&self, term: u32) -> Option<&Part> {
        let term = &self.terms[term as usize];
        term.parts.get(term.anchor as usize)
    }

    /// Adds the hits of a term whose anchor was found at `word`, where its other words stand round it.
    fn complete(&self, id: u32, folded: &Folded, original: &str, field: Field, word: usize, hits: &mut Vec<Hit>) {
        let term = &self.terms[id as usize];
        let (first, last) = folded.span(word);
        let mut add = |first: usize, last: usize| {
            let (start, end) = (folded.words[first].start, folded.words[last].end);
            if term.literal.as_ref().is_none_or(|literal| literal.stands(original, start, end)) {
                hits.push(Hit { term: id, field, first: first as u32, last: last as u32, start, end });
            }
        };
        if term.parts.len() == 1 {
            return add(first, last);
        }
        let (mut firsts, mut lasts) = (Vec::new(), Vec::new());
        self.read_on(folded, &term.parts[term.anchor as usize..], last, &mut lasts);
        if !lasts.is_empty() {
            self.read_back(folded, &term.parts[..=term.anchor as usize], first, &mut firsts);
        }
        firsts.iter().for_each(|first| lasts.iter().for_each(|last| add(*first, *last)));
    }

    /// Where the phrase ends whose word `last` is the first of `parts`. Each of the next ones is a word of the text, or several
    /// that a zero-width non-joiner parts.
    fn read_on(&self, folded: &Folded, parts: &[Part], last: usize, ends: &mut Vec<usize>) {
        let [here, parts @ ..] = parts else { return };
        let Some(part) = parts.first() else { return ends.push(last) };
        let next = last + 1;
        if next >= folded.words.len() || folded.words[last].stop && !here.stop {
            return;
        }
        if part.fits(folded.word(next), &self.forms) {
            self.read_on(folded, parts, next, ends);
        }
        if let Some(joined) = folded.joined_from(next)
            && part.fits(folded.word(joined), &self.forms)
        {
            self.read_on(folded, parts, folded.span(joined).1, ends);
        }
    }

    /// The same towards the start: where the phrase begins whose word `first` is the last of `parts`.
    fn read_back(&self, folded: &Folded, parts: &[Part], first: usize, starts: &mut Vec<usize>) {
        let [parts @ .., _] = parts else { return };
        let Some(part) = parts.last() else { return starts.push(first) };
        let Some(before) = first.checked_sub(1).filter(|before| !folded.words[*before].stop || part.stop) else { return };
        if part.fits(folded.word(before), &self.forms) {
            self.read_back(folded, parts, before, starts);
        }
        if let Some(joined) = folded.joined_to(before)
            && part.fits(folded.word(joined), &self.forms)
        {
            self.read_back(folded, parts, folded.span(joined).0, starts);
        }
    }
}

impl Anchors {
    fn new(terms: &[Term], forms: &Forms) -> Anchors {
        // All patterns one behind the other: there may be millions.
        let count = terms.iter().filter_map(|term| term.parts.get(term.anchor as usize)).map(|part| part.stems(forms).count()).sum();
        let (mut letters, mut patterns) = (String::new(), Vec::<(Range<usize>, Use)>::with_capacity(count));
        for (id, term) in terms.iter().enumerate() {
            let Some(part) = term.parts.get(term.anchor as usize) else { continue };
            for (stem, glue) in part.stems(forms) {
                let from = letters.len();
                glue.write_pattern(stem, &mut letters);
                patterns.push((from..letters.len(), Use { term: id as u32, glue }));
            }
        }
        // Sorted, so that one config always compiles to one automaton.
        patterns.sort_unstable_by(|(a, a_use), (b, b_use)| letters[a.clone()].cmp(&letters[b.clone()]).then(a_use.cmp(b_use)));
        let (mut starts, mut uses, mut distinct) = (Vec::new(), Vec::with_capacity(patterns.len()), Vec::new());
        for run in patterns.chunk_by(|(a, _), (b, _)| letters[a.clone()] == letters[b.clone()]) {
            distinct.push((&letters[run[0].0.clone()], starts.len() as u32));
            starts.push(uses.len() as u32);
            uses.extend(run.iter().map(|(_, used)| *used));
        }
        starts.push(uses.len() as u32);
        drop(patterns);
        let automaton = if distinct.is_empty() {
            None
        } else {
            let built = CharwiseDoubleArrayAhoCorasick::with_values(distinct);
            Some(built.unwrap_or_else(|error| unreachable!("sorted and distinct, of a bounded number of words: {error}")))
        };
        Anchors { starts, uses, automaton }
    }
}

/// Lets each phrase be looked for by the word that the fewest terms have, the longest of those: of a hundred phrases on camps
/// none is looked at where an article says camp.
fn settle_anchors(terms: &mut [Term]) {
    let mut uses: HashMap<&str, u32> = HashMap::new();
    terms.iter().flat_map(|term| &term.parts).for_each(|part| *uses.entry(part.word()).or_default() += 1);
    let rarest = |term: &Term| {
        let parts = term.parts.iter().enumerate();
        parts.min_by_key(|(_, part)| (uses[part.word()], Reverse(part.word().chars().count()))).map_or(0, |(position, _)| position as u16)
    };
    let anchors: Vec<u16> = terms.iter().map(rarest).collect();
    terms.iter_mut().zip(anchors).for_each(|(term, anchor)| term.anchor = anchor);
}

/// The fields that a node looks at.
fn fields_of(node: &Node) -> Fields {
    match node {
        Node::And(of) | Node::Or(of) | Node::AtLeast(_, of) => {
            of.iter().fold(Fields::default(), |fields, node| fields.with(fields_of(node)))
        }
        Node::Not(of) => fields_of(of),
        Node::Hit(hits) | Node::Compare(_, hits) => hits.fields,
        Node::Window(_, groups, _) => groups.iter().fold(Fields::default(), |fields, hits| fields.with(hits.fields)),
        Node::Score(score) => score.keys.iter().fold(Fields::default(), |fields, (hits, _)| fields.with(hits.fields)),
        Node::Attribute(..) => Fields::default(),
    }
}
