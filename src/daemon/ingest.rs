//! From a fetched body to one transaction: parse, recognise, match what is new, archive.
//!
//! Synchronous: it runs on a thread that may block, since parsing and matching are CPU work.

use super::{Daemon, clock, live::Live, recognise::recognise};
use crate::{
    abort,
    engine::{
        entry::Entry,
        feed::{Backlog, Feed, FeedState},
        identify::Verdict,
        parse::{Defect, Document, Format, ParseError, parse},
        schedule::{self, Habits},
    },
    net::Body,
    store::{
        StoreError,
        feed::{DocumentFacts, Polled, Seen},
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
pub fn read(daemon: &Daemon, live: &Live, feed: &Feed, state: &FeedState, body: Body) -> Result<Read, StoreError> {
    let now_ms = clock::now_ms();
    let parsed = parse(&body.bytes, body.content_type.as_deref(), Some(&body.url), now_ms);
    abort::point("fetch.parsed");
    let document = match parsed {
        Ok(document) => document,
        Err(error) => {
            // No validators are kept: what cannot be read today is asked for whole again.
            let outcome = schedule::Outcome::Bad { failures: state.failures + 1, retry_after_s: None };
            let next_poll_ms = live.next_poll_ms(feed, now_ms, outcome, state.habits.as_ref());
            let polled = Polled { at_ms: now_ms, next_poll_ms, error: Some(error.to_string()), ..Polled::default() };
            let row = state.row;
            daemon.db.call(move |connection| crate::store::feed::polled(connection, row, &polled)).wait()?;
            return Ok(Read::Bad(error));
        }
    };
    let facts = facts(&document, !state.imported);
    let published: Vec<Option<i64>> = document.entries.iter().map(|entry| entry.published_ms).collect();
    let recognised = recognise(&daemon.db, state, document.entries)?;
    let news = recognised.entries.iter().filter(|(_, verdict)| matches!(verdict, Verdict::New { .. }));
    let news: Vec<Option<i64>> = news.map(|(identified, _)| identified.entry.published_ms).collect();
    let habits = match state.habits.clone() {
        Some(habits) if state.imported => habits.later(now_ms, published.len() as u64, &news),
        _ => Habits::first(now_ms, &published),
    };
    abort::point("fetch.identified");
    let language = document.language.clone().or_else(|| feed.language.clone());
    let found = |entry: &Entry| live.found(feed, entry, language.as_deref(), now_ms);
    // Feeds list the newest first; rows are in the order of arrival.
    let entries: Vec<Candidate> = (recognised.entries.into_iter().rev())
        .map(|(identified, verdict)| {
            let found = if verdict.is_news() { found(&identified.entry) } else { Vec::new() };
            Candidate::new(identified, verdict, found)
        })
        .collect();
    let next_poll_ms = live.next_poll_ms(feed, now_ms, schedule::Outcome::Good { fresh_s: body.hints.fresh_s }, Some(&habits));
    let seen = Seen { url: body.url, validators: body.validators, body_hash: Some(body.body_hash) };
    let batch = Batch {
        feed: state.row,
        feed_id: feed.id.clone(),
        language,
        import: !state.imported && feed.backlog == Backlog::Summary,
        polled: Polled {
            at_ms: now_ms,
            next_poll_ms,
            error: None,
            seen: Some(seen),
            document: Some(DocumentFacts { news: entries.iter().any(|entry| entry.verdict.is_news()), ..facts }),
            learned: Some(recognised.learned),
            habits: Some(habits),
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

fn facts(document: &Document, first: bool) -> DocumentFacts {
    let format = match document.format {
        Format::Rss => "rss",
        Format::Rdf => "rdf",
        Format::Atom => "atom",
        Format::Json => "json",
    };
    DocumentFacts { title: document.title.clone(), format: format.to_owned(), defects: count(&document.defects), first, news: false }
}

/// Defects by kind, as a JSON object.
fn count(defects: &[Defect]) -> String {
    let mut counts = BTreeMap::<&str, u64>::new();
    for defect in defects {
        *counts.entry(defect.kind).or_default() += 1;
    }
    serde_json::json!(counts).to_string()
}
