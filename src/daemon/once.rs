//! `marsad once`: everything that is due, polled, told and indexed; then a report.

use super::{
    Daemon, Result, World, clock, deliver,
    poll::{self, Outcome, Poll, Poller},
    upkeep::{self, Indexer},
};
use crate::{config::Config, store};
use std::sync::Arc;

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
    /// Articles indexed.
    pub indexed: usize,
}

/// Runs one round: with `all`, every feed is due.
///
/// # Errors
/// When the daemon cannot start, or the archive refuses.
pub async fn once(config: Config, world: World, all: bool, progress: &mut dyn FnMut(&Report, usize)) -> Result<Report> {
    let daemon = Arc::new(Daemon::open(config, world)?);
    if all {
        daemon.db.call(|connection| store::feed::all_due(connection, clock::now_ms())).await?;
    }
    let mut report = Report::default();
    let mut poller = Poller::new(daemon.clone());
    let mut started = poller.start_due().await?;
    let mut indexer = Indexer::new(&daemon).await?;
    loop {
        let Some(poll) = poller.next().await else { break };
        report.count(&poll)?;
        poll::log(&poll);
        progress(&report, started);
        started += poller.start_due().await?;
    }
    report.alerts += upkeep::summarise(&daemon, true).await?;
    report.delivered = deliver::drain(&daemon).await?;
    loop {
        let done = indexer.chunk(&daemon).await?;
        report.indexed += done;
        progress(&report, started);
        if done == 0 {
            break;
        }
    }
    report.waiting = daemon.db.call(store::delivery::open_count).await?;
    Ok(report)
}

impl Report {
    fn count(&mut self, poll: &Poll) -> Result<()> {
        self.polled += 1;
        match &poll.outcome {
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Read(read) => {
                self.unchanged += usize::from(read.new + read.edited == 0);
                self.new += read.new;
                self.edited += read.edited;
                self.alerts += read.raised.len();
            }
            Outcome::Failed(reason) => self.failed.push((poll.feed.clone(), reason.clone())),
            Outcome::Store(error) => self.failed.push((poll.feed.clone(), super::chain(error))),
        }
        Ok(())
    }
}
