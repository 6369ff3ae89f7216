//! How a rule was read: each expression with every implied AND, and what each word of it became. Compiles terms only to count
//! their stems; decides nothing.

use super::{
    Clause, Lexicon, RuleSpec,
    expr::{Expr, Form, Place},
    syntax::{self, Note},
    term::{Source, Term},
};
use crate::engine::lang::Language;
use std::collections::{BTreeMap, BTreeSet};

/// A rule as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
    /// Each string of the rule, in the order of the parts.
    pub parts: Vec<Part>,
    /// Each bare term once, in the order written.
    pub terms: Vec<ShownTerm>,
    /// Each concept once, by name.
    pub concepts: Vec<ShownConcept>,
}

/// One string of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Which part of the rule.
    pub clause: Clause,
    /// Its position there.
    pub index: usize,
    /// As it was read: every implied AND is written out.
    pub read: String,
    /// What in it is easily misread.
    pub notes: Vec<String>,
}

/// A term of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownTerm {
    /// As an expression has it.
    pub term: String,
    /// The languages that it takes its forms from, as tags; none for a term that takes none.
    pub languages: Vec<&'static str>,
    /// How many stems it became; 0 for a pattern.
    pub stems: usize,
}

/// A concept that a rule names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownConcept {
    /// Its name.
    pub name: String,
    /// How many terms it has in each language.
    pub terms: BTreeMap<String, usize>,
    /// How many stems they became.
    pub stems: usize,
}

/// How a rule was read; what cannot be read is left out.
pub fn show(spec: &RuleSpec, lexicon: &Lexicon) -> Shown {
    let mut shown = Shown::default();
    let lists = [(Clause::All, &spec.all), (Clause::Any, &spec.any), (Clause::None, &spec.none)];
    for (clause, list) in lists {
        for (index, text) in list.iter().enumerate() {
            part(&mut shown, (clause, index), syntax::parse_list(text), spec, lexicon);
        }
    }
    for (index, (text, _)) in spec.score.iter().enumerate() {
        part(&mut shown, (Clause::Score, index), syntax::parse_list(text), spec, lexicon);
    }
    if let Some(text) = &spec.when {
        part(&mut shown, (Clause::When, 0), syntax::parse(text), spec, lexicon);
    }
    shown.concepts.sort_by(|a, b| a.name.cmp(&b.name));
    shown
}

fn part(shown: &mut Shown, (clause, index): (Clause, usize), read: syntax::Read<(Expr, Vec<Note>)>, spec: &RuleSpec, lexicon: &Lexicon) {
    let Ok((expr, notes)) = read else { return };
    let notes = notes.into_iter().map(|note| note.message).collect();
    shown.parts.push(Part { clause, index, read: expr.to_string(), notes });
    let source = Source::Rule { langs: &spec.langs, feed_langs: &spec.feed_langs };
    expr.each_group(&mut |place, group| {
        if place.is_some_and(|place| !matches!(place, Place::Field(_))) {
            return;
        }
        for term in &group.terms {
            if term.form == Form::Concept {
                if !shown.concepts.iter().any(|known| known.name == term.text) {
                    shown.concepts.extend(concept(&term.text, lexicon));
                }
                continue;
            }
            let one = of_term(term, source, lexicon);
            if !shown.terms.iter().any(|known| known.term == one.term) {
                shown.terms.push(one);
            }
        }
    });
}

fn of_term(term: &super::expr::Term, source: Source<'_>, lexicon: &Lexicon) -> ShownTerm {
    let languages: BTreeSet<Language> = match term.form {
        Form::Bare => term.text.split_whitespace().flat_map(|word| source.languages(word)).collect(),
        _ => BTreeSet::new(),
    };
    ShownTerm {
        term: term.to_string(),
        languages: languages.into_iter().map(|language| language.grammar().tag).collect(),
        stems: stems(term, source, lexicon),
    }
}

fn stems(term: &super::expr::Term, source: Source<'_>, lexicon: &Lexicon) -> usize {
    if matches!(term.form, Form::Regex(_)) {
        return 0;
    }
    let built = Term::of_words(&term.text, &term.text, term.form, source);
    built.map_or(0, |built| built.parts.iter().map(|part| part.stems(&lexicon.forms).count()).sum())
}

fn concept(name: &str, lexicon: &Lexicon) -> Option<ShownConcept> {
    let concept = lexicon.concepts.get(name)?;
    let mut shown = ShownConcept { name: name.to_owned(), terms: BTreeMap::new(), stems: 0 };
    for (language, text) in &concept.terms {
        let Ok((Expr::Group(group), _)) = syntax::parse_list(text) else { continue };
        *shown.terms.entry(language.clone()).or_default() += group.terms.len();
        shown.stems += group.terms.iter().map(|term| stems(term, Source::Lexicon(language), lexicon)).sum::<usize>();
    }
    Some(shown)
}

#[cfg(test)]
mod tests {
    use super::{super::Concept, *};

    #[test]
    fn every_implied_and_is_written_out_and_words_tell_their_languages() {
        let concept = Concept { terms: vec![("en".into(), "Idlib".into()), ("ar".into(), "إدلب | ادلب".into())] };
        let lexicon = Lexicon { concepts: BTreeMap::from([("idlib".to_owned(), concept)]), ..Lexicon::default() };
        let spec = RuleSpec {
            all: vec!["@idlib | aid convoy".into()],
            when: Some("перемирие (tr* OR /x/) famine lang:ar".into()),
            feed_langs: vec!["ru".into(), "en".into()],
            ..RuleSpec::default()
        };
        let shown = show(&spec, &lexicon);
        let read: Vec<&str> = shown.parts.iter().map(|part| part.read.as_str()).collect();
        assert_eq!(read, ["@idlib | \"aid convoy\"", "перемирие AND (tr* OR /x/) AND famine AND lang:ar"]);
        let terms: Vec<_> = shown.terms.iter().map(|term| (term.term.as_str(), term.languages.as_slice())).collect();
        let expected: [(&str, &[&str]); 5] =
            [("\"aid convoy\"", &["en"]), ("перемирие", &["ru"]), ("tr*", &[]), ("/x/", &[]), ("famine", &["en"])];
        assert_eq!(terms, expected);
        assert!(shown.terms[1].stems > 1 && shown.terms[2].stems == 1 && shown.terms[3].stems == 0, "{:?}", shown.terms);
        assert_eq!(shown.concepts[0].terms, BTreeMap::from([("ar".to_owned(), 2), ("en".to_owned(), 1)]));
    }
}
