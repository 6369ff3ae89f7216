//! The walk from token to token: which element opens an entry, a field or a person, and which end tag closes what.
//! Never looks back.

use std::borrow::Cow;

use url::Url;

use super::capture::{Capture, Ends, kind};
use super::draft::{Around, Draft, person};
use super::field::{Field, Lower, Place, ends, is_root, of_entry, of_feed, place};
use super::find_root;
use super::head::Head;
use super::names::Module;
use super::repairs::Cut;
use super::stack::{Open, Stack};
use super::tag::{Tag, local};
use super::tokens::{Token, Tokens};
use crate::engine::entry::Entry;
use crate::engine::parse::Format;
use crate::engine::parse::budget::MAX_ENTRIES;
use crate::engine::parse::{Reading, Readings, field::Lost};

/// The versions that RSS has had; anything else, or nothing, is a misspelling of one of them.
const VERSIONS: [&str; 9] = ["2.0", "", "0.90", "0.91", "0.92", "0.93", "0.94", "1.0", "2.0.1"];

/// Entries, and what was lost in them.
#[derive(Default)]
pub(super) struct Found {
    pub entries: Vec<Entry>,
    pub readings: Vec<Reading>,
    pub lost: Lost,
}

/// The walk.
pub(super) struct Walk<'a> {
    pub tokens: Tokens<'a>,
    pub format: Format,
    pub head: Head<'a>,
    pub found: Found,
    stack: Stack<'a>,
    /// The field whose text is being read, and what was in force before it.
    field: Option<(Capture<'a>, Open<'a>)>,
    draft: Option<Draft<'a>>,
    /// What somebody is called, as the text of their element has it.
    person: String,
    /// How many names the entry had before.
    named: usize,
    before: &'a Readings,
    now_ms: i64,
    /// Whether the root was closed.
    done: bool,
}

impl<'a> Walk<'a> {
    /// At the root tag of `source`; the name of its first element where that is no feed's.
    pub fn new(source: &'a str, base_url: Option<&str>, before: &'a Readings, now_ms: i64) -> Result<Self, String> {
        let mut tokens = Tokens::new(source);
        let name = first_element(&mut tokens).unwrap_or_default();
        let format = format(name).or_else(|| {
            tokens.restart(find_root(source)?);
            tokens.repairs.once("leading-content");
            format(first_element(&mut tokens)?)
        });
        let format = format.ok_or_else(|| name.to_owned())?;
        tokens.restart(tokens.at);
        let stack = Stack::new(base_url.and_then(|base| Url::parse(base).ok()));
        let (head, found) = (Head::default(), Found::default());
        let (field, draft, person) = (None, None, String::new());
        Ok(Self { tokens, format, head, found, stack, field, draft, person, named: 0, before, now_ms, done: false })
    }

    /// Walks to the end of the document, or to the first budget that it exceeds.
    pub fn run(mut self) -> (Self, Option<Cut>) {
        loop {
            match self.step() {
                Ok(true) => {}
                Ok(false) if self.done => return (self, None),
                Ok(false) => {
                    let path = self.stack.path();
                    return (self, Some(Cut("truncated", format!("ends within {path}"))));
                }
                Err(cut) => return (self, Some(cut)),
            }
        }
    }

    fn step(&mut self) -> Result<bool, Cut> {
        let name = self.field.as_ref().map(|(field, _)| field.tag.name);
        match self.tokens.next(name)? {
            Token::Start(tag) => self.start(tag)?,
            Token::End(name) => self.end(name)?,
            Token::Text(range) => self.text(range, false)?,
            Token::Literal(range) => self.text(range, true)?,
            Token::Nothing => {}
            Token::Last => return Ok(false),
        }
        Ok(true)
    }

    fn is_atom(&self) -> bool {
        self.format == Format::Atom
    }

    fn text(&mut self, range: std::ops::Range<usize>, literal: bool) -> Result<(), Cut> {
        if let Some((field, _)) = &mut self.field {
            field.push(range, literal);
            return Ok(());
        }
        let within = self.stack.open.last();
        if within.is_none() || within.is_some_and(|open| open.place == Place::Person) {
            let text = self.tokens.source.get(range).unwrap_or_default();
            if within.is_some() && self.person.len() < 4096 {
                self.person.push_str(text);
            } else if self.done && !text.trim().is_empty() {
                self.tokens.repairs.once("trailing-content");
            }
        }
        Ok(())
    }

