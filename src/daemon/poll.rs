//! The poll loop: what is due, fetched with manners, read and archived. It ends when told to; a fetch in hand is dropped
//! then, a transaction in hand is finished.

use super::{
    Daemon, Result, clock,
    ingest::{Read, read},
    live::Live,
    pace,
};
use crate::{
    abort,
    engine::{
        feed::{Feed, FeedState, GONE},
        schedule::{self, DAY_MS},
    },
    net::{Body, Fetched, Hints, fetch::Request, hosts::host_of},
    store::{
        StoreError,
        feed::{self, Polled, Seen},
        ingest::Report,
    },
};
use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// The longest that the loop sleeps: a laptop may wake, a clock may be set.
const LONGEST_SLEEP_MS: i64 = 30_000;

/// Feeds under way at once, waiting for their host included.
const UNDER_WAY: usize = 10_000;

/// Documents read at once; each may take its cap several times over in memory.
const READERS: usize = 4;

/// How a poll ended. The log line, the progress and the totals are renderings of this one value.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing new at the server.
    Unchanged,
    /// A document was read.
    Read(Report),
    /// It failed; the reason is in the feed's row.
    Failed(String),
    /// The archive refused; the feed stays due.
    Store(StoreError),
}

/// One poll of one feed.
#[derive(Debug)]
pub struct Poll {
    /// Id of the feed.
    pub feed: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// Feeds under way.
#[derive(Debug)]
pub struct Poller {
    daemon: Arc<Daemon>,
    tasks: JoinSet<(i64, Poll)>,
    under_way: HashSet<i64>,
    readers: Arc<Semaphore>,
}

impl Poller {
    /// Nothing under way.
    pub fn new(daemon: Arc<Daemon>) -> Poller {
        Poller { daemon, tasks: JoinSet::new(), under_way: HashSet::new(), readers: Arc::new(Semaphore::new(READERS)) }
    }

    /// Starts every feed that is due; gives how many there were.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub async fn start_due(&mut self) -> Result<usize> {
        pace::renew(&self.daemon).await?;
        let room = UNDER_WAY.saturating_sub(self.tasks.len());
        // Those under way are still due in the archive, so as many more are asked for.
        let limit = room + self.under_way.len();
        let due = self.daemon.db.call(move |connection| feed::due(connection, clock::now_ms(), DAY_MS + DAY_MS / 10, limit)).await?;
        let live = self.daemon.live();
        let mut started = 0;
        for (id, state) in due {
            let Some(feed) = live.feeds.get(&id).filter(|_| started < room) else { continue };
            if self.under_way.insert(state.row) {
                let (daemon, live, feed, readers) = (self.daemon.clone(), live.clone(), feed.clone(), self.readers.clone());
                self.tasks.spawn(async move { (state.row, poll(daemon, live, feed, state, readers).await) });
                started += 1;
            }
        }
        Ok(started)
    }

    /// The next poll that ends; `None` when none is under way.
    pub async fn next(&mut self) -> Option<Poll> {
        loop {
            match self.tasks.join_next().await? {
                Ok((row, poll)) => {
                    self.under_way.remove(&row);
                    return Some(poll);
                }
                // A task that panicked takes its name with it; its feed is asked again when all others are done.
                Err(error) => {
                    tracing::error!(%error, "a poll ended by itself");
                    if self.tasks.is_empty() {
                        self.under_way.clear();
                    }
                }
            }
        }
    }
}

/// Polls until told to stop.
///
/// # Errors
/// When the archive cannot be read.
pub async fn run(daemon: Arc<Daemon>, stop: CancellationToken) -> Result<()> {
    let mut poller = Poller::new(daemon.clone());
    while !stop.is_cancelled() {
        daemon.hearts.poll.store(clock::now_ms(), Relaxed);
        let woken = daemon.feeds.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        poller.start_due().await?;
        let until = tokio::time::sleep(until_next(&daemon, &poller).await?);
        tokio::pin!(until);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = &mut woken => break,
                () = &mut until => break,
                Some(poll) = poller.next() => {
                    log(&poll);
                    if matches!(poll.outcome, Outcome::Store(_)) {
                        // The archive is full or locked: asking the next feed would lose its answer too.
                        tokio::time::sleep(Duration::from_secs(5)).await;
                    }
                }
            }
        }
    }
    Ok(())
}

async fn until_next(daemon: &Daemon, poller: &Poller) -> Result<Duration> {
    // With feeds under way, the next end wakes the loop anyway; they are due in the archive until then.
    if !poller.under_way.is_empty() {
        return Ok(Duration::from_secs(1));
    }
    let next = daemon.db.call(feed::next_due_ms).await?;
    let pause_ms = next.map_or(LONGEST_SLEEP_MS, |next| (next - clock::now_ms()).clamp(50, LONGEST_SLEEP_MS));
    Ok(Duration::from_millis(pause_ms.unsigned_abs()))
}

