//! From rules as written to one automaton and the plans that hang on its hits. Names every problem of every rule.

use super::{
    Clause, Field, Lexicon, Near, RuleError, RuleSpec,
    expr::{Expr, Form, Group, Place, Quantity, Reach},
    impossible,
    plan::{Fields, Hits, Node, Plan, PlanClause, Score, Word},
    scan::Ruleset,
    syntax::{self, SyntaxError},
    term::{Refusal, Source, Term},
};
use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    sync::Arc,
};

/// The most words that the terms of one config may have: a guard against a runaway lexicon. Each has some ten stems.
const MAX_WORDS_OF_ALL: usize = 400_000;

/// Compiles rules over the words they name.
///
/// # Errors
/// Every problem of every rule, in one go.
pub fn compile(rules: &[RuleSpec], lexicon: &Lexicon) -> Result<Ruleset, Vec<RuleError>> {
    let mut compiler = Compiler { lexicon, terms: Vec::new(), ids: HashMap::new(), errors: Vec::new(), rule: 0, spec: None, words: 0 };
    let plans: Vec<Plan> = rules.iter().enumerate().map(|(index, spec)| compiler.rule(index, spec)).collect();
    if compiler.words > MAX_WORDS_OF_ALL {
        let message = format!("the terms of the rules have {} words, more than the {MAX_WORDS_OF_ALL} that fit", compiler.words);
        compiler.errors.push(RuleError { rule: 0, place: None, span: 0..0, message, hint: Some("shorten the largest concept".into()) });
    }
    if !compiler.errors.is_empty() {
        return Err(compiler.errors);
    }
    Ok(Ruleset::new(rules.to_vec(), plans, compiler.terms, lexicon.forms.clone()))
}

/// A term by how it was written, what it says, and where its forms come from.
type Key = (String, String, Form, String);

struct Compiler<'a> {
    lexicon: &'a Lexicon,
    terms: Vec<Term>,
    /// A term of many rules is one.
    ids: HashMap<Key, u32>,
    errors: Vec<RuleError>,
    rule: usize,
    spec: Option<&'a RuleSpec>,
    words: usize,
}

/// Where in a rule something stands.
#[derive(Clone, Copy)]
struct At {
    clause: Clause,
    index: usize,
}

impl<'a> Compiler<'a> {
    fn rule(&mut self, rule: usize, spec: &'a RuleSpec) -> Plan {
        (self.rule, self.spec) = (rule, Some(spec));
        let before = self.errors.len();
        let fields = if spec.fields.is_empty() { Fields::of([Field::Title, Field::Text]) } else { Fields::of(spec.fields.iter().copied()) };
        let mut clauses = Vec::new();
        for (clause, list) in [(Clause::All, &spec.all), (Clause::Any, &spec.any), (Clause::None, &spec.none)] {
            for (index, written) in list.iter().enumerate() {
                let label: Arc<str> = format!("{}[{index}]: {}", clause.name(), written.trim()).into();
                let node = self.list(At { clause, index }, written, fields, &label);
                clauses.extend(node.map(|node| PlanClause { clause, label, node }));
            }
        }
        self.near(spec, &mut clauses);
        self.score(spec, fields, &mut clauses);
        if let Some(written) = &spec.when {
            let at = At { clause: Clause::When, index: 0 };
            let node = match syntax::parse(written) {
                Ok((expr, _)) => self.node(at, &expr, Place::Field(Field::Text), fields, None),
                Err(error) => self.refuse_syntax(at, error),
            };
            clauses.extend(node.map(|node| PlanClause {
                clause: Clause::When,
                label: format!("when: {}", one_line(written)).into(),
                node,
            }));
        }
        if self.errors.len() == before {
            self.refuse_pointless(spec, &clauses);
            self.errors.extend(impossible::find(rule, spec, &clauses));
        }
        Plan { clauses, feeds: spec.feeds.clone(), langs: spec.langs.clone() }
    }

