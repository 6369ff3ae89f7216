//! Which element says what. Names are taken whatever their case; never looks at content.

use super::names::Module;

/// What an element is, outside the text of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A feed's root.
    Root,
    /// An entry.
    Item,
    /// Somebody who wrote: a name as text, or in elements of its own.
    Person,
    /// A thing with a title and a link of its own, that are not the entry's.
    Part,
    /// Anything else; what stands in it counts as standing beside it.
    Other,
}

/// A field of an entry or a feed. The number is its rank: of two that say the same the higher counts, of equals the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Title(u8),
    Link,
    Summary(u8),
    Content(u8),
    Guid,
    Published(u8),
    Updated(u8),
    Category,
    Language,
    /// Text of a picture or a recording, used where there is no other.
    Described(u8),
    Name,
    Email,
    Ttl,
    SkipHour,
    SkipDay,
    UpdatePeriod,
    UpdateFrequency,
    UpdateBase,
}

impl Field {
    /// Whether it holds paragraphs, which may be markup that nobody escaped.
    pub fn is_body(self) -> bool {
        matches!(self, Self::Summary(_) | Self::Content(_) | Self::Described(_))
    }

    /// Whether markup in it is part of what it says.
    pub fn has_markup(self) -> bool {
        self.is_body() || matches!(self, Self::Title(_))
    }

    /// The same field where it does not stand directly in its entry: anything that does goes before it.
    pub fn indirect(self) -> Self {
        match self {
            Self::Title(_) => Self::Title(0),
            Self::Summary(_) => Self::Summary(0),
            Self::Content(_) => Self::Content(0),
            Self::Published(_) => Self::Published(0),
            Self::Updated(_) => Self::Updated(0),
            other => other,
        }
    }
}

/// A name in lower case, on the stack; empty where it is longer than any that is known.
pub(super) struct Lower([u8; 16], usize);

impl Lower {
    pub fn new(name: &str) -> Self {
        let mut bytes = [0; 16];
        match bytes.get_mut(..name.len()) {
            Some(place) => {
                place.copy_from_slice(name.as_bytes());
                place.make_ascii_lowercase();
                Self(bytes, name.len())
            }
            None => Self(bytes, 0),
        }
    }

    pub fn as_str(&self) -> &str {
        self.0.get(..self.1).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

/// Whether an element is a feed's root by its name.
pub(super) fn is_root(local: &str) -> bool {
    matches!(Lower::new(local).as_str(), "rss" | "rdf" | "feed" | "entry" | "channel")
}

/// An element's place; `atom` says whether the document is Atom.
pub(super) fn place(module: Module, local: &str, atom: bool) -> Place {
    match (module, local) {
        (Module::Rss | Module::Atom, "item" | "entry") => Place::Item,
        (Module::Rss | Module::Atom, "author") => Place::Person,
        (Module::Rss | Module::Atom, "image" | "textinput" | "contributor") => Place::Part,
        (_, "source") if atom => Place::Part,
        (Module::Itunes, "owner") => Place::Part,
        _ => Place::Other,
    }
}

/// The field of an entry that an element is.
pub(super) fn of_entry(module: Module, local: &str, atom: bool) -> Option<Field> {
    Some(match (module, local) {
        // Atom's elements in RSS say it once more, or say it where nothing else does.
        (Module::Atom, "title" | "summary" | "content" | "id" | "category") if !atom => match local {
            "title" => Field::Title(1),
            "summary" => Field::Summary(1),
            "content" => Field::Content(2),
            _ => return None,
        },
        (Module::Rss | Module::Atom, _) => return of_core(local, atom),
        (Module::DublinCore, "title") => Field::Title(1),
        (Module::DublinCore, "creator" | "author") => Field::Name,
        (Module::DublinCore, "subject") => Field::Category,
        (Module::DublinCore, "date") => Field::Published(if atom { 1 } else { 3 }),
        (Module::DublinCore, "issued" | "created") => Field::Published(1),
        (Module::DublinCore, "modified") => Field::Updated(1),
        (Module::DublinCore, "description" | "abstract") => Field::Summary(1),
        (Module::DublinCore, "language") => Field::Language,
        (Module::Content, "encoded") => Field::Content(3),
        (Module::Xhtml, "body" | "div") => Field::Content(1),
        (Module::Media, "title") | (Module::Itunes, "title") => Field::Title(0),
        (Module::Media, "description") => Field::Described(2),
        (Module::Itunes, "summary") => Field::Described(1),
        (Module::Itunes, "subtitle") => Field::Described(0),
        (Module::Media, "category") => Field::Category,
        _ => return None,
    })
}

/// The same for elements of RSS and of Atom.
fn of_core(local: &str, atom: bool) -> Option<Field> {
    Some(match local {
        "title" => Field::Title(3),
        "link" => Field::Link,
        "description" => Field::Summary(if atom { 1 } else { 3 }),
        "summary" => Field::Summary(if atom { 3 } else { 1 }),
        "encoded" => Field::Content(2),
        "content" => Field::Content(if atom { 3 } else { 1 }),
        "body" | "fulltext" | "fullitem" if !atom => Field::Content(1),
        "guid" if !atom => Field::Guid,
        "id" if atom => Field::Guid,
        "pubdate" => Field::Published(3),
        "published" => Field::Published(if atom { 3 } else { 2 }),
        "issued" => Field::Published(2),
        "created" | "date" => Field::Published(1),
        "updated" => Field::Updated(3),
        "modified" => Field::Updated(2),
        "category" => Field::Category,
        "name" => Field::Name,
        "email" => Field::Email,
        _ => return None,
    })
}

/// The field of a feed that an element is.
pub(super) fn of_feed(module: Module, local: &str) -> Option<Field> {
    Some(match (module, local) {
        (Module::Rss | Module::Atom, "title") => Field::Title(3),
        (Module::DublinCore, "title") => Field::Title(1),
        (Module::Rss | Module::Atom, "link") => Field::Link,
        (Module::Rss, "description" | "tagline") | (Module::Atom, "subtitle" | "tagline") => Field::Summary(3),
        (Module::Rss, "language") => Field::Language,
        (Module::DublinCore, "language") => Field::Language,
        (Module::Rss, "ttl") => Field::Ttl,
        (Module::Rss, "hour") => Field::SkipHour,
        (Module::Rss, "day") => Field::SkipDay,
        (Module::Syndication, "updateperiod") => Field::UpdatePeriod,
        (Module::Syndication, "updatefrequency") => Field::UpdateFrequency,
        (Module::Syndication, "updatebase") => Field::UpdateBase,
        (Module::Rss | Module::Atom, "name") => Field::Name,
        (Module::Rss | Module::Atom, "email") => Field::Email,
        _ => return None,
    })
}

/// Whether `next` cannot stand within the text of `field`: the one before it was never closed. What HTML has too is let pass
/// where a body may hold it.
pub(super) fn ends(field: Field, next: Field, module: Module) -> bool {
    if field == next {
        return false;
    }
    match next {
        Field::Name | Field::Email | Field::Language => false,
        Field::Title(_) | Field::Link | Field::Summary(_) | Field::Content(_) if module == Module::Xhtml => false,
        Field::Title(_) | Field::Link | Field::Summary(1) | Field::Content(1) if field.is_body() => false,
        Field::Title(_) | Field::Summary(1) | Field::Content(1) if matches!(field, Field::Title(_)) => false,
        _ => true,
    }
}
