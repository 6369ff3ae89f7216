//! One lane: claim, act, settle, for one sink, at the sink's own pace. It decides nothing itself: when to call is the
//! breaker's and the bucket's to say, when to try again the ladder's.

use super::{
    Round,
    batch::{Batch, gather},
};
use crate::{
    abort, config,
    daemon::{Daemon, Result, chain, clock, live::Fitted},
    engine::{
        breaker::{Breaker, Gate, OPENS_AFTER},
        bucket::Bucket,
        retry::retry_ms,
        schedule::DAY_MS,
    },
    sink::{Heard, Message, SendError, Shape, Sink},
    store::{
        alert, dead,
        delivery::{self, Delivery, Settled, Shown},
        sink::{self, Noted},
    },
};
use std::{
    sync::{Arc, Mutex, PoisonError},
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

/// What is told late, in a digest, is given up after so many times its expiry.
const LATE_FACTOR: i64 = 7;

/// One lane.
pub(super) struct Lane {
    daemon: Arc<Daemon>,
    pub name: String,
    sink: Arc<dyn Sink>,
    rules: config::sink::Lane,
    /// What the watchdog calls it.
    heart: String,
    /// How long a message may take at most.
    limit: Duration,
    bucket: Option<Mutex<Bucket>>,
}

impl Lane {
    pub fn new(daemon: &Arc<Daemon>, fitted: &Fitted) -> Arc<Self> {
        let bucket = fitted.lane.per_minute.map(|pace| Mutex::new(Bucket::new(pace, clock::now_ms())));
        let (daemon, name) = (daemon.clone(), fitted.name.clone());
        let heart = format!("the lane of {name}");
        Arc::new(Lane { daemon, heart, name, sink: fitted.sink.clone(), rules: fitted.lane.clone(), limit: fitted.limit, bucket })
    }

    /// Runs until told to stop, and listens to the other side meanwhile.
    pub async fn run(self: &Arc<Self>, stop: &CancellationToken) -> Result<()> {
        let lane = self.clone();
        let hears = move |heard| lane.hear(heard);
        tokio::select! {
            ended = self.turns(stop) => ended,
            () = async { self.sink.listen(&hears).await; std::future::pending().await } => Ok(()),
        }
    }

    /// It runs no more, as it was told: nobody waits for it.
    pub fn rest(&self) {
        self.daemon.hearts.rest(&self.heart);
    }

    async fn turns(self: &Arc<Self>, stop: &CancellationToken) -> Result<()> {
        self.release().await?;
        loop {
            let woken = self.daemon.outbox.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            let round = self.rounds(stop, false).await?;
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
        let due_ms = next.map_or(LONGEST_SLEEP_MS, |next| next - clock::now_ms());
        let pause_ms = due_ms.max(round.wait_ms).clamp(floor, LONGEST_SLEEP_MS);
        Ok(Duration::from_millis(pause_ms.unsigned_abs()))
    }

    /// Claims and sends until nothing is due, something failed, or it is time to wait. An `eager` lane is run once: it
    /// waits for its pace itself, and tries a side that rests.
    pub async fn rounds(self: &Arc<Self>, stop: &CancellationToken, eager: bool) -> Result<Round> {
        let mut total = Round::default();
        while !stop.is_cancelled() && total.failed == 0 && total.wait_ms == 0 {
            self.daemon.hearts.beat(&self.heart);
            let (gate, claimed) = self.claim(eager).await?;
            if let (Gate::Open { wait_ms }, false) = (gate, eager) {
                total.wait_ms = wait_ms;
            }
            if claimed.is_empty() {
                break;
            }
            let now_ms = clock::now_ms();
            let (over, worth) = claimed.into_iter().partition(|delivery| self.is_over(delivery, now_ms));
            total.add(self.expire(over).await?);
            let late = |delivery: &Delivery| self.sink.tells_late() && now_ms - delivery.created_ms > self.expires_ms();
            // A side that was away is tried with one message at a time until it took one.
            let at_once = if gate == Gate::Closed { self.rules.concurrency } else { 1 };
            total.add(self.send_all(gather(worth, self.sink.shape(), late), at_once, stop, eager).await?);
        }
        Ok(total)
    }

    /// Sends batches, `at_once` of them at a time; those that are left when something fails go back untried.
    async fn send_all(self: &Arc<Self>, batches: Vec<Batch>, at_once: usize, stop: &CancellationToken, eager: bool) -> Result<Round> {
        let mut batches = batches.into_iter().peekable();
        let mut flying: JoinSet<Result<Round>> = JoinSet::new();
        let mut round = Round::default();
        loop {
            while batches.peek().is_some() && flying.len() < at_once && round.failed == 0 && !stop.is_cancelled() {
                let wait_ms = self.pace();
                if wait_ms > 0 && eager {
                    tokio::time::sleep(Duration::from_millis(wait_ms.clamp(1, LONGEST_SLEEP_MS).unsigned_abs())).await;
                    continue;
                }
                if wait_ms > 0 {
                    round.wait_ms = wait_ms;
                    break;
                }
                if let Some(batch) = batches.next() {
                    let lane = self.clone();
                    flying.spawn(async move { lane.send(batch).await });
                }
            }
            match flying.join_next().await {
                Some(ended) => round.add(ended.map_err(std::io::Error::other)??),
                None => break,
            }
        }
        if batches.peek().is_some() {
            self.release().await?;
        }
        Ok(round)
    }

    /// Takes a token, or says how long to wait for one.
    fn pace(&self) -> i64 {
        self.bucket.as_ref().map_or(0, |bucket| bucket.lock().unwrap_or_else(PoisonError::into_inner).take(clock::now_ms()))
    }

    async fn release(&self) -> Result<()> {
        let (name, owner) = (self.name.clone(), self.daemon.owner.clone());
        Ok(self.daemon.db.call(move |connection| delivery::release(connection, &name, &owner)).await?)
    }

    async fn claim(&self, eager: bool) -> Result<(Gate, Vec<Delivery>)> {
        let (name, owner) = (self.name.clone(), self.daemon.owner.clone());
        let limit = if self.sink.shape() == Shape::Each { CLAIM_EACH } else { CLAIM_GATHERED };
        abort::point("deliver.claim");
        let claim = self.daemon.db.call(move |connection| {
            let now_ms = clock::now_ms();
            let gate = sink::health(connection, &name)?.breaker.gate(now_ms);
            if matches!(gate, Gate::Open { .. }) && !eager {
                return Ok((gate, Vec::new()));
            }
            Ok((gate, delivery::claim(connection, &name, &owner, now_ms, DAY_MS, limit)?))
        });
        let (gate, claimed) = claim.await?;
        if !claimed.is_empty() {
            abort::point("deliver.claimed");
        }
        Ok((gate, claimed))
    }

    fn expires_ms(&self) -> i64 {
        i64::try_from(self.rules.expires.as_millis()).unwrap_or(i64::MAX)
    }

    /// Whether a delivery is not worth telling any more.
    fn is_over(&self, delivery: &Delivery, now_ms: i64) -> bool {
        let factor = if self.sink.tells_late() { LATE_FACTOR } else { 1 };
        now_ms.saturating_sub(delivery.created_ms) > self.expires_ms().saturating_mul(factor)
    }

    async fn expire(&self, over: Vec<Delivery>) -> Result<Round> {
        if over.is_empty() {
            return Ok(Round::default());
        }
        let ended = over.len();
        tracing::error!(sink = self.name, deliveries = ended, "expired: not told in time; see `marsad alerts --dead`");
        let why = |delivery: &Delivery| (delivery.row, Settled::Expired("it could not be told in time".into()));
        let passed_on = self.settle(over.iter().map(why).collect(), Noted::Nothing).await?;
        let round = Round { ended, passed_on, ..Round::default() };
        self.daemon.metrics.delivered(&self.name, &round);
        Ok(round)
    }

    /// Sends one batch as one message and settles it.
    async fn send(&self, batch: Batch) -> Result<Round> {
        let rows = batch.rows();
        let tried = batch.deliveries.iter().map(|delivery| delivery.attempts + 1).max().unwrap_or(1);
        let message = self.message(batch, clock::now_ms()).await?;
        self.daemon.hearts.away(&self.heart, self.limit);
        abort::point("deliver.act");
        let sent = self.sink.send(&message).await;
        abort::point("deliver.acted");
        // Together, else they would be due again at different times.
        let judged = self.judge(rows[0], tried, &sent);
        let settled: Vec<_> = rows.into_iter().map(|row| (row, judged.clone())).collect();
        let mut round = Round::default();
        for (_, settled) in &settled {
            match settled {
                Settled::Sent(_) => round.sent += 1,
                Settled::Retry { .. } => round.failed += 1,
                Settled::Dead(_) | Settled::Expired(_) => round.ended += 1,
            }
        }
        let noted = self.note(&sent).await?;
        round.passed_on = self.settle(settled, noted).await?;
        self.daemon.metrics.delivered(&self.name, &round);
        abort::point("deliver.settled");
        self.log(&sent, message.alerts.len(), &message.key);
        Ok(round)
    }

    async fn message(&self, batch: Batch, now_ms: i64) -> Result<Message> {
        if self.sink.shape() != Shape::Each && !batch.is_noted() {
            let rows = batch.rows();
            self.daemon.db.call(move |connection| delivery::put_together(connection, &rows, rows[0])).await?;
        }
        let shown = match batch.deliveries[0].alert.story {
            Some(story) if !batch.digest && self.sink.shape() != Shape::Each => {
                let name = self.name.clone();
                self.daemon.db.call(move |connection| delivery::shown(connection, &name, story, now_ms - DAY_MS)).await?
            }
            _ => Shown::default(),
        };
        let key = batch.key(&self.daemon.archive_id);
        let alerts = batch.deliveries.into_iter().map(|delivery| delivery.alert).collect();
        Ok(Message { key, alerts, earlier_rules: shown.rules, replaces: shown.receipt, digest: batch.digest, sent_ms: now_ms })
    }

    /// What follows from the end of the try that was number `tried` of the message whose first delivery is in `row`.
    fn judge(&self, row: i64, tried: u32, sent: &std::result::Result<String, SendError>) -> Settled {
        match sent {
            Ok(receipt) => Settled::Sent(receipt.clone()),
            Err(SendError::Dead { reason }) => Settled::Dead(reason.clone()),
            Err(SendError::Retry { reason, after }) => {
                let now_ms = clock::now_ms();
                let seed = format!("{}/{row}", self.name);
                match retry_ms(tried, self.sink.is_local(), now_ms, &seed) {
                    None => Settled::Dead(format!("given up after {tried} tries: {reason}")),
                    Some(pause_ms) => Settled::Retry { due_ms: now_ms + pause_ms.max(asked_ms(*after)), error: reason.clone() },
                }
            }
        }
    }

    /// What the end of a message says of the other side. One that refuses it is there, and no reason to rest.
    async fn note(&self, sent: &std::result::Result<String, SendError>) -> Result<Noted> {
        let name = self.name.clone();
        let now = |breaker: Breaker, after: Option<Duration>| {
            breaker.failed(after.map(|after| asked_ms(Some(after))), self.sink.is_local(), clock::now_ms(), &self.name)
        };
        let Err(error) = sent else { return Ok(Noted::Ok) };
        let breaker = self.daemon.db.call(move |connection| Ok(sink::health(connection, &name)?.breaker)).await?;
        let breaker = match error {
            SendError::Retry { after, .. } => now(breaker, *after),
            SendError::Dead { .. } => Breaker::default(),
        };
        if breaker.failures == OPENS_AFTER {
            tracing::warn!(sink = self.name, "the other side is left alone for a while");
        }
        Ok(Noted::Failed { error: error.to_string(), breaker })
    }

    /// Writes down how deliveries ended and what that says of the other side, and hands what was given up to the fallback.
    /// Gives how many it was handed.
    async fn settle(&self, settled: Vec<(i64, Settled)>, noted: Noted) -> Result<usize> {
        let (name, owner, fallback) = (self.name.clone(), self.daemon.owner.clone(), self.rules.fallback.clone());
        let job = self.daemon.db.call(move |connection| {
            let now_ms = clock::now_ms();
            let mut passed_on = 0;
            for (row, settled) in &settled {
                delivery::settle(connection, *row, &owner, settled, now_ms)?;
                if let (Settled::Dead(_) | Settled::Expired(_), Some(fallback)) = (settled, &fallback) {
                    passed_on += usize::from(dead::pass_on(connection, *row, fallback, now_ms)?.is_some());
                }
            }
            sink::note(connection, &name, &noted, now_ms)?;
            Ok(passed_on)
        });
        let passed_on = job.await?;
        if passed_on > 0 {
            tracing::warn!(sink = self.name, fallback = self.rules.fallback, deliveries = passed_on, "told on the fallback instead");
            self.daemon.outbox.notify_waiters();
        }
        Ok(passed_on)
    }

    /// Obeys what the other side said on its own.
    fn hear(self: &Arc<Self>, heard: Heard) {
        let lane = self.clone();
        tokio::spawn(async move {
            let name = lane.name.clone();
            let done = match heard {
                Heard::Back => lane.daemon.db.call(move |connection| sink::wake(connection, &name, clock::now_ms())).await,
                Heard::Acknowledged(alerts) => {
                    lane.daemon.db.call(move |connection| alert::acknowledge(connection, &alerts, clock::now_ms())).await
                }
            };
            match done {
                Ok(()) => lane.daemon.outbox.notify_waiters(),
                Err(error) => tracing::error!(sink = lane.name, error = %chain(&error), "what was heard is not written down"),
            }
        });
    }

    fn log(&self, sent: &std::result::Result<String, SendError>, alerts: usize, key: &str) {
        match sent {
            Ok(_) => tracing::debug!(sink = self.name, alerts, key, "sent"),
            Err(SendError::Retry { reason, .. }) => tracing::warn!(sink = self.name, alerts, key, reason, "not sent, to be tried again"),
            Err(SendError::Dead { reason }) => {
                tracing::error!(sink = self.name, alerts, key, reason, "given up; see `marsad alerts --dead`")
            }
        }
    }
}

/// The pause that was asked for, in milliseconds, at most a day.
fn asked_ms(after: Option<Duration>) -> i64 {
    after.map_or(0, |after| i64::try_from(after.as_millis()).unwrap_or(DAY_MS).min(DAY_MS))
}
