//! One pass over an article for all rules: scan, check each hit's context, join phrases, then ask only the touched rules.

use super::{Clause, Evidence, FeedScope, Field, Match, RuleSpec, Subject};
use crate::engine::lang::{Class, Language, fold::Folded};
use daachorse::CharwiseDoubleArrayAhoCorasick;

/// The most pieces of evidence that one clause shows.
const MAX_EVIDENCE: usize = 8;

/// What may stand round a stem inside one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Glue {
    /// Nothing: the stem is the whole word.
    Whole,
    /// What this class of this language allows.
    In(Language, Class),
    /// Anything after it: `word*`.
    OpenEnd,
    /// Anything before it: `*word`.
    OpenStart,
}

impl Glue {
    /// Whether `before` and `after`, the rest of the word round `stem`, are what this glue allows.
    pub fn allows(self, stem: &str, before: &str, after: &str) -> bool {
        match self {
            Glue::Whole => before.is_empty() && after.is_empty(),
            Glue::In(language, class) => (language.grammar().allows)(class, stem, before, after),
            Glue::OpenEnd => before.is_empty(),
            Glue::OpenStart => after.is_empty(),
        }
    }
}

/// One use of a stem: the word of this position in this term, with this glue.
#[derive(Debug, Clone, Copy)]
pub(super) struct Use {
    pub term: u32,
    pub position: u16,
    pub glue: Glue,
}

/// A word or phrase that rules look for.
#[derive(Debug)]
pub(super) struct Term {
    pub written: String,
    /// The exact letters, where case and accents count.
    pub literal: Option<String>,
    /// How many words it has, at least 1.
    pub length: u16,
    /// Another spelling of it that counts as the same.
    pub also: Option<u32>,
    /// Rules that it speaks for, ascending.
    pub rules: Vec<u32>,
}

/// A clause of a rule: one hit of any of its terms makes it hold.
#[derive(Debug)]
pub(super) struct Group {
    pub clause: Clause,
    pub label: String,
    /// Ascending.
    pub terms: Vec<u32>,
}

/// A rule, compiled.
#[derive(Debug)]
pub(super) struct Plan {
    pub groups: Vec<Group>,
    pub title: bool,
    pub text: bool,
    pub feeds: Vec<FeedScope>,
}

/// All rules of a config, compiled.
pub struct Ruleset {
    specs: Vec<RuleSpec>,
    pub(super) plans: Vec<Plan>,
    pub(super) terms: Vec<Term>,
    pub(super) uses: Vec<Vec<Use>>,
    /// `None` when there is nothing to look for.
    pub(super) automaton: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
}

impl std::fmt::Debug for Ruleset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ruleset")
            .field("rules", &self.specs.len())
            .field("terms", &self.terms.len())
            .field("stems", &self.uses.len())
            .finish()
    }
}

/// A term found in a field: from its first word to its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    term: u32,
    field: Field,
    first: u32,
    last: u32,
}

impl Ruleset {
    pub(super) fn new(specs: Vec<RuleSpec>, plans: Vec<Plan>, terms: Vec<Term>, stems: Vec<(String, Vec<Use>)>) -> Result<Ruleset, String> {
        let patterns = stems.iter().enumerate().map(|(id, (stem, _))| (stem.as_str(), id as u32));
        let automaton =
            if stems.is_empty() { None } else { Some(CharwiseDoubleArrayAhoCorasick::with_values(patterns).map_err(|e| e.to_string())?) };
        let uses = stems.into_iter().map(|(_, uses)| uses).collect();
        Ok(Ruleset { specs, plans, terms, uses, automaton })
    }

    /// The rules, in the order they were given.
    pub fn specs(&self) -> &[RuleSpec] {
        &self.specs
    }

    /// How many terms and stems the rules come to.
    pub fn size(&self) -> (usize, usize) {
        (self.terms.len(), self.uses.len())
    }

    /// Every rule that holds for `subject`, in the order of the rules.
    pub fn matches(&self, subject: &Subject<'_>) -> Vec<Match> {
        let (folded, hits) = self.read(subject);
        let mut touched: Vec<u32> = hits.iter().flat_map(|hit| &self.terms[hit.term as usize].rules).copied().collect();
        touched.sort_unstable();
        touched.dedup();
        let article = Article { subject, folded: &folded, hits: &hits, terms: &self.terms };
        touched.into_iter().filter_map(|rule| article.judge(rule as usize, &self.plans[rule as usize])).collect()
    }

    /// The article folded, and every term's hits in it, ascending.
    pub(super) fn read(&self, subject: &Subject<'_>) -> ([Folded; 2], Vec<Hit>) {
        let folded = [Folded::new(subject.title), Folded::new(subject.text)];
        let mut hits = Vec::new();
        self.scan(&folded[0], subject.title, Field::Title, &mut hits);
        self.scan(&folded[1], subject.text, Field::Text, &mut hits);
        hits.sort_unstable();
        hits.dedup();
        (folded, hits)
    }

