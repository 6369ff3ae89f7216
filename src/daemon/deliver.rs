//! The deliver lanes, one for each sink. A sink that hangs delays nobody else's.

mod batch;
mod lane;

use super::{Daemon, Result, persist::persist};
use lane::Lane;
use std::{collections::HashMap, sync::Arc};
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

/// The lanes that run, at most one for each sink: two would send its messages out of turn.
#[derive(Default)]
struct Lanes {
    tasks: JoinSet<(String, Result<()>)>,
    /// What tells each to end, by its sink.
    running: HashMap<String, CancellationToken>,
}

impl Lanes {
    /// Starts a lane for each sink of the config in force that has none.
    fn start(&mut self, daemon: &Arc<Daemon>) {
        for fitted in &daemon.live().sinks {
            if self.running.contains_key(&fitted.name) {
                continue;
            }
            let (lane, until) = (Lane::new(daemon, fitted), CancellationToken::new());
            self.running.insert(fitted.name.clone(), until.clone());
            self.tasks.spawn(async move {
                let ended = persist(&lane.name, &until, || lane.run(&until)).await;
                lane.rest();
                (lane.name.clone(), ended)
            });
        }
    }

    /// Tells all to end, each when what it has in hand is done.
    fn stop(&self) {
        self.running.values().for_each(CancellationToken::cancel);
    }

    /// Waits until one has ended; `None` where there is none. A lane ends only when told to: an error goes up, a panic too.
    async fn ended(&mut self) -> Option<Result<()>> {
        let ended = self.tasks.join_next().await?;
        Some(ended.map_err(|error| std::io::Error::other(error).into()).and_then(|(name, ended)| {
            self.running.remove(&name);
            ended
        }))
    }
}

/// Runs a lane for each sink of the config in force until told to stop. After a reload each lane is followed by a new one as soon as
/// it has ended, and a message in hand is finished first: a sink that hangs keeps its own lane waiting and no other.
///
/// # Errors
/// When the archive refuses.
pub async fn run(daemon: Arc<Daemon>, stop: CancellationToken) -> Result<()> {
    let mut changes = daemon.live.subscribe();
    let mut lanes = Lanes::default();
    while !stop.is_cancelled() {
        lanes.start(&daemon);
        tokio::select! {
            () = stop.cancelled() => {}
            _ = changes.changed() => lanes.stop(),
            Some(ended) = lanes.ended() => ended?,
        }
    }
    lanes.stop();
    while let Some(ended) = lanes.ended().await {
        ended?;
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
