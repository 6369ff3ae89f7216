//! Figures about the daemon for Prometheus: what its stages did, counted from their reports, and what the archive and the system
//! say at the moment of asking. How many series there are is bounded by the config: none is named by what a feed holds.

mod process;
mod serve;
mod text;

use super::{
    Daemon, Result, clock,
    deliver::Round,
    poll::{Outcome, Poll},
};
use crate::{net::Fetched, store};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use text::{Kind, Text};
use tokio_util::sync::CancellationToken;

/// How often the file is written anew.
const REWRITE: Duration = Duration::from_secs(15);

/// How polls end, as the label `outcome` has it.
const OUTCOMES: [&str; 5] = ["unchanged", "read", "failed", "held", "refused"];

/// Upper ends of the buckets of lateness, in seconds: from publication, by the publisher's word, to first seen.
const LATE_S: [u64; 7] = [60, 300, 900, 3_600, 14_400, 43_200, 86_400];

/// What the stages did since the process began.
#[derive(Debug, Default)]
pub struct Metrics {
    polls: [AtomicU64; OUTCOMES.len()],
    bytes: AtomicU64,
    documents: AtomicU64,
    parse_us: AtomicU64,
    new: AtomicU64,
    edited: AtomicU64,
    matched: AtomicU64,
    alerts: AtomicU64,
    late: [AtomicU64; LATE_S.len() + 1],
    late_s: AtomicU64,
    /// By sink: sent, to be tried again, given up.
    delivered: Mutex<BTreeMap<String, [u64; 3]>>,
}

impl Metrics {
    /// Counts a poll.
    pub fn poll(&self, poll: &Poll) {
        let place = match &poll.outcome {
            Outcome::Unchanged => 0,
            Outcome::Read(_) => 1,
            Outcome::Failed(_) => 2,
            Outcome::Held(_) => 3,
            Outcome::Store(_) => 4,
        };
        self.polls[place].fetch_add(1, Relaxed);
        if let Outcome::Read(report) = &poll.outcome {
            self.new.fetch_add(report.new as u64, Relaxed);
            self.edited.fetch_add(report.edited as u64, Relaxed);
            self.matched.fetch_add(report.matched as u64, Relaxed);
            self.alerts.fetch_add(report.raised.len() as u64, Relaxed);
        }
    }

    /// Counts what came over the wire.
    pub fn fetched(&self, fetched: &Fetched) {
        let bytes = match fetched {
            Fetched::Body(body) => body.wire.bytes.len() as u64,
            Fetched::Unchanged { wire_bytes, .. } => *wire_bytes,
            _ => 0,
        };
        self.bytes.fetch_add(bytes, Relaxed);
    }

    /// Counts a document that was read in this time.
    pub fn parsed(&self, took: Duration) {
        self.documents.fetch_add(1, Relaxed);
        self.parse_us.fetch_add(took.as_micros() as u64, Relaxed);
    }

    /// Counts new entries by how long before `now_ms` they were published.
    pub fn seen(&self, published: &[Option<i64>], now_ms: i64) {
        for published_ms in published.iter().flatten() {
            let late_s = ((now_ms - published_ms) / 1000).max(0).unsigned_abs();
            let bucket = LATE_S.iter().position(|end| late_s <= *end).unwrap_or(LATE_S.len());
            self.late[bucket].fetch_add(1, Relaxed);
            self.late_s.fetch_add(late_s, Relaxed);
        }
    }

    /// Counts deliveries to the sink of this name.
    pub fn delivered(&self, sink: &str, round: &Round) {
        let mut delivered = self.delivered.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = delivered.entry(sink.to_owned()).or_default();
        for (count, more) in counts.iter_mut().zip([round.sent, round.failed, round.ended]) {
            *count += more as u64;
        }
    }

    fn write(&self, text: &mut Text) {
        let get = |count: &AtomicU64| count.load(Relaxed) as f64;
        text.family("marsad_polls_total", Kind::Counter, "Polls of feeds by how they ended.");
        for (outcome, count) in OUTCOMES.iter().zip(&self.polls) {
            text.sample("", &[("outcome", outcome)], get(count));
        }
        for (name, help, count) in [
            ("marsad_fetched_bytes_total", "Bytes of bodies as they came over the wire.", &self.bytes),
            ("marsad_matches_total", "Rules that held for a new or edited article.", &self.matched),
            ("marsad_alerts_total", "Alerts that polls raised.", &self.alerts),
        ] {
            text.family(name, Kind::Counter, help);
            text.sample("", &[], get(count));
        }
        text.family("marsad_articles_total", Kind::Counter, "Articles taken in by what became of them.");
        text.sample("", &[("what", "new")], get(&self.new));
        text.sample("", &[("what", "edited")], get(&self.edited));
        text.family("marsad_parse_seconds", Kind::Summary, "Time that reading documents took.");
        text.sample("_sum", &[], get(&self.parse_us) / 1e6);
        text.sample("_count", &[], get(&self.documents));
        text.family("marsad_lateness_seconds", Kind::Histogram, "From publication, by the publisher's word, to first seen.");
        let mut sum = 0.0;
        let ends = LATE_S.iter().map(u64::to_string).chain(["+Inf".to_owned()]);
        for (end, count) in ends.zip(&self.late) {
            sum += get(count);
            text.sample("_bucket", &[("le", &end)], sum);
        }
        text.sample("_sum", &[], get(&self.late_s));
        text.sample("_count", &[], sum);
        text.family("marsad_deliveries_total", Kind::Counter, "Deliveries by sink and how a try ended.");
        for (sink, counts) in self.delivered.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            for (outcome, count) in ["sent", "retry", "given_up"].into_iter().zip(counts) {
                text.sample("", &[("sink", sink), ("outcome", outcome)], *count as f64);
            }
        }
    }
}

