//! RSS of every version, RDF and Atom, tolerantly: quick-xml cuts the document into tokens, and this room says what they mean.
//!
//! It is the only reader of XML that is asked as long as it finds an entry, and it carries its own budgets ([`super::budget`]),
//! so nothing stands before it. Linear in the document, without recursion, and never expands an entity of a document type.
//! An entry that a break or a budget goes through is left out whole: half an entry would be another one when it is mended.

mod capture;
mod draft;
mod field;
mod head;
mod names;
mod repairs;
mod stack;
mod tag;
#[cfg(test)]
mod tests;
mod tokens;
mod walk;

use self::repairs::Cut;
use self::walk::Walk;
use super::budget::LEADING_BYTES;
use super::{Defect, Document, Reader, Readings};

/// Why there is no document.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The root is none of a feed: its name, empty where there is no element at all.
    Foreign(String),
    /// A feed, of which nothing could be read.
    Unreadable(String),
}

/// Reads the feed in `source`.
pub(super) fn read(source: &str, base_url: Option<&str>, before: &Readings, now_ms: i64) -> Result<Document, Refused> {
    let (walk, cut) = Walk::new(source, base_url, before, now_ms).map_err(Refused::Foreign)?.run();
    let (found, head, format) = (walk.found, walk.head, walk.format);
    let mut defects: Vec<Defect> = walk.tokens.repairs.defects().collect();
    if found.entries.is_empty() {
        if let Some(Cut(kind, detail)) = &cut {
            return Err(Refused::Unreadable(format!("no complete entry; {kind}: {detail}")));
        }
        let lower = source.to_ascii_lowercase();
        if lower.contains("<item") || lower.contains("<entry") {
            defects.push(Defect::new("no-entries", "entries stand in a comment or as text only"));
        }
    }
    defects.extend(cut.map(|Cut(kind, detail)| Defect::new(kind, detail)));
    defects.extend(found.lost.defects());
    let schedule = head.rhythm();
    let (title, language, older) = head.finish();
    let (mut entries, readings) = (found.entries, found.readings);
    for entry in entries.iter_mut().filter(|entry| entry.language.is_none()) {
        entry.language.clone_from(&language);
    }
    Ok(Document { format, reader: Reader::Own, title, language, schedule, older, entries, readings, defects })
}

/// Where a feed's root tag stands in a document that starts with something else.
fn find_root(source: &str) -> Option<usize> {
    let head = crate::engine::text::cut(source, LEADING_BYTES).to_ascii_lowercase();
    let start = head.get(..1024).unwrap_or(&head);
    if start.contains("<html") || start.contains("<!doctype html") {
        return None;
    }
    ["<rss", "<feed", "<rdf:rdf", "<atom:feed", "<channel"].iter().filter_map(|tag| head.find(tag)).min()
}