    fn error(&mut self, place: Option<At>, span: Range<usize>, message: impl Into<String>, hint: Option<String>) {
        let place = place.map(|at| (at.clause, at.index));
        self.errors.push(RuleError { rule: self.rule, place, span, message: message.into(), hint });
    }

    fn refuse_syntax(&mut self, at: At, error: SyntaxError) -> Option<Node> {
        self.error(Some(at), error.span, error.message, error.hint);
        None
    }

    fn list(&mut self, at: At, written: &str, fields: Fields, label: &Arc<str>) -> Option<Node> {
        match syntax::parse_list(written) {
            Ok((expr, _)) => self.node(at, &expr, Place::Field(Field::Text), fields, Some(label)),
            Err(error) => self.refuse_syntax(at, error),
        }
    }

    /// `near`: the groups of `all` in one window, besides each hitting somewhere.
    fn near(&mut self, spec: &RuleSpec, clauses: &mut Vec<PlanClause>) {
        let Some(near) = spec.near else { return };
        let groups: Vec<Hits> = clauses
            .iter()
            .filter(|clause| clause.clause == Clause::All)
            .filter_map(|clause| if let Node::Hit(hits) = &clause.node { Some(hits.clone()) } else { None })
            .collect();
        let at = At { clause: Clause::Near, index: 0 };
        if spec.all.len() < 2 {
            let hint = "`near` says how close the groups of `all` stand; without them, write NEAR(n, a, b) under `when`";
            return self.error(Some(at), 0..0, "`near` needs at least two groups in `all`", Some(hint.into()));
        }
        let (reach, label) = match near {
            Near::Words(n) => (Reach::Near(n), format!("near: {n} words")),
            Near::Sentence => (Reach::Sentence, "near: one sentence".to_owned()),
        };
        let label: Arc<str> = label.into();
        if groups.len() == spec.all.len() {
            clauses.push(PlanClause { clause: Clause::Near, label: label.clone(), node: Node::Window(reach, groups, label) });
        } else if self.errors.is_empty() {
            self.error(
                Some(at),
                0..0,
                "`near` cannot measure `feed:`, `tag:` or `lang:`",
                Some("take them out of `all`: `feeds` and `lang` are keys of the rule".into()),
            );
        }
    }

    fn score(&mut self, spec: &RuleSpec, fields: Fields, clauses: &mut Vec<PlanClause>) {
        if spec.score.is_empty() {
            return;
        }
        let mut keys = Vec::new();
        for (index, (written, worth)) in spec.score.iter().enumerate() {
            let at = At { clause: Clause::Score, index };
            let label: Arc<str> = format!("score: {} = {worth}", written.trim()).into();
            match self.list(at, written, fields, &label) {
                Some(Node::Hit(hits)) => keys.push((hits, *worth)),
                Some(_) => self.error(
                    Some(at),
                    0..0,
                    "a score counts what is found in the article",
                    Some("`feeds` and `lang` are keys of the rule".into()),
                ),
                None => {}
            }
        }
        let factor = if spec.title_factor > 0.0 { spec.title_factor } else { 1.0 };
        let most: f64 = spec.score.iter().map(|(_, worth)| worth.max(0.0) * factor.max(1.0)).sum();
        if most < spec.threshold {
            let message = format!("the keys add up to {most} at most and never reach the threshold of {}", spec.threshold);
            self.error(
                Some(At { clause: Clause::Score, index: 0 }),
                0..0,
                message,
                Some("lower `threshold`, or make a key worth more".into()),
            );
        }
        let label: Arc<str> = format!("score: at least {}", spec.threshold).into();
        let score = Score { keys, threshold: spec.threshold, title_factor: factor, label: label.clone() };
        clauses.push(PlanClause { clause: Clause::Score, label, node: Node::Score(score) });
    }

