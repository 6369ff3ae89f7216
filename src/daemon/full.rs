//! An archive that takes nothing in: full, read-only, locked for long. It cannot keep an alert on itself, so the sinks are
//! called past it, once for each such time.

use super::{Daemon, clock};
use crate::{
    engine::{
        alert::{Alert, AlertKind},
        health::{RULE, refusing, span},
    },
    sink::Message,
    store::{StoreError, room},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// How long it must refuse before that is told, in milliseconds: another program's backup may hold it for a moment.
const PATIENCE_MS: i64 = 8_000;

/// Since when it refuses, and whether that was told.
#[derive(Debug, Default)]
pub struct Refusal {
    /// Unix milliseconds; 0 while it takes what it is given.
    since_ms: AtomicI64,
    told: AtomicBool,
    /// Whether no feed is to be asked meanwhile.
    shut: AtomicBool,
}

impl Refusal {
    /// Whether no feed is to be asked, by the poll loop's word.
    pub fn is_shut(&self) -> bool {
        self.shut.load(Relaxed)
    }

    /// Says so, also to those who wait for their turn.
    pub fn shut(&self, shut: bool) {
        self.shut.store(shut, Relaxed);
    }

    /// What there is to say while it lasts, once it was told.
    pub fn remark(&self) -> Option<String> {
        self.told.load(Relaxed).then(|| "the archive takes nothing in".to_owned())
    }
}

/// How long the archive may take over an answer before that is told, in milliseconds; every job of ours takes far less.
const SLOWEST_MS: i64 = 10_000;

/// How often it is asked.
const ASK: Duration = Duration::from_secs(5);

/// Watches that the archive answers at all, and tells it when it does not for long: another program holds it, or the disk hangs.
/// A statement that waits is not given up for that; what it was to write is not lost.
pub async fn watch(daemon: Arc<Daemon>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let mut answer = daemon.db.call(|_| Ok(()));
        let limit = Duration::from_millis(SLOWEST_MS.unsigned_abs());
        tokio::select! {
            () = stop.cancelled() => return,
            _ = &mut answer => {}
            () = tokio::time::sleep(limit) => {
                let seconds = SLOWEST_MS / 1000;
                let reason = format!("it has not answered for {seconds} s: does another program hold it, or the disk hang?");
                refused_since(&daemon, &StoreError::Commit(reason), clock::now_ms() - SLOWEST_MS);
                tokio::select! {
                    () = stop.cancelled() => return,
                    // Whether it takes in again is for the loops to say.
                    _ = answer => {}
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(ASK) => {}
        }
    }
}

/// Notes that the archive refused, and tells it when it goes on doing so.
pub fn refused(daemon: &Daemon, error: &StoreError) {
    refused_since(daemon, error, clock::now_ms());
}

fn refused_since(daemon: &Daemon, error: &StoreError, began_ms: i64) {
    let now_ms = clock::now_ms();
    let _ = daemon.refusal.since_ms.compare_exchange(0, began_ms, Relaxed, Relaxed);
    let since_ms = daemon.refusal.since_ms.load(Relaxed);
    if now_ms - since_ms < PATIENCE_MS || daemon.refusal.told.swap(true, Relaxed) {
        return;
    }
    let live = daemon.live();
    let condition = refusing(&daemon.world.archive.display().to_string(), &super::chain(error), since_ms);
    tracing::error!(error = %super::chain(error), "{}", condition.title);
    super::systemd::status(&condition.title);
    if !live.outlet.enabled {
        return;
    }
    let alert = Alert {
        id: 0,
        kind: AlertKind::Health,
        rule: RULE.to_owned(),
        severity: live.outlet.severity,
        story: None,
        article: None,
        title: condition.title,
        lines: condition.lines,
        url: None,
        feed: String::new(),
        published_ms: None,
        offered_after_ms: None,
        first_seen_ms: since_ms,
        alerted_ms: now_ms,
        evidence: Vec::new(),
        news: Vec::new(),
    };
    let key = format!("{}-full-{since_ms}", daemon.archive_id);
    let message = Message { key, alerts: vec![alert], earlier_rules: Vec::new(), replaces: None, digest: false, sent_ms: now_ms };
    for fitted in live.sinks.iter().filter(|fitted| live.outlet.sinks.contains(&fitted.name)) {
        let (name, sink, message) = (fitted.name.clone(), fitted.sink.clone(), message.clone());
        // A sink bounds itself in time.
        tokio::spawn(async move {
            if let Err(error) = sink.send(&message).await {
                tracing::error!(sink = name, %error, "nobody was told that the archive refuses");
            }
        });
    }
}

/// Whether the archive takes in a write of our own; notes it when it does not.
pub async fn try_out(daemon: &Daemon) -> bool {
    let tried = match daemon.db.call(room::take).await {
        Ok(()) => daemon.db.call(room::give_back).await,
        refused => refused,
    };
    tried.inspect_err(|error| refused(daemon, error)).is_ok()
}

/// Notes that the archive took something in.
pub fn taken(daemon: &Daemon) {
    let since_ms = daemon.refusal.since_ms.swap(0, Relaxed);
    if daemon.refusal.told.swap(false, Relaxed) {
        tracing::info!("the archive takes in again, after {}", span(clock::now_ms() - since_ms));
    }
}
