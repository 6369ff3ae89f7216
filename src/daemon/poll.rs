//! The poll loop: what is due, fetched with manners, read and archived. It ends when told to; a fetch in hand is dropped then, a
//! document in hand is read to its end and archived, as far as its caller waits for that. What an answer says of host and network
//! is heard in `hearing`; documents are read by the threads of `readers`; what an answer without one leaves in the feed's row is
//! in `cursor`, and written with that of others by `notes`. Which feeds are under way is the `poller`'s; it starts none while the
//! archive takes nothing in (`breaker`).

mod breaker;
mod cursor;
pub(super) mod hearing;
pub(super) mod notes;
mod poller;
pub(super) mod readers;

pub use poller::Poller;

use super::{
    Daemon, Result,
    backfill::{self, Missed},
    clock,
    ingest::{self, Read, read},
    live::Live,
};
use crate::{
    abort,
    engine::{
        feed::{Feed, FeedState, Reason},
        manners,
    },
    net::{
        Body, Fetched,
        client::Via,
        fetch::Request,
        hosts::{Turn, host_of},
        secrets::Secrets,
    },
    store::{
        StoreError,
        feed::{Said, Seen},
        host,
        ingest::Report,
        setback,
    },
};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// How a poll ended. The log line, the progress and the totals are renderings of this one value.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing new at the server.
    Unchanged,
    /// A document was read.
    Read(Report),
    /// It failed; the reason is in the feed's row.
    Failed(Reason),
    /// It was not asked: its host wants to be left alone, or the archive takes nothing in. Why, for a person.
    Held(String),
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

/// With what older pages may hold that its document misses.
type Ended = (Outcome, Option<Box<Missed>>);

/// Polls until told to stop.
///
/// # Errors
/// When the archive cannot be read.
pub async fn run(daemon: Arc<Daemon>, stop: CancellationToken) -> Result<()> {
    let mut watch = clock::Watch::start();
    // It may be this that the archive refused, and why the loop begins anew.
    follow_back(&daemon, 0).await?;
    let mut poller = Poller::spread(daemon.clone());
    let ended = rounds(&daemon, &mut poller, &mut watch, &stop).await;
    // Whatever ended it: what is read still must not be archived beside the polls of the next try.
    poller.end().await;
    ended
}

async fn rounds(daemon: &Arc<Daemon>, poller: &mut Poller, watch: &mut clock::Watch, stop: &CancellationToken) -> Result<()> {
    while !stop.is_cancelled() {
        daemon.hearts.beat("the poll loop");
        let back_ms = watch.set_back_ms();
        if back_ms >= setback::LEAST_MS {
            // What is in hand would be written down by the old clock.
            poller.end().await;
            follow_back(daemon, back_ms).await?;
            *poller = Poller::spread(daemon.clone());
        }
        let woken = daemon.feeds.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        poller.start_due().await?;
        let until = tokio::time::sleep(poller.until_next().await?);
        tokio::pin!(until);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = &mut woken => break,
                () = &mut until => break,
                Some(poll) = poller.next() => {
                    log(&poll);
                    daemon.metrics.poll(&poll);
                    if poller.hear(&poll) {
                        break;
                    }
                }
            }
        }
    }
    Ok(())
}

/// Moves what waits with a clock that was set back by so much, or by as much as the archive is ahead.
async fn follow_back(daemon: &Daemon, by_ms: i64) -> Result<()> {
    let moved = daemon.db.call(move |connection| {
        let back_ms = setback::follow(connection, by_ms, clock::now_ms())?;
        Ok(if back_ms > 0 { Some((back_ms, host::all(connection)?)) } else { None })
    });
    if let Some((back_ms, hosts)) = moved.await? {
        clock::tell_set_back(back_ms);
        let live = daemon.live();
        hosts.into_iter().for_each(|(name, strain)| live.hosts.put_strain(&name, Some(strain)));
        daemon.outbox.notify_waiters();
    }
    Ok(())
}

/// Polls one feed: fetch, read, archive. What the archive refused leaves the feed due.
async fn poll(daemon: Arc<Daemon>, live: Arc<Live>, feed: Feed, state: Box<FeedState>) -> Poll {
    let url = state.url_override.clone().unwrap_or_else(|| feed.url.clone());
    let mut turn = Turn::new(&live.hosts);
    // Whether it may be asked at all is told by the fetch.
    let _ = turn.at(&host_of(&url).unwrap_or_default(), clock::now_ms()).await;
    let id = feed.id.clone();
    if daemon.refusal.is_shut() {
        return Poll { feed: id, outcome: Outcome::Held("not asked: the archive takes nothing in".to_owned()) };
    }
    // Thousands may wait for their turn: what a fetch takes is set aside when it begins.
    let outcome = Box::pin(in_turn(daemon, live, feed, (state, url), turn)).await;
    Poll { feed: id, outcome }
}

