//! From rules as written to one automaton and the clauses that hang on its hits.

use super::{
    Clause, Concept, Field, RuleError, RuleSpec,
    matcher::{Glue, Group, Plan, Ruleset, Term, Use},
    term::{Form, Item, TermError, parse_group},
};
use crate::engine::lang::{Language, TermWord, fold::Folded};
use std::collections::{BTreeMap, HashMap};

/// The most stems that one config may compile to: a guard against a runaway lexicon.
const MAX_STEMS: usize = 2_000_000;

/// Compiles rules over the concepts they name.
///
/// # Errors
/// Every problem of every rule, in one go.
pub fn compile(rules: &[RuleSpec], concepts: &BTreeMap<String, Concept>) -> Result<Ruleset, Vec<RuleError>> {
    let mut compiler = Compiler { concepts, terms: Vec::new(), ids: HashMap::new(), stems: HashMap::new(), errors: Vec::new() };
    let plans: Vec<Plan> = rules.iter().enumerate().map(|(index, spec)| compiler.rule(index, spec)).collect();
    if !compiler.errors.is_empty() {
        return Err(compiler.errors);
    }
    let total = compiler.stems.len();
    compiler
        .finish(rules, plans)
        .map_err(|message| vec![RuleError { rule: 0, place: None, message: format!("{total} stems: {message}"), hint: None }])
}

struct Compiler<'a> {
    concepts: &'a BTreeMap<String, Concept>,
    terms: Vec<Term>,
    /// Text, form and language of each term to its id, so that a term of many rules is one.
    ids: HashMap<(String, Form, Option<String>), u32>,
    /// Folded stem to every use of it.
    stems: HashMap<String, Vec<Use>>,
    errors: Vec<RuleError>,
}

