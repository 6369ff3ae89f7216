//! The root tag of a feed, made one that feed-rs knows: its version and its namespaces. Never touches another tag.

use std::borrow::Cow;
use std::fmt::Write as _;

use quick_xml::events::BytesStart;

use super::Root;

const ATOM: &str = "http://www.w3.org/2005/Atom";
/// The namespace of RSS 1.0, the only one that feed-rs takes for RSS.
pub(super) const RSS: &str = "http://purl.org/rss/1.0/";

/// Prefixes that feeds use without declaring them, or declare a little wrong: prefix, part that any spelling has, namespace.
const KNOWN: [(&str, &str, &str); 6] = [
    ("content", "purl.org/rss/1.0/modules/content", "http://purl.org/rss/1.0/modules/content/"),
    ("dc", "purl.org/dc/", "http://purl.org/dc/elements/1.1/"),
    ("media", "search.yahoo.com/mrss", "http://search.yahoo.com/mrss/"),
    ("itunes", "itunes.com/dtds/podcast-1.0", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
    ("atom", "w3.org/2005/atom", ATOM),
    ("xhtml", "w3.org/1999/xhtml", "http://www.w3.org/1999/xhtml"),
];

/// A root tag and what has to change in it.
#[derive(Debug)]
pub(super) struct RootTag {
    name: String,
    /// Raw values, as between the quotes.
    attributes: Vec<(String, String)>,
    empty: bool,
    root: Root,
    missing: Vec<usize>,
    /// Whether the version was none that feed-rs knows.
    pub odd_version: bool,
    /// Whether a namespace was missing or misspelt.
    pub odd_namespace: bool,
}

impl RootTag {
    /// `None` where the element is no feed's.
    pub(super) fn new(tag: &BytesStart<'_>, empty: bool) -> Option<Self> {
        let root = match tag.local_name().as_ref() {
            "rss" => Root::Rss,
            "RDF" => Root::Rdf,
            "feed" | "entry" => Root::Atom,
            _ => return None,
        };
        let attributes = tag.attributes().flatten().map(|a| (a.key.as_ref().to_owned(), a.value.into_owned())).collect();
        let name = tag.name().as_ref().to_owned();
        let mut this = Self { name, attributes, empty, root, missing: Vec::new(), odd_version: false, odd_namespace: false };
        this.mend_version();
        this.mend_namespaces();
        Some(this)
    }

    pub(super) fn root(&self) -> Root {
        self.root
    }

    /// Notes that `prefix` is used; the root shall declare it if it does not.
    pub(super) fn uses(&mut self, prefix: &str) {
        let Some(known) = KNOWN.iter().position(|(name, _, _)| *name == prefix) else { return };
        let declared = |name: &str| name.strip_prefix("xmlns:") == Some(prefix);
        if !self.missing.contains(&known) && !self.attributes.iter().any(|(name, _)| declared(name)) {
            self.missing.push(known);
            self.odd_namespace = true;
        }
    }

    /// The tag anew, where something had to change.
    pub(super) fn mended(&self) -> Option<String> {
        if !self.odd_version && !self.odd_namespace {
            return None;
        }
        let mut out = format!("<{}", self.name);
        let missing = self
            .missing
            .iter()
            .filter_map(|known| KNOWN.get(*known))
            .map(|(prefix, _, uri)| (format!("xmlns:{prefix}"), (*uri).to_owned()));
        for (name, value) in self.attributes.iter().cloned().chain(missing) {
            let quote = if value.contains('"') { '\'' } else { '"' };
            // Writing to a string cannot fail.
            let _ = write!(out, " {name}={quote}{value}{quote}");
        }
        out.push_str(if self.empty { "/>" } else { ">" });
        Some(out)
    }

    fn mend_version(&mut self) {
        if self.root != Root::Rss {
            return;
        }
        let version = self.attributes.iter_mut().find(|(name, _)| name == "version");
        match version {
            Some((_, version)) if matches!(version.as_str(), "2.0" | "" | "0.91" | "0.92") => return,
            Some((_, version)) => *version = "2.0".to_owned(),
            None => self.attributes.push(("version".to_owned(), "2.0".to_owned())),
        }
        self.odd_version = true;
    }

    fn mend_namespaces(&mut self) {
        let root = self.root;
        let before = self.attributes.len();
        if root == Root::Rss {
            self.attributes.retain(|(name, _)| name != "xmlns");
        }
        self.odd_namespace |= self.attributes.len() < before;
        for (name, value) in &mut self.attributes {
            let Some(canonical) = canonical(root, name, value) else { continue };
            if canonical != value.as_str() {
                *value = canonical.into_owned();
                self.odd_namespace = true;
            }
        }
    }
}

/// The namespace that a declaration means, where it is one that feed-rs reads.
fn canonical(root: Root, name: &str, value: &str) -> Option<Cow<'static, str>> {
    let lower = value.trim().to_ascii_lowercase();
    if let Some(prefix) = name.strip_prefix("xmlns:") {
        let known = KNOWN.iter().find(|(known, part, _)| *known == prefix && lower.contains(part));
        return known.map(|(_, _, uri)| Cow::Borrowed(*uri));
    }
    let old_atom = lower.contains("purl.org/atom/ns") || lower.contains("w3.org/2005/atom");
    let old_rss = lower.contains("purl.org/rss/1.0") || lower.contains("netscape.com/rdf/simple");
    match root {
        _ if name != "xmlns" => None,
        Root::Atom if old_atom => Some(Cow::Borrowed(ATOM)),
        Root::Rdf if old_rss => Some(Cow::Borrowed(RSS)),
        _ => None,
    }
}