async fn in_turn(daemon: Arc<Daemon>, live: Arc<Live>, feed: Feed, (state, url): (Box<FeedState>, String), mut turn: Turn) -> Outcome {
    let again = live.clone();
    abort::point("fetch.begin");
    let fetched = fetch(&daemon, &live, &feed, (&state, &url), &mut turn).await;
    daemon.metrics.fetched(&fetched);
    abort::point("fetch.fetched");
    let heard = hearing::hear(&daemon, &live, Some(state.row), turn.host(), &fetched).await;
    // Held until a body is archived: so only as many wait for a reader as there are slots. Older pages wait for turns of their own.
    let turn = Some(turn).filter(|_| matches!(fetched, Fetched::Body(_)));
    let ended = match heard {
        Ok(heard) => archive(&daemon, live, feed, (state, url), fetched).await.map(|ended| (heard, ended)),
        Err(error) => Err(error),
    };
    let ended = match ended {
        Ok((heard, ended)) => hearing::forgive(&daemon, heard).await.map(|()| ended),
        Err(error) => Err(error),
    };
    drop(turn);
    let (mut outcome, missed) = ended.unwrap_or_else(|error| (Outcome::Store(error), None));
    if let (Outcome::Read(report), Some(missed)) = (&mut outcome, missed) {
        Box::pin(backfill::fill(&daemon, &again, *missed, report)).await;
    }
    outcome
}

async fn archive(
    daemon: &Arc<Daemon>,
    live: Arc<Live>,
    feed: Feed,
    (mut state, url): (Box<FeedState>, String),
    fetched: Fetched,
) -> std::result::Result<Ended, StoreError> {
    let outcome = match fetched {
        Fetched::Body(body) => {
            let said = hearing::said_of_move(&feed, &state, &url, body.moved_to.as_deref());
            if body.denied {
                // What the server said since it gave a whole document is worth nothing: what is new now may be as old as that.
                state.last_ok_ms = state.whole_ms;
            }
            // Set aside for those alone that have something to read.
            return Box::pin(read_body(daemon, live, feed, (state, said), body)).await;
        }
        Fetched::Unchanged { validators, body_hash, hints, url: at, moved_to, .. } => {
            let said = hearing::said_of_move(&feed, &state, &url, moved_to.as_deref());
            let seen = Seen { url: at, validators, whole: body_hash.is_some(), body_hash };
            cursor::unchanged(daemon, &live, &feed, &state, (seen, hints, said)).await
        }
        Fetched::Gone => cursor::gone(daemon, &live, &feed, &state).await,
        Fetched::Refused { reason } => cursor::failed(daemon, &live, &feed, &state, (reason, None)).await,
        Fetched::Failed { reason, retry_after_s, .. } => cursor::failed(daemon, &live, &feed, &state, (reason, retry_after_s)).await,
        Fetched::Held { host, until_ms } => cursor::held(daemon, &feed, &host, until_ms).await,
    };
    Ok((outcome?, None))
}

async fn fetch(daemon: &Daemon, live: &Live, feed: &Feed, (state, url): (&FeedState, &str), turn: &mut Turn) -> Fetched {
    let now_ms = clock::now_ms();
    let secrets = match secrets(daemon, feed).await {
        Ok(secrets) => secrets,
        Err(reason) => return Fetched::Refused { reason },
    };
    let request = Request {
        url,
        validators: &state.validators,
        validators_url: state.validators_url.as_deref(),
        known_hash: state.body_hash,
        doubted: manners::frozen::is_doubted(now_ms, state, &feed.id),
        allow_private: feed.may_be_private_at(url),
        now_ms,
        via: feed.access.proxy.as_deref().map(|proxy| Via { proxy, feed: &feed.id }),
        secrets: secrets.as_ref(),
    };
    live.client.fetch_in_turn(&request, turn).await
}

/// What is sent to the feed's server alone, as it stands in its files now.
pub(super) async fn secrets(daemon: &Daemon, feed: &Feed) -> std::result::Result<Option<Secrets>, String> {
    if !feed.has_secrets() {
        return Ok(None);
    }
    let (feed, credentials) = (feed.clone(), daemon.world.credentials.clone());
    let reading = tokio::task::spawn_blocking(move || Secrets::read(&feed, credentials.as_deref())).await;
    reading.unwrap_or_else(|error| Err(format!("reading the feed's secrets stopped: {error}"))).map(Some)
}

async fn read_body(
    daemon: &Arc<Daemon>,
    live: Arc<Live>,
    feed: Feed,
    (state, said): (Box<FeedState>, Said),
    body: Body,
) -> std::result::Result<Ended, StoreError> {
    let asked = Arc::new((live, feed, state));
    let (worker, reading, bytes) = (daemon.clone(), asked.clone(), body.wire.bytes.len());
    let read = move || {
        let (live, feed, state) = &*reading;
        read(&worker, live, feed, (state, said), body)
    };
    match daemon.readers.read(bytes, read).await {
        Some(Ok(Read::Good(report, missed))) => {
            ingest::told(daemon, &report);
            Ok((Outcome::Read(report), missed))
        }
        Some(Ok(Read::Bad(reason))) => Ok((Outcome::Failed(reason), None)),
        Some(Err(error)) => Err(error),
        // `parse` catches the panics of parsers. What panics here, unpacking or a fault of ours, costs this feed alone: it is asked again
        // as one whose document cannot be read.
        None => {
            let (live, feed, state) = &*asked;
            let reason = "reading it failed in a way that it never should".to_owned();
            Ok((cursor::failed(daemon, live, feed, state, (reason, None)).await?, None))
        }
    }
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
        Outcome::Failed(reason) => tracing::warn!(feed = poll.feed, reason = reason.as_str(), "poll failed"),
        Outcome::Held(reason) => tracing::debug!(feed = poll.feed, reason, "not polled"),
        Outcome::Store(error) => {
            tracing::error!(feed = poll.feed, error = %crate::daemon::chain(error), "the archive refused; the feed stays due")
        }
    }
}
