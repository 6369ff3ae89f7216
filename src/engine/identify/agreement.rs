//! How an entry and an archived article stand to each other, facet by facet, and whether that makes them one.
//!
//! | identifier | address | they are one if |
//! | --- | --- | --- |
//! | same | same | always |
//! | same | another | one of title, text, moment is the same, or title or text is akin |
//! | same | – | likewise, or there is no date to speak against it |
//! | – | same | likewise |
//! | another | same | the text is the same, or the moment; or the title, and the text or date does not speak against it; or both are akin |
//! | – | – | two of title and day, text, moment are the same; or a long text; or the title and a text akin; or the title where there is no text |
//! | another | – or another | title or text, and the moment, are the same; or title and text, and no other moment |
//! | – | another | likewise |
//!
//! "–" is: it has none, shares it with another entry of its document, or its feed is not trusted in it. Where most entries of a
//! document that are known at all came with new identifiers, they are renewed, and the last two rows do as the fifth does.

use super::{Facet, Hit, Identified, Presence, Trust, akin, decide::Archived};
use crate::engine::entry::KeyKind;

/// Two dates so far apart are of two publications, in milliseconds.
const APART_MS: i64 = 12 * 3600 * 1000;
/// An identifier that held so often in its feed is believed when it says that an entry is another.
const PROVEN: u32 = 8;

/// What an identifier says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// It is this article.
    Same,
    /// It is another.
    Another,
    /// Nothing.
    Silent,
}

/// What the dates of publication say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Same,
    Differs { apart: bool },
    Unknown,
}

/// An entry held against one article.
pub(super) struct Agreement<'a> {
    entry: &'a Identified,
    /// `None` where the article was pruned.
    archived: Option<&'a Archived>,
    pub guid: Word,
    pub link: Word,
    content: bool,
    /// Title and day.
    title_day: bool,
    title: bool,
    text: bool,
    moment: Moment,
    proven: bool,
    title_counts: bool,
    text_counts: bool,
}

impl<'a> Agreement<'a> {
    pub fn new(entry: &'a Identified, article: i64, hits: &[Hit], archived: Option<&'a Archived>, trust: &Trust) -> Self {
        let hit = |kinds: &[KeyKind]| hits.iter().any(|hit| hit.article == article && kinds.contains(&hit.kind));
        let word = |facet, presence, same| match (trust.of(facet).is_good(), presence, same) {
            (false, ..) | (_, Presence::Absent | Presence::Shared, _) => Word::Silent,
            (_, _, true) => Word::Same,
            (_, _, false) => Word::Another,
        };
        let content = hit(&[KeyKind::Content]);
        let has_text = !entry.entry.text.is_empty();
        let (held, _) = trust.of(Facet::Guid).counts();
        Agreement {
            guid: word(Facet::Guid, entry.guid, hit(&[KeyKind::Guid, KeyKind::GuidAddress])),
            link: word(Facet::Link, entry.link, content || hit(&[KeyKind::Url])),
            content,
            title_day: hit(&[KeyKind::TitleDay]),
            title: content || hit(&[KeyKind::TitleDay]) || archived.is_some_and(|old| old.title == entry.entry.title),
            text: has_text && (content || hit(&[KeyKind::Text]) || archived.is_some_and(|old| old.text == entry.entry.text)),
            moment: moment(archived.and_then(|old| old.published_ms), entry.entry.published_ms),
            proven: held >= PROVEN,
            title_counts: trust.of(Facet::Title).is_good(),
            text_counts: trust.of(Facet::Text).is_good(),
            entry,
            archived,
        }
    }

    /// How well they agree, 0 the best; `None` where they are not one. `renewal`: the document's identifiers are all new.
    pub fn rank(&self, renewal: bool) -> Option<u8> {
        match (self.guid, self.link) {
            (Word::Same, Word::Same) => Some(0),
            (Word::Same, Word::Another) => self.shares_something().then_some(1),
            (Word::Same, Word::Silent) => (self.shares_something() || self.moment == Moment::Unknown).then_some(1),
            (Word::Silent, Word::Same) => (self.shares_something() || self.moment == Moment::Unknown).then_some(2),
            (Word::Another, Word::Same) => self.is_one_under_another_guid().then_some(2),
            (Word::Silent, Word::Silent) => (self.content || self.speaks_alone()).then_some(3),
            (Word::Another, Word::Silent) if self.content && !self.is_another_issue() => Some(3),
            _ if self.is_certain() => Some(3),
            _ => (renewal && self.may_be_renewed()).then_some(4),
        }
    }

    /// Whether one of its identifiers says that it is another article, and what it says that it is this one.
    pub fn is_renewed(&self) -> bool {
        let ids = [self.guid, self.link];
        ids.contains(&Word::Another) && !ids.contains(&Word::Same) && self.may_be_renewed()
    }

    fn may_be_renewed(&self) -> bool {
        self.title_day || self.content || self.speaks_alone()
    }

    /// Anything but the identifiers. Of a pruned article nothing else is left, so they are believed.
    fn shares_something(&self) -> bool {
        self.archived.is_none() || self.title || self.text || self.moment == Moment::Same || self.akin_title() || self.akin_text()
    }

    fn is_one_under_another_guid(&self) -> bool {
        if self.is_another_issue() {
            return false;
        }
        let spoken_against = self.has_texts() && !self.akin_text() && matches!(self.moment, Moment::Differs { .. });
        self.text || self.same_own_moment() || (self.title && !spoken_against) || (self.akin_title() && self.akin_text())
    }

    /// A proven new identifier, another day, and no long text in common: the next issue of a column that has one page.
    fn is_another_issue(&self) -> bool {
        self.proven && self.moment == (Moment::Differs { apart: true }) && !(self.text && self.entry.long)
    }

    fn speaks_alone(&self) -> bool {
        let same = self.moment == Moment::Same;
        (self.title_day && self.text)
            || (self.same_own_moment() && (self.title_day || self.text))
            || (self.text && same && self.akin_title())
            || (self.text && self.text_counts && (self.entry.long || self.akin_title()))
            || (self.title_day && self.akin_text())
            || (self.title_day && self.title_counts && self.has_no_text() && !matches!(self.moment, Moment::Differs { .. }))
    }

    fn is_certain(&self) -> bool {
        (self.title_day && self.text && !matches!(self.moment, Moment::Differs { .. }))
            || (self.same_own_moment() && (self.text || (self.title_day && (self.has_no_text() || self.akin_text()))))
    }

    fn same_own_moment(&self) -> bool {
        self.moment == Moment::Same && self.entry.own_moment
    }

    fn has_no_text(&self) -> bool {
        self.entry.entry.text.is_empty() && self.archived.is_none_or(|old| old.text.is_empty())
    }

    fn has_texts(&self) -> bool {
        !self.lacks_text()
    }

    fn lacks_text(&self) -> bool {
        self.entry.entry.text.is_empty() || self.archived.is_none_or(|old| old.text.is_empty())
    }

    fn akin_title(&self) -> bool {
        self.title || self.archived.is_some_and(|old| akin::titles(&old.title, &self.entry.entry.title))
    }

    fn akin_text(&self) -> bool {
        self.text || self.archived.is_some_and(|old| akin::texts(&old.text, &self.entry.entry.text))
    }
}

fn moment(old_ms: Option<i64>, new_ms: Option<i64>) -> Moment {
    match (old_ms, new_ms) {
        (Some(old), Some(new)) if old == new => Moment::Same,
        (Some(old), Some(new)) => Moment::Differs { apart: old.abs_diff(new) >= APART_MS.unsigned_abs() },
        _ => Moment::Unknown,
    }
}