/// All figures, as the text exposition format has them (version 0.0.4). Reads the archive, beside its writer.
///
/// # Errors
/// When the archive cannot be read.
fn page(daemon: &Daemon) -> Result<String> {
    let now_ms = clock::now_ms();
    let mut text = Text::default();
    text.family("marsad_build_info", Kind::Gauge, "The version that runs.");
    text.sample("", &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    daemon.metrics.write(&mut text);
    let archive = &daemon.world.archive;
    let figures = store::figures::figures(&store::open::read_only(archive)?, now_ms)?;
    for (name, help, value) in [
        ("marsad_feeds", "Feeds of the config.", figures.feeds as f64),
        ("marsad_feeds_failing", "Feeds whose last poll failed.", figures.failing as f64),
        ("marsad_feeds_due", "Feeds that are due now.", figures.due as f64),
        ("marsad_schedule_lag_seconds", "For how long the feed that waits longest has been due.", figures.lag_ms as f64 / 1e3),
        ("marsad_unindexed_articles", "Articles that the index does not hold yet.", figures.unindexed as f64),
        ("marsad_archive_bytes", "Bytes of the archive's file with its log.", store::backups::size(archive) as f64),
        ("marsad_archive_log_bytes", "Bytes of the archive's write-ahead log.", store::backups::log_size(archive) as f64),
    ] {
        text.family(name, Kind::Gauge, help);
        text.sample("", &[], value);
    }
    text.family("marsad_deliveries_waiting", Kind::Gauge, "Deliveries that wait, by sink.");
    for waiting in &figures.waiting {
        text.sample("", &[("sink", &waiting.sink)], waiting.count as f64);
    }
    text.family("marsad_oldest_delivery_seconds", Kind::Gauge, "For how long the oldest delivery has waited, by sink.");
    for waiting in &figures.waiting {
        text.sample("", &[("sink", &waiting.sink)], (now_ms - waiting.since_ms).max(0) as f64 / 1e3);
    }
    text.family("marsad_conditions", Kind::Gauge, "What is wrong now, by kind.");
    for (kind, count) in &figures.conditions {
        text.sample("", &[("kind", kind)], *count as f64);
    }
    if let Some(newest) = store::backups::list(archive, now_ms)?.first() {
        text.family("marsad_backup_timestamp_seconds", Kind::Gauge, "When the newest backup was made.");
        text.sample("", &[], newest.at_ms as f64 / 1e3);
    }
    process::write(&mut text);
    Ok(text.end())
}

/// Shows them where the config in force says, and elsewhere after a reload, until told to stop.
///
/// # Errors
/// None: a port that is taken or a file that cannot be written is logged, and tried again.
pub async fn run(daemon: Arc<Daemon>, stop: CancellationToken) -> Result<()> {
    let mut changes = daemon.live.subscribe();
    while !stop.is_cancelled() {
        let wanted = changes.borrow_and_update().config.metrics.clone();
        let until = stop.child_token();
        let mut tasks = tokio::task::JoinSet::new();
        if let Some(address) = wanted.listen {
            tasks.spawn(serve::serve(daemon.clone(), address));
        }
        if let Some(file) = wanted.file.clone() {
            tasks.spawn(rewrite(daemon.clone(), file));
        }
        while !until.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => until.cancel(),
                _ = changes.changed() => {
                    if changes.borrow_and_update().config.metrics != wanted {
                        until.cancel();
                    }
                }
            }
        }
        tasks.shutdown().await;
    }
    Ok(())
}

/// The page, made on a thread that may block.
async fn made(daemon: &Arc<Daemon>) -> Result<String> {
    let daemon = daemon.clone();
    tokio::task::spawn_blocking(move || page(&daemon)).await.map_err(std::io::Error::other)?
}

async fn rewrite(daemon: Arc<Daemon>, file: std::path::PathBuf) {
    loop {
        let written = match made(&daemon).await {
            Ok(page) => tokio::task::spawn_blocking({
                let file = file.clone();
                move || text::put(&file, &page)
            })
            .await
            .unwrap_or_else(|error| Err(std::io::Error::other(error)))
            .map_err(Into::into),
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            tracing::warn!(file = %file.display(), error = %super::chain(&error), "the metrics were not written");
        }
        tokio::time::sleep(REWRITE).await;
    }
}
