//! From a fetched body to one transaction: unpack, parse, recognise, match what is new, archive.
//!
//! Synchronous: it runs on a thread that may block, since parsing and matching are CPU work.

use super::{
    Daemon,
    backfill::{self, Missed},
    clock,
    live::Live,
    poll::hearing,
    recognise::{Look, Recognised, look, recognise},
};
use crate::{
    abort,
    engine::{
        alert::policy::{MOST_AT_ONCE, Policy},
        feed::{Backlog, Feed, FeedState, Reason},
        gap::{self, Gap, Line},
        identify::{Facet, Identified, Verdict},
        lang::fold::Folded,
        manners::{Ending, frozen},
        parse::{Defect, Document, Format, Readings, parse_again},
        rule::Occasion,
        schedule::Habits,
        story::profile::Profile,
    },
    net::Body,
    store::{
        self, StoreError,
        feed::{DocumentFacts, Polled, Said, Seen},
        hold,
        ingest::{Batch, Candidate, Report, ingest, ingest_part},
        memory::Memory,
        reading,
    },
};
use rusqlite::Connection;
use std::{
    cell::OnceCell,
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError},
    time::Instant,
};

/// What reading a body came to.
#[derive(Debug)]
pub enum Read {
    /// Archived; with what older pages may hold that this document misses.
    Good(Report, Option<Box<Missed>>),
    /// Not a feed, or unreadable; noted in the feed's row.
    Bad(Reason),
}

/// Reads and archives a body.
///
/// # Errors
/// When the archive refuses; nothing is kept then, and the feed stays due.
pub fn read(daemon: &Daemon, live: &Live, feed: &Feed, (state, said): (&FeedState, Said), mut body: Body) -> Result<Read, StoreError> {
    let now_ms = clock::now_ms();
    match open(daemon, state, &mut body, now_ms)? {
        Ok(opened) => archive(daemon, live, feed, (state, said), body, (opened, now_ms)).map(|(report, missed)| Read::Good(report, missed)),
        Err(error) => {
            // No validators are kept: what cannot be read today is asked for whole again.
            let ending = Ending::Bad { failures: state.failures + 1, retry_after_s: None };
            let next_poll_ms = live.next_poll_ms(feed, now_ms, ending, (&state.publisher, state.habits.as_ref()));
            let reason = Reason::new(&error);
            let polled = Polled { next_poll_ms, error: Some(reason.clone()), ..Polled::of(feed, now_ms) };
            let row = state.row;
            daemon.db.call(move |connection| crate::store::feed::polled(connection, row, &polled)).wait()?;
            Ok(Read::Bad(reason))
        }
    }
}

/// A document as read, and what the archive says of it at a glance.
struct Opened {
    document: Document,
    look: Look,
}

