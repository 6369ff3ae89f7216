//! One start tag: its name and attributes, quoted or not. Never checks that an attribute stands there once: the first counts.

use std::borrow::Cow;

use quick_xml::events::attributes::Attributes;

use super::repairs::Cut;
use crate::engine::parse::budget::MAX_ATTRIBUTES;
use crate::engine::text::entity;

/// A start tag.
#[derive(Clone, Copy)]
pub(super) struct Tag<'a> {
    pub name: &'a str,
    /// What stands between the angles.
    content: &'a str,
    /// Whether it is its own end.
    pub empty: bool,
}

impl<'a> Tag<'a> {
    /// The tag `raw`, from angle to angle.
    pub fn new(raw: &'a str) -> Result<Self, Cut> {
        let inside = raw.strip_prefix('<').unwrap_or(raw);
        let inside = inside.strip_suffix('>').unwrap_or(inside);
        let content = inside.strip_suffix('/').unwrap_or(inside);
        let end = content.find(|c: char| c.is_ascii_whitespace()).unwrap_or(content.len());
        let tag = Self { name: content.get(..end).unwrap_or(content), content, empty: content.len() < inside.len() };
        // An attribute is two bytes at the least, a name and what parts it from the next.
        if raw.len() > 2 * MAX_ATTRIBUTES && tag.attributes().take(MAX_ATTRIBUTES + 1).count() > MAX_ATTRIBUTES {
            return Err(Cut("too-many-attributes", format!("more than {MAX_ATTRIBUTES} on `{}`", local(tag.name))));
        }
        Ok(tag)
    }

    /// Names and raw values.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> + use<'a> {
        let mut attributes = Attributes::html(self.content, self.name.len());
        attributes.with_checks(false);
        attributes.flatten().map(|attribute| (attribute.key.0, attribute.value))
    }

    /// Whether it has any attribute.
    pub fn is_bare(&self) -> bool {
        self.name.len() == self.content.len()
    }

    /// The attribute called `name`, whatever its case and prefix, its references resolved.
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        if self.is_bare() {
            return None;
        }
        self.attributes().find(|(key, _)| local(key).eq_ignore_ascii_case(name)).map(|(_, value)| resolved(value))
    }
}

/// A value with its references resolved.
pub(super) fn resolved(value: Cow<'_, str>) -> Cow<'_, str> {
    if value.contains('&') { Cow::Owned(entity::resolve(&value).into_owned()) } else { value }
}

/// A name without its prefix.
pub(super) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}