    /// The node of an expression. `label` names its leaves; without one each names itself.
    fn node(&mut self, at: At, expr: &Expr, place: Place, fields: Fields, label: Option<&Arc<str>>) -> Option<Node> {
        let own = |what: &dyn std::fmt::Display| label.cloned().unwrap_or_else(|| format!("{}: {what}", at.clause.name()).into());
        let all = |compiler: &mut Self, of: &[Expr]| {
            let nodes: Vec<Option<Node>> = of.iter().map(|expr| compiler.node(at, expr, place, fields, label)).collect();
            nodes.into_iter().collect::<Option<Vec<Node>>>()
        };
        Some(match expr {
            Expr::And(of) => Node::And(all(self, of)?),
            Expr::Or(of) => Node::Or(all(self, of)?),
            Expr::Not(of) => Node::Not(Box::new(self.node(at, of, place, fields, label)?)),
            Expr::AtLeast { n, of, .. } => Node::AtLeast(*n, all(self, of)?),
            Expr::In { place: inner, of } => {
                let fields = if let Place::Field(field) = inner { Fields::of([*field]) } else { fields };
                let named = label.cloned().or_else(|| matches!(**of, Expr::Group(_)).then(|| own(expr)));
                self.node(at, of, *inner, fields, named.as_ref())?
            }
            Expr::Group(group) if matches!(place, Place::Field(_)) => Node::Hit(self.hits(at, group, fields, own(group))?),
            Expr::Group(group) => Node::Attribute(place, self.words(at, group)?, own(group)),
            Expr::Window { reach, groups, span } => {
                if !matches!(place, Place::Field(_)) {
                    self.error(
                        Some(at),
                        span.0.clone(),
                        format!("`{}:` holds no words to measure", place.name()),
                        Some("put the call outside".into()),
                    );
                    return None;
                }
                let hits: Vec<Option<Hits>> = groups.iter().map(|group| self.hits(at, group, fields, own(expr))).collect();
                Node::Window(*reach, hits.into_iter().collect::<Option<_>>()?, own(expr))
            }
            Expr::Compare(compare) => {
                let hits = match &compare.quantity {
                    Quantity::Count(group) => self.hits(at, group, fields, own(compare))?,
                    _ => Hits::new(Vec::new(), fields, own(compare)),
                };
                Node::Compare(compare.clone(), hits)
            }
        })
    }

    /// The words of `feed:`, `tag:` or `lang:`.
    fn words(&mut self, at: At, group: &Group) -> Option<Vec<Word>> {
        let mut words = Vec::new();
        for term in &group.terms {
            let (open, mut regex) = (term.form == Form::OpenEnd, None);
            match term.form {
                Form::Bare | Form::Exact | Form::Literal | Form::OpenEnd => {}
                Form::Regex(flags) => match Term::of_regex(&term.to_string(), &term.text, flags) {
                    Ok(built) => regex = built.regex.map(|regex| *regex),
                    Err((message, hint)) => self.error(Some(at), term.span.0.clone(), message, hint),
                },
                Form::OpenStart | Form::Typo | Form::Concept => {
                    let message = format!("`{term}` cannot stand for a feed, tag or language");
                    self.error(Some(at), term.span.0.clone(), message, Some("write its name, `name*` or `/…/`".into()));
                    return None;
                }
            }
            words.push(Word { text: term.text.to_lowercase(), open, regex });
        }
        Some(words)
    }

