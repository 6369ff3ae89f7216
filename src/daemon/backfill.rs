//! Older pages of a feed (RFC 5005), read where entries may have scrolled out of its document unseen.
//!
//! The document itself is archived before the first page is asked for, and nothing that befalls a page touches the feed: its
//! cursor, its rhythm and its health stay as the document left them. A page that cannot be had leaves the gap on record.

use super::{
    Daemon, clock,
    ingest::{self, in_parts, judged},
    live::Live,
    poll::{self, hearing},
    recognise::{look, recognise},
};
use crate::{
    engine::{
        entry::Entry,
        feed::{Feed, FeedState, Reason},
        gap::{self, Gap, Line, Place},
        identify::{Identified, Verdict},
        parse::parse,
    },
    net::{Body, Fetched, client::Via, fetch::Request, hosts::Turn},
    store::{
        feed::Polled,
        ingest::{Batch, Candidate, Report, ingest_part},
    },
};
use std::{collections::HashSet, sync::Arc};

/// Pages that are read for one gap, at most.
const MOST_PAGES: usize = 5;

/// What a document misses, and where it may be had.
#[derive(Debug)]
pub struct Missed {
    /// The feed.
    pub feed: Feed,
    /// What was remembered of it before the document.
    pub state: FeedState,
    /// When entries may have been missed.
    pub gap: Gap,
    /// Where the document came from.
    pub at: String,
    /// Where the document says that older entries are.
    pub older: String,
    /// What was read since the gap was found, by [`name`]: known, and no sign that a page reaches what was seen before.
    pub names: HashSet<String>,
}

/// By what an entry is told from the others of its feed while pages are read.
pub fn name(entry: &Entry) -> String {
    entry.guid.clone().or_else(|| entry.url.clone()).unwrap_or_else(|| entry.title.clone())
}

/// What a page came to.
struct Page {
    report: Report,
    /// Where still older entries are.
    older: Option<String>,
    /// Whether it reaches what was seen before the gap.
    reached: bool,
    /// Those of [`Missed::names`], and its own.
    names: HashSet<String>,
}

/// Reads older pages until one reaches what was seen before the gap, and adds what they brought to `report`.
pub async fn fill(daemon: &Arc<Daemon>, live: &Arc<Live>, mut missed: Missed, report: &mut Report) {
    let mut names = std::mem::take(&mut missed.names);
    let missed = Arc::new(missed);
    let mut asked = HashSet::from([missed.at.clone()]);
    let mut next = Some(missed.older.clone());
    let why = loop {
        let url = match next {
            None => break "its pages end before what was seen".to_owned(),
            Some(_) if asked.len() > MOST_PAGES => break format!("{MOST_PAGES} pages do not reach back far enough"),
            Some(url) if !gap::may_follow(&missed.at, &url) => break "the next page is not where the feed is".to_owned(),
            Some(url) if !asked.insert(url.clone()) => break "its pages lead back to where they were".to_owned(),
            Some(url) => url,
        };
        match page(daemon, live, &missed, &url, names).await {
            Ok(page) => {
                ingest::told(daemon, &page.report);
                report.new += page.report.new;
                report.matched += page.report.matched;
                report.raised.extend(page.report.raised);
                if page.reached {
                    return tracing::info!(feed = missed.feed.id, pages = asked.len() - 1, "older pages filled a gap");
                }
                (next, names) = (page.older, page.names);
            }
            Err(why) => break why,
        }
    };
    tracing::warn!(feed = missed.feed.id, reason = Reason::new(&why).as_str(), "older pages do not fill a gap; items may be missing");
}

/// Fetches and archives one page, in a turn of its own at the host.
async fn page(daemon: &Arc<Daemon>, live: &Arc<Live>, missed: &Arc<Missed>, url: &str, names: HashSet<String>) -> Result<Page, String> {
    // Held until the page is archived, as for a feed's own document.
    let mut turn = Turn::new(&live.hosts);
    let fetched = fetch(daemon, live, missed, url, &mut turn).await?;
    hearing::hear(daemon, live, None, turn.host(), &fetched).await.map_err(|e| super::chain(&e))?;
    let body = match fetched {
        Fetched::Body(body) if gap::may_follow(&missed.at, &body.url) => body,
        Fetched::Body(_) => return Err("a page redirects to where the feed is not".into()),
        Fetched::Failed { reason, .. } | Fetched::Refused { reason } => return Err(reason),
        Fetched::Held { host, .. } => return Err(format!("{host} wants to be left alone")),
        Fetched::Gone | Fetched::Unchanged { .. } => return Err("a page is gone".into()),
    };
    let (reader, live, missed, bytes) = (daemon.clone(), live.clone(), missed.clone(), body.wire.bytes.len());
    let reading = daemon.readers.read(bytes, move || read(&reader, &live, &missed, names, body));
    reading.await.unwrap_or_else(|| Err("reading it failed in a way that it never should".into()))
}