impl Compiler<'_> {
    fn rule(&mut self, rule: usize, spec: &RuleSpec) -> Plan {
        if spec.all.is_empty() && spec.any.is_empty() {
            let message = if spec.none.is_empty() {
                "the rule has no terms"
            } else {
                "a rule of nothing but `none` would hold for every other article"
            };
            let hint = Some("give it `all` or `any`".to_owned());
            self.errors.push(RuleError { rule, place: None, message: message.to_owned(), hint });
        }
        let mut groups = Vec::new();
        for (clause, list) in [(Clause::All, &spec.all), (Clause::Any, &spec.any), (Clause::None, &spec.none)] {
            for (index, written) in list.iter().enumerate() {
                match self.group(written) {
                    Ok(terms) => groups.push(Group { clause, label: format!("{}[{index}]: {}", clause.name(), written.trim()), terms }),
                    Err(TermError { message, hint }) => self.errors.push(RuleError { rule, place: Some((clause, index)), message, hint }),
                }
            }
        }
        let has = |field| spec.fields.is_empty() || spec.fields.contains(&field);
        Plan { groups, title: has(Field::Title), text: has(Field::Text), feeds: spec.feeds.clone() }
    }

    /// The ids of a group's terms, concepts resolved.
    fn group(&mut self, written: &str) -> Result<Vec<u32>, TermError> {
        let mut ids = Vec::new();
        for item in parse_group(written)? {
            match item {
                Item::Term { written, text, form } => ids.push(self.term(&written, &text, form, None)?),
                Item::Concept(name) => self.concept(&name, &mut ids)?,
            }
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    fn concept(&mut self, name: &str, ids: &mut Vec<u32>) -> Result<(), TermError> {
        let Some(concept) = self.concepts.get(name) else {
            return Err(TermError { message: format!("there is no concept `@{name}`"), hint: None });
        };
        for (language, written) in &concept.terms {
            for item in parse_group(written)? {
                match item {
                    Item::Term { written, text, form } => ids.push(self.term(&written, &text, form, Some(language))?),
                    Item::Concept(inner) => {
                        let message = format!("the concept `@{name}` names another, `@{inner}`");
                        return Err(TermError { message, hint: Some("list its words; concepts do not nest".into()) });
                    }
                }
            }
        }
        Ok(())
    }

    /// The id of a term; adds it with its stems when it is new.
    fn term(&mut self, written: &str, text: &str, form: Form, language: Option<&str>) -> Result<u32, TermError> {
        let key = (text.to_owned(), form, language.map(str::to_owned));
        if let Some(id) = self.ids.get(&key) {
            return Ok(*id);
        }
        let folded = Folded::new(text);
        let words: Vec<&str> = (0..folded.words.len()).map(|i| folded.word(i)).collect();
        let Ok(length) = u16::try_from(words.len()) else {
            return Err(TermError { message: format!("`{written}` has more words than a phrase may"), hint: None });
        };
        if length == 0 {
            return Err(TermError {
                message: format!("`{written}` folds to nothing"),
                hint: Some("a term needs a letter or digit".into()),
            });
        }
        let id = self.add(written, text, form, length);
        self.ids.insert(key, id);
        for (position, word) in (0..length).zip(&words) {
            for (stem, glue) in stems(word, form, language, length > 1) {
                self.stems.entry(stem).or_default().push(Use { term: id, position, glue });
            }
        }
        // A zero-width non-joiner parts words and equals nothing too: آتش‌بس is آتشبس.
        if text.contains('\u{200c}') && form == Form::Bare {
            let joined = self.term(written, &text.replace('\u{200c}', ""), form, language)?;
            self.terms[id as usize].also = Some(joined);
        }
        Ok(id)
    }

    fn add(&mut self, written: &str, text: &str, form: Form, length: u16) -> u32 {
        let literal = (form == Form::Literal).then(|| text.to_owned());
        self.terms.push(Term { written: written.to_owned(), literal, length, also: None, rules: Vec::new() });
        // Bounded by MAX_STEMS, as each term has a stem.
        (self.terms.len() - 1) as u32
    }

    fn finish(mut self, rules: &[RuleSpec], mut plans: Vec<Plan>) -> Result<Ruleset, String> {
        if self.stems.len() > MAX_STEMS {
            return Err(format!("more than the {MAX_STEMS} that fit"));
        }
        for (rule, plan) in plans.iter_mut().enumerate() {
            for group in &mut plan.groups {
                let joined: Vec<u32> = group.terms.iter().filter_map(|id| self.terms[*id as usize].also).collect();
                group.terms.extend(joined);
                group.terms.sort_unstable();
                group.terms.dedup();
                if group.clause != Clause::None {
                    group.terms.iter().for_each(|id| self.terms[*id as usize].rules.push(rule as u32));
                }
            }
        }
        for term in &mut self.terms {
            term.rules.dedup();
        }
        // Sorted, so that one config always compiles to one automaton.
        let mut stems: Vec<(String, Vec<Use>)> = self.stems.into_iter().collect();
        stems.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Ruleset::new(rules.to_vec(), plans, self.terms, stems)
    }
}

fn stems(word: &str, form: Form, language: Option<&str>, in_phrase: bool) -> Vec<(String, Glue)> {
    let whole = |glue| vec![(word.to_owned(), glue)];
    match form {
        Form::Bare => {
            let arabic = || word.chars().all(|c| matches!(c, 'ء'..='غ' | 'ف'..='ي')).then_some(Language::Arabic);
            match language.map_or_else(arabic, |tag| Language::of_tag(tag, word)) {
                Some(language) => {
                    let stems = (language.grammar().stems)(TermWord { folded: word, written: word, in_phrase });
                    stems.into_iter().map(|(stem, class)| (stem, Glue::In(language, class))).collect()
                }
                None => whole(Glue::Whole),
            }
        }
        Form::Exact | Form::Literal => whole(Glue::Whole),
        Form::OpenEnd => whole(Glue::OpenEnd),
        Form::OpenStart => whole(Glue::OpenStart),
    }
}

impl Clause {
    /// Its key in the config.
    pub fn name(self) -> &'static str {
        match self {
            Clause::All => "all",
            Clause::Any => "any",
            Clause::None => "none",
        }
    }
}
