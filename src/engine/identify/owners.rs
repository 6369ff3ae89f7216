//! Which entry of a document has a key to itself. A key that several different entries share proves nothing of any of them.

use super::key::Keys;
use crate::engine::entry::EntryKey;
use std::collections::HashMap;

/// By key, the content of its one owner, or none if there are several.
type Claims = HashMap<EntryKey, Option<i64>>;

/// How an entry stands to an identifier of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Presence {
    /// It has none.
    #[default]
    Absent,
    /// It shares it with another entry of the document.
    Shared,
    /// It has one to itself.
    Own,
}

/// The keys of all entries of a document.
pub(super) struct Owners {
    keys: Claims,
    /// Aliases apart: that an entry has another's address for an alias takes nothing from the other.
    aliases: Claims,
}

impl Owners {
    /// `entries`: the keys of each, and the hash of its content, by which repeats are one.
    pub fn new<'k>(entries: impl Iterator<Item = (&'k Keys, i64)>) -> Owners {
        let mut owners = Owners { keys: Claims::new(), aliases: Claims::new() };
        for (keys, content) in entries {
            for key in [keys.guid, keys.revised, keys.guid_address, keys.url, keys.title_day, keys.text].into_iter().flatten() {
                claim(&mut owners.keys, key, content);
            }
            keys.aliases().for_each(|key| claim(&mut owners.aliases, key, content));
        }
        owners
    }

    /// The key, if no other entry has it.
    pub fn own(&self, key: Option<EntryKey>) -> Option<EntryKey> {
        key.filter(|key| self.keys.get(key).is_some_and(Option::is_some))
    }

    /// How an entry with this key stands to it.
    pub fn presence(&self, key: Option<EntryKey>) -> Presence {
        match key {
            None => Presence::Absent,
            Some(_) if self.own(key).is_some() => Presence::Own,
            Some(_) => Presence::Shared,
        }
    }

    /// The aliases that are no other entry's, neither as its alias nor as its address.
    pub fn own_aliases(&self, keys: &Keys) -> impl Iterator<Item = EntryKey> {
        keys.aliases().filter(|key| !self.keys.contains_key(key) && self.aliases.get(key).is_some_and(Option::is_some))
    }

    /// The key, if it is no entry's own and none's alias: asked for on behalf of one entry, it speaks for no other.
    pub fn unclaimed(&self, key: Option<EntryKey>) -> Option<EntryKey> {
        key.filter(|key| !self.keys.contains_key(key))
    }
}

fn claim(claims: &mut Claims, key: EntryKey, content: i64) {
    let owner = claims.entry(key).or_insert(Some(content));
    if *owner != Some(content) {
        *owner = None;
    }
}
