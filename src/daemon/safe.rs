//! Safe mode: a process that ended badly again and again asks no feed for a while, for it is mostly what feeds hold that ends
//! one. What waits is delivered, the command line answers, and the reason is told.

use super::{Daemon, Result, clock, health, poll};
use crate::{
    engine::health::{About, Kind, crashing},
    store::health::{self as conditions, Change},
};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// So many bad ends …
const TIMES: usize = 3;
/// … within so long, in milliseconds …
const WITHIN_MS: i64 = 10 * 60_000;
/// … keep it from asking for so long, in milliseconds.
const REST_MS: i64 = 10 * 60_000;

/// A rest before the first poll.
#[derive(Debug, Clone, Copy)]
pub struct Rest {
    /// How often the daemon ended badly of late.
    times: usize,
    /// When the rest began, Unix milliseconds.
    since_ms: i64,
}

impl Rest {
    /// Whether it lasts. A clock that was set back does not make it longer.
    fn lasts(self) -> bool {
        (self.since_ms..self.since_ms + REST_MS).contains(&clock::now_ms())
    }
}

/// Notes that the daemon begins its work; gives a rest where it ended badly too often of late.
pub fn begin(daemon: &Daemon) -> Option<Rest> {
    let since_ms = clock::now_ms();
    let begun = daemon.lock().begin(since_ms, WITHIN_MS);
    let times = begun.inspect_err(|error| tracing::warn!(%error, "the lock file cannot be written")).unwrap_or(0);
    (times >= TIMES).then_some(Rest { times, since_ms })
}

/// The poll loop, behind its rest.
///
/// # Errors
/// When the archive refuses.
pub async fn poll(daemon: Arc<Daemon>, rest: Option<Rest>, stop: CancellationToken) -> Result<()> {
    if let Some(rest) = rest.filter(|rest| rest.lasts()) {
        let outlet = daemon.live().outlet.clone();
        let condition = crashing(rest.times, WITHIN_MS, REST_MS, rest.since_ms);
        let change = daemon.db.call(move |connection| conditions::begin(connection, &outlet, vec![condition], rest.since_ms)).await?;
        health::tell(&daemon, &change);
        while !stop.is_cancelled() && rest.lasts() {
            daemon.hearts.beat("the poll loop");
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(Duration::from_secs(5)) => {}
            }
        }
    }
    if stop.is_cancelled() {
        return Ok(());
    }
    let ended = daemon.db.call(|connection| conditions::end(connection, &About::Marsad, Kind::Crashing, clock::now_ms())).await?;
    health::log(&Change { ended: ended.then_some((About::Marsad, Kind::Crashing)).into_iter().collect(), ..Change::default() });
    poll::run(daemon, stop).await
}
