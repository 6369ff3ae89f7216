//! Which module a prefix means: by its namespace, by one that is a little misspelt, or by what everybody calls it.
//! Never rejects a name.

use super::repairs::{Cut, Repairs};
use super::tag::Tag;
use crate::engine::parse::budget::MAX_NAMESPACES;

/// A vocabulary of elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Module {
    /// RSS of any version, or no namespace at all.
    Rss,
    /// Atom 0.3 or 1.0.
    Atom,
    Rdf,
    DublinCore,
    Content,
    Media,
    Itunes,
    Syndication,
    Xhtml,
    /// None of which anything is read.
    Foreign,
}

/// Prefix by custom, part that any spelling of the namespace has, spellings that are right, module.
type Known = (&'static str, &'static str, &'static [&'static str], Module);

/// Those with a longer part stand before those that it would hold.
const KNOWN: [Known; 14] = [
    ("content", "purl.org/rss/1.0/modules/content", &["http://purl.org/rss/1.0/modules/content/"], Module::Content),
    ("sy", "purl.org/rss/1.0/modules/syndication", &["http://purl.org/rss/1.0/modules/syndication/"], Module::Syndication),
    ("", "purl.org/rss/1.0/modules/", &[], Module::Foreign),
    ("dc", "purl.org/dc/elements", &["http://purl.org/dc/elements/1.1/", "http://purl.org/dc/elements/1.0/"], Module::DublinCore),
    ("dcterms", "purl.org/dc/", &["http://purl.org/dc/terms/"], Module::DublinCore),
    ("media", "search.yahoo.com/mrss", &["http://search.yahoo.com/mrss/"], Module::Media),
    ("itunes", "itunes.com/dtds/podcast-1.0", &["http://www.itunes.com/dtds/podcast-1.0.dtd"], Module::Itunes),
    ("atom", "w3.org/2005/atom", &["http://www.w3.org/2005/Atom"], Module::Atom),
    ("atom03", "purl.org/atom/ns", &["http://purl.org/atom/ns#"], Module::Atom),
    ("xhtml", "w3.org/1999/xhtml", &["http://www.w3.org/1999/xhtml"], Module::Xhtml),
    ("rdf", "22-rdf-syntax-ns", &["http://www.w3.org/1999/02/22-rdf-syntax-ns#"], Module::Rdf),
    (
        "rss",
        "netscape.com/rdf/simple",
        &["http://my.netscape.com/rdf/simple/0.9/", "http://channel.netscape.com/rdf/simple/0.9/"],
        Module::Rss,
    ),
    ("rss11", "purl.org/net/rss1.1", &["http://purl.org/net/rss1.1#"], Module::Rss),
    ("rss1", "purl.org/rss/1.0", &["http://purl.org/rss/1.0/"], Module::Rss),
];

/// The declarations in force, the innermost last.
#[derive(Default)]
pub(super) struct Namespaces<'a> {
    declared: Vec<(&'a str, Module)>,
    /// Prefixes that are used and declared nowhere.
    missing: Vec<&'a str>,
}

impl<'a> Namespaces<'a> {
    /// How many are in force: what [`Self::leave`] takes.
    pub fn mark(&self) -> usize {
        self.declared.len()
    }

    /// Goes back to what was in force at the mark.
    pub fn leave(&mut self, mark: usize) {
        self.declared.truncate(mark);
    }

    /// Takes the declarations of `tag`.
    pub fn enter(&mut self, tag: &Tag<'a>, repairs: &mut Repairs) -> Result<(), Cut> {
        for (key, value) in tag.attributes() {
            let Some(rest) = key.strip_prefix("xmlns") else { continue };
            let prefix = rest.strip_prefix(':').unwrap_or_default();
            let (module, exact) = module(prefix, value.trim());
            if !exact {
                repairs.once("odd-namespace");
            }
            self.declared.push((prefix, module));
            if self.declared.len() > MAX_NAMESPACES {
                return Err(Cut("too-many-namespaces", format!("more than {MAX_NAMESPACES}")));
            }
        }
        Ok(())
    }

    /// Takes the namespace of the root for the feed's, whatever it is called.
    pub fn adopt(&mut self, root: &'a str, repairs: &mut Repairs) {
        let prefix = root.rsplit_once(':').map_or("", |(prefix, _)| prefix);
        if self.resolve(root, repairs).0 == Module::Foreign {
            self.declared.push((prefix, Module::Rss));
            repairs.once("odd-namespace");
        }
    }

    /// The module of an element, and its name without prefix.
    pub fn resolve(&mut self, name: &'a str, repairs: &mut Repairs) -> (Module, &'a str) {
        let (prefix, local) = name.rsplit_once(':').unwrap_or(("", name));
        let declared = self.declared.iter().rev().find(|(known, _)| *known == prefix).map(|(_, module)| *module);
        let module = declared.unwrap_or_else(|| self.by_custom(prefix, repairs));
        (module, local)
    }

    fn by_custom(&mut self, prefix: &'a str, repairs: &mut Repairs) -> Module {
        if prefix.is_empty() {
            return Module::Rss;
        }
        let Some(module) = customary(prefix) else { return Module::Foreign };
        if !self.missing.contains(&prefix) {
            self.missing.push(prefix);
            repairs.once("odd-namespace");
        }
        module
    }
}

/// The module that a prefix means where nothing else says so.
fn customary(prefix: &str) -> Option<Module> {
    KNOWN.iter().find(|(known, ..)| !known.is_empty() && known.eq_ignore_ascii_case(prefix)).map(|(.., module)| *module)
}

/// The module that a declaration means, and whether it is spelt right.
fn module(prefix: &str, uri: &str) -> (Module, bool) {
    if uri.is_empty() {
        return (Module::Rss, true);
    }
    if let Some((_, _, exact, module)) = KNOWN.iter().find(|(_, _, exact, _)| exact.contains(&uri)) {
        return (*module, exact.contains(&uri));
    }
    let lower = uri.to_ascii_lowercase();
    if let Some((_, _, exact, module)) = KNOWN.iter().find(|(_, part, ..)| lower.contains(part)) {
        return (*module, exact.is_empty());
    }
    match customary(prefix) {
        Some(module) => (module, false),
        // RSS 2.0 has no namespace; the many that were made up for it mean it all the same.
        None if prefix.is_empty() => (Module::Rss, false),
        None => (Module::Foreign, true),
    }
}
