//! The service manager: ready, status, watchdog. Says nothing where there is none.

use super::{Daemon, clock};
use sd_notify::NotifyState;
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// How long a loop may take to come round, in milliseconds. Loops sleep 30 s at most, a message takes 10 s at most.
const SLOWEST_LOOP_MS: i64 = 90_000;

/// Says one thing to the service manager.
pub fn say(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "the service manager did not listen");
    }
}

/// The line that `systemctl status` shows.
pub fn status(line: &str) {
    say(&[NotifyState::Status(line)]);
}

/// Pings the manager at a quarter of its interval while the archive answers and every loop comes round; stays silent
/// otherwise, so that the manager restarts a daemon that hangs. A quarter, because a clock that was set, or a laptop that
/// woke, makes loops look late until they come round: two pings may be missed.
pub async fn watchdog(daemon: Arc<Daemon>, stop: CancellationToken) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    let mut ticks = tokio::time::interval((limit / 4).min(Duration::from_secs(15)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // Short enough that the log says what hangs before the manager acts.
    let patience = (limit / 3).min(Duration::from_secs(20));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        match alive(&daemon, patience).await {
            Ok(()) => say(&[NotifyState::Watchdog]),
            Err(hangs) => tracing::error!(hangs, "not alive; the service manager will restart this process"),
        }
    }
}

/// Whether the archive answers within `patience` and every loop has come round lately; else what hangs.
async fn alive(daemon: &Daemon, patience: Duration) -> Result<(), &'static str> {
    let ping = daemon.db.call(|connection| Ok(connection.query_row("SELECT 1", [], |row| row.get::<_, i64>(0))?));
    match tokio::time::timeout(patience, ping).await {
        Ok(Ok(_)) => {}
        // Full, locked or read-only: a restart would not help, and the loops say what is wrong.
        Ok(Err(_)) => {}
        Err(_) => return Err("the archive"),
    }
    let now_ms = clock::now_ms();
    let late = |heart: &std::sync::atomic::AtomicI64| {
        let last_ms = heart.load(Relaxed);
        last_ms != 0 && now_ms - last_ms > SLOWEST_LOOP_MS
    };
    if late(&daemon.hearts.poll) {
        return Err("the poll loop");
    }
    if late(&daemon.hearts.deliver) {
        return Err("the deliver loop");
    }
    if late(&daemon.hearts.upkeep) {
        return Err("the upkeep loop");
    }
    Ok(())
}
