//! From a fetched body to one transaction: parse, recognise, match what is new, archive.
//!
//! Synchronous: it runs on a thread that may block, since parsing and matching are CPU work.

use super::{
    Daemon, clock,
    live::Live,
    recognise::{Recognised, recognise},
};
use crate::{
    abort,
    engine::{
        entry::Entry,
        feed::{Backlog, Feed, FeedState},
        gap::{self, Gap, Line},
        manners::Ending,
        parse::{Defect, Document, Format, ParseError, parse},
        schedule::Habits,
        story::growth::OFFICIAL_TAG,
    },
    net::Body,
    store::{
        StoreError,
        feed::{DocumentFacts, Polled, Said, Seen},
        ingest::{Batch, Candidate, Report, ingest},
    },
};
use std::{collections::BTreeMap, sync::PoisonError};

/// What reading a body came to.
#[derive(Debug)]
pub enum Read {
    /// Archived.
    Good(Report),
    /// Not a feed, or unreadable; noted in the feed's row.
    Bad(ParseError),
}

/// Reads and archives a body.
///
/// # Errors
/// When the archive refuses; nothing is kept then, and the feed stays due.
pub fn read(daemon: &Daemon, live: &Live, feed: &Feed, (state, said): (&FeedState, Said), body: Body) -> Result<Read, StoreError> {
    let now_ms = clock::now_ms();
    let parsed = parse(&body.bytes, body.content_type.as_deref(), Some(&body.url), now_ms);
    abort::point("fetch.parsed");
    let document = match parsed {
        Ok(document) => document,
        Err(error) => {
            // No validators are kept: what cannot be read today is asked for whole again.
            let ending = Ending::Bad { failures: state.failures + 1, retry_after_s: None };
            let next_poll_ms = live.next_poll_ms(feed, now_ms, ending, (&state.publisher, state.habits.as_ref()));
            let polled = Polled { at_ms: now_ms, next_poll_ms, error: Some(error.to_string()), ..Polled::default() };
            let row = state.row;
            daemon.db.call(move |connection| crate::store::feed::polled(connection, row, &polled)).wait()?;
            return Ok(Read::Bad(error));
        }
    };
    let facts = facts(&document, !state.imported);
    let publisher = document.schedule;
    let published: Vec<Option<i64>> = document.entries.iter().map(|entry| entry.published_ms).collect();
    let known_before = state.habits.as_ref().filter(|_| state.imported);
    let recognised = recognise(&daemon.db, state, document.entries)?;
    let gap = known_before.filter(|_| !body.partial).and_then(|habits| gap(habits, &recognised, &published, now_ms));
    let mut habits = known_before.cloned().map_or_else(
        || Habits::first(now_ms, &published),
        |habits| {
            // What a part holds says nothing of how much the whole does.
            let whole = habits.entries.filter(|_| body.partial).unwrap_or(published.len() as u64);
            habits.later(now_ms, whole, &recognised.news(&published))
        },
    );
    if let Some(gap) = &gap {
        habits = habits.hurried(gap.from_ms, now_ms);
    }
    abort::point("fetch.identified");
    let language = document.language.clone().or_else(|| feed.language.clone());
    let mutes = live.mutes(daemon.db.call(move |connection| crate::store::mute::active(connection, now_ms)).wait()?);
    let found = |entry: &Entry| live.found(feed, entry, language.as_deref(), &mutes, now_ms);
    // Feeds list the newest first; rows are in the order of arrival.
    let entries: Vec<Candidate> = (recognised.entries.into_iter().rev())
        .map(|(identified, verdict)| {
            let found = if verdict.is_news() { found(&identified.entry) } else { Vec::new() };
            Candidate::new(identified, verdict, found)
        })
        .collect();
    let next_poll_ms = live.next_poll_ms(feed, now_ms, Ending::Good { fresh_s: body.hints.fresh_s }, (&publisher, Some(&habits)));
    let offered_after_ms = offered_after_ms(state, &body.url, now_ms);
    // Of a part nothing follows for the whole: neither that it is known, nor that it was seen.
    let seen =
        Seen { url: body.url, validators: body.validators, body_hash: (!body.partial).then_some(body.body_hash), whole: !body.partial };
    let batch = Batch {
        feed: state.row,
        feed_id: feed.id.clone(),
        language,
        import: !state.imported && feed.backlog == Backlog::Summary,
        official: feed.tags.iter().any(|tag| tag == OFFICIAL_TAG),
        offered_after_ms,
        polled: Polled {
            at_ms: now_ms,
            next_poll_ms,
            seen: Some(seen),
            document: Some(DocumentFacts { news: entries.iter().any(|entry| entry.verdict.is_news()), publisher, ..facts }),
            learned: Some(recognised.learned),
            said,
            habits: Some(habits),
            gap,
            ..Polled::default()
        },
        entries,
    };
    let recent = daemon.recent.clone();
    let ingested = daemon.db.call(move |connection| {
        // Where a job panicked the window is read again: it is held against its table at each use.
        ingest(connection, &mut recent.lock().unwrap_or_else(PoisonError::into_inner), &batch)
    });
    Ok(Read::Good(ingested.wait()?))
}

/// When this address was last read, by a clock that went on since: what is new in it now was first offered after that.
fn offered_after_ms(state: &FeedState, url: &str, now_ms: i64) -> Option<i64> {
    let same = state.imported && state.validators_url.as_deref() == Some(url);
    state.last_ok_ms.filter(|at_ms| same && *at_ms <= now_ms)
}

/// What may have scrolled out of the feed unseen, by what is new in this document.
fn gap(habits: &Habits, recognised: &Recognised, published: &[Option<i64>], now_ms: i64) -> Option<Gap> {
    let lines: Vec<Line> =
        published.iter().zip(&recognised.new).map(|(published, new)| Line { known: !new, published_ms: *published }).collect();
    // Identifiers that were all renewed look like a window that has moved on.
    let before = habits.entries.filter(|_| !recognised.learned.identity_changed)?;
    gap::between(habits.rhythm.seen_ms, before, now_ms, &lines)
}

fn facts(document: &Document, first: bool) -> DocumentFacts {
    let format = match document.format {
        Format::Rss => "rss",
        Format::Rdf => "rdf",
        Format::Atom => "atom",
        Format::Json => "json",
    };
    DocumentFacts {
        title: document.title.clone(),
        format: format.to_owned(),
        defects: count(&document.defects),
        first,
        ..Default::default()
    }
}

/// Defects by kind, as a JSON object.
fn count(defects: &[Defect]) -> String {
    let mut counts = BTreeMap::<&str, u64>::new();
    for defect in defects {
        *counts.entry(defect.kind).or_default() += 1;
    }
    serde_json::json!(counts).to_string()
}