async fn fetch(daemon: &Daemon, live: &Live, missed: &Missed, url: &str, turn: &mut Turn) -> Result<Fetched, String> {
    let feed = &missed.feed;
    let secrets = poll::secrets(daemon, feed).await?;
    let via = feed.access.proxy.as_deref().map(|proxy| Via { proxy, feed: &feed.id });
    let request = Request { via, secrets: secrets.as_ref(), ..Request::new(url, feed.may_be_private_at(url), clock::now_ms()) };
    Ok(live.client.fetch_in_turn(&request, turn).await)
}

/// Reads and archives a page.
fn read(daemon: &Daemon, live: &Live, missed: &Missed, mut names: HashSet<String>, body: Body) -> Result<Page, String> {
    let now_ms = clock::now_ms();
    let (feed, state) = (&missed.feed, &missed.state);
    let bytes = body.wire.unpack().map_err(|e| e.to_string())?;
    let document = parse(&bytes, body.content_type.as_deref(), Some(&body.url), now_ms).map_err(|e| e.to_string())?;
    let heads: Vec<(Option<i64>, bool)> = document.entries.iter().map(|entry| (entry.published_ms, names.insert(name(entry)))).collect();
    let look = look(&daemon.db, &daemon.memory, state, &document.entries, &[]).map_err(|e| super::chain(&e))?;
    let recognised = recognise(&daemon.db, &daemon.memory, state, (document.entries, &look)).map_err(|e| super::chain(&e))?;
    // What came since the gap was found says nothing of what was seen before it.
    let lines: Vec<Line> = (heads.iter().zip(&recognised.new))
        .filter(|((_, first), _)| *first)
        .map(|((published_ms, _), new)| Line { known: !new, published_ms: *published_ms })
        .collect();
    let reached = missed.gap.is_reached(&lines);
    let language = document.language.or_else(|| feed.language.clone());
    let entries = candidates(daemon, live, missed, recognised.entries, language.as_deref(), now_ms)?;
    let batch = Batch {
        feed: state.row,
        feed_id: feed.id.clone(),
        language,
        import: false,
        official: feed.is_official(),
        offered_after_ms: Some(missed.gap.from_ms),
        polled: Polled { at_ms: now_ms, ..Polled::default() },
        entries,
    };
    let filled = reached.then_some(missed.gap.from_ms);
    let ingested = in_parts(daemon, batch, move |connection, memory, page| ingest_part(connection, memory, page, filled));
    Ok(Page { report: ingested.map_err(|e| super::chain(&e))?, older: document.older, reached, names })
}

/// The new entries of a page. What is known stays as the feed's own document gave it: pages often cut their texts otherwise.
fn candidates(
    daemon: &Daemon,
    live: &Live,
    missed: &Missed,
    entries: Vec<(Identified, Verdict)>,
    language: Option<&str>,
    now_ms: i64,
) -> Result<Vec<Candidate>, String> {
    let new = entries.into_iter().filter(|(_, verdict)| matches!(verdict, Verdict::New { .. }));
    let placed = new.map(|(identified, verdict)| (missed.gap.place(identified.entry.published_ms), identified, verdict));
    let (mut told, mut kept) = (Vec::new(), Vec::new());
    for (place, identified, verdict) in placed {
        match place {
            Place::Inside => told.push((identified, verdict)),
            Place::Unclear => told.push((identified, Verdict::New { silent: true })),
            Place::Before => kept.push(Candidate::new(identified, Verdict::New { silent: true }, Vec::new())),
        }
    }
    kept.reverse();
    kept.extend(judged(daemon, live, &missed.feed, told, language, now_ms).map_err(|e| super::chain(&e))?);
    Ok(kept)
}
