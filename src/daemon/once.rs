//! `marsad once`: everything that is due, polled, told and indexed; then a report.

use super::{
    Daemon, DaemonError, Result, World, backup, clock, deliver, health,
    poll::{self, Outcome, Poll, Poller},
    upkeep::{self, Indexer, Retention},
};
use crate::{config::Config, store};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What a round did.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Feeds polled.
    pub polled: usize,
    /// Feeds that had nothing new.
    pub unchanged: usize,
    /// Feeds that failed, with the reason.
    pub failed: Vec<(String, String)>,
    /// Articles added.
    pub new: usize,
    /// Articles edited.
    pub edited: usize,
    /// Alerts raised, summaries of imports included.
    pub alerts: usize,
    /// What the lanes did.
    pub delivered: deliver::Round,
    /// Deliveries that wait for a later try.
    pub waiting: u64,
    /// Whether the archive refused something; those feeds stay due.
    pub refused: bool,
    /// Articles indexed.
    pub indexed: usize,
}

/// Runs one round: with `all`, every feed is due.
///
/// # Errors
/// When the daemon cannot start, the archive refuses, or is found to be damaged.
pub async fn once(config: Config, world: World, all: bool, progress: &mut dyn FnMut(&Report, usize)) -> Result<Report> {
    let daemon = Arc::new(Daemon::open(config, world)?);
    let done = round(&daemon, all, progress).await;
    daemon.end(done.is_ok()).await;
    // Who asks for one round ends after it: a config of thousands of rules is not taken apart for that.
    std::mem::forget(daemon.live());
    daemon.db.damage().map_or(done, |said| Err(DaemonError::Damaged(said.to_owned())))
}

async fn round(daemon: &Arc<Daemon>, all: bool, progress: &mut dyn FnMut(&Report, usize)) -> Result<Report> {
    if all {
        daemon.db.call(|connection| store::feed::all_due(connection, clock::now_ms())).await?;
    }
    let mut report = Report::default();
    let mut poller = Poller::new(daemon.clone());
    let mut indexer = Indexer::default();
    let mut started = 0;
    // A round ends when nothing is due any more; what the archive refused stays due and is left for the next round.
    while !report.refused {
        let more = poller.start_due().await?;
        if more == 0 {
            break;
        }
        started += more;
        while let Some(poll) = poller.next().await {
            report.count(&poll);
            poll::log(&poll);
            progress(&report, started);
        }
    }
    report.alerts += upkeep::summarise(daemon, true).await? + health::look(daemon, 0).await?;
    upkeep::release(daemon).await?;
    report.delivered = deliver::drain(daemon).await?;
    loop {
        let done = indexer.chunk(daemon, store::index::LARGE_CHUNK_BYTES).await?;
        report.indexed += done;
        progress(&report, started);
        if done == 0 {
            break;
        }
    }
    let mut retention = Retention::default();
    while retention.chunk(daemon).await? {}
    backup::make_if_due(daemon, &CancellationToken::new()).await;
    report.waiting = daemon.db.call(store::delivery::open_count).await?;
    Ok(report)
}

impl Report {
    fn count(&mut self, poll: &Poll) {
        self.polled += 1;
        match &poll.outcome {
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Read(read) => {
                self.unchanged += usize::from(read.new + read.edited == 0);
                self.new += read.new;
                self.edited += read.edited;
                self.alerts += read.raised.len();
            }
            Outcome::Failed(reason) => self.failed.push((poll.feed.clone(), reason.to_string())),
            Outcome::Held(reason) => self.failed.push((poll.feed.clone(), reason.clone())),
            Outcome::Store(error) => {
                self.refused = true;
                self.failed.push((poll.feed.clone(), super::chain(error)));
            }
        }
    }
}
