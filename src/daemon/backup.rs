//! The backup loop: once a day a copy of the archive beside it, made while everything else goes on. It is also the reader that
//! meets every page, so damage that nobody else would see for long is found within a day.

use super::{Daemon, Result, clock};
use crate::store::{
    self, StoreError,
    backups::{self, Made},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// How often it is asked whether one is due.
const LOOK: Duration = Duration::from_secs(30);

/// How long it rests after one that could not be made.
const REST_MS: i64 = 3_600_000;

/// Makes them until told to stop; one that is being made then is given up.
pub async fn run(daemon: Arc<Daemon>, stop: CancellationToken) -> Result<()> {
    let mut tried_ms = None;
    while !stop.is_cancelled() {
        let now_ms = clock::now_ms();
        if tried_ms.is_none_or(|tried_ms: i64| !(tried_ms..tried_ms + REST_MS).contains(&now_ms)) && !make_if_due(&daemon, &stop).await {
            tried_ms = Some(now_ms);
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    Ok(())
}

/// Makes one where the config wants them and it is time; false where that failed.
pub async fn make_if_due(daemon: &Arc<Daemon>, stop: &CancellationToken) -> bool {
    let (keep, archive) = (daemon.live().config.archive.backups, daemon.world.archive.clone());
    let halt = Arc::new(AtomicBool::new(false));
    let flag = halt.clone();
    let work = move || -> store::Result<Option<Made>> {
        let now_ms = clock::now_ms();
        if keep == 0 || !backups::is_due(&archive, now_ms)? {
            return Ok(None);
        }
        backups::make(&archive, keep, now_ms, &flag).map(Some)
    };
    let mut working = tokio::task::spawn_blocking(work);
    let done = tokio::select! {
        done = &mut working => done,
        () = stop.cancelled() => {
            halt.store(true, Relaxed);
            working.await
        }
    };
    match done.unwrap_or_else(|error| Err(StoreError::Corrupt(format!("the backup stopped: {error}")))) {
        Ok(None) => true,
        Ok(Some(Made::Whole(made))) => {
            tracing::info!(file = %made.file.display(), bytes = made.bytes, "backup made");
            true
        }
        Ok(Some(Made::NoRoom(free, needed))) => {
            tracing::warn!(free, needed, "no backup is made: the disk is too full for it");
            false
        }
        Err(_) if stop.is_cancelled() => true,
        Err(error) => {
            tracing::warn!(error = %super::chain(&error), "no backup was made");
            daemon.db.note_damage(&error);
            false
        }
    }
}
