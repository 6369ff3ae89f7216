//! The deliver lanes, one for each sink. A sink that hangs delays nobody else's.

mod batch;
mod lane;

use super::{Daemon, Result, persist::persist};
use lane::Lane;
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What a round of a lane did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Deliveries that went out.
    pub sent: usize,
    /// Deliveries to be tried again.
    pub failed: usize,
    /// Deliveries given up.
    pub ended: usize,
    /// Deliveries put into another lane's outbox.
    pub passed_on: usize,
    /// How long the lane has to wait before the next, in milliseconds; 0 for not at all.
    pub wait_ms: i64,
}

/// Runs a lane for each sink of the config in force, and new ones after each reload, until told to stop. A message in
/// hand is finished first.
///
/// # Errors
/// When the archive refuses.
pub async fn run(daemon: Arc<Daemon>, stop: CancellationToken) -> Result<()> {
    let mut changes = daemon.live.subscribe();
    while !stop.is_cancelled() {
        let live = changes.borrow_and_update().clone();
        let until = stop.child_token();
        let mut lanes = JoinSet::new();
        for fitted in &live.sinks {
            let lane = Lane::new(&daemon, fitted);
            let until = until.clone();
            lanes.spawn(async move {
                let ended = persist(&lane.name, &until, || lane.run(&until)).await;
                lane.rest();
                ended
            });
        }
        drop(live);
        tokio::select! {
            () = stop.cancelled() => {}
            _ = changes.changed() => {}
            Some(ended) = lanes.join_next() => {
                // A lane ends only when told to: an error goes up, a panic too.
                ended.map_err(std::io::Error::other)??;
            }
        }
        until.cancel();
        while let Some(ended) = lanes.join_next().await {
            ended.map_err(std::io::Error::other)??;
        }
    }
    Ok(())
}

/// Tries everything that is due at every sink once, for `once`, and then what fallbacks were handed meanwhile.
///
/// # Errors
/// When the archive refuses.
pub async fn drain(daemon: &Arc<Daemon>) -> Result<Round> {
    let mut total = Round::default();
    loop {
        let round = drain_once(daemon).await?;
        total.add(round);
        // A fallback never leads back, so this ends.
        if round.passed_on == 0 {
            return Ok(total);
        }
    }
}

async fn drain_once(daemon: &Arc<Daemon>) -> Result<Round> {
    let live = daemon.live();
    let mut lanes = JoinSet::new();
    for fitted in &live.sinks {
        let lane = Lane::new(daemon, fitted);
        lanes.spawn(async move { lane.rounds(&CancellationToken::new(), true).await });
    }
    let mut total = Round::default();
    while let Some(ended) = lanes.join_next().await {
        total.add(ended.map_err(std::io::Error::other)??);
    }
    Ok(total)
}

impl Round {
    fn add(&mut self, other: Round) {
        self.sent += other.sent;
        self.failed += other.failed;
        self.ended += other.ended;
        self.passed_on += other.passed_on;
        self.wait_ms = self.wait_ms.max(other.wait_ms);
    }
}