    /// The ids of a group's terms, concepts resolved; `None` when one of them cannot be looked for.
    fn hits(&mut self, at: At, group: &Group, fields: Fields, label: Arc<str>) -> Option<Hits> {
        let (mut ids, before) = (Vec::new(), self.errors.len());
        for term in &group.terms {
            let result = if term.form == Form::Concept {
                self.concept(&term.text, &mut ids)
            } else {
                let source = self.spec.map_or(Source::Rule { langs: &[], feed_langs: &[] }, |spec| Source::Rule {
                    langs: &spec.langs,
                    feed_langs: &spec.feed_langs,
                });
                self.term(&written(term), &term.text, term.form, source).map(|id| ids.push(id))
            };
            if let Err((message, hint)) = result {
                self.error(Some(at), term.span.0.clone(), message, hint);
            }
        }
        let joined: Vec<u32> = ids.iter().filter_map(|id| self.terms[*id as usize].also).collect();
        ids.extend(joined);
        // In the order written, so that one rule shows the same evidence in every config.
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(*id));
        (self.errors.len() == before).then(|| Hits::new(ids, fields, label))
    }

    fn concept(&mut self, name: &str, ids: &mut Vec<u32>) -> Result<(), Refusal> {
        let lexicon = self.lexicon;
        let Some(concept) = lexicon.concepts.get(name) else {
            return Err((format!("there is no concept `@{name}`"), None));
        };
        for (language, entry) in &concept.terms {
            let (expr, _) = syntax::parse_list(entry).map_err(|error| (error.message, error.hint))?;
            let Expr::Group(group) = expr else {
                return Err((format!("`{entry}` in the concept `@{name}` names a field"), Some("fields belong into rules".into())));
            };
            for term in &group.terms {
                if term.form == Form::Concept {
                    let message = format!("the concept `@{name}` names another, `@{}`", term.text);
                    return Err((message, Some("list its words; concepts do not nest".into())));
                }
                ids.push(self.term(&written(term), &term.text, term.form, Source::Lexicon(language))?);
            }
        }
        Ok(())
    }

    /// The id of a term; adds it when it is new.
    fn term(&mut self, written: &str, text: &str, form: Form, source: Source<'_>) -> Result<u32, Refusal> {
        let owner = match source {
            Source::Lexicon(tag) => tag.to_owned(),
            Source::Rule { langs, feed_langs } if form == Form::Bare => format!(" {langs:?} {feed_langs:?}"),
            Source::Rule { .. } => String::new(),
        };
        let key = (written.to_owned(), text.to_owned(), form, owner);
        if let Some(id) = self.ids.get(&key) {
            return Ok(*id);
        }
        let term = match form {
            Form::Regex(flags) => Term::of_regex(written, text, flags)?,
            _ => Term::of_words(written, text, form, source)?,
        };
        self.words += term.parts.len().max(1);
        // Bounded by MAX_WORDS_OF_ALL.
        let id = self.terms.len() as u32;
        self.terms.push(term);
        self.ids.insert(key, id);
        // A zero-width non-joiner parts words and equals nothing too: آتش‌بس is آتشبس.
        if text.contains('\u{200c}') && matches!(form, Form::Bare | Form::Exact) {
            let joined = self.term(written, &text.replace('\u{200c}', ""), form, source)?;
            self.terms[id as usize].also = Some(joined);
        }
        Ok(id)
    }

    fn refuse_pointless(&mut self, spec: &RuleSpec, clauses: &[PlanClause]) {
        let positive = clauses.iter().any(|clause| clause.clause != Clause::None && !clause.node.holds_on_nothing());
        if positive {
            return;
        }
        let (message, hint) = if clauses.is_empty() {
            ("the rule looks for nothing", "give it `all`, `any`, `score` or `when`")
        } else if spec.when.is_none() && spec.score.is_empty() {
            ("a rule of nothing but `none` would hold for every other article", "give it `all` or `any`: what is to be found")
        } else if spec.score.is_empty() {
            ("the rule would hold for an article in which nothing is found", "add a term that must hit")
        } else {
            ("the rule would hold for an article in which nothing is found", "add a term that must hit, or a `threshold` above 0")
        };
        let place = clauses.last().filter(|_| spec.when.is_some()).map(|_| At { clause: Clause::When, index: 0 });
        self.error(place, 0..0, message, Some(hint.into()));
    }
}

/// A term as its author wrote it, less the quotes of a phrase.
fn written(term: &super::expr::Term) -> String {
    if term.form == Form::Bare { term.text.clone() } else { term.to_string() }
}

/// A long expression in one line.
fn one_line(written: &str) -> String {
    written.split_whitespace().collect::<Vec<_>>().join(" ")
}