    fn start(&mut self, tag: Tag<'a>) -> Result<(), Cut> {
        if self.field.is_some() && self.stays_in_field(&tag)? {
            return Ok(());
        }
        let mut open = self.stack.enter(&tag, &mut self.tokens.repairs)?;
        let (module, name) = self.stack.namespaces.resolve(tag.name, &mut self.tokens.repairs);
        let lower = Lower::new(name);
        let lower = lower.as_str();
        open.place = if self.stack.open.is_empty() && is_root(name) { Place::Root } else { place(module, lower, self.is_atom()) };
        if open.place == Place::Root && lower == "entry" {
            open.place = Place::Item;
        }
        match open.place {
            Place::Root => self.root(&tag, lower),
            Place::Item => return self.start_item(tag, open),
            _ => {}
        }
        let field = self.field_of(module, lower);
        if let Some(field) = field.filter(|_| open.place == Place::Other) {
            return self.start_field(field, module, tag, open);
        }
        if open.place == Place::Person {
            self.person.clear();
            self.named = self.draft.as_ref().map_or(0, |draft| draft.authors.len());
        }
        if self.done && self.stack.open.is_empty() && open.place == Place::Other {
            self.tokens.repairs.once("trailing-content");
        }
        if tag.empty {
            self.stack.leave(&open);
            return Ok(());
        }
        self.stack.push(open)
    }

    fn root(&mut self, tag: &Tag<'a>, name: &str) {
        self.stack.namespaces.adopt(tag.name, &mut self.tokens.repairs);
        if name == "rss" && !tag.get("version").is_some_and(|version| VERSIONS.contains(&version.trim())) {
            self.tokens.repairs.once("odd-version");
        }
        if self.head.language.is_none() {
            self.head.language = self.stack.language().cloned();
        }
    }

    /// The field that an element is here; none within a thing that is no part of the entry.
    fn field_of(&self, module: Module, name: &str) -> Option<Field> {
        if self.stack.is_in(Place::Part) {
            return None;
        }
        if self.draft.is_none() {
            return of_feed(module, name);
        }
        let field = of_entry(module, name, self.is_atom())?;
        let direct = self.stack.open.last().is_some_and(|open| open.place == Place::Item);
        match field {
            Field::Name | Field::Email if module != Module::DublinCore && !self.stack.is_in(Place::Person) => None,
            field if direct => Some(field),
            field => Some(field.indirect()),
        }
    }

    fn start_field(&mut self, field: Field, module: Module, tag: Tag<'a>, open: Open<'a>) -> Result<(), Cut> {
        let (mut kind, known) = kind(field, &tag, self.is_atom());
        if module == Module::Xhtml {
            kind = super::capture::Kind::Inline;
        }
        if !known {
            self.tokens.repairs.add("odd-type")?;
        }
        let capture = Capture::new(field, kind, tag, self.tokens.position());
        if tag.empty {
            self.take(capture.finish("", 0));
            self.stack.leave(&open);
        } else {
            self.field = Some((capture, open));
        }
        Ok(())
    }

    /// Takes a tag that stands in the text of a field; false where the field must have ended before it.
    fn stays_in_field(&mut self, tag: &Tag<'a>) -> Result<bool, Cut> {
        let Some((field, _)) = &mut self.field else { return Ok(false) };
        let (module, name) = self.stack.namespaces.resolve(tag.name, &mut self.tokens.repairs);
        let lower = Lower::new(name);
        let atom = self.format == Format::Atom;
        let entry = matches!((module, lower.as_str()), (Module::Rss | Module::Atom, "item" | "entry"));
        let next = if self.draft.is_some() { of_entry(module, lower.as_str(), atom) } else { of_feed(module, lower.as_str()) };
        let ended = field.kind != super::capture::Kind::Inline
            && (entry || (tag.name != field.tag.name && next.is_some_and(|next| ends(field.field, next, module))));
        if !ended {
            field.start(tag);
            return Ok(true);
        }
        self.tokens.repairs.add("mismatched-tag")?;
        self.end_field(self.tokens.at)?;
        Ok(false)
    }

    fn end_field(&mut self, at: usize) -> Result<(), Cut> {
        let Some((field, open)) = self.field.take() else { return Ok(()) };
        if field.is_unescaped() {
            self.tokens.repairs.add("inline-markup")?;
        }
        self.take(field.finish(self.tokens.source, at));
        self.stack.leave(&open);
        Ok(())
    }

    fn take(&mut self, mut value: super::capture::Value<'a>) {
        let around = Around { atom: self.format == Format::Atom, base: self.stack.base(), now_ms: self.now_ms };
        if matches!(value.field, Field::Name) && !around.atom {
            value.text = Cow::Owned(person(&value.text).to_owned());
        }
        match &mut self.draft {
            Some(draft) => draft.take(value, &around, &mut self.found.lost),
            None => self.head.take(value, around.base, &mut self.found.lost),
        }
    }

