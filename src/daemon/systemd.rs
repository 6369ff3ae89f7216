//! The service manager: ready, status, watchdog. Says nothing where there is none.

use super::Daemon;
use sd_notify::NotifyState;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

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
/// otherwise, so that the manager restarts a daemon that hangs. Each time the loops are woken first: none sleeps past it.
pub async fn watchdog(daemon: Arc<Daemon>, stop: CancellationToken) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    let mut ticks = tokio::time::interval((limit / 4).min(Duration::from_secs(15)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        daemon.feeds.notify_one();
        daemon.outbox.notify_waiters();
        daemon.upkeep.notify_one();
        match alive(&daemon, limit).await {
            Ok(()) => say(&[NotifyState::Watchdog]),
            Err(hangs) => tracing::error!(hangs, "not alive; the service manager will restart this process"),
        }
    }
}

/// Whether the archive answers and every loop has come round lately, as long as `limit` lets that take; else what hangs.
async fn alive(daemon: &Daemon, limit: Duration) -> Result<(), String> {
    let ping = daemon.db.call(|connection| Ok(connection.query_row("SELECT 1", [], |row| row.get::<_, i64>(0))?));
    // Short enough that the log says what hangs before the manager acts.
    match tokio::time::timeout((limit / 3).min(Duration::from_secs(20)), ping).await {
        Ok(Ok(_)) => {}
        // Full, locked or read-only: a restart would not help, and the loops say what is wrong.
        Ok(Err(_)) => {}
        Err(_) => return Err("the archive".into()),
    }
    daemon.hearts.late(limit * 3 / 2).map_or(Ok(()), Err)
}
