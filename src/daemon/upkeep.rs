//! The upkeep loop, behind the alerts: the index, summaries of imports, retention.

use super::{Daemon, Result, clock, health};
use crate::{
    abort,
    engine::schedule::DAY_MS,
    store::{
        feed, hold, import,
        index::{self, Vocabulary},
        orphan, retention,
    },
};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// The longest that the loop sleeps.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// How long the index, and what lets old articles go, wait for a moment in which no document is read: alerts go before, and a search
/// reads what is not indexed too. A chunk a second is more than feeds bring for long.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long an import's summary waits for feeds that have not answered yet, in milliseconds.
const IMPORT_PATIENCE_MS: i64 = 120_000;

/// How often feeds and rules are looked at for what is wrong with them, in milliseconds: well below any pause between polls.
const LOOK_MS: i64 = 20_000;

/// How often old articles are looked for, in milliseconds.
const RETENTION_MS: i64 = 3600 * 1000;
/// Between two rounds lies less than this, in milliseconds, unless the machine slept.
const SLEPT_MS: i64 = 5 * 60_000;

/// Works until told to stop; a chunk in hand is finished.
///
/// # Errors
/// When the archive refuses.
pub async fn run(daemon: Arc<Daemon>, stop: CancellationToken) -> Result<()> {
    let mut indexer = Indexer::default();
    let mut retention = Retention::default();
    let mut looked_ms = 0;
    let (mut watched_ms, mut round_ms) = (clock::now_ms(), clock::now_ms());
    while !stop.is_cancelled() {
        daemon.hearts.beat("the upkeep loop");
        let before_ms = std::mem::replace(&mut round_ms, clock::now_ms());
        // The machine slept, or its clock was set.
        if (round_ms - before_ms).abs() > SLEPT_MS {
            watched_ms = round_ms;
        }
        let woken = daemon.upkeep.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        summarise(&daemon, false).await?;
        release(&daemon).await?;
        if (clock::now_ms() - looked_ms).abs() > LOOK_MS {
            health::look(&daemon, watched_ms).await?;
            bury(&daemon).await?;
            looked_ms = clock::now_ms();
        }
        stop.run_until_cancelled(daemon.readers.quiet(PATIENCE)).await;
        // A chunk of each a round: what waits for its hour does not wait for years of articles too.
        let more = retention.chunk(&daemon).await?;
        if indexer.chunk(&daemon, index::CHUNK_BYTES).await? > 0 || more {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = &mut woken => {}
            () = tokio::time::sleep(LONGEST_SLEEP) => {}
        }
    }
    Ok(())
}

/// The index and the words that it holds, read when there is something to index.
#[derive(Debug, Default)]
pub struct Indexer {
    vocabulary: Option<Vocabulary>,
}

impl Indexer {
    /// Indexes one chunk of about `bytes` of text; gives how many articles it held, 0 when all is done.
    ///
    /// # Errors
    /// When the archive refuses.
    pub async fn chunk(&mut self, daemon: &Daemon, bytes: usize) -> Result<usize> {
        let Some(waiting) = daemon.db.call(move |connection| index::next(connection, bytes)).await? else { return Ok(0) };
        let mut vocabulary = match self.vocabulary.take() {
            Some(vocabulary) => vocabulary,
            None => daemon.db.call(Vocabulary::load).await?,
        };
        abort::point("index.read");
        // Folded within milliseconds, however many texts it is.
        let folding = daemon.readers.read(0, move || {
            let ready = index::prepare(waiting, &mut vocabulary);
            (ready, vocabulary)
        });
        let (ready, vocabulary) = folding.await.ok_or_else(|| std::io::Error::other("making ready what is indexed failed"))?;
        let done = daemon.db.call(move |connection| index::write(connection, &ready)).await?;
        // Kept only now: after a failed write its words would be missing from the archive.
        self.vocabulary = Some(vocabulary);
        Ok(done)
    }
}

