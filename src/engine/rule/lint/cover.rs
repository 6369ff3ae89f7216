//! Whether one term hits wherever another does, as far as their letters tell: never claims it of words that only share a
//! paradigm.

use crate::engine::{
    lang::fold::Folded,
    rule::{
        Concept,
        expr::{Expr, Form, Term},
        syntax,
    },
};
use std::collections::HashMap;

/// What a term says, made comparable.
#[derive(Debug, Clone)]
pub struct Said {
    pub form: Form,
    /// Folded.
    words: Vec<String>,
    pub text: String,
    /// As written in an expression.
    pub shown: String,
}

/// How a term covers another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cover {
    /// They find the same.
    Same,
    /// It finds more.
    Wider,
}

impl Said {
    pub fn new(term: &Term) -> Said {
        let folded = Folded::new(&term.text);
        let words = (0..folded.words.len()).map(|index| folded.word(index).to_owned()).collect();
        Said { form: term.form, words, text: term.text.clone(), shown: term.to_string() }
    }

    /// How this one covers `other`, if it does.
    fn covers(&self, other: &Said) -> Option<Cover> {
        use Form::{Bare, Concept, Exact, Literal, OpenEnd, OpenStart, Regex};
        let spelled = matches!(self.form, Literal | Regex(_) | Concept);
        if self.form == other.form && if spelled { self.text == other.text } else { self.words == other.words } {
            // A zero-width non-joiner also stands for nothing, a blank does not.
            let joins = |said: &Said| said.form == Bare && said.text.contains('\u{200c}');
            return match (joins(self), joins(other)) {
                (false, true) => None,
                (true, false) => Some(Cover::Wider),
                _ => Some(Cover::Same),
            };
        }
        // Its joined form is one word, in which the shorter term does not stand.
        if other.form == Form::Bare && other.text.contains('\u{200c}') {
            return None;
        }
        let wider = match (self.form, other.form) {
            (Bare, Bare | Exact | Literal) | (Exact, Exact | Literal) => {
                other.words.windows(self.words.len().max(1)).any(|w| w == self.words)
            }
            (OpenEnd, OpenEnd | Exact | Literal) => self.opens(|stem| other.words.iter().any(|word| word.starts_with(stem))),
            (OpenEnd, Bare) => self.opens(|stem| other.words.iter().any(|word| word.starts_with(stem) && !glues_before(word))),
            (OpenStart, OpenStart | Exact | Literal) => self.opens(|stem| other.words.iter().any(|word| word.ends_with(stem))),
            _ => false,
        };
        wider.then_some(Cover::Wider)
    }

    fn opens(&self, fits: impl Fn(&str) -> bool) -> bool {
        matches!(self.words.as_slice(), [stem] if fits(stem))
    }

    /// What it is looked up by; `None` for one that must be tried against everything.
    fn key(&self) -> Option<String> {
        match self.form {
            Form::Bare | Form::Exact => self.words.first().cloned(),
            Form::OpenEnd | Form::OpenStart => None,
            Form::Literal | Form::Typo | Form::Regex(_) | Form::Concept => Some(format!("\0{}", self.text)),
        }
    }
}

/// Whether its script writes particles onto the front of words: Arabic or Hebrew.
fn glues_before(word: &str) -> bool {
    word.contains(|c| matches!(c, '\u{590}'..='\u{77f}'))
}

/// Terms of which one must hit.
#[derive(Debug, Default)]
pub struct Words {
    pub said: Vec<Said>,
    by_key: HashMap<String, Vec<usize>>,
    open: Vec<usize>,
}

impl Words {
    pub fn of<'t>(terms: impl IntoIterator<Item = &'t Term>) -> Words {
        let mut words = Words::default();
        for term in terms {
            let (said, index) = (Said::new(term), words.said.len());
            match said.key() {
                Some(key) => words.by_key.entry(key).or_default().push(index),
                None => words.open.push(index),
            }
            words.said.push(said);
        }
        words
    }

    pub fn of_concept(concept: &Concept) -> Words {
        let groups = concept.terms.iter().filter_map(|(_, text)| match syntax::parse_list(text) {
            Ok((Expr::Group(group), _)) => Some(group.terms),
            _ => None,
        });
        Words::of(&groups.flatten().collect::<Vec<_>>())
    }

    /// The one that covers `other`, those that `fits` takes only; one that says the same before one that says more.
    pub fn covering(&self, other: &Said, fits: impl Fn(usize, Cover) -> bool) -> Option<(usize, Cover)> {
        let keys = other.words.iter().cloned().chain([format!("\0{}", other.text)]);
        let candidates = keys.flat_map(|key| self.by_key.get(&key).into_iter().flatten().copied()).chain(self.open.iter().copied());
        let covering = candidates.filter_map(|index| Some((index, self.said[index].covers(other)?)));
        covering.filter(|(index, cover)| fits(*index, *cover)).min_by_key(|(index, cover)| (*cover, *index))
    }
}