    fn start_item(&mut self, tag: Tag<'a>, open: Open<'a>) -> Result<(), Cut> {
        if let Some(place) = self.stack.open.iter().rposition(|open| open.place == Place::Item) {
            // An entry in an entry: the first was never closed.
            self.tokens.repairs.add("mismatched-tag")?;
            self.close_to(place)?;
        }
        if self.found.entries.len() >= MAX_ENTRIES {
            return Err(Cut("too-many-entries", format!("the first {MAX_ENTRIES} were kept")));
        }
        let mut draft = Draft::new(self.stack.language().cloned());
        if !tag.is_bare() {
            draft.about = tag.get("about").filter(|about| !about.trim().is_empty());
            // CDF has the address on the item.
            let around = Around { atom: self.is_atom(), base: self.stack.base(), now_ms: self.now_ms };
            tag.get("href").into_iter().for_each(|href| draft.offer(1, &href, &around, &mut self.found.lost));
        }
        self.draft = Some(draft);
        if tag.empty {
            self.stack.leave(&open);
            self.end_item();
            return Ok(());
        }
        self.stack.push(open)
    }

    fn end_item(&mut self) {
        let Some(mut draft) = self.draft.take() else { return };
        if self.is_atom() && draft.authors.is_empty() {
            // An entry without author has the feed's (RFC 4287 section 4.2.1).
            draft.authors.clone_from(&self.head.authors);
        }
        let around = Around { atom: self.is_atom(), base: self.stack.base(), now_ms: self.now_ms };
        let (entry, reading) = draft.finish(&around, self.before, &mut self.found.lost);
        self.found.entries.push(entry);
        self.found.readings.push(reading);
    }

    fn end(&mut self, name: &str) -> Result<(), Cut> {
        if let Some((field, _)) = &mut self.field {
            match field.end(name) {
                Ends::Field => return self.end_field(self.tokens.at),
                Ends::Markup => return Ok(()),
                Ends::Stray => {
                    self.tokens.repairs.add("mismatched-tag")?;
                    if self.stack.find(name).is_none() {
                        return Ok(());
                    }
                    self.end_field(self.tokens.at)?;
                }
            }
        }
        let Some(place) = self.stack.find(name) else { return self.tokens.repairs.add("mismatched-tag") };
        if place + 1 < self.stack.open.len() {
            self.tokens.repairs.add("mismatched-tag")?;
        }
        self.close_to(place)
    }

    /// Closes what is open down to the element at `place`, and that one too.
    fn close_to(&mut self, place: usize) -> Result<(), Cut> {
        while self.stack.open.len() > place {
            let Some(open) = self.stack.open.pop() else { break };
            match open.place {
                Place::Item => self.end_item(),
                Place::Person => self.end_person(),
                _ => {}
            }
            self.stack.leave(&open);
        }
        self.done |= self.stack.open.is_empty();
        Ok(())
    }

    /// A person who has no element for their name goes by the text of their own, else by an address.
    fn end_person(&mut self) {
        if self.stack.is_in(Place::Part) {
            return;
        }
        let Some(draft) = &mut self.draft else { return };
        let email = draft.email.take();
        let text = crate::engine::text::entity::resolve(&self.person);
        match person(&text) {
            _ if draft.authors.len() > self.named => {}
            "" => email.into_iter().for_each(|email| draft.author(email)),
            name => draft.author(Cow::Owned(name.to_owned())),
        }
    }
}

/// The kind of document that an element is the root of.
fn format(name: &str) -> Option<Format> {
    match Lower::new(name).as_str() {
        "rdf" => Some(Format::Rdf),
        "feed" | "entry" => Some(Format::Atom),
        "rss" | "channel" => Some(Format::Rss),
        _ => None,
    }
}

/// Goes to the first start tag, and tells its name without prefix; what stands before it is passed over.
fn first_element<'a>(tokens: &mut Tokens<'a>) -> Option<&'a str> {
    loop {
        match tokens.next(None) {
            Ok(Token::Start(tag)) => return Some(local(tag.name)),
            Ok(Token::Text(range)) if tokens.source.get(range.clone()).is_none_or(|text| text.trim().is_empty()) => {}
            Ok(Token::Text(_) | Token::Literal(_) | Token::End(_)) => tokens.repairs.once("leading-content"),
            Ok(Token::Nothing) => {}
            Ok(Token::Last) | Err(_) => return None,
        }
    }
}