/// Raises the summaries of an import: when every feed has been asked, when patience ends, or at once when `now`.
///
/// # Errors
/// When the archive refuses.
pub async fn summarise(daemon: &Daemon, now: bool) -> Result<usize> {
    let targets = daemon.live().targets();
    let raised = daemon.db.call(move |connection| {
        let now_ms = clock::now_ms();
        let Some(since_ms) = import::waiting_since_ms(connection)? else { return Ok(Vec::new()) };
        if !now && now_ms - since_ms < IMPORT_PATIENCE_MS && feed::importing(connection)? {
            return Ok(Vec::new());
        }
        import::summarise(connection, &targets, now_ms)
    });
    let raised = raised.await?.len();
    if raised > 0 {
        daemon.outbox.notify_waiters();
    }
    Ok(raised)
}

/// Lets go what has waited long enough, and makes more urgent what nobody has acknowledged. Gives whether anything may go out.
///
/// # Errors
/// When the archive refuses.
pub async fn release(daemon: &Daemon) -> Result<bool> {
    let mut any = false;
    loop {
        let live = daemon.live();
        let done = daemon.db.call(move |connection| {
            let now_ms = clock::now_ms();
            let escalated = hold::escalate(connection, &live.by_rule, now_ms)?;
            Ok((escalated, hold::release(connection, &live.by_rule, now_ms)?))
        });
        let (escalated, released) = done.await?;
        any |= escalated > 0 || released.any();
        if released.single + released.gathered > 0 {
            let hold::Released { single, digests, gathered, again } = released;
            tracing::info!(single, digests, gathered, again, "messages that waited are let go");
        }
        if escalated == 0 && !released.is_part() {
            break;
        }
    }
    if any {
        daemon.outbox.notify_waiters();
    }
    Ok(any)
}

/// Ends what waits for a sink that a reload took away while its alert was still being raised, or was in hand there.
async fn bury(daemon: &Arc<Daemon>) -> Result<()> {
    let reloaded = daemon.clone();
    // Asked in the transaction: a reload may have added a sink while this waited for its turn, and its first alert come before.
    let buried = daemon.db.call(move |connection| orphan::bury(connection, &reloaded.live().by_rule, clock::now_ms())).await?;
    log_buried(buried);
    if buried.handed_on > 0 {
        daemon.outbox.notify_waiters();
    }
    Ok(())
}

/// Says what became of messages whose sink left the config.
pub(super) fn log_buried(buried: orphan::Buried) {
    if buried.handed_on > 0 {
        tracing::info!(deliveries = buried.handed_on, "their sink is no longer in the config: told where their rule's alerts go now");
    }
    if buried.given_up > 0 {
        tracing::warn!(deliveries = buried.given_up, "given up: their sink is no longer in the config; see `marsad alerts --dead`");
    }
}

/// How far the hour's look for old articles has come.
#[derive(Debug, Default)]
pub struct Retention {
    /// When the last one ended.
    ended_ms: i64,
    /// How many went in this one.
    gone: usize,
    /// The article behind which it goes on.
    after: i64,
}

impl Retention {
    /// Lets a chunk of what is too old by the config in force go, where it is time; gives whether there may be more.
    ///
    /// # Errors
    /// When the archive refuses.
    pub async fn chunk(&mut self, daemon: &Daemon) -> Result<bool> {
        let now_ms = clock::now_ms();
        if (now_ms - self.ended_ms).abs() <= RETENTION_MS {
            return Ok(false);
        }
        let (archive, after) = (daemon.live().config.archive.clone(), self.after);
        if let Some(keep) = archive.keep {
            let before_ms = now_ms.saturating_sub(i64::try_from(keep.as_millis()).unwrap_or(i64::MAX).max(DAY_MS));
            let pruned =
                daemon.db.call(move |connection| retention::prune(connection, (before_ms, now_ms), archive.keep_alerted, after)).await?;
            self.gone += pruned.gone;
            if let Some(next) = pruned.next {
                self.after = next;
                return Ok(true);
            }
        }
        if self.gone > 0 {
            tracing::info!(articles = self.gone, "old articles pruned");
        }
        *self = Retention { ended_ms: now_ms, ..Retention::default() };
        Ok(false)
    }
}
