//! The deliver lanes, one for each sink: claim, act, settle. A sink that hangs delays nobody else's.

use super::{Daemon, Result, clock, live::Outlet, persist::persist};
use crate::{
    abort, config,
    engine::{retry::retry_ms, schedule::DAY_MS},
    sink::{Message, SendError, Shape, Sink},
    store::delivery::{self, Delivery, Settled, Shown},
};
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The longest that a lane sleeps.
const LONGEST_SLEEP_MS: i64 = 30_000;

/// Deliveries claimed at once where each is a message of its own: what a kill can make late.
const CLAIM_EACH: usize = 8;

/// Deliveries claimed at once where they are gathered.
const CLAIM_GATHERED: usize = 1_000;

/// What a round of a lane did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Deliveries that went out.
    pub sent: usize,
    /// Deliveries to be tried again.
    pub failed: usize,
    /// Deliveries given up.
    pub ended: usize,
}

/// One lane.
struct Lane {
    daemon: Arc<Daemon>,
    name: String,
    sink: Arc<dyn Sink>,
    rules: config::sink::Lane,
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
        for outlet in &live.outlets {
            let lane = Lane::new(&daemon, outlet);
            let until = until.clone();
            lanes.spawn(async move { persist(&lane.name, &until, || lane.run(&until)).await });
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

/// Tries everything that is due at every sink once, for `once`.
///
/// # Errors
/// When the archive refuses.
pub async fn drain(daemon: &Arc<Daemon>) -> Result<Round> {
    let live = daemon.live();
    let mut lanes = JoinSet::new();
    for outlet in &live.outlets {
        let lane = Lane::new(daemon, outlet);
        lanes.spawn(async move { lane.rounds(&CancellationToken::new()).await });
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
    }
}

impl Lane {
    fn new(daemon: &Arc<Daemon>, outlet: &Outlet) -> Self {
        Lane { daemon: daemon.clone(), name: outlet.name.clone(), sink: outlet.sink.clone(), rules: outlet.lane.clone() }
    }

    async fn run(&self, stop: &CancellationToken) -> Result<()> {
        self.release().await?;
        loop {
            self.daemon.hearts.deliver.store(clock::now_ms(), Relaxed);
            let woken = self.daemon.outbox.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            let round = self.rounds(stop).await?;
            // After a failure the lane rests: the other side is away, and the rest of the outbox would fail too.
            let sleep = self.until_next(round).await?;
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = &mut woken => {}
                () = tokio::time::sleep(sleep) => {}
            }
        }
    }

    async fn until_next(&self, round: Round) -> Result<Duration> {
        let name = self.name.clone();
        let next = self.daemon.db.call(move |connection| delivery::next_due_ms(connection, &name)).await?;
        let floor = if round.failed > 0 { 1_000 } else { 50 };
        let pause_ms = next.map_or(LONGEST_SLEEP_MS, |next| (next - clock::now_ms()).clamp(floor, LONGEST_SLEEP_MS));
        Ok(Duration::from_millis(pause_ms.unsigned_abs()))
    }

    /// Claims and sends until nothing is due, or something failed.
    async fn rounds(&self, stop: &CancellationToken) -> Result<Round> {
        let mut total = Round::default();
        while !stop.is_cancelled() && total.failed == 0 {
            let claimed = self.claim().await?;
            if claimed.is_empty() {
                break;
            }
            for batch in gather(claimed, self.sink.shape()) {
                total.add(self.send(batch).await?);
                // The other side is away, or this side is told to stop: what was claimed beside it goes back untried.
                if stop.is_cancelled() || total.failed > 0 {
                    self.release().await?;
                    break;
                }
            }
        }
        Ok(total)
    }

    async fn release(&self) -> Result<()> {
        let (name, owner) = (self.name.clone(), self.daemon.owner.clone());
        Ok(self.daemon.db.call(move |connection| delivery::release(connection, &name, &owner)).await?)
    }

    async fn claim(&self) -> Result<Vec<Delivery>> {
        let (name, owner) = (self.name.clone(), self.daemon.owner.clone());
        let limit = if self.sink.shape() == Shape::Each { CLAIM_EACH } else { CLAIM_GATHERED };
        abort::point("deliver.claim");
        let claimed =
            self.daemon.db.call(move |connection| delivery::claim(connection, &name, &owner, clock::now_ms(), DAY_MS, limit)).await?;
        if !claimed.is_empty() {
            abort::point("deliver.claimed");
        }
        Ok(claimed)
    }

    /// Sends one batch as one message and settles it.
    async fn send(&self, batch: Batch) -> Result<Round> {
        let now_ms = clock::now_ms();
        let expires_ms = i64::try_from(self.rules.expires.as_millis()).unwrap_or(i64::MAX);
        let (late, timely): (Vec<_>, Vec<_>) = batch.deliveries.into_iter().partition(|d| now_ms.saturating_sub(d.created_ms) > expires_ms);
        for delivery in &late {
            self.settle(delivery, Settled::Expired("it could not be told in time".into())).await?;
        }
        let mut round = Round { ended: late.len(), ..Round::default() };
        if timely.is_empty() {
            return Ok(round);
        }
        let message = self.message(&timely, batch.digest, now_ms).await?;
        abort::point("deliver.act");
        let sent = self.sink.send(&message).await;
        abort::point("deliver.acted");
        for delivery in &timely {
            let settled = self.judge(delivery, &sent);
            match &settled {
                Settled::Sent(_) => round.sent += 1,
                Settled::Retry { .. } => round.failed += 1,
                Settled::Dead(_) | Settled::Expired(_) => round.ended += 1,
            }
            self.settle(delivery, settled).await?;
        }
        abort::point("deliver.settled");
        self.log(&sent, timely.len(), &message.key);
        Ok(round)
    }

    async fn message(&self, deliveries: &[Delivery], digest: bool, now_ms: i64) -> Result<Message> {
        let first = &deliveries[0];
        let key = format!("{}-{}-{}", self.daemon.archive_id, first.alert.id, first.occasion);
        let shown = match first.alert.story {
            Some(story) if !digest && self.sink.shape() != Shape::Each => {
                let name = self.name.clone();
                self.daemon.db.call(move |connection| delivery::shown(connection, &name, story, now_ms - DAY_MS)).await?
            }
            _ => Shown::default(),
        };
        let alerts = deliveries.iter().map(|delivery| delivery.alert.clone()).collect();
        Ok(Message { key, alerts, earlier_rules: shown.rules, replaces: shown.receipt, digest, sent_ms: now_ms })
    }

    fn judge(&self, delivery: &Delivery, sent: &std::result::Result<String, SendError>) -> Settled {
        match sent {
            Ok(receipt) => Settled::Sent(receipt.clone()),
            Err(SendError::Dead { reason }) => Settled::Dead(reason.clone()),
            Err(SendError::Retry { reason, after }) => {
                let now_ms = clock::now_ms();
                let seed = format!("{}/{}", self.name, delivery.row);
                match retry_ms(delivery.attempts + 1, self.sink.is_local(), now_ms, &seed) {
                    None => Settled::Dead(format!("given up after {} tries: {reason}", delivery.attempts + 1)),
                    Some(pause_ms) => {
                        let asked_ms = after.map_or(0, |after| i64::try_from(after.as_millis()).unwrap_or(DAY_MS).min(DAY_MS));
                        Settled::Retry { due_ms: now_ms + pause_ms.max(asked_ms), error: reason.clone() }
                    }
                }
            }
        }
    }

    async fn settle(&self, delivery: &Delivery, settled: Settled) -> Result<()> {
        let (row, owner) = (delivery.row, self.daemon.owner.clone());
        Ok(self.daemon.db.call(move |connection| delivery::settle(connection, row, &owner, &settled, clock::now_ms())).await?)
    }

    fn log(&self, sent: &std::result::Result<String, SendError>, alerts: usize, key: &str) {
        match sent {
            Ok(_) => tracing::debug!(sink = self.name, alerts, key, "sent"),
            Err(SendError::Retry { reason, .. }) => tracing::warn!(sink = self.name, alerts, key, reason, "not sent, to be tried again"),
            Err(SendError::Dead { reason }) => tracing::error!(sink = self.name, alerts, key, reason, "given up; see `marsad alerts`"),
        }
    }
}

/// Deliveries that go out as one message.
struct Batch {
    deliveries: Vec<Delivery>,
    digest: bool,
}

/// Parts claimed deliveries into messages as the sink wants them.
fn gather(claimed: Vec<Delivery>, shape: Shape) -> Vec<Batch> {
    let one = |delivery| Batch { deliveries: vec![delivery], digest: false };
    let Shape::ByStory { at_once } = shape else { return claimed.into_iter().map(one).collect() };
    let mut batches: Vec<Batch> = Vec::new();
    for delivery in claimed {
        let story = delivery.alert.story;
        match batches.iter_mut().find(|batch| story.is_some() && batch.deliveries[0].alert.story == story) {
            Some(batch) => batch.deliveries.push(delivery),
            None => batches.push(one(delivery)),
        }
    }
    if batches.len() > at_once {
        let deliveries = batches.into_iter().flat_map(|batch| batch.deliveries).collect();
        return vec![Batch { deliveries, digest: true }];
    }
    batches
}