/// Unpacks a body, which is gone then, reads the document, and has a look at its entries; else why not, for a person.
fn open(daemon: &Daemon, state: &FeedState, body: &mut Body, now_ms: i64) -> Result<Result<Opened, String>, StoreError> {
    let bytes = match std::mem::take(&mut body.wire).unpack() {
        Ok(bytes) => bytes,
        Err(error) => return Ok(Err(error.to_string())),
    };
    // A feed that is not trusted in its addresses is known by its words alone.
    let before = if state.imported && state.trust.of(Facet::Link).is_good() {
        let row = state.row;
        daemon.db.call(move |connection| reading::load(connection, row)).wait()?
    } else {
        Readings::default()
    };
    let read = |before: &Readings| -> Result<Result<Opened, String>, StoreError> {
        let began = Instant::now();
        let parsed = parse_again(&bytes, body.content_type.as_deref(), Some(&body.url), before, now_ms);
        daemon.metrics.parsed(began.elapsed());
        abort::point("fetch.parsed");
        let document = match parsed {
            Ok(document) => document,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let look = look(&daemon.db, &daemon.memory, state, &document.entries, &document.readings)?;
        Ok(Ok(Opened { document, look }))
    };
    match read(&before)? {
        Ok(opened) if !opened.look.is_enough => read(&Readings::default()),
        opened => Ok(opened),
    }
}

/// Recognises what a document holds, learns from it, and puts all that follows into one transaction.
fn archive(
    daemon: &Daemon,
    live: &Live,
    feed: &Feed,
    (state, said): (&FeedState, Said),
    body: Body,
    (Opened { document, look }, now_ms): (Opened, i64),
) -> Result<(Report, Option<Box<Missed>>), StoreError> {
    let readings = (!body.partial).then(|| Readings::bytes(&document.readings, look.contents()));
    let facts = facts(&document, !state.imported, readings);
    let publisher = document.schedule;
    let published: Vec<Option<i64>> = document.entries.iter().map(|entry| entry.published_ms).collect();
    let names = document.older.as_ref().map(|_| document.entries.iter().map(backfill::name).collect());
    let recognised = recognise(&daemon.db, &daemon.memory, state, (document.entries, &look))?;
    if state.imported {
        daemon.metrics.seen(&recognised.news(&published), now_ms);
    }
    let (habits, gap) = learn(state, &recognised, &published, body.partial, now_ms);
    let missed = gap.zip(document.older).zip(names).map(|((gap, older), names)| {
        Box::new(Missed { feed: feed.clone(), state: state.clone(), gap, at: body.url.clone(), older, names })
    });
    abort::point("fetch.identified");
    let learned = recognised.learned;
    let language = document.language.clone().or_else(|| feed.language.clone());
    let entries = judged(daemon, live, feed, recognised.entries, language.as_deref(), now_ms)?;
    let next_poll_ms = live.next_poll_ms(feed, now_ms, Ending::Good { fresh_s: body.hints.fresh_s }, (&publisher, Some(&habits)));
    let offered_after_ms = offered_after_ms(state, &body.url, now_ms);
    // Of a part nothing follows for the whole: neither that it is known, nor that it was seen.
    let seen =
        Seen { url: body.url, validators: body.validators, body_hash: (!body.partial).then_some(body.body_hash), whole: !body.partial };
    let news = entries.iter().any(|entry| entry.verdict.is_news());
    let batch = Batch {
        feed: state.row,
        feed_id: feed.id.clone(),
        language,
        import: !state.imported && feed.backlog == Backlog::Summary,
        official: feed.is_official(),
        offered_after_ms,
        polled: Polled {
            next_poll_ms,
            seen: Some(seen),
            document: Some(DocumentFacts { news, frozen_ms: frozen::since_ms(state, body.denied, news, now_ms), publisher, ..facts }),
            learned: Some(learned),
            said,
            habits: Some(habits),
            gap,
            ..Polled::of(feed, now_ms)
        },
        entries,
    };
    let said = batch.polled.said.clone();
    let report = in_parts(daemon, batch, ingest)?;
    hearing::log_move(feed, &said);
    Ok((report, missed))
}

/// Archives a batch, the end of it by `last`. What is more than one transaction should hold goes before, so that the alerts of other
/// feeds need not wait for all of it.
pub(super) fn in_parts(
    daemon: &Daemon,
    mut batch: Batch,
    last: impl FnOnce(&Connection, &mut Memory, &Batch) -> store::Result<Report> + Send + 'static,
) -> store::Result<Report> {
    let mut before = Report::default();
    let storm_until_ms = batch.entries.iter().flat_map(|entry| &entry.found).find_map(|found| found.policy.storm_until_ms);
    while let Some(part) = batch.take_part() {
        before = in_turn(daemon, part, |connection, memory, part| ingest_part(connection, memory, part, None))?.after(before);
    }
    let last = move |connection: &Connection, memory: &mut Memory, batch: &Batch| {
        let report = last(connection, memory, batch)?;
        storm_until_ms.map_or(Ok(()), |until_ms| hold::storm_is_over(connection, until_ms, batch.polled.at_ms))?;
        Ok(report)
    };
    Ok(in_turn(daemon, batch, last)?.after(before))
}

fn in_turn(
    daemon: &Daemon,
    batch: Batch,
    work: impl FnOnce(&Connection, &mut Memory, &Batch) -> store::Result<Report> + Send + 'static,
) -> store::Result<Report> {
    let memory = daemon.memory.clone();
    // Where a job panicked it is read again: it is held against its tables at each use.
    let job = move |connection: &Connection| work(connection, &mut memory.lock().unwrap_or_else(PoisonError::into_inner), &batch);
    let done = daemon.db.call(job).wait();
    if done.is_err() {
        // What was taken back may be an edit, which shows in no number of a row.
        *daemon.memory.lock().unwrap_or_else(PoisonError::into_inner) = Memory::default();
    }
    done
}

/// Wakes those who have something to do after an ingest.
pub(super) fn told(daemon: &Daemon, report: &Report) {
    if !report.raised.is_empty() {
        daemon.outbox.notify_waiters();
    }
    if report.new + report.edited > 0 {
        daemon.upkeep.notify_one();
    }
}

/// What this document adds to the feed's habits, and what may have been missed since the one before. `partial`: a part of the
/// document was sent.
fn learn(state: &FeedState, recognised: &Recognised, published: &[Option<i64>], partial: bool, now_ms: i64) -> (Habits, Option<Gap>) {
    let Some(habits) = state.habits.as_ref().filter(|_| state.imported) else { return (Habits::first(now_ms, published), None) };
    let seen_ms = state.last_ok_ms.unwrap_or(habits.rhythm.seen_ms);
    // What a part holds says nothing of how much the whole does.
    let whole = habits.entries.filter(|_| partial).unwrap_or(published.len() as u64);
    let later = habits.clone().later(now_ms, whole, &recognised.news(published));
    match (!partial).then(|| gap((habits, seen_ms), recognised, published, now_ms)).flatten() {
        Some(gap) => (later.hurried(habits.rhythm.seen_ms.min(now_ms), now_ms), Some(gap)),
        None => (later, None),
    }
}

/// What was recognised with the rules that hold for it, oldest first: feeds list the newest first, and rows are in the order of
/// arrival.
pub(super) fn judged(
    daemon: &Daemon,
    live: &Live,
    feed: &Feed,
    entries: Vec<(Identified, Verdict)>,
    language: Option<&str>,
    now_ms: i64,
) -> Result<Vec<Candidate>, StoreError> {
    // Of the archive no more than once, and only where a rule holds: most documents bring nothing for any.
    let asked = OnceCell::new();
    let mutes = || match asked.get() {
        Some(mutes) => Ok(Arc::clone(mutes)),
        None => {
            let active = daemon.db.call(move |connection| crate::store::mute::active(connection, now_ms)).wait()?;
            Ok(asked.get_or_init(|| live.mutes(active)).clone())
        }
    };
    let nothing = Folded::new("");
    let candidate = |(identified, verdict): (Identified, Verdict)| {
        let occasion = if matches!(verdict, Verdict::New { .. }) { Occasion::New } else { Occasion::Edit };
        if !verdict.is_news() {
            return Ok(Candidate::new(identified, verdict, Vec::new()));
        }
        // Folded once, for the rules and for the stories.
        let folded = [&identified.entry.title, &identified.entry.text].map(|text| Folded::new(text));
        let folded = folded.each_ref();
        let found = live.found(feed, (&identified.entry, folded), (occasion, language), mutes, now_ms)?;
        let [title, text] = folded;
        let profile = Profile::of_folded([title, if identified.stock { &nothing } else { text }]);
        Ok(Candidate::with_profile(identified, verdict, profile, found))
    };
    let mut candidates: Vec<_> = entries.into_iter().rev().map(candidate).collect::<Result<_, StoreError>>()?;
    storms(&mut candidates, now_ms);
    Ok(candidates)
}

/// Lets the rules that hold for very many of a document's articles tell them in one.
fn storms(candidates: &mut [Candidate], now_ms: i64) {
    let mut told: HashMap<i64, usize> = HashMap::new();
    let loud = candidates.iter().filter(|candidate| candidate.verdict != (Verdict::New { silent: true }));
    for found in loud.flat_map(|candidate| &candidate.found) {
        *told.entry(found.row.rule).or_default() += usize::from(found.begins && found.muted.is_none());
    }
    told.retain(|_, articles| *articles > MOST_AT_ONCE);
    if told.is_empty() {
        return;
    }
    let mut policies: HashMap<i64, Arc<Policy>> = HashMap::new();
    for found in candidates.iter_mut().flat_map(|candidate| &mut candidate.found) {
        if told.contains_key(&found.row.rule) {
            found.policy = policies.entry(found.row.rule).or_insert_with(|| Arc::new(found.policy.in_storm(now_ms))).clone();
        }
    }
}

/// When this address was last read, by a clock that went on since: what is new in it now was first offered after that.
fn offered_after_ms(state: &FeedState, url: &str, now_ms: i64) -> Option<i64> {
    let same = state.imported && state.validators_url.as_deref() == Some(url);
    state.last_ok_ms.filter(|at_ms| same && *at_ms <= now_ms)
}

/// What may have scrolled out of the feed unseen since `seen_ms`, by what is new in this document.
fn gap((habits, seen_ms): (&Habits, i64), recognised: &Recognised, published: &[Option<i64>], now_ms: i64) -> Option<Gap> {
    let lines: Vec<Line> =
        published.iter().zip(&recognised.new).map(|(published, new)| Line { known: !new, published_ms: *published }).collect();
    // Identifiers that were all renewed look like a window that has moved on.
    let before = habits.entries.filter(|_| !recognised.learned.identity_changed)?;
    gap::between(seen_ms, before, now_ms, &lines)
}

fn facts(document: &Document, first: bool, readings: Option<Vec<u8>>) -> DocumentFacts {
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
        readings,
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
