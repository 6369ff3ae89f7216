//! What an entry has to itself. An address or a text that other articles of its feed have too says nothing of which story it is: a
//! ticker has one page for all its news, and "Read more on our website" stands under every title.

use super::{Archived, Facet, Hit, Identified, Trust, akin};
use crate::engine::entry::{Fingerprint, KeyKind};
use std::collections::HashMap;

/// Holds a new entry against the articles that it shares keys with, though it is none of them: what they have in common is not its
/// own. A long text of an earlier article stays so unless the feed is not trusted in it: publishers tell one text again under another
/// title and address. Not so a text that several entries of one document share, however long: that is what stands under every title,
/// and to tell a story twice is less than to hide all but one.
pub fn set_apart(entry: Identified, hits: &[Hit], archive: &HashMap<i64, Archived>, trust: &Trust) -> Identified {
    let link = hits.iter().any(|hit| hit.kind == KeyKind::Url);
    let retitled = |hit: &Hit| archive.get(&hit.article).is_some_and(|old| akin::titles(&old.title, &entry.entry.title));
    let text = hits.iter().any(|hit| hit.kind == KeyKind::Text && !entry.long && !retitled(hit));
    let stock = entry.stock || text || !trust.of(Facet::Text).is_good();
    without(Identified { stock, ..entry }, link)
}

/// Takes the fingerprints away that a text which is stock, and a `link` that others have, are part of. Address and title together with
/// the text stay: who shares all that has said the same.
pub(super) fn without(mut entry: Identified, link: bool) -> Identified {
    let stock = entry.stock;
    entry.fingerprints.retain(|print| match print.kind {
        Fingerprint::LINK_AND_TITLE => !link,
        Fingerprint::LINK_AND_TEXT => !link && !stock,
        Fingerprint::LONG_TEXT => !stock,
        _ => true,
    });
    entry
}
