//! What the daemon finds wrong with itself and its feeds, put on record and told. What is wrong is decided in
//! `engine::health`; an archive that cannot take it down is no reason to stop.

use super::{Daemon, Result, clock};
use crate::{
    engine::health::{self, About, Kind, judge},
    store::{
        facts,
        health::{self as conditions, Change},
        rescue,
    },
};

/// Notes that the config was refused for these problems, or, with none, that it is in force again.
pub async fn config(daemon: &Daemon, problems: Vec<String>) {
    let outlet = daemon.live().outlet.clone();
    let noted = daemon.db.call(move |connection| {
        let now_ms = clock::now_ms();
        if !problems.is_empty() {
            return conditions::begin(connection, &outlet, vec![health::refused(&problems, now_ms)], now_ms);
        }
        let ended = conditions::end(connection, &About::Config, Kind::Refused, now_ms)?;
        Ok(Change { ended: ended.then_some((About::Config, Kind::Refused)).into_iter().collect(), ..Change::default() })
    });
    match noted.await {
        Ok(change) => tell(daemon, &change),
        Err(error) => tracing::warn!(error = %super::chain(&error), "the state of the config was not put on record"),
    }
}

/// Looks at all feeds and rules, which were asked since `watched_ms` without a pause, and notes what is wrong and what no longer is;
/// gives how many alerts that raised.
///
/// # Errors
/// When the archive refuses.
pub async fn look(daemon: &Daemon, watched_ms: i64) -> Result<usize> {
    let outlet = daemon.live().outlet.clone();
    let noted = daemon.db.call(move |connection| {
        let now_ms = clock::now_ms();
        let mut found = judge::all(&facts::feeds(connection)?, &facts::rules(connection)?, watched_ms, now_ms);
        found.holding.extend(rescue::noted(connection)?.and_then(|noted| judge::restored(&noted, now_ms)));
        conditions::settle(connection, &outlet, &judge::KINDS, found, now_ms)
    });
    let change = noted.await?;
    tell(daemon, &change);
    Ok(change.raised.len())
}

/// Logs what changed, and wakes the lanes for what is to be told.
pub fn tell(daemon: &Daemon, change: &Change) {
    log(change);
    if !change.raised.is_empty() {
        daemon.outbox.notify_waiters();
    }
}

/// Logs what changed.
pub fn log(change: &Change) {
    for condition in &change.begun {
        tracing::warn!(about = %condition.about, kind = condition.kind.word(), "{}", condition.title);
    }
    for (about, kind) in &change.ended {
        tracing::info!(%about, kind = kind.word(), "no longer so");
    }
}
