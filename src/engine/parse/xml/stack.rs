//! The elements that are open, and what is in force in them: place, namespaces, base address, language. Never holds more than
//! the budgets allow.

use std::borrow::Cow;

use url::Url;

use super::field::Place;
use super::names::Namespaces;
use super::repairs::{Cut, Repairs};
use super::tag::Tag;
use crate::engine::parse::budget::{MAX_BASE_BYTES, MAX_BASE_TOTAL_BYTES, MAX_BASES, MAX_DEPTH};

/// An element that is open.
pub(super) struct Open<'a> {
    pub name: &'a str,
    pub place: Place,
    namespaces: usize,
    bases: usize,
    languages: usize,
}

/// All of them, the root first.
#[derive(Default)]
pub(super) struct Stack<'a> {
    pub open: Vec<Open<'a>>,
    pub namespaces: Namespaces<'a>,
    bases: Vec<Url>,
    languages: Vec<Cow<'a, str>>,
    base_total: usize,
}

impl<'a> Stack<'a> {
    /// Over a document that came from `base`.
    pub fn new(base: Option<Url>) -> Self {
        Self { bases: base.into_iter().collect(), ..Self::default() }
    }

    /// The base address in force.
    pub fn base(&self) -> Option<&Url> {
        self.bases.last()
    }

    /// The language in force.
    pub fn language(&self) -> Option<&Cow<'a, str>> {
        self.languages.last()
    }

    /// Takes what a tag declares, whether or not it will be pushed; `mark` undoes it.
    pub fn enter(&mut self, tag: &Tag<'a>, repairs: &mut Repairs) -> Result<Open<'a>, Cut> {
        let open = Open {
            name: tag.name,
            place: Place::Other,
            namespaces: self.namespaces.mark(),
            bases: self.bases.len(),
            languages: self.languages.len(),
        };
        if !tag.is_bare() {
            self.namespaces.enter(tag, repairs)?;
            for (key, value) in tag.attributes().filter(|(key, _)| key.starts_with("xml:")) {
                match key {
                    "xml:base" => self.rebase(&value, repairs)?,
                    "xml:lang" => self.languages.push(value),
                    _ => {}
                }
            }
        }
        let base_bytes = self.base().map_or(0, |base| base.as_str().len());
        self.base_total = self.base_total.saturating_add(base_bytes);
        if self.base_total > MAX_BASE_TOTAL_BYTES {
            return Err(Cut("long-base", format!("more than {MAX_BASE_TOTAL_BYTES} bytes of base addresses")));
        }
        Ok(open)
    }

    fn rebase(&mut self, value: &str, repairs: &mut Repairs) -> Result<(), Cut> {
        if value.len() > MAX_BASE_BYTES {
            return Err(Cut("long-base", format!("{} bytes", value.len())));
        }
        if self.bases.len() > MAX_BASES {
            return Err(Cut("long-base", format!("more than {MAX_BASES} within each other")));
        }
        let value = super::tag::resolved(Cow::Borrowed(value));
        let based = match (Url::parse(value.trim()), self.bases.last()) {
            (Err(url::ParseError::RelativeUrlWithoutBase), Some(base)) => base.join(value.trim()),
            // A relative one that stands on nothing says nothing.
            (Err(url::ParseError::RelativeUrlWithoutBase), None) => return Ok(()),
            (parsed, _) => parsed,
        };
        match based {
            Ok(base) if base.as_str().len() <= MAX_BASE_BYTES => self.bases.push(base),
            _ => repairs.add("bad-base")?,
        }
        Ok(())
    }

    /// Goes back to what was in force before the element.
    pub fn leave(&mut self, open: &Open<'a>) {
        self.namespaces.leave(open.namespaces);
        self.bases.truncate(open.bases);
        self.languages.truncate(open.languages);
    }

    /// Opens an element.
    pub fn push(&mut self, open: Open<'a>) -> Result<(), Cut> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Cut("too-deep", format!("more than {MAX_DEPTH} elements within each other")));
        }
        self.open.push(open);
        Ok(())
    }

    /// Where the innermost element of this name is open; one that differs in case only will do.
    pub fn find(&self, name: &str) -> Option<usize> {
        let exact = self.open.iter().rposition(|open| open.name == name);
        exact.or_else(|| self.open.iter().rposition(|open| open.name.eq_ignore_ascii_case(name)))
    }

    /// Whether an element of this place is open.
    pub fn is_in(&self, place: Place) -> bool {
        self.open.iter().any(|open| open.place == place)
    }

    /// The path of what is open, for a person.
    pub fn path(&self) -> String {
        self.open.iter().map(|open| open.name).collect::<Vec<_>>().join("/")
    }
}