    /// Adds every term's hits in one field.
    fn scan(&self, folded: &Folded, original: &str, field: Field, hits: &mut Vec<Hit>) {
        let Some(automaton) = &self.automaton else { return };
        let from = hits.len();
        let mut pieces: Vec<(u32, u32, u16)> = Vec::new();
        // Hits come in the order of their ends, so the word in hand only moves on.
        let mut word = 0;
        for found in automaton.find_overlapping_iter(&folded.text) {
            while folded.word_end(word) < found.end() {
                word += 1;
            }
            let (start, end) = (folded.words[word].at as usize, folded.word_end(word));
            let (before, after) = (&folded.text[start..found.start()], &folded.text[found.end()..end]);
            let stem = &folded.text[found.start()..found.end()];
            for used in self.uses[found.value() as usize].iter().filter(|used| used.glue.allows(stem, before, after)) {
                if self.terms[used.term as usize].length == 1 {
                    hits.push(Hit { term: used.term, field, first: word as u32, last: word as u32 });
                } else if word >= used.position as usize {
                    pieces.push((used.term, word as u32 - u32::from(used.position), used.position));
                }
            }
        }
        self.join(folded, field, pieces, hits);
        let mut kept = from;
        for i in from..hits.len() {
            if self.letters_agree(folded, original, &hits[i]) {
                hits.swap(kept, i);
                kept += 1;
            }
        }
        hits.truncate(kept);
    }

    /// Joins the words of phrases: all positions of a term from one first word on, in one sentence.
    fn join(&self, folded: &Folded, field: Field, mut pieces: Vec<(u32, u32, u16)>, hits: &mut Vec<Hit>) {
        pieces.sort_unstable();
        pieces.dedup();
        for run in pieces.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (term, first, _) = run[0];
            let length = self.terms[term as usize].length as usize;
            let last = first as usize + length - 1;
            if run.len() == length && !(first as usize..last).any(|word| folded.stops_after(word)) {
                hits.push(Hit { term, field, first, last: last as u32 });
            }
        }
    }

    /// For a literal term: whether the original has exactly these letters.
    fn letters_agree(&self, folded: &Folded, original: &str, hit: &Hit) -> bool {
        let Some(literal) = &self.terms[hit.term as usize].literal else { return true };
        let (first, last) = (folded.words[hit.first as usize], folded.words[hit.last as usize]);
        &original[first.start as usize..last.end as usize] == literal
    }
}

/// An article in the hand of the judge.
pub(super) struct Article<'a> {
    pub subject: &'a Subject<'a>,
    pub folded: &'a [Folded; 2],
    /// Ascending by term, field, position.
    pub hits: &'a [Hit],
    pub terms: &'a [Term],
}

impl Article<'_> {
    pub(super) fn judge(&self, rule: usize, plan: &Plan) -> Option<Match> {
        if !self.in_scope(plan) {
            return None;
        }
        let mut evidence = Vec::new();
        let (mut any, mut has_any) = (false, false);
        for group in &plan.groups {
            let found = self.of_group(plan, group);
            match group.clause {
                Clause::All if found.is_empty() => return None,
                Clause::None if !found.is_empty() => return None,
                Clause::Any => {
                    has_any = true;
                    any |= !found.is_empty();
                }
                _ => {}
            }
            evidence.extend(self.pieces(group, found));
        }
        (any || !has_any).then_some(Match { rule, evidence })
    }

    pub(super) fn in_scope(&self, plan: &Plan) -> bool {
        plan.feeds.is_empty()
            || plan.feeds.iter().any(|scope| match scope {
                FeedScope::Feed(id) => id == self.subject.feed,
                FeedScope::Tag(tag) => self.subject.tags.contains(tag),
            })
    }

    /// The hits of a group in the rule's fields, title first, then by position.
    pub(super) fn of_group(&self, plan: &Plan, group: &Group) -> Vec<Hit> {
        let mut found = Vec::new();
        for term in &group.terms {
            let from = self.hits.partition_point(|hit| hit.term < *term);
            let run = self.hits[from..].iter().take_while(|hit| hit.term == *term);
            found.extend(run.filter(|hit| if hit.field == Field::Title { plan.title } else { plan.text }));
        }
        found.sort_unstable_by_key(|hit: &Hit| (hit.field, hit.first, std::cmp::Reverse(hit.last), hit.term));
        // One span is shown once, though several spellings of a lexicon may hit it.
        found.dedup_by_key(|hit| (hit.field, hit.first, hit.last));
        found
    }

    /// The first of a group's hits as evidence, at most [`MAX_EVIDENCE`].
    pub(super) fn pieces(&self, group: &Group, found: Vec<Hit>) -> Vec<Evidence> {
        found.into_iter().take(MAX_EVIDENCE).map(|hit| self.evidence(group, hit)).collect()
    }

    fn evidence(&self, group: &Group, hit: Hit) -> Evidence {
        let (folded, original) = match hit.field {
            Field::Title => (&self.folded[0], self.subject.title),
            Field::Text => (&self.folded[1], self.subject.text),
        };
        let (start, end) = (folded.words[hit.first as usize].start as usize, folded.words[hit.last as usize].end as usize);
        let term = self.terms[hit.term as usize].written.clone();
        Evidence { clause: group.label.clone(), term, field: hit.field, start, end, text: original[start..end].to_owned() }
    }
}
