//! `marsad run`: all loops together, reload on SIGHUP, and the order in which they stop.

use super::{
    Daemon, DaemonError, Remark, Result, Texts, World, backup, clock, deliver, full, health, metrics, persist::persist, safe, systemd,
    upkeep,
};
use crate::{abort, config::Config, store};
use sd_notify::NotifyState;
use std::{sync::Arc, time::Duration};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

/// Runs until SIGTERM or SIGINT. Ready is told after the archive is open and the config in force.
///
/// # Errors
/// When the daemon cannot start, a loop cannot go on, or the archive is found to be damaged.
pub async fn run(config: Config, world: World, texts: &Texts<'_>, mut remark: Option<Remark>) -> Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let daemon = Arc::new(Daemon::open(config, world)?);
    let (loops, delivery) = (CancellationToken::new(), CancellationToken::new());
    let mut tasks: JoinSet<(&'static str, Result<()>)> = JoinSet::new();
    let (spawned, stop, rest) = (daemon.clone(), loops.clone(), safe::begin(&daemon));
    tasks.spawn(async move { ("poll", persist("poll", &stop, || safe::poll(spawned.clone(), rest, stop.clone())).await) });
    let (spawned, stop) = (daemon.clone(), loops.clone());
    tasks.spawn(async move { ("backup", backup::run(spawned, stop).await) });
    let (spawned, stop) = (daemon.clone(), loops.clone());
    tasks.spawn(async move { ("metrics", metrics::run(spawned, stop).await) });
    let (spawned, stop) = (daemon.clone(), loops.clone());
    tasks.spawn(async move { ("upkeep", persist("upkeep", &stop, || upkeep::run(spawned.clone(), stop.clone())).await) });
    let (spawned, stop) = (daemon.clone(), delivery.clone());
    tasks.spawn(async move { ("deliver", deliver::run(spawned, stop).await) });
    tokio::spawn(full::watch(daemon.clone(), loops.clone()));
    tokio::spawn(systemd::watchdog(daemon.clone(), delivery.clone()));
    if remark.is_none() {
        (texts.keep)();
    }
    greet(&daemon, remark.as_ref());
    health::config(&daemon, remark.as_ref().map(|remark| remark.refused.clone()).unwrap_or_default()).await;
    let mut ticks = tokio::time::interval(Duration::from_secs(30));
    let ended = loop {
        tokio::select! {
            _ = terminate.recv() => break Ok(()),
            _ = interrupt.recv() => break Ok(()),
            _ = hangup.recv() => {
                remark = renew(&daemon, texts).await;
                // What the reload said stands for a while.
                ticks.reset();
            }
            _ = ticks.tick() => systemd::status(&summary(&daemon, remark.as_ref()).await),
            said = daemon.db.damaged() => break Err(DaemonError::Damaged(said)),
            Some(ended) = tasks.join_next() => break Err(fault(ended)),
        }
    };
    wind_down(&daemon, tasks, &loops, &delivery).await;
    daemon.end(ended.is_ok()).await;
    ended
}

fn fault(ended: std::result::Result<(&'static str, Result<()>), tokio::task::JoinError>) -> DaemonError {
    match ended {
        Ok((_, Err(error))) => error,
        Ok((name, Ok(()))) => DaemonError::Stopped(name),
        Err(error) => DaemonError::System(std::io::Error::other(error)),
    }
}

/// How long what is in hand may take to come to its end, once everything is told to stop: whoever stops it waits.
const IN_HAND: Duration = Duration::from_secs(4);

/// Nothing new is begun, and what is in hand is waited for, but not for long: a sink may take minutes for a message, which is sent
/// again at the next start under the same key, and a document may take as long to be read, which is read again.
/// [`Daemon::end`] closes the archive behind them.
async fn wind_down(
    daemon: &Daemon,
    mut tasks: JoinSet<(&'static str, Result<()>)>,
    loops: &CancellationToken,
    delivery: &CancellationToken,
) {
    systemd::say(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
    tracing::info!("stopping: what is in hand is finished");
    abort::point("shutdown.begin");
    loops.cancel();
    delivery.cancel();
    let ends = async {
        while let Some(ended) = tasks.join_next().await {
            if let Ok((name, Err(error))) = ended {
                tracing::error!(error = %super::chain(&error), "the {name} loop ended badly");
            }
        }
    };
    if tokio::time::timeout(IN_HAND, ends).await.is_err() {
        tracing::warn!("what has not come to its end in {} s is dropped, and begun anew at the next start", IN_HAND.as_secs());
        // One that is just settling a message finds its lease let go, and leaves it to the next start too.
        tasks.abort_all();
    }
    abort::point("shutdown.loops");
    let owner = daemon.owner.clone();
    let closed = daemon.db.call(move |connection| store::delivery::release_all(connection, &owner)).await;
    if let Err(error) = closed {
        tracing::warn!(error = %super::chain(&error), "leases are let go at the next start instead");
    }
}

fn greet(daemon: &Daemon, remark: Option<&Remark>) {
    let live = daemon.live();
    let (feeds, rules) = (live.feeds.len(), live.config.rules.specs().len());
    let sinks: Vec<&str> = live.sinks.iter().map(|sink| sink.name.as_str()).collect();
    tracing::info!(feeds, rules, sinks = sinks.join(" "), archive = %daemon.world.archive.display(), "watching");
    if let Some(remark) = remark {
        tracing::warn!("{}", remark.line);
    }
    let status = remark.map_or_else(|| format!("watching {feeds} feeds with {rules} rules"), |remark| remark.line.clone());
    systemd::say(&[NotifyState::Ready, NotifyState::Status(&status)]);
}

/// Reloads: a config with any problem leaves the old one in force, and the status says so until the next reload.
async fn renew(daemon: &Arc<Daemon>, texts: &Texts<'_>) -> Option<Remark> {
    if let Ok(now) = NotifyState::monotonic_usec_now() {
        systemd::say(&[NotifyState::Reloading, now]);
    }
    let adopted = match (texts.load)() {
        Err(problems) => {
            problems.iter().for_each(|problem| tracing::error!("{}", problem.trim_end()));
            let line = format!("the new config is refused ({}), the old one stays in force", count(problems.len()));
            Err(Remark { line, refused: problems })
        }
        Ok(loaded) => {
            let adopted = daemon.adopt(loaded.config).await;
            adopted.map_err(|error| {
                let reason = super::chain(&error);
                Remark { line: format!("the new config cannot be used, the old one stays in force: {reason}"), refused: vec![reason] }
            })
        }
    };
    let live = daemon.live();
    let good = || format!("reloaded: watching {} feeds with {} rules", live.feeds.len(), live.config.rules.specs().len());
    let refused = adopted.err();
    if refused.is_none() {
        (texts.keep)();
    }
    health::config(daemon, refused.as_ref().map(|remark| remark.refused.clone()).unwrap_or_default()).await;
    let line = refused.as_ref().map_or_else(good, |remark| remark.line.clone());
    tracing::info!("{line}");
    systemd::say(&[NotifyState::Ready, NotifyState::Status(&line)]);
    refused
}

fn count(problems: usize) -> String {
    if problems == 1 { "1 problem".to_owned() } else { format!("{problems} problems") }
}

/// How long the status waits for the archive: signals are not heard meanwhile.
const PATIENCE: Duration = Duration::from_secs(2);

/// What it is doing, in one line, behind what there is to remark.
async fn summary(daemon: &Daemon, remark: Option<&Remark>) -> String {
    let counts = daemon.db.call(|connection| store::status::counts(connection, clock::now_ms()));
    let line = match tokio::time::timeout(PATIENCE, counts).await {
        Ok(Ok(counts)) => counts.to_string(),
        Ok(Err(error)) => format!("the archive does not answer: {}", super::chain(&error)),
        Err(_) => format!("the archive has not answered for {} s", PATIENCE.as_secs()),
    };
    let remarks = remark.map(|remark| remark.line.clone()).into_iter().chain(daemon.refusal.remark());
    remarks.chain([line]).collect::<Vec<_>>().join("; ")
}