/// Polls one feed: fetch, read, archive. What the archive refused leaves the feed due.
async fn poll(daemon: Arc<Daemon>, live: Arc<Live>, feed: Feed, state: FeedState, readers: Arc<Semaphore>) -> Poll {
    let id = feed.id.clone();
    let url = state.url_override.clone().unwrap_or_else(|| feed.url.clone());
    // Held until the answer is archived: so only as many bodies wait for a reader as there are slots.
    let _permit = live.hosts.enter(&host_of(&url).unwrap_or_default()).await;
    abort::point("fetch.begin");
    let fetched = fetch(&live, &feed, &state, &url).await;
    abort::point("fetch.fetched");
    let ended = match fetched {
        Fetched::Body(body) => read_body(&daemon, live, feed, state, body, readers).await,
        Fetched::Unchanged { validators, body_hash, hints, url, .. } => {
            let seen = Seen { url, validators, body_hash };
            unchanged(&daemon, &live, &feed, &state, (seen, hints)).await
        }
        Fetched::Gone => failed(&daemon, &live, &feed, &state, (GONE.into(), None, true)).await,
        Fetched::Refused { reason } => failed(&daemon, &live, &feed, &state, (reason, None, false)).await,
        Fetched::Failed { reason, retry_after_s, .. } => failed(&daemon, &live, &feed, &state, (reason, retry_after_s, false)).await,
    };
    Poll { feed: id, outcome: ended.unwrap_or_else(Outcome::Store) }
}

async fn fetch(live: &Live, feed: &Feed, state: &FeedState, url: &str) -> Fetched {
    let request = Request {
        url,
        validators: &state.validators,
        validators_url: state.validators_url.as_deref(),
        known_hash: state.body_hash,
        allow_private: feed.allow_private,
        now_ms: clock::now_ms(),
    };
    live.client.fetch(&request).await
}

async fn read_body(
    daemon: &Arc<Daemon>,
    live: Arc<Live>,
    feed: Feed,
    state: FeedState,
    body: Body,
    readers: Arc<Semaphore>,
) -> std::result::Result<Outcome, StoreError> {
    let _turn = readers.acquire().await;
    let worker = daemon.clone();
    let reading = tokio::task::spawn_blocking(move || read(&worker, &live, &feed, &state, body)).await;
    match reading {
        Ok(Ok(Read::Good(report))) => {
            if !report.raised.is_empty() {
                daemon.outbox.notify_waiters();
            }
            if report.new + report.edited > 0 {
                daemon.upkeep.notify_one();
            }
            Ok(Outcome::Read(report))
        }
        Ok(Ok(Read::Bad(error))) => Ok(Outcome::Failed(error.to_string())),
        Ok(Err(error)) => Err(error),
        // `parse` catches the panics of parsers; what panics here is a fault of ours, and costs this poll alone.
        Err(_) => Ok(Outcome::Failed("reading it failed in a way that it never should".into())),
    }
}

async fn unchanged(
    daemon: &Daemon,
    live: &Live,
    feed: &Feed,
    state: &FeedState,
    (seen, hints): (Seen, Hints),
) -> std::result::Result<Outcome, StoreError> {
    let now_ms = clock::now_ms();
    let habits = state.habits.clone().map(|habits| habits.unchanged(now_ms));
    let next_poll_ms = live.next_poll_ms(feed, now_ms, schedule::Outcome::Good { fresh_s: hints.fresh_s }, habits.as_ref());
    note(daemon, state.row, Polled { at_ms: now_ms, next_poll_ms, seen: Some(seen), habits, ..Polled::default() }).await?;
    Ok(Outcome::Unchanged)
}

async fn failed(
    daemon: &Daemon,
    live: &Live,
    feed: &Feed,
    state: &FeedState,
    (reason, retry_after_s, gone): (String, Option<u64>, bool),
) -> std::result::Result<Outcome, StoreError> {
    let now_ms = clock::now_ms();
    let outcome = if gone { schedule::Outcome::Gone } else { schedule::Outcome::Bad { failures: state.failures + 1, retry_after_s } };
    let next_poll_ms = live.next_poll_ms(feed, now_ms, outcome, state.habits.as_ref());
    note(daemon, state.row, Polled { at_ms: now_ms, next_poll_ms, error: Some(reason.clone()), ..Polled::default() }).await?;
    Ok(Outcome::Failed(reason))
}

async fn note(daemon: &Daemon, row: i64, polled: Polled) -> std::result::Result<(), StoreError> {
    daemon.db.call(move |connection| feed::polled(connection, row, &polled)).await
}

/// The log line of a poll.
pub fn log(poll: &Poll) {
    match &poll.outcome {
        Outcome::Unchanged => tracing::debug!(feed = poll.feed, "unchanged"),
        Outcome::Read(r) if r.identity_changed => {
            let (new, edited, matched, raised) = (r.new, r.edited, r.matched, r.raised.len());
            tracing::warn!(feed = poll.feed, renewed = r.renewed, new, edited, matched, raised, "read; its identifiers have all changed")
        }
        Outcome::Read(r) if r.new + r.edited == 0 => tracing::debug!(feed = poll.feed, "nothing new"),
        Outcome::Read(r) => {
            tracing::info!(feed = poll.feed, new = r.new, edited = r.edited, matched = r.matched, raised = r.raised.len(), "read")
        }
        Outcome::Failed(reason) => tracing::warn!(feed = poll.feed, reason, "poll failed"),
        Outcome::Store(error) => {
            tracing::error!(feed = poll.feed, error = %crate::daemon::chain(error), "the archive refused; the feed stays due")
        }
    }
}
